//! Gives memory that this process has freed back to the system.
//!
//! glibc has an arena a thread, and an arena keeps what is freed within. Blocks from a megabyte on
//! are mappings of their own (`ForkSafeAllocator`); what is smaller, and
//! everything where that allocator isn't built, is in arenas. Other allocators give back by
//! themselves.

/// Returns all whole free pages of the allocator, those of other parts of the process included.
/// Takes milliseconds where much is free; does nothing on systems without glibc.
pub fn return_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the function has no preconditions, and takes the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}
