//! The Node addon. A function here converts its arguments, calls a crate and converts the result;
//! what there is to know about heaps is in the crates.
//!
//! Long work runs on a thread of its own (`task`), never on libuv's pool and never on the
//! JavaScript thread. Errors cross as data (`failure`); JavaScript makes them into `Error`s.

// In a test build `#[napi]` registers nothing, so nothing is reachable; the tests are JavaScript.
#![cfg_attr(test, allow(dead_code))]

mod allowance;
mod collection_log;
mod diagnosis;
mod failure;
mod heap;
mod heap_census;
mod heap_queries;
mod leak_test;
mod memory;
mod memory_watch;
mod package_manifests;
mod pipe;
mod save;
mod source_files;
mod source_maps;
mod task;
mod trend;
mod walk;

/// What the crates allocate must be allocated in a forked child too, where `malloc` may be locked.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: heapwatch_capture::ForkSafeAllocator = heapwatch_capture::ForkSafeAllocator;
