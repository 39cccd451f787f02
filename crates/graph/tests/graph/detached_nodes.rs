//! What native nodes are detached shows in their class.

use heapwatch_testing::{AnalyzedTestHeap, heap};

fn name<'h>(heap: &'h AnalyzedTestHeap, label: &str) -> &'h str {
    heap.class_name(heap[label])
}

#[test]
fn detached_native_nodes_say_so_in_their_class() {
    let heap = heap()
        .native("a", "Node / Hash")
        .detached()
        .native("b", "Node / Hash")
        .native("c", "<div id=a>")
        .detached()
        .object("d", "Wrapper")
        .detached()
        .analyze();
    let names = ["a", "b", "c", "d"].map(|label| name(&heap, label));
    assert_eq!(
        names,
        [
            "Detached Node / Hash",
            "Node / Hash",
            "Detached <div>",
            "Wrapper"
        ]
    );
    assert_eq!(heap.graph().name(heap["a"]), "Node / Hash");
}

#[test]
fn what_a_detached_node_refers_to_is_detached() {
    let heap = heap()
        .native("a", "A")
        .detached()
        .edge(heapwatch_graph::EdgeKind::Property, "b", "b")
        .native("b", "B")
        .element(0, "c")
        .native("c", "C")
        .internal("a", "a")
        .analyze();
    let names = ["a", "b", "c"].map(|label| name(&heap, label));
    assert_eq!(names, ["Detached A", "Detached B", "Detached C"]);
}

#[test]
fn the_state_does_not_spread_through_objects_or_over_weak_and_hidden_edges() {
    let heap = heap()
        .native("a", "A")
        .detached()
        .property("object", "object")
        .weak("weak", "weak")
        .hidden_edge(1, "hidden")
        .object("object", "Wrapper")
        .property("behind", "behind")
        .native("behind", "Behind")
        .native("weak", "Weak")
        .native("hidden", "Hidden")
        .analyze();
    let names = ["object", "behind", "weak", "hidden"].map(|label| name(&heap, label));
    assert_eq!(names, ["Wrapper", "Behind", "Weak", "Hidden"]);
}

#[test]
fn attached_wins_over_detached_but_not_over_the_embedders_own_word() {
    let heap = heap()
        .native("detached", "D")
        .detached()
        .property("shared", "shared")
        .native("attached", "A")
        .attached()
        .property("shared", "shared")
        .property("detached", "detached")
        .native("shared", "S")
        .property("below", "below")
        .native("below", "B")
        .analyze();
    let names = ["detached", "attached", "shared", "below"].map(|label| name(&heap, label));
    assert_eq!(names, ["Detached D", "A", "S", "B"]);
    assert!(heap.graph().is_attached(heap["attached"]));
    assert!(!heap.graph().is_attached(heap["shared"]));
}
