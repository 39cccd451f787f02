//! Shallow sizes from the definition: a hidden part belongs to whoever reaches it through nothing
//! but hidden parts, if that is one node only.

use heapwatch_graph::{EdgeKind, HeapGraph, NodeId, NodeKind};

use super::is_document_dom_trees;

/// Bytes of every node after the sizes of hidden parts moved to their owners.
pub fn naive_shallow_sizes(graph: &HeapGraph) -> Vec<u64> {
    let mut sizes: Vec<u64> = graph.nodes().map(|node| graph.self_size(node)).collect();
    let is_program = |node| graph.kind(node) != NodeKind::Synthetic;
    let is_user_root = |node| is_program(node) || is_document_dom_trees(graph, node);
    if !graph.edges(NodeId::ROOT).any(|edge| is_user_root(edge.to)) {
        return sizes;
    }
    let parts_of: Vec<Vec<bool>> = (graph.nodes())
        .map(|owner| reached_through_parts(graph, owner))
        .collect();
    for part in graph.nodes().filter(|&node| is_part(graph, node)) {
        let owners: Vec<NodeId> = (graph.nodes())
            .filter(|&owner| !is_part(graph, owner) && parts_of[owner.index()][part.index()])
            .collect();
        if let [owner] = owners[..]
            && owner != NodeId::ROOT
            && is_program(owner)
        {
            sizes[owner.index()] += sizes[part.index()];
            sizes[part.index()] = 0;
        }
    }
    sizes
}

fn is_part(graph: &HeapGraph, node: NodeId) -> bool {
    match graph.kind(node) {
        NodeKind::Hidden | NodeKind::Array => true,
        NodeKind::Native => graph.name(node) == "system / ExternalStringData",
        _ => false,
    }
}

fn reached_through_parts(graph: &HeapGraph, owner: NodeId) -> Vec<bool> {
    let mut reached = vec![false; graph.node_count()];
    let mut pending = vec![owner];
    while let Some(node) = pending.pop() {
        for edge in graph.edges(node) {
            let is_new = !reached[edge.to.index()] && is_part(graph, edge.to);
            if edge.kind != EdgeKind::Weak && is_new {
                reached[edge.to.index()] = true;
                pending.push(edge.to);
            }
        }
    }
    reached
}
