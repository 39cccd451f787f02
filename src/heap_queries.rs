//! Questions to a heap graph beyond single look-ups: quick ones answered at once, those that look
//! at every object on a thread.

use heapwatch_graph::{
    AccessPaths, AnalyzedHeap, Collection, CollectionOrder, CollectionQuery, Cut, DuplicatesQuery,
    EdgeKind, Keys, LocationQuery, NodeId, NodeKind, ObjectQuery, Progress, Stage, collections,
    duplicate_strings, heap_diff, independent_retainers, largest_dominated,
};
use heapwatch_leak::expected_objects;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::heap::{NativeHeap, node_json, retainer_json};
use crate::task::{CancelHandle, OnProgress, Settled, spawn};

/// Runs a long question to a heap on a thread; settles with JSON.
fn ask<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
    question: impl FnOnce(&AnalyzedHeap, &Progress<'_>) -> std::result::Result<Value, Failure>
    + Send
    + 'static,
) -> Result<Object<'env>> {
    let heap = heap.get();
    spawn(env, cancel, on_progress, move |progress| {
        let answer = question(&*heap?, progress)?;
        Ok(Settled {
            json: Some(answer.to_string()),
            ..Settled::default()
        })
    })
}

/// Builds what quick questions need, so that none of them has to.
#[napi]
pub fn prepare_heap<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    ask(env, heap, cancel, on_progress, |heap, progress| {
        heap.prepare(progress)?;
        Ok(Value::Null)
    })
}

/// The names of all kinds of nodes.
#[napi]
pub fn node_kinds() -> Vec<&'static str> {
    NodeKind::ALL.iter().map(|kind| kind.name()).collect()
}

/// The names of all kinds of references.
#[napi]
pub fn edge_kinds() -> Vec<&'static str> {
    EdgeKind::ALL.iter().map(|kind| kind.name()).collect()
}

/// A page of what a node immediately dominates, largest first; `null` if there is no such node.
#[napi]
pub fn dominated_by(heap: &NativeHeap, id: u32, offset: u32, limit: u32) -> String {
    heap.answer(|heap| {
        heap.find_object(id).map_or(Value::Null, |node| {
            let page = largest_dominated(heap, node, offset as usize, limit as usize);
            page.iter().map(|&node| node_json(heap, node)).collect()
        })
    })
}

/// What holds a node independently of a reference that is thought away; `null` if there is no such
/// node. Without a name all references from `without` are cut.
#[napi]
pub fn retainers_besides(
    heap: &NativeHeap,
    id: u32,
    without: Option<u32>,
    name: Option<String>,
    limit: u32,
) -> String {
    heap.answer(|heap| {
        let Some(node) = heap.find_object(id) else {
            return Value::Null;
        };
        // An object that isn't there holds nothing.
        let cut = match (without.and_then(|id| heap.find_object(id)), name) {
            (Some(from), Some(name)) => Cut::Edge { from, name },
            (Some(from), None) => Cut::Retainer(from),
            (None, _) => Cut::Nothing,
        };
        let retainers = independent_retainers(heap, node, &cut);
        let listed = retainers.iter().take(limit as usize);
        listed.map(|&edge| retainer_json(heap, edge)).collect()
    })
}

/// What `find_objects` looks for.
#[napi(object, object_to_js = false)]
pub struct NativeObjectQuery {
    /// Name of the class.
    pub class: Option<String>,
    /// Part of a URL, or that and a line.
    pub location: Option<String>,
    /// Kind of the node.
    pub kind: Option<String>,
    /// Least retained bytes.
    pub min_retained: f64,
    /// Least shallow bytes.
    pub min_self: f64,
    /// Most objects.
    pub limit: u32,
}

/// Finds objects, those that retain most first; settles with JSON.
#[napi]
pub fn find_objects<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    query: NativeObjectQuery,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    ask(env, heap, cancel, on_progress, move |heap, progress| {
        let limit = query.limit as usize;
        let query = ObjectQuery {
            class: query.class,
            location: query.location.as_deref().map(LocationQuery::parse),
            kind: query.kind.as_deref().and_then(NodeKind::from_name),
            // Casting saturates; the options are checked before.
            min_retained: query.min_retained as u64,
            min_self: query.min_self as u64,
        };
        let (found, count) = query.find(heap, limit, progress)?;
        let objects: Value = found.iter().map(|&node| node_json(heap, node)).collect();
        Ok(json!({ "objects": objects, "count": count }))
    })
}

/// Lists collections; settles with JSON.
#[napi]
pub fn list_collections<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    order: String,
    limit: u32,
    min_size: f64,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    ask(env, heap, cancel, on_progress, move |heap, progress| {
        let order = match order.as_str() {
            "self" => CollectionOrder::SelfSize,
            "size" => CollectionOrder::Size,
            "wasted" => CollectionOrder::Wasted,
            _ => CollectionOrder::Retained,
        };
        let query = CollectionQuery {
            order,
            limit: limit as usize,
            min_size: min_size as u64,
        };
        let found = collections(heap, &query, progress)?;
        progress.at(Stage::Paths, 0.0)?;
        let names = AccessPaths::new(heap, Keys::Shown);
        let listed = found.iter().map(|one| collection_json(heap, &names, one));
        Ok(listed.collect())
    })
}

fn collection_json(heap: &AnalyzedHeap, names: &AccessPaths<'_>, one: &Collection) -> Value {
    json!({
        "id": heap.graph().object_id(one.node),
        "kind": one.kind,
        "class": heap.class_name(one.node),
        "name": names.of(one.node),
        "size": one.contents.size,
        "isExact": one.contents.is_exact,
        "capacity": one.contents.capacity,
        "wasted": one.contents.wasted,
        "self": heap.shallow(one.node),
        "retained": heap.dominators().retained(one.node),
    })
}

/// What `find_duplicates` gives.
#[napi(object, object_to_js = false)]
pub struct NativeDuplicatesQuery {
    /// Most groups.
    pub limit: u32,
    /// Least wasted bytes of a group.
    pub min_waste: f64,
    /// Most ids of a group.
    pub example_limit: u32,
    /// Most characters of a string.
    pub content_length: u32,
}

/// Finds equal strings; settles with JSON. No more than `content_length` characters of a string
/// are in it.
#[napi]
pub fn find_duplicates<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    query: NativeDuplicatesQuery,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    ask(env, heap, cancel, on_progress, move |heap, progress| {
        let content_length = query.content_length as usize;
        let query = DuplicatesQuery {
            limit: query.limit as usize,
            min_waste: query.min_waste as u64,
            examples: query.example_limit as usize,
        };
        let found = duplicate_strings(heap, &query, progress)?;
        let graph = heap.graph();
        let group_json = |group: &heapwatch_graph::EqualStrings| {
            let content = graph.strings().get(group.content);
            let id = |&node: &NodeId| graph.object_id(node);
            json!({
                "content": content.chars().take(content_length).collect::<String>(),
                "isWhole": group.is_whole,
                "count": group.count,
                "self": group.self_size,
                "wasted": group.wasted,
                "ids": group.examples.iter().map(id).collect::<Vec<_>>(),
            })
        };
        let groups: Value = found.groups.iter().map(group_json).collect();
        Ok(json!({
            "groups": groups, "groupCount": found.group_count, "wasted": found.wasted,
        }))
    })
}

/// Compares a heap with an older one; settles with JSON.
#[napi]
pub fn compare_heaps<'env>(
    env: &'env Env,
    older: &NativeHeap,
    newer: &NativeHeap,
    limit: u32,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    let older = older.get();
    ask(env, newer, cancel, on_progress, move |newer, progress| {
        let mut diff = heap_diff(&*older?, newer, progress)?;
        diff.classes.truncate(limit as usize);
        diff.collections.truncate(limit as usize);
        Ok(json!(diff))
    })
}

/// The paths to what lists of weak references in the heap refer to, by list and index; settles with
/// JSON.
#[napi]
pub fn find_expected<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    class: String,
    keys: Vec<String>,
    cancel: &CancelHandle,
) -> Result<Object<'env>> {
    ask(env, heap, cancel, None, move |heap, progress| {
        Ok(json!(expected_objects(heap, &class, &keys, progress)?))
    })
}
