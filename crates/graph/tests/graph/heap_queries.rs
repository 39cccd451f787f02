use heapwatch_graph::{
    CancelToken, DiffMethod, DuplicatesQuery, GraphError, LocationQuery, NodeKind, ObjectQuery,
    Progress, duplicate_strings, heap_diff, largest_dominated,
};
use heapwatch_testing::{AnalyzedTestHeap, heap};

#[test]
fn pages_of_dominated_objects_start_with_the_largest() {
    let heap = heap()
        .property("a", "a")
        .property("b", "b")
        .property("c", "c")
        .object("a", "A")
        .size(10)
        .object("b", "B")
        .size(30)
        .object("c", "C")
        .size(20)
        .analyze();
    let page = |offset, limit| -> Vec<_> {
        let page = largest_dominated(&heap, heap["root"], offset, limit);
        page.iter().map(|&node| heap.label(node)).collect()
    };
    assert_eq!(page(0, 9), ["b", "c", "a"]);
    assert_eq!(page(1, 1), ["c"]);
    assert_eq!(page(0, 2), ["b", "c"]);
    assert!(page(3, 5).is_empty() && page(9, usize::MAX).is_empty() && page(0, 0).is_empty());
}

fn shop() -> AnalyzedTestHeap {
    heap()
        .property("small", "small")
        .property("large", "large")
        .property("other", "other")
        .property("handler", "handler")
        .object("small", "Order")
        .written_at("/app/order.js", 3, 1)
        .object("large", "Order")
        .written_at("/app/order.js", 3, 1)
        .size(400)
        .object("other", "Orders")
        .closure("handler", "onOrder")
        .written_at("/app/order.js", 9, 1)
        .analyze()
}

#[test]
fn objects_are_found_by_class_place_kind_and_size() {
    let heap = shop();
    let found = |query: ObjectQuery| -> Vec<_> {
        let (nodes, _) = query.find(&heap, 100, &Progress::none()).unwrap();
        nodes
            .iter()
            .map(|&node| heap.label(node).to_owned())
            .collect()
    };
    let class = Some("Order".to_owned());
    let order = ObjectQuery {
        class,
        ..ObjectQuery::default()
    };
    assert_eq!(found(order.clone()), ["large", "small"]);
    assert_eq!(
        found(ObjectQuery {
            min_self: 100,
            ..order.clone()
        }),
        ["large"]
    );
    assert_eq!(
        found(ObjectQuery {
            min_retained: 401,
            ..order.clone()
        }),
        [""; 0]
    );
    let at = |text| ObjectQuery {
        location: Some(LocationQuery::parse(text)),
        ..ObjectQuery::default()
    };
    assert_eq!(found(at("order.js:9")), ["handler"]);
    assert_eq!(found(at("order.js:3")), ["large", "small"]);
    assert_eq!(found(at("order.js")).len(), 3);
    assert_eq!(found(at("nowhere.js")), [""; 0]);
    let kind = Some(NodeKind::Closure);
    assert_eq!(
        found(ObjectQuery {
            kind,
            ..at("order.js")
        }),
        ["handler"]
    );
    assert_eq!(order.find(&heap, 1, &Progress::none()).unwrap().1, 2);
}

#[test]
fn equal_strings_are_grouped_and_what_more_than_one_takes_is_waste() {
    let long = "x".repeat(1024);
    let heap = heap()
        .property("a", "a")
        .property("b", "b")
        .property("c", "c")
        .property("d", "d")
        .property("e", "e")
        .property("f", "f")
        .string("a", "twice")
        .size(24)
        .string("b", "twice")
        .size(24)
        .string("c", "once")
        .string("d", &long)
        .size(3016)
        .string("e", &long)
        .size(3016)
        .string("f", &long)
        .size(5000)
        .analyze();
    let ask = |limit, min_waste| {
        let query = DuplicatesQuery {
            limit,
            min_waste,
            examples: 1,
        };
        duplicate_strings(&heap, &query, &Progress::none()).unwrap()
    };
    let found = ask(9, 0);
    assert_eq!((found.group_count, found.wasted), (2, 3016 + 24));
    let [first, second] = found.groups.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (first.count, first.wasted, first.is_whole),
        (2, 3016, false)
    );
    assert_eq!(
        (second.count, second.self_size, second.is_whole),
        (2, 48, true)
    );
    assert_eq!(second.examples, [heap["a"]]);
    assert_eq!(ask(1, 0).groups.len(), 1);
    assert_eq!(ask(9, 25).group_count, 1);
}

fn store(orders: &[(u32, &str)], first_id: u32) -> AnalyzedTestHeap {
    let mut fixture = heap();
    fixture
        .ids_from(first_id)
        .property("store", "store")
        .object("store", "OrderStore");
    fixture.property("pending", "pending");
    for (id, label) in orders {
        fixture.object(label, "Order").object_id(*id).size(100);
    }
    let labels: Vec<_> = orders.iter().map(|(_, label)| *label).collect();
    fixture
        .js_array("pending", &labels)
        .object_id(first_id + 40);
    fixture.at("pending.elements").object_id(first_id + 42);
    fixture.analyze()
}

#[test]
fn a_diff_of_one_process_tells_new_objects_from_those_that_are_gone() {
    let older = store(&[(101, "a"), (103, "b"), (105, "c")], 11);
    let newer = store(
        &[(103, "b"), (105, "c"), (107, "d"), (109, "e"), (111, "f")],
        11,
    );
    let diff = heap_diff(&older, &newer, &Progress::none()).unwrap();
    assert_eq!(diff.method, DiffMethod::ObjectIds);
    let order = diff
        .classes
        .iter()
        .find(|class| class.name == "Order")
        .unwrap();
    assert_eq!((order.added, order.removed), (3, 1));
    assert_eq!((order.added_bytes, order.removed_bytes), (300, 100));
    assert_eq!((order.count, order.count_before), (5, 3));
    let [pending] = diff.collections.as_slice() else {
        panic!("{:?}", diff.collections);
    };
    assert_eq!(
        (pending.name.as_str(), pending.class.as_str()),
        ("OrderStore.pending", "Array")
    );
    assert_eq!((pending.before, pending.after, pending.delta), (3, 5, 2));
    assert!(
        diff.classes.iter().all(|class| class.name != "OrderStore"),
        "it did not change"
    );
    let (added, removed) = (diff.totals.added_bytes, diff.totals.removed_bytes);
    assert_eq!(
        diff.totals.self_size + removed,
        diff.totals.self_before + added + grown_in_place(&older, &newer)
    );
}

/// The backing store that became larger under its old id.
fn grown_in_place(older: &AnalyzedTestHeap, newer: &AnalyzedTestHeap) -> u64 {
    newer.shallow(newer["pending"]) + newer.shallow(newer["pending.elements"])
        - older.shallow(older["pending"])
        - older.shallow(older["pending.elements"])
}

#[test]
fn a_diff_of_two_processes_compares_counts() {
    // Id 21 is an order in one and the store in the other.
    let older = store(&[(21, "a"), (23, "b")], 11);
    let newer = store(&[(15, "c"), (25, "d"), (27, "e"), (29, "f")], 21);
    let diff = heap_diff(&older, &newer, &Progress::none()).unwrap();
    assert_eq!(diff.method, DiffMethod::Counts);
    let order = diff
        .classes
        .iter()
        .find(|class| class.name == "Order")
        .unwrap();
    assert_eq!((order.added, order.removed, order.added_bytes), (2, 0, 200));
}

/// A list of plain objects with the property `extra`; the id of each is 101 + 2 * its number.
fn plain_objects(extra: &[bool]) -> AnalyzedTestHeap {
    let mut fixture = heap();
    for (i, &has_extra) in extra.iter().enumerate() {
        let label = format!("object{i}");
        fixture.at("root").element(i as u32, &label);
        fixture
            .object(&label, "Object")
            .object_id(101 + 2 * i as u32);
        fixture.property("id", "root");
        if has_extra {
            fixture.property("extra", "root");
        }
    }
    fixture.analyze()
}

#[test]
fn plain_objects_of_both_heaps_go_by_the_interfaces_of_the_newer_one() {
    // One object with `extra` is not enough for an interface, three are.
    let older = plain_objects(&[true, false, false]);
    let newer = plain_objects(&[true, false, false, true, true]);
    assert_eq!(older.class_name(older["object0"]), "{id}");
    let diff = heap_diff(&older, &newer, &Progress::none()).unwrap();
    let told: Vec<_> = (diff.classes.iter())
        .map(|class| {
            (
                class.name.as_str(),
                class.added,
                class.removed,
                class.count_before,
            )
        })
        .collect();
    assert_eq!(told, [("{id, extra}", 2, 0, 1)]);

    let back = heap_diff(&newer, &older, &Progress::none()).unwrap();
    assert!(back.classes.iter().all(|class| class.name == "{id}"));
}

#[test]
fn objects_without_bytes_are_not_compared() {
    let mut fixture = heap();
    fixture.property("a", "a").object("a", "A");
    let older = fixture.analyze();
    fixture.object("empty", "Empty").size(0);
    let diff = heap_diff(&older, &fixture.analyze(), &Progress::none()).unwrap();
    assert_eq!(diff.method, DiffMethod::ObjectIds);
    assert!(diff.classes.is_empty(), "{:?}", diff.classes);
}

#[test]
fn nothing_is_different_from_itself() {
    let heap = shop();
    let diff = heap_diff(&heap, &heap, &Progress::none()).unwrap();
    assert!(diff.classes.is_empty() && diff.collections.is_empty());
    assert_eq!((diff.totals.added, diff.totals.removed), (0, 0));
}

#[test]
fn long_questions_end_when_cancelled() {
    let heap = shop();
    let token = CancelToken::new();
    token.cancel();
    let progress = Progress::new(token, &|_, _| {});
    let find = ObjectQuery::default().find(&heap, 1, &progress);
    assert!(matches!(find, Err(GraphError::Cancelled)));
    let diff = heap_diff(&heap, &heap, &progress);
    assert!(matches!(diff, Err(GraphError::Cancelled)));
}
