//! Some of the data that accumulates, for reports that are told to hold it (`redact: false`): keys,
//! and contents of strings.

use heapwatch_graph::{AnalyzedHeap, Edge, EdgeName, NodeId};

use crate::group_tree::{GroupId, GroupTree};
use crate::redaction::is_key;

/// Enough to recognise what it is.
const MAX_EXAMPLES: usize = 5;
/// Characters of each.
const MAX_SHOWN: usize = 80;

/// Keys and strings of some members of a group, each once.
pub(super) fn examples(heap: &AnalyzedHeap, tree: &GroupTree, group: GroupId) -> Vec<String> {
    let members = (heap.graph().nodes()).filter(|&node| tree.of(node) == group);
    let mut found: Vec<String> = Vec::new();
    for text in members.filter_map(|node| example(heap, tree, node)) {
        if !found.contains(&text) {
            found.push(text);
        }
        if found.len() == MAX_EXAMPLES {
            break;
        }
    }
    found
}

fn example(heap: &AnalyzedHeap, tree: &GroupTree, node: NodeId) -> Option<String> {
    let graph = heap.graph();
    if graph.kind(node).is_string() {
        return Some(shortened(graph.name(node))).filter(|text| !text.is_empty());
    }
    let edge = graph.edge(tree.edge_from_dominator(node)?);
    is_key(heap, edge).then(|| raw_name(heap, edge))
}

/// The name of a reference as it is.
pub(super) fn raw_name(heap: &AnalyzedHeap, edge: Edge) -> String {
    let graph = heap.graph();
    match graph.edge_name(edge) {
        EdgeName::Name(name) => shortened(graph.strings().get(name)),
        EdgeName::Index(index) => format!("[{index}]"),
    }
}

fn shortened(text: &str) -> String {
    text.chars()
        .take(MAX_SHOWN)
        .collect::<String>()
        .replace(char::is_control, " ")
}
