//! Writes a heap graph as a `.heapsnapshot`, the format that V8 writes and Chrome DevTools loads.
//!
//! **What is written.** The layout of Node 24 and later: nodes of 6 fields, no allocation traces, no
//! `root_index` (the root is node 0). Order and ids of nodes, edges and strings stay, so a file that
//! was read and written again gives the same graph. Sizes are the objects' own
//! ([`HeapGraph::self_size`]): readers do their own attribution of hidden parts. Kinds that this
//! version doesn't know are listed as `unknown`, which readers take like any other new kind.
//!
//! **What is not.** Positions that V8 could not find are left out.
//!
//! **How.** Sections are streamed through one buffer of bounded size, records and strings in their
//! order; nothing is built first. Text is ASCII, with other characters escaped, as V8 writes it:
//! readers that cut a file into chunks can't cut a character.
//!
//! Time linear in the file's length; memory is the buffer, 1.5 bits for each slot of the largest table
//! whose slots have numbers for names, and with [`StringContents::Blank`] one bit a string.

mod blank;
mod json;

use std::io::Write;

use serde_json::json;

use crate::error::GraphError;
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::{EdgeName, HeapGraph};
use crate::progress::{Progress, Stage};
use blank::Names;
use json::JsonWriter;

/// In the order in which [`write_nodes`] writes them.
const NODE_FIELDS: [&str; 6] = [
    "type",
    "name",
    "id",
    "self_size",
    "edge_count",
    "detachedness",
];

/// What `detachedness` is of an object that V8 calls so, and of all others.
const DETACHED: u64 = 2;
const ATTACHED: u64 = 1;
const NOT_KNOWN: u64 = 0;

/// References to nodes are multiplied by the length of a node's record.
const STRIDE: u64 = NODE_FIELDS.len() as u64;

/// The largest integer that a JavaScript number holds exactly: no reader takes more.
const MAX_SAFE_INTEGER: u64 = 1 << 53;

/// Nodes, edges or strings between two reports of progress: about a millisecond's work.
const REPORT_RECORDS: usize = 1 << 16;

/// What becomes of the contents of strings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum StringContents {
    /// They are written. They are whatever the program worked with: names, mails, passwords.
    #[default]
    Keep,
    /// They are replaced by one placeholder.
    ///
    /// Replaced are the names of nodes that are values: strings, symbols, numbers, big integers,
    /// regular expressions, and nodes of unknown kinds; also the names of keys and values that V8
    /// puts into the names of WeakMap entries. Kept are the names of classes, functions and
    /// variables, URLs of scripts, V8's own names, and names of **properties**: a program that uses
    /// data as keys of an object shows them there.
    ///
    /// What counts is the use: text that is both the contents of a string and the name of a property
    /// is written, but only the property refers to it.
    Blank,
}

/// How a graph is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WriteOptions {
    /// What becomes of the contents of strings.
    pub strings: StringContents,
    /// See [`ParsedSnapshot::extra_native_bytes`](crate::parse::ParsedSnapshot::extra_native_bytes):
    /// DevTools adds them to the total.
    pub extra_native_bytes: Option<u64>,
}

/// Writes `graph` to `out` and gives the number of bytes. Progress is told under the names of the
/// sections.
///
/// `out` needs no buffer of its own. It is flushed at the end.
///
/// # Errors
/// [`GraphError::Write`] if writing fails; [`GraphError::Cancelled`] within one buffer of the
/// request. What was written until then is of no use.
///
/// ```
/// use heapwatch_graph::{GraphBuilder, NodeKind, NodeRecord, Progress, WriteOptions, write_snapshot};
///
/// let mut builder = GraphBuilder::new();
/// let name = builder.strings.push("");
/// builder.push_node(NodeRecord {
///     kind: NodeKind::Synthetic, name, object_id: 1, self_size: 0, edge_count: 0, detachedness: 0,
/// })?;
/// let mut file = Vec::new();
/// write_snapshot(&builder.finish()?, &WriteOptions::default(), &mut file, &Progress::none())?;
/// assert!(file.starts_with(b"{\"snapshot\":{"));
/// # Ok::<(), heapwatch_graph::GraphError>(())
/// ```
pub fn write_snapshot(
    graph: &HeapGraph,
    options: &WriteOptions,
    out: &mut dyn Write,
    progress: &Progress<'_>,
) -> Result<u64, GraphError> {
    let names = Names::new(graph, options.strings);
    let mut out = JsonWriter::new(out, progress);
    out.raw(b"{\"snapshot\":")?;
    out.raw(header(graph, options).as_bytes())?;
    out.raw(b",\n\"nodes\":[")?;
    write_nodes(graph, &names, &mut out)?;
    out.raw(b"],\n\"edges\":[")?;
    write_edges(graph, &names, &mut out)?;
    out.raw(b"],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n")?;
    out.raw(b"\"locations\":[")?;
    write_locations(graph, &mut out)?;
    out.raw(b"],\n\"strings\":[")?;
    write_strings(&names, &mut out)?;
    out.raw(b"]}\n")?;
    out.finish()
}

/// The value of `snapshot`. Tables that stay empty are described as V8 describes them: DevTools
/// looks up their fields.
fn header(graph: &HeapGraph, options: &WriteOptions) -> String {
    let node_kinds: Vec<_> = NodeKind::ALL.iter().map(|kind| kind.name()).collect();
    let edge_kinds: Vec<_> = EdgeKind::ALL.iter().map(|kind| kind.name()).collect();
    let mut header = json!({
        "meta": {
            "node_fields": NODE_FIELDS,
            "node_types": [node_kinds, "string", "number", "number", "number", "number"],
            "edge_fields": ["type", "name_or_index", "to_node"],
            "edge_types": [edge_kinds, "string_or_number", "node"],
            "trace_function_info_fields":
                ["function_id", "name", "script_name", "script_id", "line", "column"],
            "trace_node_fields": ["id", "function_info_index", "count", "size", "children"],
            "sample_fields": ["timestamp_us", "last_assigned_id"],
            "location_fields": ["object_index", "script_id", "line", "column"],
        },
        "node_count": graph.node_count(),
        "edge_count": graph.edge_count(),
        "trace_function_count": 0,
    });
    if let Some(bytes) = options.extra_native_bytes {
        header["extra_native_bytes"] = bytes.into();
    }
    header.to_string()
}

fn write_nodes(
    graph: &HeapGraph,
    names: &Names<'_>,
    out: &mut JsonWriter<'_, '_>,
) -> Result<(), GraphError> {
    for node in graph.nodes() {
        report(out, Stage::Nodes, node.index(), graph.node_count())?;
        let detachedness = match (graph.is_detached(node), graph.is_attached(node)) {
            (true, _) => DETACHED,
            (_, true) => ATTACHED,
            _ => NOT_KNOWN,
        };
        out.record(&[
            graph.kind(node) as u64,
            u64::from(names.of_node(node).0),
            u64::from(graph.object_id(node)),
            graph.self_size(node).min(MAX_SAFE_INTEGER),
            graph.out_degree(node) as u64,
            detachedness,
        ])?;
    }
    Ok(())
}

fn write_edges(
    graph: &HeapGraph,
    names: &Names<'_>,
    out: &mut JsonWriter<'_, '_>,
) -> Result<(), GraphError> {
    for edge in graph.nodes().flat_map(|node| graph.edges(node)) {
        report(out, Stage::Edges, edge.id.index(), graph.edge_count())?;
        let name = match graph.edge_name(edge) {
            EdgeName::Name(name) => name.0,
            EdgeName::Index(index) if edge.kind.is_indexed() => index,
            EdgeName::Index(slot) => names.of_slot(slot).0,
        };
        out.record(&[edge.kind as u64, u64::from(name), reference(edge.to)])?;
    }
    Ok(())
}

fn write_locations(graph: &HeapGraph, out: &mut JsonWriter<'_, '_>) -> Result<(), GraphError> {
    for location in graph.locations() {
        out.record(&[
            reference(location.node),
            u64::from(location.script_id),
            u64::from(location.line),
            u64::from(location.column),
        ])?;
    }
    Ok(())
}

fn write_strings(names: &Names<'_>, out: &mut JsonWriter<'_, '_>) -> Result<(), GraphError> {
    let count = names.strings().count();
    for (at, text) in names.strings().enumerate() {
        report(out, Stage::Strings, at, count)?;
        out.raw(if at == 0 { b"" } else { b",\n" })?;
        out.string(&text)?;
    }
    report(out, Stage::Strings, count, count)
}

fn reference(node: NodeId) -> u64 {
    u64::from(node.0) * STRIDE
}

fn report(
    out: &JsonWriter<'_, '_>,
    stage: Stage,
    done: usize,
    all: usize,
) -> Result<(), GraphError> {
    if done.is_multiple_of(REPORT_RECORDS) || done == all {
        out.progress().at(stage, done as f64 / all.max(1) as f64)?;
    }
    Ok(())
}
