//! Hysteresis: a condition holds after several passes in a row and lapses after several failures.

/// Counts passes and failures in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Streak {
    passes: u32,
    failures: u32,
    holds: bool,
}

impl Streak {
    pub(super) fn record(&mut self, passed: bool, passes_needed: u32, failures_needed: u32) {
        if passed {
            self.passes = self.passes.saturating_add(1);
            self.failures = 0;
        } else {
            self.failures = self.failures.saturating_add(1);
            self.passes = 0;
        }
        if self.passes >= passes_needed {
            self.holds = true;
        } else if self.failures >= failures_needed {
            self.holds = false;
        }
    }

    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// 0 without a pass, towards 1 with each further one in a row; while the condition holds, never
    /// less than after its first pass.
    pub(super) fn persistence(&self) -> f64 {
        let passes = if self.holds {
            self.passes.max(1)
        } else {
            self.passes
        };
        1.0 - 0.5_f64.powf(f64::from(passes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_after_passes_in_a_row_and_lapses_after_failures_in_a_row() {
        let mut streak = Streak::default();
        let mut seen = Vec::new();
        for passed in [
            true, true, false, true, true, true, false, false, true, false, false, false, true,
        ] {
            streak.record(passed, 3, 3);
            seen.push(streak.holds());
        }
        let held: Vec<usize> = (0..seen.len()).filter(|&i| seen[i]).collect();
        assert_eq!(held, [5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn persistence_grows_with_each_pass() {
        let mut streak = Streak::default();
        assert_eq!(streak.persistence(), 0.0);
        let mut before = 0.0;
        for _ in 0..10 {
            streak.record(true, 3, 3);
            assert!(streak.persistence() > before);
            before = streak.persistence();
        }
    }
}
