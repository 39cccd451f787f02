//! Whether a line or a start-up explains a window better: the likelihood ratio of the two.
//!
//! A process that warms up approaches a plateau exponentially, from the beginning of the window or from
//! some point within it (an S). A line and such a curve have as many parameters, so with normal noise the
//! logarithm of their likelihood ratio is the difference of what they leave unexplained, in units of twice
//! the variance: Wald's sequential test ("Sequential Analysis", 1947) on what may go on as either. The
//! curve has the longest time constant that is to be told from a line; those of shorter ones lie further
//! away from a line on the same side, so they speak against it all the more.
//!
//! `O(n^2)` for `n` points, for the curves that begin at each of them.

/// Curves begin in this part of a window; what begins later has no shape yet.
const BEGINNINGS: f64 = 0.6;

/// Mean distance of a standard normal deviate from 0, inverted.
const DEVIATION_PER_MEAN_DISTANCE: f64 = 1.2533;

/// What speaks for a line. Logarithms of likelihood ratios: above 0 the line is the likelier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LineEvidence {
    /// Against an approach that began before the window or with it.
    pub(super) over_approach: f64,
    /// Against the likeliest of those that began before it, with it or within it.
    pub(super) over_start_up: f64,
    /// How far the points are off the line, standard deviation, bytes.
    pub(super) noise_bytes: f64,
    /// How far a walk with the steps of this series would get within the window, standard deviation,
    /// bytes: what wanders has steps like these and no line.
    pub(super) walk_bytes: f64,
}

impl LineEvidence {
    /// `None` with less than three points.
    pub(super) fn new(hours: &[f64], bytes: &[f64], time_constant_hours: f64) -> Option<Self> {
        let freedom = bytes.len().checked_sub(2).filter(|&left| left > 0)? as f64;
        let approach_from = |start: f64| {
            let curve = |t: &f64| 1.0 - (-(t - start).max(0.0) / time_constant_hours).exp();
            unexplained(bytes, &hours.iter().map(curve).collect::<Vec<_>>())
        };
        let line = unexplained(bytes, hours);
        let approach = approach_from(*hours.first()?);
        let within = (bytes.len() as f64 * BEGINNINGS) as usize;
        let start_up = (hours[1..within.max(1)].iter())
            .map(|&start| approach_from(start))
            .fold(approach, f64::min);
        let over = |curve: f64| {
            // The variance is that of the better of the two; a byte if both are perfect.
            let variance = line.min(curve).max(1.0) / freedom;
            (curve - line) / (2.0 * variance)
        };
        Some(LineEvidence {
            over_approach: over(approach),
            over_start_up: over(start_up),
            noise_bytes: (line / freedom).sqrt(),
            walk_bytes: walk_bytes(bytes),
        })
    }
}

/// The sum of squares that is left of `y` without its least-squares share of a rising shape.
fn unexplained(y: &[f64], shape: &[f64]) -> f64 {
    let n = y.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (mean_y, mean_shape) = (mean(y), mean(shape));
    let (mut total, mut shared, mut of_shape) = (0.0, 0.0, 0.0);
    for (y, shape) in y.iter().zip(shape) {
        let (y, shape) = (y - mean_y, shape - mean_shape);
        total += y * y;
        shared += y * shape;
        of_shape += shape * shape;
    }
    if shared > 0.0 && of_shape > 0.0 {
        (total - shared * shared / of_shape).max(0.0)
    } else {
        total
    }
}

/// From the mean distance of the steps from their mean, which a single large one hardly moves.
fn walk_bytes(bytes: &[f64]) -> f64 {
    let steps: Vec<f64> = bytes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let n = steps.len() as f64;
    let mean = steps.iter().sum::<f64>() / n;
    let distance = steps.iter().map(|step| (step - mean).abs()).sum::<f64>() / n;
    DEVIATION_PER_MEAN_DISTANCE * distance * n.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_testing::Random;

    const SECOND: f64 = 1.0 / 3_600.0;

    /// 19 points in 57 s, of 12 MB with 0.5 MB of noise.
    fn evidence(seed: u64, live: impl Fn(f64) -> f64) -> LineEvidence {
        let mut random = Random::new(seed);
        let seconds: Vec<f64> = (0..19).map(|i| 3.0 * f64::from(i)).collect();
        let bytes: Vec<f64> = (seconds.iter())
            .map(|&t| 60e6 + 12e6 * live(t / 57.0) + 0.5e6 * random.normal())
            .collect();
        let hours: Vec<f64> = seconds.iter().map(|t| t * SECOND).collect();
        LineEvidence::new(&hours, &bytes, 40.0 * SECOND).expect("points")
    }

    #[test]
    fn lines_and_start_ups_are_told_apart() {
        let approach = |x: f64| (1.0 - (-1.5 * x).exp()) / (1.0 - (-1.5_f64).exp());
        let s = |x: f64| approach(((x - 0.3) / 0.7).max(0.0));
        let [mut lines, mut approaches, mut beginnings] = [0; 3];
        for seed in 0..100 {
            let line = evidence(seed, |x| x);
            assert!(line.over_start_up <= line.over_approach, "seed {seed}");
            lines += u32::from(line.over_start_up > 0.0);
            approaches += u32::from(evidence(seed, approach).over_approach < 0.0);
            let later = evidence(seed, s);
            beginnings += u32::from(later.over_start_up < 0.0 && later.over_approach > 0.0);
        }
        let told = [lines, approaches, beginnings];
        assert!(told.iter().all(|&told| told >= 90), "{told:?} of 100");
    }

    #[test]
    fn a_shorter_time_constant_speaks_against_a_line_as_well() {
        let approach = |times: f64, x: f64| (1.0 - (-times * x).exp()) / (1.0 - (-times).exp());
        for times in [3.0, 6.0, 12.0] {
            let over = (0..20).map(|seed| evidence(seed, |x| approach(times, x)).over_approach);
            assert!(over.fold(f64::MIN, f64::max) < 0.0, "{times}");
        }
    }

    #[test]
    fn noise_and_steps_are_what_they_are() {
        let mean = |of: fn(LineEvidence) -> f64| {
            (0..200).map(|seed| of(evidence(seed, |x| x))).sum::<f64>() / 200.0
        };
        let noise = mean(|line| line.noise_bytes);
        assert!((noise - 0.5e6).abs() < 0.02e6, "{noise}");
        // Steps between independent points have twice the variance; there are 18.
        let walk = mean(|line| line.walk_bytes);
        assert!((walk - 3e6).abs() < 0.2e6, "{walk}");
    }

    #[test]
    fn few_points_and_equal_ones_say_nothing() {
        assert_eq!(LineEvidence::new(&[], &[], 1.0), None);
        assert_eq!(LineEvidence::new(&[0.0, 1.0], &[1.0, 2.0], 1.0), None);
        let equal = LineEvidence::new(&[0.0, 1.0, 2.0], &[5.0; 3], 1.0).expect("points");
        assert_eq!((equal.over_start_up, equal.noise_bytes), (0.0, 0.0));
    }
}
