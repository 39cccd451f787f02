//! Small heap graphs, written down as a listing: each node with a label, then its edges.
//!
//! ```
//! use heapwatch_testing::heap;
//!
//! let heap = heap()
//!     .property("cache", "cache")
//!     .object("cache", "Map").size(32)
//!         .internal("table", "table")
//!     .array("table").size(1024)
//!         .internal("5", "entry")
//!     .object("entry", "User").size(100)
//!     .build();
//! assert_eq!(heap.graph().name(heap["entry"]), "User");
//! ```
//!
//! The root is labelled `root` and comes first. Edges start at the node declared last (or chosen
//! with [`FixtureBuilder::at`]) and may lead to labels that are declared later.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, Index};

use heapwatch_graph::{
    AnalyzedHeap, EdgeKind, GraphBuilder, HeapGraph, Location, NodeId, NodeKind, NodeRecord,
    Progress, StringId,
};

/// Bytes of a node whose size a test leaves open: V8's smallest object, two words.
const DEFAULT_SIZE: u64 = 16;

/// Starts a heap that holds only the root, labelled `root`.
pub fn heap() -> FixtureBuilder {
    let mut fixture = FixtureBuilder {
        nodes: Vec::new(),
        labels: BTreeMap::new(),
        at: 0,
        next_odd_id: 1,
        next_even_id: 2,
        scripts: Vec::new(),
        functions: BTreeMap::new(),
        script_edge: ScriptEdge::Script,
    };
    fixture.node("root", NodeKind::Synthetic, "");
    fixture
}

/// How a SharedFunctionInfo leads to its Script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScriptEdge {
    /// By an edge named `script` (Node 22 and later).
    Script,
    /// By an edge named `script_or_debug_info` (up to Node 20).
    ScriptOrDebugInfo,
    /// By `script_or_debug_info` to a DebugInfo, and by that one's `script`: a debugger was there.
    ThroughDebugInfo,
}

/// Script id, line and column, 0-based as in a capture.
type FixtureLocation = Option<(u32, u32, u32)>;

#[derive(Clone, Debug)]
enum FixtureName {
    Text(String),
    Index(u32),
    /// The name V8 gives both halves of a WeakMap entry; made when all object ids are known.
    WeakMapEntry {
        key: String,
        value: String,
        table: String,
    },
}

#[derive(Clone, Debug)]
struct FixtureEdge {
    kind: EdgeKind,
    name: FixtureName,
    to: String,
}

#[derive(Clone, Debug)]
struct FixtureNode {
    label: String,
    kind: NodeKind,
    name: String,
    object_id: u32,
    size: u64,
    /// As the format has it: 0 unknown, 1 attached, 2 detached.
    detachedness: u8,
    location: FixtureLocation,
    edges: Vec<FixtureEdge>,
}

/// A heap that is being written down. See [`heap`].
#[derive(Clone, Debug)]
pub struct FixtureBuilder {
    nodes: Vec<FixtureNode>,
    labels: BTreeMap<String, usize>,
    at: usize,
    next_odd_id: u32,
    next_even_id: u32,
    scripts: Vec<String>,
    functions: BTreeMap<String, FixtureLocation>,
    script_edge: ScriptEdge,
}

/// Nodes.
impl FixtureBuilder {
    /// Declares a node. Synthetic ones have no bytes and, like native ones, an even object id;
    /// all others have 16 bytes and the next odd id.
    ///
    /// # Panics
    /// If the label is taken.
    pub fn node(&mut self, label: &str, kind: NodeKind, name: &str) -> &mut Self {
        let taken = self.labels.insert(label.to_owned(), self.nodes.len());
        assert!(taken.is_none(), "two nodes are labelled '{label}'");
        let synthetic = kind == NodeKind::Synthetic;
        let next_id = if (synthetic && !self.nodes.is_empty()) || kind == NodeKind::Native {
            &mut self.next_even_id
        } else {
            &mut self.next_odd_id
        };
        let object_id = *next_id;
        *next_id += 2;
        self.at = self.nodes.len();
        self.nodes.push(FixtureNode {
            label: label.to_owned(),
            kind,
            name: name.to_owned(),
            object_id,
            size: if synthetic { 0 } else { DEFAULT_SIZE },
            detachedness: 0,
            location: None,
            edges: Vec::new(),
        });
        self
    }

    /// A JavaScript object of a class.
    pub fn object(&mut self, label: &str, class: &str) -> &mut Self {
        self.node(label, NodeKind::Object, class)
    }

    /// A function; its name may be empty.
    pub fn closure(&mut self, label: &str, name: &str) -> &mut Self {
        self.node(label, NodeKind::Closure, name)
    }

    /// The variables of a scope.
    pub fn context(&mut self, label: &str) -> &mut Self {
        self.node(label, NodeKind::Object, "system / Context")
    }

    /// The scope of a module, which a function in the property `f` of the node at hand keeps.
    pub fn module_scope(&mut self, label: &str) -> &mut Self {
        self.property("f", "f")
            .closure("f", "f")
            .internal("context", label);
        self.context(label)
    }

    /// A flat string.
    pub fn string(&mut self, label: &str, text: &str) -> &mut Self {
        self.node(label, NodeKind::String, text)
    }

    /// A nameless backing store.
    pub fn array(&mut self, label: &str) -> &mut Self {
        self.node(label, NodeKind::Array, "")
    }

    /// A part of V8's own.
    pub fn hidden(&mut self, label: &str, name: &str) -> &mut Self {
        self.node(label, NodeKind::Hidden, name)
    }

    /// Compiled code and what belongs to it.
    pub fn code(&mut self, label: &str, name: &str) -> &mut Self {
        self.node(label, NodeKind::Code, name)
    }

    /// Memory outside the JavaScript heap.
    pub fn native(&mut self, label: &str, name: &str) -> &mut Self {
        self.node(label, NodeKind::Native, name)
    }

    /// A group of roots.
    pub fn synthetic(&mut self, label: &str, name: &str) -> &mut Self {
        self.node(label, NodeKind::Synthetic, name)
    }

    /// Goes back to a node, to say more about it.
    ///
    /// # Panics
    /// If there is no node of this label yet.
    pub fn at(&mut self, label: &str) -> &mut Self {
        self.at = self.position(label);
        self
    }

    /// Whether a node of this label was declared.
    pub fn has(&self, label: &str) -> bool {
        self.labels.contains_key(label)
    }
}

/// Attributes of the current node.
impl FixtureBuilder {
    /// Size of the object itself, bytes.
    pub fn size(&mut self, bytes: u64) -> &mut Self {
        self.current().size = bytes;
        self
    }

    /// The id V8 gave the object.
    pub fn object_id(&mut self, id: u32) -> &mut Self {
        self.current().object_id = id;
        self
    }

    /// V8 says that the object is detached.
    pub fn detached(&mut self) -> &mut Self {
        self.current().detachedness = 2;
        self
    }

    /// The embedder says that the object is attached.
    pub fn attached(&mut self) -> &mut Self {
        self.current().detachedness = 1;
        self
    }

    /// The source position (1-based, as editors count) of a function, or of an instance's
    /// constructor. A function also gets its own SharedFunctionInfo, labelled `<label>.shared`,
    /// and over that its script.
    pub fn written_at(&mut self, url: &str, line: u32, column: u32) -> &mut Self {
        let node = self.nodes[self.at].clone();
        if node.kind == NodeKind::Closure {
            let shared = format!("{}.shared", node.label);
            self.function(&shared, url, line, column);
            return self.at(&node.label).closure_of(&shared);
        }
        let script_id = self.script_id(url);
        self.current().location = Some((script_id, line - 1, column - 1));
        self
    }

    /// A SharedFunctionInfo, what all closures of one function have in common, with its chain to
    /// the Script from whose name analyses learn the URL. Line and column are 1-based.
    pub fn function(&mut self, label: &str, url: &str, line: u32, column: u32) -> &mut Self {
        let (debug_info, script) = (format!("{label}.debug_info"), format!("script {url}"));
        if !self.has(&script) {
            self.code(&script, url).size(144);
        }
        self.code(label, "(shared function info)").size(72);
        match self.script_edge {
            ScriptEdge::Script => self.internal("script", &script),
            ScriptEdge::ScriptOrDebugInfo => self.internal("script_or_debug_info", &script),
            ScriptEdge::ThroughDebugInfo => self
                .internal("script_or_debug_info", &debug_info)
                .code(&debug_info, "system / DebugInfo")
                .internal("script", &script),
        };
        let location = Some((self.script_id(url), line - 1, column - 1));
        self.functions.insert(label.to_owned(), location);
        self.at(label)
    }

    /// The current node is a closure of this [`function`](Self::function).
    ///
    /// # Panics
    /// If there is no such function.
    pub fn closure_of(&mut self, function: &str) -> &mut Self {
        let location = self.functions.get(function).copied();
        let location = location.unwrap_or_else(|| panic!("no function is labelled '{function}'"));
        self.current().location = location;
        self.internal("shared", function)
    }

    /// A position as a capture gives it: script id, line and column, 0-based, without anything
    /// that would tell the script's URL.
    pub fn located(&mut self, script_id: u32, line: u32, column: u32) -> &mut Self {
        self.current().location = Some((script_id, line, column));
        self
    }

    /// How functions described from now on lead to their scripts.
    pub fn script_edge(&mut self, edge: ScriptEdge) -> &mut Self {
        self.script_edge = edge;
        self
    }

    /// Nodes declared from now on get odd object ids from this one on: they are younger than all
    /// with smaller ones.
    ///
    /// # Panics
    /// If `first` is even.
    pub fn ids_from(&mut self, first: u32) -> &mut Self {
        assert!(first % 2 == 1, "ids of JavaScript objects are odd");
        self.next_odd_id = first;
        self
    }

    /// Gives every node another object id, computed from its position in the listing and its id.
    pub fn renumber(&mut self, mut new_id: impl FnMut(usize, u32) -> u32) -> &mut Self {
        for (at, node) in self.nodes.iter_mut().enumerate() {
            node.object_id = new_id(at, node.object_id);
        }
        self
    }

    fn script_id(&mut self, url: &str) -> u32 {
        let known = self.scripts.iter().position(|s| s == url);
        let at = known.unwrap_or_else(|| {
            self.scripts.push(url.to_owned());
            self.scripts.len() - 1
        });
        at as u32 + 1
    }

    fn current(&mut self) -> &mut FixtureNode {
        &mut self.nodes[self.at]
    }

    fn position(&self, label: &str) -> usize {
        let position = self.labels.get(label);
        *position.unwrap_or_else(|| panic!("no node is labelled '{label}'"))
    }
}

/// Edges from the current node.
impl FixtureBuilder {
    /// A named property.
    pub fn property(&mut self, name: &str, to: &str) -> &mut Self {
        self.edge(EdgeKind::Property, name, to)
    }

    /// An element of an array.
    pub fn element(&mut self, index: u32, to: &str) -> &mut Self {
        self.push(EdgeKind::Element, FixtureName::Index(index), to)
    }

    /// A variable of a scope.
    pub fn variable(&mut self, name: &str, to: &str) -> &mut Self {
        self.edge(EdgeKind::Context, name, to)
    }

    /// A reference of V8's own, by name.
    pub fn internal(&mut self, name: &str, to: &str) -> &mut Self {
        self.edge(EdgeKind::Internal, name, to)
    }

    /// A reference of V8's own, by index.
    pub fn hidden_edge(&mut self, index: u32, to: &str) -> &mut Self {
        self.push(EdgeKind::Hidden, FixtureName::Index(index), to)
    }

    /// A shortcut; from the root it marks a global object of the program.
    pub fn shortcut(&mut self, name: &str, to: &str) -> &mut Self {
        self.edge(EdgeKind::Shortcut, name, to)
    }

    /// A reference that does not keep its target alive.
    pub fn weak(&mut self, name: &str, to: &str) -> &mut Self {
        self.edge(EdgeKind::Weak, name, to)
    }

    /// An edge of a kind that goes by name.
    ///
    /// # Panics
    /// If the kind goes by index.
    pub fn edge(&mut self, kind: EdgeKind, name: &str, to: &str) -> &mut Self {
        assert!(!kind.is_indexed(), "{} edges have an index", kind.name());
        self.push(kind, FixtureName::Text(name.to_owned()), to)
    }

    /// One half of a WeakMap entry, named as V8 names both.
    pub(crate) fn weak_map_edge(&mut self, key: &str, value: &str, table: &str) -> &mut Self {
        let name = FixtureName::WeakMapEntry {
            key: key.to_owned(),
            value: value.to_owned(),
            table: table.to_owned(),
        };
        self.push(EdgeKind::Internal, name, value)
    }

    fn push(&mut self, kind: EdgeKind, name: FixtureName, to: &str) -> &mut Self {
        let to = to.to_owned();
        self.current().edges.push(FixtureEdge { kind, name, to });
        self
    }
}

/// The end.
impl FixtureBuilder {
    /// The graph.
    ///
    /// # Panics
    /// If an edge leads to a label that no node has.
    pub fn build(&self) -> TestHeap {
        let graph = Writer::new(self).write();
        let labels = (self.labels.iter())
            .map(|(label, &at)| (label.clone(), NodeId::new(at)))
            .collect();
        TestHeap { graph, labels }
    }

    /// The graph with all analyses.
    ///
    /// # Panics
    /// As [`build`](Self::build).
    pub fn analyze(&self) -> AnalyzedTestHeap {
        self.build().analyze()
    }
}

/// Writes a fixture into a [`GraphBuilder`].
struct Writer<'f> {
    fixture: &'f FixtureBuilder,
    graph: GraphBuilder,
    strings: BTreeMap<String, StringId>,
}

impl<'f> Writer<'f> {
    fn new(fixture: &'f FixtureBuilder) -> Self {
        Self {
            fixture,
            graph: GraphBuilder::new(),
            strings: BTreeMap::new(),
        }
    }

    fn write(mut self) -> HeapGraph {
        for (at, node) in self.fixture.nodes.iter().enumerate() {
            self.write_node(NodeId::new(at), node);
        }
        for edge in self.fixture.nodes.iter().flat_map(|node| &node.edges) {
            self.write_edge(edge);
        }
        let finished = self.graph.finish();
        finished.unwrap_or_else(|error| panic!("the fixture is no graph: {error}"))
    }

    fn write_node(&mut self, id: NodeId, node: &FixtureNode) {
        let record = NodeRecord {
            kind: node.kind,
            name: self.string(&node.name),
            object_id: node.object_id,
            self_size: node.size,
            edge_count: node.edges.len() as u32,
            detachedness: node.detachedness,
        };
        let pushed = self.graph.push_node(record);
        pushed.unwrap_or_else(|error| panic!("'{}': {error}", node.label));
        if let Some((script_id, line, column)) = node.location {
            self.graph.push_location(Location {
                node: id,
                script_id,
                line,
                column,
            });
        }
    }

    fn write_edge(&mut self, edge: &FixtureEdge) {
        let name = match &edge.name {
            FixtureName::Index(index) => *index,
            FixtureName::Text(text) => self.string(text).0,
            FixtureName::WeakMapEntry { key, value, table } => {
                let name = self.weak_map_entry_name(key, value, table);
                self.string(&name).0
            }
        };
        let to = NodeId::new(self.fixture.position(&edge.to));
        let pushed = self.graph.push_edge(edge.kind, name, to);
        pushed.unwrap_or_else(|error| panic!("edge to '{}': {error}", edge.to));
    }

    fn weak_map_entry_name(&self, key: &str, value: &str, table: &str) -> String {
        let node = |label| &self.fixture.nodes[self.fixture.position(label)];
        let (key, value) = (node(key), node(value));
        format!(
            "1 / part of key ({} @{}) -> value ({} @{}) pair in WeakMap (table @{})",
            key.name,
            key.object_id,
            value.name,
            value.object_id,
            node(table).object_id,
        )
    }

    fn string(&mut self, text: &str) -> StringId {
        if let Some(&id) = self.strings.get(text) {
            return id;
        }
        let id = self.graph.strings.push(text);
        self.strings.insert(text.to_owned(), id);
        id
    }
}

/// A graph whose nodes are found by label: `heap["cache"]`.
#[derive(Debug)]
pub struct TestHeap {
    graph: HeapGraph,
    labels: BTreeMap<String, NodeId>,
}

impl TestHeap {
    /// The graph.
    pub fn graph(&self) -> &HeapGraph {
        &self.graph
    }

    /// The graph, without the labels.
    pub fn into_graph(self) -> HeapGraph {
        self.graph
    }

    /// The label of a node; empty if the graph has no such node.
    pub fn label(&self, node: NodeId) -> &str {
        label_of(&self.labels, node)
    }

    /// Computes all analyses.
    ///
    /// # Panics
    /// If the analysis fails, which it does only when cancelled.
    pub fn analyze(self) -> AnalyzedTestHeap {
        let analyzed = AnalyzedHeap::new(self.graph, &Progress::none());
        let heap = analyzed.unwrap_or_else(|error| panic!("the analysis failed: {error}"));
        AnalyzedTestHeap {
            heap,
            labels: self.labels,
        }
    }
}

impl Index<&str> for TestHeap {
    type Output = NodeId;

    fn index(&self, label: &str) -> &NodeId {
        node_of(&self.labels, label)
    }
}

impl fmt::Display for TestHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::print_graph(&self.graph))
    }
}

/// An [`AnalyzedHeap`] whose nodes are found by label.
#[derive(Debug)]
pub struct AnalyzedTestHeap {
    heap: AnalyzedHeap,
    labels: BTreeMap<String, NodeId>,
}

impl AnalyzedTestHeap {
    /// The label of a node; empty if the graph has no such node.
    pub fn label(&self, node: NodeId) -> &str {
        label_of(&self.labels, node)
    }

    /// The heap, without the labels.
    pub fn into_heap(self) -> AnalyzedHeap {
        self.heap
    }
}

impl Deref for AnalyzedTestHeap {
    type Target = AnalyzedHeap;

    fn deref(&self) -> &AnalyzedHeap {
        &self.heap
    }
}

impl Index<&str> for AnalyzedTestHeap {
    type Output = NodeId;

    fn index(&self, label: &str) -> &NodeId {
        node_of(&self.labels, label)
    }
}

fn node_of<'l>(labels: &'l BTreeMap<String, NodeId>, label: &str) -> &'l NodeId {
    let node = labels.get(label);
    node.unwrap_or_else(|| panic!("no node is labelled '{label}'"))
}

fn label_of(labels: &BTreeMap<String, NodeId>, node: NodeId) -> &str {
    let found = labels.iter().find(|(_, id)| **id == node);
    found.map_or("", |(label, _)| label)
}
