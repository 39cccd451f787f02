use heapwatch_graph::{ClassFilter, ClassOrder, ClassSummary, NodeKind};
use heapwatch_testing::naive::{NaiveDominators, naive_class_retained};
use heapwatch_testing::{AnalyzedTestHeap, GraphShape, heap, random_graph};

fn class<'h>(heap: &'h AnalyzedTestHeap, label: &str) -> &'h ClassSummary {
    heap.classes().summary(heap.classes().of(heap[label]))
}

fn same_class(heap: &AnalyzedTestHeap, a: &str, b: &str) -> bool {
    heap.classes().of(heap[a]) == heap.classes().of(heap[b])
}

#[test]
fn nodes_that_are_no_objects_fall_into_groups() {
    let groups = [
        (NodeKind::Hidden, "(system)"),
        (NodeKind::Code, "(compiled code)"),
        (NodeKind::Closure, "Function"),
        (NodeKind::RegExp, "RegExp"),
        (NodeKind::Native, "x"),
        (NodeKind::Object, "x"),
        (NodeKind::String, "(string)"),
        (NodeKind::ConsString, "(concatenated string)"),
        (NodeKind::SlicedString, "(sliced string)"),
        (NodeKind::Array, "(array)"),
        (NodeKind::Number, "(number)"),
        (NodeKind::Symbol, "(symbol)"),
        (NodeKind::BigInt, "(bigint)"),
        (NodeKind::Synthetic, "(synthetic)"),
        (NodeKind::ObjectShape, "(object shape)"),
    ];
    for (kind, expected) in groups {
        let heap = heap().property("x", "x").node("x", kind, "x").analyze();
        assert_eq!(class(&heap, "x").name, expected, "{}", kind.name());
    }
}

#[test]
fn classes_of_one_name_from_two_places_stay_apart() {
    let heap = heap()
        .property("f", "f")
        .closure("f", "f")
        .written_at("/app/a.js", 1, 1)
        .object("a", "User")
        .written_at("/app/a.js", 3, 1)
        .object("b", "User")
        .written_at("/app/a.js", 30, 1)
        .object("c", "User")
        .written_at("/app/a.js", 3, 1)
        .object("d", "User")
        .analyze();
    assert!(same_class(&heap, "a", "c"));
    assert!(!same_class(&heap, "a", "b"));
    assert!(!same_class(&heap, "a", "d"));
    assert_eq!(class(&heap, "a").count, 2);
    let location = class(&heap, "b").location.as_ref().unwrap();
    assert_eq!(
        (location.url.as_str(), location.line, location.column),
        ("/app/a.js", 30, 1)
    );
    assert_eq!(class(&heap, "d").location, None);
    assert_eq!(class(&heap, "b").name, "User");
}

#[test]
fn functions_of_different_places_are_one_class() {
    let heap = heap()
        .closure("f", "f")
        .written_at("/app/a.js", 1, 1)
        .closure("g", "g")
        .written_at("/app/a.js", 2, 1)
        .analyze();
    assert!(same_class(&heap, "f", "g"));
}

#[test]
fn markup_goes_by_its_tag() {
    for kind in [NodeKind::Native, NodeKind::Object] {
        let heap = heap()
            .node("a", kind, "<div id=\"a\" class=\"b\">")
            .node("b", kind, "<div>")
            .node("c", kind, "<span x>")
            .node("d", kind, "Detached <div id=\"a\">")
            .node("e", kind, "a <div>")
            .node("f", kind, "<p")
            .analyze();
        assert!(same_class(&heap, "a", "b"));
        let names = ["a", "c", "d", "e", "f"].map(|label| class(&heap, label).name.as_str());
        assert_eq!(
            names,
            ["<div>", "<span>", "Detached <div>", "a <div>", "<p"]
        );
    }
}

#[test]
fn keys_have_the_constructors_position_where_it_is_known() {
    let heap = heap()
        .object("a", "User")
        .located(7, 2, 3)
        .object("b", "User")
        .closure("f", "f")
        .located(7, 0, 0)
        .node("native", NodeKind::Native, "User")
        .analyze();
    let keys = ["a", "b", "f", "native"].map(|label| class(&heap, label).key.as_str());
    assert_eq!(keys, ["7,2,3,User", ",User", ",Function", ",User"]);
    assert!(same_class(&heap, "b", "native"));
}

#[test]
fn a_plain_object_with_a_position_goes_by_both() {
    let heap = heap()
        .object("a", "Object")
        .located(7, 2, 3)
        .property("id", "root")
        .object("b", "Object")
        .located(7, 2, 3)
        .property("id", "root")
        .object("c", "Object")
        .property("id", "root")
        .analyze();
    assert_eq!(class(&heap, "a").key, "7,2,3,{id}");
    assert!(same_class(&heap, "a", "b"));
    assert_eq!(class(&heap, "c").key, ",{id}");
}

#[test]
fn instances_without_bytes_do_not_count() {
    let heap = heap()
        .property("a", "a")
        .object("a", "User")
        .size(0)
        .property("b", "b")
        .object("b", "User")
        .size(10)
        .property("c", "c")
        .object("c", "User")
        .size(5)
        .object("d", "Empty")
        .size(0)
        .analyze();
    let users = class(&heap, "a");
    assert_eq!((users.count, users.self_size, users.retained), (2, 15, 15));
    let listed = (heap.classes()).list(ClassOrder::Count, &ClassFilter::default());
    assert!(listed.iter().all(|(_, class)| class.name == "User"));
}

#[test]
fn a_list_counts_its_tail_once() {
    let heap = heap()
        .property("list", "0")
        .object("0", "Cell")
        .size(10)
        .property("next", "1")
        .object("1", "Cell")
        .size(10)
        .property("next", "2")
        .object("2", "Cell")
        .size(10)
        .property("data", "data")
        .object("data", "Data")
        .size(100)
        .analyze();
    assert_eq!(class(&heap, "0").retained, 130);
    assert_eq!(class(&heap, "0").self_size, 30);
    assert_eq!(class(&heap, "data").retained, 100);
}

#[test]
fn instances_side_by_side_count_each() {
    let heap = heap()
        .property("a", "a")
        .property("b", "b")
        .object("a", "User")
        .size(10)
        .property("name", "name")
        .string("name", "...")
        .size(5)
        .object("b", "User")
        .size(10)
        .analyze();
    assert_eq!(class(&heap, "a").retained, 25);
}

#[test]
fn lists_are_sorted_filtered_and_cut() {
    let heap = heap()
        .property("big", "big")
        .property("s1", "s1")
        .property("s2", "s2")
        .object("big", "Big")
        .size(100)
        .object("s1", "Small")
        .size(1)
        .property("held", "held")
        .object("s2", "Small")
        .size(1)
        .string("held", "...")
        .size(1000)
        .analyze();
    let names = |order, contains: Option<&str>, limit| -> Vec<&str> {
        let name_contains = contains.map(str::to_owned);
        let filter = ClassFilter {
            name_contains,
            limit,
        };
        let listed = heap.classes().list(order, &filter);
        listed
            .iter()
            .map(|(_, class)| class.name.as_str())
            .collect()
    };
    let by_retained = ["Small", "(string)", "Big"];
    assert_eq!(names(ClassOrder::Retained, None, None), by_retained);
    assert_eq!(
        names(ClassOrder::SelfSize, None, Some(2)),
        ["(string)", "Big"]
    );
    assert_eq!(names(ClassOrder::Count, None, Some(1)), ["Small"]);
    assert_eq!(names(ClassOrder::Count, Some("ig"), None), ["Big"]);
    assert!(names(ClassOrder::Count, Some("nothing"), None).is_empty());
}

#[test]
fn sums_of_random_graphs_are_those_by_definition() {
    for shape in GraphShape::ALL {
        for seed in 0..150 {
            let graph = random_graph(shape, seed);
            let progress = heapwatch_graph::Progress::none();
            let heap = heapwatch_graph::AnalyzedHeap::new(graph, &progress).unwrap();
            let (graph, classes) = (heap.graph(), heap.classes());
            let naive = NaiveDominators::new(graph, |edge| heap.essential().contains(edge));
            for (id, summary) in classes.list(ClassOrder::Count, &ClassFilter::default()) {
                let what = format!("{shape:?} seed {seed} {}", summary.name);
                let instances = || {
                    let of_class = graph.nodes().filter(|&node| classes.of(node) == id);
                    of_class.filter(|&node| heap.shallow(node) > 0)
                };
                assert_eq!(summary.count, instances().count() as u64, "{what}");
                let self_size: u64 = instances().map(|node| heap.shallow(node)).sum();
                assert_eq!(summary.self_size, self_size, "{what}");
                let retained =
                    naive_class_retained(graph, classes, id, &naive, |node| heap.shallow(node));
                assert_eq!(summary.retained, retained, "{what}");
            }
        }
    }
}
