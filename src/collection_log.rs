//! What collections leave, as V8 says at their end.

use std::time::Instant;

use heapwatch_capture::{Collection, CollectionKind, CollectionLog, KnownSizes};
use napi::bindgen_prelude::retain_current_module_for_unload_safety;
use napi_derive::napi;
use serde_json::{Value, json};

/// What JavaScript knows of the heap by itself.
#[napi(object, object_to_js = false)]
pub struct NativeKnownSizes {
    /// Bytes.
    pub heap_size_limit: f64,
    /// How many there are.
    pub native_contexts: f64,
    /// Bytes.
    pub total_global_handles_size: f64,
}

/// The log of one isolate.
#[napi]
pub struct NativeCollectionLog {
    log: Option<CollectionLog>,
}

#[napi]
impl NativeCollectionLog {
    /// Starts to note, if V8 is known well enough.
    #[napi(constructor)]
    pub fn new(known: NativeKnownSizes) -> Self {
        // V8 has pointers to functions of it.
        retain_current_module_for_unload_safety();
        Self {
            log: CollectionLog::start(KnownSizes {
                heap_size_limit: known.heap_size_limit as u64,
                native_contexts: known.native_contexts as u64,
                total_global_handles_size: known.total_global_handles_size as u64,
            }),
        }
    }

    /// Whether it notes anything.
    #[napi(getter)]
    pub fn is_running(&self) -> bool {
        self.log.is_some()
    }

    /// The major collections since the last call, as JSON; nothing if there were none.
    #[napi]
    pub fn take(&self) -> Option<String> {
        let taken = self.log.as_ref()?.take();
        let now = Instant::now();
        let values = taken.iter().map(|it| value(it, now));
        (!taken.is_empty()).then(|| Value::from_iter(values).to_string())
    }

    /// Forgets the collections since the last call of `take`.
    #[napi]
    pub fn skip(&self) {
        if let Some(log) = &self.log {
            log.skip();
        }
    }

    /// Notes nothing any more.
    #[napi]
    pub fn stop(&mut self) {
        self.log = None;
    }
}

fn value(collection: &Collection, now: Instant) -> Value {
    let Collection {
        ended,
        cost,
        heap,
        tallies,
    } = collection;
    let kinds = CollectionKind::ALL
        .into_iter()
        .zip(tallies)
        .map(|(kind, tally)| {
            let tally = json!({ "count": tally.count, "timeNs": tally.time.as_nanos() as u64 });
            (kind.name(), tally)
        });
    json!({
        "ageMs": now.saturating_duration_since(*ended).as_secs_f64() * 1000.0,
        "costNs": cost.as_nanos() as u64,
        "heap": {
            "totalHeapSize": heap.total_heap_size,
            "totalHeapSizeExecutable": heap.total_heap_size_executable,
            "totalPhysicalSize": heap.total_physical_size,
            "totalAvailableSize": heap.total_available_size,
            "usedHeapSize": heap.used_heap_size,
            "heapSizeLimit": heap.heap_size_limit,
            "mallocedMemory": heap.malloced_memory,
            "peakMallocedMemory": heap.peak_malloced_memory,
            "usedGlobalHandlesSize": heap.used_global_handles_size,
        },
        "kinds": Value::from_iter(kinds),
    })
}
