//! Gives memory that this process has freed back to the system.
//!
//! glibc maps large blocks one by one at first, but from the first time such a block is freed it
//! takes blocks of up to 32 MiB out of its arenas, one arena a thread, and an arena keeps what is
//! freed within. A graph's columns are such blocks: after opening and closing a graph of 150 MB five
//! times, each on a thread of its own, 100 MB stayed. Other allocators give back by themselves.

/// Returns all whole free pages of the allocator, those of other parts of the process included.
/// Takes milliseconds where much is free; does nothing on systems without glibc.
pub fn return_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the function has no preconditions, and takes the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}
