//! Objects that V8's snapshot shows no references of its own to: constants that nearly everything
//! refers to, as `undefined`, the empty array and the hidden class of arrays.
//!
//! They are found among the roots by what they are: V8 makes the plain empty array of each kind
//! before others that are empty too. References that a program made (properties, elements,
//! variables) to `undefined` and its like are shown all the same.

use super::heap::Heap;
use super::tagged::Address;
use crate::v8_layout::fields::{self, PAGE_BITS};
use crate::v8_layout::{ObjectType, V8Version};

/// The set of these objects.
pub(crate) struct Inessential {
    /// The page that most of them are in: V8 made these objects first, one behind the other.
    page: u64,
    /// A bit for each word of it: each reference of the heap is asked for.
    words: Vec<u64>,
    /// Those elsewhere, by address: from 14.6 on holes have pages of their own.
    others: Vec<Address>,
    /// What marks missing elements and deleted entries.
    hole: Option<Address>,
}

impl Inessential {
    /// Finds them among the roots, which come in the order of V8's table. O(roots).
    pub(crate) fn among(heap: &Heap<'_>, roots: impl Iterator<Item = Address>) -> Self {
        let mut found = Vec::new();
        let mut hole = None;
        let mut empty_kinds = Vec::new();
        let mut follows_undefined = false;
        for root in roots {
            let Some(kind) = heap.type_of(root) else {
                continue;
            };
            if follows_undefined && hole.is_none() {
                hole = Some(root);
                found.push(root);
            }
            follows_undefined = is_undefined(heap, root, kind);
            match kind {
                ObjectType::Oddball => found.push(root),
                ObjectType::Hole if heap.layout.version >= V8Version::V14_6 => found.push(root),
                ObjectType::Map if is_inessential_map(heap, root) => found.push(root),
                _ if is_empty(heap, root, kind) && !empty_kinds.contains(&kind) => {
                    empty_kinds.push(kind);
                    found.push(root);
                    if kind == ObjectType::FixedArray
                        && let Some(map) = heap.object_field(root, 0)
                    {
                        found.push(map);
                    }
                }
                _ => {}
            }
        }
        Self::new(found, hole)
    }

    fn new(mut objects: Vec<Address>, hole: Option<Address>) -> Self {
        objects.sort_unstable();
        objects.dedup();
        let of_same_page = objects.chunk_by(|a, b| page(*a) == page(*b));
        let most = of_same_page.max_by_key(|objects| objects.len());
        let page = most.map_or(0, |objects| page(objects[0]));
        let mut set = Inessential {
            page,
            words: vec![0; (1 << PAGE_BITS) / 8 / 64],
            others: Vec::new(),
            hole,
        };
        for object in objects {
            let (index, bit) = set.place(object);
            match set.words.get_mut(index) {
                Some(word) => *word |= bit,
                None => set.others.push(object),
            }
        }
        set
    }

    /// Where the bit of an object is; beyond the words if it is in another page.
    #[inline(always)]
    fn place(&self, object: Address) -> (usize, u64) {
        let word = object.0.wrapping_sub(self.page << PAGE_BITS) / 8;
        ((word / 64) as usize, 1 << (word % 64))
    }

    /// Whether an object is one of them.
    #[inline(always)]
    pub(crate) fn contains(&self, object: Address) -> bool {
        let (index, bit) = self.place(object);
        match self.words.get(index) {
            Some(word) => word & bit != 0,
            None => !self.others.is_empty() && self.others.binary_search(&object).is_ok(),
        }
    }

    /// Whether an object is the mark of what is missing.
    #[inline]
    pub(crate) fn is_hole(&self, object: Address) -> bool {
        self.hole == Some(object)
    }
}

const fn page(object: Address) -> u64 {
    object.0 >> PAGE_BITS
}

fn is_undefined(heap: &Heap<'_>, object: Address, kind: ObjectType) -> bool {
    kind == ObjectType::Oddball
        && heap.smi_field(object, fields::ODDBALL_KIND)
            == Some(heap.layout.offsets.oddball_kind_undefined as i32)
}

fn is_inessential_map(heap: &Heap<'_>, map: Address) -> bool {
    matches!(
        heap.class(map).map(|class| class.object_type),
        Some(
            ObjectType::Cell
                | ObjectType::PropertyCell
                | ObjectType::SharedFunctionInfo
                | ObjectType::FreeSpace
                | ObjectType::Filler
        )
    )
}

fn is_empty(heap: &Heap<'_>, object: Address, kind: ObjectType) -> bool {
    match kind {
        ObjectType::FixedArray | ObjectType::ByteArray | ObjectType::WeakFixedArray => {
            heap.smi_field(object, fields::FIXED_ARRAY_LENGTH) == Some(0)
        }
        // Up to 11.3 the empty one counts as strong.
        ObjectType::DescriptorArray | ObjectType::StrongDescriptorArray => {
            heap.u16_field(object, fields::DESCRIPTOR_ARRAY_ALL_DESCRIPTORS) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    #[test]
    fn what_is_in_another_page_than_most_is_in_the_set_too() {
        let near = |i: u64| Address((7 << PAGE_BITS) + 8 * i);
        let far = [8, (7 << PAGE_BITS) - 8, 8 << PAGE_BITS, 1 << 46].map(Address);
        let last = (1 << PAGE_BITS) / 8 - 1;
        let objects = [near(0), near(5), near(64), near(last)];
        let set = Inessential::new([far.as_slice(), &objects, &objects].concat(), None);
        for object in far.iter().chain(&objects) {
            assert!(set.contains(*object), "{object:?}");
        }
        for object in [near(1), near(63), near(last - 1), Address(16), Address(0)] {
            assert!(!set.contains(object), "{object:?}");
        }
        assert!(!Inessential::new(Vec::new(), None).contains(Address(0)));
    }

    #[test]
    fn constants_are_found_among_the_roots_by_what_they_are() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let null = heap.undefined();
            let kind = smi(heap.layout.offsets.oddball_kind_undefined as i32);
            let words = [smi(0), smi(0), smi(0), smi(0), kind];
            let undefined = heap.struct_of(ObjectType::Oddball, &words);
            let hole_kind = match version < V8Version::V12_4 {
                true => ObjectType::Oddball,
                false => ObjectType::Hole,
            };
            let hole = heap.struct_of(hole_kind, &[smi(0)]);
            let other_hole = heap.struct_of(hole_kind, &[smi(0)]);
            let empty = heap.array(ObjectType::FixedArray, &[]);
            let other_empty = heap.array(ObjectType::FixedArray, &[]);
            let full = heap.array(ObjectType::FixedArray, &[smi(1)]);
            let cell_map = heap.map(ObjectType::Cell, 16);
            let script_map = heap.map(ObjectType::Script, 16);
            let roots = [
                null,
                undefined,
                hole,
                other_hole,
                empty,
                other_empty,
                full,
                cell_map,
                script_map,
            ];
            let array_map = heap.class_of(empty).map;
            heap.read(|heap| {
                let found = Inessential::among(heap, roots.into_iter());
                for object in [null, undefined, hole, empty, cell_map, array_map] {
                    assert!(found.contains(object), "{version:?} {object:?}");
                }
                for object in [other_empty, full, script_map, Address(8)] {
                    assert!(!found.contains(object), "{version:?} {object:?}");
                }
                // Before 12.4 holes are oddballs; 14.6 leaves all kinds of holes out.
                let others_too = version < V8Version::V12_4 || version >= V8Version::V14_6;
                assert_eq!(found.contains(other_hole), others_too, "{version:?}");
                assert!(found.is_hole(hole) && !found.is_hole(other_hole));
            });
        }
    }
}
