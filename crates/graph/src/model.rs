//! The heap graph: immutable columns, edges in compressed sparse rows.
//!
//! Memory: 15 bytes a node (kind 1, name 4, object id 4, size 2, first edge 4; 17 if many sizes are
//! 64 KiB or more), 8 bytes an edge (target with kind 4, name 4), 16 bytes a source position, and
//! the string table.

use crate::ids::{EdgeId, NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::locations::Location;
use crate::sizes::SizeColumn;
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
    /// A number (elements and hidden edges).
    Index(u32),
}

/// One edge, unpacked.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Which edge.
    pub id: EdgeId,
    /// Its kind.
    pub kind: EdgeKind,
    /// Its target.
    pub to: NodeId,
    name: u32,
}

impl Edge {
    /// The edge's name or index.
    #[inline]
    pub const fn name(self) -> EdgeName {
        if self.kind.is_indexed() {
            EdgeName::Index(self.name)
        } else {
            EdgeName::Name(StringId(self.name))
        }
    }
}

/// An immutable heap graph. Node 0 is the root.
#[derive(Debug)]
pub struct HeapGraph {
    pub(crate) kinds: Vec<NodeKind>,
    pub(crate) names: Vec<StringId>,
    pub(crate) object_ids: Vec<u32>,
    pub(crate) self_sizes: SizeColumn,
    pub(crate) attached: Vec<NodeId>,
    pub(crate) detached: Vec<NodeId>,
    pub(crate) first_edges: Vec<EdgeId>,
    pub(crate) edges: Vec<PackedEdge>,
    pub(crate) edge_names: Vec<u32>,
    pub(crate) locations: Vec<Location>,
    pub(crate) strings: Strings,
}

impl HeapGraph {
    /// The most nodes a graph can have: targets are stored in 29 bits.
    pub const MAX_NODES: usize = 1 << 29;

    /// How many nodes there are, the synthetic ones included.
    pub fn node_count(&self) -> usize {
        self.kinds.len()
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// All nodes in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..self.kinds.len() as u32).map(NodeId)
    }

    /// Kind of a node.
    #[inline(always)]
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.kinds[node.index()]
    }

    /// Id of a node's name.
    #[inline(always)]
    pub fn name_id(&self, node: NodeId) -> StringId {
        self.names[node.index()]
    }

    /// A node's name: constructor name, function name, string contents, ... by kind.
    pub fn name(&self, node: NodeId) -> &str {
        self.strings.get(self.name_id(node))
    }

    /// The id that V8 gave the object. Odd ids belong to JavaScript objects and are stable across
    /// captures of one process; even ids belong to synthetic and native nodes and are not.
    #[inline(always)]
    pub fn object_id(&self, node: NodeId) -> u32 {
        self.object_ids[node.index()]
    }

    /// Size of the object itself, bytes, as V8 counts it.
    #[inline]
    pub fn self_size(&self, node: NodeId) -> u64 {
        self.self_sizes.get(node)
    }

    /// Sum of all self sizes, bytes.
    pub fn total_size(&self) -> u64 {
        self.self_sizes.total()
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
        let i = node.index();
        self.first_edges[i].index()..self.first_edges[i + 1].index()
    }

    /// How many edges start at a node.
    pub fn out_degree(&self, node: NodeId) -> usize {
        self.edge_range(node).len()
    }

    /// The edges that start at a node.
    #[inline]
    pub fn edges(&self, node: NodeId) -> impl ExactSizeIterator<Item = Edge> + '_ {
        self.edge_range(node).map(|i| self.edge(EdgeId::new(i)))
    }

    /// One edge.
    #[inline]
    pub fn edge(&self, id: EdgeId) -> Edge {
        let packed = self.edges[id.index()];
        Edge {
            id,
            kind: packed.kind(),
            to: packed.to(),
            name: self.edge_names[id.index()],
        }
    }

    /// The node at which an edge starts. O(log nodes).
    pub fn edge_source(&self, edge: EdgeId) -> NodeId {
        NodeId::new(self.first_edges.partition_point(|&first| first <= edge) - 1)
    }

    /// The text of an edge's name; an index in decimal.
    pub fn edge_label(&self, edge: Edge) -> std::borrow::Cow<'_, str> {
        match edge.name() {
            EdgeName::Name(name) => self.strings.get(name).into(),
            EdgeName::Index(index) => index.to_string().into(),
        }
    }

    /// The target of the first edge of this kind and name from a node.
    pub fn target(&self, node: NodeId, kind: EdgeKind, name: &str) -> Option<NodeId> {
        self.edges(node)
            .find(|edge| {
                edge.kind == kind
                    && matches!(edge.name(), EdgeName::Name(id) if self.strings.get(id) == name)
            })
            .map(|edge| edge.to)
    }

    /// The string table.
    pub fn strings(&self) -> &Strings {
        &self.strings
    }

    /// Source positions as the capture gave them, sorted by node.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// Source position of one node.
    pub fn location(&self, node: NodeId) -> Option<&Location> {
        let at = self
            .locations
            .binary_search_by_key(&node, |l| l.node)
            .ok()?;
        Some(&self.locations[at])
    }

    /// The largest odd object id: ids of later objects are all larger (see
    /// [`object_id`](Self::object_id)); 0 if the graph has no object ids.
    pub fn newest_object_id(&self) -> u32 {
        let odd = self.object_ids.iter().filter(|&&id| id % 2 == 1);
        odd.copied().max().unwrap_or(0)
    }

    /// Bytes of memory the graph holds.
    pub fn memory_bytes(&self) -> usize {
        self.kinds.len() * 13
            + self.self_sizes.memory_bytes()
            + self.edges.len() * 8
            + std::mem::size_of_val(self.locations.as_slice())
            + self.strings.memory_bytes()
    }
}
