//! What a walk is asked for and what it gives, on every system.

use std::time::Duration;

use heapwatch_graph::{Census, GraphBuilder};

/// How to walk.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Whether to walk in a forked child, so that the calling thread is stopped for the fork alone.
    /// In place it is stopped for the whole walk.
    pub fork: bool,
    /// Bytes of memory that a child may take for itself.
    pub child_memory: u64,
    /// How long a child may live.
    pub child_time: Duration,
    /// Whether the process has nothing else to do until the walk is done. Else a child gives way to it.
    pub is_awaited: bool,
}

/// A graph that was walked, with what is known of the walk.
#[derive(Debug)]
pub struct WalkedHeap {
    /// The graph, to be finished.
    pub builder: GraphBuilder,
    /// What was found, in numbers.
    pub summary: WalkSummary,
}

/// The objects of a heap, counted, with what is known of the walk.
#[derive(Debug)]
pub struct CountedHeap {
    /// The objects by class.
    pub census: Census,
    /// What was found, in numbers.
    pub summary: WalkSummary,
}

/// Whether work shall go on.
pub type GoOn = bool;

/// What a walk found, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct WalkSummary {
    /// Objects of the heap.
    pub objects: u64,
    /// Bytes of all nodes, as V8's snapshot counts them: memory outside of the heap included,
    /// objects that every process shares not.
    pub bytes: u64,
    /// Bytes of the objects in the part of the heap that can be written.
    pub heap_bytes: u64,
    /// References that led to no object.
    pub unknown: u64,
    /// Reads that were refused, because there is no readable memory.
    pub misses: u64,
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
impl WalkSummary {
    /// Numbers in a summary.
    pub(crate) const WORDS: usize = 5;

    pub(crate) fn to_words(self) -> [u64; Self::WORDS] {
        [
            self.objects,
            self.bytes,
            self.heap_bytes,
            self.unknown,
            self.misses,
        ]
    }

    pub(crate) fn from_words(words: [u64; Self::WORDS]) -> Self {
        let [objects, bytes, heap_bytes, unknown, misses] = words;
        WalkSummary {
            objects,
            bytes,
            heap_bytes,
            unknown,
            misses,
        }
    }
}
