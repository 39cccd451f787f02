//! Large blocks of memory, each a mapping of its own.
//!
//! glibc maps large blocks, too, but from the first time such a block is freed it takes blocks of up
//! to 32 MiB out of its arenas, and an arena keeps what is freed within. The columns of a graph grow
//! by doubling and are freed one after the other, so what an arena kept was a fifth of the memory
//! that a capture needed at its peak. A mapping of its own grows without being copied (`mremap`), and
//! is the system's again at the moment it is freed.
//!
//! Constant time but for the system calls. Memory: what is asked for, rounded up to pages.

use std::alloc::Layout;
use std::ptr::null_mut;

use crate::child_arena::PAGE;

/// Blocks from here on are mapped. Smaller ones leave little behind them in an arena, and come often
/// enough for a system call each to be noticed.
const SMALLEST: usize = 1 << 20;

/// Whether blocks of this layout are mapped.
#[inline(always)]
pub(crate) const fn is_mapped(layout: Layout) -> bool {
    layout.size() >= SMALLEST && layout.align() <= PAGE
}

/// A block filled with zeros, or null.
pub(crate) fn allocate(layout: Layout) -> *mut u8 {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
    let block = unsafe { libc::mmap(null_mut(), pages(layout.size()), access, flags, -1, 0) };
    match block {
        libc::MAP_FAILED => null_mut(),
        block => block.cast(),
    }
}

/// Gives a block back.
///
/// # Safety
/// The block came from here with a layout of this size, and is not in use any more.
pub(crate) unsafe fn free(block: *mut u8, size: usize) {
    // SAFETY: these are the whole pages of one mapping of ours, which the caller gives up.
    unsafe { libc::munmap(block.cast(), pages(size)) };
}

/// The block with another size, maybe at another address; null if there is no room, and then the
/// block is as it was.
///
/// # Safety
/// The block came from here with a layout of the old size. The new layout is mapped, too.
pub(crate) unsafe fn resize(block: *mut u8, old_size: usize, layout: Layout) -> *mut u8 {
    let (old, new) = (pages(old_size), pages(layout.size()));
    if old == new {
        return block;
    }
    // SAFETY: the source is a block of ours, of which the caller gives up the address; the kernel
    // chooses the new one.
    let moved = unsafe { libc::mremap(block.cast(), old, new, libc::MREMAP_MAYMOVE) };
    if moved != libc::MAP_FAILED {
        return moved.cast();
    }
    // A block that another thread has marked in part (see `forked_child::inheritance`) can't be
    // moved at that moment.
    let copy = allocate(layout);
    if !copy.is_null() {
        // SAFETY: both blocks have that many bytes, and the new one overlaps with none. The old one
        // is not in use after this.
        unsafe {
            copy.copy_from_nonoverlapping(block, old_size.min(layout.size()));
            free(block, old_size);
        }
    }
    copy
}

/// Sizes in a layout are far below the largest number.
const fn pages(size: usize) -> usize {
    size.next_multiple_of(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    #[test]
    fn a_block_keeps_its_contents_whatever_its_size_becomes() {
        let sizes = [1, 3, 2, 64, 5, 5].map(|n| n * SMALLEST + 8 * n);
        let mut size = sizes[0];
        let mut block = allocate(layout(size));
        for (turn, new_size) in (1..).zip(sizes) {
            let kept = size.min(new_size);
            // SAFETY: the block has `size` bytes, and is nobody else's.
            unsafe {
                block.write(turn);
                block.add(kept - 1).write(turn + 100);
                block = resize(block, size, layout(new_size));
            }
            assert!(!block.is_null());
            // SAFETY: the block has at least `kept` bytes.
            let ends = unsafe { (block.read(), block.add(kept - 1).read()) };
            assert_eq!(ends, (turn, turn + 100), "{size} to {new_size}");
            size = new_size;
        }
        // SAFETY: the block has this size, and is not used after this.
        unsafe { free(block, size) };
    }

    #[test]
    fn a_block_that_is_two_mappings_for_the_kernel_is_copied() {
        let size = 2 * SMALLEST;
        let block = allocate(layout(size));
        // SAFETY: a hint about the first page of the block, and a write within it.
        unsafe {
            assert_eq!(libc::madvise(block.cast(), PAGE, libc::MADV_DONTFORK), 0);
            block.add(PAGE).write(7);
        }
        // SAFETY: the block has this size and is not used after this.
        let larger = unsafe { resize(block, size, layout(16 * size)) };
        assert!(!larger.is_null());
        // SAFETY: the block has that many bytes, and is not used after this.
        unsafe {
            assert_eq!((larger.read(), larger.add(PAGE).read()), (0, 7));
            free(larger, 16 * size);
        }
    }
}
