//! A heap graph as a file.

use std::path::Path;

use heapwatch_capture::{CaptureError, FileReplacement};
use heapwatch_graph::{GraphError, StringContents, WriteOptions, write_snapshot};
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::failure::Failure;
use crate::heap::NativeHeap;
use crate::task::{CancelHandle, OnProgress, Settled, spawn};

/// Saves a graph as a `.heapsnapshot`; settles with nothing.
#[napi]
pub fn save_snapshot<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    path: String,
    blank_strings: bool,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    let options = WriteOptions {
        strings: match blank_strings {
            true => StringContents::Blank,
            false => StringContents::Keep,
        },
        extra_native_bytes: heap.extra_native_bytes(),
    };
    let heap = heap.get();
    spawn(env, cancel, on_progress, move |progress| {
        let heap = heap?;
        let not_saved = |error: &CaptureError| Failure::not_saved(&path, error);
        let mut file = FileReplacement::create(Path::new(&path)).map_err(|e| not_saved(&e))?;
        match write_snapshot(heap.graph(), &options, &mut file, progress) {
            Ok(_) => {}
            Err(GraphError::Write(source)) => {
                let step = "write the file";
                return Err(not_saved(&CaptureError::Io { step, source }));
            }
            Err(error) => return Err(error.into()),
        }
        // The disk can take its time to have everything; until the rename nothing has happened.
        progress.check()?;
        file.commit().map_err(|e| not_saved(&e))?;
        Ok(Settled::default())
    })
}
