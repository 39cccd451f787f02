//! What a healthy process does: the ground that leaks are laid on, or that false alarms come from.

use heapwatch_testing::{Curve, Noise, Pace, Random, SimulatedProcess};

use crate::shapes::*;

/// How often a process collects, for how long it is watched, and what it may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) pace: Pace,
    pub(crate) noise: Noise,
    pub(crate) hours: f64,
    pub(crate) limit_bytes: f64,
}

/// A major collection about every minute, for two days.
pub(crate) const MINUTES: Setting = Setting {
    pace: Pace {
        shortest: 0.7 * MINUTE,
        longest: 1.3 * MINUTE,
        at_bytes: None,
    },
    noise: Noise {
        deviation_bytes: MB,
        correlation: 0.7,
        garbage_bytes: 3.0 * MB,
    },
    hours: 48.0,
    limit_bytes: 2_000.0 * MB,
};

/// A major collection about every 10 seconds, for 12 hours.
pub(crate) const TENS_OF_SECONDS: Setting = Setting {
    pace: Pace {
        shortest: 6.0,
        longest: 14.0,
        at_bytes: None,
    },
    hours: 12.0,
    ..MINUTES
};

/// A major collection about every 20 minutes, for two weeks, irregularly.
pub(crate) const QUIET: Setting = Setting {
    pace: Pace {
        shortest: 5.0 * MINUTE,
        longest: 35.0 * MINUTE,
        at_bytes: None,
    },
    hours: 14.0 * 24.0,
    ..MINUTES
};

/// A major collection every 2 to 4 seconds, for half an hour.
pub(crate) const SECONDS: Setting = Setting {
    pace: Pace {
        shortest: 2.0,
        longest: 4.0,
        at_bytes: None,
    },
    noise: Noise {
        deviation_bytes: 0.3 * MB,
        correlation: 0.7,
        garbage_bytes: 0.5 * MB,
    },
    hours: 0.5,
    limit_bytes: 4_000.0 * MB,
};

/// V8 collects more rarely the larger the heap is: after 10 to 20 s at 40 MB, 20 to 40 s at 160 MB. Little
/// noise, as a small service shows it.
pub(crate) const RARER: Setting = Setting {
    pace: Pace {
        shortest: 10.0,
        longest: 20.0,
        at_bytes: Some(40.0 * MB),
    },
    noise: Noise {
        deviation_bytes: 0.3 * MB,
        correlation: 0.7,
        garbage_bytes: 0.3 * MB,
    },
    hours: 2.0,
    limit_bytes: 4_000.0 * MB,
};

/// Requests a second, and whether the process counts them for the trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Traffic {
    Even,
    /// From 20 to 180 requests a second and back in a day.
    Daily,
    /// From 50 to 250 requests a second within two days.
    Growing,
    /// From nothing to 100 requests a second within the first minute.
    Starting,
}

impl Traffic {
    pub(crate) fn curve(self, phase: f64) -> Curve {
        match self {
            Traffic::Even => flat(100.0),
            Traffic::Daily => {
                Box::new(move |t| 100.0 - 80.0 * ((t / DAY + phase) * std::f64::consts::TAU).cos())
            }
            Traffic::Growing => Box::new(|t| 50.0 + 200.0 * t / (2.0 * DAY)),
            Traffic::Starting => Box::new(|t| 100.0 * (t / MINUTE).min(1.0)),
        }
    }

    /// Requests since the start.
    fn total(self, phase: f64) -> Curve {
        match self {
            Traffic::Even => Box::new(|t| 100.0 * t),
            Traffic::Daily => {
                let waves = move |t: f64| ((t / DAY + phase) * std::f64::consts::TAU).sin();
                Box::new(move |t| {
                    100.0 * t - 80.0 * DAY / std::f64::consts::TAU * (waves(t) - waves(0.0))
                })
            }
            Traffic::Growing => Box::new(|t| 50.0 * t + 100.0 * t * t / (2.0 * DAY)),
            Traffic::Starting => Box::new(|t| {
                let ramp = t.min(MINUTE);
                100.0 * (ramp * ramp / 2.0 / MINUTE + t - ramp)
            }),
        }
    }
}

/// Draws what lies over the base of one process.
pub(crate) type Shape = Box<dyn Fn(&mut Random, Setting) -> Curve + Send + Sync>;

pub(crate) struct Background {
    pub(crate) name: String,
    pub(crate) setting: Setting,
    pub(crate) traffic: Traffic,
    /// Whether the process counts its requests for the trend.
    pub(crate) counted: bool,
    /// Memory per request a second, bytes.
    pub(crate) bytes_per_rate: f64,
    /// Height of what is remembered per request until all is known, and how many requests that takes.
    pub(crate) learnt: Option<(f64, f64)>,
    pub(crate) shape: Shape,
}

impl Background {
    pub(crate) fn new(
        name: impl Into<String>,
        setting: Setting,
        shape: impl Fn(&mut Random, Setting) -> Curve + Send + Sync + 'static,
    ) -> Self {
        Background {
            name: name.into(),
            setting,
            traffic: Traffic::Even,
            counted: false,
            bytes_per_rate: 0.0,
            learnt: None,
            shape: Box::new(shape),
        }
    }

    pub(crate) fn plain(name: impl Into<String>, setting: Setting) -> Self {
        Background::new(name, setting, |_, _| flat(0.0))
    }

    /// Memory that follows the traffic.
    pub(crate) fn following(name: &str, traffic: Traffic, counted: bool, setting: Setting) -> Self {
        Background {
            traffic,
            counted,
            bytes_per_rate: 0.4 * MB,
            ..Background::plain(name, setting)
        }
    }

    /// A process of this kind, with something on top of it.
    pub(crate) fn process(&self, random: &mut Random, on_top: Curve) -> SimulatedProcess {
        let base = random.between(40.0, 120.0) * MB;
        let phase = random.uniform();
        let mut live = sum(flat(base), (self.shape)(random, self.setting));
        if self.bytes_per_rate > 0.0 {
            live = sum(
                live,
                follows(self.traffic.curve(phase), self.bytes_per_rate),
            );
        }
        if let Some((bytes, requests)) = self.learnt {
            live = sum(live, learns(self.traffic.total(phase), bytes, requests));
        }
        SimulatedProcess {
            live_bytes: sum(live, on_top),
            traffic: self.traffic.curve(phase),
            pace: self.setting.pace,
            noise: self.setting.noise,
        }
    }
}
