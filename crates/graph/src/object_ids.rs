//! From V8's object ids to nodes. 4 bytes a node.

use crate::ids::NodeId;
use crate::model::HeapGraph;

/// Finds nodes by object id.
#[derive(Debug)]
pub struct ObjectIds {
    by_id: Vec<NodeId>,
}

impl ObjectIds {
    /// Sorts all nodes by object id. O(n log n).
    pub fn new(graph: &HeapGraph) -> Self {
        let mut by_id: Vec<NodeId> = graph.nodes().collect();
        by_id.sort_unstable_by_key(|&node| (graph.object_id(node), node));
        Self { by_id }
    }

    /// The first node with this object id. O(log n).
    pub fn find(&self, graph: &HeapGraph, object_id: u32) -> Option<NodeId> {
        let at = (self.by_id).partition_point(|&node| graph.object_id(node) < object_id);
        let node = *self.by_id.get(at)?;
        (graph.object_id(node) == object_id).then_some(node)
    }
}
