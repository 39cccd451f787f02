//! A process as its sizes after major collections show it: what is live, garbage that a collection
//! left behind, and the irregular moments at which V8 collects.

use crate::Random;

/// Something over the seconds since the process started.
pub type Curve = Box<dyn Fn(f64) -> f64 + Send + Sync>;

/// What the sizes are made of.
pub struct SimulatedProcess {
    /// Live bytes.
    pub live_bytes: Curve,
    /// Requests a second, on average: from one collection to the next they vary by 5 %.
    pub traffic: Curve,
    /// When it collects.
    pub pace: Pace,
    /// What lies over the live bytes.
    pub noise: Noise,
}

/// Pauses between major collections, uniform in a range.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Shortest pause, seconds.
    pub shortest: f64,
    /// Longest pause, seconds.
    pub longest: f64,
    /// Live bytes at which the pauses are that long: they go with the square root of what is live, since
    /// V8 lets a heap grow by a factor, and a large one by a smaller one. `None` if they are always the
    /// same.
    pub at_bytes: Option<f64>,
}

impl Pace {
    fn pause(&self, live_bytes: f64, random: &mut Random) -> f64 {
        let factor = self
            .at_bytes
            .map_or(1.0, |bytes| (live_bytes / bytes).sqrt());
        random.between(self.shortest, self.longest) * factor
    }
}

/// AR(1) noise and one-sided floating garbage.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Standard deviation of the AR(1) noise, bytes.
    pub deviation_bytes: f64,
    /// Its correlation from one collection to the next, 0 to below 1.
    pub correlation: f64,
    /// Mean of the exponentially distributed floating garbage, bytes.
    pub garbage_bytes: f64,
}

/// One major collection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Collection {
    /// Seconds since the process started.
    pub seconds: f64,
    /// Bytes at its end.
    pub bytes: f64,
    /// Requests served since the start.
    pub requests: f64,
}

impl SimulatedProcess {
    /// Its collections, without end and the same for the same seed.
    pub fn collections(&self, seed: u64) -> impl Iterator<Item = Collection> {
        let mut random = Random::new(seed);
        let (mut seconds, mut requests, mut noise) = (0.0, 0.0, 0.0);
        std::iter::repeat_with(move || {
            let pause = self.pace.pause((self.live_bytes)(seconds), &mut random);
            seconds += pause;
            // Even traffic is never quite even.
            let fluctuation = (1.0 + 0.05 * random.normal()).max(0.0);
            requests += (self.traffic)(seconds) * pause * fluctuation;
            noise = self.noise.next(noise, &mut random);
            let garbage = random.exponential(self.noise.garbage_bytes);
            let bytes = (self.live_bytes)(seconds) + noise + garbage;
            Collection {
                seconds,
                bytes: bytes.max(0.0),
                requests,
            }
        })
    }
}

impl Noise {
    fn next(&self, last: f64, random: &mut Random) -> f64 {
        // The factor keeps the standard deviation what it says, whatever the correlation.
        let fresh = (1.0 - self.correlation.powi(2)).sqrt() * self.deviation_bytes;
        self.correlation * last + fresh * random.normal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(noise: Noise) -> SimulatedProcess {
        SimulatedProcess {
            live_bytes: Box::new(|_| 1000.0),
            traffic: Box::new(|_| 5.0),
            pace: Pace {
                shortest: 1.0,
                longest: 3.0,
                at_bytes: None,
            },
            noise,
        }
    }

    #[test]
    fn noise_garbage_and_pace_are_what_they_say() {
        let noisy = process(Noise {
            deviation_bytes: 10.0,
            correlation: 0.8,
            garbage_bytes: 30.0,
        });
        let seen: Vec<Collection> = noisy.collections(1).take(20_000).collect();
        let mean = seen.iter().map(|c| c.bytes).sum::<f64>() / 20_000.0;
        let deviation = |lag: usize| {
            let products =
                (lag..seen.len()).map(|i| (seen[i].bytes - mean) * (seen[i - lag].bytes - mean));
            products.sum::<f64>() / (seen.len() - lag) as f64
        };
        assert!((mean - 1030.0).abs() < 1.5, "{mean}");
        // Variances of independent parts add up: 10^2 + 30^2; only the noise is correlated.
        assert!((deviation(0) - 1000.0).abs() < 60.0, "{}", deviation(0));
        assert!((deviation(1) - 80.0).abs() < 30.0, "{}", deviation(1));
        let last = seen[19_999];
        assert!((last.seconds - 40_000.0).abs() < 300.0);
        assert!((last.requests / last.seconds - 5.0).abs() < 0.01);
    }

    #[test]
    fn a_heap_that_has_grown_is_collected_more_rarely() {
        let grown = SimulatedProcess {
            live_bytes: Box::new(|seconds| if seconds < 100.0 { 1000.0 } else { 4000.0 }),
            pace: Pace {
                shortest: 1.0,
                longest: 1.0,
                at_bytes: Some(1000.0),
            },
            ..process(Noise {
                deviation_bytes: 0.0,
                correlation: 0.0,
                garbage_bytes: 1.0,
            })
        };
        let seen: Vec<Collection> = grown.collections(1).take(200).collect();
        assert!((seen[1].seconds - seen[0].seconds - 1.0).abs() < 1e-9);
        assert!((seen[199].seconds - seen[198].seconds - 2.0).abs() < 1e-9);
    }

    #[test]
    fn equal_seeds_give_equal_collections() {
        let noise = Noise {
            deviation_bytes: 10.0,
            correlation: 0.5,
            garbage_bytes: 30.0,
        };
        let run = |seed| {
            process(noise)
                .collections(seed)
                .take(50)
                .collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
    }
}
