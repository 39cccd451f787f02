//! What is told of one capture: where the bytes are, and no growth.

use heapwatch_graph::{AnalyzedHeap, Progress};
use heapwatch_leak::{AgeMethod, Diagnosis, DiagnosisOptions, NoSources, diagnose};
use heapwatch_testing::{FixtureBuilder, GraphShape, Service, heap, random_graph};

use crate::captures::OPTIONS;

fn diagnose_one(fixture: &FixtureBuilder, options: &DiagnosisOptions) -> Diagnosis {
    let heap = fixture.analyze();
    diagnose(&[], &heap, options, &NoSources, &Progress::none()).unwrap()
}

/// `(class, owner, count, bytes)` of each finding.
fn told(diagnosis: &Diagnosis) -> Vec<(&str, &str, u64, u64)> {
    (diagnosis.large.iter())
        .map(|one| {
            (
                one.class.as_str(),
                one.owner.name.as_str(),
                one.count,
                one.bytes,
            )
        })
        .collect()
}

/// A module with a Map of many small entries, one big buffer and a linked list.
fn shop() -> FixtureBuilder {
    let mut fixture = heap();
    fixture.function("main", "/app/shop.js", 1, 1);
    fixture.at("root").property("main", "main");
    fixture
        .context("scope")
        .at("main")
        .internal("context", "scope");
    fixture
        .object("receipts", "Map")
        .at("scope")
        .variable("receipts", "receipts");
    fixture
        .array("table")
        .at("receipts")
        .internal("table", "table");
    for i in 0..2000 {
        let label = format!("receipt{i}");
        fixture.object(&label, "Receipt").size(100);
        fixture.at("table").internal(&i.to_string(), &label);
    }
    fixture
        .object("logo", "Buffer")
        .size(50_000)
        .at("scope")
        .variable("logo", "logo");
    fixture
        .object("job0", "Job")
        .size(60)
        .at("scope")
        .variable("newest", "job0");
    for i in 1..2000 {
        let (label, before) = (format!("job{i}"), format!("job{}", i - 1));
        fixture
            .object(&label, "Job")
            .size(60)
            .at(&before)
            .property("next", &label);
    }
    fixture
}

#[test]
fn a_big_collection_a_big_object_and_a_list_are_told_by_size() {
    let fixture = shop();
    let diagnosis = diagnose_one(&fixture, &OPTIONS);
    assert_eq!(diagnosis.method, AgeMethod::OneCapture);
    assert!(diagnosis.suspects.is_empty());
    let found = told(&diagnosis);
    assert_eq!(
        found[0],
        ("Receipt", "receipts", 2000, 200_032),
        "{found:?}"
    );
    // The last members of the list are too small to be large by themselves.
    assert_eq!((found[1].0, found[1].1), ("Job", "newest"), "{found:?}");
    assert!(found[1].3 >= 115_000 && found[1].3 <= 120_000, "{found:?}");
    assert_eq!(found[2], ("Buffer", "logo", 1, 50_000), "{found:?}");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn words_name_class_owner_count_and_size() {
    let diagnosis = diagnose_one(&shop(), &OPTIONS);
    assert_eq!(
        diagnosis.large[0].evidence,
        "`receipts` (Map) keeps 2,000 Receipt alive: 195 KB, 54 % of the heap, 100 bytes each."
    );
    assert!(diagnosis.large[0].advice.contains("`receipts`"));
    assert!(diagnosis.large[2].evidence.contains("takes 49 KB"));
    assert_eq!(diagnosis.large[0].histogram[0].class, "Receipt");
    assert_eq!(diagnosis.large[0].histogram[0].count, 2000);
}

#[test]
fn bytes_are_told_once() {
    let options = DiagnosisOptions {
        min_growth_bytes: 0,
        max_suspects: usize::MAX,
        ..OPTIONS
    };
    for shape in GraphShape::ALL {
        for seed in 0..20 {
            let graph = random_graph(shape, seed);
            let heap = AnalyzedHeap::new(graph, &Progress::none()).unwrap();
            let found = diagnose(&[], &heap, &options, &NoSources, &Progress::none()).unwrap();
            let sum: u64 = found.large.iter().map(|one| one.bytes).sum();
            let context = format!("{shape:?}, seed {seed}: {sum} of {}", found.heap_bytes);
            assert!(sum <= found.heap_bytes, "{context}");
        }
    }
}

#[test]
fn options_narrow_what_is_told() {
    let fixture = Service::new(1001).fixture();
    let none = DiagnosisOptions {
        min_growth_bytes: u64::MAX,
        ..OPTIONS
    };
    assert!(diagnose_one(&fixture, &none).large.is_empty());
    let one = DiagnosisOptions {
        max_suspects: 1,
        ..OPTIONS
    };
    assert_eq!(diagnose_one(&shop(), &one).large.len(), 1);
    assert!(diagnose_one(&heap(), &OPTIONS).large.is_empty());
}
