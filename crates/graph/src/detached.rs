//! Native nodes that are detached from the document or environment they belonged to.
//!
//! The embedder says so for some nodes; as in DevTools the word spreads to the native nodes that
//! these refer to. Attached wins: what an attached node refers to is attached. The state does not
//! spread through JavaScript objects, nor over weak and hidden edges.
//!
//! Linear time; one bit a node, and nothing at all if no node is detached.

use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::HeapGraph;
use crate::node_set::NodeSet;

/// The native nodes that are detached, sorted.
pub(crate) fn detached_natives(graph: &HeapGraph) -> Vec<NodeId> {
    if graph.detached.is_empty() {
        return Vec::new();
    }
    let mut visited = NodeSet::new(graph.node_count());
    let (mut attached, mut found) = (Vec::new(), Vec::new());
    for &node in &graph.attached {
        visit(graph, &mut visited, node, &mut attached);
    }
    for &node in &graph.detached {
        visit(graph, &mut visited, node, &mut found);
    }
    while let Some(node) = attached.pop() {
        for target in targets(graph, node) {
            visit(graph, &mut visited, target, &mut attached);
        }
    }
    let mut next = 0;
    while let Some(&node) = found.get(next) {
        next += 1;
        for target in targets(graph, node) {
            visit(graph, &mut visited, target, &mut found);
        }
    }
    found.sort_unstable();
    found
}

fn visit(graph: &HeapGraph, visited: &mut NodeSet, node: NodeId, found: &mut Vec<NodeId>) {
    if visited.insert(node) && graph.kind(node) == NodeKind::Native {
        found.push(node);
    }
}

fn targets(graph: &HeapGraph, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    (graph.edges(node))
        .filter(|edge| !matches!(edge.kind, EdgeKind::Weak | EdgeKind::Hidden))
        .map(|edge| edge.to)
}
