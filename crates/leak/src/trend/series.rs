//! A window of points as columns, with the part of the bytes that the load explains removed.

use super::point::Point;
use super::theil_sen;

/// Milliseconds in an hour, the unit of time of all slopes.
pub(super) const MS_PER_HOUR: f64 = 3_600_000.0;

/// A load that varies by less than this (standard deviation / mean) cannot explain growth worth
/// correcting for, and the correction would only add its noise.
const VARYING_LOAD: f64 = 0.15;

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
    /// Whether `bytes` differs from what was measured.
    pub(super) load_removed: bool,
}

impl Series {
    pub(super) fn new(points: &[Point]) -> Self {
        let start_ms = points.first().map_or(0.0, |point| point.time_ms);
        let mut bytes: Vec<f64> = points.iter().map(|point| point.bytes).collect();
        let loads: Option<Vec<f64>> = points.iter().map(|point| point.load).collect();
        let load_removed = loads.is_some_and(|loads| remove_load(&mut bytes, &loads));
        Series {
            start_ms,
            hours: points
                .iter()
                .map(|point| (point.time_ms - start_ms) / MS_PER_HOUR)
                .collect(),
            bytes,
            work: work_since_start(points),
            load_removed,
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

/// Subtracts `beta * (load - mean load)` where `beta` is the least-squares slope of bytes over load,
/// if the load varies and more load goes with more bytes. Says whether it did.
fn remove_load(bytes: &mut [f64], loads: &[f64]) -> bool {
    let n = loads.len() as f64;
    let mean_load = loads.iter().sum::<f64>() / n;
    let mean_bytes = bytes.iter().sum::<f64>() / n;
    let variance = loads
        .iter()
        .map(|load| (load - mean_load).powi(2))
        .sum::<f64>()
        / n;
    if variance.sqrt() <= VARYING_LOAD * mean_load || variance <= 0.0 {
        return false;
    }
    let covariance = bytes
        .iter()
        .zip(loads)
        .map(|(y, load)| (y - mean_bytes) * (load - mean_load))
        .sum::<f64>()
        / n;
    let beta = covariance / variance;
    if beta <= 0.0 || !beta.is_finite() {
        return false;
    }
    for (y, load) in bytes.iter_mut().zip(loads) {
        *y -= beta * (load - mean_load);
    }
    true
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

fn centre(x: &[f64]) -> Option<f64> {
    Some(f64::midpoint(*x.first()?, *x.last()?))
}

#[cfg(test)]
mod tests {
    use super::super::test_random::Random;
    use super::*;

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
        assert!(series.load_removed);
        let slope = theil_sen::slope(&series.hours, &series.bytes).expect("a slope");
        assert!(slope.abs() < 1e5, "{slope}");
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
            assert!(!series.load_removed);
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
