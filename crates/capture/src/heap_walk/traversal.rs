//! Finds every object that is reachable from the roots, and marks it.
//!
//! A worklist of bounded length, no recursion: when it is full, marked objects that found no room
//! are found again by a pass over all marked objects, as V8's own marker does when its worklist
//! overflows. Ephemerons (entries of WeakMaps) are resolved in linear time: first everything else
//! is marked; then each value whose key is not marked yet waits at its key, and is marked with it
//! (Barry Hayes, "Ephemerons", OOPSLA 1997; V8's `MarkTransitiveClosureLinear`).
//!
//! O(objects + references). Memory: the mark bits, 16 MiB for a full worklist, and 16 bytes for each
//! ephemeron whose key was reached late.

use rustc_hash::FxHashMap;

use super::dispatch_table::DispatchTable;
use super::embedded_objects;
use super::heap::{Heap, HiddenClass};
use super::mark_bits::{MarkBits, MarkPosition};
use super::object_body::{self, Slot};
use super::tagged::Address;
use crate::v8_layout::ObjectType;

/// Most objects that wait at a time; more are found by another pass.
const WORKLIST_LENGTH: usize = 1 << 21;
/// How many objects ahead the cache is asked for: their loads from memory overlap.
const PREFETCH_DISTANCE: usize = 8;

/// What a traversal found.
pub(crate) struct Traversed {
    /// The objects.
    pub(crate) marks: MarkBits,
    /// References that led to no object.
    pub(crate) unknown: u64,
}

/// The state of a traversal.
pub(crate) struct Traversal<'a, 'm> {
    heap: &'a Heap<'m>,
    dispatch_table: Option<DispatchTable>,
    marks: MarkBits,
    worklist: Vec<Address>,
    worklist_length: usize,
    has_overflowed: bool,
    /// Tables found; after an overflow some come twice.
    ephemeron_tables: Vec<Address>,
    /// Whether only objects in chunks that have a marked object already are marked.
    is_confined: bool,
    /// Values by the key that they wait for; filled once all else is marked.
    waiting: FxHashMap<Address, Vec<Address>>,
    /// Objects whose references are not followed; a handful.
    without_targets: Vec<Address>,
    unknown: u64,
    on_progress: &'a mut dyn FnMut(u64),
}

/// How many objects are marked between two calls of the progress function.
const PROGRESS_INTERVAL: u64 = 1 << 16;

impl<'a, 'm> Traversal<'a, 'm> {
    pub(crate) fn new(
        heap: &'a Heap<'m>,
        dispatch_table: Option<DispatchTable>,
        on_progress: &'a mut dyn FnMut(u64),
    ) -> Self {
        Traversal {
            heap,
            dispatch_table,
            marks: MarkBits::new(),
            worklist: Vec::new(),
            worklist_length: WORKLIST_LENGTH,
            has_overflowed: false,
            ephemeron_tables: Vec::new(),
            is_confined: false,
            waiting: FxHashMap::default(),
            without_targets: Vec::new(),
            unknown: 0,
            on_progress,
        }
    }

    /// Marks all that the roots reach, ephemerons' values aside.
    pub(crate) fn mark(&mut self, roots: impl IntoIterator<Item = Address>) {
        for root in roots {
            self.reach(root);
            self.drain();
        }
        self.drain_overflow();
    }

    /// The same, and keeps of the roots those that none of the others reached, in their order.
    pub(crate) fn mark_unreached(&mut self, roots: &mut Vec<Address>) {
        roots.retain(|&root| {
            let is_unreached = !self.marks.contains(root);
            self.mark([root]);
            is_unreached
        });
    }

    /// Marks objects, and nothing that they refer to.
    pub(crate) fn mark_without_targets(&mut self, objects: &[Address]) {
        self.without_targets.extend(objects);
        for &object in objects {
            self.marks.mark(object);
        }
    }

    /// Whether an object that V8 holds for sure lies in the same chunk as this one, so that V8
    /// won't unmap it.
    pub(crate) fn is_beside_marked(&self, object: Address) -> bool {
        self.marks.has_chunk(object)
    }

    /// From now on marks only what [`is_beside_marked`](Self::is_beside_marked): what a stale word
    /// leads to may be garbage, and garbage may be unmapped at any time.
    pub(crate) fn confine(&mut self) {
        self.is_confined = true;
    }

    /// Resolves the ephemerons and gives what is marked.
    pub(crate) fn finish(mut self) -> Traversed {
        self.resolve_ephemerons();
        Traversed {
            marks: self.marks,
            unknown: self.unknown,
        }
    }

    #[inline(always)]
    fn reach(&mut self, object: Address) {
        if !self.mark_new(object) {
            return;
        }
        if self.worklist.len() < self.worklist_length {
            self.worklist.push(object);
        } else {
            self.has_overflowed = true;
        }
        if !self.waiting.is_empty()
            && let Some(values) = self.waiting.remove(&object)
        {
            for value in values {
                self.reach_value(value);
            }
        }
    }

    /// Marks an object unless it was marked before, or isn't to be.
    #[inline(always)]
    fn mark_new(&mut self, object: Address) -> bool {
        let (memory, is_confined) = (self.heap.memory, self.is_confined);
        let may_add_chunk = || !is_confined && memory.is_readable(object.0, 8);
        if !object.0.is_multiple_of(8) {
            return false;
        }
        let is_new = self.marks.mark_if(object, may_add_chunk);
        self.unknown += u64::from(is_new.is_none() && !is_confined);
        is_new == Some(true)
    }

    /// A value that waited is pushed past the limit: there are only as many as waited, and reaching
    /// it in the usual way would recurse over a chain of ephemerons.
    fn reach_value(&mut self, value: Address) {
        let mut next = vec![value];
        while let Some(value) = next.pop() {
            if self.mark_new(value) {
                self.worklist.push(value);
                next.extend(self.waiting.remove(&value).unwrap_or_default());
            }
        }
    }

    /// Visits all objects that wait.
    fn drain(&mut self) {
        let mut ahead = [None; PREFETCH_DISTANCE];
        let mut at = 0;
        let mut in_flight = 0;
        loop {
            let next = self.worklist.pop();
            if let Some(object) = next {
                self.heap.memory.prefetch(object.0);
                in_flight += 1;
            } else if in_flight == 0 {
                return;
            }
            let slot = &mut ahead[at];
            let due = std::mem::replace(slot, next);
            at = (at + 1) % PREFETCH_DISTANCE;
            if let Some(object) = due {
                in_flight -= 1;
                self.visit(object);
            }
        }
    }

    /// Visits what found no room, until there is no such object.
    fn drain_overflow(&mut self) {
        while std::mem::take(&mut self.has_overflowed) {
            let mut at = MarkPosition::default();
            while let Some(object) = self.marks.next(&mut at) {
                if !self.without_targets.contains(&object) {
                    self.visit(object);
                    self.drain();
                }
            }
        }
    }

    fn visit(&mut self, object: Address) {
        let Some(class) = self.heap.class_of(object) else {
            self.marks.unmark(object);
            self.unknown += 1;
            return;
        };
        // Only a stale word leads to what is free.
        if matches!(
            class.object_type,
            ObjectType::FreeSpace | ObjectType::Filler
        ) {
            self.marks.unmark(object);
            return;
        }
        if self.marks.count().is_multiple_of(PROGRESS_INTERVAL) {
            (self.on_progress)(self.marks.count());
        }
        self.reach_targets(object, &class);
        if class.object_type == ObjectType::EphemeronHashTable {
            self.ephemeron_tables.push(object);
        }
    }

    #[inline]
    fn reach_targets(&mut self, object: Address, class: &HiddenClass) {
        let heap = self.heap;
        self.reach(class.map);
        object_body::slots(heap, object, class, &mut |_, slot, value| {
            if slot == Slot::Tagged
                && let Some(target) = value.strong()
            {
                self.reach(target);
            }
        });
        if class.object_type == ObjectType::InstructionStream {
            embedded_objects::for_each(heap, object, |target, is_strong| {
                if is_strong {
                    self.reach(target);
                }
            });
        }
        if class.object_type.is_js_function()
            && let Some(handle) = heap.layout.offsets.js_function_dispatch_handle
            && let Some(table) = self.dispatch_table
            && let Some(code) = table.code(heap, heap.u32_field(object, handle))
        {
            self.reach(code);
        }
    }

    /// Marks the values of all ephemerons whose keys are reachable, and what those reach.
    fn resolve_ephemerons(&mut self) {
        let mut done = 0;
        // A value may reach another table.
        while done < self.ephemeron_tables.len() {
            let tables = self.ephemeron_tables[done..].to_vec();
            done += tables.len();
            for table in tables {
                self.resolve_table(table);
            }
            self.drain();
            self.drain_overflow();
        }
    }

    fn resolve_table(&mut self, table: Address) {
        let heap = self.heap;
        let Some(class) = heap.class_of(table) else {
            return;
        };
        let mut key = None;
        object_body::slots(heap, table, &class, &mut |_, slot, value| match slot {
            Slot::EphemeronKey => key = value.strong(),
            Slot::EphemeronValue => {
                if let (Some(key), Some(value)) = (key, value.strong()) {
                    if self.marks.contains(key) {
                        self.reach(value);
                    } else {
                        self.waiting.entry(key).or_default().push(value);
                    }
                }
            }
            _ => {}
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::tagged::Tagged;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};
    use crate::v8_layout::fields;

    /// Which of the objects are found from a root, and the references that led nowhere.
    fn found(
        heap: &TestHeap,
        root: Address,
        objects: &[Address],
        adjust: impl FnOnce(&mut Traversal<'_, '_>),
    ) -> (Vec<bool>, u64) {
        heap.read(|heap| {
            let mut on_progress = |_| ();
            let mut traversal = Traversal::new(heap, None, &mut on_progress);
            adjust(&mut traversal);
            traversal.mark([root]);
            let Traversed { marks, unknown } = traversal.finish();
            let is_found = |&object: &Address| marks.contains(object);
            (objects.iter().map(is_found).collect(), unknown)
        })
    }

    fn fixed_array(heap: &mut TestHeap, targets: &[Address]) -> Address {
        let words: Vec<_> = targets.iter().map(|target| target.tagged()).collect();
        heap.array(ObjectType::FixedArray, &words)
    }

    /// A table with one entry for each pair of key and value.
    fn ephemerons(heap: &mut TestHeap, entries: &[(Address, Address)]) -> Address {
        let mut words = vec![smi(0), smi(0), smi(entries.len() as i32)];
        let pair = |&(key, value): &(Address, Address)| [key.tagged(), value.tagged()];
        words.extend(entries.iter().flat_map(pair));
        heap.array(ObjectType::EphemeronHashTable, &words)
    }

    #[test]
    fn what_finds_no_room_in_the_worklist_is_found_by_another_pass() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let mut objects = Vec::new();
        for _ in 0..50 {
            let leaves: Vec<_> = (0..4).map(|_| fixed_array(&mut heap, &[])).collect();
            objects.push(fixed_array(&mut heap, &leaves));
            objects.extend(leaves);
        }
        let root = fixed_array(&mut heap, &objects);
        for length in [1, 2, 7, WORKLIST_LENGTH] {
            let set_length = |traversal: &mut Traversal<'_, '_>| traversal.worklist_length = length;
            let (is_found, unknown) = found(&heap, root, &objects, set_length);
            assert!(is_found.iter().all(|&found| found), "{length}");
            assert_eq!(unknown, 0, "{length}");
        }
    }

    #[test]
    fn a_value_lives_while_both_its_key_and_its_table_do() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let [first, second, third, lost, last] =
                std::array::from_fn(|_| fixed_array(&mut heap, &[]));
            let inner = ephemerons(&mut heap, &[(third, last)]);
            // Each value leads to the key of the entry before; the last one to another table.
            let entries = [
                (third, inner),
                (second, third),
                (first, second),
                (lost, lost),
            ];
            let table = ephemerons(&mut heap, &entries);
            let objects = [second, third, inner, last, lost];
            let with_key = fixed_array(&mut heap, &[table, first]);
            let (is_found, _) = found(&heap, with_key, &objects, |_| ());
            assert_eq!(is_found, [true, true, true, true, false], "{version:?}");
            let (is_found, _) = found(&heap, table, &objects, |_| ());
            assert_eq!(is_found, [false; 5], "{version:?}");
        }
    }

    #[test]
    fn words_that_lead_nowhere_are_counted_and_take_no_memory() {
        let mut heap = TestHeap::new(VERSIONS[1]);
        let nothing = heap.array(ObjectType::FixedArray, &[]);
        let no_object = Address(nothing.0 + 8);
        let far: Vec<_> = (1..100).map(|i| Address(i << 30)).collect();
        let root = fixed_array(&mut heap, &[far.as_slice(), &[no_object]].concat());
        heap.read(|heap| {
            let mut on_progress = |_| ();
            let mut traversal = Traversal::new(heap, None, &mut on_progress);
            traversal.mark([root]);
            assert!(far.iter().all(|&far| !traversal.is_beside_marked(far)));
            let Traversed { marks, unknown } = traversal.finish();
            assert_eq!(unknown, far.len() as u64 + 1);
            assert!(marks.contains(root) && !marks.contains(no_object));
        });
    }

    #[test]
    fn an_array_that_says_that_it_is_longer_than_the_memory_has_no_elements() {
        let mut heap = TestHeap::new(VERSIONS[2]);
        let element = fixed_array(&mut heap, &[]);
        let root = fixed_array(&mut heap, &[element]);
        let all = |heap: &TestHeap| found(heap, root, &[root, element], |_| ());
        assert_eq!(all(&heap), (vec![true, true], 0));
        heap.set(root, fields::FIXED_ARRAY_LENGTH, smi(i32::MAX));
        assert_eq!(all(&heap), (vec![true, false], 0));
    }

    #[test]
    fn a_confined_traversal_stays_beside_what_was_found_before() {
        let mut heap = TestHeap::new(VERSIONS[3]);
        let near = fixed_array(&mut heap, &[]);
        let root = fixed_array(&mut heap, &[near, near]);
        // More than a chunk.
        heap.array(ObjectType::FixedArray, &[Tagged::ZERO; 1 << 16]);
        let far = fixed_array(&mut heap, &[]);
        heap.set(root, fields::FIXED_ARRAY_ELEMENTS, far.tagged());
        let objects = [root, near, far];
        let (is_found, _) = found(&heap, root, &objects, |_| ());
        assert_eq!(is_found, [true, true, true]);
        let (is_found, unknown) = found(&heap, root, &objects, |traversal| {
            traversal.mark([near]);
            traversal.confine();
        });
        assert_eq!((is_found, unknown), (vec![true, true, false], 0));
    }
}
