//! Nothing of a program's data gets into a report: no contents of strings, no keys.

use heapwatch_testing::{FixtureBuilder, heap};

use crate::captures::{compare, printed, told};

/// What must never be told. Written with digits and separators as data usually is, and, where
/// there are enough keys to tell, like identifiers.
const CANARY: &str = "canary";

/// The name of the `n`-th key or event.
type NumberedName = fn(usize) -> String;

fn base(variable: &str) -> FixtureBuilder {
    let mut fixture = heap();
    fixture
        .string("secret", "canary content")
        .at("root")
        .property("handler", "handler")
        .closure("handler", "handler")
        .written_at("/app/a.js", 5, 1)
        .internal("context", "scope")
        .context("scope")
        .variable(variable, variable);
    fixture
}

fn assert_redacted(name: &str, capture: impl Fn(usize) -> FixtureBuilder) {
    let captures: Vec<_> = (1..4).map(|step| capture(60 * step)).collect();
    let mut without_ids = captures.clone();
    for capture in &mut without_ids {
        capture.renumber(|_, _| 0);
    }
    for captures in [captures, without_ids] {
        let diagnosis = compare(&captures);
        assert_eq!(told(&diagnosis).len(), 1, "{name}");
        let text = printed(&diagnosis);
        assert!(!text.contains(CANARY), "{name}: {text}");
    }
}

#[test]
fn contents_of_strings_are_not_told() {
    assert_redacted("strings in an array", |count| {
        let mut fixture = base("lines");
        let labels: Vec<String> = (0..count).map(|i| format!("line {i}")).collect();
        fixture.js_array(
            "lines",
            &labels.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        for label in &labels {
            fixture.string(label, &format!("canary {label}")).size(200);
        }
        fixture
    });
}

#[test]
fn keys_and_values_of_maps_are_not_told() {
    assert_redacted("map", |count| {
        let mut fixture = base("store");
        let labels: Vec<_> = (0..count)
            .map(|i| (format!("key {i}"), format!("value {i}")))
            .collect();
        let entries: Vec<_> = labels
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        fixture.map("store", &entries);
        for (key, value) in &labels {
            fixture.string(key, &format!("canary{key}"));
            fixture
                .object(value, "Value")
                .size(200)
                .property("text", "secret");
        }
        fixture
    });
}

#[test]
fn keys_of_dictionaries_are_not_told_whatever_they_look_like() {
    let keys: [NumberedName; 4] = [
        |i| format!("canary{i}"),
        |i| format!("canary-{i}@example.org"),
        |i| format!("canary{}", "abcdefghij".repeat(i % 5) + &"x".repeat(i / 5)),
        |i| format!("canary / part of key {i}"),
    ];
    for (number, key) in keys.into_iter().enumerate() {
        assert_redacted(&format!("keys {number}"), |count| {
            let mut fixture = base("store");
            fixture.object("store", "Object");
            for i in 0..count {
                let label = format!("value {i}");
                fixture.at("store").property(&key(i), &label);
                fixture.object(&label, "Value").size(200);
            }
            fixture
        });
    }
}

#[test]
fn keys_on_the_way_to_an_owner_are_not_told() {
    // `tenants[<name>]` are arrays that grow; plain objects beside them have the same keys.
    for tenants in [9, 30] {
        assert_redacted("tenants", |count| {
            let mut fixture = base("tenants");
            fixture
                .object("tenants", "Object")
                .property("index", "index");
            fixture.object("index", "Object");
            for tenant in 0..tenants {
                let (name, key) = (format!("tenant {tenant}"), canary_of(tenant));
                let labels: Vec<_> = (0..count / 3).map(|i| format!("{name} item {i}")).collect();
                fixture.at("tenants").property(&key, &name);
                fixture.js_array(
                    &name,
                    &labels.iter().map(String::as_str).collect::<Vec<_>>(),
                );
                for label in &labels {
                    fixture.object(label, "Object").size(200);
                    // Two of one shape would be called by their keys.
                    for other in 0..tenants {
                        fixture.property(&canary_of(other), "secret");
                    }
                }
            }
            fixture
        });
    }
}

/// Looks like an identifier.
fn canary_of(number: usize) -> String {
    format!(
        "canary_{}",
        char::from(b'a' + (number % 26) as u8)
            .to_string()
            .repeat(1 + number / 26)
    )
}

#[test]
fn names_of_events_that_are_keys_are_not_told() {
    let events: [(usize, NumberedName); 2] = [(3, |i| format!("canary:{i}83712")), (30, canary_of)];
    for (count_of_events, event) in events {
        assert_redacted("events", |count| {
            let mut fixture = base("bus");
            fixture
                .object("bus", "EventEmitter")
                .property("_events", "events");
            fixture.object("events", "Object");
            for number in 0..count_of_events {
                let array = format!("event {number}");
                let labels: Vec<_> = (0..count).map(|i| format!("{array} {i}")).collect();
                fixture.at("events").property(&event(number), &array);
                fixture.js_array(
                    &array,
                    &labels.iter().map(String::as_str).collect::<Vec<_>>(),
                );
                for label in &labels {
                    fixture.closure(label, "listener").size(64);
                }
            }
            fixture
        });
    }
}

#[test]
fn names_in_code_are_told() {
    let captures: Vec<_> = (1..4)
        .map(|step| {
            let mut fixture = base("bus");
            let labels: Vec<_> = (0..100 * step).map(|i| format!("listener {i}")).collect();
            let texts: Vec<_> = labels.iter().map(String::as_str).collect();
            fixture.event_emitter("bus", "order:shipped", &texts);
            for label in &labels {
                fixture.closure(label, "notify").size(64);
            }
            fixture
        })
        .collect();
    let diagnosis = compare(&captures);
    assert_eq!(told(&diagnosis), ["bus._events.order:shipped / notify()"]);
    assert!(diagnosis.suspects[0].evidence.contains("'order:shipped'"));
}
