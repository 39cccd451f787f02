//! Processes that don't leak have no suspects, with object ids and without.

use heapwatch_leak::DiagnosisOptions;
use heapwatch_testing::{FixtureBuilder, Service, heap};

use crate::captures::{Ids, OPTIONS, compare, compare_with, printed, service_captures, told};

const ALL_IDS: [Ids; 3] = [Ids::Stable, Ids::Renumbered, Ids::Zero];

/// A service that has been at work for a while.
fn warm() -> Service {
    let mut service = Service::new(1001);
    service.cache_users(300);
    service.add_listeners(3);
    service.remember_requests(50);
    service.extend_history(50);
    service.start_intervals(3);
    service.churn_lru(64);
    service.serve(10);
    service
}

fn assert_healthy(captures: &[FixtureBuilder], context: &str) {
    let options = DiagnosisOptions {
        min_growth_bytes: 1,
        ..OPTIONS
    };
    let diagnosis = compare_with(captures, &options);
    assert!(
        diagnosis.suspects.is_empty(),
        "{context}: {}",
        printed(&diagnosis)
    );
}

/// No suspects with 3 and 4 captures and any ids.
fn assert_always_healthy(service: &Service, step: impl Fn(&mut Service, usize)) {
    for count in [3, 4] {
        for ids in ALL_IDS {
            let captures = service_captures(service.clone(), count, ids, &step);
            assert_healthy(&captures, &format!("{count} captures, {ids:?}"));
        }
    }
}

#[test]
fn a_cache_at_its_bound_that_is_replaced_completely() {
    assert_always_healthy(&warm(), |service, _| service.churn_lru(64));
}

#[test]
fn a_cache_at_its_bound_that_is_replaced_slowly() {
    assert_always_healthy(&warm(), |service, _| service.churn_lru(6));
}

#[test]
fn a_cache_at_its_bound_with_two_captures() {
    for churned in [1, 6, 32, 64] {
        for ids in ALL_IDS {
            let captures =
                service_captures(warm(), 2, ids, |service, _| service.churn_lru(churned));
            assert_healthy(&captures, &format!("{churned} {ids:?}"));
        }
    }
}

#[test]
fn caches_that_were_filled_before_the_first_capture() {
    let mut service = warm();
    service.cache_users(5000);
    assert_always_healthy(&service, |service, _| service.serve(10));
}

#[test]
fn requests_in_flight_in_the_newest_epoch_only() {
    for ids in ALL_IDS {
        let captures = service_captures(warm(), 3, ids, |service, step| {
            service.serve(if step == 2 { 200 } else { 10 });
        });
        assert_healthy(&captures, &format!("{ids:?}"));
    }
}

#[test]
fn a_burst_between_the_first_two_captures() {
    assert_always_healthy(&warm(), |service, step| {
        if step == 1 {
            service.cache_users(500);
            service.remember_requests(500);
            service.extend_history(500);
            service.add_listeners(500);
        }
    });
}

#[test]
fn a_heap_that_shrinks() {
    for ids in ALL_IDS {
        let mut service = warm();
        service.serve(300);
        let captures = service_captures(service, 4, ids, |service, step| {
            service.serve(300 - 90 * step);
            service.churn_lru(20);
        });
        assert_healthy(&captures, &format!("{ids:?}"));
    }
}

#[test]
fn no_change_at_all() {
    assert_always_healthy(&warm(), |_, _| {});
}

#[test]
fn a_capture_compared_with_itself() {
    let capture = warm().fixture();
    for count in 2..5 {
        let diagnosis = compare(&vec![capture.clone(); count]);
        assert!(told(&diagnosis).is_empty());
        assert_eq!(diagnosis.heap_growth_bytes, 0);
        assert_eq!(diagnosis.survivor_bytes, 0);
        assert_eq!(diagnosis.unexplained_bytes, 0);
    }
}

#[test]
fn growth_below_the_least_that_is_told() {
    let captures = service_captures(warm(), 3, Ids::Stable, |service, _| {
        service.remember_requests(3);
    });
    // Of three captures two have added to it, and nothing was removed.
    for (least, expected) in [(6 * 1064 + 1, &[][..]), (6 * 1064, &["requests / Request"])] {
        let options = DiagnosisOptions {
            min_growth_bytes: least,
            ..OPTIONS
        };
        assert_eq!(told(&compare_with(&captures, &options)), expected);
    }
}

/// A cache with these numbered entries; the number tells the age.
fn cache_of(entries: impl Iterator<Item = u32>) -> FixtureBuilder {
    let mut fixture = heap();
    let entries: Vec<u32> = entries.collect();
    let labels: Vec<String> = entries
        .iter()
        .map(|entry| format!("entry {entry}"))
        .collect();
    let texts: Vec<_> = labels.iter().map(String::as_str).collect();
    fixture.property("cache", "cache").set("cache", &texts);
    for (label, entry) in labels.iter().zip(&entries) {
        fixture
            .object(label, "Entry")
            .object_id(1001 + 2 * entry)
            .size(500);
    }
    fixture
}

#[test]
fn a_cache_that_was_empty_and_now_churns() {
    // Of the hundred entries of the second capture twenty are left in the third.
    let captures = [cache_of(0..0), cache_of(0..100), cache_of(80..180)];
    assert_healthy(&captures, "filled, then churning");
}

#[test]
fn a_queue_that_turns_over_and_happens_to_be_longer_each_time() {
    // First in, first out: what was new one capture ago is still there.
    let captures = [cache_of(0..100), cache_of(30..132), cache_of(60..164)];
    assert_healthy(&captures, "turning over");
}

#[test]
fn a_queue_that_falls_behind_is_told() {
    // Two come for each that is done: of what was new one capture ago half is gone.
    let captures = [cache_of(50..100), cache_of(100..200), cache_of(150..300)];
    assert_eq!(told(&compare(&captures)).len(), 1);
}

#[test]
fn a_queue_that_falls_behind_not_quite_evenly_is_told() {
    let captures = [cache_of(50..100), cache_of(100..200), cache_of(150..290)];
    assert_eq!(told(&compare(&captures)).len(), 1);
}
