//! What keeps objects alive from outside the heap.
//!
//! V8 has no list of its roots: each part of it visits its own. This finds the parts in the
//! Isolate, the C++ object of a JavaScript engine, by where the layout says that they are or by
//! their shape, and reads the references they hold:
//!
//! - the roots table: constants of the language, maps of internal objects, tables of strings;
//! - the Isolate's other words: the current context, pending exceptions, the code of the builtins;
//! - global handles: what native code holds for good (sockets, timers, addons' references), with
//!   weak ones apart;
//! - traced handles: the same for objects of C++ that are garbage collected themselves, mostly held
//!   by wrappers in the heap. V8 asks Node for the way from wrapper to handle; a walk can't, so it
//!   takes such a handle for a root if nothing else leads to its object;
//! - eternal handles and the caches for snapshots at startup: constants of Node's;
//! - microtasks that wait;
//! - handle scopes: what native code holds until it returns, as far as nothing else holds it;
//! - the stack, conservatively: each word that looks like a pointer to an object which nothing else
//!   holds.
//!
//! What is not found by its shape is left out, and all that only it keeps alive; [`super::Walk`]
//! compares the sum with what V8 says of its heap.

use super::heap::Heap;
use super::tagged::{Address, Tagged};
use crate::v8_layout::{ObjectType, V8Version, fields};

/// Where the walk starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WalkStart {
    /// Address of V8's Isolate.
    pub(crate) isolate: u64,
    /// The calling thread's stack: from its top, the lowest address in use, to its base.
    pub(crate) stack: (u64, u64),
    /// Whether nothing else runs in this process, as in a forked child: no memory is unmapped
    /// during the walk.
    pub(crate) is_frozen: bool,
    /// Whether V8 has swept all pages since its last full collection.
    pub(crate) is_swept: bool,
}

/// References from one part of V8.
#[derive(Debug)]
pub(crate) struct RootGroup {
    /// As V8's snapshot calls the group.
    pub(crate) name: &'static str,
    /// The objects, in the order found; one may come twice.
    pub(crate) targets: Vec<Address>,
    /// Whether the references keep their targets alive.
    pub(crate) is_strong: bool,
    /// Whether only what nothing else holds belongs here: the references are C++'s and may themselves
    /// be held by the heap, or they are of the moment, such as those of the stack. Else what a capture
    /// happens to meet would be kept by the roots rather than by its owner.
    pub(crate) is_secondary: bool,
}

/// Global handles come in blocks of this many nodes (`GlobalHandles::NodeBlock`).
const GLOBAL_BLOCK_NODES: u64 = 256;
/// Bytes of a global handle's node: the object, then flags, then what native code left with it.
const GLOBAL_NODE_BYTES: u64 = 32;
/// State of a node that keeps its object alive, in the two low bits of byte 11.
const GLOBAL_NODE_STRONG: u8 = 1;
/// Handles of a scope's block (`kHandleBlockSize`).
const HANDLE_BLOCK_WORDS: u64 = 1022;
/// Eternal handles of a block (`EternalHandles::kSize`).
const ETERNAL_BLOCK_HANDLES: u64 = 256;
/// Chains of blocks end here at the latest: memory that is no list must not hold the walk up.
const MAX_BLOCKS: usize = 1 << 20;
/// A vector of more entries than this is none of the Isolate's caches.
const MAX_CACHE_ENTRIES: u64 = 1 << 16;

/// Finds the roots of a heap.
pub(crate) struct RootFinder<'a, 'm> {
    heap: &'a Heap<'m>,
    start: WalkStart,
    undefined: Tagged,
}

impl<'a, 'm> RootFinder<'a, 'm> {
    pub(crate) fn new(heap: &'a Heap<'m>, start: WalkStart) -> Self {
        let isolate = &heap.layout.isolate;
        let undefined =
            start.isolate + u64::from(isolate.roots_table) + 8 * u64::from(isolate.undefined_index);
        RootFinder {
            heap,
            start,
            undefined: heap.memory.tagged(undefined),
        }
    }

    /// Whether `undefined` is where the layout says. If not, no root is.
    pub(crate) fn has_undefined(&self) -> bool {
        let kind = self.heap.layout.offsets.oddball_kind_undefined as i32;
        self.object(self.undefined.0).is_some_and(|object| {
            self.heap.type_of(object) == Some(ObjectType::Oddball)
                && self.heap.smi_field(object, fields::ODDBALL_KIND) == Some(kind)
        })
    }

    /// All groups but the stack's. Their sizes follow what V8 holds: a handle is 8 bytes here.
    pub(crate) fn find(&self) -> Vec<RootGroup> {
        let mut groups = vec![
            strong("(Strong root list)", self.roots_table()),
            strong("(Strong roots)", self.isolate_words()),
        ];
        if let Some(slot) = self.global_handles_slot() {
            let (held, weak) = self.global_handles(self.word(slot));
            groups.push(strong("(Global handles)", held));
            groups.push(RootGroup {
                is_strong: false,
                ..strong("(Weak global handles)", weak)
            });
            groups.push(RootGroup {
                is_secondary: true,
                ..strong("(Traced handles)", self.traced_handles(slot + 8))
            });
            groups.push(strong("(Eternal handles)", self.eternal_handles(slot)));
            groups.push(RootGroup {
                is_secondary: true,
                ..strong("(Handle scope)", self.handle_scopes(slot - 0x20))
            });
        }
        groups.push(strong("(Startup object cache)", self.object_caches()));
        let microtasks = self.microtasks(&groups);
        groups.push(strong("(Micro tasks)", microtasks));
        groups
    }

    fn word(&self, address: u64) -> u64 {
        self.heap.memory.u64(address)
    }

    /// The object that a word points to, if it points to one.
    fn object(&self, word: u64) -> Option<Address> {
        let object = Tagged(word).strong()?;
        if !self.heap.memory.is_readable(object.0, 8) {
            return None;
        }
        let map = Tagged(self.word(object.0)).strong()?;
        if !self.heap.memory.is_readable(map.0, 32) {
            return None;
        }
        self.heap.class(map).map(|_| object)
    }

    /// The objects that the words from `start` up to `end` point to.
    fn objects_in(&self, start: u64, end: u64) -> impl Iterator<Item = Address> + '_ {
        (start..end)
            .step_by(8)
            .take_while(|&at| self.heap.memory.is_readable(at, 8))
            .filter_map(|at| self.object(self.word(at)))
    }

    fn roots_range(&self) -> (u64, u64) {
        let layout = &self.heap.layout.isolate;
        let start = self.start.isolate + u64::from(layout.roots_table);
        (start, start + 8 * u64::from(layout.root_count))
    }

    fn roots_table(&self) -> Vec<Address> {
        let (start, end) = self.roots_range();
        self.objects_in(start, end)
            .filter(|&object| !self.is_weak_list(object))
            .collect()
    }

    /// Caches that V8 empties at the start of each full collection: what they refer to is garbage
    /// unless something else holds it. They are told by their neighbours in the roots table: numbers
    /// as strings before the tables of registered symbols, results of regular expressions behind the
    /// cells that protect assumptions of the compiler.
    pub(crate) fn caches(&self) -> Vec<Address> {
        let (start, end) = self.roots_range();
        let roots: Vec<_> = (start..end)
            .step_by(8)
            .map(|at| self.object(self.word(at)))
            .collect();
        let types: Vec<_> = roots
            .iter()
            .map(|root| root.and_then(|root| self.heap.type_of(root)))
            .collect();
        let is_array = |at: &usize| {
            let kind = types.get(*at).copied().flatten();
            matches!(
                kind,
                Some(ObjectType::FixedArray | ObjectType::DoubleStringCache)
            )
        };
        // Three tables in a row: a single one, an empty constant, comes earlier.
        let symbols = types
            .windows(3)
            .position(|three| three == [Some(ObjectType::RegisteredSymbolTable); 3]);
        let number_strings = (0..symbols.unwrap_or(0)).rev().take_while(is_array);
        let cells = types.windows(2).rposition(|pair| {
            pair[0] == Some(ObjectType::PropertyCell) && pair[1] == Some(ObjectType::FixedArray)
        });
        let of_regexps = match self.heap.layout.version >= V8Version::V13_6 {
            true => 3,
            false => 2,
        };
        let first = cells.map_or(types.len(), |cell| cell + 1);
        let results = (first..first + of_regexps).take_while(is_array);
        number_strings
            .chain(results)
            .filter_map(|at| roots[at])
            .collect()
    }

    /// The Isolate's words outside of the roots table. Heads of V8's weak lists are left out: what
    /// nothing else holds is garbage.
    fn isolate_words(&self) -> Vec<Address> {
        let (roots_start, roots_end) = self.roots_range();
        let end = self.start.isolate + u64::from(self.heap.layout.isolate.size);
        let mut objects: Vec<_> = self
            .objects_in(self.start.isolate, roots_start)
            .chain(self.objects_in(roots_end, end))
            .filter(|&object| !self.is_weak_list(object))
            .collect();
        objects.dedup();
        objects
    }

    /// Whether objects of this type are linked in lists that don't keep them alive.
    fn is_weak_list(&self, object: Address) -> bool {
        matches!(
            self.heap.type_of(object),
            Some(
                ObjectType::NativeContext
                    | ObjectType::AllocationSite
                    | ObjectType::JSFinalizationRegistry
            )
        )
    }

    /// Where in the Isolate its `GlobalHandles*` is: both it and its `NodeSpace` point back.
    fn global_handles_slot(&self) -> Option<u64> {
        let isolate = self.start.isolate;
        let end = isolate + u64::from(self.heap.layout.isolate.size);
        (isolate..end).step_by(8).find(|&slot| {
            let handles = self.word(slot);
            if !handles.is_multiple_of(8) || !self.heap.memory.is_readable(handles, 16) {
                return false;
            }
            let space = self.word(handles + 8);
            self.word(handles) == isolate
                && space.is_multiple_of(8)
                && self.heap.memory.is_readable(space, 16)
                && self.word(space) == handles
        })
    }

    /// Strong and weak handles of the one space of nodes.
    fn global_handles(&self, handles: u64) -> (Vec<Address>, Vec<Address>) {
        let (mut held, mut weak) = (Vec::new(), Vec::new());
        let mut block = self.word(self.word(handles + 8) + 8);
        for _ in 0..MAX_BLOCKS {
            if !self
                .heap
                .memory
                .is_readable(block, GLOBAL_BLOCK_NODES * GLOBAL_NODE_BYTES + 8)
            {
                break;
            }
            for node in (0..GLOBAL_BLOCK_NODES).map(|i| block + i * GLOBAL_NODE_BYTES) {
                let state = self.heap.memory.u8(node + 11) & 3;
                if state == 0 {
                    continue;
                }
                if let Some(object) = self.object(self.word(node)) {
                    match state {
                        GLOBAL_NODE_STRONG => held.push(object),
                        _ => weak.push(object),
                    }
                }
            }
            block = self.word(block + GLOBAL_BLOCK_NODES * GLOBAL_NODE_BYTES);
        }
        (held, weak)
    }

    /// The handles of open scopes: `HandleScopeImplementer` has a vector of blocks, all full but
    /// the last, which the Isolate's `HandleScopeData` says the end of.
    fn handle_scopes(&self, slot: u64) -> Vec<Address> {
        let implementer = self.word(slot);
        if !implementer.is_multiple_of(8) || !self.heap.memory.is_readable(implementer, 32) {
            return Vec::new();
        }
        let (blocks, count) = (self.word(implementer + 8), self.word(implementer + 24));
        let mut objects = Vec::new();
        for i in 0..count.min(MAX_BLOCKS as u64) {
            let block = self.word(blocks.wrapping_add(8 * i));
            let end = block.saturating_add(8 * HANDLE_BLOCK_WORDS);
            if !self.heap.memory.is_readable(block, end - block) {
                break;
            }
            let used_end = match i + 1 == count {
                true => self.next_handle(block, end).unwrap_or(end),
                false => end,
            };
            objects.extend(self.objects_in(block, used_end));
        }
        objects
    }

    /// The next free handle of the block: in the Isolate, followed by the block's limit.
    fn next_handle(&self, block: u64, end: u64) -> Option<u64> {
        let isolate = self.start.isolate;
        let last = isolate + u64::from(self.heap.layout.isolate.size);
        (isolate..last)
            .step_by(8)
            .find(|&at| self.word(at + 8) == end && (block..=end).contains(&self.word(at)))
            .map(|at| self.word(at))
    }

    /// Traced handles lie in the Isolate itself on versions whose layout says where.
    fn traced_handles(&self, handles: u64) -> Vec<Address> {
        let mut objects = Vec::new();
        if self.word(handles + 64) != self.start.isolate {
            return objects;
        }
        let mut block = self.word(handles);
        for _ in 0..MAX_BLOCKS {
            if !block.is_multiple_of(8) || !self.heap.memory.is_readable(block, 72) {
                break;
            }
            let capacity = u64::from(self.heap.memory.u16(block + 58));
            for node in (0..capacity).map(|i| block + 72 + 16 * i) {
                if self.heap.memory.u8(node + 12) & 1 == 1 {
                    objects.extend(self.object(self.word(node)));
                }
            }
            block = self.word(block + 8);
        }
        objects
    }

    /// Eternal handles: `{ int size; std::vector<Address*> blocks }`, near the global ones.
    fn eternal_handles(&self, slot: u64) -> Vec<Address> {
        let near = (slot..slot + 8 * 64).step_by(8);
        near.filter_map(|at| self.eternal_handles_at(self.word(at)))
            .next()
            .unwrap_or_default()
    }

    fn eternal_handles_at(&self, handles: u64) -> Option<Vec<Address>> {
        if handles == 0 || !handles.is_multiple_of(8) || !self.heap.memory.is_readable(handles, 32)
        {
            return None;
        }
        let size = self.word(handles) & 0xffff_ffff;
        let (start, end) = (self.word(handles + 8), self.word(handles + 16));
        let blocks = size.div_ceil(ETERNAL_BLOCK_HANDLES);
        if size == 0 || size > MAX_CACHE_ENTRIES || end.wrapping_sub(start) != 8 * blocks {
            return None;
        }
        let handle = |i: u64| {
            let block = self.word(start + 8 * (i / ETERNAL_BLOCK_HANDLES));
            self.word(block.wrapping_add(8 * (i % ETERNAL_BLOCK_HANDLES)))
        };
        let is_one = self.heap.memory.is_readable(start, 8 * blocks)
            && (0..size).all(|i| Tagged(handle(i)).is_smi() || self.object(handle(i)).is_some());
        is_one.then(|| (0..size).filter_map(|i| self.object(handle(i))).collect())
    }

    /// What the snapshot of the process's start refers to: vectors in the Isolate that end with
    /// `undefined`.
    fn object_caches(&self) -> Vec<Address> {
        let isolate = self.start.isolate;
        let end = isolate + u64::from(self.heap.layout.isolate.size);
        let mut objects = Vec::new();
        for at in (isolate..end).step_by(8) {
            let (first, behind) = (self.word(at), self.word(at + 8));
            let bytes = behind.wrapping_sub(first);
            let is_cache = first.is_multiple_of(8)
                && bytes.is_multiple_of(8)
                && (8..=8 * MAX_CACHE_ENTRIES).contains(&bytes)
                && self.word(at + 16) >= behind
                && self.heap.memory.is_readable(first, bytes)
                && self.heap.memory.tagged(behind - 8) == self.undefined
                && (first..behind)
                    .step_by(8)
                    .all(|word| self.object(self.word(word)).is_some());
            if is_cache {
                objects.extend(self.objects_in(first, behind));
            }
        }
        objects
    }

    /// The objects that the stack's words point to, as far as `may_read` allows to look: a stale
    /// word may point to memory that V8 is about to unmap.
    pub(crate) fn stack(&self, may_read: impl Fn(Address) -> bool) -> RootGroup {
        let (top, base) = self.start.stack;
        let mut objects: Vec<_> = (top & !7..base)
            .step_by(8)
            .take_while(|&at| self.heap.memory.is_readable(at, 8))
            .map(|at| self.word(at))
            .filter(|&word| Tagged(word).strong().is_some_and(&may_read))
            .filter_map(|word| self.object(word))
            .collect();
        objects.sort_unstable();
        objects.dedup();
        RootGroup {
            is_secondary: true,
            ..strong("(Stack roots)", objects)
        }
    }

    /// Microtasks of each native context that a root leads to: the context's last word points to
    /// a ring `{ vtable, size, capacity, start, ring }`.
    fn microtasks(&self, groups: &[RootGroup]) -> Vec<Address> {
        let mut queues: Vec<u64> = groups
            .iter()
            .flat_map(|group| &group.targets)
            .filter(|&&object| self.heap.type_of(object) == Some(ObjectType::NativeContext))
            .filter_map(|&context| self.microtask_queue(context))
            .collect();
        queues.sort_unstable();
        queues.dedup();
        queues
            .iter()
            .flat_map(|&queue| self.queued(queue))
            .collect()
    }

    fn microtask_queue(&self, context: Address) -> Option<u64> {
        let length = self.heap.smi_field(context, fields::FIXED_ARRAY_LENGTH)?;
        let end = context.0 + 16 + 8 * u64::try_from(length).ok()?;
        let queue = self.word(end);
        (queue != 0 && queue.is_multiple_of(8) && self.heap.memory.is_readable(queue, 40))
            .then_some(queue)
    }

    fn queued(&self, queue: u64) -> Vec<Address> {
        let [size, capacity, start, ring] = [8, 16, 24, 32].map(|at| self.word(queue + at));
        if capacity == 0
            || size > capacity
            || start >= capacity
            || !self
                .heap
                .memory
                .is_readable(ring, capacity.saturating_mul(8))
        {
            return Vec::new();
        }
        (0..size)
            .filter_map(|i| self.object(self.word(ring + 8 * ((start + i) % capacity))))
            .collect()
    }
}

fn strong(name: &'static str, targets: Vec<Address>) -> RootGroup {
    RootGroup {
        name,
        targets,
        is_strong: true,
        is_secondary: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    /// Whether the object in an array's first element is `undefined` to an Isolate whose roots
    /// would be there.
    fn has_undefined(heap: &TestHeap, array: Address) -> bool {
        let isolate = &heap.layout.isolate;
        let place = isolate.roots_table + 8 * isolate.undefined_index;
        let start = WalkStart {
            isolate: array.0 + u64::from(fields::FIXED_ARRAY_ELEMENTS) - u64::from(place),
            stack: (0, 0),
            is_frozen: true,
            is_swept: false,
        };
        heap.read(|heap| RootFinder::new(heap, start).has_undefined())
    }

    #[test]
    fn roots_are_known_by_undefined_in_its_place() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let kind = smi(heap.layout.offsets.oddball_kind_undefined as i32);
            let words = [smi(0), smi(0), smi(0), smi(0), kind];
            let undefined = heap.struct_of(ObjectType::Oddball, &words);
            let other = heap.undefined();
            for (word, expected) in [
                (undefined.tagged(), true),
                (other.tagged(), false),
                (Address(8).tagged(), false),
                (smi(1), false),
            ] {
                let array = heap.array(ObjectType::FixedArray, &[word]);
                assert_eq!(has_undefined(&heap, array), expected, "{version:?}");
            }
        }
    }
}
