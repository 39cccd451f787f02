//! Source positions of functions and of the constructors of class instances, resolved from the
//! graph itself.
//!
//! A snapshot's `locations` give (script id, line, column) for closures and for instances of
//! classes, but nothing maps a script id to its URL. The graph does: a closure leads over `shared`
//! to its SharedFunctionInfo, and that over `script` (or `script_or_debug_info`, possibly through
//! a DebugInfo) to the Script, whose name is the URL. One located closure per script is enough to
//! name every position in that script, those of objects included.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::HeapGraph;

/// V8 versions to come name a script's node `system / Script / <url>`, or just this without a URL;
/// older ones name it `<url>`.
const V8_SCRIPT_NAME: &str = "system / Script";

/// A position as the capture gives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Location {
    /// The closure, or the instance whose constructor is at this position.
    pub node: NodeId,
    /// V8's number of the script.
    pub script_id: u32,
    /// Line, 0-based.
    pub line: u32,
    /// Column, 0-based, in UTF-16 code units.
    pub column: u32,
}

/// A position with the script's URL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceLocation {
    /// The script's URL: an absolute path or `file:` URL for user code, `node:...` for Node's own.
    pub url: String,
    /// Line, 1-based, as editors count.
    pub line: u32,
    /// Column, 1-based, in UTF-16 code units.
    pub column: u32,
}

/// The URLs of a graph's scripts.
#[derive(Debug, Default)]
pub struct ScriptLocations {
    urls: FxHashMap<u32, StringId>,
}

impl ScriptLocations {
    /// Finds the URL of every script that has a located closure. Linear in the located nodes.
    pub fn new(graph: &HeapGraph) -> Self {
        let mut urls = FxHashMap::default();
        for location in graph.locations() {
            if graph.kind(location.node) != NodeKind::Closure
                || urls.contains_key(&location.script_id)
            {
                continue;
            }
            if let Some(url) = script_name(graph, location.node) {
                urls.insert(location.script_id, url);
            }
        }
        Self { urls }
    }

    /// The position of a closure, or of the constructor of an instance; `None` if the capture has
    /// none for this node or its script is unknown.
    pub fn locate(&self, graph: &HeapGraph, node: NodeId) -> Option<SourceLocation> {
        let location = graph.location(node)?;
        let url = self.url(graph, &location)?;
        Some(SourceLocation {
            url: url.to_owned(),
            line: location.line.saturating_add(1),
            column: location.column.saturating_add(1),
        })
    }

    /// The URL of a position's script.
    pub fn url<'g>(&self, graph: &'g HeapGraph, location: &Location) -> Option<&'g str> {
        let name = graph.strings().get(*self.urls.get(&location.script_id)?);
        let url = name.strip_prefix(V8_SCRIPT_NAME).unwrap_or(name);
        let url = url.strip_prefix(" / ").unwrap_or(url);
        (!url.is_empty()).then_some(url)
    }
}

/// The name of the script that a closure comes from.
fn script_name(graph: &HeapGraph, closure: NodeId) -> Option<StringId> {
    let shared = graph.target(closure, EdgeKind::Internal, "shared")?;
    let is_debug_info = |node: &NodeId| graph.name(*node) == "system / DebugInfo";
    let mut script = script_or_debug_info(graph, shared)?;
    if is_debug_info(&script) {
        // Two in a row only exist in forged files: there is no script then.
        script = script_or_debug_info(graph, script).filter(|node| !is_debug_info(node))?;
    }
    Some(graph.name_id(script))
}

fn script_or_debug_info(graph: &HeapGraph, node: NodeId) -> Option<NodeId> {
    let named = |name| graph.target(node, EdgeKind::Internal, name);
    named("script").or_else(|| named("script_or_debug_info"))
}
