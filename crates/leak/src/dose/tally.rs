//! A census by keys that mean the same in each census of a process.
//!
//! - JavaScript objects by class and position of its constructor, plain ones by their first fields;
//! - functions by name and position;
//! - entries of collections by how they are held: `sessions (Map)`, `Bus._events.order (Array)`;
//! - strings, numbers and native memory by kind.
//!
//! Compiled code, hidden classes, feedback and tables are V8's affair and change as it pleases: they
//! are left out. How a collection is held is found without a search of the graph: of the references
//! to an object the most telling one is taken, a variable before a field before an element.
//!
//! O(nodes + edges), 12 bytes a node while it runs.

use heapwatch_graph::{
    EdgeId, EdgeKind, EdgeName, GraphError, HeapGraph, NodeId, NodeKind, Progress, ScriptLocations,
    SourceLocation, StringId, graph_collections,
};
use rustc_hash::FxHashMap;

use super::recorders::recorded;
use super::{DoseKey, DoseKeyKind};
use crate::fingerprint::Fingerprint;

/// Fields of a plain object that are part of its name: more make no better name.
const SHOWN_FIELDS: usize = 4;
/// Parts of the name of a collection.
const MAX_PARTS: usize = 5;
/// References that are followed for it; tables on the way give no part.
const MAX_STEPS: usize = 12;
/// Stands for no reference.
const NONE: EdgeId = EdgeId(u32::MAX);

/// How many, and their bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Amount {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

/// A key with what was counted.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) key: DoseKey,
    pub(super) amount: Amount,
}

/// A census.
#[derive(Default, Debug)]
pub(super) struct Tally {
    counts: FxHashMap<u64, Counted>,
}

impl Tally {
    pub(super) fn of(graph: &HeapGraph, progress: &Progress<'_>) -> Result<Self, GraphError> {
        let mut tally = Self::default();
        let is_recorded = recorded(graph);
        let counts = |node: NodeId| is_recorded.as_ref().is_none_or(|of| !of[node.index()]);
        progress.check()?;
        let keys = Keys::new(graph);
        for node in graph.nodes().filter(|&node| counts(node)) {
            if let Some(hash) = keys.hash(node) {
                tally.add(hash, 1, graph.self_size(node), || keys.key(node));
            }
        }
        let collections = graph_collections(graph, progress)?;
        let holders = Holders::new(graph);
        for collection in collections.iter().filter(|one| counts(one.node)) {
            let Some(size) = collection.contents.size.filter(|&size| size > 0) else {
                continue;
            };
            let name = format!(
                "{} ({})",
                holders.name(collection.node),
                graph.name(collection.node)
            );
            let hash = Fingerprint::new().text("entries").text(&name).get();
            tally.add(hash, size, 0, || DoseKey {
                kind: DoseKeyKind::Entries,
                name,
                location: None,
            });
        }
        Ok(tally)
    }

    pub(super) fn add_counter(&mut self, name: &str, count: u64) {
        let hash = Fingerprint::new().text("counter").text(name).get();
        self.add(hash, count, 0, || DoseKey {
            kind: DoseKeyKind::Counter,
            name: name.to_owned(),
            location: None,
        });
    }

    pub(super) fn into_counts(self) -> impl Iterator<Item = (u64, Counted)> {
        self.counts.into_iter()
    }

    fn add(&mut self, hash: u64, count: u64, bytes: u64, key: impl FnOnce() -> DoseKey) {
        let counted = self.counts.entry(hash).or_insert_with(|| Counted {
            key: key(),
            amount: Amount::default(),
        });
        counted.amount.count = counted.amount.count.saturating_add(count);
        counted.amount.bytes = counted.amount.bytes.saturating_add(bytes);
    }
}

/// Names objects by class and position. Numbers of strings and scripts differ between captures, their
/// texts don't.
struct Keys<'g> {
    graph: &'g HeapGraph,
    scripts: ScriptLocations,
    /// Hash of the URL of each script by its number.
    urls: FxHashMap<u32, u64>,
    plain_object: Option<StringId>,
    prototype: Option<StringId>,
}

impl<'g> Keys<'g> {
    fn new(graph: &'g HeapGraph) -> Self {
        let scripts = ScriptLocations::new(graph);
        let mut urls = FxHashMap::default();
        for location in graph.locations() {
            urls.entry(location.script_id).or_insert_with(|| {
                let url = scripts.url(graph, &location).unwrap_or("");
                Fingerprint::new().text(url).get()
            });
        }
        Self {
            graph,
            scripts,
            urls,
            plain_object: graph.strings().find("Object"),
            prototype: graph.strings().find("__proto__"),
        }
    }

    /// What tells the key from others; `None` for what isn't counted.
    fn hash(&self, node: NodeId) -> Option<u64> {
        let kind = counted_kind(self.graph, node)?;
        let mut hash = Fingerprint::new().number(kind as u64);
        if kind == NodeKind::Object && Some(self.graph.name_id(node)) == self.plain_object {
            for name in self.fields(node).take(SHOWN_FIELDS) {
                hash = hash.text(name);
            }
            return Some(hash.get());
        }
        if !kind.is_string() {
            hash = hash.text(self.graph.name(node));
        }
        if let Some(at) = self.graph.location(node) {
            let url = self.urls.get(&at.script_id).copied().unwrap_or(0);
            hash = hash
                .number(url)
                .number(u64::from(at.line) << 32 | u64::from(at.column));
        }
        Some(hash.get())
    }

    fn key(&self, node: NodeId) -> DoseKey {
        let graph = self.graph;
        let is_function = graph.kind(node) == NodeKind::Closure;
        DoseKey {
            kind: if is_function {
                DoseKeyKind::Functions
            } else {
                DoseKeyKind::Instances
            },
            name: self.name(node),
            location: self.location(node),
        }
    }

    fn name(&self, node: NodeId) -> String {
        let name = self.graph.name(node);
        match self.graph.kind(node) {
            kind if kind.is_string() => "(string)".to_owned(),
            NodeKind::Closure if name.is_empty() => "(anonymous)".to_owned(),
            NodeKind::Number => "(number)".to_owned(),
            NodeKind::Symbol => "(symbol)".to_owned(),
            NodeKind::BigInt => "(bigint)".to_owned(),
            NodeKind::RegExp => "RegExp".to_owned(),
            NodeKind::Object if Some(self.graph.name_id(node)) == self.plain_object => {
                let mut fields = self.fields(node);
                let shown: Vec<_> = fields.by_ref().take(SHOWN_FIELDS).collect();
                match (shown.is_empty(), fields.next()) {
                    (true, _) => "Object".to_owned(),
                    (_, None) => format!("{{{}}}", shown.join(", ")),
                    (_, Some(_)) => format!("{{{}, …}}", shown.join(", ")),
                }
            }
            _ => name.to_owned(),
        }
    }

    fn location(&self, node: NodeId) -> Option<SourceLocation> {
        self.scripts.locate(self.graph, node)
    }

    /// Names of an object's fields that refer to something. Small numbers are not among them.
    fn fields(&self, node: NodeId) -> impl Iterator<Item = &'g str> + use<'g> {
        let (graph, prototype) = (self.graph, self.prototype);
        graph
            .edges(node)
            .filter_map(move |edge| match graph.edge_name(edge) {
                EdgeName::Name(name)
                    if edge.kind == EdgeKind::Property && Some(name) != prototype =>
                {
                    Some(graph.strings().get(name))
                }
                _ => None,
            })
    }
}

/// The kind under which a node is counted. All strings are of one: V8 flattens and shares them.
/// Names, symbols and numbers are not part of the key, so their contents are not told.
fn counted_kind(graph: &HeapGraph, node: NodeId) -> Option<NodeKind> {
    match graph.kind(node) {
        kind if kind.is_string() => Some(NodeKind::String),
        NodeKind::Object if is_hidden_part(graph.name(node)) => None,
        kind @ (NodeKind::Object
        | NodeKind::Closure
        | NodeKind::RegExp
        | NodeKind::Native
        | NodeKind::WasmObject) => Some(kind),
        _ if graph.name(node) == "system / NativeContext" => Some(NodeKind::Object),
        _ => None,
    }
}

/// V8's own parts of objects, but for the scopes of functions.
fn is_hidden_part(name: &str) -> bool {
    name.starts_with("system / ") && !matches!(name, "system / Context" | "system / NativeContext")
}

/// For each object the reference that says best how code reaches it.
struct Holders<'g> {
    graph: &'g HeapGraph,
    best: Vec<EdgeId>,
    sources: Vec<NodeId>,
}

impl<'g> Holders<'g> {
    fn new(graph: &'g HeapGraph) -> Self {
        let mut holders = Self {
            graph,
            best: vec![NONE; graph.node_count()],
            sources: vec![NodeId::ROOT; graph.node_count()],
        };
        let mut ranks = vec![u8::MAX; graph.node_count()];
        for source in graph.nodes() {
            for edge in graph.edges(source) {
                if !matches!(graph.kind(edge.to), NodeKind::Object | NodeKind::Array) {
                    continue;
                }
                let Some(rank) = rank(graph, edge.kind, graph.edge_name(edge)) else {
                    continue;
                };
                let at = edge.to.index();
                if rank < ranks[at]
                    || (rank == ranks[at] && holders.precedes(source, edge.id, edge.to))
                {
                    ranks[at] = rank;
                    holders.best[at] = edge.id;
                    holders.sources[at] = source;
                }
            }
        }
        holders
    }

    /// Whether a reference comes before the best so far, by names: numbers of nodes change.
    fn precedes(&self, source: NodeId, edge: EdgeId, to: NodeId) -> bool {
        let graph = self.graph;
        let name = |edge: EdgeId| match graph.edge_name(graph.edge(edge)) {
            EdgeName::Name(name) => graph.strings().get(name),
            EdgeName::Index(_) => "",
        };
        let old = (
            name(self.best[to.index()]),
            self.graph.name(self.sources[to.index()]),
        );
        (name(edge), self.graph.name(source)) < old
    }

    /// How code reaches an object, without indexes and keys.
    fn name(&self, node: NodeId) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut at = node;
        for _ in 0..MAX_STEPS {
            let by = self.best[at.index()];
            if by == NONE || parts.len() == MAX_PARTS {
                break;
            }
            at = self.sources[at.index()];
            let edge = self.graph.edge_of(at, by);
            match (edge.kind, self.graph.edge_name(edge)) {
                (EdgeKind::Context, EdgeName::Name(name)) => {
                    return joined(self.graph.strings().get(name), &parts);
                }
                (EdgeKind::Property, EdgeName::Name(name)) => {
                    parts.push(format!(".{}", self.graph.strings().get(name)));
                    if self.is_owner(at) {
                        break;
                    }
                }
                (EdgeKind::Internal, EdgeName::Name(name)) => {
                    let name = self.graph.strings().get(name);
                    if name.starts_with(|c: char| c.is_ascii_digit()) {
                        parts.push("[*]".to_owned());
                    }
                }
                _ => parts.push("[*]".to_owned()),
            }
        }
        joined(&self.owner_name(at), &parts)
    }

    /// Whether the class of an object says enough.
    fn is_owner(&self, node: NodeId) -> bool {
        let name = self.graph.name(node);
        match self.graph.kind(node) {
            NodeKind::Closure => true,
            NodeKind::Object => !matches!(name, "Object" | "Array" | "Map" | "Set"),
            _ => false,
        }
    }

    fn owner_name(&self, node: NodeId) -> String {
        let name = self.graph.name(node);
        match self.graph.kind(node) {
            NodeKind::Closure if name.is_empty() => "(anonymous)".to_owned(),
            _ => name.to_owned(),
        }
    }
}

fn joined(head: &str, parts: &[String]) -> String {
    let mut name = head.to_owned();
    for part in parts.iter().rev() {
        name.push_str(part);
    }
    name
}

/// How telling a reference is, the best first; `None` for what says nothing.
fn rank(graph: &HeapGraph, kind: EdgeKind, name: EdgeName) -> Option<u8> {
    match (kind, name) {
        (EdgeKind::Context, _) => Some(0),
        (EdgeKind::Property, EdgeName::Name(name)) => match graph.strings().get(name) {
            "__proto__" | "constructor" | "prototype" => None,
            _ => Some(1),
        },
        (EdgeKind::Internal, EdgeName::Index(_)) => Some(4),
        (EdgeKind::Internal, EdgeName::Name(name)) => match graph.strings().get(name) {
            "table" | "elements" | "properties" => Some(2),
            name if name.starts_with(|c: char| c.is_ascii_digit()) => Some(4),
            _ => None,
        },
        (EdgeKind::Element, _) => Some(3),
        _ => None,
    }
}
