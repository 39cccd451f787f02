//! V8's table of entry points: from Node 24 on a function holds the number of an entry rather than
//! a pointer to its code.
//!
//! Nothing exports where the table is. It is an array in memory of its own, and the Isolate or the
//! group of isolates that it belongs to points to it: of all words there, the table is the one
//! that leads from the handles of known functions to code.

use super::heap::Heap;
use super::tagged::{Address, Tagged};
use crate::v8_layout::ObjectType;

/// log2 of what a handle is multiplied by.
const HANDLE_SHIFT: u32 = 8;
/// Bytes of an entry: the address of the machine code, and the `Code` object with flags.
const ENTRY_BYTES: u64 = 16;
/// Functions that must agree on the table: a wrong one doesn't lead to code that often.
const WITNESSES: usize = 32;
/// How much of what the Isolate points to is searched: the group of isolates is that large.
const GROUP_BYTES: u64 = 0x1000;

/// The table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DispatchTable {
    base: u64,
}

impl DispatchTable {
    /// Finds the table from the handles of some functions; `None` if this version of V8 has none,
    /// or if it isn't found.
    pub(crate) fn find(heap: &Heap<'_>, isolate: u64, handles: &[u32]) -> Option<Self> {
        let mut witnesses: Vec<u32> = handles.iter().copied().filter(|&h| h != 0).collect();
        witnesses.sort_unstable();
        witnesses.dedup();
        // Spread over all handles: those of the builtins alone lie side by side.
        let step = witnesses.len().div_ceil(WITNESSES).max(1);
        let witnesses: Vec<u32> = witnesses.into_iter().step_by(step).collect();
        if witnesses.is_empty() {
            return None;
        }
        let is_table = |base: u64| {
            let table = DispatchTable { base };
            base != 0
                && base.is_multiple_of(8)
                && witnesses
                    .iter()
                    .all(|&handle| table.code(heap, handle).is_some())
        };
        let isolate_end = isolate + u64::from(heap.layout.isolate.size);
        let words = || {
            (isolate..isolate_end)
                .step_by(8)
                .map(|at| heap.memory.u64(at))
        };
        if let Some(base) = words().find(|&base| is_table(base)) {
            return Some(DispatchTable { base });
        }
        let mut pointers: Vec<u64> = words()
            .filter(|&p| p.is_multiple_of(8) && heap.memory.is_readable(p, GROUP_BYTES))
            .collect();
        pointers.sort_unstable();
        pointers.dedup();
        pointers
            .into_iter()
            .flat_map(|group| (group..group + GROUP_BYTES).step_by(8))
            .map(|at| heap.memory.u64(at))
            .find(|&base| is_table(base))
            .map(|base| DispatchTable { base })
    }

    /// The code of a function's handle.
    pub(crate) fn code(&self, heap: &Heap<'_>, handle: u32) -> Option<Address> {
        let entry = self
            .base
            .checked_add(u64::from(handle >> HANDLE_SHIFT) * ENTRY_BYTES)?;
        if !heap.memory.is_readable(entry, ENTRY_BYTES) {
            return None;
        }
        let object = Tagged(heap.memory.u64(entry + 8) >> 16 | 1).strong()?;
        (heap.memory.is_readable(object.0, 8) && heap.type_of(object) == Some(ObjectType::Code))
            .then_some(object)
    }
}
