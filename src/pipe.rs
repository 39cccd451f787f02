//! V8's own snapshot, read while V8 writes it.
//!
//! JavaScript opens a [`CapturePipe`], starts [`read_capture`] on it, hands its path to
//! `v8.writeHeapSnapshot`, and closes it. The reader drains the pipe to its end whatever happens,
//! so the JavaScript thread is never blocked by an error of ours; and the write end is closed with
//! the handle, so a worker that ends in the middle leaves no reader behind.

use std::sync::Mutex;
use std::time::Instant;

use heapwatch_capture::{PipeReader, SnapshotPipe, TempSnapshot};
use heapwatch_graph::parse::read_snapshot;
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::allowance::Allowance;
use crate::failure::Failure;
use crate::heap::{analyzed_snapshot, parse_limits};
use crate::task::{CancelHandle, OnProgress, spawn};

/// Where V8 writes to, and the thread that reads it.
#[napi]
pub struct CapturePipe {
    path: String,
    write_end: Option<SnapshotPipe>,
    reader: Mutex<Option<PipeReader>>,
}

/// Either a pipe or the reason why there is none.
#[napi(object, object_from_js = false)]
pub struct OpenedPipe {
    /// The pipe.
    pub pipe: Option<CapturePipe>,
    /// Why there is none.
    pub error: Option<Failure>,
}

/// Opens a pipe with a path. Fails with `ERR_HEAPWATCH_UNSUPPORTED` where pipes have none.
#[napi]
pub fn open_capture_pipe() -> OpenedPipe {
    match SnapshotPipe::open() {
        Ok((write_end, reader)) => OpenedPipe {
            pipe: Some(CapturePipe {
                path: write_end.path().to_string_lossy().into_owned(),
                write_end: Some(write_end),
                reader: Mutex::new(Some(reader)),
            }),
            error: None,
        },
        Err(error) => OpenedPipe {
            pipe: None,
            error: Some(error.into()),
        },
    }
}

impl CapturePipe {
    /// The end to read from, unless it was taken before.
    pub(crate) fn take_reader(&self) -> Option<PipeReader> {
        self.reader.lock().ok().and_then(|mut reader| reader.take())
    }
}

#[napi]
impl CapturePipe {
    /// The path for `v8.writeHeapSnapshot`.
    #[napi(getter)]
    pub fn path(&self) -> String {
        self.path.clone()
    }

    /// Closes the write end: the reader sees the end once V8 has closed its own.
    #[napi]
    pub fn close(&mut self) {
        self.write_end.take();
    }
}

/// Reads the pipe to its end and analyses the graph.
#[napi]
pub fn read_capture<'env>(
    env: &'env Env,
    pipe: &CapturePipe,
    max_memory_bytes: Option<f64>,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    let reader = pipe.take_reader();
    let allowance = Allowance::now(max_memory_bytes);
    spawn(env, cancel, on_progress, move |progress| {
        let mut reader = reader.ok_or_else(|| Failure::internal("a pipe was read twice"))?;
        let started = Instant::now();
        let parsed = read_snapshot(&mut reader, None, parse_limits(allowance), progress)
            .map_err(|error| allowance.explain(error));
        if parsed.is_err() {
            // V8 is still writing: it must get rid of what it has, or the thread it runs on hangs.
            let _ = reader.drain();
        }
        analyzed_snapshot(parsed?, started, progress)
    })
}

/// A private file for a snapshot, where pipes have no path. Removed by `remove()`, when the handle
/// is collected, or when its environment ends.
#[napi]
pub struct CaptureFile {
    file: Option<TempSnapshot>,
}

/// Either a file or the reason why there is none.
#[napi(object, object_from_js = false)]
pub struct OpenedFile {
    /// The file.
    pub file: Option<CaptureFile>,
    /// Why there is none.
    pub error: Option<Failure>,
}

/// Creates an empty private file in the system's folder for temporary files.
#[napi]
pub fn open_capture_file() -> OpenedFile {
    match TempSnapshot::create() {
        Ok(file) => OpenedFile {
            file: Some(CaptureFile { file: Some(file) }),
            error: None,
        },
        Err(error) => OpenedFile {
            file: None,
            error: Some(error.into()),
        },
    }
}

#[napi]
impl CaptureFile {
    /// The path for `v8.writeHeapSnapshot`; empty once removed.
    #[napi(getter)]
    pub fn path(&self) -> String {
        let path = self
            .file
            .as_ref()
            .map(|file| file.path().to_string_lossy().into_owned());
        path.unwrap_or_default()
    }

    /// Removes the file.
    #[napi]
    pub fn remove(&mut self) {
        self.file.take();
    }
}
