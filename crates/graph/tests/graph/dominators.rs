use std::sync::atomic::{AtomicUsize, Ordering};

use heapwatch_graph::{
    CancelToken, DominatedNodes, Dominators, EdgeKind, EssentialEdges, GraphBuilder, GraphError,
    HeapGraph, NodeId, NodeKind, NodeRecord, Progress, SizeColumn, Stage, StringId, shallow_sizes,
};
use heapwatch_testing::naive::NaiveDominators;
use heapwatch_testing::{GraphShape, TestHeap, heap, print_graph, random_graph};

fn dominators(graph: &HeapGraph) -> (Dominators, EssentialEdges, SizeColumn) {
    let essential = EssentialEdges::new(graph);
    let shallow = shallow_sizes(graph);
    let dominators = Dominators::compute(graph, &shallow, &Progress::none()).unwrap();
    (dominators, essential, shallow)
}

fn assert_idoms(heap: &TestHeap, expected: &[(&str, &str)]) {
    let (dominators, ..) = dominators(heap.graph());
    for (node, idom) in expected {
        let found = heap.label(dominators.idom(heap[node]));
        assert_eq!(found, *idom, "the dominator of {node}\n{heap}");
    }
}

#[test]
fn a_shared_node_is_dominated_by_the_nearest_common_holder() {
    let heap = heap()
        .property("top", "top")
        .object("top", "Top")
        .property("left", "left")
        .property("right", "right")
        .object("left", "Left")
        .property("shared", "shared")
        .object("right", "Right")
        .property("shared", "shared")
        .object("shared", "Shared")
        .property("own", "own")
        .object("own", "Own")
        .build();
    assert_idoms(
        &heap,
        &[
            ("root", "root"),
            ("top", "root"),
            ("left", "top"),
            ("shared", "top"),
            ("own", "shared"),
        ],
    );
}

#[test]
fn an_edge_back_to_a_holder_changes_nothing() {
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .property("b", "b")
        .object("b", "B")
        .property("parent", "a")
        .property("root", "root")
        .build();
    assert_idoms(&heap, &[("a", "root"), ("b", "a"), ("root", "root")]);
}

#[test]
fn the_value_of_a_weak_map_is_dominated_by_its_key() {
    let heap = heap()
        .property("map", "map")
        .property("key", "key")
        .object("key", "Key")
        .object("value", "Value")
        .weak_map("map")
        .weak_map_entry("map", "key", "value")
        .build();
    assert_idoms(
        &heap,
        &[("value", "key"), ("map.table", "map"), ("key", "root")],
    );
}

#[test]
fn a_node_that_is_only_held_weakly_hangs_off_the_root_with_what_it_holds() {
    let heap = heap()
        .property("cache", "cache")
        .object("cache", "Cache")
        .weak("entry", "entry")
        .object("entry", "Entry")
        .property("data", "data")
        .object("data", "Data")
        .build();
    assert_idoms(&heap, &[("entry", "root"), ("data", "entry")]);
}

#[test]
fn a_node_held_weakly_shares_what_another_holds_strongly() {
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .property("data", "data")
        .weak("b", "b")
        .object("b", "B")
        .property("data", "data")
        .object("data", "Data")
        .build();
    assert_idoms(&heap, &[("b", "root"), ("data", "root")]);
}

#[test]
fn nodes_that_only_hold_each_other_hang_off_the_root_one_by_one() {
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .object("x", "X")
        .property("y", "y")
        .object("y", "Y")
        .property("x", "x")
        .property("z", "z")
        .object("z", "Z")
        .build();
    assert_idoms(&heap, &[("x", "root"), ("y", "root"), ("z", "root")]);
}

#[test]
fn nodes_that_only_hold_each_other_take_nothing_from_others() {
    let heap = heap()
        .object("x", "X")
        .property("y", "y")
        .property("data", "data")
        .object("y", "Y")
        .property("x", "x")
        .object("data", "Data")
        .at("root")
        .property("a", "a")
        .object("a", "A")
        .property("data", "data")
        .build();
    assert_idoms(&heap, &[("data", "a"), ("x", "root")]);
}

#[test]
fn a_graph_of_the_root_alone_is_its_own_dominator() {
    let heap = heap().size(7).build();
    let (dominators, ..) = dominators(heap.graph());
    assert_eq!(dominators.idom(NodeId::ROOT), NodeId::ROOT);
    assert_eq!(dominators.retained(NodeId::ROOT), 7);
    assert_eq!(dominators.chain(NodeId::ROOT).count(), 0);
    assert!(DominatedNodes::new(&dominators).of(NodeId::ROOT).is_empty());
}

#[test]
fn retained_sizes_beyond_4_gib_are_exact() {
    let big = u64::from(u32::MAX);
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .size(10)
        .property("b", "b")
        .property("c", "c")
        .object("b", "B")
        .size(big)
        .object("c", "C")
        .size(big - 1)
        .build();
    let (dominators, ..) = dominators(heap.graph());
    assert_eq!(dominators.retained(heap["a"]), 2 * big + 9);
    assert_eq!(dominators.retained(heap["b"]), big);
    assert_eq!(dominators.retained(heap["c"]), big - 1);
}

#[test]
fn the_chain_leads_from_the_dominator_to_the_root() {
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .property("b", "b")
        .object("b", "B")
        .property("c", "c")
        .object("c", "C")
        .build();
    let (dominators, ..) = dominators(heap.graph());
    let chain: Vec<_> = dominators
        .chain(heap["c"])
        .map(|node| heap.label(node))
        .collect();
    assert_eq!(chain, ["b", "a", "root"]);
}

#[test]
fn dominators_and_retained_sizes_of_random_graphs_are_those_by_definition() {
    for shape in GraphShape::ALL {
        for seed in 0..400 {
            let graph = random_graph(shape, seed);
            let (dominators, essential, shallow) = dominators(&graph);
            let naive = NaiveDominators::new(&graph, |edge| essential.contains(edge));
            for node in graph.nodes() {
                let what = || format!("{shape:?} seed {seed} {node:?}\n{}", print_graph(&graph));
                assert_eq!(dominators.idom(node), naive.idom(node), "{}", what());
                let expected = naive.retained(node, |n| shallow.get(n));
                assert_eq!(dominators.retained(node), expected, "{}", what());
            }
        }
    }
}

#[test]
fn dominated_nodes_are_the_dominators_turned_around() {
    for shape in GraphShape::ALL {
        for seed in 1000..1100 {
            let graph = random_graph(shape, seed);
            let (dominators, ..) = dominators(&graph);
            let dominated = DominatedNodes::new(&dominators);
            for node in graph.nodes() {
                let expected: Vec<_> = (graph.nodes().skip(1))
                    .filter(|&n| dominators.idom(n) == node)
                    .collect();
                assert_eq!(
                    dominated.of(node),
                    expected,
                    "{shape:?} seed {seed} {node:?}"
                );
            }
        }
    }
}

#[test]
fn the_root_retains_everything() {
    for shape in GraphShape::ALL {
        for seed in 2000..2050 {
            let graph = random_graph(shape, seed);
            let (dominators, ..) = dominators(&graph);
            let retained = dominators.retained(NodeId::ROOT);
            assert_eq!(retained, graph.total_size(), "{shape:?} seed {seed}");
        }
    }
}

/// A list of `len` cells, each with a value that an index holds as well. Walking up the tree one
/// node at a time takes `len`² / 2 steps here: 45 billion for 300,000.
fn indexed_list(len: u32) -> HeapGraph {
    let mut graph = GraphBuilder::new();
    let name = graph.strings.push("");
    let mut node = |kind, edge_count| {
        let record = NodeRecord {
            kind,
            name,
            object_id: 0,
            self_size: 1,
            edge_count,
            detachedness: 0,
        };
        graph.push_node(record).unwrap();
    };
    node(NodeKind::Synthetic, 2);
    node(NodeKind::Array, len);
    for cell in 0..len {
        node(NodeKind::Object, if cell + 1 < len { 2 } else { 1 });
        node(NodeKind::Object, 0);
    }
    let cell = |i: u32| NodeId(2 + 2 * i);
    let value = |i: u32| NodeId(3 + 2 * i);
    let mut edge = |to| graph.push_edge(EdgeKind::Property, 0, to).unwrap();
    edge(cell(0));
    edge(NodeId(1));
    (0..len).for_each(|i| edge(value(i)));
    for i in 0..len {
        if i + 1 < len {
            edge(cell(i + 1));
        }
        edge(value(i));
    }
    graph.finish().unwrap()
}

#[test]
fn a_long_list_whose_values_are_indexed_elsewhere_finishes() {
    let len = 300_000;
    let graph = indexed_list(len);
    assert_eq!(graph.name_id(NodeId(1)), StringId(0));
    let (dominators, ..) = dominators(&graph);
    for i in 0..len {
        let (cell, value) = (NodeId(2 + 2 * i), NodeId(3 + 2 * i));
        let before = if i == 0 { NodeId::ROOT } else { NodeId(2 * i) };
        assert_eq!(dominators.idom(cell), before);
        assert_eq!(dominators.idom(value), NodeId::ROOT);
        assert_eq!(dominators.retained(cell), u64::from(len - i));
    }
}

#[test]
fn cancelled_work_stops_with_an_error() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let graph = heap().build().into_graph();
    let shallow = shallow_sizes(&graph);
    let progress = Progress::new(cancel, &|_, _| {});
    let result = Dominators::compute(&graph, &shallow, &progress);
    assert!(matches!(result, Err(GraphError::Cancelled)));
}

#[test]
fn progress_is_reported_by_stage() {
    let reports = AtomicUsize::new(0);
    let report = |stage, done| {
        assert_eq!(stage, Stage::Dominators);
        assert!((0.0..=1.0).contains(&done));
        reports.fetch_add(1, Ordering::Relaxed);
    };
    let graph = heap().build().into_graph();
    let shallow = shallow_sizes(&graph);
    let progress = Progress::new(CancelToken::new(), &report);
    Dominators::compute(&graph, &shallow, &progress).unwrap();
    assert!(reports.into_inner() > 0);
}
