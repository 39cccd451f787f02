//! Tells words of the stack that point to objects from those that point to what objects left behind.
//!
//! A stale word of a finished frame may point to an object that was collected. Sweeping writes only
//! the start of each free range anew, so the dead object behind it looks as it did when it was alive,
//! and would be counted with all that it referred to. Where the heap is swept, a page of V8's is a
//! row of objects and free ranges from its start to its end: a word that points into a free range is
//! stale.
//!
//! What can't be passed over (an object of a size that isn't known, memory that was just allocated)
//! counts as alive: this takes away what is surely dead, no more. O(objects on the pages that the
//! stack points to).

use super::heap::Heap;
use super::object_body;
use super::tagged::Address;
use crate::v8_layout::fields::PAGE_BYTES;
use crate::v8_layout::{ObjectType, V8Version};

/// Keeps of some objects, which are in order, those that are not in a free range of a swept page.
pub(crate) fn retain_live(heap: &Heap<'_>, objects: &mut Vec<Address>) {
    let mut at = PagePosition {
        page: u64::MAX,
        next: None,
    };
    objects.retain(|&object| !at.is_in_free_range(heap, object));
}

/// How far a page was passed over.
struct PagePosition {
    page: u64,
    /// The next object or free range; `None` where the row can't be followed.
    next: Option<Address>,
}

impl PagePosition {
    /// Whether an object is in a free range. Objects are asked for in order.
    fn is_in_free_range(&mut self, heap: &Heap<'_>, object: Address) -> bool {
        let page = object.0 & !(PAGE_BYTES - 1);
        if page != self.page {
            self.page = page;
            self.next = first_object(heap, page);
        }
        while let Some(at) = self.next
            && at <= object
        {
            let (end, is_free) = match extent(heap, at) {
                Some(extent) => extent,
                None => {
                    self.next = None;
                    return false;
                }
            };
            if object < end {
                return is_free;
            }
            self.next = Some(end);
        }
        false
    }
}

/// Where the objects of a page begin. Up to 12.4 the page's header says so; later it is as short as
/// two words.
fn first_object(heap: &Heap<'_>, page: u64) -> Option<Address> {
    let area_start = match heap.layout.version {
        V8Version::V11_3 => heap.memory.u64(page + 24),
        V8Version::V12_4 => heap.memory.u64(page + 32),
        V8Version::V13_6 | V8Version::V14_6 => page + 16,
    };
    let is_on_page = page < area_start && area_start < page + PAGE_BYTES;
    (is_on_page && area_start.is_multiple_of(8)).then_some(Address(area_start))
}

/// Where an object or a free range ends, and whether it is free.
fn extent(heap: &Heap<'_>, at: Address) -> Option<(Address, bool)> {
    let class = heap.class_of(at)?;
    let size = object_body::size(heap, at, &class).next_multiple_of(8);
    let is_free = matches!(
        class.object_type,
        ObjectType::FreeSpace | ObjectType::Filler
    );
    (size > 0).then_some((Address(at.0.checked_add(size)?), is_free))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::tagged::Tagged;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    /// Where objects begin on pages of these tests.
    const AREA_START: u64 = 0x200;

    /// Goes on where the objects of a new page begin.
    fn start_page(heap: &mut TestHeap) -> u64 {
        let map = heap.map(ObjectType::JSObject, 16);
        let here = heap.object(map, 16).0 + 16;
        let page = here.next_multiple_of(PAGE_BYTES);
        let area_start = match heap.layout.version {
            V8Version::V11_3 | V8Version::V12_4 => page + AREA_START,
            V8Version::V13_6 | V8Version::V14_6 => page + 16,
        };
        heap.object(map, (area_start - here) as u32);
        heap.set(Address(page), 24, Tagged(area_start));
        if heap.layout.version == V8Version::V12_4 {
            heap.set(Address(page), 32, Tagged(area_start));
        }
        page
    }

    #[test]
    fn what_lies_in_free_ranges_is_dead_and_the_rest_alive() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let map = heap.map(ObjectType::JSObject, 24);
            let page = start_page(&mut heap);
            let first = heap.object(map, 24);
            let free = heap.struct_of(ObjectType::FreeSpace, &[smi(64); 7]);
            let dead = Address(free.0 + 24);
            heap.set(dead, 0, map.tagged());
            let last = heap.object(map, 24);
            assert_eq!(first.0 & !(PAGE_BYTES - 1), page, "{version:?}");
            let mut objects = vec![first, free, dead, last];
            heap.read(|heap| retain_live(heap, &mut objects));
            assert_eq!(objects, [first, last], "{version:?}");
        }
    }

    #[test]
    fn behind_what_is_not_known_all_is_alive() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let map = heap.map(ObjectType::JSObject, 24);
            start_page(&mut heap);
            let no_object = heap.object(map, 24);
            heap.set(no_object, 0, smi(0));
            let free = heap.struct_of(ObjectType::FreeSpace, &[smi(64); 7]);
            let dead = Address(free.0 + 24);
            let mut objects = vec![free, dead];
            heap.read(|heap| retain_live(heap, &mut objects));
            assert_eq!(objects, [free, dead], "{version:?}");
        }
    }
}
