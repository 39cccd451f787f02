//! Makes V8's heap inheritable for the moment of a fork.
//!
//! V8 marks its mappings `MADV_DONTFORK`, so that the children a service starts don't have its heap
//! copied. They have to be `MADV_DOFORK` in the fork and as they were after it, and no other
//! mapping may ever get the mark: a child process would miss a page of `malloc`'s.
//!
//! **Who has the mark?** Only `/proc/self/smaps` says, and takes tens of milliseconds, for it
//! counts every page. But it can be found out. A hint about the *first part* of a mapping that
//! changes nothing leaves the mapping whole, and one that changes something splits it, because the
//! parts differ then; `/proc/self/maps`, read a second time, shows which. There are two such hints:
//!
//! - `MADV_DOFORK` never changes a mapping without the mark. But the split of one with it, and the
//!   merge afterwards, take 10 to 15 microseconds.
//! - `MADV_DONTFORK` never changes a mapping with the mark, and takes half a microsecond. But one
//!   without it has it on its first part until that is undone, a millisecond later at most; a
//!   process that another thread forks just then would miss that part.
//!
//! So the second is for mappings that look like V8's, of which there may be thousands, and the first
//! for all others: stacks, `malloc`'s areas, variables of libraries. In both cases the answer is of
//! this very moment, and where it is in doubt, because another thread changed the mapping in
//! between, it has no mark.
//!
//! Mappings that can't be read (reserved addresses, guard pages) stay as they are: there is nothing
//! to inherit. So do readable ones of a single page, which can't be split; V8 has none.
//!
//! While this lasts, a process forked by another thread inherits the heap, which costs it time. If
//! another thread unmaps a range of V8's and maps something else at the same addresses meanwhile,
//! that would get the mark; V8's addresses are random ones of its own choice, which the kernel gives
//! to nobody.
//!
//! Cost: two readings of the list, which is a microsecond a mapping, and three system calls for each
//! of V8's, which are two more. Memory: the list, twice.

use std::ops::Range;

use crate::CaptureError;
use crate::child_arena::PAGE;
use crate::memory_map::{MapSource, Mapping, MappingOrigin, MemoryMap};
use crate::v8_layout::fields::PAGE_BYTES;

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
        let mut probes: Vec<_> = before.mappings().iter().filter_map(Probe::of).collect();
        probes.iter_mut().for_each(Probe::send);
        let after = source.read();
        let map = after.as_ref().ok();
        let marked = probes.iter().filter(|probe| probe.settle(map));
        let inheritance = Inheritance {
            marked: marked.map(|probe| probe.mapping.range.clone()).collect(),
        };
        after?;
        inheritance.mark(libc::MADV_DOFORK);
        Ok(inheritance)
    }

    /// V8's mappings.
    pub(super) fn marked(&self) -> &[Range<u64>] {
        &self.marked
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

/// A hint about the first part of a mapping.
#[derive(Debug)]
struct Probe<'a> {
    mapping: &'a Mapping,
    part: Range<u64>,
    advice: libc::c_int,
    /// The kernel refuses a split if there are too many mappings.
    is_accepted: bool,
}

impl<'a> Probe<'a> {
    /// For a mapping that may have the mark, and can be split.
    fn of(mapping: &'a Mapping) -> Option<Probe<'a>> {
        let range = &mapping.range;
        let part = first_part(range);
        let is_of_interest =
            mapping.readable && mapping.origin == MappingOrigin::Anonymous && part.end < range.end;
        is_of_interest.then(|| Probe {
            mapping,
            part,
            advice: if looks_like_v8(range) {
                libc::MADV_DONTFORK
            } else {
                libc::MADV_DOFORK
            },
            is_accepted: false,
        })
    }

    fn send(&mut self) {
        self.is_accepted = advise(&self.part, self.advice);
    }

    /// Whether the mapping had the mark before. If it had not, or that can't be told, it has none
    /// after this.
    fn settle(&self, after: Option<&MemoryMap>) -> bool {
        let Some(after) = after.filter(|_| self.is_accepted) else {
            return self.undo();
        };
        if self.advice == libc::MADV_DOFORK {
            return self.is_split(after);
        }
        self.is_whole(after) || self.undo()
    }

    /// A part that had the mark and is taken for one that had not costs a later child process the
    /// time to copy it; the other way round would cost it the part.
    fn undo(&self) -> bool {
        if self.advice == libc::MADV_DONTFORK && self.is_accepted {
            advise(&self.part, libc::MADV_DOFORK);
        }
        false
    }

    /// Whether there is no border behind the part, nor elsewhere. Neighbours with the same mark may
    /// have been joined to it.
    fn is_whole(&self, map: &MemoryMap) -> bool {
        let range = &self.mapping.range;
        map.containing(self.part.end).is_some_and(|found| {
            let is_all = found.range.start <= range.start && range.end <= found.range.end;
            is_all && found.is_like(self.mapping)
        })
    }

    /// Whether there is a border behind the part now and nothing else has changed. Another thread
    /// that cut the mapping just there would have unmapped one side or changed its permissions.
    fn is_split(&self, map: &MemoryMap) -> bool {
        let [first, second] = [self.part.start, self.part.end].map(|start| map.containing(start));
        let is_like = |half: &&Mapping| half.is_like(self.mapping);
        first
            .filter(is_like)
            .is_some_and(|half| half.range.end == self.part.end)
            && second.is_some_and(|half| is_like(&half))
    }
}

/// V8 asks for addresses of 46 bits, at multiples of its pages of 256 KiB. The kernel gives others
/// the highest addresses that are free, of 47 bits, and the lowest 4 GiB are a program's own.
fn looks_like_v8(range: &Range<u64>) -> bool {
    range.start.is_multiple_of(PAGE_BYTES) && (1 << 32..1 << 46).contains(&range.start)
}

/// The first page of a mapping, or its first huge page if that may be one.
fn first_part(range: &Range<u64>) -> Range<u64> {
    let may_begin_huge = range.start.is_multiple_of(HUGE_PAGE);
    let bytes = if may_begin_huge && range.end - range.start > HUGE_PAGE {
        HUGE_PAGE
    } else {
        PAGE as u64
    };
    range.start..range.start + bytes
}

/// A hint about a range. Says whether the kernel took it for the whole range: that may have been
/// unmapped by now.
fn advise(range: &Range<u64>, advice: libc::c_int) -> bool {
    let start: *mut libc::c_void = std::ptr::with_exposed_provenance_mut(range.start as usize);
    // SAFETY: both hints change what a later fork copies, and neither contents nor access.
    unsafe { libc::madvise(start, (range.end - range.start) as usize, advice) == 0 }
}

#[cfg(test)]
mod tests;
