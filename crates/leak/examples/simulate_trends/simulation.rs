//! Runs scenarios on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use heapwatch_leak::trend::State;
use heapwatch_testing::Random;

use crate::detectors::{FiveGrowths, LevelTrend, PlainMannKendall};
use crate::scenarios::Scenario;
use crate::shapes::HOUR;

/// When each rule first told, seconds since the leak began (since the start if there is none).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) suspect: Option<f64>,
    pub(crate) confirmed: Option<f64>,
    pub(crate) five_growths: Option<f64>,
    pub(crate) mann_kendall: Option<f64>,
}

/// The runs of each scenario.
pub(crate) fn run_all(scenarios: &[Scenario], runs: usize, seed: u64) -> Vec<Vec<Run>> {
    let next = AtomicUsize::new(0);
    let total = scenarios.len() * runs;
    let work = || {
        let mut done = Vec::new();
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= total {
                return done;
            }
            let scenario = &scenarios[job / runs];
            done.push((job, run(scenario, seed_of(scenario, job % runs, seed))));
        }
    };
    let mut all = vec![vec![Run::default(); runs]; scenarios.len()];
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for (job, run) in workers
            .into_iter()
            .filter_map(|worker| worker.join().ok())
            .flatten()
        {
            all[job / runs][job % runs] = run;
        }
    });
    all
}

/// FNV-1a over the name, so that a scenario keeps its runs wherever it stands.
fn seed_of(scenario: &Scenario, run: usize, seed: u64) -> u64 {
    let name = scenario
        .name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    Random::new(name ^ seed.rotate_left(32) ^ run as u64).bits()
}

fn run(scenario: &Scenario, seed: u64) -> Run {
    let mut random = Random::new(seed);
    let process = scenario.process(&mut random);
    let setting = scenario.background.setting;
    let mut trend = LevelTrend::new(setting.limit_bytes, scenario.background.counted)
        .expect("the default options are valid");
    let (mut five_growths, mut mann_kendall) =
        (FiveGrowths::default(), PlainMannKendall::default());
    let start = scenario.leak_start();
    let mut run = Run::default();
    for collection in process.collections(random.bits()) {
        let ends =
            collection.seconds > scenario.hours * HOUR || collection.bytes > setting.limit_bytes;
        if ends || run.is_complete() {
            break;
        }
        let delay = collection.seconds - start;
        let first = |at: &mut Option<f64>, told: bool| {
            if told && delay >= 0.0 {
                at.get_or_insert(delay);
            }
        };
        // What comes after the confirmation is no longer asked for.
        if run.confirmed.is_none() {
            let state = trend.push(&collection);
            first(
                &mut run.suspect,
                matches!(state, State::Suspect | State::Confirmed),
            );
            first(&mut run.confirmed, state == State::Confirmed);
        }
        first(&mut run.five_growths, five_growths.push(collection.bytes));
        first(&mut run.mann_kendall, mann_kendall.push(collection.bytes));
    }
    run
}

impl Run {
    fn is_complete(&self) -> bool {
        self.confirmed.is_some() && self.five_growths.is_some() && self.mann_kendall.is_some()
    }
}
