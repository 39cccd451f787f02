//! What a window says about the growth of the series: the fitted line and how sure it is.

use super::series::{Halves, MS_PER_HOUR, Series};
use super::{Interval, theil_sen};

/// Median distance of a standard normal deviate from 0.
const NORMAL_MEDIAN: f64 = 0.6745;

/// The Theil-Sen line through one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Growth {
    pub(super) start_ms: f64,
    pub(super) end_ms: f64,
    /// Height of the line at its ends, bytes.
    pub(super) start_bytes: f64,
    pub(super) end_bytes: f64,
    pub(super) bytes_per_hour: Interval,
    pub(super) bytes_per_work: Option<Interval>,
    /// Where the series ends if its slope goes on to fall as it did in this window, bytes.
    pub(super) plateau_bytes: f64,
    /// Standard deviation of the points from the line, from their median distance: a few that are far
    /// off don't count. Bytes.
    pub(super) noise_bytes: f64,
    /// What the load explains within the window, bytes.
    pub(super) load_bytes: f64,
}

impl Growth {
    /// `None` if no time passes in the window. `score_variance` is that of the Mann-Kendall score.
    pub(super) fn new(series: &Series, score_variance: f64) -> Option<Self> {
        let bytes_per_hour =
            theil_sen::slope_interval(&series.hours, &series.bytes, score_variance)?;
        let span = series.span_hours();
        let start = theil_sen::intercept(&series.hours, &series.bytes, bytes_per_hour.mid);
        let end = (start + bytes_per_hour.mid * span).max(0.0);
        let remaining =
            Halves::new(&series.hours, &series.bytes).map_or(0.0, |h| h.remaining_rise());
        Some(Growth {
            start_ms: series.start_ms,
            end_ms: series.start_ms + span * MS_PER_HOUR,
            start_bytes: start.max(0.0),
            end_bytes: end,
            bytes_per_hour,
            bytes_per_work: series
                .work
                .as_ref()
                .and_then(|work| theil_sen::slope_interval(work, &series.bytes, score_variance)),
            plateau_bytes: end + remaining,
            noise_bytes: noise(&series.hours, &series.bytes, bytes_per_hour.mid, start),
            load_bytes: series.load_bytes,
        })
    }

    pub(super) fn span_ms(&self) -> f64 {
        self.end_ms - self.start_ms
    }

    /// By how much the line rises within the window, bytes.
    pub(super) fn rise(&self) -> f64 {
        self.end_bytes - self.start_bytes
    }

    /// Time until the line reaches `level_bytes`, milliseconds: 0 if it is above already, `None` if
    /// it does not rise.
    pub(super) fn ms_to_reach(&self, level_bytes: f64) -> Option<f64> {
        let slope = self.bytes_per_hour.mid;
        (slope > 0.0).then(|| ((level_bytes - self.end_bytes) / slope).max(0.0) * MS_PER_HOUR)
    }
}

fn noise(hours: &[f64], bytes: &[f64], slope: f64, intercept: f64) -> f64 {
    let mut distances = theil_sen::residuals(hours, bytes, slope);
    distances
        .iter_mut()
        .for_each(|residual| *residual = (*residual - intercept).abs());
    theil_sen::median(&mut distances).unwrap_or(0.0) / NORMAL_MEDIAN
}

/// How well a window fits a leak, 0..1: the chance that the rise is no accident, times how steadily
/// it goes on. A measure to rank by, not a probability.
pub(super) fn fit(z: f64, saturation_ratio: f64, rising_share: f64) -> f64 {
    normal_cdf(z) * saturation_ratio.clamp(0.0, 1.0) * rising_share
}

/// The logistic approximation of the standard normal distribution function (error below 0.01).
fn normal_cdf(z: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * z).exp())
}

#[cfg(test)]
mod tests {
    use super::super::mann_kendall;
    use super::super::point::Point;
    use super::*;

    fn line(n: usize, bytes_per_minute: f64) -> Series {
        let points: Vec<Point> = (0..n)
            .map(|i| Point {
                time_ms: 1e12 + i as f64 * 60_000.0,
                bytes: 50e6 + bytes_per_minute * i as f64,
                work: Some(100.0 * i as f64),
                load: None,
            })
            .collect();
        Series::new(&points)
    }

    #[test]
    fn an_exact_line_is_measured_exactly() {
        let growth = Growth::new(&line(61, 1e6), mann_kendall::variance(61)).expect("growth");
        assert!((growth.bytes_per_hour.mid - 60e6).abs() < 1.0);
        assert!((growth.bytes_per_work.expect("work").mid - 1e4).abs() < 1e-3);
        assert!((growth.start_bytes - 50e6).abs() < 1.0);
        assert!((growth.end_bytes - growth.start_bytes - 60e6).abs() < 1.0);
        assert!((growth.span_ms() - 3.6e6).abs() < 1.0);
        let runway = growth.ms_to_reach(170e6).expect("it rises");
        assert!((runway - 3.6e6).abs() < 10.0, "{runway}");
        assert_eq!(growth.ms_to_reach(1e6), Some(0.0));
    }

    #[test]
    fn a_falling_line_reaches_nothing_and_has_no_negative_end() {
        let growth = Growth::new(&line(61, -1e6), mann_kendall::variance(61)).expect("growth");
        assert_eq!(growth.ms_to_reach(1e9), None);
        assert_eq!(growth.end_bytes, 0.0);
    }

    #[test]
    fn noise_is_what_points_are_off_the_line_whatever_a_few_outliers() {
        let mut random = heapwatch_testing::Random::new(2);
        let points: Vec<Point> = (0..60)
            .map(|i| Point {
                time_ms: f64::from(i) * 60_000.0,
                bytes: 50e6
                    + 1e6 * f64::from(i)
                    + 1e5 * random.normal()
                    + if i % 20 == 7 { 30e6 } else { 0.0 },
                work: None,
                load: None,
            })
            .collect();
        let growth =
            Growth::new(&Series::new(&points), mann_kendall::variance(60)).expect("growth");
        assert!(
            (growth.noise_bytes / 1e5 - 1.0).abs() < 0.3,
            "{}",
            growth.noise_bytes
        );
        assert!(
            (growth.rise() / 59e6 - 1.0).abs() < 0.02,
            "{}",
            growth.rise()
        );
    }

    #[test]
    fn the_fit_stays_between_0_and_1() {
        for z in [-40.0, 0.0, 3.5, 40.0] {
            for ratio in [0.0, 0.5, f64::INFINITY] {
                let fit = fit(z, ratio, 1.0);
                assert!((0.0..=1.0).contains(&fit), "z {z}, ratio {ratio}: {fit}");
            }
        }
        assert!((normal_cdf(1.645) - 0.95).abs() < 0.01);
    }
}
