//! Counts the objects of a finished traversal by class, without what they refer to.
//!
//! A JavaScript object's class follows from its constructor, which is looked up once per hidden class
//! (see [`super::class_names`]); all else goes by its kind. Memory outside of the heap counts once,
//! however many buffers share it, and comes behind all objects.
//!
//! O(objects), about as long as the marking; memory: two to three bytes an object beside the marks.

use heapwatch_graph::{Census, CensusBuilder, CensusClass, NodeKind};
use rustc_hash::FxHashMap;

use super::Walk;
use super::describe::Describer;
use super::heap::HiddenClass;
use super::mark_bits::RankedObjects;
use super::names::NameId;
use super::object_body;
use super::roots::RootGroup;
use super::tagged::Address;
use crate::WalkSummary;
use crate::v8_layout::ObjectType;

/// Set in the identity of memory outside of the heap, whose addresses could be those of objects that
/// were there before.
const OUTSIDE: u64 = 1 << 63;

/// What classes of JavaScript objects are told apart by within a walk.
type Maker = (NameId, Option<Address>);

/// Counts the objects. `unknown` is what the traversal counted, for the summary.
pub(crate) fn count(
    walk: &Walk<'_>,
    objects: &RankedObjects,
    groups: &[RootGroup],
    unknown: u64,
) -> (Census, WalkSummary) {
    let mut counter = Counter {
        walk,
        describer: Describer::new(walk, objects, groups, 0),
        census: CensusBuilder::new(),
        by_kind: [None; NodeKind::ALL.len()],
        by_maker: FxHashMap::default(),
        last: None,
        outside: Vec::new(),
        summary: WalkSummary {
            unknown,
            ..WalkSummary::default()
        },
    };
    for object in objects.iter() {
        // Marked objects have a class: those without are unmarked.
        if let Some(class) = walk.heap.class_of(object) {
            counter.object(object, &class);
        }
    }
    counter.memory_outside();
    counter.summary.misses = walk.heap.memory.misses();
    (counter.census.finish(), counter.summary)
}

struct Counter<'a, 'm> {
    walk: &'a Walk<'m>,
    describer: Describer<'a, 'm>,
    census: CensusBuilder,
    by_kind: [Option<u32>; NodeKind::ALL.len()],
    by_maker: FxHashMap<Maker, u32>,
    /// Neighbours in the heap are often of the same class.
    last: Option<(Maker, u32)>,
    /// Address and bytes of memory outside of the heap.
    outside: Vec<(u64, u64)>,
    summary: WalkSummary,
}

impl Counter<'_, '_> {
    #[inline]
    fn object(&mut self, object: Address, class: &HiddenClass) {
        let number = self.class(object, class);
        let bytes = self.describer.self_size(object, class);
        self.census.object(object.0 >> 3, number, bytes);
        self.summary.objects += 1;
        self.summary.bytes += bytes;
        if !self.walk.heap.memory.is_read_only(object) {
            self.summary.heap_bytes += object_body::size(&self.walk.heap, object, class);
        }
        if class.object_type == ObjectType::JSArrayBuffer {
            self.outside
                .extend(object_body::backing_store(&self.walk.heap, object));
        }
    }

    #[inline]
    fn class(&mut self, object: Address, class: &HiddenClass) -> u32 {
        // The texts of strings don't count, so they are not read.
        if class.object_type == ObjectType::String {
            return self.kind(NodeKind::String);
        }
        let (kind, name) = self.describer.kind_and_name(object, class);
        if kind != NodeKind::Object && kind != NodeKind::WasmObject {
            return self.kind(kind);
        }
        let maker = (name, self.describer.constructor(object, class));
        if let Some((last, number)) = self.last
            && last == maker
        {
            return number;
        }
        let number = self.made_by(maker);
        self.last = Some((maker, number));
        number
    }

    fn kind(&mut self, kind: NodeKind) -> u32 {
        let census = &mut self.census;
        *self.by_kind[kind as usize].get_or_insert_with(|| census.class(CensusClass::of_kind(kind)))
    }

    fn made_by(&mut self, maker: Maker) -> u32 {
        let (census, walk, describer) = (&mut self.census, self.walk, &self.describer);
        *self.by_maker.entry(maker).or_insert_with(|| {
            let (name, constructor) = maker;
            let location = constructor.and_then(|function| describer.source_of(function));
            census.class(CensusClass::of_objects(walk.names.get(name), location))
        })
    }

    fn memory_outside(&mut self) {
        self.outside.sort_unstable();
        self.outside.dedup_by_key(|(address, _)| *address);
        let class = self.kind(NodeKind::Native);
        for (address, bytes) in std::mem::take(&mut self.outside) {
            self.census.object(address | OUTSIDE, class, bytes);
            self.summary.bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::mark_bits::MarkBits;
    use crate::heap_walk::tagged::Tagged;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};
    use crate::v8_layout::fields;

    /// An object with nothing in it, and an array buffer with some room to spare.
    const OBJECT: u32 = fields::JS_OBJECT_HEADER_SIZE;
    const BUFFER: u32 = 128;

    /// Counts these objects, and gives the bytes of each class by its name.
    fn counted(heap: &TestHeap, objects: &[Address]) -> (Vec<(String, u64)>, WalkSummary) {
        heap.read(|reading| {
            let walk = Walk::new(reading.memory, reading.layout);
            let mut marks = MarkBits::new();
            for &object in objects {
                marks.mark(object);
            }
            let (census, summary) = count(&walk, &marks.rank(), &[], 7);
            let names = census.classes().iter().map(|class| class.name.clone());
            let mut rows: Vec<_> = names.zip(census.bytes().iter().copied()).collect();
            rows.retain(|&(_, bytes)| bytes > 0);
            rows.sort();
            (rows, summary)
        })
    }

    fn function(heap: &mut TestHeap, name: &str) -> Address {
        let name = heap.string(name);
        let shared = heap.shared(name, None);
        heap.function(shared)
    }

    /// An object that a function made, with a hidden class of its own.
    fn made_by(heap: &mut TestHeap, constructor: Address) -> Address {
        let null = heap.undefined();
        let map = heap.map(ObjectType::JSObject, OBJECT);
        // `new` was called with this very function, not with a class derived from it.
        heap.set_u8(map, fields::MAP_BIT_FIELD_2, 1);
        let field = fields::MAP_CONSTRUCTOR_OR_BACK_POINTER;
        heap.set(map, field, constructor.tagged());
        heap.set(map, fields::MAP_PROTOTYPE, null.tagged());
        heap.object(map, OBJECT)
    }

    fn buffer(heap: &mut TestHeap, store: u64, bytes: u64) -> Address {
        let offsets = heap.layout.offsets;
        let map = heap.map(ObjectType::JSArrayBuffer, BUFFER);
        let buffer = heap.object(map, BUFFER);
        heap.set(buffer, offsets.js_array_buffer_backing_store, Tagged(store));
        heap.set(buffer, offsets.js_array_buffer_byte_length, Tagged(bytes));
        buffer
    }

    #[test]
    fn objects_count_by_their_constructor_and_all_else_by_its_kind() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (user, order) = (function(&mut heap, "User"), function(&mut heap, "Order"));
            let makers = [user, order, user, user];
            let mut objects: Vec<_> = makers.map(|maker| made_by(&mut heap, maker)).into();
            objects.push(heap.array(ObjectType::FixedArray, &[smi(1); 5]));
            let number_map = heap.map(ObjectType::HeapNumber, 16);
            objects.push(heap.object(number_map, 16));
            let (rows, summary) = counted(&heap, &objects);
            let object = u64::from(OBJECT);
            let expected = [
                ("Array", 56),
                ("Number", 16),
                ("Order", object),
                ("User", 3 * object),
            ];
            assert_eq!(
                rows,
                expected.map(|(name, bytes)| (name.to_owned(), bytes)),
                "{version:?}"
            );
            let bytes = 72 + 4 * object;
            assert_eq!((summary.objects, summary.unknown), (6, 7), "{version:?}");
            assert_eq!(
                (summary.bytes, summary.heap_bytes),
                (bytes, bytes),
                "{version:?}"
            );
        }
    }

    #[test]
    fn constructors_of_one_name_without_a_place_are_one_class() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let twins = [function(&mut heap, "Twin"), function(&mut heap, "Twin")];
            let objects = twins.map(|maker| made_by(&mut heap, maker));
            let (rows, _) = counted(&heap, &objects);
            assert_eq!(
                rows,
                [("Twin".to_owned(), 2 * u64::from(OBJECT))],
                "{version:?}"
            );
        }
    }

    #[test]
    fn memory_that_buffers_share_counts_once_and_not_as_the_heap_s() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let stores = [(0x1000, 500), (0x9000, 100), (0x1000, 500), (0, 0)];
            let buffers = stores.map(|(store, bytes)| buffer(&mut heap, store, bytes));
            let (rows, summary) = counted(&heap, &buffers);
            let outside: Vec<_> = rows.iter().filter(|(name, _)| name == "Native").collect();
            assert_eq!(outside, [&("Native".to_owned(), 600)], "{version:?}");
            assert_eq!(summary.objects, 4, "{version:?}");
            assert_eq!(summary.heap_bytes, 4 * u64::from(BUFFER), "{version:?}");
            assert_eq!(summary.bytes, summary.heap_bytes + 600, "{version:?}");
        }
    }

    #[test]
    fn text_counts_as_strings_whatever_it_is_made_of() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (first, second) = (heap.string("first"), heap.string("second"));
            let both = heap.cons(first, second);
            let (rows, summary) = counted(&heap, &[first, second, both]);
            assert_eq!(rows, [("String".to_owned(), summary.bytes)], "{version:?}");
            assert_eq!(summary.objects, 3, "{version:?}");
        }
    }
}
