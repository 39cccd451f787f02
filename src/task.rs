//! Long work: on a thread of its own, with progress, a cancel flag, and panics caught.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use heapwatch_graph::{CancelToken, Progress, Stage};
use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::diagnosis::NativeSummary;
use crate::failure::Failure;
use crate::heap::NativeHeap;

/// Reports closer together than this are dropped, but for the first of a stage: nobody reads more
/// than ten lines a second, and each one wakes the event loop.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// The threads recurse nowhere, and parsers of source code are iterative too; this is what Rust
/// gives by default, stated because RUST_MIN_STACK of the host may say otherwise.
const STACK_BYTES: usize = 2 << 20;

/// How a task ended: with one of the results, or with an error.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Settled {
    /// What went wrong.
    pub error: Option<Failure>,
    /// A graph.
    pub heap: Option<NativeHeap>,
    /// A summary of a capture.
    pub summary: Option<NativeSummary>,
    /// Any other result, as JSON.
    pub json: Option<String>,
}

/// Asks running work to stop.
#[napi]
#[derive(Default)]
pub struct CancelHandle {
    token: CancelToken,
}

#[napi]
impl CancelHandle {
    /// A handle for one task.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the task at its next check; it ends with `ERR_HEAPWATCH_CANCELLED`.
    #[napi]
    pub fn cancel(&self) {
        self.token.cancel();
    }

    pub(crate) fn token(&self) -> CancelToken {
        self.token.clone()
    }
}

/// `(stage, fraction)`, called on the JavaScript thread.
pub(crate) type OnProgress<'a> = Function<'a, FnArgs<(String, f64)>, ()>;
type ProgressCall =
    ThreadsafeFunction<FnArgs<(String, f64)>, (), FnArgs<(String, f64)>, Status, false, true>;

/// Runs `work` on a thread and gives a promise of its [`Settled`].
///
/// The promise is never rejected for a failure of the work: that is `Settled::error`. Neither the
/// thread nor the progress calls keep the process alive; the promise does until it is settled.
pub(crate) fn spawn<'env>(
    env: &'env Env,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
    work: impl FnOnce(&Progress<'_>) -> std::result::Result<Settled, Failure> + Send + 'static,
) -> Result<Object<'env>> {
    let (deferred, promise) = env.create_deferred::<Settled, SettleWith>()?;
    let token = cancel.token();
    let report = on_progress
        .map(|f| {
            f.build_threadsafe_function()
                .callee_handled::<false>()
                .weak::<true>()
                .build()
        })
        .transpose()?;
    // Kept outside the thread's closure, to be settled even if there is no thread.
    let deferred = std::sync::Arc::new(Mutex::new(Some(deferred)));
    let in_thread = deferred.clone();
    let spawned = std::thread::Builder::new()
        .name("heapwatch".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || settle(&in_thread, run(token, report, work)));
    if let Err(error) = spawned {
        settle(&deferred, failed(Failure::no_thread(&error)));
    }
    Ok(promise)
}

type SettleWith = Box<dyn FnOnce(Env) -> Result<Settled> + Send>;
type Deferred = Mutex<Option<napi::JsDeferred<Settled, SettleWith>>>;

fn settle(deferred: &Deferred, settled: Settled) {
    let taken = deferred.lock().ok().and_then(|mut slot| slot.take());
    if let Some(deferred) = taken {
        deferred.resolve(Box::new(move |_| Ok(settled)));
    }
}

fn failed(error: Failure) -> Settled {
    Settled {
        error: Some(error),
        ..Settled::default()
    }
}

fn run(
    token: CancelToken,
    report: Option<ProgressCall>,
    work: impl FnOnce(&Progress<'_>) -> std::result::Result<Settled, Failure>,
) -> Settled {
    let last: Mutex<Option<(Stage, Instant)>> = Mutex::new(None);
    let report = |stage: Stage, done: f64| {
        let Some(call) = &report else { return };
        let Ok(mut last) = last.lock() else { return };
        let is_due = match *last {
            Some((before, at)) => before != stage || at.elapsed() >= REPORT_INTERVAL,
            None => true,
        };
        if is_due {
            *last = Some((stage, Instant::now()));
            let values = (stage.name().to_owned(), done);
            call.call(values.into(), ThreadsafeFunctionCallMode::NonBlocking);
        }
    };
    let progress = Progress::new(token, &report);
    // The work shares nothing with anyone that a panic could leave half done.
    match catch_unwind(AssertUnwindSafe(|| work(&progress))) {
        Ok(Ok(settled)) => settled,
        Ok(Err(error)) => failed(error),
        Err(panic) => failed(Failure::internal(panic_text(panic.as_ref()))),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic")
}

/// Panics on a task's thread, for the test that a panic becomes a rejected promise.
#[napi(js_name = "panicForTest")]
pub fn panic_for_test<'env>(env: &'env Env, cancel: &CancelHandle) -> Result<Object<'env>> {
    spawn(env, cancel, None, |_| {
        // Unwinds without the default hook, which would print to the host's stderr.
        std::panic::resume_unwind(Box::new("a panic for a test"))
    })
}
