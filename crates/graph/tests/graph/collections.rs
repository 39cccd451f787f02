use heapwatch_graph::{
    AccessPaths, Collection, CollectionKind, CollectionOrder, CollectionQuery, Contents, Keys,
    NodeKind, Progress, collections,
};
use heapwatch_testing::{AnalyzedTestHeap, GraphShape, heap, random_graph};

fn all(heap: &AnalyzedTestHeap) -> Vec<Collection> {
    let query = CollectionQuery {
        order: CollectionOrder::Retained,
        limit: usize::MAX,
        min_size: 0,
    };
    collections(heap, &query, &Progress::none()).unwrap()
}

fn of(heap: &AnalyzedTestHeap, label: &str) -> (CollectionKind, Contents) {
    let found = all(heap).into_iter().find(|one| one.node == heap[label]);
    let found = found.unwrap_or_else(|| panic!("'{label}' is no collection"));
    (found.kind, found.contents)
}

fn exactly(size: u64, capacity: u64, wasted: u64) -> Contents {
    Contents {
        size: Some(size),
        is_exact: true,
        capacity: Some(capacity),
        wasted: Some(wasted),
    }
}

#[test]
fn maps_and_sets_have_as_many_entries_as_are_visible_in_their_tables() {
    let heap = heap()
        .property("map", "map")
        .property("set", "set")
        .string("k1", "k1")
        .string("k2", "k2")
        .string("k3", "k3")
        .object("v", "V")
        .map("map", &[("k1", "v"), ("k2", "v"), ("k3", "v")])
        .set("set", &["k1", "k2", "v"])
        .analyze();
    assert_eq!(of(&heap, "map"), (CollectionKind::Map, exactly(3, 4, 24)));
    assert_eq!(of(&heap, "set"), (CollectionKind::Set, exactly(3, 4, 16)));
}

#[test]
fn an_entry_counts_once_if_only_its_key_or_only_its_value_is_visible() {
    let heap = heap()
        .property("map", "map")
        .object("map", "Map")
        .internal("table", "table")
        .array("table")
        .size(16 + 8 * 17)
        .internal("5", "key")
        .internal("9", "value")
        .string("key", "a")
        .object("value", "V")
        .analyze();
    assert_eq!(of(&heap, "map"), (CollectionKind::Map, exactly(2, 4, 48)));
}

#[test]
fn a_large_table_that_seems_nearly_empty_is_full_of_invisible_entries() {
    // 64 buckets, 128 entries: V8 would have made the table smaller.
    let heap = heap()
        .property("map", "map")
        .object("map", "Map")
        .internal("table", "table")
        .array("table")
        .size(16 + 8 * (3 + 7 * 64))
        .analyze();
    let unknown = Contents {
        size: None,
        is_exact: false,
        capacity: Some(128),
        wasted: None,
    };
    assert_eq!(of(&heap, "map"), (CollectionKind::Map, unknown));
}

#[test]
fn deleted_entries_are_no_entries_whether_they_are_visible_or_not() {
    let heap = heap()
        .property("shown", "shown")
        .property("hidden", "hidden")
        .hidden("hole", "system / Hole")
        .object("member", "M")
        .set("shown", &["hole", "member"])
        .object("hidden", "Set")
        .internal("table", "hidden.table")
        .array("hidden.table")
        .size(16 + 8 * 13)
        .internal("7", "member")
        .analyze();
    assert_eq!(of(&heap, "shown"), (CollectionKind::Set, exactly(1, 4, 48)));
    // Slot 5 was deleted, or holds a number.
    let at_least_one = Contents {
        is_exact: false,
        ..exactly(1, 4, 48)
    };
    assert_eq!(of(&heap, "hidden"), (CollectionKind::Set, at_least_one));
}

#[test]
fn weak_tables_are_told_apart_by_what_they_hold() {
    let heap = heap()
        .property("map", "map")
        .property("set", "set")
        .property("key", "key")
        .property("value", "value")
        .object("key", "K")
        .object("value", "V")
        .weak_map("map")
        .object("set", "SeenSet")
        .internal("table", "set.table")
        .array("set.table")
        .size(16 + 8 * 11)
        .weak("5", "key")
        .weak("7", "value")
        .at("map.table")
        .size(16 + 8 * 11)
        .weak_map_entry("map", "key", "value")
        .analyze();
    assert_eq!(
        of(&heap, "map"),
        (CollectionKind::WeakMap, exactly(1, 4, 48))
    );
    assert_eq!(
        of(&heap, "set"),
        (CollectionKind::WeakSet, exactly(2, 4, 32))
    );
}

#[test]
fn an_array_reaches_up_to_its_last_visible_element() {
    let heap = heap()
        .property("full", "full")
        .property("spare", "spare")
        .property("numbers", "numbers")
        .property("empty", "empty")
        .object("x", "X")
        .js_array("full", &["x", "x"])
        .js_array("spare", &["x", "x", "x"])
        .at("spare.elements")
        .size(16 + 8 * 19)
        .js_array("numbers", &[])
        .at("numbers.elements")
        .size(16 + 8 * 17)
        .object("empty", "Array")
        .analyze();
    let unknown = Contents {
        size: None,
        is_exact: false,
        capacity: Some(17),
        wasted: None,
    };
    assert_eq!(of(&heap, "full"), (CollectionKind::Array, exactly(2, 2, 0)));
    assert_eq!(of(&heap, "spare").1, exactly(3, 19, 128));
    assert_eq!(of(&heap, "numbers").1, unknown);
    assert_eq!(of(&heap, "empty").1, exactly(0, 0, 0));
}

#[test]
fn a_sparse_array_keeps_its_elements_in_a_hash_table() {
    let heap = heap()
        .property("sparse", "sparse")
        .object("x", "X")
        .object("sparse", "Array")
        .element(10_000_000, "x")
        .element(5, "x")
        .internal("elements", "store")
        .node("store", NodeKind::Array, "(object elements)")
        .size(16 + 8 * 16)
        .internal("8", "x")
        .internal("11", "x")
        .analyze();
    assert_eq!(
        of(&heap, "sparse"),
        (CollectionKind::Array, exactly(2, 4, 48))
    );
}

#[test]
fn a_dictionary_has_an_entry_for_each_key_but_an_object_in_fast_mode_is_none() {
    let heap = heap()
        .property("dictionary", "dictionary")
        .property("fast", "fast")
        .string("a", "a")
        .string("b", "b")
        .object("v", "V")
        .object("dictionary", "Object")
        .property("b", "v")
        .internal("properties", "table")
        .node("table", NodeKind::Array, "(object properties)")
        .size(16 + 8 * (6 + 3 * 8))
        .internal("6", "a")
        .internal("12", "b")
        .internal("13", "v")
        .object("fast", "Object")
        .property("c", "v")
        .internal("properties", "fast.properties")
        .hidden("fast.properties", "system / PropertyArray")
        .analyze();
    let dictionary = (CollectionKind::Dictionary, exactly(2, 8, 144));
    assert_eq!(of(&heap, "dictionary"), dictionary);
    assert_eq!(all(&heap).len(), 1);
}

#[test]
fn a_buffer_has_bytes_and_a_view_only_room() {
    let heap = heap()
        .property("view", "view")
        .object("view", "Float64Array")
        .internal("buffer", "buffer")
        .object("buffer", "ArrayBuffer")
        .internal("backing_store", "data")
        .native("data", "system / JSArrayBufferData")
        .size(80)
        .analyze();
    let view = Contents {
        size: None,
        is_exact: false,
        capacity: Some(10),
        wasted: None,
    };
    assert_eq!(of(&heap, "view"), (CollectionKind::TypedArray, view));
    assert_eq!(
        of(&heap, "buffer"),
        (CollectionKind::ArrayBuffer, exactly(80, 80, 0))
    );
}

#[test]
fn slots_are_four_bytes_where_pointers_are_compressed() {
    let heap = heap()
        .property("map", "map")
        .object("k", "K")
        .size(12)
        .object("map", "Map")
        .size(20)
        .internal("table", "table")
        .array("table")
        .size(8 + 4 * 17)
        .internal("5", "k")
        .internal("6", "k")
        .analyze();
    assert_eq!(of(&heap, "map"), (CollectionKind::Map, exactly(1, 4, 36)));
}

#[test]
fn collections_are_listed_largest_first_in_each_order() {
    let heap = heap()
        .property("small", "small")
        .property("large", "large")
        .object("x", "X")
        .js_array("small", &["x"])
        .at("small.elements")
        .size(16 + 8 * 100)
        .js_array("large", &["x", "x", "x"])
        .analyze();
    let listed = |order, limit, min_size| -> Vec<_> {
        let query = CollectionQuery {
            order,
            limit,
            min_size,
        };
        let found = collections(&heap, &query, &Progress::none()).unwrap();
        found.iter().map(|one| heap.label(one.node)).collect()
    };
    assert_eq!(listed(CollectionOrder::Size, 9, 0), ["large", "small"]);
    assert_eq!(listed(CollectionOrder::Wasted, 9, 0), ["small", "large"]);
    assert_eq!(listed(CollectionOrder::Retained, 9, 0), ["small", "large"]);
    assert_eq!(listed(CollectionOrder::Retained, 1, 0), ["small"]);
    assert_eq!(listed(CollectionOrder::Retained, 9, 2), ["large"]);
    assert!(listed(CollectionOrder::Size, 0, 0).is_empty());
}

#[test]
fn any_graph_has_collections_and_names_of_its_nodes() {
    for shape in GraphShape::ALL {
        for seed in 0..50 {
            let graph = random_graph(shape, seed);
            let heap = heapwatch_graph::AnalyzedHeap::new(graph, &Progress::none()).unwrap();
            let query = CollectionQuery {
                order: CollectionOrder::Wasted,
                limit: usize::MAX,
                min_size: 0,
            };
            for one in collections(&heap, &query, &Progress::none()).unwrap() {
                let Contents {
                    size,
                    wasted,
                    capacity,
                    ..
                } = one.contents;
                assert!(size.is_some() == wasted.is_some(), "{shape:?} seed {seed}");
                assert!(
                    capacity.is_some() || size.is_none(),
                    "{shape:?} seed {seed}"
                );
            }
            // Names of hostile graphs end, too: cycles of containers and references of any name.
            let names = AccessPaths::new(&heap, Keys::Shown);
            let longest = heap.graph().nodes().map(|node| names.of(node).len()).max();
            assert!(longest < Some(1000), "{shape:?} seed {seed}");
        }
    }
}
