//! Getting the heap out of a live process.
//!
//! V8 writes its own snapshot to a path. [`SnapshotPipe`] is such a path that leads to a Rust
//! thread instead of a disk; [`TempSnapshot`] stands in where pipes have no path.
//! [`FileReplacement`] is where a graph is saved to. [`MemoryLimits`] says whether the process can afford a capture at all.
//!
//! This is the only crate of the workspace that may use `unsafe` and `libc`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod error;
mod file_replacement;
mod free_memory;
mod interruptible_file;
mod memory;
mod private_directory;
mod snapshot_pipe;
mod temp_snapshot;

pub use error::CaptureError;
pub use file_replacement::FileReplacement;
pub use free_memory::return_free_memory;
pub use interruptible_file::InterruptibleFile;
pub use memory::{CgroupMemory, MemoryLimits};
pub use snapshot_pipe::{PipeReader, SnapshotPipe};
pub use temp_snapshot::TempSnapshot;
