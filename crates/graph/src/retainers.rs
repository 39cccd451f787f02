//! The graph turned around: which edges lead to a node. 4 bytes a node and 4 an edge.

use crate::counting_sort::Offsets;
use crate::ids::{EdgeId, NodeId};
use crate::model::HeapGraph;

/// The incoming edges of every node.
#[derive(Debug)]
pub struct Retainers {
    first: Vec<u32>,
    edges: Vec<EdgeId>,
}

impl Retainers {
    /// Sorts all edges by target. Linear.
    pub fn new(graph: &HeapGraph) -> Self {
        let targets = graph.edges.iter().map(|edge| edge.to().0);
        let mut first = Offsets::new(graph.node_count(), targets);
        let mut edges = vec![EdgeId(0); graph.edge_count()];
        for (i, edge) in graph.edges.iter().enumerate() {
            edges[first.next(edge.to().0)] = EdgeId::new(i);
        }
        Self {
            first: first.finish(),
            edges,
        }
    }

    /// The edges that lead to `node`, in the order of their sources.
    pub fn of(&self, node: NodeId) -> &[EdgeId] {
        let i = node.index();
        &self.edges[self.first[i] as usize..self.first[i + 1] as usize]
    }
}
