//! Random histories of the simulated service.

use heapwatch_testing::{Random, Service};

use crate::captures::{Ids, compare, printed, service_captures, told};

/// Work that is no leak: anything may happen in any interval, but what is added goes again.
fn traffic(service: &mut Service, random: &mut Random) {
    for _ in 0..random.below(4) {
        match random.below(3) {
            0 => service.churn_lru(random.below(100)),
            1 => service.serve(random.below(60)),
            _ => service.churn_lru(random.below(8)),
        }
    }
    // A request is over before the next capture but one.
    service.serve(random.below(60));
}

/// A service with a random past, in which nothing leaks any more.
fn past(random: &mut Random) -> Service {
    let mut service = Service::new(1001 + 2 * random.below(5000) as u32);
    for kind in LEAKS {
        (kind.0)(&mut service, random.below(80));
    }
    service.serve(random.below(60));
    service
}

/// A leak, the owner and class it has to be told with, and bytes of one.
type Leak = (fn(&mut Service, usize), &'static str, usize);

const LEAKS: [Leak; 5] = [
    (Service::cache_users, "cache / User", 80),
    (
        Service::add_listeners,
        "bus._events.message / (anonymous function)",
        1160,
    ),
    (Service::remember_requests, "requests / Request", 1064),
    (Service::extend_history, "history / Entry", 232),
    (Service::start_intervals, "setInterval() / Timeout", 692),
];

#[test]
fn no_history_without_a_leak_has_a_suspect() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let service = past(&mut random);
        let count = 3 + random.below(3);
        let captures = service_captures(service, count, Ids::Stable, |service, _| {
            traffic(service, &mut random);
        });
        let diagnosis = compare(&captures);
        assert!(
            diagnosis.suspects.is_empty(),
            "seed {seed}: {}",
            printed(&diagnosis)
        );
    }
}

#[test]
fn a_leak_of_material_size_always_comes_first_whatever_else_happens() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let service = past(&mut random);
        let (leak, expected, bytes_each) = *random.pick(&LEAKS);
        let per_step = 16_384 / bytes_each + random.below(50);
        let count = 3 + random.below(3);
        let captures = service_captures(service, count, Ids::Stable, |service, _| {
            traffic(service, &mut random);
            // Not quite the same in each interval.
            leak(service, per_step + random.below(1 + per_step / 2));
            traffic(service, &mut random);
        });
        let diagnosis = compare(&captures);
        let first = told(&diagnosis).into_iter().next();
        assert_eq!(
            first.as_deref(),
            Some(expected),
            "seed {seed}: {}",
            printed(&diagnosis)
        );
        assert_eq!(
            diagnosis.suspects.len(),
            1,
            "seed {seed}: {}",
            printed(&diagnosis)
        );
    }
}

#[test]
fn without_ids_a_leak_of_material_size_comes_first() {
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let service = past(&mut random);
        let (leak, expected, bytes_each) = *random.pick(&LEAKS);
        let per_step = 65_536 / bytes_each + random.below(50);
        let captures = service_captures(service, 3, Ids::Renumbered, |service, _| {
            traffic(service, &mut random);
            leak(service, per_step);
        });
        let diagnosis = compare(&captures);
        let first = told(&diagnosis).into_iter().next();
        assert_eq!(
            first.as_deref(),
            Some(expected),
            "seed {seed}: {}",
            printed(&diagnosis)
        );
    }
}
