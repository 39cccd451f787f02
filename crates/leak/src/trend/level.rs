//! One level of the LevelTrend: a ring of block minima and the test on it.
//!
//! Garbage that a collection left behind only ever adds bytes, so the minimum of a block of
//! collections estimates the live bytes; the minimum of blocks feeds the next, slower level.

use std::collections::VecDeque;

use super::growth::{Growth, fit};
use super::mann_kendall::{hamed_rao_inflation, score, standardise, variance};
use super::point::Point;
use super::series::{Halves, Series};
use super::streak::Streak;
use super::theil_sen::{median, residuals, slope};

/// Blocks kept at a level. Long enough for the segment and half tests, short enough that a leak that
/// starts late fills the window soon; higher levels see further back.
const RING: usize = 64;

/// Below 16 blocks the segments have fewer than 2 blocks each and `Z` can hardly reach its bound.
const MIN_BLOCKS: usize = 16;

/// A test at each block would repeat nearly the same test; every 4th makes "3 in a row" mean 12 new
/// blocks at least partly independent of the first window.
const TEST_EVERY: usize = 4;

/// One-sided chance 0.0002: with 6 levels tested all day long, a usual bound would fail daily.
const MIN_Z: f64 = 3.5;

/// The second half alone must rise at the one-sided 5 % level: rejects what rose and stopped.
const MIN_SECOND_HALF_Z: f64 = 1.645;

const SEGMENTS: usize = 8;

/// Of the 7 steps between segment medians, one may fall by noise.
const MIN_RISING_STEPS: usize = 6;

/// A rise mostly made in one step is a step or a burst, not a leak.
const MAX_STEP_SHARE: f64 = 0.5;

/// Slope of the second half over that of the first, per unit of work: a filling cache decelerates,
/// a leak does not. 0.7 leaves a leak room for noise; an exponential approach falls below it after
/// 0.7 time constants.
const MIN_SATURATION_RATIO: f64 = 0.7;

/// Tests in a row, failed ones to lapse as well as passed ones to suspect.
const TESTS_IN_A_ROW: u32 = 3;

/// Minimum over a block of points, and the ring of such minima.
#[derive(Debug, Clone)]
pub(super) struct Level {
    block_size: usize,
    slot_ms: f64,
    slot_start_ms: f64,
    block_minimum: Option<Point>,
    in_block: usize,
    // Grows to RING points on demand: few processes live long enough to reach the highest levels.
    ring: VecDeque<Point>,
    untested: usize,
    streak: Streak,
    verdict: Option<LevelVerdict>,
}

/// The result of one test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LevelVerdict {
    pub(super) growth: Growth,
    passes: bool,
    fit: f64,
}

impl Level {
    /// Points less than `slot_ms` after the one that was counted last are not counted.
    pub(super) fn new(block_size: usize, slot_ms: f64) -> Self {
        Level {
            block_size,
            slot_ms,
            slot_start_ms: f64::NEG_INFINITY,
            block_minimum: None,
            in_block: 0,
            ring: VecDeque::new(),
            untested: 0,
            streak: Streak::default(),
            verdict: None,
        }
    }

    /// Takes a point and returns the minimum of the block it completes, for the next level.
    pub(super) fn push(&mut self, point: Point, min_bytes_per_hour: f64) -> Option<Point> {
        if self
            .block_minimum
            .is_none_or(|minimum| point.bytes <= minimum.bytes)
        {
            self.block_minimum = Some(point);
        }
        if point.time_ms - self.slot_start_ms < self.slot_ms {
            return None;
        }
        self.slot_start_ms = point.time_ms;
        self.in_block += 1;
        if self.in_block < self.block_size {
            return None;
        }
        self.in_block = 0;
        let block = self.block_minimum.take()?;
        self.push_block(block, min_bytes_per_hour);
        Some(block)
    }

    pub(super) fn suspects(&self) -> bool {
        self.streak.holds()
    }

    /// Suspect by the latest test as well: a suspicion about to lapse must not confirm anything.
    pub(super) fn still_suspects(&self) -> bool {
        self.suspects() && self.verdict.is_some_and(|verdict| verdict.passes)
    }

    pub(super) fn verdict(&self) -> Option<&LevelVerdict> {
        self.verdict.as_ref()
    }

    /// 0..1, see [`fit`].
    pub(super) fn confidence(&self) -> f64 {
        self.verdict
            .map_or(0.0, |verdict| verdict.fit * self.streak.persistence())
    }

    /// Whether the window spans so much time.
    pub(super) fn spans(&self, ms: f64) -> bool {
        self.verdict
            .is_some_and(|verdict| verdict.growth.span_ms() >= ms)
    }

    /// Forgets the suspicion but not the points: what fell once is remembered for as long as the
    /// window is, so that the teeth of a saw are not judged one by one.
    pub(super) fn acquit(&mut self) {
        self.streak = Streak::default();
    }

    fn push_block(&mut self, block: Point, min_bytes_per_hour: f64) {
        if self.ring.len() == RING {
            self.ring.pop_front();
        }
        self.ring.push_back(block);
        self.untested += 1;
        if self.ring.len() >= MIN_BLOCKS && self.untested >= TEST_EVERY {
            self.untested = 0;
            self.verdict = test(self.ring.make_contiguous(), min_bytes_per_hour);
            let passes = self.verdict.is_some_and(|verdict| verdict.passes);
            self.streak.record(passes, TESTS_IN_A_ROW, TESTS_IN_A_ROW);
        }
    }
}

fn test(blocks: &[Point], min_bytes_per_hour: f64) -> Option<LevelVerdict> {
    let series = Series::new(blocks);
    let trend = corrected_mann_kendall(&series.hours, &series.bytes);
    let growth = Growth::new(&series, trend.variance)?;
    let middle = series.len() / 2;
    let second_half = corrected_mann_kendall(&series.hours[middle..], &series.bytes[middle..]);
    let ratio = Halves::new(series.progress(), &series.bytes).map_or(0.0, |halves| halves.ratio());
    let steps = Steps::new(&series.bytes);
    let passes = trend.z >= MIN_Z
        && second_half.z >= MIN_SECOND_HALF_Z
        && steps.spread_the_rise()
        && ratio >= MIN_SATURATION_RATIO
        && growth.bytes_per_hour.mid >= min_bytes_per_hour;
    Some(LevelVerdict {
        growth,
        passes,
        fit: fit(trend.z, ratio, steps.rising_share()),
    })
}

struct MannKendall {
    z: f64,
    variance: f64,
}

fn corrected_mann_kendall(hours: &[f64], bytes: &[f64]) -> MannKendall {
    let without_trend = residuals(hours, bytes, slope(hours, bytes).unwrap_or(0.0));
    let variance = variance(bytes.len()) * hamed_rao_inflation(&without_trend);
    MannKendall {
        z: standardise(score(bytes), variance),
        variance,
    }
}

/// The steps between the medians of the segments of a window.
struct Steps {
    rising: usize,
    largest: f64,
    total: f64,
}

impl Steps {
    fn new(bytes: &[f64]) -> Self {
        let n = bytes.len();
        let medians: Vec<f64> = (0..SEGMENTS)
            .filter_map(|i| median(&mut bytes[i * n / SEGMENTS..(i + 1) * n / SEGMENTS].to_vec()))
            .collect();
        let rises = medians.windows(2).map(|pair| pair[1] - pair[0]);
        Steps {
            rising: rises.clone().filter(|&rise| rise > 0.0).count(),
            largest: rises.clone().fold(0.0, f64::max),
            total: rises.sum(),
        }
    }

    fn spread_the_rise(&self) -> bool {
        self.rising >= MIN_RISING_STEPS && self.largest <= MAX_STEP_SHARE * self.total
    }

    fn rising_share(&self) -> f64 {
        self.rising as f64 / (SEGMENTS - 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_testing::Random;

    fn blocks(n: usize, bytes: impl Fn(f64) -> f64) -> Vec<Point> {
        let mut random = Random::new(11);
        (0..n)
            .map(|i| Point {
                time_ms: i as f64 * 240_000.0,
                bytes: bytes(i as f64) + 1e5 * random.normal(),
                work: None,
                load: None,
            })
            .collect()
    }

    fn passes(n: usize, bytes: impl Fn(f64) -> f64) -> bool {
        test(&blocks(n, bytes), 0.3e6).is_some_and(|verdict| verdict.passes)
    }

    #[test]
    fn a_line_passes_and_what_only_rises_does_not() {
        for n in [16, 40, 64] {
            let x = n as f64;
            assert!(passes(n, |i| 50e6 + 1e6 * i), "line of {n}");
            assert!(!passes(n, |_| 50e6), "noise of {n}");
            assert!(
                !passes(n, |i| 50e6 + if i > x / 2.0 { 30e6 } else { 0.0 }),
                "step of {n}"
            );
            assert!(
                !passes(n, |i| 50e6 + 1e6 * i.min(x / 2.0)),
                "plateau of {n}"
            );
            assert!(
                !passes(n, |i| 50e6 + 40e6 * (1.0 - (-3.0 * i / x).exp())),
                "saturation of {n}"
            );
            assert!(!passes(n, |i| 150e6 - 1e6 * i), "fall of {n}");
        }
    }

    #[test]
    fn growth_below_the_floor_is_immaterial() {
        // 64 blocks of 4 minutes; noise 0.1 MB, growth 0.2 MB/h against a floor of 0.3.
        let slow = blocks(64, |i| 50e6 + 0.2e6 * i / 15.0 * 1.0);
        let verdict = test(&slow, 0.3e6).expect("a verdict");
        assert!(!verdict.passes);
        let floorless = blocks(64, |i| 50e6 + 0.29e6 * i);
        assert!(test(&floorless, 0.3e6).is_some_and(|v| v.passes));
        assert!(test(&floorless, 10e6).is_some_and(|v| !v.passes));
    }

    #[test]
    fn points_of_one_slot_count_once_with_their_lowest() {
        let mut level = Level::new(4, 30_000.0);
        let passed_on: Vec<Point> = (0..48)
            .filter_map(|i| {
                let point = Point {
                    time_ms: f64::from(i) * 10_000.0,
                    bytes: if i == 5 { 1e6 } else { 2e6 },
                    work: None,
                    load: None,
                };
                level.push(point, 0.3e6)
            })
            .collect();
        // A slot takes 3 points and a block 4 slots.
        assert_eq!(passed_on.len(), 4);
        assert_eq!(passed_on[0].bytes, 1e6);
        assert!(passed_on[1..].iter().all(|point| point.bytes == 2e6));
    }

    #[test]
    fn a_level_passes_on_the_lowest_point_of_each_block_and_keeps_64() {
        let mut level = Level::new(4, 0.0);
        let mut passed_on = Vec::new();
        for i in 0..1000 {
            let bytes = [9.0, 3.0, 7.0, 5.0][i % 4] * 1e6;
            let point = Point {
                time_ms: i as f64,
                bytes,
                work: None,
                load: None,
            };
            passed_on.extend(level.push(point, 0.3e6));
        }
        assert_eq!(passed_on.len(), 250);
        assert!(
            passed_on
                .iter()
                .all(|point| point.bytes == 3e6 && point.time_ms as u32 % 4 == 1)
        );
        assert_eq!(level.ring.len(), RING);
        assert!(level.ring.capacity() <= 2 * RING);
        assert!(!level.suspects());
    }
}
