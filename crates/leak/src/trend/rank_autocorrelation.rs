//! Autocorrelation of the ranks of a series, for lags 1 and up. Ties share their mean rank.
//!
//! `O(n log n + n * lags)` time, `O(n)` memory.

/// The rank autocorrelations at lags `1..=max_lag`; all 0 for a series without variation.
pub(super) fn rank_autocorrelation(values: &[f64], max_lag: usize) -> Vec<f64> {
    let ranks = mean_ranks(values);
    // Mean ranks always sum to n(n+1)/2, ties or not.
    let mean = (values.len() as f64 + 1.0) / 2.0;
    let deviations: Vec<f64> = ranks.iter().map(|rank| rank - mean).collect();
    let total: f64 = deviations.iter().map(|d| d * d).sum();
    (1..=max_lag)
        .map(|lag| {
            if total <= 0.0 {
                return 0.0;
            }
            let shifted = deviations.iter().skip(lag);
            deviations
                .iter()
                .zip(shifted)
                .map(|(a, b)| a * b)
                .sum::<f64>()
                / total
        })
        .collect()
}

/// Ranks from 1; equal values get the mean of the ranks they occupy.
fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = below as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for &index in tied {
            ranks[index] = mean;
        }
        below += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_testing::Random;

    /// Rank = 1 + values below + half of the other equal ones; correlation with explicit means.
    fn naive(values: &[f64], lag: usize) -> f64 {
        let ranks: Vec<f64> = values
            .iter()
            .map(|v| {
                let below = values.iter().filter(|w| *w < v).count() as f64;
                let equal = values.iter().filter(|w| *w == v).count() as f64;
                1.0 + below + (equal - 1.0) / 2.0
            })
            .collect();
        let n = ranks.len();
        let mean = ranks.iter().sum::<f64>() / n as f64;
        let mut numerator = 0.0;
        let mut denominator = 0.0;
        for i in 0..n {
            denominator += (ranks[i] - mean).powi(2);
            if i + lag < n {
                numerator += (ranks[i] - mean) * (ranks[i + lag] - mean);
            }
        }
        if denominator == 0.0 {
            0.0
        } else {
            numerator / denominator
        }
    }

    #[test]
    fn equals_its_naive_twin_with_and_without_ties() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let n = random.below(65);
            let coarse = seed % 2 == 0;
            let values: Vec<f64> = (0..n)
                .map(|_| {
                    if coarse {
                        random.below(4) as f64
                    } else {
                        random.normal()
                    }
                })
                .collect();
            let fast = rank_autocorrelation(&values, n / 4);
            assert_eq!(fast.len(), n / 4);
            for (i, rho) in fast.iter().enumerate() {
                let expected = naive(&values, i + 1);
                assert!(
                    (rho - expected).abs() < 1e-9,
                    "seed {seed}, lag {}: {rho} and {expected}",
                    i + 1
                );
            }
        }
    }

    #[test]
    fn a_constant_series_correlates_with_nothing() {
        assert_eq!(rank_autocorrelation(&[2.0; 16], 4), [0.0; 4]);
        assert_eq!(rank_autocorrelation(&[], 2), [0.0; 2]);
    }
}
