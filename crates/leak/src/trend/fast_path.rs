//! The fast path: short-lived processes and fast leaks, judged on single major collections.
//!
//! The exact Mann-Kendall test on the latest few collections, made safe by demanding one of two:
//!
//! - growth that *endangers the limit*: large against it or against what is left of it, and the limit is
//!   near. An alarm further asks that the curve, bending on as it bends, still reaches it.
//! - a *fast leak*, whatever the limit: so fast that hours are too long to wait for the levels, well above
//!   its noise, and likelier a line than a start-up (`start_up.rs`). Towards the end of its first minute it
//!   is decided with what there is: not much less likely will do. A window of minutes that is surely
//!   straight will do with few collections, and whatever filled up before it.
//!
//! Start-up is where a healthy process looks most like this, so more is asked: the window spans some
//! time, its second half keeps rising, it neither jumps nor falls by half of the growth, and it ends
//! above what the series has come back from before.
//!
//! `O(w^2)` time per point for windows of `w <= 60` points, constant memory.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use super::TrendOptions;
use super::growth::{Growth, fit};
use super::mann_kendall::{critical_score, score, standardise, variance};
use super::point::Point;
use super::series::{Halves, MS_PER_HOUR, Series, Thirds};
use super::start_up::LineEvidence;
use super::streak::Streak;

/// Lengths of the windows tried, besides all points there are: whatever the pace of collections, one of
/// them fits between "enough growth" and "nothing but the leak".
const WINDOWS: [usize; 9] = [8, 11, 13, 15, 17, 22, 30, 42, 60];

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

/// However little is left of the limit: growth of less than this part of `fast_growth_fraction` is not large.
const LEAST_RISE_SHARE: f64 = 0.5;

/// A fast leak is told whatever the limit, from less than a tenth of it: the window must then span
/// this time. Warm-ups of tens of seconds have bent by then, and 20 s are left to confirm it within a
/// minute.
const FAST_LEAK_MIN_SPAN_MS: f64 = 34_000.0;

/// And have so many points, so that its shape is worth comparing; more if it is longer than a minute:
/// where points are that rare a leak can hardly be told within one, and a cache that fills within one
/// looks the same.
const FAST_LEAK_MIN_POINTS: usize = 13;
const FAST_LEAK_SHORT_MS: f64 = 62_000.0;
const FAST_LEAK_MIN_POINTS_IF_LONG: usize = 22;

/// And not be a start-up whose time constant is this, or that of so many points where points are rare:
/// the slowest that the scenarios of a collection every 3 s (36 s) and every 10 s (144 s) hold.
const START_UP_MS: f64 = 40_000.0;
const START_UP_POINTS: f64 = 13.5;

/// What speaks for a line against it, as the logarithm of a likelihood ratio: a line is 12 times as likely.
const MIN_EVIDENCE: f64 = 2.5;

/// A window of so much time decides, as a sequential test that is cut off does: there is no more to be had
/// within a minute. 12 MB in 0.6 MB of noise leave the ratio undecided once in ten times, but a start-up
/// of 20 MB and more is hardly ever so near to a line: 5 standard errors on average.
const DECIDING_MS: RangeInclusive<f64> = 46_000.0..=FAST_LEAK_SHORT_MS;
const MIN_EVIDENCE_TO_DECIDE: f64 = -3.0;

/// No longer window may bend *clearly*: a stretch of a curve is straighter than the curve.
const BENT_EVIDENCE: f64 = -3.5;

/// And grow by so many times what its points are off the line, and what a walk of its steps gets to: what
/// wanders does not do it, or only in a short window.
const MIN_SIGNAL: f64 = 14.0;
const MIN_SIGNAL_TO_DECIDE: f64 = 12.5;
const MIN_WALKS: f64 = 2.1;

/// V8 collects the more rarely the larger the heap is, and a leak often begins while caches still fill:
/// 22 points that hold nothing else can take half an hour. A window of three minutes with the fewest
/// points will do, whatever came before it, if it is *surely* straight: the ratio of its halves' slopes is
/// clearly above 0.7, by two standard errors, which that of an approach is whose time constant is 4 minutes
/// or more.
const SURE_MIN_SPAN_MS: f64 = 180_000.0;
const SURE_MIN_RATIO: f64 = 0.7;
const SURE_RATIO_ERRORS: f64 = 2.0;

/// The standard error of that ratio is this times noise / rise / sqrt(points), from the variance of
/// the least-squares slopes of two halves.
const RATIO_ERROR: f64 = 13.86;

/// It is straight in each third, which an S is not whose halves are alike: a warm-up that began within
/// the window. A third of 5 points of that line is below this slope once in 40 times.
const SURE_FLATTEST_THIRD: f64 = 0.4;

/// And its outer thirds may not both be flatter than the middle one. Where a warm-up of 20 s begins within
/// the window they have half of its slope, 0.6 of it once in 10 times; of a leak of 0.2 MB/s less than 0.6
/// once in 30 times.
const SURE_OUTER_THIRDS: f64 = 0.6;

/// And it grows by so many times what its points are off the line (standard deviation, from the median):
/// slopes of halves and thirds mean little in more noise than that.
const SURE_MIN_SIGNAL: f64 = 14.0;

/// A fast leak grows by so much, bytes and share of where it started: 0.15 MB/s for 40 s. What services allocate
/// for good at once (modules, compiled code, pools of connections) is less.
const FAST_LEAK_MIN_GROWTH_BYTES: f64 = 6e6;
const FAST_LEAK_MIN_GROWTH_SHARE: f64 = 0.05;

/// Windows in a row that pass: diagnosis may start at 2, an alarm takes 3.
const PASSES_TO_SUSPECT: u32 = 2;
const PASSES_TO_CONFIRM: u32 = 3;

/// For a fast leak of less than a minute two must do: its window is significant as it is.
const PASSES_TO_CONFIRM_IF_SHORT: u32 = 2;

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
    confirms: bool,
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
        let verdict = self.test(limit_bytes, options);
        let confirms = verdict.is_some_and(|verdict| verdict.confirms);
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

    /// The longest window that confirms, or else the longest that passes. It confirms only if no longer
    /// window that rises bends down, a stretch of a curve being always straighter than the curve; unless it
    /// is surely straight.
    fn test(&mut self, limit: Option<f64>, options: &TrendOptions) -> Option<FastVerdict> {
        let points: &[Point] = self.ring.make_contiguous();
        let left_ring = self.peak.get();
        let windows = || {
            let lengths = std::iter::once(points.len()).chain(WINDOWS.into_iter().rev());
            let fitting = lengths.filter(|&length| length >= WINDOWS[0]);
            fitting.filter_map(|length| Some(points.split_at(points.len().checked_sub(length)?)))
        };
        // Nearly always there is nothing to test, and this is much cheaper.
        if !windows().any(|(_, tested)| rises_enough(tested, limit, options)) {
            return None;
        }
        let mut passed = None;
        let (mut bends, mut bends_below_limit) = (false, false);
        for (before, tested) in windows() {
            let Some(rise) = Rise::new(tested, least_score(tested.len(), &self.critical_scores))
            else {
                continue;
            };
            bends_below_limit |=
                limit.is_some_and(|limit| rise.growth.plateau_bytes < USABLE_LIMIT * limit);
            let earlier = before.iter().map(|point| point.bytes).chain(left_ring);
            let new_ground =
                rise.growth.end_bytes - earlier.fold(rise.growth.start_bytes, f64::max);
            let is_straight = rise.is_surely_straight() || (!bends && rise.is_straight());
            let is_fast_leak = is_straight && rise.is_fast_leak(new_ground, options);
            bends |= rise.evidence.over_approach < BENT_EVIDENCE;
            let endangers = limit.is_some_and(|limit| rise.endangers(limit, new_ground, options));
            let confirms = is_fast_leak || (endangers && !bends_below_limit);
            if confirms || (endangers && passed.is_none()) {
                passed = Some(FastVerdict {
                    growth: rise.growth,
                    confirms,
                    passes_to_confirm: rise.passes_to_confirm(is_fast_leak),
                    fit: rise.fit,
                });
            }
            if confirms {
                break;
            }
        }
        passed
    }
}

/// The least score that is significant; those of the usual windows are known.
fn least_score(length: usize, known: &[i64; WINDOWS.len()]) -> i64 {
    let window = WINDOWS.iter().position(|&window| window == length);
    window.map_or_else(|| critical_score(length, SIGNIFICANCE), |i| known[i])
}

/// A window that rises significantly.
struct Rise {
    growth: Growth,
    points: usize,
    saturation_ratio: f64,
    evidence: LineEvidence,
    thirds: Option<Thirds>,
    /// Largest rise between two collections, and deepest fall below an earlier one, bytes.
    largest_step: f64,
    deepest_fall: f64,
    fit: f64,
}

impl Rise {
    fn new(points: &[Point], critical_score: i64) -> Option<Self> {
        let series = Series::of_rise(points);
        let score = score(&series.bytes);
        if score < critical_score {
            return None;
        }
        let variance = variance(series.len());
        let saturation_ratio = Halves::new(&series.hours, &series.bytes)?.ratio();
        let gap_hours = series.span_hours() / (series.len() - 1) as f64;
        let start_up_hours = f64::max(START_UP_MS / MS_PER_HOUR, START_UP_POINTS * gap_hours);
        Some(Rise {
            growth: Growth::new(&series, variance)?,
            points: series.len(),
            saturation_ratio,
            evidence: LineEvidence::new(&series.hours, &series.bytes, start_up_hours)?,
            thirds: Thirds::new(&series.hours, &series.bytes),
            largest_step: series
                .bytes
                .windows(2)
                .map(|pair| pair[1] - pair[0])
                .fold(0.0, f64::max),
            deepest_fall: deepest_fall(&series.bytes),
            fit: fit(standardise(score, variance), saturation_ratio, 1.0),
        })
    }

    /// Neither start-up, nor saturating, nor a step, nor a saw.
    fn is_steady(&self, options: &TrendOptions) -> bool {
        let jump = self.largest_step.max(self.deepest_fall);
        self.growth.span_ms() >= options.fast_min_span_ms
            && self.saturation_ratio >= MIN_SATURATION_RATIO
            && jump <= MAX_STEP_SHARE * self.growth.rise()
    }

    /// Whether it is material without regard to any limit.
    fn is_fast_leak(&self, new_ground: f64, options: &TrendOptions) -> bool {
        let least_growth =
            FAST_LEAK_MIN_GROWTH_BYTES.max(FAST_LEAK_MIN_GROWTH_SHARE * self.growth.start_bytes);
        self.is_steady(options)
            && new_ground >= least_growth
            && self.growth.bytes_per_hour.mid >= options.fast_leak_bytes_per_hour
    }

    /// Whether it looks like a line, clear of noise and wandering, and is long enough to tell.
    fn is_straight(&self) -> bool {
        let span_ms = self.growth.span_ms();
        let (evidence, signal) = if DECIDING_MS.contains(&span_ms) {
            (MIN_EVIDENCE_TO_DECIDE, MIN_SIGNAL_TO_DECIDE)
        } else {
            (MIN_EVIDENCE, MIN_SIGNAL)
        };
        span_ms >= FAST_LEAK_MIN_SPAN_MS
            && self.points >= min_points(span_ms)
            && self.evidence.over_start_up >= evidence
            && self.is_clear(signal)
    }

    /// Whether it is clear of noise and of what wanders.
    fn is_clear(&self, signal: f64) -> bool {
        self.growth.rise() >= signal * self.evidence.noise_bytes
            && self.growth.rise() >= MIN_WALKS * self.evidence.walk_bytes
    }

    /// Whether nothing but a line, or an approach of many minutes, looks like it.
    fn is_surely_straight(&self) -> bool {
        let least = SURE_MIN_RATIO + SURE_RATIO_ERRORS * self.ratio_error();
        self.growth.span_ms() >= SURE_MIN_SPAN_MS
            && self.saturation_ratio >= least
            && self.is_even_in_thirds()
            && self.growth.rise() >= SURE_MIN_SIGNAL * self.growth.noise_bytes
    }

    fn is_even_in_thirds(&self) -> bool {
        self.thirds.is_some_and(|thirds| {
            thirds.flattest() >= SURE_FLATTEST_THIRD && thirds.outer() >= SURE_OUTER_THIRDS
        })
    }

    /// Standard error of the ratio of the halves' slopes of a line.
    fn ratio_error(&self) -> f64 {
        let noise = self.growth.noise_bytes / self.growth.rise();
        RATIO_ERROR * noise / (self.points as f64).sqrt()
    }

    /// Whether the growth is large against the limit and the limit is near.
    fn endangers(&self, limit: f64, new_ground: f64, options: &TrendOptions) -> bool {
        let limit_is_near = self.growth.end_bytes >= options.fast_level_fraction * limit
            || self
                .growth
                .ms_to_reach(USABLE_LIMIT * limit)
                .is_some_and(|runway| runway < options.fast_runway_ms);
        limit_is_near
            && self.is_steady(options)
            && new_ground >= least_rise(limit, self.growth.end_bytes, options)
            && (new_ground >= options.fast_growth_fraction * limit || self.is_clear(MIN_SIGNAL))
            && self.growth.bytes_per_hour.mid >= options.min_growth_bytes_per_hour
    }

    fn passes_to_confirm(&self, is_fast_leak: bool) -> u32 {
        if is_fast_leak && self.growth.span_ms() <= FAST_LEAK_SHORT_MS {
            return PASSES_TO_CONFIRM_IF_SHORT;
        }
        PASSES_TO_CONFIRM.max((self.points / WINDOW_PER_PASS) as u32)
    }
}

fn deepest_fall(bytes: &[f64]) -> f64 {
    let mut highest = f64::NEG_INFINITY;
    bytes.iter().fold(0.0, |deepest, &value| {
        highest = highest.max(value);
        f64::max(deepest, highest - value)
    })
}

/// Points that a window of this length needs.
fn min_points(span_ms: f64) -> usize {
    if span_ms < FAST_LEAK_SHORT_MS {
        FAST_LEAK_MIN_POINTS
    } else {
        FAST_LEAK_MIN_POINTS_IF_LONG
    }
}

/// Whether the window can pass: a line through points rises by no more than their range.
fn rises_enough(points: &[Point], limit: Option<f64>, options: &TrendOptions) -> bool {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return false;
    };
    let span_ms = last.time_ms - first.time_ms;
    let bytes = points.iter().map(|point| point.bytes);
    let highest = bytes.clone().fold(0.0, f64::max);
    let range = highest - bytes.fold(f64::INFINITY, f64::min);
    let fast_leak = options.fast_leak_bytes_per_hour * span_ms / MS_PER_HOUR;
    let is_long_enough = points.len() >= min_points(span_ms) || span_ms >= SURE_MIN_SPAN_MS;
    let is_fast_leak = is_long_enough && range >= FAST_LEAK_MIN_GROWTH_BYTES.max(fast_leak);
    let endangers = |limit| range >= least_rise(limit, highest, options);
    is_fast_leak || limit.is_some_and(endangers)
}

/// The least growth that endangers a limit, bytes: a share of it, or what is left of it if that is less,
/// down to half of that share. 60 collections, one a minute, of a leak that fills the heap in ten hours are
/// less than a tenth of it, and the levels find no leak in what rises with the traffic all day long.
fn least_rise(limit: f64, level: f64, options: &TrendOptions) -> f64 {
    let least = options.fast_growth_fraction * limit;
    let left = USABLE_LIMIT * limit - level;
    left.max(LEAST_RISE_SHARE * least).min(least)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn push_line(fast: &mut FastPath, seconds: std::ops::Range<u32>, pace: u32) {
        for second in seconds.step_by(pace as usize) {
            let point = Point {
                time_ms: f64::from(second) * 1_000.0,
                bytes: 50e6 + 1e6 * f64::from(second),
                work: None,
                load: None,
            };
            fast.push(point, None, &TrendOptions::default());
        }
    }

    #[test]
    fn memory_is_constant_and_points_of_one_second_are_one() {
        let mut fast = FastPath::new();
        push_line(&mut fast, 0..10_000, 1);
        assert_eq!(fast.ring.len(), RING);
        assert!(fast.ring.capacity() <= 2 * RING);
        let mut crowded = FastPath::new();
        for i in 0..1_000 {
            let point = Point {
                time_ms: f64::from(i) * 10.0,
                bytes: f64::from(1_000 - i),
                work: None,
                load: None,
            };
            crowded.push(point, None, &TrendOptions::default());
        }
        assert_eq!(crowded.ring.len(), 10);
        assert_eq!(crowded.ring[0].bytes, 901.0);
    }

    #[test]
    fn a_window_of_more_than_a_minute_needs_more_points_and_one_of_minutes_fewer() {
        for (pace, points) in [(3, 13), (4, 13), (5, 13), (6, 22), (20, 10), (60, 8)] {
            let mut fast = FastPath::new();
            push_line(&mut fast, 0..(points - 1) * pace, pace);
            assert!(fast.verdict().is_none(), "pace {pace}");
            push_line(&mut fast, (points - 1) * pace..points * pace, pace);
            assert!(fast.verdict().is_some(), "pace {pace}");
        }
    }

    #[test]
    fn growth_that_fills_what_is_left_of_the_limit_is_told_however_long_the_whole_takes() {
        // 60 collections are a twentieth to a tenth of the limit.
        for mb_per_hour in [110, 150, 190] {
            let mut fast = FastPath::new();
            let told = (0..1_200).find(|&minute| {
                let bytes = 300e6 + f64::from(minute * mb_per_hour) / 60.0 * 1e6;
                let point = Point {
                    time_ms: f64::from(minute) * 60_000.0,
                    bytes,
                    work: None,
                    load: None,
                };
                fast.push(point, Some(2e9), &TrendOptions::default());
                fast.confirms()
            });
            let level = told.map(|minute| 300 + minute * mb_per_hour / 60);
            assert!(
                level.is_some_and(|mb| (1_600..1_800).contains(&mb)),
                "{level:?}"
            );
        }
    }

    #[test]
    fn the_earlier_peak_is_remembered_and_forgotten() {
        let mut peak = RecentPeak::default();
        let point = |bytes| Point {
            time_ms: 0.0,
            bytes,
            work: None,
            load: None,
        };
        peak.extend(Some(point(9.0)));
        for _ in 0..PEAK_MEMORY {
            peak.extend(Some(point(1.0)));
            assert_eq!(peak.get(), Some(9.0));
        }
        for _ in 0..2 * PEAK_MEMORY {
            peak.extend(Some(point(1.0)));
        }
        assert_eq!(peak.get(), Some(1.0));
        peak.extend(None);
        assert_eq!(peak.get(), Some(1.0));
    }
}
