//! Why objects that were expected to go are still there.
//!
//! Whoever expects that keeps lists of weak references in the heap itself: objects of a class with a
//! name that nobody else uses, each with an array below a property that is its key. A capture then
//! leads from class and key to the array, by index to a `WeakRef`, and by its weak edge to the
//! object. What that says holds for captures of any kind, which need no ids in common.
//!
//! Time O(nodes) to find the lists; the paths to all nodes are computed once for a heap, O(edges).

use heapwatch_graph::{AnalyzedHeap, EdgeKind, EdgeName, GraphError, NodeId, NodeKind};
use heapwatch_graph::{Progress, Stage};

use crate::diagnosis::{report_path, shortened};
use crate::report::ReportStep;
use crate::site_query::NoSources;

/// Nodes between two looks at the cancel flag: well under a millisecond.
const NODES_PER_CHECK: usize = 1 << 16;

/// A path from the root to each object of a list, by index; `None` for an object that is gone or
/// that nothing holds any more.
pub type ExpectedPaths = Vec<Option<Vec<ReportStep>>>;

/// The paths to the objects of several lists; `None` for a list that the capture doesn't have.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn expected_objects(
    heap: &AnalyzedHeap,
    class: &str,
    keys: &[String],
    progress: &Progress<'_>,
) -> Result<Vec<Option<ExpectedPaths>>, GraphError> {
    let graph = heap.graph();
    let mut lists: Vec<Option<NodeId>> = vec![None; keys.len()];
    for (i, node) in graph.nodes().enumerate() {
        if i % NODES_PER_CHECK == 0 {
            progress.at(Stage::Objects, i as f64 / graph.node_count() as f64)?;
        }
        if graph.kind(node) != NodeKind::Object || graph.name(node) != class {
            continue;
        }
        for (list, key) in lists.iter_mut().zip(keys) {
            *list = list.or(graph.target(node, EdgeKind::Property, key));
        }
    }
    progress.at(Stage::Paths, 0.0)?;
    let lists = lists.into_iter();
    Ok(lists
        .map(|list| list.map(|list| paths_of(heap, list)))
        .collect())
}

fn paths_of(heap: &AnalyzedHeap, list: NodeId) -> ExpectedPaths {
    let graph = heap.graph();
    let mut paths = ExpectedPaths::new();
    for edge in graph.edges(list) {
        if let (EdgeKind::Element, EdgeName::Index(index)) = (edge.kind, graph.edge_name(edge)) {
            let index = index as usize;
            paths.resize_with(paths.len().max(index + 1), || None);
            paths[index] = target(heap, edge.to).and_then(|object| path_to(heap, object));
        }
    }
    paths
}

/// What a `WeakRef` refers to.
fn target(heap: &AnalyzedHeap, weak_ref: NodeId) -> Option<NodeId> {
    let mut edges = heap.graph().edges(weak_ref);
    edges
        .find(|edge| edge.kind == EdgeKind::Weak)
        .map(|edge| edge.to)
}

fn path_to(heap: &AnalyzedHeap, object: NodeId) -> Option<Vec<ReportStep>> {
    heap.paths().last_edge(object)?;
    let steps = shortened(heap, heap.paths().to(heap.graph(), object));
    Some(report_path(heap, &steps, &NoSources))
}

#[cfg(test)]
mod tests {
    use heapwatch_graph::Progress;
    use heapwatch_testing::{AnalyzedTestHeap, heap};

    use super::{ExpectedPaths, expected_objects};

    /// Two lists, with an object that a map holds, one that nothing holds and one that is gone.
    fn heap_with_lists() -> AnalyzedTestHeap {
        let mut fixture = heap();
        (fixture.property("list", "list").object("list", "Expected")).property("key1", "refs");
        (fixture.at("root").property("other", "other")).object("other", "Expected");
        fixture.property("key2", "none").object("none", "Array");
        (fixture.object("refs", "Array").element(0, "w0")).element(1, "w1");
        fixture.element(3, "w3");
        fixture.object("w0", "WeakRef").weak("target", "unheld");
        fixture.object("w1", "WeakRef").weak("target", "held");
        fixture.object("w3", "WeakRef");
        fixture
            .object("held", "Session")
            .object("unheld", "Session");
        fixture.at("root").property("sessions", "sessions");
        (fixture.object("sessions", "Object")).property("user:17", "held");
        fixture.analyze()
    }

    fn paths(keys: &[&str]) -> Vec<Option<ExpectedPaths>> {
        let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
        expected_objects(&heap_with_lists(), "Expected", &keys, &Progress::none())
            .expect("not cancelled")
    }

    #[test]
    fn a_held_object_has_a_path_in_names_that_may_be_told() {
        let lists = paths(&["key1"]);
        let list = lists[0].as_ref().expect("the list is there");
        let path = list[1].as_ref().expect("the object is held");
        let told: Vec<_> = (path.iter())
            .map(|step| (step.edge.as_deref(), step.class.as_str()))
            .collect();
        let expected = [
            (None, "(root)"),
            (Some("sessions"), "Object"),
            (Some("[*]"), "Session"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn objects_that_are_gone_or_unheld_have_no_path_and_keep_their_index() {
        let lists = paths(&["key1"]);
        let list = lists[0].as_ref().expect("the list is there");
        let has_path: Vec<bool> = list.iter().map(Option::is_some).collect();
        assert_eq!(has_path, [false, true, false, false]);
    }

    #[test]
    fn lists_go_by_their_key_and_may_be_missing() {
        let lists = paths(&["key2", "key3", "key1"]);
        let lengths: Vec<Option<usize>> = (lists.iter())
            .map(|list| list.as_ref().map(Vec::len))
            .collect();
        assert_eq!(lengths, [Some(0), None, Some(4)]);
    }
}
