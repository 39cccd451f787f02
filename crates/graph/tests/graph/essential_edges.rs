use heapwatch_graph::{EdgeId, EdgeKind, EssentialEdges, NodeId};
use heapwatch_testing::naive::naive_essential;
use heapwatch_testing::{GraphShape, TestHeap, heap, print_graph, random_graph};

/// Whether the only edge between two nodes retains.
fn retains(heap: &TestHeap, from: &str, to: &str) -> bool {
    let edges: Vec<_> = (heap.graph().edges(heap[from]))
        .filter(|edge| edge.to == heap[to])
        .collect();
    let [edge] = edges[..] else {
        panic!("{} edges from {from} to {to}\n{heap}", edges.len());
    };
    EssentialEdges::new(heap.graph()).contains(edge.id)
}

#[test]
fn every_kind_but_weak_and_shortcut_retains() {
    let kinds = [
        (EdgeKind::Context, true),
        (EdgeKind::Property, true),
        (EdgeKind::Internal, true),
        (EdgeKind::Unknown, true),
        (EdgeKind::Shortcut, false),
        (EdgeKind::Weak, false),
    ];
    for (kind, expected) in kinds {
        let heap = heap()
            .property("a", "a")
            .object("a", "A")
            .edge(kind, "b", "b")
            .object("b", "B")
            .build();
        assert_eq!(retains(&heap, "a", "b"), expected, "{}", kind.name());
    }
}

#[test]
fn elements_and_hidden_edges_retain() {
    let heap = heap()
        .element(0, "a")
        .object("a", "A")
        .hidden_edge(0, "b")
        .object("b", "B")
        .build();
    assert!(retains(&heap, "root", "a"));
    assert!(retains(&heap, "a", "b"));
}

#[test]
fn weak_edges_of_the_root_do_not_retain() {
    let heap = heap().weak("a", "a").object("a", "A").build();
    assert!(!retains(&heap, "root", "a"));
}

#[test]
fn an_edge_to_the_node_itself_does_not_retain() {
    let heap = heap()
        .property("self", "root")
        .property("a", "a")
        .object("a", "A")
        .property("me", "a")
        .build();
    assert!(!retains(&heap, "a", "a"));
    assert!(!retains(&heap, "root", "root"));
}

#[test]
fn a_shortcut_retains_from_the_root() {
    let heap = heap()
        .shortcut("1", "global")
        .object("global", "global")
        .build();
    assert!(retains(&heap, "root", "global"));
}

fn weak_map() -> TestHeap {
    heap()
        .property("map", "map")
        .property("key", "key")
        .object("key", "Key")
        .object("value", "Value (with brackets)")
        .weak_map("map")
        .build()
}

#[test]
fn a_weak_map_value_is_retained_by_its_key_and_not_by_the_table() {
    let mut listing = heap();
    listing
        .property("map", "map")
        .property("key", "key")
        .object("key", "Key")
        .object("value", "Value (with brackets)")
        .weak_map("map")
        .weak_map_entry("map", "key", "value");
    let heap = listing.build();
    assert!(retains(&heap, "key", "value"));
    let essential = EssentialEdges::new(heap.graph());
    for edge in heap.graph().edges(heap["map.table"]) {
        assert!(!essential.contains(edge.id), "{heap}");
    }
    assert_eq!(heap.graph().out_degree(heap["map.table"]), 3);
}

#[test]
fn the_table_of_a_weak_map_is_retained_by_the_map() {
    assert!(retains(&weak_map(), "map", "map.table"));
}

#[test]
fn an_edge_named_after_another_table_retains() {
    let name = "1 / part of key (K @5) -> value (V @7) pair in WeakMap (table @9)";
    let heap = heap()
        .property("table", "table")
        .array("table")
        .object_id(11)
        .internal(name, "value")
        .object("value", "V")
        .build();
    assert!(retains(&heap, "table", "value"));
}

#[test]
fn a_property_with_the_name_of_a_weak_map_entry_retains() {
    let name = "1 / part of key (K @5) -> value (V @7) pair in WeakMap (table @11)";
    let heap = heap()
        .property("table", "table")
        .array("table")
        .object_id(11)
        .property(name, "value")
        .object("value", "V")
        .build();
    assert!(retains(&heap, "table", "value"));
}

fn program_and_debugger() -> TestHeap {
    heap()
        .shortcut("1", "global")
        .property("debugger", "debugger")
        .object("global", "global")
        .property("session", "session")
        .weak("fake", "debugger")
        .object("session", "Session")
        .property("user", "user")
        .object("debugger", "Debugger")
        .property("looks at", "session")
        .property("own", "state")
        .object("state", "State")
        .object("user", "User")
        .property("lent", "state")
        .build()
}

#[test]
fn what_is_outside_of_the_program_does_not_retain_what_is_inside() {
    let heap = program_and_debugger();
    assert!(!retains(&heap, "debugger", "session"));
    assert!(retains(&heap, "global", "session"));
    assert!(retains(&heap, "session", "user"));
}

#[test]
fn what_the_program_reaches_belongs_to_it_even_if_others_hold_it_too() {
    let heap = program_and_debugger();
    assert!(retains(&heap, "user", "state"));
    assert!(!retains(&heap, "debugger", "state"));
}

#[test]
fn the_root_retains_into_the_program() {
    let heap = heap()
        .shortcut("1", "global")
        .property("also", "session")
        .object("global", "global")
        .property("session", "session")
        .object("session", "Session")
        .build();
    assert!(retains(&heap, "root", "session"));
}

#[test]
fn without_shortcuts_of_the_root_nothing_is_outside() {
    let heap = heap()
        .property("debugger", "debugger")
        .object("debugger", "Debugger")
        .property("looks at", "session")
        .object("session", "Session")
        .build();
    assert!(retains(&heap, "debugger", "session"));
}

#[test]
fn essential_edges_of_random_graphs_are_those_of_the_rules() {
    for shape in GraphShape::ALL {
        for seed in 0..400 {
            let graph = random_graph(shape, seed);
            let essential = EssentialEdges::new(&graph);
            let expected = naive_essential(&graph);
            assert_eq!(expected.len(), graph.edge_count());
            for (i, &expected) in expected.iter().enumerate() {
                let edge = EdgeId::new(i);
                assert_eq!(
                    essential.contains(edge),
                    expected,
                    "{shape:?} seed {seed} edge {i} from {:?}\n{}",
                    graph.edge_source(edge),
                    print_graph(&graph)
                );
            }
        }
    }
}

#[test]
fn random_graphs_have_edges_of_every_sort() {
    let (mut weak, mut own, mut ephemerons, mut outside) = (0, 0, 0, 0);
    for shape in GraphShape::ALL {
        for seed in 0..50 {
            let graph = random_graph(shape, seed);
            let essential = naive_essential(&graph);
            for node in graph.nodes().filter(|&node| node != NodeId::ROOT) {
                for edge in graph.edges(node) {
                    let is_pair = graph.edge_label(edge).contains("part of key");
                    let skipped = !essential[edge.id.index()];
                    weak += usize::from(edge.kind == EdgeKind::Weak);
                    own += usize::from(edge.to == node);
                    ephemerons += usize::from(is_pair && skipped && edge.to != node);
                    outside +=
                        usize::from(skipped && edge.kind == EdgeKind::Property && edge.to != node);
                }
            }
        }
    }
    for (sort, count) in [
        ("weak", weak),
        ("own", own),
        ("pair", ephemerons),
        ("outside", outside),
    ] {
        assert!(count > 100, "{sort}: {count}");
    }
}
