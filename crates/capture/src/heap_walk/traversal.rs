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
        if !object.0.is_multiple_of(8)
            || (self.is_confined && !self.marks.has_chunk(object))
            || !self.marks.mark(object)
        {
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

    /// A value that waited is pushed past the limit: there are only as many as waited, and reaching
    /// it in the usual way would recurse over a chain of ephemerons.
    fn reach_value(&mut self, value: Address) {
        let mut next = vec![value];
        while let Some(value) = next.pop() {
            let is_allowed = !self.is_confined || self.marks.has_chunk(value);
            if value.0.is_multiple_of(8) && is_allowed && self.marks.mark(value) {
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
        object_body::slots(heap, object, class, &mut |offset, slot| {
            if slot == Slot::Tagged
                && let Some(target) = heap.field(object, offset).strong()
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
        object_body::slots(heap, table, &class, &mut |offset, slot| match slot {
            Slot::EphemeronKey => key = heap.field(table, offset).strong(),
            Slot::EphemeronValue => {
                if let (Some(key), Some(value)) = (key, heap.field(table, offset).strong()) {
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
