//! What live bytes and traffic do over time: curves over seconds, drawn at random where a process
//! would differ from the next.

use heapwatch_testing::{Curve, Random};

pub(crate) const MB: f64 = 1e6;
pub(crate) const MINUTE: f64 = 60.0;
pub(crate) const HOUR: f64 = 3_600.0;
pub(crate) const DAY: f64 = 24.0 * HOUR;

pub(crate) fn flat(bytes: f64) -> Curve {
    Box::new(move |_| bytes)
}

pub(crate) fn sum(a: Curve, b: Curve) -> Curve {
    Box::new(move |t| a(t) + b(t))
}

/// Rises towards a height exponentially.
pub(crate) fn warm_up(bytes: f64, time_constant: f64) -> Curve {
    Box::new(move |t| bytes * (1.0 - (-t / time_constant).exp()))
}

/// Rises to a height evenly and stays there: a cache of distinct keys that evicts once it is full.
pub(crate) fn fill(bytes: f64, seconds: f64) -> Curve {
    Box::new(move |t| bytes * (t / seconds).min(1.0))
}

/// A cache whose hits get more as it fills, full at 90 % of what there are keys for.
pub(crate) fn fill_with_hits(bytes: f64, time_constant: f64) -> Curve {
    Box::new(move |t| bytes * (1.0 - (-t / time_constant).exp()).min(0.9) / 0.9)
}

pub(crate) fn step(bytes: f64, at: f64) -> Curve {
    Box::new(move |t| if t < at { 0.0 } else { bytes })
}

/// A new version is loaded beside the old one, warms up, and the old one goes after a while. One is a
/// little larger or smaller than another.
pub(crate) fn deploys(random: &mut Random, every: f64, time_constant: f64, hours: f64) -> Curve {
    struct Version {
        at: f64,
        old_goes: f64,
        bytes: f64,
    }
    let size = random.between(20.0, 50.0) * MB;
    let mut versions = Vec::new();
    let mut at = 0.0;
    while at < hours * HOUR {
        versions.push(Version {
            at,
            old_goes: at + random.between(5.0, 30.0) * time_constant,
            bytes: size * random.between(0.95, 1.05),
        });
        at += random.between(0.7, 1.3) * every;
    }
    Box::new(move |t| {
        let newest = versions.partition_point(|version| version.at <= t) - 1;
        let version = &versions[newest];
        let old = newest.checked_sub(1).filter(|_| t < version.old_goes);
        let warmed = version.bytes * (1.0 - (-(t - version.at) / time_constant).exp());
        warmed + old.map_or(0.0, |old| versions[old].bytes)
    })
}

/// Bursts that come at once, stay for a time and then drain.
pub(crate) fn bursts(random: &mut Random, every: f64, seconds: (f64, f64), hours: f64) -> Curve {
    let mut events = Vec::new();
    let mut at = 0.0;
    while at < hours * HOUR {
        at += random.exponential(every);
        events.push((
            at,
            random.between(20.0, 100.0) * MB,
            random.between(seconds.0, seconds.1),
        ));
        at += seconds.1;
    }
    Box::new(move |t| {
        let begun = events.iter().filter(|(at, ..)| t >= *at);
        begun
            .map(|(at, bytes, stay)| bytes * (-((t - at - stay).max(0.0)) / (0.2 * stay)).exp())
            .sum()
    })
}

/// Rises evenly and falls at once, over and over: a log or batch that is flushed.
pub(crate) fn saw(bytes: f64, period: f64, phase: f64) -> Curve {
    Box::new(move |t| bytes * (t / period + phase).fract())
}

pub(crate) fn leak(bytes_per_second: f64, start: f64) -> Curve {
    Box::new(move |t| bytes_per_second * (t - start).max(0.0))
}

/// A leak that makes a step now and then: what a job leaves behind that runs every so often.
pub(crate) fn stairs(bytes_per_second: f64, every: f64) -> Curve {
    Box::new(move |t| bytes_per_second * every * (t / every).floor())
}

/// Memory in proportion to the traffic: sessions, requests in flight.
pub(crate) fn follows(traffic: Curve, bytes_per_request_per_second: f64) -> Curve {
    Box::new(move |t| bytes_per_request_per_second * traffic(t))
}

/// What a unit of work adds as long as it is not yet known: a cache filled by requests.
pub(crate) fn learns(requests: Curve, bytes: f64, requests_to_learn: f64) -> Curve {
    Box::new(move |t| bytes * (1.0 - (-requests(t) / requests_to_learn).exp()))
}
