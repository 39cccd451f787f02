//! The graph turned around: which edges lead to a node. 4 bytes a node and 4 an edge.

use crate::dominators::prefix_sums;
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
        let mut first = vec![0u32; graph.node_count() + 1];
        for edge in &graph.edges {
            first[edge.to().index() + 1] += 1;
        }
        prefix_sums(&mut first);
        let mut next = first.clone();
        let mut edges = vec![EdgeId(0); graph.edge_count()];
        for (i, edge) in graph.edges.iter().enumerate() {
            let slot = &mut next[edge.to().index()];
            edges[*slot as usize] = EdgeId::new(i);
            *slot += 1;
        }
        Self { first, edges }
    }

    /// The edges that lead to `node`, in the order of their sources.
    pub fn of(&self, node: NodeId) -> &[EdgeId] {
        let i = node.index();
        &self.edges[self.first[i] as usize..self.first[i + 1] as usize]
    }
}
