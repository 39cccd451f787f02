//! The rules that are compared.

use std::collections::VecDeque;

use heapwatch_leak::trend::{Sample, State, Trend, TrendError, TrendOptions};
use heapwatch_testing::Collection;

/// The trend, fed as a watcher feeds it.
pub(crate) struct LevelTrend {
    trend: Trend,
    limit_bytes: f64,
    counted: bool,
}

impl LevelTrend {
    pub(crate) fn new(limit_bytes: f64, counted: bool) -> Result<Self, TrendError> {
        Ok(LevelTrend {
            trend: Trend::new(TrendOptions::default())?,
            limit_bytes,
            counted,
        })
    }

    pub(crate) fn push(&mut self, collection: &Collection) -> State {
        // A date of today in milliseconds: large numbers are part of the test.
        let time_ms = 1.7e12 + collection.seconds * 1e3;
        let sample = Sample {
            time_ms,
            bytes: collection.bytes,
            work: self.counted.then_some(collection.requests),
            load: None,
            limit_bytes: Some(self.limit_bytes),
        };
        self.trend.push(sample).state
    }
}

/// memwatch's rule: five major collections in a row, each larger than the one before.
#[derive(Debug, Default)]
pub(crate) struct FiveGrowths {
    last: Option<f64>,
    growths: u32,
}

impl FiveGrowths {
    pub(crate) fn push(&mut self, bytes: f64) -> bool {
        let grew = self.last.is_some_and(|last| bytes > last);
        self.growths = if grew { self.growths + 1 } else { 0 };
        self.last = Some(bytes);
        self.growths >= 5
    }
}

/// Mann-Kendall without correction, at 1 % one-sided, over the latest 60 collections and at least
/// 10, after each collection.
#[derive(Debug, Default)]
pub(crate) struct PlainMannKendall {
    window: VecDeque<f64>,
    score: f64,
}

impl PlainMannKendall {
    pub(crate) fn push(&mut self, bytes: f64) -> bool {
        if self.window.len() == 60
            && let Some(oldest) = self.window.pop_front()
        {
            self.score -= self
                .window
                .iter()
                .map(|later| sign(later - oldest))
                .sum::<f64>();
        }
        self.score += self
            .window
            .iter()
            .map(|earlier| sign(bytes - earlier))
            .sum::<f64>();
        self.window.push_back(bytes);
        let n = self.window.len() as f64;
        let deviation = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        n >= 10.0 && (self.score - 1.0) / deviation >= 2.326
    }
}

fn sign(difference: f64) -> f64 {
    if difference == 0.0 {
        0.0
    } else {
        difference.signum()
    }
}
