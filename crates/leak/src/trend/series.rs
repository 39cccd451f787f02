//! A window of points as columns, with the part of the bytes that the load explains removed.

use super::mann_kendall::{score, standardise, variance};
use super::point::Point;
use super::theil_sen;

/// Milliseconds in an hour, the unit of time of all slopes.
pub(super) const MS_PER_HOUR: f64 = 3_600_000.0;

/// A load that varies by less than this (standard deviation / mean) says nothing, and to remove it
/// would only add noise. More would let traffic pass that grows slowly: by half in a day, its standard
/// deviation within 4 hours is 3 % of its mean.
const VARYING_LOAD: f64 = 0.02;

/// A load rises if the Mann-Kendall test says so at the one-sided 1 % level: what grows by less within
/// a few points explains a few megabytes at most.
const RISING_LOAD_Z: f64 = 2.326;

/// Parts of a window whose means are compared with the load.
const LOAD_SEGMENTS: usize = 8;

/// Below this share of its variance, what a load does besides rising or falling evenly is flutter.
const BENT_SHARE: f64 = 0.2;

/// Standard errors by which the load is given more than its due: with 8 segments a slope is beyond
/// 4 of them once in 200 times (Student's t, 5 degrees of freedom).
const LOAD_MARGIN: f64 = 4.0;

/// Columns of one window. `hours` and `bytes` (and `work`) are of one length.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Unix-like time of the first point, milliseconds.
    pub(super) start_ms: f64,
    /// Time since the first point, hours.
    pub(super) hours: Vec<f64>,
    /// Bytes, at the mean load of the window if the load varies.
    pub(super) bytes: Vec<f64>,
    /// Units of work since the first point, if every point has them and some was done.
    pub(super) work: Option<Vec<f64>>,
    /// What the load explains, from its least to its most within the window, bytes; 0 if it explains
    /// nothing.
    pub(super) load_bytes: f64,
}

impl Series {
    pub(super) fn new(points: &[Point]) -> Self {
        Series::beside(loads(points), points)
    }

    /// For a window of few points that rises: a load that does not rise explains no rise, and to remove
    /// what its flutter seems to explain would only add noise.
    pub(super) fn of_rise(points: &[Point]) -> Self {
        let rises =
            |loads: &Vec<f64>| standardise(score(loads), variance(loads.len())) >= RISING_LOAD_Z;
        Series::beside(loads(points).filter(rises), points)
    }

    fn beside(loads: Option<Vec<f64>>, points: &[Point]) -> Self {
        let start_ms = points.first().map_or(0.0, |point| point.time_ms);
        let mut bytes: Vec<f64> = points.iter().map(|point| point.bytes).collect();
        let hours: Vec<f64> = points
            .iter()
            .map(|point| (point.time_ms - start_ms) / MS_PER_HOUR)
            .collect();
        let load_bytes = loads
            .and_then(|loads| remove_load(&hours, &mut bytes, &loads))
            .unwrap_or(0.0);
        Series {
            start_ms,
            hours,
            bytes,
            work: work_since_start(points),
            load_bytes,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Length of the window, hours.
    pub(super) fn span_hours(&self) -> f64 {
        self.hours.last().copied().unwrap_or(0.0)
    }

    /// The axis along which a cache saturates: work where it is known (a quiet night must not look
    /// like saturation), time otherwise.
    pub(super) fn progress(&self) -> &[f64] {
        self.work.as_deref().unwrap_or(&self.hours)
    }
}

fn work_since_start(points: &[Point]) -> Option<Vec<f64>> {
    let totals: Vec<f64> = points
        .iter()
        .map(|point| point.work)
        .collect::<Option<_>>()?;
    let first = *totals.first()?;
    let since: Vec<f64> = totals.iter().map(|total| total - first).collect();
    since
        .last()
        .is_some_and(|&done| done > 0.0)
        .then_some(since)
}

/// The load at each point, if all state it. One that comes from counted work is that of the time
/// before, which the first point of a series does not have: it takes that of the next.
fn loads(points: &[Point]) -> Option<Vec<f64>> {
    let first = points.first()?.load.or(points.get(1)?.load)?;
    let rest = points.iter().skip(1).map(|point| point.load);
    std::iter::once(Some(first)).chain(rest).collect()
}

/// Subtracts what the load explains, `beta * (load - mean load)`, if the load varies and more load
/// goes with more bytes. Returns how far that reaches, from the least to the most load.
fn remove_load(hours: &[f64], bytes: &mut [f64], loads: &[f64]) -> Option<f64> {
    let n = loads.len() as f64;
    let mean = loads.iter().sum::<f64>() / n;
    let load = Centred::new(loads);
    if load.variance().sqrt() <= VARYING_LOAD * mean || load.variance() <= 0.0 {
        return None;
    }
    let beta = bytes_per_load(hours, bytes, loads);
    if beta <= 0.0 || !beta.is_finite() {
        return None;
    }
    for (y, deviation) in bytes.iter_mut().zip(&load.0) {
        *y -= beta * deviation;
    }
    let (least, most) = (load.0.iter()).fold((0.0, 0.0), |(least, most), &deviation| {
        (f64::min(least, deviation), f64::max(most, deviation))
    });
    Some(beta * (most - least))
}

/// As many bytes as a unit of load may explain. Least squares of bytes over load alone would take a
/// leak for load wherever both rise; over load and time together they are told apart, unless the load
/// is as good as a line. So: the latter plus `LOAD_MARGIN` standard errors, but not more than the
/// former. All over means of segments: bytes follow the load of minutes, not each of its flutters,
/// which would water both slopes down.
fn bytes_per_load(hours: &[f64], bytes: &[f64], loads: &[f64]) -> f64 {
    let [hours, bytes, load] = [hours, bytes, loads].map(|values| Centred::new(&means(values)));
    let alone = bytes.slope_over(&load);
    let (bent_load, bent_bytes) = (load.without(&hours), bytes.without(&hours));
    if bent_load.variance() < BENT_SHARE * load.variance() {
        return alone;
    }
    let beside_time = bent_bytes.slope_over(&bent_load);
    let unexplained = bent_bytes.without(&bent_load).variance();
    // Three parameters are fitted.
    let freedom = (load.0.len() as f64 - 3.0).max(1.0);
    let error = (unexplained / bent_load.variance() / freedom).sqrt();
    let most = beside_time + LOAD_MARGIN * error;
    if most.is_finite() {
        most.min(alone)
    } else {
        alone
    }
}

/// Means of `LOAD_SEGMENTS` parts of equal length.
fn means(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    (0..LOAD_SEGMENTS)
        .map(|i| &values[i * n / LOAD_SEGMENTS..(i + 1) * n / LOAD_SEGMENTS])
        .filter(|segment| !segment.is_empty())
        .map(|segment| segment.iter().sum::<f64>() / segment.len() as f64)
        .collect()
}

/// Values less their mean.
struct Centred(Vec<f64>);

impl Centred {
    fn new(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Centred(values.iter().map(|value| value - mean).collect())
    }

    fn product(&self, other: &Centred) -> f64 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    fn variance(&self) -> f64 {
        self.product(self) / self.0.len() as f64
    }

    /// Least squares.
    fn slope_over(&self, x: &Centred) -> f64 {
        self.product(x) / x.product(x)
    }

    /// What is left without the line over `x`; all of it if `x` does not vary.
    fn without(&self, x: &Centred) -> Centred {
        let slope = self.slope_over(x);
        let slope = if slope.is_finite() { slope } else { 0.0 };
        Centred(
            self.0
                .iter()
                .zip(&x.0)
                .map(|(y, x)| y - slope * x)
                .collect(),
        )
    }
}

/// How the second half of a window grows against its first half.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Halves {
    first_slope: f64,
    second_slope: f64,
    /// Distance between the middles of the halves.
    apart: f64,
    /// Length of the second half.
    second_length: f64,
}

impl Halves {
    /// `None` if a half has no two different `x`.
    pub(super) fn new(x: &[f64], y: &[f64]) -> Option<Self> {
        let middle = x.len() / 2;
        let (first_x, second_x) = x.split_at(middle);
        let (first_y, second_y) = y.split_at(middle);
        Some(Halves {
            first_slope: theil_sen::slope(first_x, first_y)?,
            second_slope: theil_sen::slope(second_x, second_y)?,
            apart: centre(second_x)? - centre(first_x)?,
            second_length: second_x.last()? - second_x.first()?,
        })
    }

    /// Slope of the second half / slope of the first: 1 for a line, less for a curve that saturates,
    /// infinite for one that only starts to rise, 0 for one that stopped.
    pub(super) fn ratio(&self) -> f64 {
        if self.second_slope <= 0.0 {
            0.0
        } else if self.first_slope <= 0.0 {
            f64::INFINITY
        } else {
            self.second_slope / self.first_slope
        }
    }

    /// How much the series will still rise if its slope goes on to fall as it fell between the
    /// halves, as an exponential approach to a plateau; infinite if the slope does not fall.
    pub(super) fn remaining_rise(&self) -> f64 {
        let ratio = self.ratio();
        if ratio >= 1.0 {
            return f64::INFINITY;
        }
        if ratio <= 0.0 || self.apart <= 0.0 {
            return 0.0;
        }
        let time_constant = self.apart / -ratio.ln();
        let final_slope = self.second_slope * (-self.second_length / 2.0 / time_constant).exp();
        final_slope * time_constant
    }
}

/// How fast a window rises in each third of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thirds {
    slopes: [f64; 3],
    whole: f64,
}

impl Thirds {
    /// `None` if the window doesn't rise, or a third is too short to have a slope.
    pub(super) fn new(x: &[f64], y: &[f64]) -> Option<Self> {
        let n = x.len();
        let slope = |i: usize| {
            let third = i * n / 3..(i + 1) * n / 3;
            theil_sen::slope(&x[third.clone()], &y[third])
        };
        Some(Thirds {
            slopes: [slope(0)?, slope(1)?, slope(2)?],
            whole: theil_sen::slope(x, y).filter(|&slope| slope > 0.0)?,
        })
    }

    /// Slope of the flattest third over that of the whole: 1 for a line, about 0 if it started or stopped
    /// to rise within the window.
    pub(super) fn flattest(&self) -> f64 {
        self.slopes.into_iter().fold(f64::INFINITY, f64::min) / self.whole
    }

    /// Mean slope of the first and the last third over that of the middle one: 1 for a line or a bend, less
    /// for an S.
    pub(super) fn outer(&self) -> f64 {
        let [first, middle, last] = self.slopes;
        f64::midpoint(first, last) / middle
    }
}

fn centre(x: &[f64]) -> Option<f64> {
    Some(f64::midpoint(*x.first()?, *x.last()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_testing::Random;

    fn point(i: usize, bytes: f64, work: Option<f64>, load: Option<f64>) -> Point {
        Point {
            time_ms: i as f64 * 60_000.0,
            bytes,
            work,
            load,
        }
    }

    #[test]
    fn bytes_that_follow_the_load_are_flat_without_it() {
        let mut random = Random::new(3);
        let points: Vec<Point> = (0..64)
            .map(|i| {
                let load = 100.0 + 2.0 * i as f64;
                point(
                    i,
                    50e6 + 1e5 * load + 1e4 * random.normal(),
                    None,
                    Some(load),
                )
            })
            .collect();
        let series = Series::new(&points);
        assert!(series.load_bytes > 0.0);
        let slope = theil_sen::slope(&series.hours, &series.bytes).expect("a slope");
        assert!(slope.abs() < 1e5, "{slope}");
    }

    /// Least squares over a constant, time and load by the normal equations and Cramer's rule.
    fn naive_slope_beside_time(time: &[f64], load: &[f64], bytes: &[f64]) -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let one = vec![1.0; time.len()];
        let columns = [&one[..], time, load];
        let matrix: Vec<Vec<f64>> = (columns.iter())
            .map(|a| columns.iter().map(|b| dot(a, b)).collect())
            .collect();
        let mut with_bytes = matrix.clone();
        for (row, column) in with_bytes.iter_mut().zip(columns) {
            row[2] = dot(column, bytes);
        }
        let determinant = |m: &[Vec<f64>]| {
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
                - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        };
        determinant(&with_bytes) / determinant(&matrix)
    }

    #[test]
    fn the_slope_over_load_beside_time_equals_its_naive_twin() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let n = 4 + random.below(61);
            let time: Vec<f64> = (0..n).map(|i| i as f64 + random.uniform()).collect();
            let load: Vec<f64> = time.iter().map(|t| 0.3 * t + random.normal()).collect();
            let bytes: Vec<f64> = (time.iter().zip(&load))
                .map(|(t, l)| 2.0 * t + 5.0 * l + random.normal())
                .collect();
            let [hours, centred_bytes, centred_load] =
                [&time, &bytes, &load].map(|values| Centred::new(values));
            let bent_load = centred_load.without(&hours);
            let found = centred_bytes.without(&hours).slope_over(&bent_load);
            let naive = naive_slope_beside_time(&time, &load, &bytes);
            assert!(
                (found - naive).abs() < 1e-6,
                "seed {seed}: {found} and {naive}"
            );
        }
    }

    #[test]
    fn a_leak_stays_while_the_load_of_days_goes_and_flutter_takes_nothing() {
        let leak = 1e5;
        let slope_of = |load: fn(f64, f64) -> f64| {
            let mut random = Random::new(5);
            let points: Vec<Point> = (0..64)
                .map(|i| {
                    let load = load(i as f64, random.normal());
                    let bytes = 50e6 + leak * i as f64 + 1e4 * random.normal();
                    point(i, bytes + 1e4 * load, None, Some(load))
                })
                .collect();
            let series = Series::new(&points);
            theil_sen::slope(&series.hours, &series.bytes).expect("a slope") / 60.0
        };
        for (name, found) in [
            ("waves", slope_of(|i, _| 100.0 + 80.0 * (i / 5.0).sin())),
            ("flutter", slope_of(|_, noise| 100.0 + 5.0 * noise)),
        ] {
            assert!((found / leak - 1.0).abs() < 0.2, "{name}: {found}");
        }
    }

    #[test]
    fn a_load_that_only_rises_takes_all_that_rises_with_it() {
        let mut random = Random::new(6);
        let points: Vec<Point> = (0..64)
            .map(|i| {
                let bytes = 50e6 + 1e5 * i as f64 + 1e4 * random.normal();
                point(i, bytes, None, Some(100.0 + i as f64 + random.normal()))
            })
            .collect();
        let series = Series::new(&points);
        let slope = theil_sen::slope(&series.hours, &series.bytes).expect("a slope") / 60.0;
        assert!(slope.abs() < 0.1 * 1e5, "{slope}");
    }

    #[test]
    fn a_load_measured_over_the_time_before_lacks_the_first_point_only() {
        let loads = |known: fn(usize) -> bool| {
            let points: Vec<Point> = (0..4)
                .map(|i| point(i, 0.0, None, known(i).then_some(i as f64)))
                .collect();
            super::loads(&points)
        };
        assert_eq!(loads(|i| i > 0), Some(vec![1.0, 1.0, 2.0, 3.0]));
        assert_eq!(loads(|_| true), Some(vec![0.0, 1.0, 2.0, 3.0]));
        assert_eq!(loads(|i| i != 2), None);
        assert_eq!(loads(|_| false), None);
    }

    #[test]
    fn thirds_tell_where_a_rise_began_or_ended_and_what_is_an_s() {
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let of = |curve: fn(f64) -> f64| {
            let y: Vec<f64> = x.iter().map(|&x| curve(x)).collect();
            Thirds::new(&x, &y).map(|thirds| (thirds.flattest(), thirds.outer()))
        };
        assert_eq!(of(|x| 3.0 * x), Some((1.0, 1.0)));
        assert_eq!(of(|x| x.max(10.0)), Some((0.0, 0.5)));
        assert_eq!(of(|x| x.min(20.0)), Some((0.0, 0.5)));
        assert_eq!(of(|x| -x), None);
        let (_, outer_of_a_bend) = of(|x| -(-x / 15.0).exp()).expect("it rises");
        assert!(outer_of_a_bend > 1.0, "{outer_of_a_bend}");
        let (_, outer_of_an_s) = of(|x| 1.0 / (1.0 + (-(x - 14.5) / 4.0).exp())).expect("it rises");
        assert!(outer_of_an_s < 0.5, "{outer_of_an_s}");
    }

    #[test]
    fn a_steady_a_missing_or_an_inverse_load_changes_nothing() {
        let loads: [fn(usize) -> Option<f64>; 4] = [
            |i| Some(100.0 + (i % 2) as f64),
            |i| (i != 5).then_some(i as f64),
            |i| Some(100.0 - i as f64),
            |_| Some(0.0),
        ];
        for load in loads {
            let points: Vec<Point> = (0..64)
                .map(|i| point(i, 1e6 * i as f64, None, load(i)))
                .collect();
            let series = Series::new(&points);
            assert_eq!(series.load_bytes, 0.0);
            assert_eq!(series.bytes[63], 63e6);
        }
    }

    #[test]
    fn progress_is_work_if_all_points_have_it_and_time_otherwise() {
        let worked: Vec<Point> = (0..4)
            .map(|i| point(i, 0.0, Some(10.0 * i as f64), None))
            .collect();
        assert_eq!(Series::new(&worked).progress(), [0.0, 10.0, 20.0, 30.0]);
        let idle: Vec<Point> = (0..4).map(|i| point(i, 0.0, Some(10.0), None)).collect();
        assert_eq!(Series::new(&idle).work, None);
        let partly: Vec<Point> = (0..4)
            .map(|i| point(i, 0.0, (i > 0).then_some(1.0), None))
            .collect();
        assert_eq!(Series::new(&partly).progress()[3], 0.05);
        assert_eq!(Series::new(&[]).len(), 0);
    }

    #[test]
    fn the_remaining_rise_of_an_exponential_is_found() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| 100.0 * (1.0 - (-x / 30.0).exp()))
            .collect();
        let halves = Halves::new(&x, &y).expect("halves");
        let plateau = y[39] + halves.remaining_rise();
        assert!((plateau - 100.0).abs() < 3.0, "{plateau}");
    }

    #[test]
    fn a_line_never_saturates_and_a_plateau_has() {
        let x: Vec<f64> = (0..16).map(f64::from).collect();
        let line = Halves::new(&x, &x).expect("halves");
        assert_eq!((line.ratio(), line.remaining_rise()), (1.0, f64::INFINITY));
        let flat_end: Vec<f64> = x.iter().map(|x| x.min(8.0)).collect();
        let plateau = Halves::new(&x, &flat_end).expect("halves");
        assert_eq!((plateau.ratio(), plateau.remaining_rise()), (0.0, 0.0));
        let late: Vec<f64> = x.iter().map(|x| x.max(8.0)).collect();
        assert_eq!(
            Halves::new(&x, &late).map(|h| h.ratio()),
            Some(f64::INFINITY)
        );
        assert_eq!(Halves::new(&[0.0; 8], &[1.0; 8]), None);
    }
}
