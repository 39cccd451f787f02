//! Leaks of shapes that the simulated service doesn't have, written by hand.

use heapwatch_testing::{FixtureBuilder, heap};

use crate::captures::{compare, path, printed, told};

/// Ids below this belong to what exists at the first capture.
const FIRST_STEP_IDS: u32 = 10_001;

/// A module scope with variables, as a closure of the program holds it. What is declared after it
/// hangs on those.
fn module(variables: &[&str]) -> FixtureBuilder {
    let mut fixture = heap();
    fixture
        .property("handler", "handler")
        .closure("handler", "handler")
        .written_at("/app/a.js", 5, 1)
        .internal("context", "scope")
        .context("scope");
    for variable in variables {
        fixture.variable(variable, variable);
    }
    fixture
}

/// Object id of the `number`-th object of a capture that appeared in `step`, 0 for the first.
fn id(step: usize, number: usize) -> u32 {
    if step == 0 {
        return 1001 + 2 * number as u32;
    }
    FIRST_STEP_IDS * step as u32 + u32::from(step.is_multiple_of(2)) + 2 * number as u32
}

/// (label, id) of items that are added `per_step` at a time, up to and with `step`.
fn items(what: &str, offset: usize, per_step: usize, step: usize) -> Vec<(String, u32)> {
    (0..=step)
        .flat_map(|at| (0..per_step).map(move |i| (format!("{what} {at} {i}"), id(at, offset + i))))
        .collect()
}

fn labels(items: &[(String, u32)]) -> Vec<&str> {
    items.iter().map(|(label, _)| label.as_str()).collect()
}

/// Captures with stable ids, and the same ones with such as tell nothing.
fn with_and_without_ids(
    count: usize,
    capture: impl Fn(usize) -> FixtureBuilder,
) -> [Vec<FixtureBuilder>; 2] {
    let stable: Vec<_> = (0..count).map(capture).collect();
    let mut without = stable.clone();
    for capture in &mut without {
        capture.renumber(|at, _| 2 * at as u32);
    }
    [stable, without]
}

#[test]
fn objects_shared_by_two_holders_are_split_between_them() {
    // A request is held by a listener's scope and by a Map; nothing else dominates it.
    let stable: Vec<_> = (0..3)
        .map(|step| {
            let mut fixture = module(&["bus", "pending"]);
            let requests = items("request", 0, 50, step);
            let listeners = items("listener", 1000, 50, step);
            let keys = items("key", 2000, 50, step);
            fixture.event_emitter("bus", "done", &labels(&listeners));
            let entries: Vec<_> = labels(&keys).into_iter().zip(labels(&requests)).collect();
            fixture.map("pending", &entries);
            for (((request, request_id), (listener, listener_id)), (key, key_id)) in
                requests.iter().zip(&listeners).zip(&keys)
            {
                let scope = format!("{listener}.scope");
                fixture
                    .object(request, "Request")
                    .object_id(*request_id)
                    .size(1000);
                fixture.closure(listener, "onDone").object_id(*listener_id);
                fixture.internal("context", &scope);
                fixture.context(&scope).object_id(listener_id + 1000);
                fixture.variable("request", request);
                fixture.string(key, "key").object_id(*key_id);
            }
            fixture
        })
        .collect();
    let diagnosis = compare(&stable);
    let mut names = told(&diagnosis);
    names.sort();
    let expected = ["bus._events.done / onDone()", "pending / Request"];
    assert_eq!(names, expected, "{}", printed(&diagnosis));
    for suspect in &diagnosis.suspects {
        let half = 50 * 500;
        assert!(
            (half..half + 50 * 100).contains(&suspect.growth_bytes),
            "{}",
            suspect.growth_bytes
        );
    }
    let map = diagnosis
        .suspects
        .iter()
        .find(|s| s.class == "Request")
        .unwrap();
    assert_eq!(map.independent_retainers.len(), 1);
    assert_eq!(
        map.independent_retainers[0].edge.as_deref(),
        Some("request")
    );
    assert_eq!(map.cause, Some("unbounded-collection"));
}

#[test]
fn keys_and_values_of_one_map_are_one_suspect() {
    for captures in with_and_without_ids(3, |step| {
        let mut fixture = module(&["store"]);
        let keys = items("key", 0, 60, step);
        let values = items("value", 1000, 60, step);
        let entries: Vec<_> = labels(&keys).into_iter().zip(labels(&values)).collect();
        fixture.map("store", &entries);
        for (key, key_id) in &keys {
            fixture.object(key, "Key").object_id(*key_id).size(90);
        }
        for (value, value_id) in &values {
            fixture
                .object(value, "Value")
                .object_id(*value_id)
                .size(100);
        }
        // A table that grew is a new object.
        fixture.at("store.table").object_id(id(step, 4000));
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert_eq!(
            told(&diagnosis),
            ["store / Value"],
            "{}",
            printed(&diagnosis)
        );
        assert!(diagnosis.suspects[0].growth_bytes >= 60 * 190);
        let classes: Vec<_> = diagnosis.suspects[0]
            .histogram
            .iter()
            .map(|c| &c.class)
            .collect();
        assert_eq!(classes, ["Value", "Key"]);
    }
}

/// How the nodes of a queue are linked, given those that were added first first.
type Order = fn(&mut Vec<(String, u32)>);

/// A queue of plain objects or of class instances: `next` leads from the head on.
fn queue(class: &str, order: Order, step: usize) -> FixtureBuilder {
    let mut fixture = module(&["queue"]);
    let mut nodes = items("node", 0, 100, step);
    order(&mut nodes);
    fixture
        .object("queue", "Queue")
        .property("head", &nodes[0].0);
    for (i, (node, node_id)) in nodes.iter().enumerate() {
        fixture.object(node, class).object_id(*node_id).size(64);
        fixture.property("value", &format!("{node}.value"));
        if let Some((next, _)) = nodes.get(i + 1) {
            fixture.property("next", next);
        }
        fixture
            .object(&format!("{node}.value"), "Job")
            .object_id(node_id + 1000)
            .size(200);
    }
    fixture
}

#[test]
fn a_linked_queue_is_told_by_its_owner_wherever_it_grows() {
    let orders: [(&str, Order); 2] = [("tail", |_| {}), ("head", |nodes| nodes.reverse())];
    for (grows_at, order) in orders {
        for class in ["QueueNode", "Object"] {
            for captures in with_and_without_ids(3, |step| queue(class, order, step)) {
                let diagnosis = compare(&captures);
                let context = format!("{grows_at} {class} {}", printed(&diagnosis));
                assert_eq!(diagnosis.suspects.len(), 1, "{context}");
                let suspect = &diagnosis.suspects[0];
                assert!(suspect.growth_bytes >= 100 * 264, "{context}");
                assert!(suspect.count >= 298, "{context}");
                assert_eq!(suspect.owner.name, "queue", "{context}");
                assert_eq!(suspect.cause, Some("unbounded-collection"), "{context}");
            }
        }
    }
}

#[test]
fn a_leak_through_a_static_property_is_told_by_its_class() {
    for captures in with_and_without_ids(3, |step| {
        let mut fixture = module(&["Session"]);
        let sessions = items("session", 0, 60, step);
        fixture
            .closure("Session", "Session")
            .written_at("/app/session.js", 3, 7);
        fixture
            .property("all", "all")
            .js_array("all", &labels(&sessions));
        for (session, session_id) in &sessions {
            fixture
                .object(session, "Session")
                .object_id(*session_id)
                .size(120);
            fixture.written_at("/app/session.js", 3, 7);
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert_eq!(
            told(&diagnosis),
            ["Session.all / Session"],
            "{}",
            printed(&diagnosis)
        );
        let owner = &diagnosis.suspects[0].owner;
        assert_eq!(owner.location.as_ref().map(|at| at.location.line), Some(3));
    }
}

#[test]
fn one_large_object_per_step_is_a_leak() {
    for captures in with_and_without_ids(4, |step| {
        let mut fixture = module(&["snapshots"]);
        let kept = items("snapshot", 0, 1, step);
        fixture.js_array("snapshots", &labels(&kept));
        for (snapshot, snapshot_id) in &kept {
            fixture
                .object(snapshot, "Uint8Array")
                .object_id(*snapshot_id);
            let store = format!("{snapshot}.store");
            fixture.internal("backing_store", &store);
            fixture
                .native(&store, "system / JSArrayBufferData")
                .size(1 << 20);
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert_eq!(
            told(&diagnosis),
            ["snapshots / Uint8Array"],
            "{}",
            printed(&diagnosis)
        );
        assert_eq!(diagnosis.suspects[0].count, 4);
    }
}

#[test]
fn a_list_that_is_replaced_whenever_it_changes_is_told_by_its_owner() {
    for captures in with_and_without_ids(4, |step| {
        let mut fixture = module(&["store"]);
        fixture
            .object("store", "Store")
            .property("listeners", "listeners");
        let kept = items("subscriber", 0, 100, step);
        fixture
            .js_array("listeners", &labels(&kept))
            .object_id(id(step, 200));
        for (subscriber, subscriber_id) in &kept {
            fixture
                .object(subscriber, "Subscriber")
                .object_id(*subscriber_id)
                .size(100);
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert_eq!(
            told(&diagnosis),
            ["store.listeners / Subscriber"],
            "{}",
            printed(&diagnosis)
        );
        assert_eq!(diagnosis.suspects[0].count, 400);
    }
}

#[test]
fn two_leaks_in_two_properties_of_one_object_are_two_suspects() {
    for captures in with_and_without_ids(3, |step| {
        let mut fixture = module(&["state"]);
        let (jobs, logs) = (items("job", 0, 60, step), items("log", 1000, 50, step));
        fixture
            .object("state", "State")
            .property("jobs", "jobs")
            .property("logs", "logs");
        fixture
            .js_array("jobs", &labels(&jobs))
            .js_array("logs", &labels(&logs));
        for (label, item_id) in jobs.iter().chain(&logs) {
            fixture.object(label, "Item").object_id(*item_id).size(100);
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert_eq!(told(&diagnosis), ["state.jobs / Item", "state.logs / Item"]);
        let fingerprints: Vec<_> = diagnosis.suspects.iter().map(|s| &s.fingerprint).collect();
        assert_ne!(fingerprints[0], fingerprints[1]);
    }
}

#[test]
fn fifty_emitters_that_grow_slowly_are_one_suspect() {
    for captures in with_and_without_ids(3, |step| {
        let mut fixture = module(&["connections"]);
        let names: Vec<String> = (0..50).map(|i| format!("emitter {i}")).collect();
        let all: Vec<_> = names.iter().map(String::as_str).collect();
        fixture.js_array("connections", &all);
        for (number, emitter) in names.iter().enumerate() {
            let listeners = items(&format!("listener {number}"), 10 * number, 2, step);
            fixture.event_emitter(emitter, "data", &labels(&listeners));
            for (listener, listener_id) in &listeners {
                fixture
                    .closure(listener, "onData")
                    .object_id(*listener_id)
                    .size(64);
            }
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert_eq!(
            told(&diagnosis),
            ["connections[*]._events.data / onData()"],
            "{}",
            printed(&diagnosis)
        );
        assert_eq!(diagnosis.suspects[0].cause, Some("event-listeners"));
        assert_eq!(diagnosis.suspects[0].count, 300);
    }
}

#[test]
fn a_leak_in_the_value_of_a_weak_map_is_told_by_the_map() {
    for captures in with_and_without_ids(3, |step| {
        let mut fixture = module(&["app", "extras"]);
        let hooks = items("hook", 0, 60, step);
        fixture
            .object("app", "App")
            .js_array("hooks", &labels(&hooks));
        fixture
            .weak_map("extras")
            .weak_map_entry("extras", "app", "hooks");
        for (hook, hook_id) in &hooks {
            fixture.object(hook, "Hook").object_id(*hook_id).size(100);
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert_eq!(
            told(&diagnosis),
            ["extras[*] / Hook"],
            "{}",
            printed(&diagnosis)
        );
        let path = path(&diagnosis.suspects[0]);
        assert!(path.contains("app App > [*] Array > [*] Hook"), "{path}");
    }
}

/// A plain object used as a map, with keys added step by step.
fn dictionary(steps: &[usize], key: fn(usize) -> String, step: usize) -> FixtureBuilder {
    let mut fixture = module(&["sessions"]);
    fixture.object("sessions", "Object");
    let count: usize = steps[..=step].iter().sum();
    let mut appeared = steps.iter().enumerate().flat_map(|(at, &n)| vec![at; n]);
    for i in 0..count {
        let label = format!("session {i}");
        fixture.at("sessions").property(&key(i), &label);
        let at = appeared.next().unwrap();
        fixture
            .object(&label, "Session")
            .object_id(id(at, i))
            .size(1000);
    }
    fixture
}

#[test]
fn a_dictionary_that_grows_past_the_limit_of_fields_is_one_suspect() {
    let identifiers: fn(usize) -> String = |i| {
        (0..3)
            .map(|at| char::from(b'a' + (i / 26usize.pow(at) % 26) as u8))
            .collect()
    };
    let ids: fn(usize) -> String = |i| format!("user:{i}");
    for (key, steps) in [
        (identifiers, &[4, 20, 20][..]),
        (identifiers, &[8, 20, 20]),
        (identifiers, &[30, 20, 20]),
        (ids, &[0, 6, 6]),
        (ids, &[2, 6, 6]),
    ] {
        for captures in with_and_without_ids(3, |step| dictionary(steps, key, step)) {
            let diagnosis = compare(&captures);
            let context = format!("{steps:?} {}", printed(&diagnosis));
            assert_eq!(told(&diagnosis), ["sessions / Session"], "{context}");
            assert_eq!(
                diagnosis.suspects[0].count,
                steps.iter().sum::<usize>() as u64
            );
            assert_eq!(
                diagnosis.suspects[0].cause,
                Some("unbounded-collection"),
                "{context}"
            );
            assert!(
                path(&diagnosis.suspects[0]).ends_with("[*] Session"),
                "{context}"
            );
        }
    }
}

#[test]
fn what_only_handles_of_traced_objects_hold_is_not_known_to_live() {
    for captures in with_and_without_ids(3, |step| {
        let mut fixture = heap();
        fixture
            .element(1, "handles")
            .synthetic("handles", "(Traced handles)");
        for (label, id) in items("context", 0, 60, step) {
            fixture.at("handles").element(id, &label);
            fixture.object(&label, "Context").object_id(id).size(1000);
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        assert!(diagnosis.suspects.is_empty(), "{}", printed(&diagnosis));
    }
}

#[test]
fn a_shared_object_is_not_young_because_others_without_a_class_are() {
    // The orders are in a Map and in a trail; what holds the Map is shared and plain, too.
    let captures: Vec<_> = (0..3)
        .map(|step| {
            let mut fixture = module(&["book", "desk", "trail"]);
            for holder in ["book", "desk"] {
                fixture.object(holder, "Holder").property("state", "state");
            }
            fixture.object("state", "Object").property("open", "open");
            let orders = items("order", 0, 60, step);
            let entries = items("entry", 1000, 60, step);
            let keys = items("key", 2000, 60, step);
            let in_map: Vec<_> = labels(&keys).into_iter().zip(labels(&orders)).collect();
            fixture.map("open", &in_map);
            fixture.js_array("trail", &labels(&entries));
            for ((order, entry), key) in orders.iter().zip(&entries).zip(&keys) {
                fixture.string(&key.0, "key");
                fixture
                    .object(&entry.0, "Entry")
                    .property("order", &order.0);
                let lines = format!("{}.lines", order.0);
                fixture
                    .object(&order.0, "Object")
                    .size(1000)
                    .property("lines", &lines);
                fixture.string(&lines, "lines");
            }
            fixture.renumber(|at, _| 2 * at as u32);
            fixture
        })
        .collect();
    let diagnosis = compare(&captures);
    let owners: Vec<_> = (diagnosis.suspects.iter())
        .map(|suspect| suspect.owner.name.as_str())
        .collect();
    assert_eq!(owners.len(), 2, "{}", printed(&diagnosis));
    assert!(owners.contains(&"trail"), "{owners:?}");
    assert!(
        owners.iter().any(|name| name.ends_with("open")),
        "{owners:?}"
    );
}

#[test]
fn without_ids_who_holds_some_of_many_shared_strings_is_not_told() {
    // All strings are shared, and so one group. Those that are new are in the log and its index.
    let captures: Vec<_> = (0..3)
        .map(|step| {
            let mut fixture = module(&["names", "aliases", "log", "index"]);
            let names: Vec<_> = (0..100).map(|i| (format!("name {i}"), 0)).collect();
            let entries = items("entry", 0, 60, step);
            let notes = items("note", 1000, 60, step);
            let texts = items("text", 2000, 60, step);
            fixture.js_array("names", &labels(&names));
            fixture.js_array("aliases", &labels(&names));
            fixture.js_array("log", &labels(&entries));
            fixture.js_array("index", &labels(&notes));
            for ((entry, note), text) in entries.iter().zip(&notes).zip(&texts) {
                fixture.object(&entry.0, "Entry").property("text", &text.0);
                fixture.object(&note.0, "Note").property("text", &text.0);
            }
            for (text, _) in names.iter().chain(&texts) {
                fixture.string(text, "text").size(1000);
            }
            fixture.renumber(|at, _| 2 * at as u32);
            fixture
        })
        .collect();
    let diagnosis = compare(&captures);
    let mut owners: Vec<_> = (diagnosis.suspects.iter())
        .map(|suspect| suspect.owner.name.as_str())
        .collect();
    owners.sort_unstable();
    assert_eq!(owners, ["index", "log"], "{}", printed(&diagnosis));
}

#[test]
fn a_queue_linked_both_ways_is_told_by_its_owner_not_by_one_of_its_ends() {
    let captures: Vec<_> = (0..3)
        .map(|step| {
            let mut fixture = module(&["queue", "working"]);
            let jobs = items("job", 0, 60, step);
            let ends = (&jobs[0].0, &jobs[jobs.len() - 1].0);
            fixture
                .object("queue", "Queue")
                .property("head", ends.0)
                .property("tail", ends.1);
            fixture.js_array("working", &["at work"]);
            fixture.object("at work", "Job").size(1000);
            for pair in jobs.windows(2) {
                fixture
                    .object(&pair[0].0, "Job")
                    .size(1000)
                    .property("next", &pair[1].0);
            }
            fixture.object(ends.1, "Job").size(1000);
            for pair in jobs.windows(2) {
                fixture.at(&pair[1].0).property("prev", &pair[0].0);
            }
            fixture.renumber(|at, _| 2 * at as u32);
            fixture
        })
        .collect();
    let diagnosis = compare(&captures);
    let [suspect] = &diagnosis.suspects[..] else {
        panic!("{}", printed(&diagnosis));
    };
    assert_eq!(
        (suspect.owner.name.as_str(), suspect.cause),
        ("queue", Some("backlog"))
    );
}

#[test]
fn a_list_of_which_two_hold_the_newest_is_one_leak_told_by_the_better_known_cause() {
    for captures in with_and_without_ids(3, |step| {
        let mut fixture = module(&["round", "frame"]);
        let spans = items("span", 0, 60, step);
        let newest = &spans[spans.len() - 1].0;
        fixture.object("round", "Round").property("span", newest);
        fixture
            .object("frame", "AsyncContextFrame")
            .property("<symbol store>", newest);
        for (span, span_id) in &spans {
            fixture.object(span, "Span").object_id(*span_id).size(2000);
        }
        for pair in spans.windows(2) {
            fixture.at(&pair[1].0).property("parent", &pair[0].0);
        }
        fixture
    }) {
        let diagnosis = compare(&captures);
        let [suspect] = &diagnosis.suspects[..] else {
            panic!("{}", printed(&diagnosis));
        };
        assert_eq!(suspect.cause, Some("async-context-store"));
        assert_eq!(suspect.bytes, 180 * 2000, "{}", printed(&diagnosis));
    }
}
