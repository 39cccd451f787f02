//! Cheapest paths by Bellman and Ford: relax every edge until nothing gets cheaper. O(n·m).

use heapwatch_graph::{Edge, EdgeId, HeapGraph, NodeId};

/// The cost of the cheapest path from the root to every node over the edges that count; `None` for
/// nodes that none reaches.
pub fn naive_path_costs(
    graph: &HeapGraph,
    counts: impl Fn(EdgeId) -> bool,
    step_cost: impl Fn(Edge) -> u32,
) -> Vec<Option<u32>> {
    let mut costs = vec![None; graph.node_count()];
    costs[NodeId::ROOT.index()] = Some(0);
    loop {
        let mut changed = false;
        for node in graph.nodes() {
            let Some(cost) = costs[node.index()] else {
                continue;
            };
            for edge in graph.edges(node).filter(|edge| counts(edge.id)) {
                let candidate = cost + step_cost(edge);
                let best = &mut costs[edge.to.index()];
                if best.is_none_or(|best| candidate < best) {
                    *best = Some(candidate);
                    changed = true;
                }
            }
        }
        if !changed {
            return costs;
        }
    }
}
