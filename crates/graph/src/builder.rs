//! The mutable stage of a graph. Every source of objects fills one and calls
//! [`GraphBuilder::finish`], which checks all indexes and publishes the immutable [`HeapGraph`].
//!
//! Nodes and edges may come in any order relative to each other; edges must come grouped by their
//! source node in the order of the nodes, as many as each node announced. Columns grow with what
//! arrives, never with what is announced.

use std::cmp::Ordering;
use std::ops::Range;

use crate::edge_names::{EdgeNamesBuilder, EdgePlace};
use crate::error::{GraphError, Limit, Section};
use crate::first_edges::FirstEdges;
use crate::id_column::IdColumn;
use crate::ids::{EdgeId, NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::location_column::LocationColumnBuilder;
use crate::locations::Location;
use crate::model::{HeapGraph, PackedEdge};
use crate::node_heads::{NodeHead, NodeHeadsBuilder};
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
    heads: NodeHeadsBuilder,
    object_ids: IdColumn,
    attached: Vec<NodeId>,
    detached: Vec<NodeId>,
    first_edges: FirstEdges,
    announced_edges: u64,
    edges: Vec<PackedEdge>,
    edge_names: EdgeNamesBuilder,
    source: Source,
    locations: LocationColumnBuilder,
    /// The string table; strings may be added at any time before `finish`.
    pub strings: StringsBuilder,
}

/// The node whose edges are being pushed.
#[derive(Debug, Default)]
struct Source {
    edges: Range<u32>,
    /// Number of the node behind it.
    next: usize,
}

impl Source {
    /// How many edges the source of the next edge has before that one; `None` if the node isn't
    /// there yet.
    #[inline(always)]
    fn position(&mut self, next_edge: u32, first_edges: &FirstEdges, end: u64) -> Option<u32> {
        while next_edge >= self.edges.end {
            let (node, next) = (self.next, self.next + 1);
            let end = match next.cmp(&first_edges.len()) {
                Ordering::Less => first_edges.get(NodeId::new(next)).0,
                Ordering::Equal => end as u32,
                Ordering::Greater => return None,
            };
            self.edges = first_edges.get(NodeId::new(node)).0..end;
            self.next = next;
        }
        Some(next_edge - self.edges.start)
    }
}

impl GraphBuilder {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty graph of nodes and edges that mostly share their names and sizes. It takes less
    /// memory and some more time to build; any others are as right in it.
    pub fn sharing() -> Self {
        Self {
            heads: NodeHeadsBuilder::sharing(),
            edge_names: EdgeNamesBuilder::sharing(),
            ..Self::default()
        }
    }

    /// Appends a node and gives its id.
    ///
    /// # Errors
    /// [`GraphError::TooLarge`] beyond [`HeapGraph::MAX_NODES`] nodes or `u32::MAX` edges.
    #[inline]
    pub fn push_node(&mut self, node: NodeRecord) -> Result<NodeId, GraphError> {
        let index = self.node_count();
        if index >= HeapGraph::MAX_NODES {
            return Err(too_large(Limit::Nodes, HeapGraph::MAX_NODES as u64));
        }
        let id = NodeId::new(index);
        let announced_edges = self.announced_edges + u64::from(node.edge_count);
        if announced_edges > u64::from(u32::MAX) {
            return Err(too_large(Limit::Edges, u64::from(u32::MAX)));
        }
        self.first_edges.push(EdgeId(self.announced_edges as u32));
        self.announced_edges = announced_edges;
        self.heads.push(NodeHead {
            kind: node.kind,
            name: node.name,
            self_size: node.self_size,
        });
        self.object_ids.push(node.object_id);
        match node.detachedness {
            1 => self.attached.push(id),
            2 => self.detached.push(id),
            _ => {}
        }
        Ok(id)
    }

    /// Appends an edge of the next node that still lacks some.
    /// `name_or_index` is a [`StringId`]'s number, or the index itself if
    /// [`EdgeKind::is_indexed`], or a slot's number from
    /// [`EdgeName::FIRST_SLOT`](crate::EdgeName::FIRST_SLOT) on.
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
        let edge = self.place_of_next(kind);
        self.edge_names.push(edge, name_or_index);
        self.edges.push(PackedEdge::new(kind, to));
        if self.edge_names.is_too_narrow() {
            self.widen_names();
        }
        Ok(())
    }

    #[inline(always)]
    fn place_of_next(&mut self, kind: EdgeKind) -> EdgePlace {
        let id = EdgeId::new(self.edges.len());
        let mut position = 0;
        if self.edge_names.needs_positions() {
            let found = (self.source).position(id.0, &self.first_edges, self.announced_edges);
            match found {
                Some(found) => position = found,
                None => self.widen_names(),
            }
        }
        EdgePlace { id, kind, position }
    }

    #[cold]
    fn widen_names(&mut self) {
        let mut source = Source::default();
        let edges = self.edges.iter().enumerate().map(|(i, edge)| EdgePlace {
            id: EdgeId::new(i),
            kind: edge.kind(),
            position: source
                .position(i as u32, &self.first_edges, self.announced_edges)
                .unwrap_or(0),
        });
        self.edge_names.widen(edges);
    }

    /// Adds the source position of a closure or of an object's constructor.
    pub fn push_location(&mut self, location: Location) {
        self.locations.push(location);
    }

    /// How many nodes there are so far.
    pub fn node_count(&self) -> usize {
        self.first_edges.len()
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
        let first_edges = self.first_edges.memory_bytes();
        let nodes =
            self.heads.heads().memory_bytes() + self.object_ids.memory_bytes() + first_edges;
        let edges = size_of_val(self.edges.as_slice()) + self.edge_names.names().memory_bytes();
        let locations = self.locations.memory_bytes();
        (nodes + edges + locations + self.strings.text_bytes() + self.strings.len() * 4) as u64
    }

    /// Checks every index and publishes the graph.
    ///
    /// # Errors
    /// [`GraphError::Syntax`] (offset 0: the position is no longer known) if there is no node, if
    /// the edges are not as many as the nodes announced, or if an edge or name points outside.
    pub fn finish(mut self) -> Result<HeapGraph, GraphError> {
        self.check()?;
        let nodes = self.node_count();
        self.first_edges.push(EdgeId::new(self.edges.len()));
        self.first_edges.shrink_to_fit();
        self.object_ids.shrink_to_fit();
        Ok(HeapGraph {
            heads: self.heads.finish(),
            object_ids: self.object_ids,
            attached: shrunk(self.attached),
            detached: shrunk(self.detached),
            first_edges: self.first_edges,
            edges: shrunk(self.edges),
            edge_names: self.edge_names.finish(),
            locations: self.locations.finish(nodes),
            strings: self.strings.finish(),
        })
    }

    fn check(&self) -> Result<(), GraphError> {
        if self.node_count() == 0 {
            return Err(wrong(Section::Nodes, "at least one node", "none"));
        }
        if self.announced_edges != self.edges.len() as u64 {
            let expected = format!("{} edges, as the nodes announce", self.announced_edges);
            return Err(wrong(Section::Edges, expected, self.edges.len()));
        }
        let (nodes, strings) = (self.node_count(), self.strings.len());
        if let Some(edge) = self.edges.iter().find(|e| e.to().index() >= nodes) {
            let expected = format!("a target below {nodes}");
            return Err(wrong(Section::Edges, expected, edge.to().0));
        }
        if let Some(name) = (self.heads.heads().names()).find(|n| n.index() >= strings) {
            let expected = format!("a name below {strings}");
            return Err(wrong(Section::Nodes, expected, name.0));
        }
        let largest_name = self.edge_names.largest_name();
        if let Some(name) = largest_name.filter(|&name| name as usize >= strings) {
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
