//! Options of a trend, their defaults and their validation.

/// What is tunable. The defaults are meant to be kept: the other constants of the tests were
/// simulated together with them.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendOptions {
    /// Growth slower than this is immaterial, bytes per hour. 0.3 MB/h is 50 MB a week: below that,
    /// deployments come sooner than the limit.
    pub min_growth_bytes_per_hour: f64,
    /// Major collections in a block of the lowest level, and blocks in a block of the next. With 2
    /// the minimum still carries so much garbage that a filling LRU cache was taken for a leak in
    /// every simulated run; with 4 in none.
    pub block_size: usize,
    /// Fast path: least growth within one window, share of the limit. A tenth is more than start-up
    /// takes in a service that fits its limit.
    pub fast_growth_fraction: f64,
    /// Fast path: the limit is near if it is reached within this time, milliseconds. Half an hour is
    /// less than the levels need to come to a first result.
    pub fast_runway_ms: f64,
    /// Fast path: the limit is near at this share of it, at whatever pace.
    pub fast_level_fraction: f64,
    /// Fast path: least time a window spans, milliseconds. Loading modules and warming up the
    /// compiler take seconds and grow just like a leak; 20 s still leaves time for an alarm within
    /// a minute.
    pub fast_min_span_ms: f64,
    /// Fast path: growth of this pace is told however far the limit is, bytes per hour. 0.1 MB/s fills
    /// a gigabyte in 3 hours, before the levels would have told it; `f64::MAX` turns it off.
    pub fast_leak_bytes_per_hour: f64,
}

impl Default for TrendOptions {
    fn default() -> Self {
        TrendOptions {
            min_growth_bytes_per_hour: 0.3e6,
            block_size: 4,
            fast_growth_fraction: 0.10,
            fast_runway_ms: 30.0 * 60_000.0,
            fast_level_fraction: 0.7,
            fast_min_span_ms: 20_000.0,
            fast_leak_bytes_per_hour: 360e6,
        }
    }
}

impl TrendOptions {
    /// Says which option, if any, makes no sense.
    pub(super) fn validate(&self) -> Result<(), TrendError> {
        let rules = [
            (
                "min_growth_bytes_per_hour",
                self.min_growth_bytes_per_hour,
                0.0,
                f64::MAX,
            ),
            ("block_size", self.block_size as f64, 2.0, 64.0),
            ("fast_growth_fraction", self.fast_growth_fraction, 0.0, 1.0),
            ("fast_runway_ms", self.fast_runway_ms, 0.0, f64::MAX),
            ("fast_level_fraction", self.fast_level_fraction, 0.0, 1.0),
            ("fast_min_span_ms", self.fast_min_span_ms, 0.0, f64::MAX),
            (
                "fast_leak_bytes_per_hour",
                self.fast_leak_bytes_per_hour,
                0.0,
                f64::MAX,
            ),
        ];
        for (option, found, min, max) in rules {
            if !(min..=max).contains(&found) {
                return Err(TrendError::Option {
                    option,
                    min,
                    max,
                    found,
                });
            }
        }
        Ok(())
    }
}

/// Why a trend could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrendError {
    /// An option is out of its range.
    #[error("trend option {option} must be between {min} and {max}, found {found}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// Smallest value allowed.
        min: f64,
        /// Largest value allowed.
        max: f64,
        /// The value given.
        found: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_every_option_out_of_range_is_refused_by_name() {
        let defaults = TrendOptions::default();
        assert_eq!(defaults.validate(), Ok(()));
        let wrong = [
            (
                "min_growth_bytes_per_hour",
                TrendOptions {
                    min_growth_bytes_per_hour: f64::NAN,
                    ..defaults.clone()
                },
            ),
            (
                "block_size",
                TrendOptions {
                    block_size: 1,
                    ..defaults.clone()
                },
            ),
            (
                "block_size",
                TrendOptions {
                    block_size: usize::MAX,
                    ..defaults.clone()
                },
            ),
            (
                "fast_growth_fraction",
                TrendOptions {
                    fast_growth_fraction: -0.1,
                    ..defaults.clone()
                },
            ),
            (
                "fast_runway_ms",
                TrendOptions {
                    fast_runway_ms: f64::INFINITY,
                    ..defaults.clone()
                },
            ),
            (
                "fast_level_fraction",
                TrendOptions {
                    fast_level_fraction: 1.1,
                    ..defaults.clone()
                },
            ),
            (
                "fast_min_span_ms",
                TrendOptions {
                    fast_min_span_ms: f64::NEG_INFINITY,
                    ..defaults.clone()
                },
            ),
            (
                "fast_leak_bytes_per_hour",
                TrendOptions {
                    fast_leak_bytes_per_hour: -1.0,
                    ..defaults.clone()
                },
            ),
        ];
        for (name, options) in wrong {
            match options.validate() {
                Err(TrendError::Option { option, .. }) => assert_eq!(option, name),
                Ok(()) => panic!("{name} was not refused"),
            }
        }
    }
}
