//! The heap of the JavaScript engine that runs on the calling thread, walked in place or in a
//! forked child.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use heapwatch_graph::GraphError;

use crate::engine::current_isolate;
use crate::heap_walk::Walk;
use crate::heap_walk::memory::{Memory, ReadableRange};
use crate::heap_walk::roots::WalkStart;
use crate::heap_walk::sink::{BoundedBuilder, GraphSink};
use crate::heap_walk::stream::{StreamError, StreamWriter, read_graph};
use crate::v8_layout::{V8Layout, V8Version};
use crate::young_generation;
use crate::{
    CaptureError, ChildFailure, ForkOptions, ForkedChild, GoOn, MemoryMap, WalkOptions,
    WalkSummary, WalkedHeap, fork_with,
};

/// A stack is searched no deeper than this: twice what the main thread has by default. Behind a
/// thread's stack other memory may follow without a gap.
const MAX_STACK_BYTES: u64 = 16 << 20;

/// A walk that is done, or going on in a child.
#[derive(Debug)]
pub struct StartedWalk {
    pause: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    Done(Box<WalkedHeap>),
    InChild(ForkedChild, V8Version),
}

/// How the running version of V8 lays out its heap.
#[derive(Debug)]
pub struct LiveHeap {
    pub(crate) layout: V8Layout,
}

impl LiveHeap {
    /// Compares the layout with what the program says of it: some 400 look-ups of symbols, a few
    /// milliseconds.
    ///
    /// # Errors
    /// [`CaptureError::Unsupported`] for a version of V8 that is not known, or a program that doesn't
    /// agree with what is known of its version.
    pub fn detect() -> Result<LiveHeap, CaptureError> {
        Ok(LiveHeap {
            layout: V8Layout::detect()?,
        })
    }

    /// Walks the heap of the calling thread's engine, or starts a child that does. The thread is
    /// stopped for [`StartedWalk::pause`].
    ///
    /// O(objects + references) in place. `max_bytes` bounds the memory of the graph.
    ///
    /// # Errors
    /// [`CaptureError::Unsupported`] if the thread runs no engine; [`CaptureError::Graph`] if the
    /// graph would be too large; for a child those of [`fork_with`].
    pub fn start_walk(
        &self,
        options: &WalkOptions,
        max_bytes: Option<u64>,
    ) -> Result<StartedWalk, CaptureError> {
        match options.fork {
            true => self.walk_in_child(options),
            false => self.walk_in_place(max_bytes),
        }
    }

    fn walk_in_place(&self, max_bytes: Option<u64>) -> Result<StartedWalk, CaptureError> {
        let began = Instant::now();
        let mut sink = BoundedBuilder::new(max_bytes);
        let summary = walk(&self.layout, start(Condition::Running)?, &mut sink)?
            .map_err(CaptureError::Graph)?;
        let heap = WalkedHeap {
            builder: sink.into_builder(),
            summary,
        };
        Ok(StartedWalk {
            pause: began.elapsed(),
            state: State::Done(Box::new(heap)),
        })
    }

    fn walk_in_child(&self, options: &WalkOptions) -> Result<StartedWalk, CaptureError> {
        let start = start(Condition::Frozen)?;
        let limits = ForkOptions {
            memory_budget: options.child_memory,
            time_limit: options.child_time,
            is_awaited: options.is_awaited,
        };
        let child = fork_with(&limits, |output| {
            let mut writer = StreamWriter::new(output);
            let summary = walk(&self.layout, start, &mut writer)
                .map_err(|error| error.to_string())?
                .map_err(|error| error.to_string())?;
            writer.finish(&summary).map_err(|error| error.to_string())
        })?;
        Ok(StartedWalk {
            pause: child.timings().pause(),
            state: State::InChild(child, self.layout.version),
        })
    }
}

impl StartedWalk {
    /// How long the calling thread was stopped.
    pub fn pause(&self) -> Duration {
        self.pause
    }

    /// Bytes that the process may still take while a child lives; `None` if there is no child, or
    /// nobody knows.
    pub fn memory_left(&self) -> Option<u64> {
        match &self.state {
            State::Done(_) => None,
            State::InChild(child, _) => child.memory_left(),
        }
    }

    /// Waits for the graph, on any thread. `on_wait` is called some ten times a second or more with
    /// the number of objects done, each of which counts twice; if it gives false, the child is ended.
    /// `max_bytes` bounds the memory of the graph.
    ///
    /// # Errors
    /// [`CaptureError::Child`] if the child failed, with the child's own reason;
    /// [`CaptureError::Graph`] if the graph is too large or `on_wait` gave false.
    pub fn finish(
        self,
        max_bytes: Option<u64>,
        on_wait: &mut dyn FnMut(u64) -> GoOn,
    ) -> Result<WalkedHeap, CaptureError> {
        let mut child = match self.state {
            State::Done(heap) => return Ok(*heap),
            State::InChild(child, version) => {
                young_generation::copy_ahead(child.engine_mappings(), version);
                child
            }
        };
        let mut reader = AttentiveReader {
            child: &mut child,
            on_wait,
            is_stopped: false,
        };
        let read = read_graph(&mut reader, max_bytes);
        let is_stopped = reader.is_stopped;
        match read {
            Ok((builder, summary)) => {
                child.finish()?;
                Ok(WalkedHeap { builder, summary })
            }
            Err(_) if is_stopped => Err(CaptureError::Graph(GraphError::Cancelled)),
            Err(StreamError::Graph(error)) => Err(CaptureError::Graph(error)),
            Err(error) => Err(failure_of(child, &error)),
        }
    }
}

/// A stream that ends early does so because the child failed: its reason counts, if it has one.
fn failure_of(child: ForkedChild, error: &StreamError) -> CaptureError {
    let message = match error {
        StreamError::Io(error) => format!("reading from the child failed: {error}"),
        StreamError::Malformed(what) => format!("the child sent {what}"),
        StreamError::Graph(error) => error.to_string(),
    };
    match child.finish() {
        Err(failure) => failure.into(),
        Ok(_) => ChildFailure::Job { message }.into(),
    }
}

/// Reads from a child, and asks now and then whether to go on.
struct AttentiveReader<'a> {
    child: &'a mut ForkedChild,
    on_wait: &'a mut dyn FnMut(u64) -> GoOn,
    is_stopped: bool,
}

impl Read for AttentiveReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !(self.on_wait)(self.child.progress()) {
                self.is_stopped = true;
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            match self.child.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

fn walk<S: GraphSink>(
    layout: &V8Layout,
    start: WalkStart,
    sink: &mut S,
) -> Result<Result<WalkSummary, S::Error>, CaptureError> {
    with_walk(layout, start, |walk, start| walk.run(start, sink))
}

/// Calls `walk` with a walk of the memory as it is mapped now.
pub(crate) fn with_walk<R>(
    layout: &V8Layout,
    start: WalkStart,
    walk: impl FnOnce(Walk<'_>, WalkStart) -> R,
) -> Result<R, CaptureError> {
    let map = MemoryMap::read()?;
    let ranges: Vec<ReadableRange> = map
        .mappings()
        .iter()
        .filter(|mapping| mapping.is_plain_memory())
        .map(|mapping| ReadableRange {
            start: mapping.range.start,
            end: mapping.range.end,
            // V8's read-only space. Its code is not writable either at times, but can be run.
            read_only: !mapping.writable && !mapping.executable,
        })
        .collect();
    let stack_end = map
        .mappings()
        .iter()
        .find(|mapping| mapping.range.contains(&start.stack.0))
        .map_or(start.stack.0, |mapping| mapping.range.end);
    let start = WalkStart {
        stack: (
            start.stack.0,
            stack_end.min(start.stack.0 + MAX_STACK_BYTES),
        ),
        ..start
    };
    // SAFETY: all ranges are mapped and readable now. In a forked child nothing unmaps them. In
    // place, V8's other threads only unmap pages without a live object, and the walk follows no
    // pointer that may be stale to a page on which it has found no live object.
    let memory = unsafe { Memory::new(&ranges) };
    let known = Walk::new(&memory, layout);
    if !known.knows_roots(start) {
        return Err(unsupported("the roots are not where this version has them"));
    }
    Ok(walk(known, start))
}

/// What a walk can rely on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// V8's other threads go on.
    Running,
    /// In a forked child nothing else runs.
    Frozen,
    /// Nothing else runs, and V8 has swept all pages before.
    FrozenAndSwept,
}

/// Where a walk of the calling thread's engine starts. The stack's end is filled in by [`with_walk`].
pub(crate) fn start(condition: Condition) -> Result<WalkStart, CaptureError> {
    let isolate =
        current_isolate().ok_or_else(|| unsupported("no JavaScript engine runs on this thread"))?;
    // What native code above this call still needs is further down the stack, at higher addresses.
    let top = std::hint::black_box(&isolate) as *const u64 as u64;
    Ok(WalkStart {
        isolate,
        stack: (top, top),
        is_frozen: condition != Condition::Running,
        is_swept: condition == Condition::FrozenAndSwept,
    })
}

pub(crate) fn unsupported(reason: &str) -> CaptureError {
    CaptureError::Unsupported {
        what: "the direct heap walk",
        reason: reason.to_owned(),
    }
}
