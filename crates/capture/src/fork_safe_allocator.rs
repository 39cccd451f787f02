//! An allocator that goes on working in a forked child.
//!
//! `fork` copies one thread and all locks. A lock of `malloc` that another thread holds at that
//! moment stays locked in the child for ever, and the child's first allocation hangs. glibc's own
//! `fork` takes all those locks beforehand, which makes the service wait for its own threads and
//! runs handlers of strangers; and the child would still share the fate of `malloc`'s state.
//!
//! [`ForkSafeAllocator`] is the system's allocator, but for large blocks, which are mappings of their
//! own ([`mapped_blocks`]), everywhere but in the child of [`fork_with`](crate::fork_with): there it
//! is a [`ChildArena`], which nobody else knows. Memory of the parent that the child frees stays as
//! it is, and what it grows is copied.
//!
//! In the parent it costs one read of a constant a call, and a look at the size.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

use crate::child_arena::{ArenaUsage, ChildArena};
use crate::mapped_blocks;

/// To be the `#[global_allocator]` of a program or addon that uses [`fork_with`](crate::fork_with).
#[derive(Debug, Clone, Copy, Default)]
pub struct ForkSafeAllocator;

/// The system's allocator serves.
const PARENT: u8 = 0;
/// The same, and each request leaves a note that it came here.
const NOTING: u8 = 1;
/// The arena serves. Only ever stored by a forked child, in its own copy of the memory.
const CHILD: u8 = 2;

static MODE: AtomicU8 = AtomicU8::new(PARENT);
static NOTED: AtomicBool = AtomicBool::new(false);
static ARENA: ChildArena = ChildArena::new();

impl ForkSafeAllocator {
    /// Whether it is the global allocator of this program.
    pub(crate) fn is_installed() -> bool {
        static IS_INSTALLED: OnceLock<bool> = OnceLock::new();
        *IS_INSTALLED.get_or_init(|| {
            MODE.store(NOTING, Relaxed);
            drop(std::hint::black_box(Box::new(0_u8)));
            MODE.store(PARENT, Relaxed);
            NOTED.load(Relaxed)
        })
    }

    /// From here on the arena serves. Says whether it can.
    ///
    /// # Safety
    /// This is a forked child with a single thread.
    pub(crate) unsafe fn enter_child(budget: u64, usage: &'static ArenaUsage) -> bool {
        let is_open = ARENA.open(budget, usage);
        MODE.store(CHILD, Relaxed);
        is_open
    }

    /// Whether this process is a forked child.
    pub(crate) fn is_in_child() -> bool {
        MODE.load(Relaxed) == CHILD
    }
}

// SAFETY: in the parent this is `System` for small blocks and `mapped_blocks` for large ones; which of
// both a block is of follows from the size that its owner knows. In the child, blocks are the arena's,
// which meets size and alignment and hands out no address twice; blocks of the parent are recognised
// by their addresses, and never given back.
unsafe impl GlobalAlloc for ForkSafeAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if MODE.load(Relaxed) != PARENT || mapped_blocks::is_mapped(layout) {
            return alloc_elsewhere(layout, false);
        }
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if MODE.load(Relaxed) != PARENT || mapped_blocks::is_mapped(layout) {
            return alloc_elsewhere(layout, true);
        }
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if ForkSafeAllocator::is_in_child() {
            // SAFETY: the block is the arena's with this layout, or the parent's.
            return unsafe { ARENA.free(block, layout) };
        }
        if mapped_blocks::is_mapped(layout) {
            // SAFETY: outside of a child every block of such a layout is a mapped one.
            return unsafe { mapped_blocks::free(block, layout.size()) };
        }
        // SAFETY: outside of a child every other block is `System`'s.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ForkSafeAllocator::is_in_child() {
            // SAFETY: the block is the arena's with this layout, or the parent's.
            return unsafe { ARENA.resize(block, layout, size) };
        }
        // SAFETY: the caller promises that the size, rounded up to the alignment, is a size.
        let resized = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (
            mapped_blocks::is_mapped(layout),
            mapped_blocks::is_mapped(resized),
        ) {
            // SAFETY: outside of a child every block of such a layout is `System`'s.
            (false, false) => unsafe { System.realloc(block, layout, size) },
            // SAFETY: outside of a child every block of such a layout is a mapped one.
            (true, true) => unsafe { mapped_blocks::resize(block, layout.size(), resized) },
            // SAFETY: the caller's promise, with the resized layout in place of the size.
            _ => unsafe { self.move_between(block, layout, resized) },
        }
    }
}

impl ForkSafeAllocator {
    /// Moves a block that was mapped and isn't to be, or the other way round.
    ///
    /// # Safety
    /// As for `GlobalAlloc::realloc`, outside of a child.
    #[cold]
    unsafe fn move_between(&self, block: *mut u8, layout: Layout, resized: Layout) -> *mut u8 {
        // SAFETY: neither size is zero. Both blocks have the bytes that are copied, and don't
        // overlap; the old one is not in use after this.
        unsafe {
            let moved = self.alloc(resized);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, layout.size().min(resized.size()));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cold]
fn alloc_elsewhere(layout: Layout, must_be_zero: bool) -> *mut u8 {
    if ForkSafeAllocator::is_in_child() {
        return ARENA.allocate(layout, must_be_zero);
    }
    if mapped_blocks::is_mapped(layout) {
        return mapped_blocks::allocate(layout);
    }
    NOTED.store(true, Relaxed);
    // SAFETY: layouts that reach an allocator are of a size above zero.
    unsafe {
        if must_be_zero {
            System.alloc_zeroed(layout)
        } else {
            System.alloc(layout)
        }
    }
}
