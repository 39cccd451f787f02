//! Growth of one series of bytes after each major garbage collection, judged as it streams by.
//!
//! **What.** [`Trend::push`] takes one [`Sample`] per major collection and keeps a [`Judgement`]:
//! learning, healthy, suspect (worth a cheap diagnosis) or confirmed (worth an alarm).
//!
//! **How.** Two paths share the statistics. The *levels* (`level.rs`) hold rings of block minima,
//! each level four times slower than the one below, and test each ring with a Mann-Kendall test
//! corrected for serial correlation (Hamed and Rao 1998), the Theil-Sen slope (Sen 1968), and tests
//! that reject steps, bursts, plateaus and saturating caches. The *fast path* (`fast_path.rs`) tests
//! the latest few collections exactly, and only counts growth that endangers the limit or that is
//! fast, straight and clear of the noise; a few collections in minutes will do if they are surely
//! straight. Work that is counted serves twice: its pace is a load, and what the load explains is
//! removed (`series.rs`); caches are asked to saturate per unit of work.
//!
//! - **Suspect**: a level passes 3 tests in a row, or the fast path 2.
//! - **Confirmed**: a level and the one below are suspect together; or a level is suspect and its window
//!   is two days long, or 90 % of the limit is reached within twice the window (and before the curve
//!   would flatten); or the fast path passes 3 times in a row, and the curve would not flatten below
//!   90 % of the limit unless it is a fast leak.
//! - **Back to healthy**: no detector is suspect any more (3 failed tests in a row at a level, 8 on the
//!   fast path), or the last 3 samples fell below half of the growth.
//!
//! **Rates.** Simulated with noise and garbage, 200 runs a scenario (`examples/simulate_trends`;
//! `bench/README.md` has samples, `docs/GROWTH.md` more delays):
//!
//! | process | suspect | confirmed |
//! |---|---|---|
//! | stationary, AR(1) noise to rho 0.97, bursts, steps, deploys, saws to 1 h | 0 to 1.5 % | 0 % |
//! | warm-ups to tau 1 h, LRU fills to 1 h | 0 to 1 % | 0 % |
//! | warm-ups to tau 5 h, LRU fills to 5 h, saws of 4 h | 65 to 100 % | 0 % |
//! | traffic of the day or growing, caches filled by it, counted | 0 to 11 % | 0 % |
//! | the same kinds, a collection every 10 s or 20 min | 0 to 100 % | 0 % |
//! | start-up to tau 30 s, fills to 30 s, a collection every 3 s | 0 to 5 % | 0 % |
//! | deploys that warm up with tau 20 s, a collection every 3 s | 0 % | 0 % |
//!
//! | leak | median | last of 200 runs |
//! |---|---|---|
//! | 0.5, 1, 5, 20, 200 MB/h, a collection a minute | 26, 14, 6.4, 6.4, 3.1 h | 44, 26, 7.4, 6.5, 3.3 h |
//! | 0.2, 0.5, 1 MB/s, a collection every 3 s | 52, 43, 42 s | 81, 54, 47 s |
//!
//! **Limits.** Until a leak of the same pace has to be told, size alone cannot tell it from a cache that
//! fills evenly (a minute long at 0.2 MB/s, 6 hours at 20 MB/h) or towards a near limit, from a day's
//! rise in load that the samples do not state, or from the first even tooth of a large saw. The
//! diagnosis of what is retained decides there.
//!
//! **Input.** Samples whose bytes or time are not finite, negative (bytes) or out of range, or whose
//! time goes back, are ignored and counted. Eight of the latter in a row in order mean the clock was
//! set back, and the series starts anew. A limit that is not positive or is a pebibyte and more is
//! none. Work may be reset to 0; work or load that is no number counts as absent. Nothing panics.
//!
//! **Cost.** Constant memory: at most 6 levels of 64 points and 60 more of 48 bytes, about 22 KB a
//! series, plus the slopes of 2016 pairs (16 KB) while a test runs. Most pushes scan the last 60
//! points; a test sorts the slopes of a window. No clock and no randomness: equal samples give equal
//! judgements.

mod fast_path;
mod growth;
mod judgement;
mod level;
mod mann_kendall;
mod options;
mod point;
mod rank_autocorrelation;
#[cfg(test)]
mod scenario_tests;
mod series;
mod start_up;
mod streak;
pub(crate) mod theil_sen;

pub use judgement::{Interval, Judgement, Path, SecondsRange, State};
pub use options::{TrendError, TrendOptions};

use fast_path::{FastPath, USABLE_LIMIT};
use growth::Growth;
use level::Level;
use point::{Admission, Point, SampleGate, real_limit};

/// With blocks of 4, the sixth level's block is 4096 collections: at one a minute its ring spans half
/// a year, longer than processes live.
const LEVELS: usize = 6;

/// V8 collects every few seconds where much is allocated. The levels take the lowest point of each
/// half minute, or a cache that fills for an hour would be judged like one that fills for a day. Half
/// of the pace of a collection a minute, which the other constants were simulated with.
const SLOT_MS: f64 = 30_000.0;

/// A suspicion over two whole days needs no second level: no rhythm of the day is left to explain it.
const LONG_WINDOW_MS: f64 = 48.0 * 3_600_000.0;

/// A runway shorter than twice the window it was measured in: the limit comes before the level above
/// could confirm.
const RUNWAY_WINDOWS: f64 = 2.0;

/// So many samples in a row below half of the growth: it was not retained for good. One alone could
/// be a sample of another moment of the collection cycle.
const FALLEN_SAMPLES: u32 = 3;

/// The share of the growth that must be gone.
const FALLEN_SHARE: f64 = 0.5;

/// One measurement, taken at the end of a major collection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When, in milliseconds of any clock that does not go back.
    pub time_ms: f64,
    /// Live bytes of the pool.
    pub bytes: f64,
    /// Units of work done since the process started, e.g. requests served.
    pub work: Option<f64>,
    /// How busy the process is now, in any unit, e.g. requests in flight. Without it, the pace of work
    /// since the last sample is the load.
    pub load: Option<f64>,
    /// The bytes at which the process dies, if there is such a limit.
    pub limit_bytes: Option<f64>,
}

/// The streaming judgement over one series.
#[derive(Debug, Clone)]
pub struct Trend {
    options: TrendOptions,
    gate: SampleGate,
    fast: FastPath,
    levels: [Level; LEVELS],
    origin: Option<Origin>,
    judgement: Judgement,
}

/// Where the growth under suspicion started, and how far it came.
#[derive(Debug, Clone, Copy)]
struct Origin {
    start_ms: f64,
    start_bytes: f64,
    highest_bytes: f64,
    fallen_samples: u32,
}

impl Trend {
    /// An empty series.
    ///
    /// # Errors
    /// [`TrendError::Option`] if an option is out of its range.
    pub fn new(options: TrendOptions) -> Result<Self, TrendError> {
        options.validate()?;
        Ok(Trend {
            gate: SampleGate::default(),
            fast: FastPath::new(),
            levels: empty_levels(&options),
            origin: None,
            judgement: Judgement::default(),
            options,
        })
    }

    /// Takes the next sample and returns the judgement with it.
    pub fn push(&mut self, sample: Sample) -> &Judgement {
        match self.gate.admit(&sample) {
            Admission::Ignored => self.judgement.ignored_samples += 1,
            Admission::Accepted(point) => self.take(point, real_limit(sample.limit_bytes)),
            Admission::Restart(point) => {
                self.forget_series();
                self.take(point, real_limit(sample.limit_bytes));
            }
        }
        &self.judgement
    }

    /// The judgement after the last sample.
    pub fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    /// Starts a new series with the same options.
    pub fn reset(&mut self) {
        self.gate = SampleGate::default();
        self.forget_series();
        self.judgement = Judgement::default();
    }

    fn forget_series(&mut self) {
        self.fast = FastPath::new();
        self.levels = empty_levels(&self.options);
        self.origin = None;
        let ignored_samples = self.judgement.ignored_samples;
        self.judgement = Judgement {
            ignored_samples,
            ..Judgement::default()
        };
    }

    fn take(&mut self, point: Point, limit_bytes: Option<f64>) {
        self.judgement.samples += 1;
        self.judgement.current_bytes = point.bytes;
        self.judgement.limit_bytes = limit_bytes;
        self.fast.push(point, limit_bytes, &self.options);
        let mut carried = Some(point);
        for level in &mut self.levels {
            let Some(block) = carried else { break };
            carried = level.push(block, self.options.min_growth_bytes_per_hour);
        }
        if self.fell_back(point.bytes) {
            self.acquit();
        }
        self.judge();
    }

    /// Whether the growth under suspicion went away. What the load explains may go besides: a quiet
    /// night would look like it.
    fn fell_back(&mut self, bytes: f64) -> bool {
        let by_load = self
            .leading_growth()
            .map_or(0.0, |growth| growth.load_bytes);
        let Some(origin) = self.origin.as_mut() else {
            return false;
        };
        let grown = origin.highest_bytes - origin.start_bytes;
        let lowest = origin.highest_bytes - FALLEN_SHARE * grown - by_load;
        origin.fallen_samples = if grown > 0.0 && bytes < lowest {
            origin.fallen_samples + 1
        } else {
            0
        };
        origin.fallen_samples >= FALLEN_SAMPLES
    }

    fn acquit(&mut self) {
        self.fast.acquit();
        self.levels.iter_mut().for_each(Level::acquit);
    }

    fn judge(&mut self) {
        self.judgement.path = self.leading_path();
        self.judgement.state = self.next_state();
        self.judgement.confidence = self.confidence();
        let growth = self.leading_growth();
        self.origin = growth
            .filter(|_| self.judgement.path.is_some())
            .map(|growth| self.origin_with(&growth));
        self.report(growth);
    }

    fn next_state(&self) -> State {
        let was = self.judgement.state;
        if self.judgement.path.is_none() {
            // Once suspect, a series that is not any more has been judged, however short it is.
            let judged = was != State::Learning || self.levels[0].verdict().is_some();
            return if judged {
                State::Healthy
            } else {
                State::Learning
            };
        }
        if was == State::Confirmed || self.confirms() {
            State::Confirmed
        } else {
            State::Suspect
        }
    }

    fn confirms(&self) -> bool {
        let two_levels = self
            .levels
            .windows(2)
            .any(|pair| pair[0].still_suspects() && pair[1].still_suspects());
        let one_level = |level: &Level| {
            level.still_suspects() && (level.spans(LONG_WINDOW_MS) || self.runs_out(level))
        };
        two_levels || self.fast.confirms() || self.levels.iter().any(one_level)
    }

    /// Whether the limit is too near to wait for the level above.
    fn runs_out(&self, level: &Level) -> bool {
        let Some(usable) = self.judgement.limit_bytes.map(|limit| USABLE_LIMIT * limit) else {
            return false;
        };
        level.verdict().is_some_and(|verdict| {
            let growth = &verdict.growth;
            let in_time = growth
                .ms_to_reach(usable)
                .is_some_and(|ms| ms < RUNWAY_WINDOWS * growth.span_ms());
            in_time && growth.plateau_bytes >= usable
        })
    }

    /// The detector to report: the fast path, which is the most recent, or the highest suspect
    /// level, which has the longest window.
    fn leading_path(&self) -> Option<Path> {
        if self.fast.suspects() {
            return Some(Path::Fast);
        }
        let suspects = self
            .levels
            .iter()
            .zip(0_u8..)
            .filter(|(level, _)| level.suspects());
        suspects.last().map(|(_, n)| Path::Level(n))
    }

    /// Its growth; that of the lowest level while there is none.
    fn leading_growth(&self) -> Option<Growth> {
        let level = match self.leading_path() {
            Some(Path::Fast) => return self.fast.verdict().map(|verdict| verdict.growth),
            Some(Path::Level(n)) => self.levels.get(usize::from(n)),
            None => self.levels.first(),
        };
        level.and_then(Level::verdict).map(|verdict| verdict.growth)
    }

    fn confidence(&self) -> f64 {
        self.levels
            .iter()
            .map(Level::confidence)
            .fold(self.fast.confidence(), f64::max)
    }

    fn origin_with(&self, growth: &Growth) -> Origin {
        let seen = Origin {
            start_ms: growth.start_ms,
            start_bytes: growth.start_bytes,
            highest_bytes: growth.end_bytes,
            fallen_samples: 0,
        };
        let Some(known) = self.origin else {
            return seen;
        };
        let earliest = if seen.start_ms < known.start_ms {
            seen
        } else {
            known
        };
        Origin {
            highest_bytes: known.highest_bytes.max(seen.highest_bytes),
            fallen_samples: known.fallen_samples,
            ..earliest
        }
    }

    fn report(&mut self, growth: Option<Growth>) {
        let Some(growth) = growth else { return };
        let (start_ms, start_bytes) = self
            .origin
            .map_or((growth.start_ms, growth.start_bytes), |o| {
                (o.start_ms, o.start_bytes)
            });
        let time_to_limit_seconds = self.time_to_limit(&growth);
        let judgement = &mut self.judgement;
        judgement.start_ms = start_ms;
        judgement.start_bytes = start_bytes;
        judgement.end_ms = growth.end_ms;
        judgement.growth_bytes = growth.end_bytes - start_bytes;
        judgement.bytes_per_hour = Some(growth.bytes_per_hour);
        judgement.bytes_per_work = growth.bytes_per_work;
        judgement.time_to_limit_seconds = time_to_limit_seconds;
    }

    fn time_to_limit(&self, growth: &Growth) -> Option<SecondsRange> {
        let left = (self.judgement.limit_bytes? - self.judgement.current_bytes).max(0.0);
        // A floor of 0 may be configured; a slope of 1 byte per hour stands in for it.
        let floor = self.options.min_growth_bytes_per_hour.max(1.0);
        let slope = growth.bytes_per_hour;
        (slope.mid >= floor).then(|| SecondsRange {
            low: left / slope.high * 3_600.0,
            high: left / slope.low.max(floor) * 3_600.0,
        })
    }
}

fn empty_levels(options: &TrendOptions) -> [Level; LEVELS] {
    std::array::from_fn(|n| {
        let slot_ms = if n == 0 { SLOT_MS } else { 0.0 };
        Level::new(options.block_size, slot_ms)
    })
}
