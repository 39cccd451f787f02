//! Graphs as text, for the messages of failed tests.

use std::fmt::Write;

use heapwatch_graph::HeapGraph;

/// Larger graphs are cut here: nobody reads more in a failure message.
const MAX_NODES: usize = 300;

/// One line a node, then one line an edge below it:
///
/// ```text
/// #1 object "Map" @3 32 B
///     -internal table-> #2
/// ```
pub fn print_graph(graph: &HeapGraph) -> String {
    let mut out = String::new();
    for node in graph.nodes().take(MAX_NODES) {
        let _ = writeln!(
            out,
            "#{} {} {:?} @{} {} B",
            node.0,
            graph.kind(node).name(),
            graph.name(node),
            graph.object_id(node),
            graph.self_size(node),
        );
        for edge in graph.edges(node) {
            let (kind, label) = (edge.kind.name(), graph.edge_label(edge));
            let _ = writeln!(out, "    -{kind} {label}-> #{}", edge.to.0);
        }
    }
    let left = graph.node_count().saturating_sub(MAX_NODES);
    if left > 0 {
        let _ = writeln!(out, "... and {left} nodes more");
    }
    out
}
