//! The direct heap walk where there is none: on systems other than Linux on x86-64 with glibc, whose
//! layout of V8's heap was not studied. Every call says so.

use std::time::Duration;

use heapwatch_graph::GraphBuilder;

use crate::CaptureError;

/// As on systems with a walk.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Whether to walk in a forked child.
    pub fork: bool,
    /// Bytes of memory that a child may take for itself.
    pub child_memory: u64,
    /// How long a child may live.
    pub child_time: Duration,
}

/// As on systems with a walk.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct WalkSummary {
    /// Objects of the heap.
    pub objects: u64,
    /// Bytes of all nodes.
    pub bytes: u64,
    /// Bytes of the objects in the part of the heap that can be written.
    pub heap_bytes: u64,
    /// References that led to no object.
    pub unknown: u64,
    /// Reads that were refused.
    pub misses: u64,
}

/// There is none: [`StartedWalk`] has no values.
#[derive(Debug)]
pub struct WalkedHeap {
    /// The graph.
    pub builder: GraphBuilder,
    /// What was found.
    pub summary: WalkSummary,
}

/// Whether work shall go on.
pub type GoOn = bool;

/// There is none.
#[derive(Debug)]
pub enum LiveHeap {}

/// There is none.
#[derive(Debug)]
pub enum StartedWalk {}

impl LiveHeap {
    /// # Errors
    /// Always [`CaptureError::Unsupported`].
    pub fn detect() -> Result<LiveHeap, CaptureError> {
        Err(CaptureError::Unsupported {
            what: "the direct heap walk",
            reason: "it needs Linux on x86-64 with glibc".to_owned(),
        })
    }

    /// Can't be called.
    ///
    /// # Errors
    /// None.
    pub fn start_walk(
        &self,
        _options: &WalkOptions,
        _max_bytes: Option<u64>,
    ) -> Result<StartedWalk, CaptureError> {
        match *self {}
    }
}

impl StartedWalk {
    /// Can't be called.
    pub fn pause(&self) -> Duration {
        match *self {}
    }

    /// Can't be called.
    ///
    /// # Errors
    /// None.
    pub fn finish(
        self,
        _max_bytes: Option<u64>,
        _on_wait: &mut dyn FnMut(u64) -> GoOn,
    ) -> Result<WalkedHeap, CaptureError> {
        match self {}
    }
}
