//! The growth statistics of one pool.

use heapwatch_leak::trend::{Sample, Trend, TrendOptions};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::json;

/// The thresholds that users can set; the rest keep their defaults.
#[napi(object, object_to_js = false)]
pub struct NativeTrendOptions {
    /// Growth below this is not material, bytes per hour.
    pub min_growth_bytes_per_hour: Option<f64>,
    /// Growth that the fast path asks for, as part of the limit.
    pub fast_growth_fraction: Option<f64>,
    /// The fast path confirms when the limit is nearer than this, milliseconds.
    pub fast_runway_ms: Option<f64>,
    /// The fast path confirms above this part of the limit.
    pub fast_level_fraction: Option<f64>,
    /// The shortest time the fast path judges by, milliseconds.
    pub fast_min_span_ms: Option<f64>,
    /// The fast path tells growth of this pace however far the limit is, bytes per hour. Not unless it
    /// is asked for, as it is for what collections measure: what is read every few seconds shows each
    /// cache that fills.
    pub fast_leak_bytes_per_hour: Option<f64>,
}

/// Watches one series of sizes.
#[napi]
pub struct NativeTrend {
    trend: Trend,
}

#[napi]
impl NativeTrend {
    /// A trend without samples.
    #[napi(constructor)]
    pub fn new(options: NativeTrendOptions) -> Result<Self> {
        let defaults = TrendOptions::default();
        let options = TrendOptions {
            min_growth_bytes_per_hour: (options.min_growth_bytes_per_hour)
                .unwrap_or(defaults.min_growth_bytes_per_hour),
            fast_growth_fraction: (options.fast_growth_fraction)
                .unwrap_or(defaults.fast_growth_fraction),
            fast_runway_ms: options.fast_runway_ms.unwrap_or(defaults.fast_runway_ms),
            fast_level_fraction: (options.fast_level_fraction)
                .unwrap_or(defaults.fast_level_fraction),
            fast_min_span_ms: options
                .fast_min_span_ms
                .unwrap_or(defaults.fast_min_span_ms),
            fast_leak_bytes_per_hour: options.fast_leak_bytes_per_hour.unwrap_or(f64::MAX),
            ..defaults
        };
        match Trend::new(options) {
            Ok(trend) => Ok(Self { trend }),
            Err(error) => Err(Error::from_reason(error.to_string())),
        }
    }

    /// Adds the size after a major collection and gives the judgement as JSON.
    #[napi]
    pub fn push(
        &mut self,
        time_ms: f64,
        bytes: f64,
        limit_bytes: Option<f64>,
        work: Option<f64>,
    ) -> String {
        let load = None;
        json!(self.trend.push(Sample {
            time_ms,
            bytes,
            work,
            load,
            limit_bytes
        }))
        .to_string()
    }

    /// The judgement so far, as JSON.
    #[napi]
    pub fn judgement(&self) -> String {
        json!(self.trend.judgement()).to_string()
    }

    /// Forgets all samples.
    #[napi]
    pub fn reset(&mut self) {
        self.trend.reset();
    }
}
