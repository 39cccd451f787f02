use heapwatch_graph::{NodeKind, shallow_sizes};
use heapwatch_testing::naive::naive_shallow_sizes;
use heapwatch_testing::{FixtureBuilder, GraphShape, heap, print_graph, random_graph};

fn assert_sizes(listing: &FixtureBuilder, expected: &[(&str, u64)]) {
    let heap = listing.build();
    let sizes = shallow_sizes(heap.graph());
    for (label, bytes) in expected {
        assert_eq!(sizes.get(heap[label]), *bytes, "{label}\n{heap}");
    }
    assert_eq!(sizes.total(), heap.graph().total_size());
}

#[test]
fn the_size_of_a_backing_store_moves_to_its_object() {
    let mut heap = heap();
    heap.property("list", "list")
        .js_array("list", &["a"])
        .object("a", "A")
        .size(5);
    assert_sizes(&heap, &[("list", 32 + 24), ("list.elements", 0), ("a", 5)]);
}

#[test]
fn parts_of_parts_move_to_the_object_too() {
    let mut heap = heap();
    heap.property("a", "a")
        .object("a", "A")
        .size(1)
        .internal("part", "part")
        .array("part")
        .size(10)
        .internal("inner", "inner")
        .hidden("inner", "system / Inner")
        .size(100);
    assert_sizes(&heap, &[("a", 111), ("part", 0), ("inner", 0)]);
}

#[test]
fn a_part_of_two_objects_keeps_its_size_and_so_do_its_own_parts() {
    let mut heap = heap();
    heap.property("a", "a")
        .property("b", "b")
        .object("a", "A")
        .size(1)
        .internal("part", "part")
        .object("b", "B")
        .size(2)
        .internal("part", "part")
        .array("part")
        .size(10)
        .internal("inner", "inner")
        .array("inner")
        .size(100);
    assert_sizes(&heap, &[("a", 1), ("b", 2), ("part", 10), ("inner", 100)]);
}

#[test]
fn a_weak_edge_makes_no_owner() {
    let mut heap = heap();
    heap.property("a", "a")
        .property("b", "b")
        .object("a", "A")
        .size(1)
        .internal("part", "part")
        .object("b", "B")
        .size(2)
        .weak("part", "part")
        .array("part")
        .size(10);
    assert_sizes(&heap, &[("a", 11), ("b", 2), ("part", 0)]);
}

#[test]
fn roots_own_nothing() {
    let mut heap = heap();
    heap.property("global", "global")
        .element(1, "gc roots")
        .internal("of the root", "of the root")
        .object("global", "global")
        .synthetic("gc roots", "(GC roots)")
        .element(0, "part")
        .array("part")
        .size(10)
        .array("of the root")
        .size(20);
    assert_sizes(
        &heap,
        &[
            ("gc roots", 0),
            ("part", 10),
            ("root", 0),
            ("of the root", 20),
        ],
    );
}

#[test]
fn the_text_of_an_external_string_moves_and_other_native_memory_does_not() {
    let mut heap = heap();
    heap.property("text", "text")
        .property("buffer", "buffer")
        .string("text", "...")
        .size(1)
        .internal("data", "data")
        .native("data", "system / ExternalStringData")
        .size(1000)
        .object("buffer", "ArrayBuffer")
        .size(2)
        .internal("backing_store", "store")
        .native("store", "system / JSArrayBufferData")
        .size(500);
    let expected = [("text", 1001), ("data", 0), ("buffer", 2), ("store", 500)];
    assert_sizes(&heap, &expected);
}

#[test]
fn nothing_moves_without_user_roots() {
    let mut heap = heap();
    heap.element(1, "gc roots")
        .synthetic("gc roots", "(GC roots)")
        .element(0, "a")
        .object("a", "A")
        .size(1)
        .internal("part", "part")
        .array("part")
        .size(10);
    assert_sizes(&heap, &[("a", 1), ("part", 10)]);
}

#[test]
fn a_size_may_grow_beyond_4_gib_when_it_moves() {
    let big = u64::from(u32::MAX) - 1;
    let mut heap = heap();
    heap.property("a", "a")
        .object("a", "A")
        .size(big)
        .internal("part", "part")
        .array("part")
        .size(big);
    assert_sizes(&heap, &[("a", 2 * big), ("part", 0)]);
}

#[test]
fn a_size_beyond_4_gib_moves_whole() {
    let big = u64::from(u32::MAX) + 1;
    let mut heap = heap();
    heap.property("a", "a")
        .object("a", "A")
        .size(1)
        .internal("part", "part")
        .array("part")
        .size(big);
    assert_sizes(&heap, &[("a", big + 1), ("part", 0)]);
}

#[test]
fn shallow_sizes_of_random_graphs_are_those_by_definition() {
    let mut moved = 0;
    for shape in GraphShape::ALL {
        for seed in 0..400 {
            let graph = random_graph(shape, seed);
            let sizes = shallow_sizes(&graph);
            let expected = naive_shallow_sizes(&graph);
            for node in graph.nodes() {
                assert_eq!(
                    sizes.get(node),
                    expected[node.index()],
                    "{shape:?} seed {seed} {node:?}\n{}",
                    print_graph(&graph)
                );
                let is_array = graph.kind(node) == NodeKind::Array;
                moved += usize::from(is_array && sizes.get(node) < graph.self_size(node));
            }
        }
    }
    assert!(
        moved > 1000,
        "only {moved} sizes moved: the graphs test little"
    );
}
