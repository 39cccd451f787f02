//! Odd and forged graphs: no panic, no endless work, nothing told that isn't there.

use heapwatch_graph::{AnalyzedHeap, CancelToken, GraphError, Progress};
use heapwatch_leak::{CaptureSummary, DiagnosisError, DiagnosisOptions, NoSources, diagnose};
use heapwatch_testing::{FixtureBuilder, GraphShape, Service, heap, random_graph};

use crate::captures::{Ids, OPTIONS, compare, compare_heaps, service_captures, told};

#[test]
fn a_root_alone_has_no_suspects() {
    let diagnosis = compare(&[heap(), heap(), heap()]);
    assert!(diagnosis.suspects.is_empty());
    assert_eq!(diagnosis.heap_bytes, 0);
}

#[test]
fn cancelled_work_ends_with_that_error() {
    let heap = Service::new(1001).capture().analyze();
    let summary = CaptureSummary::new(&heap, None, None);
    let token = CancelToken::new();
    token.cancel();
    let report = |_, _| {};
    let progress = Progress::new(token, &report);
    let ended = diagnose(&[&summary], &heap, &OPTIONS, &NoSources, &progress).unwrap_err();
    assert!(matches!(
        ended,
        DiagnosisError::Graph(GraphError::Cancelled)
    ));
    assert_eq!(ended.code(), "ERR_HEAPWATCH_CANCELLED");
}

#[test]
fn a_leak_is_found_without_any_source_positions() {
    let captures: Vec<_> = (1..4)
        .map(|step: usize| {
            let mut fixture = heap();
            fixture.property("store", "store");
            let labels: Vec<String> = (0..100 * step).map(|i| format!("item {i}")).collect();
            let texts: Vec<_> = labels.iter().map(String::as_str).collect();
            fixture.js_array("store", &texts);
            for label in &labels {
                fixture.object(label, "Item").size(100);
            }
            fixture
        })
        .collect();
    let diagnosis = compare(&captures);
    assert_eq!(diagnosis.suspects.len(), 1);
    assert!(diagnosis.suspects[0].locations.is_empty());
    assert_eq!(diagnosis.suspects[0].owner.location, None);
    assert_eq!(diagnosis.suspects[0].class, "Item");
}

#[test]
fn ids_that_are_all_even_or_all_the_same_tell_no_ages() {
    for id in [0, 2, 7, u32::MAX] {
        let mut captures = service_captures(Service::new(1001), 3, Ids::Stable, |service, _| {
            service.remember_requests(100);
        });
        for capture in &mut captures {
            capture.renumber(|_, _| id);
        }
        assert_eq!(told(&compare(&captures)), ["requests / Request"], "{id}");
        for capture in &mut captures {
            capture.renumber(|at, _| 2 * at as u32);
        }
        assert_eq!(told(&compare(&captures)), ["requests / Request"]);
    }
}

#[test]
fn three_hundred_captures_are_compared() {
    for ids in [Ids::Stable, Ids::Zero] {
        let captures = service_captures(Service::new(1001), 300, ids, |service, _| {
            service.remember_requests(1);
            service.churn_lru(8);
        });
        let diagnosis = compare(&captures);
        assert_eq!(told(&diagnosis), ["requests / Request"], "{ids:?}");
        assert_eq!(diagnosis.captures, 300);
        assert_eq!(diagnosis.suspects[0].count_growth, 299);
    }
}

/// A chain of objects below the root, each holding the next by the name that `edge` gives.
fn chain(length: usize, class: &str, edge: impl Fn(usize) -> &'static str) -> FixtureBuilder {
    let mut fixture = heap();
    fixture.property("list", "0");
    for i in 0..length {
        fixture.object(&i.to_string(), class);
        if i + 1 < length {
            fixture.property(edge(i), &(i + 1).to_string());
        }
    }
    fixture
}

#[test]
fn a_chain_of_two_hundred_thousand_objects_is_one_suspect_with_a_short_path() {
    let edges: [fn(usize) -> &'static str; 2] =
        [|_| "next", |i| ["left", "right", "middle"][i * i % 7 % 3]];
    for edge in edges {
        for class in ["Node", "Object"] {
            let captures = [150_000, 200_000].map(|length| chain(length, class, edge));
            let diagnosis = compare(&captures);
            assert_eq!(diagnosis.suspects.len(), 1, "{class}");
            assert!(diagnosis.suspects[0].path.len() <= 48, "{class}");
            assert_eq!(diagnosis.suspects[0].growth_bytes, 50_000 * 16, "{class}");
        }
    }
}

#[test]
fn cycles_in_everything_do_no_harm() {
    let captures: Vec<_> = (1..4)
        .map(|step: usize| {
            let mut fixture = heap();
            fixture.property("a", "0").property("b", "1");
            let count = 100 * step;
            for i in 0..count {
                fixture.object(&i.to_string(), "Knot").size(64);
                for (name, by) in [
                    ("next", 1),
                    ("previous", count - 1),
                    ("self", 0),
                    ("far", 37),
                ] {
                    fixture.property(name, &((i + by) % count).to_string());
                }
            }
            fixture
        })
        .collect();
    let diagnosis = compare(&captures);
    assert_eq!(diagnosis.suspects.len(), 1);
    assert_eq!(diagnosis.suspects[0].class, "Knot");
}

#[test]
fn names_like_our_own_marks_and_with_control_characters_are_harmless() {
    let names = [
        "(root)",
        "[*]",
        "system / Context",
        "Object",
        "Array",
        "(shared)",
        "3 / part of key (",
        "a\n\u{1b}[31m\"`'",
        "",
    ];
    for class in names {
        let captures: Vec<_> = (1..4)
            .map(|step: usize| {
                let mut fixture = heap();
                fixture.property(class, "holder");
                fixture.object("holder", class).property("12", "store");
                fixture.object("store", class);
                for i in 0..60 * step {
                    let label = i.to_string();
                    fixture
                        .at("store")
                        .property(&format!("{i} / part of key ("), &label);
                    fixture.object(&label, class).size(100);
                }
                fixture
            })
            .collect();
        let diagnosis = compare(&captures);
        assert_eq!(diagnosis.suspects.len(), 1, "{class:?}");
        let suspect = &diagnosis.suspects[0];
        assert_eq!(suspect.count_growth, 120, "{class:?}");
        for text in [
            &suspect.evidence,
            &suspect.owner.name,
            &suspect.class,
            &suspect.owner.class,
        ] {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
}

#[test]
fn random_graphs_never_make_it_fail() {
    for (seed, &shape) in (0..330).zip(GraphShape::ALL.iter().cycle()) {
        let heaps: Vec<_> = (0..2 + seed % 3)
            .map(|i| {
                let graph = random_graph(shape, seed + 1000 * i);
                AnalyzedHeap::new(graph, &Progress::none()).unwrap()
            })
            .collect();
        let options = DiagnosisOptions {
            min_growth_bytes: 0,
            ..OPTIONS
        };
        let diagnosis = compare_heaps(&heaps, &options);
        assert!(diagnosis.suspects.len() <= 10, "seed {seed}");
        for suspect in &diagnosis.suspects {
            assert!(suspect.path.len() <= 48, "seed {seed}");
            assert!(
                (0.0..=1.0).contains(&suspect.share_of_growth),
                "seed {seed}"
            );
        }
    }
}
