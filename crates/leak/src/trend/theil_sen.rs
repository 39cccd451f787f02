//! Theil-Sen: the slope of a line as the median of the slopes of all pairs of points, and Sen's
//! confidence interval for it (Sen, "Estimates of the regression coefficient based on Kendall's
//! tau", JASA 63, 1968). Up to 29 % of the points may be arbitrarily wrong.
//!
//! `O(n^2)` time and memory for `n` points; windows here have at most 64.

use super::Interval;

/// Half-width of the two-sided 95 % interval of a standard normal deviate.
const CONFIDENCE_95: f64 = 1.96;

/// The median slope, or `None` without two points at different `x`.
pub(crate) fn slope(x: &[f64], y: &[f64]) -> Option<f64> {
    median(&mut pairwise_slopes(x, y))
}

/// The median slope with its 95 % confidence interval, given the variance of the Mann-Kendall score
/// of `y` (inflated for serial correlation, the interval widens with it).
pub(super) fn slope_interval(x: &[f64], y: &[f64], score_variance: f64) -> Option<Interval> {
    let mut slopes = pairwise_slopes(x, y);
    slopes.sort_by(f64::total_cmp);
    let mid = median_of_sorted(&slopes)?;
    let pairs = slopes.len() as f64;
    let spread = CONFIDENCE_95 * score_variance.max(0.0).sqrt();
    // Sen's ranks are ((pairs - spread) / 2)-th and ((pairs + spread) / 2 + 1)-th, from 1.
    let low = ((pairs - spread) / 2.0).floor().max(1.0) - 1.0;
    let high = ((pairs + spread) / 2.0).ceil().min(pairs - 1.0);
    Some(Interval {
        low: slopes[low as usize],
        mid,
        high: slopes[high as usize],
    })
}

/// Height of the line of this slope at `x = 0`: the median of what each point says.
pub(crate) fn intercept(x: &[f64], y: &[f64], slope: f64) -> f64 {
    median(&mut residuals(x, y, slope)).unwrap_or(0.0)
}

/// What is left of `y` without a line of this slope.
pub(super) fn residuals(x: &[f64], y: &[f64], slope: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| y - slope * x).collect()
}

/// Median of finite numbers; reorders them.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (_, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if values.len().is_multiple_of(2) {
        let lower = values[..middle]
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        return Some(f64::midpoint(lower, upper));
    }
    Some(upper)
}

fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper))
}

/// Slopes of all pairs at different `x`. Those too steep for an `f64` say nothing and are left out.
fn pairwise_slopes(x: &[f64], y: &[f64]) -> Vec<f64> {
    let n = x.len().min(y.len());
    let mut slopes = Vec::with_capacity(n * n.saturating_sub(1) / 2);
    for i in 0..n {
        for j in i + 1..n {
            let run = x[j] - x[i];
            let slope = (y[j] - y[i]) / run;
            if run > 0.0 && slope.is_finite() {
                slopes.push(slope);
            }
        }
    }
    slopes
}

#[cfg(test)]
mod tests {
    use super::super::mann_kendall;
    use super::*;
    use heapwatch_testing::Random;

    fn naive_slope(points: &[(f64, f64)]) -> Option<f64> {
        let mut slopes = Vec::new();
        for a in points {
            for b in points {
                if b.0 > a.0 {
                    slopes.push((b.1 - a.1) / (b.0 - a.0));
                }
            }
        }
        slopes.sort_by(f64::total_cmp);
        match slopes.len() {
            0 => None,
            n if n % 2 == 1 => Some(slopes[n / 2]),
            n => Some(slopes[n / 2 - 1] / 2.0 + slopes[n / 2] / 2.0),
        }
    }

    #[test]
    fn the_slope_equals_its_naive_twin_with_and_without_ties() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let n = random.below(65);
            let mut time = 0.0;
            let points: Vec<(f64, f64)> = (0..n)
                .map(|_| {
                    time += random.below(3) as f64;
                    (time, (random.normal() * 3.0).round())
                })
                .collect();
            let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
            match (slope(&x, &y), naive_slope(&points)) {
                (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "seed {seed}: {a} and {b}"),
                (a, b) => assert_eq!(a, b, "seed {seed}"),
            }
        }
    }

    /// Sen's ranks, counted from 1, in the sorted slopes: `(pairs - c) / 2` and `(pairs + c) / 2 + 1`,
    /// rounded outwards and kept within the list.
    fn naive_interval(x: &[f64], y: &[f64], score_variance: f64) -> (f64, f64) {
        let mut slopes = Vec::new();
        for j in 0..x.len() {
            for i in 0..j {
                slopes.push((y[j] - y[i]) / (x[j] - x[i]));
            }
        }
        slopes.sort_by(f64::total_cmp);
        let (pairs, c) = (slopes.len() as f64, 1.96 * score_variance.sqrt());
        let at = |rank: f64| slopes[rank.clamp(1.0, pairs) as usize - 1];
        (
            at(((pairs - c) / 2.0).floor()),
            at(((pairs + c) / 2.0 + 1.0).ceil()),
        )
    }

    #[test]
    fn the_interval_equals_its_naive_twin() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let n = 2 + random.below(63);
            let mut time = 0.0;
            let (x, y): (Vec<f64>, Vec<f64>) = (0..n)
                .map(|_| {
                    time += random.between(0.5, 1.5);
                    (time, random.normal())
                })
                .unzip();
            let variance = mann_kendall::variance(n) * random.between(1.0, 3.0);
            let found = slope_interval(&x, &y, variance).expect("a slope");
            assert_eq!(
                (found.low, found.high),
                naive_interval(&x, &y, variance),
                "seed {seed}"
            );
        }
    }

    #[test]
    fn the_interval_holds_the_true_slope_about_as_often_as_it_says() {
        let runs = 400;
        let mut held = 0;
        for seed in 0..runs {
            let mut random = Random::new(seed);
            let x: Vec<f64> = (0..32).map(f64::from).collect();
            let y: Vec<f64> = x.iter().map(|x| 0.25 * x + random.normal()).collect();
            let interval = slope_interval(&x, &y, mann_kendall::variance(32)).expect("a slope");
            assert!(
                interval.low <= interval.mid && interval.mid <= interval.high,
                "seed {seed}"
            );
            assert_eq!(Some(interval.mid), slope(&x, &y), "seed {seed}");
            held += u32::from((interval.low..=interval.high).contains(&0.25));
        }
        let share = f64::from(held) / runs as f64;
        assert!((0.91..=0.99).contains(&share), "{share}");
    }

    #[test]
    fn a_line_with_a_quarter_of_wild_points_keeps_its_slope_and_height() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| {
                if *x as u32 % 4 == 1 {
                    1e6
                } else {
                    3.0 * x + 7.0
                }
            })
            .collect();
        let found = slope(&x, &y).expect("a slope");
        assert!((found - 3.0).abs() < 0.5, "{found}");
        assert!((intercept(&x, &y, 3.0) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn points_at_one_x_have_no_slope() {
        assert_eq!(
            slope(&[1.0; 8], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
            None
        );
        assert_eq!(slope_interval(&[], &[], 0.0), None);
        assert_eq!(slope(&[0.0, f64::MIN_POSITIVE], &[0.0, 1e300]), None);
    }
}
