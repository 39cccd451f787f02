//! The captures that are compared, and the time between them.

use crate::capture_summary::{CaptureSummary, GroupSize};

/// Earlier captures that are compared at most. With more steps, each gains so little that its rate
/// is chance.
const MAX_EARLIER: usize = 15;
/// Captures closer together than this, milliseconds, can't be timed: what is gained between two
/// calls in a row comes in one piece, and its rate says nothing about steadiness.
const MIN_STEP_MS: f64 = 100.0;

/// Earlier captures, oldest first, and how long it was from each to the next, the last step being
/// the one to the capture under diagnosis.
pub(super) struct CaptureSeries<'a> {
    earlier: Vec<&'a CaptureSummary>,
    steps: Vec<f64>,
    has_clock: bool,
}

impl<'a> CaptureSeries<'a> {
    pub(super) fn new(all: &[&'a CaptureSummary], last_taken_at_ms: Option<f64>) -> Self {
        let kept = evenly_spaced(all.len());
        let earlier: Vec<_> = kept.iter().map(|&at| all[at]).collect();
        let times = (earlier.iter().map(|summary| summary.taken_at_ms)).chain([last_taken_at_ms]);
        let by_clock = (times.collect::<Option<Vec<f64>>>())
            .map(|times| differences(&times))
            .filter(|steps| steps.iter().all(|step| step.is_finite() && *step > 0.0));
        // Without a clock the captures are taken to be evenly spaced.
        let positions: Vec<f64> = kept
            .iter()
            .chain([&all.len()])
            .map(|&at| at as f64)
            .collect();
        Self {
            earlier,
            has_clock: by_clock.is_some(),
            steps: by_clock.unwrap_or_else(|| differences(&positions)),
        }
    }

    pub(super) fn earlier(&self) -> &[&'a CaptureSummary] {
        &self.earlier
    }

    /// The newest epoch: that of objects which appeared after the last earlier capture.
    pub(super) fn newest_epoch(&self) -> u8 {
        self.earlier.len() as u8
    }

    /// Epochs whose objects are survivors: all but the oldest, and but the newest, which may be in
    /// use right now, unless there is no other.
    pub(super) fn survivor_epochs(&self) -> std::ops::Range<usize> {
        1..self.earlier.len().max(2)
    }

    /// A group's size in the first capture.
    pub(super) fn first_size(&self, key: u64) -> GroupSize {
        (self.earlier.first()).map_or(GroupSize::default(), |first| first.size(key))
    }

    /// A group's number of members in the earlier captures.
    pub(super) fn counts(&self, key: u64) -> impl Iterator<Item = u64> + '_ {
        self.earlier
            .iter()
            .map(move |summary| summary.size(key).count)
    }

    /// Slowest rate over mean rate of what was gained in each step; 0 if nothing was.
    pub(super) fn steadiness(&self, gains: impl Iterator<Item = f64>) -> f64 {
        let shortest = if self.has_clock { MIN_STEP_MS } else { 0.0 };
        let rates: Vec<f64> = (gains.zip(&self.steps))
            .map(|(gain, step)| gain / step.max(shortest))
            .collect();
        let mean = rates.iter().sum::<f64>() / rates.len().max(1) as f64;
        if mean <= 0.0 {
            return 0.0;
        }
        rates.iter().copied().fold(f64::INFINITY, f64::min).max(0.0) / mean
    }

    /// Milliseconds over which the survivors appeared; `None` without a clock.
    pub(super) fn survivors_over_ms(&self) -> Option<f64> {
        let steps = self.steps.get(..self.survivor_epochs().len())?;
        self.has_clock.then(|| steps.iter().sum())
    }

    /// Milliseconds from the first capture to the last; `None` without a clock.
    pub(super) fn all_ms(&self) -> Option<f64> {
        self.has_clock.then(|| self.steps.iter().sum())
    }
}

fn differences(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Positions of at most [`MAX_EARLIER`] of `len` captures: the first, the last two, since a summary
/// counts what is new since the one right before it, and an even choice between.
fn evenly_spaced(len: usize) -> Vec<usize> {
    if len <= MAX_EARLIER {
        return (0..len).collect();
    }
    let steps = MAX_EARLIER - 2;
    let chosen = (0..=steps).map(|i| i * (len - 2) / steps);
    chosen.chain([len - 1]).collect()
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::{CaptureSeries, evenly_spaced};
    use crate::capture_summary::CaptureSummary;

    fn summaries(times: &[Option<f64>]) -> Vec<CaptureSummary> {
        let heap = heap().analyze();
        let times = times.iter();
        times
            .map(|&at| CaptureSummary::new(&heap, None, at))
            .collect()
    }

    /// Milliseconds of survivors and of all, and the steadiness of these gains.
    fn measured(
        times: &[Option<f64>],
        last: Option<f64>,
        gains: &[f64],
    ) -> (Option<f64>, Option<f64>, f64) {
        let summaries = summaries(times);
        let summaries: Vec<_> = summaries.iter().collect();
        let series = CaptureSeries::new(&summaries, last);
        let steadiness = series.steadiness(gains.iter().copied());
        (series.survivors_over_ms(), series.all_ms(), steadiness)
    }

    #[test]
    fn survivors_appeared_before_the_last_earlier_capture() {
        let three = measured(&[Some(0.0), Some(100.0)], Some(300.0), &[1.0, 2.0]);
        assert_eq!(three, (Some(100.0), Some(300.0), 1.0));
        let two = measured(&[Some(0.0)], Some(100.0), &[5.0]);
        assert_eq!(two, (Some(100.0), Some(100.0), 1.0));
    }

    #[test]
    fn steps_too_short_to_time_count_as_equally_long() {
        let (.., steady) = measured(&[Some(0.0), Some(0.2)], Some(20.0), &[10.0, 10.0]);
        assert_eq!(steady, 1.0);
    }

    #[test]
    fn steadiness_compares_rates_not_amounts() {
        let (.., even) = measured(&[Some(0.0), Some(100.0)], Some(300.0), &[10.0, 20.0]);
        let (.., uneven) = measured(&[Some(0.0), Some(100.0)], Some(300.0), &[10.0, 0.0]);
        assert_eq!((even, uneven), (1.0, 0.0));
        let (.., half) = measured(&[None, None], None, &[10.0, 30.0]);
        assert_eq!(half, 0.5);
        let (.., none) = measured(&[None, None], None, &[0.0, 0.0]);
        assert_eq!(none, 0.0);
    }

    #[test]
    fn a_clock_that_is_missing_or_goes_wrong_is_not_used() {
        for times in [
            [None, Some(1.0)],
            [Some(5.0), Some(5.0)],
            [Some(9.0), Some(5.0)],
            [Some(f64::NAN), Some(5.0)],
            [Some(f64::NEG_INFINITY), Some(5.0)],
        ] {
            let (survivors, all, steady) = measured(&times, Some(10.0), &[1.0, 1.0]);
            assert_eq!((survivors, all, steady), (None, None, 1.0), "{times:?}");
        }
    }

    #[test]
    fn of_many_captures_the_first_and_the_last_two_are_kept() {
        assert_eq!(evenly_spaced(3), [0, 1, 2]);
        for len in [16, 17, 100, 300, 10_000] {
            let kept = evenly_spaced(len);
            assert_eq!(kept.len(), 15, "{len}");
            assert!(kept.is_sorted_by(|a, b| a < b), "{kept:?}");
            assert_eq!((kept[0], kept[13], kept[14]), (0, len - 2, len - 1));
        }
    }

    #[test]
    fn steps_over_captures_that_were_left_out_are_longer() {
        let times = vec![None; 29];
        // Positions 0, 2, 4 ... 26 (27 / 13 rounds down), then 27 and 28 and the capture itself.
        let summaries = summaries(&times);
        let summaries: Vec<_> = summaries.iter().collect();
        let series = CaptureSeries::new(&summaries, None);
        let gains: Vec<f64> = series.steps.clone();
        assert!(series.steps.contains(&2.0) && series.steps.contains(&1.0));
        assert_eq!(series.steadiness(gains.into_iter()), 1.0);
    }
}
