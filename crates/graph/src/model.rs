//! The heap graph: immutable columns, edges in compressed sparse rows.
//!
//! Memory of a walked graph: 3.3 bytes a node (kind, name and size 2, first edge 1.3), 6 bytes an edge
//! (target with kind 4, name 2). Of a snapshot of V8, or if too little is shared (`node_heads.rs`,
//! `edge_names.rs`): 12.3 bytes a node (kind 1, name 4, size 2, object id 4, first edge 1.3; 14.3 if many
//! sizes are 64 KiB or more), 8 bytes an edge. Besides 2 bytes a node with a source position, and the
//! string table.

use crate::edge_names::{EdgeNames, EdgePlace};
use crate::first_edges::FirstEdges;
use crate::id_column::IdColumn;
use crate::ids::{EdgeId, NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::location_column::LocationColumn;
use crate::locations::Location;
use crate::node_heads::NodeHeads;
use crate::strings::Strings;

/// Target and kind of an edge in one word: 29 bits of node, 3 bits of kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedEdge(u32);

impl PackedEdge {
    const KIND_BITS: u32 = 3;

    #[inline(always)]
    pub(crate) const fn new(kind: EdgeKind, to: NodeId) -> Self {
        Self(to.0 << Self::KIND_BITS | kind as u32)
    }

    #[inline(always)]
    pub(crate) const fn to(self) -> NodeId {
        NodeId(self.0 >> Self::KIND_BITS)
    }

    #[inline(always)]
    pub(crate) const fn kind(self) -> EdgeKind {
        EdgeKind::from_bits(self.0 & 7)
    }
}

/// The name of an edge.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EdgeName {
    /// A name in the string table.
    Name(StringId),
    /// A number: elements, hidden edges, and in walked graphs slots, which V8 names by their digits.
    Index(u32),
}

impl EdgeName {
    /// What is added to the number of a slot that stands in place of a name: an array of a million
    /// elements has as many of them, and no text is stored for any.
    pub const FIRST_SLOT: u32 = 1 << 31;

    #[inline(always)]
    fn new(kind: EdgeKind, name_or_index: u32) -> Self {
        match name_or_index.checked_sub(Self::FIRST_SLOT) {
            _ if kind.is_indexed() => Self::Index(name_or_index),
            Some(slot) => Self::Index(slot),
            None => Self::Name(StringId(name_or_index)),
        }
    }
}

/// One edge, unpacked; [`HeapGraph::edge_name`] has its name.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Which edge.
    pub id: EdgeId,
    /// Its kind.
    pub kind: EdgeKind,
    /// Its target.
    pub to: NodeId,
    /// How many edges the source has before it.
    position: u32,
}

impl Edge {
    #[inline(always)]
    fn new(id: EdgeId, packed: PackedEdge, position: usize) -> Self {
        Self {
            id,
            kind: packed.kind(),
            to: packed.to(),
            position: position as u32,
        }
    }
}

/// An immutable heap graph. Node 0 is the root.
#[derive(Debug)]
pub struct HeapGraph {
    pub(crate) heads: NodeHeads,
    pub(crate) object_ids: IdColumn,
    pub(crate) attached: Vec<NodeId>,
    pub(crate) detached: Vec<NodeId>,
    pub(crate) first_edges: FirstEdges,
    pub(crate) edges: Vec<PackedEdge>,
    pub(crate) edge_names: EdgeNames,
    pub(crate) locations: LocationColumn,
    pub(crate) strings: Strings,
}

impl HeapGraph {
    /// The most nodes a graph can have: targets are stored in 29 bits.
    pub const MAX_NODES: usize = 1 << 29;

    /// How many nodes there are, the synthetic ones included.
    pub fn node_count(&self) -> usize {
        self.heads.len()
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// All nodes in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..self.node_count() as u32).map(NodeId)
    }

    /// Kind of a node.
    #[inline(always)]
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.heads.kind(node)
    }

    /// Id of a node's name.
    #[inline(always)]
    pub fn name_id(&self, node: NodeId) -> StringId {
        self.heads.name(node)
    }

    /// A node's name: constructor name, function name, string contents, ... by kind.
    pub fn name(&self, node: NodeId) -> &str {
        self.strings.get(self.name_id(node))
    }

    /// The id that V8 gave the object. Odd ids belong to JavaScript objects and are stable across
    /// captures of one process; even ids belong to synthetic and native nodes and are not.
    #[inline(always)]
    pub fn object_id(&self, node: NodeId) -> u32 {
        self.object_ids.get(node)
    }

    /// The object id of a node that has no identity of its own: it says nothing about another graph.
    /// A graph of such nodes alone stores no ids.
    pub const fn numbered_id(node: NodeId) -> u32 {
        node.0.wrapping_add(1) << 1
    }

    /// Size of the object itself, bytes, as V8 counts it.
    #[inline]
    pub fn self_size(&self, node: NodeId) -> u64 {
        self.heads.self_size(node)
    }

    /// Sum of all self sizes, bytes.
    pub fn total_size(&self) -> u64 {
        let sizes = self.nodes().map(|node| self.self_size(node));
        sizes.fold(0, u64::saturating_add)
    }

    /// Whether V8 says that the object is detached.
    pub fn is_detached(&self, node: NodeId) -> bool {
        self.detached.binary_search(&node).is_ok()
    }

    /// Whether the embedder says that the object is attached to its document.
    pub fn is_attached(&self, node: NodeId) -> bool {
        self.attached.binary_search(&node).is_ok()
    }

    /// Whether a node below the root belongs to the program rather than to V8.
    pub(crate) fn is_user_root(&self, node: NodeId) -> bool {
        self.kind(node) != NodeKind::Synthetic || self.is_document_dom_trees(node)
    }

    /// Whether the node groups the DOM trees of a browser's page.
    pub(crate) fn is_document_dom_trees(&self, node: NodeId) -> bool {
        self.kind(node) == NodeKind::Synthetic && self.name(node) == "(Document DOM trees)"
    }

    /// The edges that start at a node, as a range of edge indexes.
    #[inline(always)]
    pub(crate) fn edge_range(&self, node: NodeId) -> std::ops::Range<usize> {
        let first = |node| self.first_edges.get(node).index();
        first(node)..first(NodeId(node.0 + 1))
    }

    /// How many edges start at a node.
    pub fn out_degree(&self, node: NodeId) -> usize {
        self.edge_range(node).len()
    }

    /// The edges that start at a node.
    #[inline]
    pub fn edges(&self, node: NodeId) -> impl ExactSizeIterator<Item = Edge> + Clone + '_ {
        let first = self.edge_range(node).start;
        (self.links(node).iter().enumerate())
            .map(move |(i, &packed)| Edge::new(EdgeId::new(first + i), packed, i))
    }

    /// Kinds and targets of the edges that start at a node.
    #[inline(always)]
    pub(crate) fn links(&self, node: NodeId) -> &[PackedEdge] {
        &self.edges[self.edge_range(node)]
    }

    /// One edge. O(log nodes).
    pub fn edge(&self, id: EdgeId) -> Edge {
        self.edge_of(self.edge_source(id), id)
    }

    /// One edge of a node that is known to be its source.
    #[inline]
    pub fn edge_of(&self, source: NodeId, id: EdgeId) -> Edge {
        let position = id.index() - self.edge_range(source).start;
        Edge::new(id, self.edges[id.index()], position)
    }

    /// The kind of an edge.
    #[inline]
    pub fn edge_kind(&self, id: EdgeId) -> EdgeKind {
        self.edges[id.index()].kind()
    }

    /// An edge's name or index.
    #[inline]
    pub fn edge_name(&self, edge: Edge) -> EdgeName {
        let name = self.edge_names.get(EdgePlace {
            id: edge.id,
            kind: edge.kind,
            position: edge.position,
        });
        EdgeName::new(edge.kind, name)
    }

    /// The node at which an edge starts. O(log nodes).
    pub fn edge_source(&self, edge: EdgeId) -> NodeId {
        self.first_edges.source(edge)
    }

    /// The text of an edge's name; an index in decimal.
    pub fn edge_label(&self, edge: Edge) -> std::borrow::Cow<'_, str> {
        match self.edge_name(edge) {
            EdgeName::Name(name) => self.strings.get(name).into(),
            EdgeName::Index(index) => index.to_string().into(),
        }
    }

    /// The target of the first edge of this kind and name from a node.
    pub fn target(&self, node: NodeId, kind: EdgeKind, name: &str) -> Option<NodeId> {
        self.edges(node)
            .find(|edge| {
                edge.kind == kind
                    && matches!(self.edge_name(*edge), EdgeName::Name(id) if self.strings.get(id) == name)
            })
            .map(|edge| edge.to)
    }

    /// The string table.
    pub fn strings(&self) -> &Strings {
        &self.strings
    }

    /// Source positions as the capture gave them, sorted by node.
    pub fn locations(&self) -> impl ExactSizeIterator<Item = Location> + '_ {
        self.locations.iter()
    }

    /// Source position of one node.
    pub fn location(&self, node: NodeId) -> Option<Location> {
        self.locations.of(node)
    }

    /// The largest odd object id: ids of later objects are all larger (see
    /// [`object_id`](Self::object_id)); 0 if the graph has no object ids.
    pub fn newest_object_id(&self) -> u32 {
        let ids = self.nodes().map(|node| self.object_id(node));
        ids.filter(|id| id % 2 == 1).max().unwrap_or(0)
    }

    /// Bytes of memory the graph holds.
    pub fn memory_bytes(&self) -> usize {
        self.heads.memory_bytes()
            + self.object_ids.memory_bytes()
            + self.first_edges.memory_bytes()
            + size_of_val(self.edges.as_slice())
            + self.edge_names.memory_bytes()
            + self.locations.memory_bytes()
            + self.strings.memory_bytes()
    }
}
