//! An allocator that goes on working in a forked child.
//!
//! `fork` copies one thread and all locks. A lock of `malloc` that another thread holds at that
//! moment stays locked in the child for ever, and the child's first allocation hangs. glibc's own
//! `fork` takes all those locks beforehand, which makes the service wait for its own threads and
//! runs handlers of strangers; and the child would still share the fate of `malloc`'s state.
//!
//! [`ForkSafeAllocator`] is the system's allocator everywhere but in the child of
//! [`fork_with`](crate::fork_with): there it is a [`ChildArena`], which nobody else knows.
//! Memory of the parent that the child frees stays as it is, and what it grows is copied.
//!
//! In the parent it costs one read of a constant a call.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

use crate::child_arena::{ArenaUsage, ChildArena};

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

// SAFETY: in the parent this is `System`, whose blocks go back to `System`. In the child, blocks
// are the arena's, which meets size and alignment and hands out no address twice; blocks of
// `System` are recognised by their addresses, and never handed to the arena or to `System`.
unsafe impl GlobalAlloc for ForkSafeAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if MODE.load(Relaxed) != PARENT {
            return alloc_elsewhere(layout, false);
        }
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if MODE.load(Relaxed) != PARENT {
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
        // SAFETY: outside of a child every block is `System`'s.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ForkSafeAllocator::is_in_child() {
            // SAFETY: the block is the arena's with this layout, or the parent's.
            return unsafe { ARENA.resize(block, layout, size) };
        }
        // SAFETY: outside of a child every block is `System`'s.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[cold]
fn alloc_elsewhere(layout: Layout, must_be_zero: bool) -> *mut u8 {
    if ForkSafeAllocator::is_in_child() {
        return ARENA.allocate(layout, must_be_zero);
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
