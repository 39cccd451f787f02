use heapwatch_graph::{AccessPaths, EdgeLabels, Keys, NodeKind};
use heapwatch_testing::{AnalyzedTestHeap, heap};

fn labels(heap: &AnalyzedTestHeap, from: &str) -> Vec<String> {
    let labels = EdgeLabels::new(heap);
    let edges = heap.graph().edges(heap[from]);
    edges.map(|edge| labels.label(heap[from], edge)).collect()
}

#[test]
fn properties_elements_and_variables_are_labelled_as_in_source_code() {
    let heap = heap()
        .property("a", "x")
        .property("not a name", "x")
        .property("say \"hi\"", "x")
        .element(3, "x")
        .variable("receipts", "x")
        .internal("table", "x")
        .hidden_edge(7, "gone")
        .object("x", "X")
        .object("gone", "HTMLDivElement")
        .detached()
        .analyze();
    assert_eq!(
        labels(&heap, "root"),
        [
            ".a",
            "[\"not a name\"]",
            "[\"say \\\"hi\\\"\"]",
            "[3]",
            "receipts",
            "<table>",
            "<7> <detached>"
        ]
    );
}

#[test]
fn slots_of_tables_are_labelled_by_key() {
    let heap = heap()
        .property("map", "map")
        .property("set", "set")
        .property("weak", "weak")
        .string("k", "key")
        .object("o", "O")
        .map("map", &[("k", "o"), ("o", "o")])
        .set("set", &["o"])
        .weak_map("weak")
        .at("weak.table")
        .size(16 + 8 * 11)
        .weak_map_entry("weak", "o", "k")
        .analyze();
    let map = ["Map.keys{*}", "Map[\"key\"]", "Map.keys{*}", "Map[*]"];
    assert_eq!(labels(&heap, "map.table"), map);
    assert_eq!(labels(&heap, "set.table"), ["Set{*}"]);
    let weak = ["WeakMap.keys{*}", "WeakMap[*]", "WeakMap[*]"];
    assert_eq!(labels(&heap, "weak.table"), weak);
    assert_eq!(labels(&heap, "o"), ["WeakMap[*]"]);
}

#[test]
fn long_keys_are_cut() {
    let heap = heap()
        .property("map", "map")
        .string("k", &"ž".repeat(50))
        .object("v", "V")
        .map("map", &[("k", "v")])
        .analyze();
    let expected = format!("Map[\"{}…\"]", "ž".repeat(40));
    assert_eq!(labels(&heap, "map.table")[1], expected);
}

#[test]
fn an_object_is_named_from_the_nearest_variable_class_or_function_on() {
    let heap = heap()
        .property("scope", "scope")
        .property("store", "store")
        .property("cache", "cache")
        .context("scope")
        .variable("listeners", "listeners")
        .object("x", "Object")
        .object("y", "Object")
        .object("z", "Object")
        .string("order", "order")
        .js_array("array", &["x"])
        .map("listeners", &[("order", "array")])
        .object("store", "OrderStore")
        .property("pending", "y")
        .closure("cache", "Cache")
        .property("entries", "z")
        .analyze();
    let shown = AccessPaths::new(&heap, Keys::Shown);
    let merged = AccessPaths::new(&heap, Keys::Merged);
    assert_eq!(shown.of(heap["listeners"]), "listeners");
    assert_eq!(shown.of(heap["x"]), "listeners[\"order\"][0]");
    assert_eq!(merged.of(heap["x"]), "listeners[*][*]");
    assert_eq!(shown.of(heap["y"]), "OrderStore.pending");
    assert_eq!(shown.of(heap["z"]), "Cache.entries");
}

#[test]
fn keys_of_a_dictionary_are_merged_and_names_of_properties_are_not() {
    let heap = heap()
        .property("scope", "scope")
        .context("scope")
        .variable("byId", "dictionary")
        .object("dictionary", "Object")
        .property("a1", "x")
        .internal("properties", "table")
        .node("table", NodeKind::Array, "(object properties)")
        .size(16 + 8 * 18)
        .object("x", "Object")
        .property("items", "y")
        .object("y", "Object")
        .analyze();
    let merged = AccessPaths::new(&heap, Keys::Merged);
    assert_eq!(merged.of(heap["y"]), "byId[*].items");
    let shown = AccessPaths::new(&heap, Keys::Shown);
    assert_eq!(shown.of(heap["y"]), "byId.a1.items");
}

#[test]
fn a_name_of_many_parts_is_cut_at_the_front() {
    let mut fixture = heap();
    fixture.property("n0", "n0");
    for i in 0..20 {
        let next = format!("n{}", i + 1);
        fixture
            .object(&format!("n{i}"), "Object")
            .property(&next, &next);
    }
    fixture.object("n20", "Object");
    let heap = fixture.analyze();
    let name = AccessPaths::new(&heap, Keys::Shown).of(heap["n20"]);
    assert_eq!(name, "….n15.n16.n17.n18.n19.n20");
}
