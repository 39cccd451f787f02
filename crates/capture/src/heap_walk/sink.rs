//! Where a walk's graph goes: into a [`BoundedBuilder`] at once, or through a stream out of a forked
//! child.

use heapwatch_graph::{
    EdgeKind, GraphBuilder, GraphError, HeapGraph, Limit, Location, NodeId, NodeKind, NodeRecord,
    StringId,
};

/// A node without its references.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WalkedNode {
    /// Kind of the object.
    pub(crate) kind: NodeKind,
    /// Number of its name.
    pub(crate) name: u32,
    /// Bytes of the object itself.
    pub(crate) self_size: u64,
    /// Where the function, or the constructor of the object, is in its script.
    pub(crate) position: Option<ScriptPosition>,
}

/// A position in a script, line and column from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ScriptPosition {
    pub(crate) script_id: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A reference of the node that it comes with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WalkedEdge {
    /// Kind of the reference.
    pub(crate) kind: EdgeKind,
    /// Number of its name, or the index itself, by kind; or a slot's number from
    /// [`FIRST_SLOT`](heapwatch_graph::EdgeName::FIRST_SLOT) on.
    pub(crate) name_or_index: u32,
    /// Number of the target.
    pub(crate) to: u32,
}

/// What takes a graph node by node. Names come before what uses them, and are numbered from 0 in
/// the order they come; so are nodes.
pub(crate) trait GraphSink {
    /// Why the sink can't go on.
    type Error;

    /// The next name.
    fn name(&mut self, text: &str) -> Result<(), Self::Error>;

    /// The next node with all its references.
    fn node(&mut self, node: &WalkedNode, edges: &[WalkedEdge]) -> Result<(), Self::Error>;

    /// How many objects are done: each counts once when it is found, once when it is written.
    fn progress(&mut self, _done: u64) {}
}

/// Builds a graph that takes no more memory than allowed.
pub(crate) struct BoundedBuilder {
    builder: GraphBuilder,
    max_bytes: u64,
    until_check: u32,
}

/// How many nodes and names come between two looks at the memory.
const CHECK_INTERVAL: u32 = 1024;

impl BoundedBuilder {
    pub(crate) fn new(max_bytes: Option<u64>) -> Self {
        BoundedBuilder {
            // Strings have no text in a walk, so there are few names.
            builder: GraphBuilder::sharing(),
            max_bytes: max_bytes.unwrap_or(u64::MAX),
            until_check: CHECK_INTERVAL,
        }
    }

    pub(crate) fn into_builder(self) -> GraphBuilder {
        self.builder
    }

    fn check(&mut self) -> Result<(), GraphError> {
        self.until_check -= 1;
        if self.until_check == 0 {
            self.until_check = CHECK_INTERVAL;
            if self.builder.memory_bytes() > self.max_bytes {
                return Err(GraphError::TooLarge {
                    what: Limit::MemoryBytes,
                    allowed: self.max_bytes,
                });
            }
        }
        Ok(())
    }
}

impl GraphSink for BoundedBuilder {
    type Error = GraphError;

    fn name(&mut self, text: &str) -> Result<(), GraphError> {
        self.builder.strings.push(text);
        self.check()
    }

    fn node(&mut self, node: &WalkedNode, edges: &[WalkedEdge]) -> Result<(), GraphError> {
        let id = self.builder.push_node(NodeRecord {
            kind: node.kind,
            name: StringId(node.name),
            object_id: HeapGraph::numbered_id(NodeId::new(self.builder.node_count())),
            self_size: node.self_size,
            edge_count: u32::try_from(edges.len()).unwrap_or(u32::MAX),
            detachedness: 0,
        })?;
        for edge in edges {
            self.builder
                .push_edge(edge.kind, edge.name_or_index, NodeId(edge.to))?;
        }
        if let Some(position) = node.position {
            self.builder.push_location(Location {
                node: id,
                script_id: position.script_id,
                line: position.line,
                column: position.column,
            });
        }
        self.check()
    }
}
