//! The direct heap walk where there is none: on systems other than Linux on x86-64 with glibc, whose
//! layout of V8's heap was not studied. Every call says so.

use std::time::Duration;

use crate::{CaptureError, CountedHeap, GoOn, WalkOptions, WalkedHeap};

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

    /// Can't be called.
    ///
    /// # Errors
    /// None.
    pub fn settle(&self, _collect: impl FnOnce()) -> Result<u64, CaptureError> {
        match *self {}
    }

    /// Can't be called.
    ///
    /// # Errors
    /// None.
    pub fn count(&self, _options: &WalkOptions) -> Result<CountedHeap, CaptureError> {
        match *self {}
    }
}

impl StartedWalk {
    /// Can't be called.
    pub fn pause(&self) -> Duration {
        match *self {}
    }

    /// Can't be called.
    pub fn memory_left(&self) -> Option<u64> {
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
