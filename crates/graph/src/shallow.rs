//! Shallow sizes as DevTools shows them: an object's hidden parts count as the object's own.
//!
//! The elements of an array, the table of a Map or the text of an external string are nodes of
//! their own in a snapshot. Where such a node is reached (over non-weak edges) from exactly one
//! owner, its size moves to that owner. Snapshots without user roots were taken with V8's
//! internals exposed; they are left as they are.
//!
//! Time O(n + m); temporaries 4 bytes a node and the work list.

use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::HeapGraph;
use crate::sizes::SizeColumn;

const UNVISITED: u32 = u32::MAX;
const SEVERAL_OWNERS: u32 = u32::MAX - 1;

/// Sizes after every hidden part's size moved to its owner. The sum stays the same.
pub fn shallow_sizes(graph: &HeapGraph) -> SizeColumn {
    let mut sizes: SizeColumn = (graph.nodes().map(|node| graph.self_size(node))).collect();
    let has_user_roots = graph
        .edges(NodeId::ROOT)
        .any(|edge| graph.is_user_root(edge.to));
    if !has_user_roots {
        return sizes;
    }
    let owners = owners(graph);
    for node in graph.nodes() {
        let owner = owners[node.index()];
        if owner >= SEVERAL_OWNERS || owner == node.0 {
            continue;
        }
        let owner = NodeId(owner);
        if owner == NodeId::ROOT || graph.kind(owner) == NodeKind::Synthetic {
            continue;
        }
        let moved = sizes.get(node);
        sizes.set(node, 0);
        sizes.add(owner, moved);
    }
    sizes
}

/// The owner of each node: itself, another node, or one of the two special values.
fn owners(graph: &HeapGraph) -> Vec<u32> {
    let external_string = graph.strings().find("system / ExternalStringData");
    let is_part = |node: NodeId| match graph.kind(node) {
        NodeKind::Hidden | NodeKind::Array => true,
        NodeKind::Native => Some(graph.name_id(node)) == external_string,
        _ => false,
    };
    let mut owners: Vec<u32> = (graph.nodes())
        .map(|node| if is_part(node) { UNVISITED } else { node.0 })
        .collect();
    let mut pending = Vec::new();
    for start in graph.nodes() {
        if owners[start.index()] == start.0 {
            pending.push(start);
            spread(graph, &mut owners, &mut pending);
        }
    }
    owners
}

/// Hands the owner of each pending node on to the parts it refers to. A node is pending at most
/// twice: when it gets an owner and when it turns out to have several.
fn spread(graph: &HeapGraph, owners: &mut [u32], pending: &mut Vec<NodeId>) {
    while let Some(node) = pending.pop() {
        let owner = owners[node.index()];
        for link in graph.links(node) {
            let to = link.to();
            let target = owners[to.index()];
            if link.kind() == EdgeKind::Weak
                || target == to.0
                || target == owner
                || target == SEVERAL_OWNERS
            {
                continue;
            }
            owners[to.index()] = if target == UNVISITED {
                owner
            } else {
                SEVERAL_OWNERS
            };
            pending.push(to);
        }
    }
}
