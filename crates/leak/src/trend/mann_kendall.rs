//! The Mann-Kendall test for a monotonic trend.
//!
//! The score is `S = sum over i < j of sign(y_j - y_i)`. Without a trend and without ties its
//! variance is `n (n-1) (2n+5) / 18` and its exact distribution is that of the number of inversions
//! of a random permutation: `S = n(n-1)/2 - 2 * inversions` (Kendall 1938).
//! For serially correlated data the variance is inflated after Hamed and Rao, "A modified
//! Mann-Kendall trend test for autocorrelated data", Journal of Hydrology 204 (1998), from the rank
//! autocorrelation of the series without its Theil-Sen trend. Ties leave the variance as it is,
//! which errs towards "no trend".
//!
//! `O(n^2)` time for `n` values, `O(n)` memory; [`critical_score`] takes `O(n^3)` and is meant to be
//! called once per window length.

use super::rank_autocorrelation::rank_autocorrelation;

/// Two-sided 5 % point of the standard normal distribution: an autocorrelation beyond
/// `1.96 / sqrt(n)` is significant, as in Hamed and Rao.
const SIGNIFICANT: f64 = 1.96;

/// The score `S`: pairs that rise minus pairs that fall.
pub(super) fn score(values: &[f64]) -> i64 {
    let mut score = 0;
    for (i, earlier) in values.iter().enumerate() {
        for later in &values[i + 1..] {
            score += i64::from(later > earlier) - i64::from(later < earlier);
        }
    }
    score
}

/// How many pairs `n` values have: the largest score.
pub(super) fn pairs(n: usize) -> i64 {
    (n * n.saturating_sub(1) / 2) as i64
}

/// Variance of the score of `n` independent values.
pub(super) fn variance(n: usize) -> f64 {
    let n = n as f64;
    n * (n - 1.0) * (2.0 * n + 5.0) / 18.0
}

/// How much positive serial correlation inflates the variance of the score, at least 1.
/// `residuals` is the series without its trend.
pub(super) fn hamed_rao_inflation(residuals: &[f64]) -> f64 {
    let count = residuals.len();
    if count < 4 {
        return 1.0;
    }
    let n = count as f64;
    // A quarter of the window: longer lags have too few pairs to estimate a correlation from.
    let correlations = rank_autocorrelation(residuals, count / 4);
    let sum: f64 = (1_u32..)
        .zip(correlations)
        .filter(|(_, rho)| rho.abs() > SIGNIFICANT / n.sqrt())
        .map(|(lag, rho)| {
            let k = f64::from(lag);
            (n - k) * (n - k - 1.0) * (n - k - 2.0) * rho
        })
        .sum();
    (1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * sum).max(1.0)
}

/// The score as a standard normal deviate, with the continuity correction.
pub(super) fn standardise(score: i64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return 0.0;
    }
    (score - score.signum()) as f64 / variance.sqrt()
}

/// The smallest score of `n` values that chance reaches with a probability of at most
/// `significance`, from the exact distribution.
pub(super) fn critical_score(n: usize, significance: f64) -> i64 {
    let pairs = pairs(n);
    let mut tail = 0.0;
    for (inversions, probability) in inversion_distribution(n).iter().enumerate() {
        tail += probability;
        if tail > significance {
            return pairs - 2 * inversions as i64 + 2;
        }
    }
    -pairs
}

/// Probability of each number of inversions in a random permutation of `n`: the `k`-th element adds
/// 0 to `k-1` inversions, each as likely, so every element is a convolution with a flat window.
fn inversion_distribution(n: usize) -> Vec<f64> {
    let mut distribution = vec![1.0];
    for k in 2..=n {
        let mut next = vec![0.0; distribution.len() + k - 1];
        let mut window = 0.0;
        for (i, slot) in next.iter_mut().enumerate() {
            window += distribution.get(i).unwrap_or(&0.0);
            if i >= k {
                window -= distribution.get(i - k).unwrap_or(&0.0);
            }
            *slot = f64::max(window, 0.0) / k as f64;
        }
        distribution = next;
    }
    distribution
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_testing::Random;

    /// Kendall's definition written down: compare each pair by subtraction.
    fn naive_score(values: &[f64]) -> i64 {
        let mut score = 0;
        for j in 0..values.len() {
            for i in 0..j {
                let difference = values[j] - values[i];
                if difference != 0.0 {
                    score += difference.signum() as i64;
                }
            }
        }
        score
    }

    fn naive_scores_of_permutations(values: &mut Vec<f64>, fixed: usize, scores: &mut Vec<i64>) {
        if fixed == values.len() {
            scores.push(naive_score(values));
        }
        for i in fixed..values.len() {
            values.swap(fixed, i);
            naive_scores_of_permutations(values, fixed + 1, scores);
            values.swap(fixed, i);
        }
    }

    #[test]
    fn the_score_equals_its_naive_twin_with_and_without_ties() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let n = random.below(70);
            let coarse = seed % 2 == 0;
            let values: Vec<f64> = (0..n)
                .map(|_| {
                    if coarse {
                        random.below(5) as f64
                    } else {
                        random.normal()
                    }
                })
                .collect();
            assert_eq!(score(&values), naive_score(&values), "seed {seed}");
        }
    }

    #[test]
    fn the_exact_distribution_is_that_of_all_permutations() {
        for n in 2..=8 {
            let mut values: Vec<f64> = (0..n).map(|i| i as f64).collect();
            let mut scores = Vec::new();
            naive_scores_of_permutations(&mut values, 0, &mut scores);
            for significance in [0.3, 0.1, 0.05, 0.01, 0.0071] {
                let critical = critical_score(n, significance);
                let share = |bound: i64| {
                    scores.iter().filter(|&&s| s >= bound).count() as f64 / scores.len() as f64
                };
                assert!(
                    share(critical) <= significance,
                    "n {n}, significance {significance}"
                );
                assert!(
                    share(critical - 2) > significance,
                    "n {n}, significance {significance}"
                );
            }
        }
    }

    #[test]
    fn the_exact_critical_score_approaches_the_normal_one() {
        // 2.45 is the upper 0.71 % point of the standard normal distribution.
        for n in [27, 40, 60] {
            let normal = 2.45 * variance(n).sqrt();
            let exact = critical_score(n, 0.0071) as f64;
            assert!(
                (exact - normal).abs() < 0.02 * normal + 3.0,
                "n {n}: exact {exact}, normal {normal}"
            );
        }
    }

    #[test]
    fn the_variance_is_that_of_all_permutations() {
        for n in 2..=8 {
            let mut values: Vec<f64> = (0..n).map(|i| i as f64).collect();
            let mut scores = Vec::new();
            naive_scores_of_permutations(&mut values, 0, &mut scores);
            let squares: f64 = scores.iter().map(|&score| (score as f64).powi(2)).sum();
            let naive = squares / scores.len() as f64;
            assert!((variance(n) - naive).abs() < 1e-9 * naive, "n {n}: {naive}");
        }
    }

    /// Hamed and Rao's formula written down, over ranks of values without ties.
    fn naive_inflation(values: &[f64]) -> f64 {
        let n = values.len() as f64;
        let rank = |v: &f64| values.iter().filter(|w| *w < v).count() as f64;
        let ranks: Vec<f64> = values.iter().map(rank).collect();
        let mean = ranks.iter().sum::<f64>() / n;
        let variance = ranks.iter().map(|r| (r - mean).powi(2)).sum::<f64>();
        let mut inflation = 1.0;
        for k in 1..=values.len() / 4 {
            let pairs = (0..values.len() - k).map(|i| (ranks[i] - mean) * (ranks[i + k] - mean));
            let rho = pairs.sum::<f64>() / variance;
            if rho.abs() > 1.96 / n.sqrt() {
                let k = k as f64;
                let weight = (n - k) * (n - k - 1.0) * (n - k - 2.0);
                inflation += 2.0 / (n * (n - 1.0) * (n - 2.0)) * weight * rho;
            }
        }
        inflation.max(1.0)
    }

    #[test]
    fn the_inflation_equals_its_naive_twin() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let persistence = random.uniform();
            let mut level = 0.0;
            let values: Vec<f64> = (0..4 + random.below(61))
                .map(|_| {
                    level = persistence * level + random.normal();
                    level
                })
                .collect();
            let (found, naive) = (hamed_rao_inflation(&values), naive_inflation(&values));
            assert!(
                (found - naive).abs() < 1e-9,
                "seed {seed}: {found} and {naive}"
            );
        }
    }

    #[test]
    fn white_noise_inflates_nothing_much_and_a_slow_wander_a_lot() {
        let mean_inflation = |persistence: f64| {
            let inflations = (0..50).map(|seed| {
                let mut random = Random::new(seed);
                let mut level = 0.0;
                let values: Vec<f64> = (0..64)
                    .map(|_| {
                        level = persistence * level + random.normal();
                        level
                    })
                    .collect();
                hamed_rao_inflation(&values)
            });
            inflations.sum::<f64>() / 50.0
        };
        let (white, wander) = (mean_inflation(0.0), mean_inflation(0.9));
        assert!(white < 1.5, "{white}");
        assert!(wander > 2.0, "{wander}");
    }

    #[test]
    fn degenerate_series_have_no_trend() {
        assert_eq!(score(&[]), 0);
        assert_eq!(score(&[3.0]), 0);
        assert_eq!(score(&[1.0; 64]), 0);
        assert_eq!(hamed_rao_inflation(&[1.0; 64]), 1.0);
        assert_eq!(standardise(0, variance(0)), 0.0);
        assert_eq!(standardise(5, 0.0), 0.0);
    }
}
