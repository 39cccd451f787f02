//! One accepted measurement, and the gate in front of the statistics that decides what is one.

use super::Sample;

/// Number of bytes (or of units of work or load) beyond which a value cannot be a measurement:
/// above 2^53 an `f64` no longer holds integers exactly, so JavaScript cannot have counted it.
const MAX_MEASUREMENT: f64 = 9_007_199_254_740_992.0;

/// A limit of a pebibyte or more is a sentinel for "none" (cgroup v1 reports 2^63 - 4096, V8 and
/// some kernels 2^64), and a runway to it would be meaningless.
const MAX_LIMIT_BYTES: f64 = 1_125_899_906_842_624.0;

/// The range of a JavaScript `Date`, in milliseconds. One absurd timestamp must not make every
/// later sample look as if it went back in time.
const MAX_TIME_MS: f64 = 8.64e15;

/// So many samples in a row from before the last accepted one mean that the clock was set back,
/// not that a few samples came late; the series then starts anew.
const CLOCK_SET_BACK_AFTER: u32 = 8;

/// An accepted sample: every number is finite and within range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) time_ms: f64,
    pub(super) bytes: f64,
    pub(super) work: Option<f64>,
    pub(super) load: Option<f64>,
}

/// What the gate made of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Admission {
    /// Not a measurement: leave everything as it is.
    Ignored,
    /// The next point of the series.
    Accepted(Point),
    /// The clock was set back: the first point of a new series.
    Restart(Point),
}

/// Checks samples in the order they arrive. Constant memory.
#[derive(Debug, Clone, Default)]
pub(super) struct SampleGate {
    last_time_ms: Option<f64>,
    rejected_time_ms: f64,
    rejected_in_a_row: u32,
    work_counter: f64,
    work_total: f64,
    last_work: Option<WorkDone>,
}

/// Work at the last time it was stated, and how fast it was done before.
#[derive(Debug, Clone, Copy)]
struct WorkDone {
    time_ms: f64,
    total: f64,
    per_ms: Option<f64>,
}

impl SampleGate {
    pub(super) fn admit(&mut self, sample: &Sample) -> Admission {
        if !is_measurement(sample.bytes) || !in_range(sample.time_ms, MAX_TIME_MS) {
            return Admission::Ignored;
        }
        let goes_back = self.last_time_ms.is_some_and(|last| sample.time_ms < last);
        if !goes_back {
            self.rejected_in_a_row = 0;
            return Admission::Accepted(self.accept(sample));
        }
        if self.clock_was_set_back(sample.time_ms) {
            *self = SampleGate::default();
            return Admission::Restart(self.accept(sample));
        }
        Admission::Ignored
    }

    fn accept(&mut self, sample: &Sample) -> Point {
        self.last_time_ms = Some(sample.time_ms);
        let counted = sample.work.filter(|&work| is_measurement(work));
        let work = counted.map(|work| self.total(work));
        let pace = work.and_then(|total| self.pace(sample.time_ms, total));
        Point {
            time_ms: sample.time_ms,
            bytes: sample.bytes,
            work,
            load: sample.load.filter(|&load| is_measurement(load)).or(pace),
        }
    }

    /// Work per millisecond since the last sample, which is a load as well: whoever counts requests
    /// need not measure how busy the process is. Samples of one moment share what was before them.
    fn pace(&mut self, time_ms: f64, total: f64) -> Option<f64> {
        let last = self.last_work;
        if let Some(last) = last.filter(|last| time_ms <= last.time_ms) {
            return last.per_ms;
        }
        let per_ms = last
            .map(|last| (total - last.total) / (time_ms - last.time_ms))
            .filter(|&pace| is_measurement(pace));
        self.last_work = Some(WorkDone {
            time_ms,
            total,
            per_ms,
        });
        per_ms
    }

    /// A counter that falls was reset; what it shows then is work done since.
    fn total(&mut self, counter: f64) -> f64 {
        let done = if counter >= self.work_counter {
            counter - self.work_counter
        } else {
            counter
        };
        self.work_counter = counter;
        self.work_total += done;
        self.work_total
    }

    fn clock_was_set_back(&mut self, time_ms: f64) -> bool {
        let follows = self.rejected_in_a_row > 0 && time_ms >= self.rejected_time_ms;
        self.rejected_in_a_row = if follows {
            self.rejected_in_a_row + 1
        } else {
            1
        };
        self.rejected_time_ms = time_ms;
        self.rejected_in_a_row >= CLOCK_SET_BACK_AFTER
    }
}

/// The limit a sample states, unless it is a way of saying that there is none.
pub(super) fn real_limit(limit_bytes: Option<f64>) -> Option<f64> {
    limit_bytes.filter(|&limit| limit > 0.0 && limit < MAX_LIMIT_BYTES)
}

fn is_measurement(value: f64) -> bool {
    (0.0..=MAX_MEASUREMENT).contains(&value)
}

fn in_range(value: f64, max: f64) -> bool {
    value.abs() <= max
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time_ms: f64, bytes: f64) -> Sample {
        Sample {
            time_ms,
            bytes,
            work: None,
            load: None,
            limit_bytes: None,
        }
    }

    #[test]
    fn numbers_that_measure_nothing_are_ignored() {
        let mut gate = SampleGate::default();
        for bytes in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert_eq!(
                gate.admit(&sample(0.0, bytes)),
                Admission::Ignored,
                "bytes {bytes}"
            );
        }
        for time in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(
                gate.admit(&sample(time, 1.0)),
                Admission::Ignored,
                "time {time}"
            );
        }
        assert!(matches!(
            gate.admit(&sample(5.0, 1.0)),
            Admission::Accepted(_)
        ));
    }

    #[test]
    fn a_late_sample_is_ignored_and_a_clock_set_back_starts_a_new_series() {
        let mut gate = SampleGate::default();
        assert!(matches!(
            gate.admit(&sample(1000.0, 1.0)),
            Admission::Accepted(_)
        ));
        assert_eq!(gate.admit(&sample(999.0, 1.0)), Admission::Ignored);
        assert!(matches!(
            gate.admit(&sample(1001.0, 1.0)),
            Admission::Accepted(_)
        ));
        let outcomes: Vec<bool> = (0..8)
            .map(|i| {
                matches!(
                    gate.admit(&sample(f64::from(i), 1.0)),
                    Admission::Restart(_)
                )
            })
            .collect();
        assert_eq!(
            outcomes,
            [false, false, false, false, false, false, false, true]
        );
        assert!(matches!(
            gate.admit(&sample(8.0, 1.0)),
            Admission::Accepted(_)
        ));
    }

    #[test]
    fn work_goes_on_counting_when_its_counter_is_reset() {
        let mut gate = SampleGate::default();
        let totals: Vec<Option<f64>> = [
            Some(10.0),
            Some(30.0),
            None,
            Some(5.0),
            Some(f64::NAN),
            Some(6.0),
        ]
        .into_iter()
        .enumerate()
        .map(|(i, work)| {
            match gate.admit(&Sample {
                work,
                ..sample(i as f64, 1.0)
            }) {
                Admission::Accepted(point) => point.work,
                other => panic!("{other:?}"),
            }
        })
        .collect();
        assert_eq!(
            totals,
            [Some(10.0), Some(30.0), None, Some(35.0), None, Some(36.0)]
        );
    }

    #[test]
    fn work_counted_per_time_is_a_load_unless_one_is_stated() {
        let mut gate = SampleGate::default();
        let loads: Vec<Option<f64>> = [
            (0.0, Some(100.0), None),
            (10.0, Some(120.0), None),
            // Of the same moment: the pace before it holds, and its work counts for the next.
            (10.0, Some(130.0), None),
            (20.0, Some(150.0), None),
            (30.0, None, None),
            // The counter was reset: 40 units since the last count, 20 ms ago.
            (40.0, Some(40.0), None),
            (50.0, Some(60.0), Some(7.0)),
        ]
        .into_iter()
        .map(|(time_ms, work, load)| {
            match gate.admit(&Sample {
                work,
                load,
                ..sample(time_ms, 1.0)
            }) {
                Admission::Accepted(point) => point.load,
                other => panic!("{other:?}"),
            }
        })
        .collect();
        let expected = [
            None,
            Some(2.0),
            Some(2.0),
            Some(3.0),
            None,
            Some(2.0),
            Some(7.0),
        ];
        assert_eq!(loads, expected);
    }

    #[test]
    fn a_limit_that_means_none_is_none() {
        for absurd in [
            18_446_744_073_709_551_616.0,
            9_223_372_036_854_771_712.0,
            0.0,
            -1.0,
            f64::NAN,
            f64::INFINITY,
        ] {
            assert_eq!(real_limit(Some(absurd)), None, "{absurd}");
        }
        assert_eq!(real_limit(Some(256e6)), Some(256e6));
        assert_eq!(real_limit(None), None);
    }
}
