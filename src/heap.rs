//! A heap graph as JavaScript holds it: a handle to Rust memory that `close()` or the garbage
//! collector frees.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use heapwatch_capture::{InterruptibleFile, return_free_memory};
use heapwatch_graph::parse::{ParseLimits, ParsedSnapshot, read_snapshot};
use heapwatch_graph::{
    AccessPaths, AnalyzedHeap, ClassFilter, ClassOrder, Edge, EdgeId, EdgeKind, EdgeLabels,
    EdgeName, HeapGraph, Keys, NodeId, Progress,
};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::allowance::{Allowance, assert_room};
use crate::failure::Failure;
use crate::task::{CancelHandle, OnProgress, Settled, spawn};

/// A graph and what is known of its capture.
#[napi]
pub struct NativeHeap {
    heap: Mutex<Option<Arc<AnalyzedHeap>>>,
    info: Value,
    extra_native_bytes: Option<u64>,
}

impl NativeHeap {
    /// The graph, unless it was closed.
    pub(crate) fn get(&self) -> std::result::Result<Arc<AnalyzedHeap>, Failure> {
        let heap = self
            .heap
            .lock()
            .map_err(|_| Failure::internal("a poisoned lock"))?;
        heap.clone().ok_or_else(Failure::closed)
    }

    /// What V8 counted besides the nodes, for the file that the graph may be saved to.
    pub(crate) fn extra_native_bytes(&self) -> Option<u64> {
        self.extra_native_bytes
    }

    /// Calls `answer` with the graph and gives its JSON; sync calls can't settle a failure, so the
    /// JSON is `{"ok": ...}` or `{"error": ...}`.
    pub(crate) fn answer(&self, answer: impl FnOnce(&AnalyzedHeap) -> Value) -> String {
        match self.get() {
            Ok(heap) => json!({ "ok": answer(&heap) }).to_string(),
            Err(error) => error.answer(),
        }
    }
}

#[napi]
impl NativeHeap {
    /// Counts, sizes and times.
    #[napi]
    pub fn info(&self) -> String {
        self.answer(|_| self.info.clone())
    }

    /// Classes, largest first.
    #[napi]
    pub fn classes(&self, order: String, limit: Option<u32>, contains: Option<String>) -> String {
        let order = match order.as_str() {
            "self" => ClassOrder::SelfSize,
            "count" => ClassOrder::Count,
            _ => ClassOrder::Retained,
        };
        let filter = ClassFilter {
            name_contains: contains,
            limit: limit.map(|limit| limit as usize),
        };
        self.answer(|heap| {
            let listed = heap.classes().list(order, &filter);
            listed.iter().map(|(_, class)| json!(class)).collect()
        })
    }

    /// A node by object id; `null` if there is none.
    #[napi]
    pub fn node(&self, id: u32) -> String {
        self.answer(|heap| {
            heap.find_object(id)
                .map_or(Value::Null, |node| node_json(heap, node))
        })
    }

    /// The object id of the root.
    #[napi]
    pub fn root_id(&self) -> String {
        self.answer(|heap| json!(heap.graph().object_id(NodeId::ROOT)))
    }

    /// A page of the references from a node; `null` if there is no such node.
    #[napi]
    pub fn edges(&self, id: u32, offset: u32, limit: u32) -> String {
        self.answer(|heap| {
            heap.find_object(id).map_or(Value::Null, |node| {
                let page = heap
                    .graph()
                    .edges(node)
                    .skip(offset as usize)
                    .take(limit as usize);
                page.map(|edge| edge_json(heap, node, edge, edge.to))
                    .collect()
            })
        })
    }

    /// A page of the references to a node; `null` if there is no such node.
    #[napi]
    pub fn retainers(&self, id: u32, offset: u32, limit: u32) -> String {
        self.answer(|heap| {
            heap.find_object(id).map_or(Value::Null, |node| {
                let all = heap.retainers().of(node).iter();
                let page = all.skip(offset as usize).take(limit as usize);
                page.map(|&edge| retainer_json(heap, edge)).collect()
            })
        })
    }

    /// The preferred path from the root; `null` if there is no such node.
    #[napi]
    pub fn path_to_root(&self, id: u32) -> String {
        self.answer(|heap| {
            heap.find_object(id).map_or(Value::Null, |node| {
                let steps = heap.paths().to(heap.graph(), node);
                let names = AccessPaths::new(heap, Keys::Shown);
                let step_json = |(i, step): (usize, &heapwatch_graph::PathStep)| {
                    let edge = step
                        .edge
                        .map(|edge| edge_label_json(heap, steps[i.saturating_sub(1)].node, edge));
                    json!({
                        "node": node_json(heap, step.node),
                        "edge": edge,
                        "access": names.of(step.node),
                    })
                };
                steps.iter().enumerate().map(step_json).collect()
            })
        })
    }

    /// The immediate dominator of a node; `null` if there is no such node.
    #[napi]
    pub fn dominator(&self, id: u32) -> String {
        self.answer(|heap| {
            let node = heap.find_object(id);
            node.map_or(Value::Null, |node| {
                node_json(heap, heap.dominators().idom(node))
            })
        })
    }

    /// The distance of a node from the roots; `null` if there is no such node or no path to it.
    #[napi]
    pub fn distance(&self, id: u32) -> String {
        self.answer(|heap| {
            json!(
                heap.find_object(id)
                    .and_then(|node| heap.distances().of(node))
            )
        })
    }

    /// Frees the graph. Work that is using it goes on to its end.
    #[napi]
    pub fn close(&self) {
        let taken = self.heap.lock().ok().and_then(|mut heap| heap.take());
        if let Some(heap) = taken {
            // Giving back takes 10 to 20 ms for a large graph: not on the event loop. Without a
            // thread the graph is freed with the closure, and given back after the next analysis.
            let _ = std::thread::Builder::new().spawn(move || {
                drop(heap);
                return_free_memory();
            });
        }
    }
}

pub(crate) fn node_json(heap: &AnalyzedHeap, node: NodeId) -> Value {
    let graph = heap.graph();
    json!({
        "id": graph.object_id(node),
        "kind": graph.kind(node),
        "name": graph.name(node),
        "class": heap.class_name(node),
        "self": heap.shallow(node),
        "retained": heap.dominators().retained(node),
        "edgeCount": graph.out_degree(node),
        "detached": graph.is_detached(node),
        "location": heap.locate(node),
    })
}

fn edge_label_json(heap: &AnalyzedHeap, source: NodeId, edge: Edge) -> Value {
    let name = match heap.graph().edge_name(edge) {
        EdgeName::Index(index) => json!(index),
        EdgeName::Name(name) => json!(heap.graph().strings().get(name)),
    };
    let retains = heap.essential().contains(edge.id) && edge.kind != EdgeKind::Weak;
    let label = EdgeLabels::new(heap).label(source, edge);
    json!({ "kind": edge.kind, "name": name, "label": label, "retains": retains })
}

fn edge_json(heap: &AnalyzedHeap, source: NodeId, edge: Edge, other_end: NodeId) -> Value {
    let mut json = edge_label_json(heap, source, edge);
    json["node"] = node_json(heap, other_end);
    json
}

pub(crate) fn retainer_json(heap: &AnalyzedHeap, edge: EdgeId) -> Value {
    let source = heap.graph().edge_source(edge);
    edge_json(heap, source, heap.graph().edge_of(source, edge), source)
}

/// Reads a saved snapshot.
#[napi]
pub fn open_snapshot<'env>(
    env: &'env Env,
    path: String,
    max_memory_bytes: Option<f64>,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    let allowance = Allowance::now(max_memory_bytes);
    spawn(env, cancel, on_progress, move |progress| {
        let started = Instant::now();
        let failure = |error: &std::io::Error| Failure::at_path(&path, error);
        let mut file = InterruptibleFile::open(Path::new(&path)).map_err(|e| failure(&e))?;
        let metadata = file.metadata().map_err(|e| failure(&e))?;
        if metadata.is_dir() {
            let error = std::io::Error::from(std::io::ErrorKind::IsADirectory);
            return Err(failure(&error));
        }
        let length = metadata.is_file().then_some(metadata.len());
        let parsed = read_snapshot(&mut file, length, parse_limits(allowance), progress)
            .map_err(|error| allowance.explain(error))?;
        analyzed_snapshot(parsed, started, progress)
    })
}

static OWN_FOLDER: Mutex<Option<String>> = Mutex::new(None);

/// Says where the JavaScript part of this package is, so that paths avoid it.
#[napi]
pub fn set_own_folder(folder: String) {
    if let Ok(mut own) = OWN_FOLDER.lock() {
        *own = Some(folder);
    }
}

pub(crate) fn own_folder() -> Option<String> {
    OWN_FOLDER.lock().ok()?.clone()
}

/// Limits of the parser.
pub(crate) fn parse_limits(allowance: Allowance) -> ParseLimits {
    let mut limits = ParseLimits::default();
    if let Some(bytes) = allowance.bytes() {
        limits.max_memory_bytes = bytes;
    }
    limits
}

/// What is known of a capture besides its graph.
#[derive(Default)]
pub(crate) struct CaptureFacts {
    /// What was odd, in words.
    pub(crate) warnings: Vec<String>,
    /// What V8 counted besides the nodes.
    pub(crate) extra_native_bytes: Option<u64>,
    /// What a walk counted.
    pub(crate) walk: Option<Value>,
}

/// Analyses a parsed snapshot and makes a handle of it.
pub(crate) fn analyzed_snapshot(
    parsed: ParsedSnapshot,
    started: Instant,
    progress: &Progress<'_>,
) -> std::result::Result<Settled, Failure> {
    let facts = CaptureFacts {
        warnings: parsed.warnings.iter().map(ToString::to_string).collect(),
        extra_native_bytes: parsed.extra_native_bytes,
        walk: None,
    };
    analyzed(parsed.graph, facts, started, progress)
}

/// Analyses a graph and makes a handle of it.
pub(crate) fn analyzed(
    graph: HeapGraph,
    facts: CaptureFacts,
    started: Instant,
    progress: &Progress<'_>,
) -> std::result::Result<Settled, Failure> {
    assert_room(AnalyzedHeap::memory_to_analyze(&graph))?;
    let heap = AnalyzedHeap::new(graph, progress)?.observed_from(own_folder());
    // What the analyses needed on the way.
    return_free_memory();
    let graph = heap.graph();
    let info = json!({
        "nodeCount": graph.node_count(),
        "edgeCount": graph.edge_count(),
        "totalSize": graph.total_size(),
        "memoryBytes": graph.memory_bytes(),
        "durationMs": started.elapsed().as_secs_f64() * 1e3,
        "warnings": facts.warnings,
        "walk": facts.walk,
    });
    let heap = Mutex::new(Some(Arc::new(heap)));
    Ok(Settled {
        heap: Some(NativeHeap {
            heap,
            info,
            extra_native_bytes: facts.extra_native_bytes,
        }),
        ..Settled::default()
    })
}
