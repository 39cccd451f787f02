//! Each leak of the simulated service, in every mode: who, what, how many, where, why.

use heapwatch_leak::{AgeMethod, Diagnosis, DiagnosisOptions, LocationRole, Suspect};
use heapwatch_testing::{Service, Site};

use crate::captures::{
    Ids, MINUTE, OPTIONS, compare, compare_with, path, printed, service_captures, told,
};

/// A leak, and what has to be said about it.
#[derive(Clone, Copy)]
struct Leak {
    work: fn(&mut Service, usize),
    owner: &'static str,
    owner_class: &'static str,
    class: &'static str,
    cause: Option<&'static str>,
    role: LocationRole,
    site: Site,
    /// Bytes that one member keeps alive, those of its key included.
    bytes_each: u64,
}

const LEAKS: [Leak; 5] = [
    Leak {
        work: Service::cache_users,
        owner: "cache",
        owner_class: "Map",
        class: "User",
        cause: Some("unbounded-collection"),
        role: LocationRole::Class,
        site: Service::USER,
        bytes_each: 24 + 40 + 16,
    },
    Leak {
        work: Service::add_listeners,
        owner: "bus._events.message",
        owner_class: "Array",
        class: "(anonymous function)",
        cause: Some("event-listeners"),
        role: LocationRole::Function,
        site: Service::LISTENER,
        bytes_each: 64 + 32 + 64 + 1000,
    },
    Leak {
        work: Service::remember_requests,
        owner: "requests",
        owner_class: "Array",
        class: "Request",
        cause: Some("unbounded-collection"),
        role: LocationRole::Class,
        site: Service::REQUEST,
        bytes_each: 64 + 1000,
    },
    Leak {
        work: Service::extend_history,
        owner: "history",
        owner_class: "History",
        class: "Entry",
        cause: Some("backlog"),
        role: LocationRole::Class,
        site: Service::ENTRY,
        bytes_each: 32 + 200,
    },
    Leak {
        work: Service::start_intervals,
        owner: "setInterval()",
        owner_class: "TimersList",
        class: "Timeout",
        cause: Some("timers"),
        role: LocationRole::Function,
        site: Service::INTERVAL,
        bytes_each: 96 + 64 + 32 + 500,
    },
];

const STEP: usize = 100;

/// A process in which only this leaks, and traffic comes and goes.
fn leaking(leak: Leak, first_id: u32, captures: usize, ids: Ids) -> Diagnosis {
    let mut service = Service::new(first_id);
    (leak.work)(&mut service, STEP);
    service.serve(5);
    compare(&service_captures(service, captures, ids, |service, _| {
        service.churn_lru(64);
        (leak.work)(service, STEP);
        service.churn_lru(16);
        service.serve(5);
    }))
}

fn assert_told(suspect: &Suspect, leak: Leak, context: &str) {
    let is = (
        suspect.owner.name.as_str(),
        suspect.owner.class.as_str(),
        suspect.class.as_str(),
        suspect.cause,
    );
    let should = (leak.owner, leak.owner_class, leak.class, leak.cause);
    assert_eq!(is, should, "{context}");
    let first = suspect.locations.first().expect("a location");
    assert_eq!(first.role, leak.role, "{context}");
    assert_eq!(
        first.place.location,
        leak.site.source_location(),
        "{context}"
    );
    assert_eq!(suspect.rank, 1);
    assert!(suspect.evidence.contains('`'), "{}", suspect.evidence);
    assert!(!suspect.advice.is_empty());
}

#[test]
fn a_single_leak_comes_first_and_alone_with_its_owner_class_cause_and_line() {
    for leak in LEAKS {
        for captures in [2, 3, 4] {
            for ids in [Ids::Stable, Ids::Renumbered, Ids::Zero] {
                let diagnosis = leaking(leak, 1001, captures, ids);
                let context = format!("{captures} captures, {ids:?}: {}", printed(&diagnosis));
                assert_eq!(diagnosis.suspects.len(), 1, "{context}");
                assert_told(&diagnosis.suspects[0], leak, &context);
                let method = match ids {
                    Ids::Stable => AgeMethod::ObjectIds,
                    _ => AgeMethod::GroupGrowth,
                };
                assert_eq!(diagnosis.method, method, "{context}");
                assert_eq!(diagnosis.captures, captures);
            }
        }
    }
}

#[test]
fn members_are_counted_in_all_and_as_gained() {
    for leak in LEAKS {
        for captures in [2, 3, 4] {
            for ids in [Ids::Stable, Ids::Renumbered] {
                let diagnosis = leaking(leak, 1001, captures, ids);
                let suspect = &diagnosis.suspects[0];
                let (all, gained) = (captures * STEP, (captures - 1) * STEP);
                // First and last of a list may count apart: they hang on its owner as well.
                let context = format!("{captures} {ids:?} {}", printed(&diagnosis));
                assert!(all as u64 - suspect.count <= 2, "{context}");
                assert!(
                    (gained as i64 - suspect.count_growth).abs() <= 2,
                    "{context}"
                );
            }
        }
    }
}

#[test]
fn survivors_are_what_appeared_before_the_newest_epoch() {
    for leak in LEAKS {
        for (captures, steps) in [(2, 1), (3, 1), (4, 2)] {
            let diagnosis = leaking(leak, 1001, captures, Ids::Stable);
            let suspect = &diagnosis.suspects[0];
            let bytes = steps * STEP as u64 * leak.bytes_each;
            let is_close = suspect.growth_bytes.abs_diff(bytes) <= 2 * leak.bytes_each;
            assert!(is_close, "{bytes} {}", printed(&diagnosis));
            let told = suspect.growth_bytes + diagnosis.unexplained_bytes;
            assert_eq!(told, diagnosis.survivor_bytes);
        }
    }
}

#[test]
fn a_leak_has_one_fingerprint_whatever_the_process_ids_and_captures() {
    let mut all = Vec::new();
    for leak in LEAKS {
        let mut fingerprints = Vec::new();
        for (first_id, captures, ids) in [
            (1001, 2, Ids::Stable),
            (1001, 3, Ids::Stable),
            (77_777, 4, Ids::Stable),
            (1001, 3, Ids::Zero),
            (5, 4, Ids::Renumbered),
        ] {
            let diagnosis = leaking(leak, first_id, captures, ids);
            fingerprints.push(diagnosis.suspects[0].fingerprint.clone());
        }
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 1, "{} {fingerprints:?}", leak.owner);
        all.extend(fingerprints);
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), LEAKS.len());
}

#[test]
fn rates_are_given_per_hour_if_there_is_a_clock() {
    let captures = service_captures(Service::new(1001), 3, Ids::Stable, |service, _| {
        service.remember_requests(60);
    });
    let options = DiagnosisOptions {
        taken_at_ms: Some(2.0 * MINUTE),
        ..OPTIONS
    };
    let timed = compare_with(&captures, &options);
    assert_eq!(timed.suspects[0].count_per_hour, Some(3600.0));
    assert_eq!(timed.suspects[0].bytes_per_hour, Some(3600.0 * 1064.0));
    let untimed = compare(&captures);
    assert_eq!(untimed.suspects[0].count_per_hour, None);
    assert_eq!(untimed.suspects[0].bytes_per_hour, None);
}

#[test]
fn several_leaks_are_told_in_the_order_of_their_bytes() {
    let captures = service_captures(Service::new(1001), 3, Ids::Stable, |service, _| {
        service.remember_requests(60);
        service.add_listeners(100);
        service.extend_history(100);
        service.start_intervals(60);
        service.cache_users(100);
        service.churn_lru(64);
    });
    let diagnosis = compare(&captures);
    assert_eq!(
        told(&diagnosis),
        [
            "bus._events.message / (anonymous function)",
            "requests / Request",
            "setInterval() / Timeout",
            "history / Entry",
            "cache / User",
        ],
        "{}",
        printed(&diagnosis)
    );
    let ranks: Vec<_> = diagnosis.suspects.iter().map(|s| s.rank).collect();
    assert_eq!(ranks, [1, 2, 3, 4, 5]);
    let shares: f64 = diagnosis.suspects.iter().map(|s| s.share_of_growth).sum();
    assert!((0.5..=1.0).contains(&shares), "{shares}");
}

#[test]
fn no_more_suspects_are_told_than_asked_for() {
    let captures = service_captures(Service::new(1001), 3, Ids::Stable, |service, _| {
        service.remember_requests(60);
        service.add_listeners(100);
        service.extend_history(100);
    });
    let options = DiagnosisOptions {
        max_suspects: 2,
        ..OPTIONS
    };
    let diagnosis = compare_with(&captures, &options);
    assert_eq!(diagnosis.suspects.len(), 2);
    assert!(diagnosis.unexplained_bytes >= 200 * 100);
}

#[test]
fn ids_that_agree_by_chance_are_not_taken_for_ages() {
    // Two processes of one program that started alike and then did different work.
    let mut one = Service::new(1001);
    one.cache_users(500);
    let mut other = Service::new(1001);
    other.remember_requests(50);
    other.cache_users(900);
    let diagnosis = compare(&[one.fixture(), other.fixture()]);
    assert_eq!(diagnosis.method, AgeMethod::GroupGrowth);
}

#[test]
fn a_leak_of_one_in_ten_requests_is_found() {
    for ids in [Ids::Stable, Ids::Zero] {
        let captures = service_captures(Service::new(1001), 4, ids, |service, _| {
            for request in 0..200 {
                service.serve(3);
                if request % 10 == 0 {
                    service.remember_requests(1);
                }
            }
        });
        let diagnosis = compare(&captures);
        assert_eq!(told(&diagnosis), ["requests / Request"], "{ids:?}");
        assert_eq!(diagnosis.suspects[0].count, 60);
    }
}

#[test]
fn a_list_is_told_by_its_holder_however_long_it_is() {
    let mut service = Service::new(1001);
    service.extend_history(5000);
    let captures = service_captures(service, 3, Ids::Stable, |service, _| {
        service.extend_history(200);
    });
    let diagnosis = compare(&captures);
    assert_eq!(told(&diagnosis), ["history / Entry"]);
    let path = path(&diagnosis.suspects[0]);
    assert!(
        path.ends_with("history History > head Entry > next Entry"),
        "{path}"
    );
}

#[test]
fn evidence_says_that_nothing_was_removed_only_if_nothing_was() {
    let kept = service_captures(Service::new(1001), 3, Ids::Stable, |service, _| {
        service.cache_users(100);
    });
    let without_ids = service_captures(Service::new(1001), 3, Ids::Zero, |service, _| {
        service.cache_users(100);
    });
    let evidence = |diagnosis: Diagnosis| diagnosis.suspects[0].evidence.clone();
    assert!(evidence(compare(&kept)).contains("none of those was removed"));
    assert!(!evidence(compare(&without_ids)).contains("removed"));
}
