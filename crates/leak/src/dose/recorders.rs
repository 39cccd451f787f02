//! What mock functions of test runners remember of their calls. It grows with every call, because it
//! is meant to, and the test asked for it: it is no leak of the code under test.
//!
//! A recorder is known by its fields (Jest, Vitest, sinon) or its class (node:test). What can be
//! reached from the root only through recorders is theirs: one search of the graph, O(n + m), and only
//! if there is a recorder.

use heapwatch_graph::{EdgeKind, EdgeName, HeapGraph, NodeId, NodeKind};

/// Fields that the record of a mock function has in Jest and in Vitest.
const FIELDS: [&str; 3] = ["calls", "results", "invocationCallOrder"];
/// Fields of sinon's spies, which are functions.
const SPY_FIELDS: [&str; 3] = ["returnValues", "thisValues", "callIds"];
/// node:test's record.
const CLASS: &str = "MockFunctionContext";

/// For each node whether it is held for a recorder alone; `None` if there is no recorder.
pub(super) fn recorded(graph: &HeapGraph) -> Option<Vec<bool>> {
    let is_recorder = recorders(graph)?;
    let mut is_recorded = vec![true; graph.node_count()];
    is_recorded[NodeId::ROOT.index()] = false;
    let mut pending = vec![NodeId::ROOT];
    while let Some(node) = pending.pop() {
        if is_recorder[node.index()] {
            continue;
        }
        for edge in graph.edges(node).filter(|edge| edge.kind != EdgeKind::Weak) {
            let recorded = &mut is_recorded[edge.to.index()];
            if *recorded {
                *recorded = false;
                pending.push(edge.to);
            }
        }
    }
    Some(is_recorded)
}

fn recorders(graph: &HeapGraph) -> Option<Vec<bool>> {
    let mut is_recorder = vec![false; graph.node_count()];
    let by_fields = Fields::new(graph, FIELDS);
    let by_spy_fields = Fields::new(graph, SPY_FIELDS);
    let class = graph.strings().find(CLASS);
    let mut is_any = false;
    for node in graph.nodes() {
        let fields = match graph.kind(node) {
            NodeKind::Object if class == Some(graph.name_id(node)) => None,
            NodeKind::Object => Some(&by_fields),
            NodeKind::Closure => Some(&by_spy_fields),
            _ => continue,
        };
        if fields.is_none_or(|fields| fields.are_of(graph, node)) {
            is_recorder[node.index()] = true;
            is_any = true;
        }
    }
    is_any.then_some(is_recorder)
}

/// Names of fields that an object must have.
struct Fields {
    names: Option<[heapwatch_graph::StringId; 3]>,
}

impl Fields {
    fn new(graph: &HeapGraph, names: [&str; 3]) -> Self {
        let [a, b, c] = names.map(|name| graph.strings().find(name));
        Self {
            names: a.zip(b).zip(c).map(|((a, b), c)| [a, b, c]),
        }
    }

    fn are_of(&self, graph: &HeapGraph, node: NodeId) -> bool {
        let Some(names) = self.names else {
            return false;
        };
        let mut missing = names.len();
        for edge in graph.edges(node) {
            if edge.kind == EdgeKind::Property
                && matches!(graph.edge_name(edge), EdgeName::Name(name) if names.contains(&name))
            {
                missing -= 1;
                if missing == 0 {
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_testing::heap;

    #[test]
    fn what_only_a_mock_remembers_is_recorded() {
        let heap = heap()
            .property("mock", "mock")
            .property("own", "kept")
            .object("mock", "Object")
            .property("calls", "calls")
            .property("results", "results")
            .property("invocationCallOrder", "order")
            .js_array("calls", &["call", "kept"])
            .js_array("results", &[])
            .js_array("order", &[])
            .object("call", "Request")
            .object("kept", "Session")
            .build();
        let recorded = recorded(heap.graph()).expect("there is a mock");
        let of = |label: &str| recorded[heap[label].index()];
        assert!(of("calls") && of("call") && of("results"));
        assert!(!of("mock") && !of("kept"));
    }

    #[test]
    fn a_heap_without_mocks_needs_no_search() {
        let heap = heap()
            .property("a", "a")
            .object("a", "Object")
            .property("calls", "a")
            .property("results", "a")
            .build();
        assert!(recorded(heap.graph()).is_none());
    }
}
