//! The mutable stage of a graph. Every source of objects fills one and calls
//! [`GraphBuilder::finish`], which checks all indexes and publishes the immutable [`HeapGraph`].
//!
//! Nodes and edges may come in any order relative to each other; edges must come grouped by their
//! source node in the order of the nodes, as many as each node announced. Columns grow with what
//! arrives, never with what is announced.

use crate::error::{GraphError, Limit, Section};
use crate::ids::{EdgeId, NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::locations::Location;
use crate::model::{HeapGraph, PackedEdge};
use crate::sizes::SizeColumn;
use crate::strings::StringsBuilder;

/// One node as its source tells it.
#[derive(Clone, Copy, Debug)]
pub struct NodeRecord {
    /// Kind of the object.
    pub kind: NodeKind,
    /// Its name, an index into the string table.
    pub name: StringId,
    /// The id that V8 gives the object (`@123` in DevTools).
    pub object_id: u32,
    /// Size of the object itself in bytes.
    pub self_size: u64,
    /// How many edges start here.
    pub edge_count: u32,
    /// V8's word on whether the object is detached: 0 unknown, 1 attached, 2 detached.
    pub detachedness: u8,
}

/// Collects nodes, edges, locations and strings.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    kinds: Vec<NodeKind>,
    names: Vec<StringId>,
    object_ids: Vec<u32>,
    self_sizes: SizeColumn,
    attached: Vec<NodeId>,
    detached: Vec<NodeId>,
    first_edges: Vec<EdgeId>,
    announced_edges: u64,
    edges: Vec<PackedEdge>,
    edge_names: Vec<u32>,
    locations: Vec<Location>,
    /// The string table; strings may be added at any time before `finish`.
    pub strings: StringsBuilder,
}

impl GraphBuilder {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a node and gives its id.
    ///
    /// # Errors
    /// [`GraphError::TooLarge`] beyond [`HeapGraph::MAX_NODES`] nodes or `u32::MAX` edges.
    #[inline]
    pub fn push_node(&mut self, node: NodeRecord) -> Result<NodeId, GraphError> {
        let index = self.kinds.len();
        if index >= HeapGraph::MAX_NODES {
            return Err(too_large(Limit::Nodes, HeapGraph::MAX_NODES as u64));
        }
        let id = NodeId::new(index);
        self.first_edges.push(EdgeId(self.announced_edges as u32));
        self.announced_edges += u64::from(node.edge_count);
        if self.announced_edges > u64::from(u32::MAX) {
            return Err(too_large(Limit::Edges, u64::from(u32::MAX)));
        }
        self.kinds.push(node.kind);
        self.names.push(node.name);
        self.object_ids.push(node.object_id);
        self.self_sizes.push(node.self_size);
        match node.detachedness {
            1 => self.attached.push(id),
            2 => self.detached.push(id),
            _ => {}
        }
        Ok(id)
    }

    /// Appends an edge of the next node that still lacks some.
    /// `name_or_index` is a [`StringId`]'s number, or the index itself if
    /// [`EdgeKind::is_indexed`].
    ///
    /// # Errors
    /// [`GraphError::TooLarge`] beyond `u32::MAX` edges or for a target beyond
    /// [`HeapGraph::MAX_NODES`].
    #[inline]
    pub fn push_edge(
        &mut self,
        kind: EdgeKind,
        name_or_index: u32,
        to: NodeId,
    ) -> Result<(), GraphError> {
        if self.edges.len() >= u32::MAX as usize {
            return Err(too_large(Limit::Edges, u64::from(u32::MAX)));
        }
        if to.index() >= HeapGraph::MAX_NODES {
            return Err(too_large(Limit::Nodes, HeapGraph::MAX_NODES as u64));
        }
        self.edges.push(PackedEdge::new(kind, to));
        self.edge_names.push(name_or_index);
        Ok(())
    }

    /// Adds the source position of a closure or of an object's constructor.
    pub fn push_location(&mut self, location: Location) {
        self.locations.push(location);
    }

    /// How many nodes there are so far.
    pub fn node_count(&self) -> usize {
        self.kinds.len()
    }

    /// How many edges there are so far.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// How many edges the nodes so far announced.
    pub fn announced_edges(&self) -> u64 {
        self.announced_edges
    }

    /// Bytes that the columns and the text hold so far (lengths, not capacities: untouched
    /// capacity is not resident).
    pub fn memory_bytes(&self) -> u64 {
        let nodes = self.kinds.len() * 13 + self.self_sizes.memory_bytes();
        let edges = self.edges.len() * 8;
        let locations = self.locations.len() * size_of::<Location>();
        (nodes + edges + locations + self.strings.text_bytes() + self.strings.len() * 4) as u64
    }

    /// Checks every index and publishes the graph.
    ///
    /// # Errors
    /// [`GraphError::Syntax`] (offset 0: the position is no longer known) if there is no node, if
    /// the edges are not as many as the nodes announced, or if an edge or name points outside.
    pub fn finish(mut self) -> Result<HeapGraph, GraphError> {
        self.check()?;
        self.self_sizes.shrink_to_fit();
        self.first_edges.push(EdgeId::new(self.edges.len()));
        self.locations.retain(|l| l.node.index() < self.kinds.len());
        self.locations.sort_unstable_by_key(|l| l.node);
        self.locations.dedup_by_key(|l| l.node);
        Ok(HeapGraph {
            kinds: shrunk(self.kinds),
            names: shrunk(self.names),
            object_ids: shrunk(self.object_ids),
            self_sizes: self.self_sizes,
            attached: shrunk(self.attached),
            detached: shrunk(self.detached),
            first_edges: shrunk(self.first_edges),
            edges: shrunk(self.edges),
            edge_names: shrunk(self.edge_names),
            locations: shrunk(self.locations),
            strings: self.strings.finish(),
        })
    }

    fn check(&self) -> Result<(), GraphError> {
        if self.kinds.is_empty() {
            return Err(wrong(Section::Nodes, "at least one node", "none"));
        }
        if self.announced_edges != self.edges.len() as u64 {
            let expected = format!("{} edges, as the nodes announce", self.announced_edges);
            return Err(wrong(Section::Edges, expected, self.edges.len()));
        }
        let (nodes, strings) = (self.kinds.len(), self.strings.len());
        if let Some(edge) = self.edges.iter().find(|e| e.to().index() >= nodes) {
            let expected = format!("a target below {nodes}");
            return Err(wrong(Section::Edges, expected, edge.to().0));
        }
        if let Some(name) = self.names.iter().find(|n| n.index() >= strings) {
            let expected = format!("a name below {strings}");
            return Err(wrong(Section::Nodes, expected, name.0));
        }
        let bad_name = (self.edges.iter().zip(&self.edge_names))
            .find(|(e, name)| !e.kind().is_indexed() && **name as usize >= strings);
        if let Some((_, name)) = bad_name {
            let expected = format!("a name below {strings}");
            return Err(wrong(Section::Edges, expected, name));
        }
        Ok(())
    }
}

fn shrunk<T>(mut column: Vec<T>) -> Vec<T> {
    column.shrink_to_fit();
    column
}

fn too_large(what: Limit, allowed: u64) -> GraphError {
    GraphError::TooLarge { what, allowed }
}

fn wrong(section: Section, expected: impl ToString, found: impl ToString) -> GraphError {
    GraphError::Syntax {
        section,
        offset: 0,
        expected: expected.to_string(),
        found: found.to_string(),
    }
}
