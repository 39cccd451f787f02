//! The scenarios, in groups.

use heapwatch_testing::{Curve, Noise, Random, SimulatedProcess};

use crate::background::{
    Background, MINUTES, QUIET, RARER, SECONDS, Setting, TENS_OF_SECONDS, Traffic,
};
use crate::shapes::*;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Healthy,
    Leaking,
    /// So fast that minutes count.
    LeakingFast,
}

pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
    pub(crate) scenarios: Vec<Scenario>,
}

pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) hours: f64,
    pub(crate) background: Background,
    leak: Option<Leak>,
}

#[derive(Debug, Clone, Copy)]
struct Leak {
    bytes_per_second: f64,
    start: f64,
    /// Seconds between steps; 0 for a leak that grows evenly.
    every: f64,
}

impl Scenario {
    fn healthy(background: Background) -> Self {
        Scenario {
            name: background.name.clone(),
            hours: background.setting.hours,
            background,
            leak: None,
        }
    }

    fn leaking(name: String, hours: f64, background: Background, leak: Leak) -> Self {
        Scenario {
            name,
            hours,
            background,
            leak: Some(leak),
        }
    }

    pub(crate) fn leak_start(&self) -> f64 {
        self.leak.map_or(0.0, |leak| leak.start)
    }

    pub(crate) fn process(&self, random: &mut Random) -> SimulatedProcess {
        let on_top = self.leak.map_or_else(|| flat(0.0), |leak| leak.curve());
        self.background.process(random, on_top)
    }
}

impl Leak {
    fn curve(&self) -> Curve {
        if self.every > 0.0 {
            stairs(self.bytes_per_second, self.every)
        } else {
            leak(self.bytes_per_second, self.start)
        }
    }
}

pub(crate) fn all() -> Vec<Group> {
    vec![
        Group {
            title: "Healthy, and told from a leak",
            kind: Kind::Healthy,
            scenarios: decidable().into_iter().map(Scenario::healthy).collect(),
        },
        Group {
            title: "Healthy, but the same as a leak until after that has to be told",
            kind: Kind::Healthy,
            scenarios: undecidable().into_iter().map(Scenario::healthy).collect(),
        },
        Group {
            title: "Leaks alone",
            kind: Kind::Leaking,
            scenarios: leaks_alone(),
        },
        Group {
            title: "Fast leaks, a major collection every 2 to 4 seconds",
            kind: Kind::LeakingFast,
            scenarios: fast_leaks(),
        },
        Group {
            title: "Leaks on top of something else",
            kind: Kind::Leaking,
            scenarios: leaks_on_top(),
        },
    ]
}

fn ar(correlation: f64, deviation_mb: f64) -> Noise {
    Noise {
        deviation_bytes: deviation_mb * MB,
        correlation,
        ..MINUTES.noise
    }
}

fn amplitude(random: &mut Random) -> f64 {
    random.between(20.0, 90.0) * MB
}

fn saws(name: &str, period: f64, setting: Setting) -> Background {
    Background::new(name, setting, move |random, _| {
        saw(amplitude(random), period, random.uniform())
    })
}

fn warm_ups(name: &str, time_constant: f64, setting: Setting) -> Background {
    Background::new(name, setting, move |random, _| {
        warm_up(amplitude(random), random.between(0.8, 1.2) * time_constant)
    })
}

fn fills(name: &str, seconds: f64, setting: Setting) -> Background {
    Background::new(name, setting, move |random, _| {
        fill(amplitude(random), seconds)
    })
}

fn steps(name: &str, setting: Setting) -> Background {
    Background::new(name, setting, |random, setting| {
        step(
            amplitude(random),
            random.between(0.1, 0.9) * setting.hours * HOUR,
        )
    })
}

fn burst_every(name: &str, every: f64, seconds: (f64, f64), setting: Setting) -> Background {
    Background::new(name, setting, move |random, setting| {
        bursts(random, every, seconds, setting.hours)
    })
}

fn deploying(name: &str, every: f64, time_constant: f64, setting: Setting) -> Background {
    Background::new(name, setting, move |random, setting| {
        deploys(random, every, time_constant, setting.hours)
    })
}

fn decidable() -> Vec<Background> {
    let small = Setting {
        limit_bytes: 256.0 * MB,
        ..SECONDS
    };
    let noisy = |correlation, deviation, setting| Setting {
        noise: Noise {
            garbage_bytes: MB,
            ..ar(correlation, deviation)
        },
        ..setting
    };
    // Many live near this limit.
    let tight = |setting| Setting {
        limit_bytes: 128.0 * MB,
        ..setting
    };
    let mut all = vec![
        Background::plain("stationary", MINUTES),
        Background::plain(
            "AR(1) noise of 1.5 MB, rho 0.9, limit 128 MB",
            noisy(0.9, 1.5, tight(MINUTES)),
        ),
        Background::plain(
            "stationary, limit 256 MB",
            Setting {
                limit_bytes: 256.0 * MB,
                ..MINUTES
            },
        ),
    ];
    for rho in [0.3, 0.9, 0.97] {
        let setting = Setting {
            noise: ar(rho, 3.0),
            ..MINUTES
        };
        all.push(Background::plain(
            format!("AR(1) noise of 3 MB, rho {rho}"),
            setting,
        ));
    }
    all.extend([
        warm_ups("warm-up, tau 5 min", 5.0 * MINUTE, MINUTES),
        warm_ups("warm-up, tau 20 min", 20.0 * MINUTE, MINUTES),
        warm_ups("warm-up, tau 1 h", HOUR, MINUTES),
        warm_ups("warm-up, tau 3 h", 3.0 * HOUR, MINUTES),
        warm_ups("warm-up, tau 5 h", 5.0 * HOUR, MINUTES),
        fills("LRU fill of 20 min", 20.0 * MINUTE, MINUTES),
        fills("LRU fill of 1 h", HOUR, MINUTES),
        fills("LRU fill of 3 h", 3.0 * HOUR, MINUTES),
        fills("LRU fill of 5 h", 5.0 * HOUR, MINUTES),
        Background::new(
            "cache with more and more hits, tau 3 h",
            MINUTES,
            |random, _| fill_with_hits(amplitude(random), 3.0 * HOUR),
        ),
        burst_every(
            "bursts of minutes",
            2.0 * HOUR,
            (2.0 * MINUTE, 20.0 * MINUTE),
            MINUTES,
        ),
        burst_every("bursts of hours", 8.0 * HOUR, (HOUR, 3.0 * HOUR), MINUTES),
        steps("step", MINUTES),
        deploying("deploys every 4 h, tau 1 min", 4.0 * HOUR, MINUTE, MINUTES),
        saws("saw of 5 min", 5.0 * MINUTE, MINUTES),
        saws("saw of 20 min", 20.0 * MINUTE, MINUTES),
        saws("saw of 1 h", HOUR, MINUTES),
        saws("saw of 4 h", 4.0 * HOUR, MINUTES),
        Background::following("traffic of the day, counted", Traffic::Daily, true, MINUTES),
        Background::following(
            "traffic that grows, counted",
            Traffic::Growing,
            true,
            MINUTES,
        ),
        Background {
            traffic: Traffic::Growing,
            counted: true,
            // Half of what there is to learn takes 5 hours of work at the first pace.
            learnt: Some((80.0 * MB, 1.3e6)),
            ..Background::plain("cache filled by growing traffic, counted", MINUTES)
        },
        Background::plain("every 20 min: stationary", QUIET),
        warm_ups("every 20 min: warm-up, tau 5 h", 5.0 * HOUR, QUIET),
        fills("every 20 min: LRU fill of 1 day", DAY, QUIET),
        burst_every(
            "every 20 min: bursts of hours",
            DAY,
            (HOUR, 6.0 * HOUR),
            QUIET,
        ),
        steps("every 20 min: step", QUIET),
        saws("every 20 min: saw of 6 h", 6.0 * HOUR, QUIET),
        Background::plain("every 10 s: stationary", TENS_OF_SECONDS),
        warm_ups("every 10 s: warm-up, tau 1 min", MINUTE, TENS_OF_SECONDS),
        warm_ups(
            "every 10 s: warm-up, tau 2 min",
            2.0 * MINUTE,
            TENS_OF_SECONDS,
        ),
        warm_ups(
            "every 10 s: warm-up, tau 30 min",
            30.0 * MINUTE,
            TENS_OF_SECONDS,
        ),
        fills(
            "every 10 s: LRU fill of 20 min",
            20.0 * MINUTE,
            TENS_OF_SECONDS,
        ),
        fills("every 10 s: LRU fill of 1 h", HOUR, TENS_OF_SECONDS),
        fills("every 10 s: LRU fill of 2 h", 2.0 * HOUR, TENS_OF_SECONDS),
        burst_every(
            "every 10 s: bursts of minutes",
            HOUR,
            (MINUTE, 20.0 * MINUTE),
            TENS_OF_SECONDS,
        ),
        steps("every 10 s: step", TENS_OF_SECONDS),
        deploying(
            "every 10 s: deploys every hour, tau 30 s",
            HOUR,
            30.0,
            TENS_OF_SECONDS,
        ),
        saws("every 10 s: saw of 1 min", MINUTE, TENS_OF_SECONDS),
        saws("every 10 s: saw of 20 min", 20.0 * MINUTE, TENS_OF_SECONDS),
        Background::plain("rarer as it grows: stationary", RARER),
        warm_ups("rarer as it grows: warm-up, tau 30 s", 30.0, RARER),
        warm_ups("rarer as it grows: warm-up, tau 1 min", MINUTE, RARER),
        warm_ups("rarer as it grows: warm-up, tau 2 min", 2.0 * MINUTE, RARER),
        fills("rarer as it grows: LRU fill of 1 min", MINUTE, RARER),
        fills("rarer as it grows: LRU fill of 3 min", 3.0 * MINUTE, RARER),
        burst_every(
            "rarer as it grows: bursts of minutes",
            20.0 * MINUTE,
            (MINUTE, 10.0 * MINUTE),
            RARER,
        ),
        steps("rarer as it grows: step", RARER),
        deploying(
            "rarer as it grows: deploys every 30 min, tau 30 s",
            30.0 * MINUTE,
            30.0,
            RARER,
        ),
        saws("rarer as it grows: saw of 1 min", MINUTE, RARER),
        Background::plain(
            "every 3 s: AR(1) noise of 1.5 MB, rho 0.9, limit 128 MB",
            noisy(0.9, 1.5, tight(SECONDS)),
        ),
        Background::plain("every 3 s: stationary", SECONDS),
        Background::plain("every 3 s: stationary, limit 256 MB", small),
        Background::plain(
            "every 3 s: AR(1) noise of 2 MB, rho 0.9",
            noisy(0.9, 2.0, SECONDS),
        ),
        Background::plain(
            "every 3 s: AR(1) noise of 4 MB, rho 0.9",
            noisy(0.9, 4.0, SECONDS),
        ),
        warm_ups("every 3 s: warm-up, tau 5 s", 5.0, SECONDS),
        warm_ups("every 3 s: warm-up, tau 10 s", 10.0, SECONDS),
        warm_ups("every 3 s: warm-up, tau 20 s", 20.0, SECONDS),
        warm_ups("every 3 s: warm-up, tau 30 s", 30.0, SECONDS),
        warm_ups("every 3 s: warm-up, tau 20 s, limit 256 MB", 20.0, small),
        fills("every 3 s: LRU fill of 10 s", 10.0, SECONDS),
        fills("every 3 s: LRU fill of 20 s", 20.0, SECONDS),
        fills("every 3 s: LRU fill of 30 s", 30.0, SECONDS),
        fills("every 3 s: LRU fill of 20 s, limit 256 MB", 20.0, small),
        burst_every("every 3 s: bursts", 3.0 * MINUTE, (5.0, 60.0), SECONDS),
        steps("every 3 s: step", SECONDS),
        deploying(
            "every 3 s: deploys every 10 min, tau 20 s",
            10.0 * MINUTE,
            20.0,
            SECONDS,
        ),
        Background::following(
            "every 3 s: traffic starts within a minute, counted",
            Traffic::Starting,
            true,
            SECONDS,
        ),
        saws("every 3 s: saw of 15 s", 15.0, SECONDS),
        saws("every 3 s: saw of 30 s", 30.0, SECONDS),
        warm_ups(
            "90 s of life: warm-up, tau 10 s",
            10.0,
            Setting {
                hours: 0.025,
                ..SECONDS
            },
        ),
        warm_ups(
            "90 s of life: warm-up, tau 30 s",
            30.0,
            Setting {
                hours: 0.025,
                ..SECONDS
            },
        ),
    ]);
    all
}

fn undecidable() -> Vec<Background> {
    vec![
        warm_ups("warm-up, tau 10 h", 10.0 * HOUR, MINUTES),
        fills("LRU fill of 8 h", 8.0 * HOUR, MINUTES),
        fills("LRU fill of 24 h", 24.0 * HOUR, MINUTES),
        fills("LRU fill of 60 h", 60.0 * HOUR, MINUTES),
        saws("saw of 12 h", 12.0 * HOUR, MINUTES),
        saws("saw of 24 h", 24.0 * HOUR, MINUTES),
        Background::following(
            "traffic of the day, not counted",
            Traffic::Daily,
            false,
            MINUTES,
        ),
        Background::following(
            "traffic that grows, not counted",
            Traffic::Growing,
            false,
            MINUTES,
        ),
        fills("every 10 s: LRU fill of 5 h", 5.0 * HOUR, TENS_OF_SECONDS),
        warm_ups(
            "every 10 s: warm-up, tau 5 min",
            5.0 * MINUTE,
            TENS_OF_SECONDS,
        ),
        warm_ups("rarer as it grows: warm-up, tau 5 min", 5.0 * MINUTE, RARER),
        fills("rarer as it grows: LRU fill of 5 min", 5.0 * MINUTE, RARER),
        saws("rarer as it grows: saw of 5 min", 5.0 * MINUTE, RARER),
        Background::new(
            "every 3 s: warm-up of 8 to 16 MB, tau 30 s",
            SECONDS,
            |random, _| warm_up(random.between(8.0, 16.0) * MB, random.between(24.0, 36.0)),
        ),
        warm_ups("every 3 s: warm-up, tau 1 min", MINUTE, SECONDS),
        warm_ups("every 3 s: warm-up, tau 2 min", 2.0 * MINUTE, SECONDS),
        warm_ups("every 3 s: warm-up, tau 5 min", 5.0 * MINUTE, SECONDS),
        fills("every 3 s: LRU fill of 1 min", MINUTE, SECONDS),
        fills("every 3 s: LRU fill of 2 min", 2.0 * MINUTE, SECONDS),
        Background::following(
            "every 3 s: traffic starts within a minute, not counted",
            Traffic::Starting,
            false,
            SECONDS,
        ),
        saws("every 3 s: saw of 2 min", 2.0 * MINUTE, SECONDS),
    ]
}

const RATES_MB_PER_HOUR: [f64; 7] = [0.5, 1.0, 5.0, 20.0, 50.0, 200.0, 500.0];

/// Long enough for the slow ones on any ground; what is confirmed ends there.
fn hours_for(mb_per_hour: f64) -> f64 {
    if mb_per_hour < 5.0 { 240.0 } else { 120.0 }
}

fn evenly(mb_per_hour: f64, start: f64) -> Leak {
    Leak {
        bytes_per_second: mb_per_hour * MB / HOUR,
        start,
        every: 0.0,
    }
}

fn leaks_alone() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = RATES_MB_PER_HOUR
        .iter()
        .map(|&rate| {
            let background = Background::plain("", MINUTES);
            Scenario::leaking(
                format!("{rate} MB/h"),
                hours_for(rate),
                background,
                evenly(rate, 0.0),
            )
        })
        .collect();
    for rate in [1.0, 5.0, 20.0, 200.0] {
        let background = Background {
            counted: true,
            ..Background::plain("", MINUTES)
        };
        let name = format!("{rate} MB/h, counted");
        all.push(Scenario::leaking(
            name,
            hours_for(rate),
            background,
            evenly(rate, 0.0),
        ));
    }
    for rate in [5.0, 20.0, 200.0] {
        let background = Background::plain("", MINUTES);
        let name = format!("{rate} MB/h, starts after a day");
        all.push(Scenario::leaking(
            name,
            24.0 + hours_for(rate),
            background,
            evenly(rate, DAY),
        ));
    }
    for (rate, every) in [
        (5.0, 1.0),
        (20.0, 0.5),
        (20.0, 1.0),
        (20.0, 4.0),
        (50.0, 1.0),
    ] {
        let leak = Leak {
            every: every * HOUR,
            ..evenly(rate, 0.0)
        };
        let name = format!("{rate} MB/h in steps, one every {every} h");
        all.push(Scenario::leaking(
            name,
            hours_for(rate),
            Background::plain("", MINUTES),
            leak,
        ));
    }
    for rate in [1.0, 5.0, 20.0, 200.0] {
        let name = format!("{rate} MB/h, a collection every 10 s");
        let background = Background::plain("", TENS_OF_SECONDS);
        all.push(Scenario::leaking(
            name,
            hours_for(rate),
            background,
            evenly(rate, 0.0),
        ));
    }
    for rate in [1.0, 5.0, 20.0, 200.0] {
        let name = format!("{rate} MB/h, a collection every 20 min");
        let background = Background::plain("", QUIET);
        all.push(Scenario::leaking(
            name,
            720.0,
            background,
            evenly(rate, 0.0),
        ));
    }
    all
}

fn fast_leaks() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add = |name: String, rate: f64, background: Background, start: f64| {
        let leak = Leak {
            bytes_per_second: rate * MB,
            start,
            every: 0.0,
        };
        all.push(Scenario::leaking(name, 0.5, background, leak));
    };
    for rate in [0.2, 0.5, 1.0, 5.0] {
        add(
            format!("{rate} MB/s"),
            rate,
            Background::plain("", SECONDS),
            0.0,
        );
    }
    for (rate, limit) in [(0.2, 256.0), (1.0, 256.0), (5.0, 512.0)] {
        let small = Setting {
            limit_bytes: limit * MB,
            ..SECONDS
        };
        add(
            format!("{rate} MB/s, limit {limit} MB"),
            rate,
            Background::plain("", small),
            0.0,
        );
    }
    for rate in [0.2, 1.0, 5.0] {
        let name = format!("{rate} MB/s, starts after 5 min");
        add(name, rate, Background::plain("", SECONDS), 5.0 * MINUTE);
    }
    for rate in [0.2, 1.0, 5.0] {
        let noise = Noise {
            deviation_bytes: 0.9 * MB,
            garbage_bytes: 1.5 * MB,
            ..SECONDS.noise
        };
        let noisy = Setting { noise, ..SECONDS };
        add(
            format!("{rate} MB/s, three times the noise"),
            rate,
            Background::plain("", noisy),
            0.0,
        );
    }
    for rate in [0.2, 1.0, 5.0] {
        let name = format!("{rate} MB/s after a warm-up, tau 10 s");
        add(name, rate, warm_ups("", 10.0, SECONDS), 0.0);
    }
    for rate in [0.2, 1.0, 5.0] {
        add(
            format!("{rate} MB/s, every 10 s"),
            rate,
            Background::plain("", TENS_OF_SECONDS),
            0.0,
        );
    }
    for rate in [0.2, 1.0, 5.0] {
        let background = Background {
            counted: true,
            ..Background::plain("", SECONDS)
        };
        add(format!("{rate} MB/s, counted"), rate, background, 0.0);
    }
    for rate in [0.2, 0.5, 1.0] {
        add(
            format!("{rate} MB/s, rarer as it grows"),
            rate,
            Background::plain("", RARER),
            0.0,
        );
    }
    for rate in [0.2, 0.5, 1.0] {
        add(
            format!("{rate} MB/s, rarer as it grows, beside an LRU fill of 1 min"),
            rate,
            fills("", MINUTE, RARER),
            0.0,
        );
    }
    for rate in [0.2, 1.0] {
        add(
            format!("{rate} MB/s, every minute"),
            rate,
            Background::plain("", MINUTES),
            0.0,
        );
    }
    all
}

fn leaks_on_top() -> Vec<Scenario> {
    type Make = fn() -> Background;
    let grounds: [(&str, Make); 12] = [
        ("AR(1) noise of 3 MB, rho 0.9", || {
            Background::plain(
                "",
                Setting {
                    noise: ar(0.9, 3.0),
                    ..MINUTES
                },
            )
        }),
        ("warm-up, tau 1 h", || warm_ups("", HOUR, MINUTES)),
        ("warm-up, tau 5 h", || warm_ups("", 5.0 * HOUR, MINUTES)),
        ("LRU fill of 3 h", || fills("", 3.0 * HOUR, MINUTES)),
        ("bursts of minutes", || {
            burst_every("", 2.0 * HOUR, (2.0 * MINUTE, 20.0 * MINUTE), long())
        }),
        ("bursts of hours", || {
            burst_every("", 8.0 * HOUR, (HOUR, 3.0 * HOUR), long())
        }),
        ("step", || steps("", MINUTES)),
        ("deploys every 4 h", || {
            deploying("", 4.0 * HOUR, MINUTE, long())
        }),
        ("saw of 20 min", || saws("", 20.0 * MINUTE, MINUTES)),
        ("saw of 4 h", || saws("", 4.0 * HOUR, MINUTES)),
        ("traffic of the day, counted", || {
            Background::following("", Traffic::Daily, true, MINUTES)
        }),
        ("traffic of the day, not counted", || {
            Background::following("", Traffic::Daily, false, MINUTES)
        }),
    ];
    let mut all = Vec::new();
    for (ground, make) in grounds {
        for rate in RATES_MB_PER_HOUR {
            let name = format!("{rate} MB/h on {ground}");
            all.push(Scenario::leaking(
                name,
                hours_for(rate),
                make(),
                evenly(rate, 0.0),
            ));
        }
    }
    all
}

/// Events for as long as the longest leak is watched.
fn long() -> Setting {
    Setting {
        hours: 240.0,
        ..MINUTES
    }
}
