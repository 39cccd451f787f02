//! Getting the heap out of a live process.
//!
//! V8 writes its own snapshot to a path. [`SnapshotPipe`] is such a path that leads to a Rust
//! thread instead of a disk; [`TempSnapshot`] stands in where pipes have no path.
//! [`FileReplacement`] is where a graph is saved to. [`MemoryLimits`] says whether the process can
//! afford a capture at all; [`CollectionLog`] notes what collections leave; [`MemoryWatch`] reads the
//! memory of the process at a steady rhythm, and [`BlackBox`] is what is left of a run when the process
//! dies.
//!
//! On Linux (x86-64, glibc) [`fork_with`] runs a piece of work in a forked child, which sees this
//! process's memory as it was at that moment; [`MemoryMap`] says what of it can be read, and
//! [`ForkSafeAllocator`] is where the child's own memory comes from.
//!
//! This is the only crate of the workspace that may use `unsafe` and `libc`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

mod black_box;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod child_arena;
mod child_failure;
mod collection_log;
mod engine;
mod error;
mod file_replacement;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod fork_safe_allocator;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod forked_child;
mod free_memory;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod headroom;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod heap_walk;
mod interruptible_file;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod live_census;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod live_heap;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
mod live_heap_unsupported;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod mapped_blocks;
mod memory;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod memory_map;
mod memory_watch;
mod private_directory;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod settled_heap;
mod snapshot_pipe;
mod temp_snapshot;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod v8_layout;
mod walked_heap;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod young_generation;

pub use black_box::BlackBox;
pub use child_failure::ChildFailure;
pub use collection_log::{Collection, CollectionKind, CollectionLog, HeapSizes, KnownSizes, Tally};
pub use error::CaptureError;
pub use file_replacement::FileReplacement;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub use fork_safe_allocator::ForkSafeAllocator;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub use forked_child::{
    ChildOutput, ChildProgress, ChildUsage, ForkOptions, ForkTimings, ForkedChild, fork_with,
};
pub use free_memory::return_free_memory;
pub use interruptible_file::InterruptibleFile;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub use live_heap::{LiveHeap, StartedWalk};
#[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
pub use live_heap_unsupported::{LiveHeap, StartedWalk};
pub use memory::{CgroupMemory, MemoryLimits};
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub use memory_map::{Mapping, MappingOrigin, MemoryMap};
pub use memory_watch::{MemoryReading, MemoryWatch};
pub use snapshot_pipe::{PipeReader, SnapshotPipe};
pub use temp_snapshot::TempSnapshot;
pub use walked_heap::{CountedHeap, GoOn, WalkOptions, WalkSummary, WalkedHeap};

/// The tests of this crate fork, so they need what an addon needs.
#[cfg(all(test, target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: ForkSafeAllocator = ForkSafeAllocator;
