//! How much memory a graph may take: what the caller allows, and never more than the process has
//! left. An estimate before a capture can be wrong; these bounds can't.

use std::time::{Duration, Instant};

use heapwatch_capture::MemoryLimits;
use heapwatch_graph::{GraphError, Limit};

use crate::failure::Failure;

/// Of what the machine or the cgroup has left, this part is for the service.
const KEPT_FREE_PERCENT: u64 = 10;

/// Bytes that a graph may take, and who says so.
#[derive(Clone, Copy)]
pub(crate) struct Allowance {
    bytes: Option<u64>,
    is_all_there_is: bool,
}

impl Allowance {
    /// The caller's limit, or what the process has left now if that is less.
    pub(crate) fn now(max_memory_bytes: Option<f64>) -> Self {
        Self::within(max_memory_bytes, MemoryLimits::read().headroom())
    }

    /// The caller's limit, or what is left if that is less. `None`: not limited, not known.
    pub(crate) fn within(max_memory_bytes: Option<f64>, left: Option<u64>) -> Self {
        // Casting saturates: NaN and negative numbers become 0, large ones the maximum.
        let allowed = max_memory_bytes.map(|bytes| bytes as u64);
        let left = left.map(spendable);
        let is_all_there_is = left.is_some_and(|left| allowed.is_none_or(|allowed| left < allowed));
        Allowance {
            bytes: if is_all_there_is { left } else { allowed },
            is_all_there_is,
        }
    }

    /// Bytes; `None` if nothing limits them.
    pub(crate) fn bytes(self) -> Option<u64> {
        self.bytes
    }

    /// Says of a graph that became too large who did not allow it.
    pub(crate) fn explain(self, error: GraphError) -> Failure {
        match error {
            GraphError::TooLarge {
                what: Limit::MemoryBytes,
                allowed,
            } if self.is_all_there_is => Failure::no_room(allowed),
            other => other.into(),
        }
    }
}

/// Refuses what takes more bytes than the process has left.
pub(crate) fn assert_room(needed: u64) -> Result<(), Failure> {
    match MemoryLimits::read().headroom().map(spendable) {
        Some(available) if available < needed => Err(Failure::no_room(available)),
        _ => Ok(()),
    }
}

/// Looks now and then whether the process comes near its limit while a child shares its memory: the
/// service itself may grow meanwhile, and an out-of-memory kill may take it as well.
pub(crate) struct HeadroomGuard {
    next_look: Instant,
    seen: Option<u64>,
}

/// A look reads some small files, a tenth of a millisecond.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What a service that allocates a gigabyte a second takes between two looks, with a margin.
const TOO_LITTLE_BYTES: u64 = 48 << 20;

impl HeadroomGuard {
    pub(crate) fn new() -> Self {
        HeadroomGuard {
            next_look: Instant::now(),
            seen: None,
        }
    }

    /// Whether there is enough left to go on.
    pub(crate) fn is_enough(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.next_look {
            self.next_look = now + LOOK_EVERY;
            self.seen = MemoryLimits::read().headroom();
        }
        self.seen.is_none_or(|left| left >= TOO_LITTLE_BYTES)
    }

    /// What to say if there was not.
    pub(crate) fn explain(&self, otherwise: Failure) -> Failure {
        match self.seen {
            Some(left) if left < TOO_LITTLE_BYTES => Failure::no_room(left),
            _ => otherwise,
        }
    }
}

fn spendable(left: u64) -> u64 {
    left / 100 * (100 - KEPT_FREE_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    #[test]
    fn the_smaller_of_what_is_allowed_and_nine_tenths_of_what_is_left_counts() {
        let bytes = |max, left| Allowance::within(max, left).bytes();
        assert_eq!(bytes(None, None), None);
        assert_eq!(bytes(Some(1e6), None), Some(1_000_000));
        assert_eq!(bytes(None, Some(100 * MB)), Some(90 * MB));
        assert_eq!(bytes(Some(1e6), Some(100 * MB)), Some(1_000_000));
        assert_eq!(bytes(Some(1e12), Some(100)), Some(90));
        assert_eq!(bytes(Some(f64::NAN), Some(100)), Some(0));
    }

    #[test]
    fn a_graph_without_room_is_told_as_that_and_one_beyond_the_limit_as_that() {
        let too_large = || GraphError::TooLarge {
            what: Limit::MemoryBytes,
            allowed: 90,
        };
        let detail = |allowance: Allowance| allowance.explain(too_large()).detail;
        let room = detail(Allowance::within(None, Some(100)));
        assert_eq!(room, r#"{"available":90,"limit":"headroom"}"#);
        let limit = detail(Allowance::within(Some(90.0), Some(1000)));
        assert!(!limit.contains("headroom"), "{limit}");
    }
}
