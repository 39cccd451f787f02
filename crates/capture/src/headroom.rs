//! Whether there is memory for a capture, before it begins.
//!
//! An out-of-memory kill takes a child first where it can (`oom_score_adj`), but in Kubernetes it
//! takes all processes of the container (`memory.oom.group`), and what a graph takes is the
//! process's own. So it must not come to that.

use crate::{CaptureError, MemoryLimits};

/// Of the resident memory, so many per cent may be copied because the parent writes to it while the
/// child lives. The young generation and `malloc`'s areas are written all the time, and nearly every
/// page of the old generation with garbage in it once it is swept; the program's own code never.
/// Measured in a process of 400 to 500 MB, a third of whose objects were garbage, with a child that
/// lived for a second: 18 to 37 % (nothing but the sweeping after a collection), 40 to 51 %
/// (allocating as fast as it can), 56 to 58 % (one full collection after the other). What the child
/// itself may add is counted by its budget.
const COPIED_PERCENT: u64 = 60;

/// Refuses if a child with this budget could hit a limit of the cgroup chain or of the machine. What
/// is not known can't refuse. Gives the bytes that are left to the process beside the child.
pub(crate) fn check_child(memory_budget: u64) -> Result<Option<u64>, CaptureError> {
    check_against(&MemoryLimits::read(), memory_budget)
}

fn check_against(limits: &MemoryLimits, memory_budget: u64) -> Result<Option<u64>, CaptureError> {
    let copied = limits.process_rss.unwrap_or(0) / 100 * COPIED_PERCENT;
    let needed = memory_budget.saturating_add(copied);
    let Some(available) = limits.headroom() else {
        return Ok(None);
    };
    match available.checked_sub(needed) {
        Some(left) => Ok(Some(left)),
        None => Err(CaptureError::Limit {
            what: "a forked child",
            needed,
            available,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn with_headroom(rss: Option<u64>, headroom: Option<u64>) -> MemoryLimits {
        MemoryLimits {
            process_rss: rss,
            cgroup_headroom: headroom,
            ..MemoryLimits::default()
        }
    }

    #[test]
    fn the_budget_and_copies_of_the_resident_memory_must_be_left() {
        let enough = with_headroom(Some(400 * MB), Some(324 * MB));
        assert!(check_against(&enough, 64 * MB).unwrap() == Some(20 * MB));
        let short = with_headroom(Some(400 * MB), Some(304 * MB - 1));
        let error = check_against(&short, 64 * MB).unwrap_err();
        assert_eq!(error.code(), "ERR_HEAPWATCH_LIMIT");
        assert!(matches!(
            error,
            CaptureError::Limit { needed, available, .. }
                if needed == 304 * MB && available == 304 * MB - 1
        ));
    }

    #[test]
    fn the_machine_counts_as_much_as_the_cgroup() {
        let limits = MemoryLimits {
            available_ram: Some(10 * MB),
            ..with_headroom(Some(0), Some(100 * MB))
        };
        assert!(check_against(&limits, 64 * MB).is_err());
    }

    #[test]
    fn what_is_not_known_does_not_refuse() {
        assert_eq!(
            check_against(&with_headroom(None, None), u64::MAX).unwrap(),
            None
        );
        assert_eq!(
            check_against(&with_headroom(None, Some(MB)), MB).unwrap(),
            Some(0)
        );
    }
}
