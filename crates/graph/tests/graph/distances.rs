//! Distances from the program's roots and from V8's.

use heapwatch_graph::{Distances, EdgeKind, HeapGraph, NodeId, NodeKind};
use heapwatch_testing::{FixtureBuilder, GraphShape, heap, random_graph};

fn distances<const N: usize>(heap: &FixtureBuilder, labels: [&str; N]) -> [Option<u32>; N] {
    let heap = heap.build();
    let distances = Distances::new(heap.graph());
    labels.map(|label| distances.of(heap[label]))
}

#[test]
fn users_roots_are_at_1_and_what_only_v8_holds_is_far_away() {
    let mut heap = heap();
    heap.shortcut("global", "global")
        .element(1, "roots")
        .object("global", "global")
        .property("near", "near")
        .object("near", "Near")
        .synthetic("roots", "(GC roots)")
        .element(0, "near")
        .element(1, "far")
        .object("far", "Far")
        .property("farther", "farther")
        .object("farther", "Farther")
        .object("unreached", "Unreached");
    assert_eq!(
        distances(
            &heap,
            [
                "root",
                "global",
                "near",
                "roots",
                "far",
                "farther",
                "unreached"
            ]
        ),
        [
            Some(Distances::SYSTEM),
            Some(1),
            Some(2),
            Some(Distances::SYSTEM + 1),
            Some(Distances::SYSTEM + 2),
            Some(Distances::SYSTEM + 3),
            None,
        ]
    );
}

#[test]
fn without_users_roots_distances_start_at_the_root() {
    let mut heap = heap();
    heap.element(1, "roots")
        .synthetic("roots", "(GC roots)")
        .element(0, "a")
        .object("a", "A");
    assert_eq!(
        distances(&heap, ["root", "roots", "a"]),
        [Some(0), Some(1), Some(2)]
    );
}

#[test]
fn the_dom_trees_of_a_page_are_a_users_root() {
    let mut heap = heap();
    heap.element(1, "trees")
        .synthetic("trees", "(Document DOM trees)")
        .element(0, "a")
        .native("a", "A");
    assert_eq!(distances(&heap, ["trees", "a"]), [Some(1), Some(2)]);
}

#[test]
fn weak_references_lead_nowhere() {
    let mut heap = heap();
    heap.shortcut("global", "global")
        .object("global", "global")
        .weak("weak", "a")
        .object("a", "A");
    assert_eq!(distances(&heap, ["a"]), [None]);
}

/// Key at 3, table at 2: the second half seen is the key's.
fn weak_map(value_name: &str) -> FixtureBuilder {
    let entry =
        format!("part of key (Key @3) -> value ({value_name} @5) pair in WeakMap (table @7)");
    let mut heap = heap();
    heap.shortcut("global", "global")
        .object("global", "global")
        .property("table", "table")
        .property("between", "between")
        .object("between", "Between")
        .property("key", "key")
        .array("table")
        .internal(&format!("4 / {entry}"), "value")
        .object("key", "Key")
        .internal(&format!("1 / {entry}"), "value")
        .string("value", value_name);
    heap
}

#[test]
fn a_value_of_a_weak_map_is_behind_the_farther_of_table_and_key() {
    let heap = weak_map("Value");
    assert_eq!(
        distances(&heap, ["table", "key", "value"]),
        [Some(2), Some(3), Some(4)]
    );
}

#[test]
fn a_value_with_a_line_break_is_behind_the_nearer_as_in_devtools() {
    let heap = weak_map("two\nlines");
    assert_eq!(distances(&heap, ["value"]), [Some(3)]);
}

#[test]
fn links_of_descriptor_arrays_to_descriptors_do_not_count() {
    let mut heap = heap();
    heap.shortcut("global", "global")
        .object("global", "global")
        .internal("descriptors", "descriptors")
        .node("descriptors", NodeKind::Array, "(map descriptors)")
        .internal("3", "key")
        .internal("4", "descriptor")
        .hidden_edge(7, "descriptor")
        .string("key", "key")
        .object("descriptor", "Descriptor");
    assert_eq!(distances(&heap, ["key", "descriptor"]), [Some(3), None]);
}

#[test]
fn the_sloppy_function_map_of_a_context_does_not_count() {
    let mut heap = heap();
    heap.shortcut("global", "context")
        .hidden("context", "system / NativeContext")
        .internal("sloppy_function_map", "map")
        .internal("strict_function_map", "other")
        .hidden("map", "system / Map")
        .hidden("other", "system / Map");
    assert_eq!(distances(&heap, ["map", "other"]), [None, Some(2)]);
}

/// By repeating until nothing changes: one more than the nearest retainer.
fn naive_distances(graph: &HeapGraph) -> Vec<Option<u32>> {
    let mut distances = vec![None; graph.node_count()];
    for edge in graph.edges(NodeId::ROOT) {
        if graph.kind(edge.to) != NodeKind::Synthetic {
            distances[edge.to.index()] = Some(1);
        }
    }
    let has_user_roots = distances.contains(&Some(1));
    relax(graph, &mut distances);
    distances[0] = Some(if has_user_roots { Distances::SYSTEM } else { 0 });
    let from_users = distances.clone();
    relax(graph, &mut distances);
    let fixed = |(user, any): (Option<u32>, Option<u32>)| user.or(any);
    from_users.into_iter().zip(distances).map(fixed).collect()
}

fn relax(graph: &HeapGraph, distances: &mut Vec<Option<u32>>) {
    let known = distances.clone();
    loop {
        let before = distances.clone();
        for node in graph.nodes() {
            let Some(distance) = distances[node.index()] else {
                continue;
            };
            for edge in graph.edges(node).filter(|edge| edge.kind != EdgeKind::Weak) {
                let target = &mut distances[edge.to.index()];
                if known[edge.to.index()].is_none() && target.is_none_or(|d| d > distance + 1) {
                    *target = Some(distance + 1);
                }
            }
        }
        if *distances == before {
            return;
        }
    }
}

#[test]
fn distances_in_random_graphs_are_those_by_definition() {
    let mut compared = 0;
    for shape in GraphShape::ALL {
        for seed in 0..100 {
            let graph = random_graph(shape, seed);
            let is_special = |text: &str| text.contains("WeakMap") || text == "(map descriptors)";
            if graph.strings().iter().any(|(_, text)| is_special(text)) {
                continue;
            }
            let distances = Distances::new(&graph);
            let found: Vec<_> = graph.nodes().map(|node| distances.of(node)).collect();
            assert_eq!(found, naive_distances(&graph), "{shape:?} seed {seed}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} graphs without special names");
}
