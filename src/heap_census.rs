//! Two counts of the heap and what changed between them, for `HeapDiff`. All of it is synchronous, as
//! `HeapDiff` is: the calling thread waits.
//!
//! A count comes from a walk, or from V8's own snapshot, which the calling thread writes into a pipe
//! while a thread here reads it. Both counts of a comparison must come by the same way.

use std::fs::File;
use std::io::Read;
use std::thread::{Builder, JoinHandle};

use heapwatch_capture::{PipeReader, return_free_memory};
use heapwatch_graph::parse::read_snapshot;
use heapwatch_graph::{Census, HeapGraph, Progress};
use napi::bindgen_prelude::Function;
use napi_derive::napi;
use serde_json::json;

use crate::allowance::Allowance;
use crate::failure::Failure;
use crate::heap::parse_limits;
use crate::pipe::CapturePipe;
use crate::walk::{check, live_heap, walk_options};

type Counted = std::result::Result<Census, Failure>;

/// Counts of the heap, one after the other.
#[napi]
#[derive(Default)]
pub struct HeapCensus {
    taken: Vec<Census>,
    reading: Option<JoinHandle<Counted>>,
}

#[napi]
impl HeapCensus {
    /// Nothing is counted yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the calling thread's objects by a walk. `collect` makes a full collection.
    #[napi(catch_unwind)]
    pub fn walk(&mut self, collect: Function<'_, (), ()>) -> Option<Failure> {
        self.keep(walked(|| {
            // It can't fail; if it did, there would be more objects.
            let _ = collect.call(());
        }))
    }

    /// Starts to read a snapshot from a pipe.
    #[napi]
    pub fn start_reading(&mut self, pipe: &CapturePipe) -> Option<Failure> {
        let reader = pipe.take_reader();
        let spawned = Builder::new()
            .name("heapwatch".to_owned())
            .spawn(move || counted_from(reader));
        match spawned {
            Ok(thread) => {
                self.reading = Some(thread);
                None
            }
            Err(error) => Some(Failure::no_thread(&error)),
        }
    }

    /// Waits until the pipe is read. Its write end must be closed.
    #[napi]
    pub fn finish_reading(&mut self) -> Option<Failure> {
        let joined = self.reading.take().map(JoinHandle::join);
        self.keep(match joined {
            Some(Ok(counted)) => counted,
            Some(Err(_)) => Err(Failure::internal("a reader of a pipe panicked")),
            None => Err(Failure::internal("no pipe is being read")),
        })
    }

    /// Reads a snapshot from a file.
    #[napi(catch_unwind)]
    pub fn read_file(&mut self, path: String) -> Option<Failure> {
        let counted = match File::open(&path) {
            Ok(mut file) => graph_from(&mut file).map(counted),
            Err(error) => Err(Failure::at_path(&path, &error)),
        };
        self.keep(counted)
    }

    /// What changed from the first count to the second, as JSON. Frees both.
    #[napi(catch_unwind)]
    pub fn change(&mut self) -> String {
        match std::mem::take(&mut self.taken).as_slice() {
            [before, after] => json!({ "ok": after.change_since(before) }).to_string(),
            _ => Failure::internal("there are not two counts").answer(),
        }
    }

    fn keep(&mut self, counted: Counted) -> Option<Failure> {
        counted.map(|census| self.taken.push(census)).err()
    }
}

fn walked(collect: impl FnOnce()) -> Counted {
    let heap = live_heap()?;
    let used_heap_bytes = heap.settle(collect)? as f64;
    let counted = heap.count(&walk_options(true, used_heap_bytes, true))?;
    check(&counted.summary, used_heap_bytes)?;
    Ok(counted.census)
}

fn counted_from(reader: Option<PipeReader>) -> Counted {
    let mut reader = reader.ok_or_else(|| Failure::internal("a pipe was read twice"))?;
    let graph = graph_from(&mut reader);
    if graph.is_err() {
        // V8 is still writing: it must get rid of what it has, or the thread it runs on hangs.
        let _ = reader.drain();
    }
    graph.map(counted)
}

fn graph_from(input: &mut dyn Read) -> std::result::Result<HeapGraph, Failure> {
    let allowance = Allowance::now(None);
    match read_snapshot(input, None, parse_limits(allowance), &Progress::none()) {
        Ok(parsed) => Ok(parsed.graph),
        Err(error) => Err(allowance.explain(error)),
    }
}

fn counted(graph: HeapGraph) -> Census {
    let census = Census::of_graph(&graph);
    drop(graph);
    // What the graph needed.
    return_free_memory();
    census
}
