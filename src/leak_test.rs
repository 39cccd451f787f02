//! Leak tests: censuses between the rounds of a workload, and what they say.

use std::sync::{Arc, Mutex};

use heapwatch_capture::return_free_memory;
use heapwatch_graph::{EdgeKind, HeapGraph, NodeId, NodeKind, Progress, instances};
use heapwatch_leak::{DoseCensus, DoseTest};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::heap::NativeHeap;
use crate::task::{CancelHandle, Settled, spawn};
use crate::walk::{HeapWalk, finished_graph};

/// A number of the caller that is counted with the heap.
#[napi(object, object_to_js = false)]
pub struct NativeCounter {
    /// What it counts.
    pub name: String,
    /// How many there are.
    pub count: u32,
}

/// Censuses of the rounds of a leak test.
#[napi]
#[derive(Default)]
pub struct NativeDoseTest {
    test: Arc<Mutex<DoseTest>>,
}

#[napi]
impl NativeDoseTest {
    /// No census yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges the censuses, after so many iterations since the last time; JSON.
    #[napi]
    pub fn judge(&self, doses: Vec<u32>, least: f64, between: u32) -> String {
        self.answer(|test| Some(json!(test.judge(&doses, least, between)?)))
    }

    /// What can still be flagged after some of the rounds; JSON.
    #[napi]
    pub fn progress(&self, doses: Vec<u32>) -> String {
        self.answer(|test| Some(json!(test.progress(&doses)?)))
    }

    /// Forgets the censuses.
    #[napi]
    pub fn restart(&self) {
        if let Ok(mut test) = self.test.lock() {
            test.restart();
        }
    }

    fn answer(&self, answer: impl FnOnce(&mut DoseTest) -> Option<Value>) -> String {
        let answered = self.test.lock().ok().and_then(|mut test| answer(&mut test));
        match answered {
            Some(answer) => json!({ "ok": answer }).to_string(),
            None => Failure::internal("rounds and censuses of a leak test differ").answer(),
        }
    }
}

/// Counts the heap of a walk for a leak test, as the census of this number. The graph is not kept.
#[napi]
pub fn observe_walk<'env>(
    env: &'env Env,
    test: &NativeDoseTest,
    walk: &HeapWalk,
    used_heap_bytes: f64,
    number: u32,
    counters: Vec<NativeCounter>,
    cancel: &CancelHandle,
) -> Result<Object<'env>> {
    let test = test.test.clone();
    let started = walk.take();
    spawn(env, cancel, None, move |progress| {
        let graph = finished_graph(started, used_heap_bytes, None, progress)?.0;
        observe(&test, number, &graph, counters, progress)?;
        drop(graph);
        return_free_memory();
        Ok(Settled::default())
    })
}

/// Counts a captured heap for a leak test, as the census of this number.
#[napi]
pub fn observe_heap<'env>(
    env: &'env Env,
    test: &NativeDoseTest,
    heap: &NativeHeap,
    number: u32,
    counters: Vec<NativeCounter>,
    cancel: &CancelHandle,
) -> Result<Object<'env>> {
    let test = test.test.clone();
    let heap = heap.get();
    spawn(env, cancel, None, move |progress| {
        observe(&test, number, heap?.graph(), counters, progress)?;
        Ok(Settled::default())
    })
}

fn observe(
    test: &Mutex<DoseTest>,
    number: u32,
    graph: &HeapGraph,
    counters: Vec<NativeCounter>,
    progress: &Progress<'_>,
) -> std::result::Result<(), Failure> {
    let counters: Vec<_> = (counters.into_iter())
        .map(|counter| (counter.name, u64::from(counter.count)))
        .collect();
    let census = DoseCensus::new(graph, &counters, progress)?;
    let Ok(mut test) = test.lock() else {
        return Err(Failure::internal("a census panicked"));
    };
    test.add(number as usize, census);
    Ok(())
}

/// Counts the instances of a class in a captured heap. The class is found by an object that refers to
/// it by a property of this name, which nothing else has.
#[napi]
pub fn count_instances<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    property: String,
    cancel: &CancelHandle,
) -> Result<Object<'env>> {
    let heap = heap.get();
    spawn(env, cancel, None, move |progress| {
        progress.check()?;
        let heap = heap?;
        let graph = heap.graph();
        let class = target_of(graph, &property);
        let class = class.ok_or_else(|| Failure::internal("a class is not in its heap"))?;
        Ok(Settled {
            json: Some(json!(instances(graph, class).len()).to_string()),
            ..Settled::default()
        })
    })
}

fn target_of(graph: &HeapGraph, property: &str) -> Option<NodeId> {
    graph.strings().find(property)?;
    (graph.nodes())
        .filter(|&node| graph.kind(node) == NodeKind::Object)
        .find_map(|node| graph.target(node, EdgeKind::Property, property))
}
