//! Where a forked child's memory comes from.
//!
//! The child is the only thread of its process, and the system's allocator may be locked by a
//! thread that no longer exists. So the child has an allocator of its own: a window of addresses,
//! reserved without memory behind them, that is used up from its beginning and never twice.
//!
//! - *Small blocks* (up to [`LARGEST_SMALL`]) come in size classes, four to each power of two, so
//!   that a block is at most a quarter larger than asked for. Freed blocks are listed by class and
//!   used again; this is segregated fit as in Wilson et al., "Dynamic Storage Allocation" (1995).
//! - *Large blocks* are whole pages. Freed, their pages go back to the system; grown, their pages
//!   move to new addresses without being copied (`mremap`), which is what long vectors need.
//!
//! **The budget** counts the pages taken, not the bytes asked for. A request beyond it gets a null
//! pointer, and the refusal is noted where the parent can see it.
//!
//! Constant time but for the system calls. Memory: what is asked for, plus the rounding.

use std::alloc::Layout;
use std::ops::Range;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

pub(crate) const PAGE: usize = 4096;

/// Blocks from here on are whole pages of their own. A page lost to rounding is at most a
/// sixteenth of such a block, and a system call for each is still rare.
const LARGEST_SMALL: usize = 64 * 1024;

/// Pages for small blocks are taken this many bytes at a time: several of the largest.
const CHUNK: usize = 4 * LARGEST_SMALL;

/// Smallest block and alignment of all: what `malloc` promises on 64-bit systems.
const GRAIN: usize = 16;

/// 16, then four classes for each power of two up to [`LARGEST_SMALL`].
const CLASSES: usize = 1 + 4 * (LARGEST_SMALL / GRAIN).ilog2() as usize;

/// Addresses reserved for each byte of the budget. They are used once only, so a vector that grows
/// by doubling takes twice its final size, and frees and grows may go on for long. Addresses cost
/// nothing.
const WINDOW_FACTOR: usize = 256;

/// The least that is reserved, and the most: a small part of the 128 TiB that there are.
const WINDOW_BYTES: Range<usize> = 1 << 36..1 << 43;

/// What the parent can see of the child's memory, in memory that both share.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct ArenaUsage {
    /// The most bytes that were in use at a time.
    pub(crate) peak: AtomicU64,
    /// How many requests were refused.
    pub(crate) refusals: AtomicU32,
}

/// The allocator. Its fields are atomic to be in a `static`; there is only one thread to use them.
#[derive(Debug)]
pub(crate) struct ChildArena {
    start: AtomicUsize,
    end: AtomicUsize,
    /// The first address that was never used.
    next: AtomicUsize,
    /// What is left of the current chunk for small blocks.
    chunk_next: AtomicUsize,
    chunk_end: AtomicUsize,
    /// Bytes taken from the system, and the most that may be.
    taken: AtomicU64,
    budget: AtomicU64,
    /// The first free block of each class; a free block holds the address of the next.
    free: [AtomicUsize; CLASSES],
    usage: AtomicPtr<ArenaUsage>,
}

impl ChildArena {
    pub(crate) const fn new() -> ChildArena {
        ChildArena {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            chunk_next: AtomicUsize::new(0),
            chunk_end: AtomicUsize::new(0),
            taken: AtomicU64::new(0),
            budget: AtomicU64::new(0),
            free: [const { AtomicUsize::new(0) }; CLASSES],
            usage: AtomicPtr::new(null_mut()),
        }
    }

    /// Reserves the addresses. Says whether there are any.
    pub(crate) fn open(&self, budget: u64, usage: &'static ArenaUsage) -> bool {
        let wanted = usize::try_from(budget).unwrap_or(usize::MAX);
        let wanted = wanted.saturating_mul(WINDOW_FACTOR);
        let mut bytes = wanted.clamp(WINDOW_BYTES.start, WINDOW_BYTES.end);
        // Where the address space is limited (`ulimit -v`), as much as there is.
        let start = loop {
            match reserve(bytes) {
                Some(start) => break start,
                None if bytes > CHUNK => bytes /= 2,
                None => return false,
            }
        };
        self.start.store(start, Relaxed);
        self.next.store(start, Relaxed);
        self.end.store(start + bytes, Relaxed);
        self.budget.store(budget, Relaxed);
        self.usage
            .store(std::ptr::from_ref(usage).cast_mut(), Relaxed);
        true
    }

    /// Whether a block is of this arena; others are the parent's and stay as they are.
    fn owns(&self, block: *mut u8) -> bool {
        (self.start.load(Relaxed)..self.end.load(Relaxed)).contains(&block.addr())
    }

    /// A block of memory, or null. `must_be_zero` is not taken for free: used blocks are not.
    pub(crate) fn allocate(&self, layout: Layout, must_be_zero: bool) -> *mut u8 {
        let Some(class) = class_of(layout) else {
            return self.allocate_pages(layout);
        };
        let block = self.allocate_small(class);
        if must_be_zero && !block.is_null() {
            // SAFETY: the block has at least the layout's size, and nobody else has it.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// The block is of this arena with this layout and not in use any more, or it is none of its own.
    pub(crate) unsafe fn free(&self, block: *mut u8, layout: Layout) {
        if !self.owns(block) {
            return;
        }
        match class_of(layout) {
            Some(class) => {
                let next = self.free[class].swap(block.addr(), Relaxed);
                self.free[class].store(block.addr(), Relaxed);
                // SAFETY: a block of any class has room for a word, is aligned to 16, and is not
                // in use any more.
                unsafe { block.cast::<usize>().write(next) };
            }
            None => {
                let bytes = round_up(layout.size(), PAGE);
                // SAFETY: these are the whole pages of the block, which is not in use any more.
                unsafe { libc::munmap(block.cast(), bytes) };
                self.taken.fetch_sub(bytes as u64, Relaxed);
            }
        }
    }

    /// The block with another size, maybe at another address; null if there is no room, and then
    /// the block is as it was.
    ///
    /// # Safety
    /// As for `GlobalAlloc::realloc`, for blocks of this arena and for the parent's.
    pub(crate) unsafe fn resize(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size, rounded up to the alignment, is a size.
        let resized = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if self.owns(block) {
            match (class_of(layout), class_of(resized)) {
                (Some(old), Some(new)) if old == new => return block,
                (None, None) if layout.align() <= PAGE => {
                    return self.move_pages(block, layout.size(), size);
                }
                _ => {}
            }
        }
        let copy = self.allocate(resized, false);
        if !copy.is_null() {
            // SAFETY: both blocks have that many bytes, and the new one overlaps with none. The old
            // one is not in use after this.
            unsafe {
                copy.copy_from_nonoverlapping(block, layout.size().min(size));
                self.free(block, layout);
            }
        }
        copy
    }

    fn allocate_small(&self, class: usize) -> *mut u8 {
        let first = self.free[class].load(Relaxed);
        if first != 0 {
            let block: *mut u8 = std::ptr::with_exposed_provenance_mut(first);
            // SAFETY: a listed block is free, and its first word is the next one's address.
            let next = unsafe { block.cast::<usize>().read() };
            self.free[class].store(next, Relaxed);
            return block;
        }
        let size = size_of_class(class);
        if self.chunk_end.load(Relaxed) - self.chunk_next.load(Relaxed) < size {
            let Some(chunk) = self.take(CHUNK, PAGE) else {
                return null_mut();
            };
            self.chunk_next.store(chunk, Relaxed);
            self.chunk_end.store(chunk + CHUNK, Relaxed);
        }
        std::ptr::with_exposed_provenance_mut(self.chunk_next.fetch_add(size, Relaxed))
    }

    fn allocate_pages(&self, layout: Layout) -> *mut u8 {
        let bytes = round_up(layout.size(), PAGE);
        match self.take(bytes, layout.align().max(PAGE)) {
            Some(start) => std::ptr::with_exposed_provenance_mut(start),
            None => null_mut(),
        }
    }

    /// Fresh pages, filled with zeros.
    fn take(&self, bytes: usize, alignment: usize) -> Option<usize> {
        let start = self
            .charge(bytes)
            .then(|| self.addresses(bytes, alignment))?;
        let start = start.filter(|&start| make_usable(start, bytes));
        if start.is_none() {
            self.refuse(bytes);
        }
        start
    }

    /// Gives a large block another number of pages, without copying.
    fn move_pages(&self, block: *mut u8, old_size: usize, new_size: usize) -> *mut u8 {
        let (old, new) = (round_up(old_size, PAGE), round_up(new_size, PAGE));
        if new <= old {
            if new < old {
                // SAFETY: these are the last pages of the block, which are not in use any more.
                unsafe { libc::munmap(block.add(new).cast(), old - new) };
                self.taken.fetch_sub((old - new) as u64, Relaxed);
            }
            return block;
        }
        if !self.charge(new - old) {
            return null_mut();
        }
        let moved = self.addresses(new, PAGE).and_then(|start| {
            let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
            let target: *mut libc::c_void = std::ptr::with_exposed_provenance_mut(start);
            // SAFETY: the source is the whole of a block, made usable in one call or moved in one,
            // and so one mapping; the target was reserved by us and never used.
            let moved = unsafe { libc::mremap(block.cast(), old, new, flags, target) };
            (moved != libc::MAP_FAILED).then_some(moved.cast())
        });
        moved.unwrap_or_else(|| {
            self.refuse(new - old);
            null_mut()
        })
    }

    /// Counts bytes against the budget, unless that is used up.
    fn charge(&self, bytes: usize) -> bool {
        let taken = self.taken.load(Relaxed) + bytes as u64;
        self.taken.store(taken, Relaxed);
        if taken > self.budget.load(Relaxed) {
            self.refuse(bytes);
            return false;
        }
        if let Some(usage) = self.usage() {
            usage.peak.fetch_max(taken, Relaxed);
        }
        true
    }

    /// Takes a charge back and lets the parent know.
    fn refuse(&self, bytes: usize) {
        self.taken.fetch_sub(bytes as u64, Relaxed);
        if let Some(usage) = self.usage() {
            usage.refusals.fetch_add(1, Relaxed);
        }
    }

    /// Addresses that were never used.
    fn addresses(&self, bytes: usize, alignment: usize) -> Option<usize> {
        let start = round_up(self.next.load(Relaxed), alignment);
        let end = start.checked_add(bytes)?;
        if end > self.end.load(Relaxed) {
            return None;
        }
        self.next.store(end, Relaxed);
        Some(start)
    }

    fn usage(&self) -> Option<&ArenaUsage> {
        // SAFETY: null before `open`, and then what was a `&'static` to atomics.
        unsafe { self.usage.load(Relaxed).as_ref() }
    }
}

/// The class for small blocks; `None` for whole pages, which is also how large alignments are met.
fn class_of(layout: Layout) -> Option<usize> {
    let size = layout.size().max(GRAIN);
    if size > LARGEST_SMALL || layout.align() > GRAIN {
        return None;
    }
    // In (2^n, 2^(n+1)] there are four steps.
    let below = size - 1;
    if below < GRAIN {
        return Some(0);
    }
    let power = below.ilog2();
    let quarter = (below >> (power - 2)) & 3;
    Some(1 + 4 * (power - GRAIN.ilog2()) as usize + quarter)
}

/// The largest size of a class, rounded up to the grain.
fn size_of_class(class: usize) -> usize {
    let Some(step) = class.checked_sub(1) else {
        return GRAIN;
    };
    let base = GRAIN << (step / 4);
    round_up(base + (step % 4 + 1) * (base / 4), GRAIN)
}

fn round_up(value: usize, alignment: usize) -> usize {
    (value + alignment - 1) & !(alignment - 1)
}

/// Addresses without memory.
fn reserve(bytes: usize) -> Option<usize> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
    let start = unsafe { libc::mmap(null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
    (start != libc::MAP_FAILED).then(|| start.expose_provenance())
}

fn make_usable(start: usize, bytes: usize) -> bool {
    let pages: *mut libc::c_void = std::ptr::with_exposed_provenance_mut(start);
    // SAFETY: the caller took these addresses from the window, and nobody else has them.
    unsafe { libc::mprotect(pages, bytes, libc::PROT_READ | libc::PROT_WRITE) == 0 }
}

#[cfg(test)]
mod tests;
