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
