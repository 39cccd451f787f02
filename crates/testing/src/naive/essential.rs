//! The rules for edges that retain, one after the other.

use heapwatch_graph::{Edge, EdgeKind, HeapGraph, NodeId};

use super::is_document_dom_trees;

/// For every edge whether it keeps its target alive by the rules of DevTools.
pub fn naive_essential(graph: &HeapGraph) -> Vec<bool> {
    let page_owned = page_owned(graph);
    (graph.nodes())
        .flat_map(|from| graph.edges(from).map(move |edge| (from, edge)))
        .map(|(from, edge)| {
            let from_root = from == NodeId::ROOT;
            let enters_page = page_owned[edge.to.index()] && !page_owned[from.index()];
            edge.kind != EdgeKind::Weak
                && edge.to != from
                && (from_root || edge.kind != EdgeKind::Shortcut)
                && (from_root || !enters_page)
                && !is_table_half(graph, from, edge)
        })
        .collect()
}

/// Whether the edge starts at the very table that its name ends with.
fn is_table_half(graph: &HeapGraph, from: NodeId, edge: Edge) -> bool {
    let label = graph.edge_label(edge);
    edge.kind == EdgeKind::Internal
        && label.contains(" / part of key (")
        && label.ends_with(&format!("(table @{})", graph.object_id(from)))
}

/// What the root's shortcuts and the DOM trees of its documents reach, by repeating until nothing
/// changes.
fn page_owned(graph: &HeapGraph) -> Vec<bool> {
    let mut owned = vec![false; graph.node_count()];
    for edge in graph.edges(NodeId::ROOT) {
        let is_dom = edge.kind == EdgeKind::Element && is_document_dom_trees(graph, edge.to);
        owned[edge.to.index()] |= edge.kind == EdgeKind::Shortcut || is_dom;
    }
    loop {
        let before = owned.clone();
        for node in graph.nodes().filter(|node| before[node.index()]) {
            for edge in graph.edges(node).filter(|e| e.kind != EdgeKind::Weak) {
                owned[edge.to.index()] = true;
            }
        }
        if owned == before {
            return owned;
        }
    }
}
