//! What the trend says: plain data, for events, reports and metrics alike.

use serde::Serialize;

/// The state of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum State {
    /// Too few major collections to say that the series does not grow.
    #[default]
    Learning,
    /// No growth that looks like a leak.
    Healthy,
    /// Growth that may be a leak or a slow cache fill: worth a cheap diagnosis, not an alarm.
    Suspect,
    /// A leak, as far as one series can tell: worth an alarm.
    Confirmed,
}

/// Which part of the trend the numbers of a judgement come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Path {
    /// Single major collections of the last seconds to minutes.
    Fast,
    /// Minima of blocks of `block_size^(n + 1)` major collections.
    Level(u8),
}

/// An estimate with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// The estimate.
    pub mid: f64,
    /// Upper end.
    pub high: f64,
}

/// The shortest and the longest time something may take, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondsRange {
    /// Shortest time, seconds.
    pub low: f64,
    /// Longest time, seconds.
    pub high: f64,
}

/// The judgement over one series. All numbers are finite.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Judgement {
    /// The state now.
    pub state: State,
    /// Which detector suspects growth and gave the numbers; `None` while none does.
    pub path: Option<Path>,
    /// Samples taken in since the start or the last reset.
    pub samples: u64,
    /// Samples ignored because they were no measurement or went back in time.
    pub ignored_samples: u64,
    /// Growth from `start_ms` to `end_ms` along the fitted line, bytes; negative if it fell. Free of
    /// the garbage and the load that `current_bytes` includes.
    pub growth_bytes: f64,
    /// Where the growth starts as far as the trend can see, milliseconds on the clock of the samples.
    pub start_ms: f64,
    /// The last sample that went into the fitted line, milliseconds on the clock of the samples.
    pub end_ms: f64,
    /// Fitted level at `start_ms`, bytes.
    pub start_bytes: f64,
    /// Bytes of the last sample taken in, as measured.
    pub current_bytes: f64,
    /// Slope over time, bytes per hour; `None` before the first test.
    pub bytes_per_hour: Option<Interval>,
    /// Slope per unit of work, bytes; `None` unless all samples of the window state their work.
    pub bytes_per_work: Option<Interval>,
    /// Time until `current_bytes` reaches the limit at the fitted slope, seconds; `None` without a
    /// limit or without material growth. Slopes below the materiality floor count as the floor.
    pub time_to_limit_seconds: Option<SecondsRange>,
    /// The limit of the last sample, bytes, if it stated a real one.
    pub limit_bytes: Option<f64>,
    /// How well the series fits a leak, 0..1: rises with significance, steadiness and the number of
    /// tests passed in a row. To rank by; not a probability.
    pub confidence: f64,
}
