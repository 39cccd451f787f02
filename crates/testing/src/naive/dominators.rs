//! Dominators by definition: delete a node and see what can no longer be reached. O(n·m) time,
//! n² bits.

use heapwatch_graph::{EdgeId, HeapGraph, NodeId};

/// Which node dominates which.
#[derive(Debug)]
pub struct NaiveDominators {
    /// `dominates[d][v]`: every path from the root to `v` leads through `d`.
    dominates: Vec<Vec<bool>>,
}

impl NaiveDominators {
    /// Tries every node. `retains` says which edges count.
    ///
    /// Nodes that nothing retains count as held by the root. Nodes that only hold each other are
    /// dominated by themselves and the root, and the edges that start there do not count.
    pub fn new(graph: &HeapGraph, retains: impl Fn(EdgeId) -> bool) -> Self {
        let successors = successors(graph, retains);
        let reachable = reach(&successors, None);
        let dominates = (0..graph.node_count())
            .map(|deleted| {
                let left = reach(&successors, Some(deleted));
                (0..graph.node_count())
                    .map(|node| node == deleted || deleted == 0 || reachable[node] && !left[node])
                    .collect()
            })
            .collect();
        Self { dominates }
    }

    /// Whether every path from the root to `node` leads through `dominator`.
    pub fn dominates(&self, dominator: NodeId, node: NodeId) -> bool {
        self.dominates[dominator.index()][node.index()]
    }

    /// The immediate dominator: of a node's dominators other than itself, the one that all the
    /// others dominate. The root is its own.
    pub fn idom(&self, node: NodeId) -> NodeId {
        let strict = || {
            (0..self.dominates.len())
                .map(NodeId::new)
                .filter(|&d| d != node && self.dominates(d, node))
        };
        let nearest = strict().find(|&d| strict().all(|other| self.dominates(other, d)));
        nearest.unwrap_or(NodeId::ROOT)
    }

    /// Bytes of all nodes that `node` dominates, itself included.
    pub fn retained(&self, node: NodeId, shallow: impl Fn(NodeId) -> u64) -> u64 {
        (0..self.dominates.len())
            .map(NodeId::new)
            .filter(|&dominated| self.dominates(node, dominated))
            .map(shallow)
            .sum()
    }
}

/// The targets of each node's retaining edges; of the root also the nodes that nothing retains.
fn successors(graph: &HeapGraph, retains: impl Fn(EdgeId) -> bool) -> Vec<Vec<usize>> {
    let mut is_retained = vec![false; graph.node_count()];
    let mut successors = vec![Vec::new(); graph.node_count()];
    for node in graph.nodes() {
        for edge in graph.edges(node).filter(|edge| retains(edge.id)) {
            successors[node.index()].push(edge.to.index());
            is_retained[edge.to.index()] = true;
        }
    }
    let orphans = (1..graph.node_count()).filter(|&node| !is_retained[node]);
    successors[0].extend(orphans);
    successors
}

fn reach(successors: &[Vec<usize>], deleted: Option<usize>) -> Vec<bool> {
    let mut reached = vec![false; successors.len()];
    let mut pending = vec![0];
    while let Some(node) = pending.pop() {
        if Some(node) != deleted && !reached[node] {
            reached[node] = true;
            pending.extend(&successors[node]);
        }
    }
    reached
}
