//! The direct walk of the heap. JavaScript starts a walk, which stops its thread for the fork alone
//! (or, in place, for the whole walk), and then asks for the graph.

use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use heapwatch_capture::{
    CaptureError, LiveHeap, MemoryLimits, StartedWalk, WalkOptions, WalkSummary,
};
use heapwatch_graph::{HeapGraph, Progress, Stage};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::allowance::{Allowance, HeadroomGuard};
use crate::failure::Failure;
use crate::heap::{CaptureFacts, analyzed};
use crate::task::{CancelHandle, OnProgress, spawn};

/// What a child may take for itself: a worklist, tables of readable memory and of names, and for
/// each byte of heap its marks and numbers. It needs some 40 MiB and 6 % of the heap; names of a
/// heap full of dictionaries come on top. Memory that isn't free makes the fork be refused, so this
/// must not be generous.
const CHILD_BASE_BYTES: u64 = 96 << 20;
/// Bytes of heap for each further byte.
const HEAP_BYTES_PER_CHILD_BYTE: u64 = 4;
/// How long a child may live. It needs a second for 10 million objects if it gets a processor.
const CHILD_TIME: Duration = Duration::from_secs(120);
/// For the estimate of how far a walk is: bytes of an object in a heap of small ones.
const BYTES_PER_OBJECT: f64 = 36.0;
/// An estimate never says that a walk is done.
const MAX_ESTIMATE: f64 = 0.99;
/// Of references in the heap, so many may lead to no object: words of a stale stack frame do. More
/// mean that the layout is not what it is taken for.
const MAX_UNKNOWN_FRACTION: f64 = 0.001;
/// Bytes found may exceed V8's own count by this much; that is how V8 counts, not what is there.
const MAX_EXCESS_FRACTION: f64 = 0.02;

/// A walk that was started.
#[napi]
pub struct HeapWalk {
    started: Mutex<Option<StartedWalk>>,
    pause_ms: f64,
}

#[napi]
impl HeapWalk {
    /// Milliseconds for which the calling thread was stopped.
    #[napi(getter)]
    pub fn pause_ms(&self) -> f64 {
        self.pause_ms
    }

    pub(crate) fn take(&self) -> Option<StartedWalk> {
        self.started.lock().ok().and_then(|mut walk| walk.take())
    }
}

/// Either a walk or the reason why there is none.
#[napi(object, object_from_js = false)]
pub struct OpenedWalk {
    /// The walk.
    pub walk: Option<HeapWalk>,
    /// Why there is none.
    pub error: Option<Failure>,
}

pub(crate) fn live_heap() -> std::result::Result<&'static LiveHeap, Failure> {
    static DETECTED: OnceLock<std::result::Result<LiveHeap, CaptureError>> = OnceLock::new();
    let detected = DETECTED.get_or_init(LiveHeap::detect);
    detected.as_ref().map_err(Failure::from)
}

/// Why the walk is not supported here; nothing if it is.
#[napi]
pub fn walk_unsupported() -> Option<Failure> {
    live_heap().err()
}

/// Starts a walk of the calling thread's heap, of which V8 uses so many bytes. A child that is awaited
/// doesn't give way to this process.
#[napi]
pub fn start_walk(
    fork: bool,
    used_heap_bytes: f64,
    max_memory_bytes: Option<f64>,
    is_awaited: bool,
) -> OpenedWalk {
    let options = walk_options(fork, used_heap_bytes, is_awaited);
    let allowance = Allowance::within(max_memory_bytes, left_in_place(&options));
    let started = live_heap().and_then(|heap| {
        heap.start_walk(&options, allowance.bytes())
            .map_err(|error| explained(error, allowance))
    });
    match started {
        Ok(started) => OpenedWalk {
            walk: Some(HeapWalk {
                pause_ms: started.pause().as_secs_f64() * 1e3,
                started: Mutex::new(Some(started)),
            }),
            error: None,
        },
        Err(error) => OpenedWalk {
            walk: None,
            error: Some(error),
        },
    }
}

pub(crate) fn walk_options(fork: bool, used_heap_bytes: f64, is_awaited: bool) -> WalkOptions {
    WalkOptions {
        fork,
        child_memory: CHILD_BASE_BYTES + used_heap_bytes as u64 / HEAP_BYTES_PER_CHILD_BYTE,
        child_time: CHILD_TIME,
        is_awaited,
    }
}

/// Bytes that a graph may take besides what would be the child's own and is ours in place. A walk in a
/// child reads its graph later, and must not stop the thread for looking now.
fn left_in_place(options: &WalkOptions) -> Option<u64> {
    if options.fork {
        return None;
    }
    let left = MemoryLimits::read().headroom()?;
    Some(left.saturating_sub(options.child_memory))
}

fn explained(error: CaptureError, allowance: Allowance) -> Failure {
    match error {
        CaptureError::Graph(error) => allowance.explain(error),
        other => other.into(),
    }
}

/// Waits for the graph of a walk, checks that it can be trusted, and analyses it.
/// `used_heap_bytes` is V8's own count at the start of the walk.
#[napi]
pub fn read_walk<'env>(
    env: &'env Env,
    walk: &HeapWalk,
    used_heap_bytes: f64,
    max_memory_bytes: Option<f64>,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    let started = walk.take();
    spawn(env, cancel, on_progress, move |progress| {
        let began = Instant::now();
        let (graph, summary) =
            finished_graph(started, used_heap_bytes, max_memory_bytes, progress)?;
        let facts = CaptureFacts {
            warnings: Vec::new(),
            extra_native_bytes: None,
            walk: Some(facts_of(&summary)),
        };
        analyzed(graph, facts, began, progress)
    })
}

/// Waits for the graph of a walk, and checks that it can be trusted.
pub(crate) fn finished_graph(
    started: Option<StartedWalk>,
    used_heap_bytes: f64,
    max_memory_bytes: Option<f64>,
    progress: &Progress<'_>,
) -> std::result::Result<(HeapGraph, WalkSummary), Failure> {
    let walk = started.ok_or_else(|| Failure::internal("a walk was read twice"))?;
    let allowance = Allowance::within(max_memory_bytes, walk.memory_left());
    let expected_steps = 2.0 * used_heap_bytes / BYTES_PER_OBJECT;
    let mut guard = HeadroomGuard::new();
    let mut on_wait = |done| {
        let fraction = (done as f64 / expected_steps).min(MAX_ESTIMATE);
        progress.at(Stage::Walk, fraction).is_ok() && guard.is_enough()
    };
    let walked = walk.finish(allowance.bytes(), &mut on_wait);
    let walked = walked.map_err(|error| guard.explain(explained(error, allowance)))?;
    check(&walked.summary, used_heap_bytes)?;
    Ok((walked.builder.finish()?, walked.summary))
}

/// A wrong graph is worse than none: what the walk found must agree with what V8 says.
pub(crate) fn check(
    summary: &WalkSummary,
    used_heap_bytes: f64,
) -> std::result::Result<(), Failure> {
    let too_many_unknown =
        summary.unknown as f64 > summary.objects as f64 * MAX_UNKNOWN_FRACTION + 16.0;
    let too_large = summary.heap_bytes as f64 > used_heap_bytes * (1.0 + MAX_EXCESS_FRACTION);
    if summary.objects > 0 && !too_many_unknown && !too_large {
        return Ok(());
    }
    Err(Failure::inconsistent_walk(
        &facts_of(summary),
        used_heap_bytes,
    ))
}

fn facts_of(summary: &WalkSummary) -> Value {
    json!({
        "objects": summary.objects,
        "heapBytes": summary.heap_bytes,
        "unknown": summary.unknown,
        "unreadable": summary.misses,
    })
}
