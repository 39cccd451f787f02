//! Objects that V8's snapshot shows no references of its own to: constants that nearly everything
//! refers to, as `undefined`, the empty array and the hidden class of arrays.
//!
//! They are found among the roots by what they are: V8 makes the plain empty array of each kind
//! before others that are empty too. References that a program made (properties, elements,
//! variables) to `undefined` and its like are shown all the same.

use rustc_hash::FxHashSet;

use super::heap::Heap;
use super::tagged::Address;
use crate::v8_layout::{ObjectType, V8Version, fields};

/// The set of these objects.
pub(crate) struct Inessential {
    /// Lowest and highest address: V8 made these objects first, one behind the other.
    ends: (Address, Address),
    objects: FxHashSet<Address>,
    /// What marks missing elements and deleted entries.
    hole: Option<Address>,
}

impl Inessential {
    /// Finds them among the roots, which come in the order of V8's table. O(roots).
    pub(crate) fn among(heap: &Heap<'_>, roots: impl Iterator<Item = Address>) -> Self {
        let mut found = Inessential {
            ends: (Address(u64::MAX), Address(0)),
            objects: FxHashSet::default(),
            hole: None,
        };
        let mut empty_kinds = Vec::new();
        let mut follows_undefined = false;
        for root in roots {
            let Some(kind) = heap.type_of(root) else {
                continue;
            };
            if follows_undefined && found.hole.is_none() {
                found.hole = Some(root);
                found.add(root);
            }
            follows_undefined = is_undefined(heap, root, kind);
            match kind {
                ObjectType::Oddball => found.add(root),
                ObjectType::Hole if heap.layout.version >= V8Version::V14_6 => found.add(root),
                ObjectType::Map if is_inessential_map(heap, root) => found.add(root),
                _ if is_empty(heap, root, kind) && !empty_kinds.contains(&kind) => {
                    empty_kinds.push(kind);
                    found.add(root);
                    if kind == ObjectType::FixedArray
                        && let Some(map) = heap.object_field(root, 0)
                    {
                        found.add(map);
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn add(&mut self, object: Address) {
        self.objects.insert(object);
        self.ends = (self.ends.0.min(object), self.ends.1.max(object));
    }

    /// Whether an object is one of them.
    #[inline]
    pub(crate) fn contains(&self, object: Address) -> bool {
        self.ends.0 <= object && object <= self.ends.1 && self.objects.contains(&object)
    }

    /// Whether an object is the mark of what is missing.
    #[inline]
    pub(crate) fn is_hole(&self, object: Address) -> bool {
        self.hole == Some(object)
    }
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
