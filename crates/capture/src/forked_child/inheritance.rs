//! Makes V8's heap inheritable for the moment of a fork.
//!
//! V8 marks its mappings `MADV_DONTFORK`, so that the children a service starts don't have its heap
//! copied. They have to be `MADV_DOFORK` in the fork and as they were after it, and no other
//! mapping may ever get the mark: a child process would miss a page of `malloc`'s.
//!
//! **Who has the mark?** Only `/proc/self/smaps` says, and takes tens of milliseconds, for it
//! counts every page. But it can be found out: `MADV_DOFORK` on the *first part* of a mapping does
//! nothing if the mapping isn't marked, and splits it if it is, because the parts differ then.
//! `/proc/self/maps`, read a second time, shows the split. So mappings without the mark are never
//! changed, and the answer is of this very moment.
//!
//! Mappings that can't be read (reserved addresses, guard pages) stay as they are: there is nothing
//! to inherit. So do readable ones of a single page, which can't be split; V8 has none.
//!
//! While this lasts, a process forked by another thread inherits the heap, which costs it time. If
//! another thread unmaps a range of V8's and maps something else at the same addresses meanwhile,
//! that would get the mark; V8's addresses are random ones of its own choice, which the kernel gives
//! to nobody.
//!
//! Cost: two readings of the list and three system calls a mapping, 2 to 4 microseconds together.
//! Memory: the list, twice.

use std::ops::Range;

use crate::CaptureError;
use crate::child_arena::PAGE;
use crate::memory_map::{MapSource, Mapping, MappingOrigin, MemoryMap};

/// The most mappings to work with. Each marked one counts twice for a moment, and at the kernel's
/// limit (`vm.max_map_count`, 65,530 unless changed) the service's own requests would fail: half of
/// it, less what other threads may map meanwhile.
const MOST_MAPPINGS: usize = 32_000;

/// Transparent huge pages are split by a border inside of them, and not by one between them.
const HUGE_PAGE: u64 = 2 << 20;

/// The marked ranges, inheritable until this is dropped.
#[derive(Debug)]
pub(super) struct Inheritance {
    marked: Vec<Range<u64>>,
}

impl Inheritance {
    pub(super) fn open() -> Result<Inheritance, CaptureError> {
        let mut source = MapSource::open()?;
        let before = source.read()?;
        if before.mappings().len() > MOST_MAPPINGS {
            return Err(CaptureError::Unsupported {
                what: "a forked child",
                reason: format!(
                    "{} mappings are more than {MOST_MAPPINGS}",
                    before.mappings().len()
                ),
            });
        }
        let candidates = before
            .mappings()
            .iter()
            .filter(|mapping| may_be_marked(mapping));
        let probes: Vec<_> = candidates
            .filter_map(|mapping| Some((mapping, border_within(&mapping.range)?)))
            .collect();
        for (mapping, border) in &probes {
            advise(&(mapping.range.start..*border), libc::MADV_DOFORK);
        }
        let after = source.read();
        let split = |map: &MemoryMap| {
            let is_split = |&&(mapping, border): &&(&Mapping, u64)| is_border(map, mapping, border);
            let split = probes.iter().filter(is_split);
            split.map(|(mapping, _)| mapping.range.clone()).collect()
        };
        let inheritance = Inheritance {
            marked: split(&after?),
        };
        inheritance.mark(libc::MADV_DOFORK);
        Ok(inheritance)
    }

    fn mark(&self, advice: libc::c_int) {
        for range in &self.marked {
            advise(range, advice);
        }
    }
}

impl Drop for Inheritance {
    fn drop(&mut self) {
        self.mark(libc::MADV_DONTFORK);
    }
}

fn may_be_marked(mapping: &Mapping) -> bool {
    mapping.readable && mapping.origin == MappingOrigin::Anonymous
}

/// Where to split a mapping: behind its first page, or its first huge page if that may be one.
fn border_within(range: &Range<u64>) -> Option<u64> {
    let may_begin_huge = range.start.is_multiple_of(HUGE_PAGE);
    let part = if may_begin_huge && range.end - range.start > HUGE_PAGE {
        HUGE_PAGE
    } else {
        PAGE as u64
    };
    let border = range.start + part;
    (border < range.end).then_some(border)
}

/// Whether there is a border now between two halves of what was one mapping. Another thread that
/// happened to cut it right there would have unmapped a part or changed its permissions.
fn is_border(map: &MemoryMap, mapping: &Mapping, border: u64) -> bool {
    let Some(behind) = map.starting_at(border) else {
        return false;
    };
    let mappings = map.mappings();
    let is_alike = |half: &Mapping| {
        may_be_marked(half)
            && half.writable == mapping.writable
            && half.executable == mapping.executable
    };
    let before = behind
        .checked_sub(1)
        .and_then(|before| mappings.get(before));
    is_alike(&mappings[behind])
        && before.is_some_and(|half| half.range.end == border && is_alike(half))
}

/// A hint about a range. It may have been unmapped by now, and then there is nothing to do.
fn advise(range: &Range<u64>, advice: libc::c_int) {
    let start: *mut libc::c_void = std::ptr::with_exposed_provenance_mut(range.start as usize);
    // SAFETY: both hints change what a later fork copies, and neither contents nor access.
    unsafe { libc::madvise(start, (range.end - range.start) as usize, advice) };
}

#[cfg(test)]
mod tests;
