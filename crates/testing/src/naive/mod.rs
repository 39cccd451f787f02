//! The clever algorithms once more, slow and straight from their definitions. Meant for graphs of
//! some dozen nodes.

mod classes;
mod dominators;
mod essential;
mod paths;
mod shallow;

pub use classes::naive_class_retained;
pub use dominators::NaiveDominators;
pub use essential::naive_essential;
pub use paths::naive_path_costs;
pub use shallow::naive_shallow_sizes;

use heapwatch_graph::{HeapGraph, NodeId, NodeKind};

/// Whether the node groups the DOM trees of a browser's page.
fn is_document_dom_trees(graph: &HeapGraph, node: NodeId) -> bool {
    graph.kind(node) == NodeKind::Synthetic && graph.name(node) == "(Document DOM trees)"
}
