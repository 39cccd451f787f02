//! The fast path: short-lived processes and fast leaks, judged on single major collections.
//!
//! The exact Mann-Kendall test on the latest few collections, made safe by demanding growth that is
//! large against the limit and a limit that is near. Start-up is where a healthy process looks most
//! like this, so more is asked: the window spans some time, its second half keeps rising, it neither
//! jumps nor falls by half of the growth, and it ends above what the series has come back from
//! before. An alarm further asks that the curve, bending on as it bends, still reaches the limit.
//!
//! `O(w^2)` time per point for windows of `w <= 60` points, constant memory.

use std::collections::VecDeque;

use super::TrendOptions;
use super::growth::{Growth, fit};
use super::mann_kendall::{critical_score, score, standardise, variance};
use super::point::Point;
use super::series::{Halves, Series};
use super::streak::Streak;

/// Lengths of the windows tried, each half as long again as the one before: whatever the pace of
/// collections, one of them fits between "enough growth" and "nothing but the leak".
const WINDOWS: [usize; 6] = [8, 12, 18, 27, 40, 60];

/// Points kept: the longest window.
const RING: usize = 60;

/// `S >= 20` of 8 values has the exact one-sided chance 285 / 40320 = 0.00707; longer windows are
/// held to the same.
const SIGNIFICANCE: f64 = 0.0071;

/// V8 collects many times a second while a heap is small and growing; the lowest point of each
/// second stands for it, or 8 collections would be one burst of allocation.
const SLOT_MS: f64 = 1_000.0;

/// Slope of the second half over that of the first. In simulated windows of 12 collections (noise of
/// 3 % of the growth) a line passes 0.6 nearly always and an exponential approach nearly never once
/// the window is 1.5 time constants long. Straighter curves are left to `reaches_limit`.
/// `scenario_tests.rs` repeats the simulation.
pub(super) const MIN_SATURATION_RATIO: f64 = 0.6;

/// A rise mostly made between two collections is a step or a burst, not a leak; one that mostly went
/// away in between is the tooth of a saw.
const MAX_STEP_SHARE: f64 = 0.5;

/// The level to stay clear of: V8 collects ever more often above it and the process is lost soon.
pub(super) const USABLE_LIMIT: f64 = 0.9;

/// Windows in a row that pass: diagnosis may start at 2, an alarm takes 3.
const PASSES_TO_SUSPECT: u32 = 2;
const PASSES_TO_CONFIRM: u32 = 3;

/// An alarm also takes a sixth of the window in passes: growth that needs a long window to show is
/// slow, so there is time to see whether it bends. A quarter delays the
/// alarm on a noisy 1 MB/s by up to 15 s more.
const WINDOW_PER_PASS: usize = 6;

/// The shortest window must have been replaced once before a suspicion lapses.
const FAILURES_TO_LAPSE: u32 = 8;

/// Points for which an earlier peak is remembered (twice that at most).
const PEAK_MEMORY: u32 = 128;

/// The state of the fast path.
#[derive(Debug, Clone)]
pub(super) struct FastPath {
    critical_scores: [i64; WINDOWS.len()],
    ring: VecDeque<Point>,
    slot_start_ms: f64,
    peak: RecentPeak,
    suspicion: Streak,
    confirmation: Streak,
    verdict: Option<FastVerdict>,
}

/// What the longest window that passes says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FastVerdict {
    pub(super) growth: Growth,
    reaches_limit: bool,
    passes_to_confirm: u32,
    fit: f64,
}

impl FastPath {
    pub(super) fn new() -> Self {
        FastPath {
            critical_scores: WINDOWS.map(|n| critical_score(n, SIGNIFICANCE)),
            ring: VecDeque::new(),
            slot_start_ms: f64::NEG_INFINITY,
            peak: RecentPeak::default(),
            suspicion: Streak::default(),
            confirmation: Streak::default(),
            verdict: None,
        }
    }

    pub(super) fn push(&mut self, point: Point, limit_bytes: Option<f64>, options: &TrendOptions) {
        if point.time_ms - self.slot_start_ms < SLOT_MS {
            self.lower_last(point);
            return;
        }
        self.slot_start_ms = point.time_ms;
        if self.ring.len() == RING {
            self.peak.extend(self.ring.pop_front());
        }
        self.ring.push_back(point);
        let verdict = limit_bytes.and_then(|limit| self.test(limit, options));
        let confirms = verdict.is_some_and(|verdict| verdict.reaches_limit);
        let passes_to_confirm =
            verdict.map_or(PASSES_TO_CONFIRM, |verdict| verdict.passes_to_confirm);
        self.suspicion
            .record(verdict.is_some(), PASSES_TO_SUSPECT, FAILURES_TO_LAPSE);
        self.confirmation.record(confirms, passes_to_confirm, 1);
        // While a suspicion stands, the window that passed last is the best there is to say of it.
        if verdict.is_some() || !self.suspicion.holds() {
            self.verdict = verdict;
        }
    }

    pub(super) fn suspects(&self) -> bool {
        self.suspicion.holds()
    }

    pub(super) fn confirms(&self) -> bool {
        self.confirmation.holds()
    }

    pub(super) fn verdict(&self) -> Option<&FastVerdict> {
        self.verdict.as_ref()
    }

    /// 0..1, see [`fit`].
    pub(super) fn confidence(&self) -> f64 {
        self.verdict
            .map_or(0.0, |verdict| verdict.fit * self.suspicion.persistence())
    }

    /// Forgets the suspicion but not the points.
    pub(super) fn acquit(&mut self) {
        self.suspicion = Streak::default();
        self.confirmation = Streak::default();
        self.verdict = None;
    }

    fn lower_last(&mut self, point: Point) {
        if let Some(last) = self.ring.back_mut()
            && point.bytes < last.bytes
        {
            *last = point;
        }
    }

    /// The longest window that passes. It reaches the limit only if no longer window that rises
    /// bends down before: a stretch of a curve is always straighter than the curve.
    fn test(&mut self, limit: f64, options: &TrendOptions) -> Option<FastVerdict> {
        let points = self.ring.make_contiguous();
        let left_ring = self.peak.get();
        let mut bends_below = false;
        for (&window, &critical) in WINDOWS.iter().zip(&self.critical_scores).rev() {
            let Some(start) = points.len().checked_sub(window) else {
                continue;
            };
            let (before, tested) = points.split_at(start);
            if range(tested) < options.fast_growth_fraction * limit {
                // Shorter windows lie within this one.
                return None;
            }
            let Some(rise) = Rise::new(tested, critical) else {
                continue;
            };
            bends_below |= rise.growth.plateau_bytes < USABLE_LIMIT * limit;
            let earlier_peak = before
                .iter()
                .map(|point| point.bytes)
                .chain(left_ring)
                .reduce(f64::max);
            if rise.is_steady(options) && endangers(&rise.growth, earlier_peak, limit, options) {
                return Some(FastVerdict {
                    growth: rise.growth,
                    reaches_limit: !bends_below,
                    passes_to_confirm: PASSES_TO_CONFIRM.max((window / WINDOW_PER_PASS) as u32),
                    fit: rise.fit,
                });
            }
        }
        None
    }
}

/// A window that rises significantly.
struct Rise {
    growth: Growth,
    saturation_ratio: f64,
    /// Largest rise between two collections, and deepest fall below an earlier one, bytes.
    largest_step: f64,
    deepest_fall: f64,
    fit: f64,
}

impl Rise {
    fn new(points: &[Point], critical_score: i64) -> Option<Self> {
        let series = Series::new(points);
        let score = score(&series.bytes);
        if score < critical_score {
            return None;
        }
        let variance = variance(series.len());
        let saturation_ratio = Halves::new(&series.hours, &series.bytes)?.ratio();
        Some(Rise {
            growth: Growth::new(&series, variance)?,
            saturation_ratio,
            largest_step: series
                .bytes
                .windows(2)
                .map(|pair| pair[1] - pair[0])
                .fold(0.0, f64::max),
            deepest_fall: deepest_fall(&series.bytes),
            fit: fit(standardise(score, variance), saturation_ratio, 1.0),
        })
    }

    fn is_steady(&self, options: &TrendOptions) -> bool {
        let jump = self.largest_step.max(self.deepest_fall);
        self.growth.span_ms() >= options.fast_min_span_ms
            && self.saturation_ratio >= MIN_SATURATION_RATIO
            && jump <= MAX_STEP_SHARE * (self.growth.end_bytes - self.growth.start_bytes)
    }
}

fn deepest_fall(bytes: &[f64]) -> f64 {
    let mut highest = f64::NEG_INFINITY;
    bytes.iter().fold(0.0, |deepest, &value| {
        highest = highest.max(value);
        f64::max(deepest, highest - value)
    })
}

/// Highest minus lowest bytes: a line through the points rises by no more than that.
fn range(points: &[Point]) -> f64 {
    let bytes = points.iter().map(|point| point.bytes);
    bytes.clone().fold(0.0, f64::max) - bytes.fold(f64::INFINITY, f64::min)
}

/// Whether the growth is large against the limit and the limit is near.
fn endangers(
    growth: &Growth,
    earlier_peak: Option<f64>,
    limit: f64,
    options: &TrendOptions,
) -> bool {
    let old_ground = earlier_peak.map_or(growth.start_bytes, |peak| peak.max(growth.start_bytes));
    let limit_is_near = growth.end_bytes >= options.fast_level_fraction * limit
        || growth
            .ms_to_reach(USABLE_LIMIT * limit)
            .is_some_and(|runway| runway < options.fast_runway_ms);
    limit_is_near
        && growth.end_bytes - old_ground >= options.fast_growth_fraction * limit
        && growth.bytes_per_hour.mid >= options.min_growth_bytes_per_hour
}

/// The largest value of the last 128 to 256 that left the ring, in constant memory: the maxima of
/// the current and the previous generation of 128.
#[derive(Debug, Clone, Copy, Default)]
struct RecentPeak {
    current: Option<f64>,
    previous: Option<f64>,
    in_current: u32,
}

impl RecentPeak {
    fn extend(&mut self, point: Option<Point>) {
        let Some(point) = point else { return };
        if self.in_current == PEAK_MEMORY {
            *self = RecentPeak {
                current: None,
                previous: self.current,
                in_current: 0,
            };
        }
        self.in_current += 1;
        self.current = Some(
            self.current
                .map_or(point.bytes, |peak| peak.max(point.bytes)),
        );
    }

    fn get(&self) -> Option<f64> {
        self.current
            .into_iter()
            .chain(self.previous)
            .reduce(f64::max)
    }
}
