//! Whether growth follows the doses.
//!
//! It does if all of this holds: each round grew; a larger dose grew more (Kendall's tau between
//! doses and growth is 1); and growth lies on a line over the doses (Theil-Sen), but for at most one
//! round. The first two decide what chance can do: if growth has nothing to do with the doses, any
//! order of R distinct growths is as likely as another, and one of R! is that of the doses.
//!
//! O(R²) for R rounds, of which there are a few.

use crate::trend::theil_sen::{intercept, slope};

/// Objects by which a round may miss the line: what timers, pools and the compiler hold at the moment
/// of a census.
const TOLERATED: f64 = 3.0;
/// The same as part of the round's growth, for iterations that leave many objects.
const TOLERATED_PART: f64 = 0.05;
/// Rounds that may miss the line by more.
const TOLERATED_ROUNDS: usize = 1;

/// Growth an iteration, if it follows the doses: iterations of each round, and by how much the round
/// grew. `None` for fewer than three rounds: two are in order every other time.
pub fn dose_response(doses: &[u32], growth: &[i64]) -> Option<f64> {
    if doses.len() < 3 || doses.len() != growth.len() {
        return None;
    }
    let rounds = in_order(doses, growth)?;
    let x: Vec<f64> = rounds.iter().map(|&(&dose, _)| f64::from(dose)).collect();
    let y: Vec<f64> = rounds.iter().map(|&(_, &delta)| delta as f64).collect();
    let per_iteration = slope(&x, &y)?;
    let base = intercept(&x, &y, per_iteration);
    let misses = |(dose, delta): (&f64, &f64)| {
        let expected = base + per_iteration * dose;
        (delta - expected).abs() > TOLERATED.max(TOLERATED_PART * delta)
    };
    let missing = x.iter().zip(&y).filter(|&round| misses(round)).count();
    (missing <= TOLERATED_ROUNDS).then_some(per_iteration)
}

/// The rounds by their doses, if each grew and a larger dose grew more. Without that for some of the
/// rounds there is none for all of them: a test may stop there.
pub(super) fn in_order<'a>(doses: &'a [u32], growth: &'a [i64]) -> Option<Vec<(&'a u32, &'a i64)>> {
    let mut rounds: Vec<_> = doses.iter().zip(growth).collect();
    rounds.sort_unstable();
    let larger_grew_more =
        (rounds.windows(2)).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1);
    let all_grew = rounds.first().is_none_or(|&(_, &least)| least > 0);
    (larger_grew_more && all_grew).then_some(rounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOSES: [u32; 5] = [13, 31, 7, 23, 41];

    #[test]
    fn exact_growth_gives_the_objects_an_iteration() {
        for per_iteration in [1, 2, 50] {
            let growth = DOSES.map(|dose| i64::from(dose) * per_iteration);
            assert_eq!(dose_response(&DOSES, &growth), Some(per_iteration as f64));
        }
    }

    #[test]
    fn one_in_ten_is_found_with_doses_ten_times_as_large() {
        let doses = DOSES.map(|dose| dose * 10);
        let growth = DOSES.map(i64::from);
        let slope = dose_response(&doses, &growth).expect("a leak");
        assert!((slope - 0.1).abs() < 1e-9, "{slope}");
    }

    #[test]
    fn growth_that_is_not_of_the_doses_is_none() {
        // The same in each round, in another order, in all rounds but one, negative, by a step.
        for growth in [
            [5, 5, 5, 5, 5],
            [31, 13, 7, 23, 41],
            [13, 31, 0, 23, 41],
            [-41, -7, -31, -13, -1],
            [400, 402, 1, 401, 900],
        ] {
            assert_eq!(dose_response(&DOSES, &growth), None, "{growth:?}");
        }
    }

    #[test]
    fn too_few_rounds_say_nothing() {
        assert_eq!(dose_response(&[7, 13], &[7, 13]), None);
        assert_eq!(dose_response(&[], &[]), None);
        assert_eq!(dose_response(&DOSES, &[1, 2]), None);
    }

    /// Growth of each round that a leak of `each` objects and some floating ones make.
    fn leaking() -> impl Strategy<Value = (Vec<u32>, Vec<i64>, i64)> {
        let doses = Just(vec![7, 13, 23, 31, 41]).prop_shuffle();
        (doses, 1i64..100, proptest::collection::vec(0i64..=1, 5)).prop_map(
            |(doses, each, noise)| {
                let growth = (doses.iter().zip(noise))
                    .map(|(&dose, noise)| i64::from(dose) * each + noise)
                    .collect();
                (doses, growth, each)
            },
        )
    }

    proptest! {
        #[test]
        fn a_leak_is_found_in_any_order_of_doses((doses, growth, each) in leaking()) {
            let slope = dose_response(&doses, &growth);
            prop_assert!(slope.is_some_and(|slope| (slope - each as f64).abs() <= 0.25), "{slope:?}");
        }

        #[test]
        fn the_order_of_rounds_doesnt_matter((doses, growth, _) in leaking(), by in 0usize..5) {
            let (mut turned_doses, mut turned_growth) = (doses.clone(), growth.clone());
            turned_doses.rotate_left(by);
            turned_growth.rotate_left(by);
            prop_assert_eq!(
                dose_response(&doses, &growth),
                dose_response(&turned_doses, &turned_growth)
            );
        }

        /// The promise of stopping early.
        #[test]
        fn what_follows_the_doses_does_so_after_each_round((doses, growth, _) in leaking(), done in 0usize..5) {
            prop_assert!(in_order(&doses[..done], &growth[..done]).is_some());
        }

        /// The promise of the bound: of all orders of the doses, growth that is fixed follows one.
        #[test]
        fn fixed_growth_follows_at_most_one_of_all_orders(
            growth in proptest::collection::vec(-50i64..1000, 5),
        ) {
            let mut orders = vec![Vec::<u32>::new()];
            for _ in 0..5 {
                orders = (orders.iter())
                    .flat_map(|order| {
                        DOSES.iter().filter(|dose| !order.contains(dose)).map(|&dose| {
                            let mut longer = order.clone();
                            longer.push(dose);
                            longer
                        })
                    })
                    .collect();
            }
            prop_assert_eq!(orders.len(), 120);
            let followed = orders.iter().filter(|order| dose_response(order, &growth).is_some());
            prop_assert!(followed.count() <= 1);
        }
    }
}
