//! The watch over the memory of the process, and the black box that is written along with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use heapwatch_capture::{BlackBox, MemoryWatch};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::json;

use crate::failure::Failure;

/// One isolate's share in the watch.
#[napi]
pub struct NativeMemoryWatch {
    watch: Option<MemoryWatch>,
    black_box: Option<Arc<BlackBox>>,
}

#[napi]
impl NativeMemoryWatch {
    /// Starts to watch. Where the operating system gives no thread it reads nothing.
    #[napi(constructor)]
    pub fn new(black_box_path: Option<String>) -> Self {
        // The thread may outlive the worker that loaded the addon.
        retain_current_module_for_unload_safety();
        let black_box = black_box_path.map(|path| Arc::new(BlackBox::new(PathBuf::from(path))));
        Self {
            watch: MemoryWatch::start(black_box.clone()).ok(),
            black_box,
        }
    }

    /// What was read since the last call, as JSON; `null` if nothing is read.
    #[napi]
    pub fn take(&self, heap_bytes: f64) -> String {
        let reading = self.watch.as_ref().map(|watch| {
            let reading = watch.take(heap_bytes as u64);
            json!({
                "rss": reading.rss,
                "lowestRss": reading.lowest_rss,
                "highestRss": reading.highest_rss,
                "ageMs": u64::try_from(reading.age.as_millis()).unwrap_or(u64::MAX),
                "otherHeaps": reading.other_heaps,
                "others": reading.others,
                "totalRam": reading.limits.total_ram,
                "cgroupLimit": reading.limits.cgroup.map(|cgroup| cgroup.limit),
            })
        });
        json!(reading).to_string()
    }

    /// Replaces what the black box says of the run, JSON.
    #[napi]
    pub fn record(&self, run: String) {
        if let Some(black_box) = &self.black_box {
            black_box.record(run);
        }
    }

    /// What went wrong with the black box since the last call.
    #[napi]
    pub fn take_failure(&self) -> Option<Failure> {
        let error = self.black_box.as_ref()?.take_failure()?;
        Some(Failure::black_box(&error))
    }

    /// Marks the run as ended by its own will, and waits so long for the file, milliseconds. Whether
    /// the file says so.
    #[napi]
    pub fn finish(&self, patience_ms: u32) -> bool {
        let patience = Duration::from_millis(patience_ms.into());
        self.black_box
            .as_ref()
            .is_none_or(|black_box| black_box.finish(patience))
    }

    /// Stops watching.
    #[napi]
    pub fn stop(&mut self) {
        self.watch = None;
    }
}
