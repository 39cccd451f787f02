//! From V8's object ids to nodes. 8 bytes a node.
//!
//! A counting sort by the upper bits of the ids, with about as many buckets as there are nodes:
//! V8 numbers objects one after the other, so a bucket holds a few nodes and the whole is linear.
//! Within a bucket nodes are sorted by id, which bounds what a file with other ids can cost.

use crate::counting_sort::Offsets;
use crate::ids::NodeId;
use crate::model::HeapGraph;

/// Finds nodes by object id.
#[derive(Debug)]
pub struct ObjectIds {
    /// Bits of an id that do not choose the bucket.
    shift: u32,
    first: Vec<u32>,
    nodes: Vec<NodeId>,
}

impl ObjectIds {
    /// Sorts all nodes by object id. Linear for ids as V8 gives them, at most O(n log n).
    pub fn new(graph: &HeapGraph) -> Self {
        let ids = || graph.nodes().map(|node| graph.object_id(node));
        let largest = ids().max().unwrap_or(0);
        let mut shift = 0;
        while (largest >> shift) as usize > graph.node_count() {
            shift += 1;
        }
        let buckets = (largest >> shift) as usize + 1;
        let mut first = Offsets::new(buckets, ids().map(|id| id >> shift));
        let mut nodes = vec![NodeId::ROOT; graph.node_count()];
        for (node, id) in graph.nodes().zip(ids()) {
            nodes[first.next(id >> shift)] = node;
        }
        let first = first.finish();
        for bucket in first.windows(2).filter(|bucket| bucket[1] - bucket[0] > 1) {
            let nodes = &mut nodes[bucket[0] as usize..bucket[1] as usize];
            nodes.sort_unstable_by_key(|&node| (graph.object_id(node), node));
        }
        Self {
            shift,
            first,
            nodes,
        }
    }

    /// The first node with this object id. O(log n), constant for ids as V8 gives them.
    pub fn find(&self, graph: &HeapGraph, object_id: u32) -> Option<NodeId> {
        let bucket = (object_id >> self.shift) as usize;
        let end = *self.first.get(bucket + 1)?;
        let nodes = &self.nodes[self.first[bucket] as usize..end as usize];
        let at = nodes.partition_point(|&node| graph.object_id(node) < object_id);
        let node = *nodes.get(at)?;
        (graph.object_id(node) == object_id).then_some(node)
    }
}
