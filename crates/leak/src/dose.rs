//! Leak tests by randomised doses: a workload runs in rounds of different lengths, and what grows by
//! the length of each round leaks.
//!
//! After each round the heap is counted by key ([`tally`](tally)): instances by class and source
//! position, functions by source position, entries of collections by how they are held. Of each key
//! only numbers are kept. [`DoseTest::judge`] then asks of each key whether its growth follows the
//! doses ([`response`]). Doses come in random order, so growth that has nothing to do with them
//! follows them by chance with probability 1/R! for R rounds; a key is only told that did so twice.
//! [`DoseTest::progress`] says when no key can any more, most often after two rounds: the rest of the
//! rounds would not change the verdict.
//!
//! O(nodes + edges) a census; 40 bytes a key and 16 for each census.

mod recorders;
mod response;
mod tally;

use heapwatch_graph::{GraphError, HeapGraph, Progress, SourceLocation};
use rustc_hash::FxHashMap;
use serde::Serialize;

pub use response::dose_response;
use response::in_order;
use tally::{Amount, Tally};

/// What a leak must have gained at least between two passes, as a part of what its rounds say. A leak
/// gains all of it. A buffer that is emptied each time it is full, and is full within the iterations
/// between the passes, gains less than half: the remainder of those by its length.
const LEAST_BETWEEN: f64 = 0.5;

/// What is counted together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoseKey {
    /// What is counted.
    pub kind: DoseKeyKind,
    /// The class, the function, or how the collection is held.
    pub name: String,
    /// Where constructor or function are written.
    pub location: Option<SourceLocation>,
}

/// What a [`DoseKey`] counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoseKeyKind {
    /// Objects of a class.
    Instances,
    /// Functions of one place.
    Functions,
    /// Entries of collections that are held alike.
    Entries,
    /// What the caller counted.
    Counter,
}

/// A key whose growth follows the doses.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoseFlag {
    /// The key.
    #[serde(flatten)]
    pub key: DoseKey,
    /// By how many it grows an iteration.
    pub per_iteration: f64,
    /// By how many bytes; hidden parts of objects are not in it.
    pub bytes_per_iteration: f64,
    /// By how many it grew in each round.
    pub growth: Vec<i64>,
}

/// What the rounds say.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoseVerdict {
    /// Keys that were counted.
    pub keys: usize,
    /// Keys that grew in every round: only those can be flagged.
    pub growing: usize,
    /// Keys whose growth followed the doses, here and in all judgements before; most bytes first.
    pub flagged: Vec<DoseFlag>,
}

/// What the rounds say before the last one.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoseProgress {
    /// Keys that grew in every round so far.
    pub growing: usize,
    /// Keys that can still be flagged.
    pub open: Vec<DoseKey>,
}

/// What a heap consists of at a moment.
#[derive(Debug)]
pub struct DoseCensus {
    tally: Tally,
}

impl DoseCensus {
    /// Counts a heap. `counters` are numbers of the caller, by name.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn new(
        graph: &HeapGraph,
        counters: &[(String, u64)],
        progress: &Progress<'_>,
    ) -> Result<Self, GraphError> {
        let mut tally = Tally::of(graph, progress)?;
        for (name, count) in counters {
            tally.add_counter(name, *count);
        }
        Ok(Self { tally })
    }
}

/// Censuses of the rounds.
#[derive(Default, Debug)]
pub struct DoseTest {
    rows: FxHashMap<u64, Row>,
    censuses: usize,
    /// Keys that every judgement flagged, and how many there were at the end of the last; `None` before
    /// the first.
    flagged: Option<FxHashMap<u64, u64>>,
}

#[derive(Debug)]
struct Row {
    key: DoseKey,
    /// By number of the census; what is missing at the end is zero.
    amounts: Vec<Amount>,
}

impl DoseTest {
    /// No census yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a census: the first has number 0. They may come in any order, each number once.
    pub fn add(&mut self, number: usize, census: DoseCensus) {
        for (hash, counted) in census.tally.into_counts() {
            let row = self.rows.entry(hash).or_insert_with(|| Row {
                key: counted.key,
                amounts: Vec::new(),
            });
            if row.amounts.len() <= number {
                row.amounts.resize(number + 1, Amount::default());
            }
            row.amounts[number] = counted.amount;
        }
        self.censuses += 1;
    }

    /// What can still be flagged after some of the rounds, of so many iterations each: if it is nothing,
    /// those that are left change nothing. `None` if there are not as many censuses.
    pub fn progress(&self, doses: &[u32]) -> Option<DoseProgress> {
        if self.censuses != doses.len() + 1 {
            return None;
        }
        let mut growing = 0;
        let mut open = Vec::new();
        for (hash, row) in &self.rows {
            let growth = row.growth(self.censuses);
            growing += usize::from(growth.iter().all(|&delta| delta > 0));
            if self.may_flag(*hash) && in_order(doses, &growth).is_some() {
                open.push(row.key.clone());
            }
        }
        Some(DoseProgress { growing, open })
    }

    /// Judges the censuses: one before the first round, and one after each. `doses` are the iterations
    /// of the rounds, `least` what a key must gain an iteration. `between` are the iterations since the
    /// last judgement, if there were some: what leaks grew by those, too, and what is full by then, or
    /// is emptied from time to time, did not. Forgets the censuses, but not which
    /// keys it flagged: those alone can be flagged again. `None` if there are not as many censuses.
    pub fn judge(&mut self, doses: &[u32], least: f64, between: u32) -> Option<DoseVerdict> {
        if self.censuses != doses.len() + 1 {
            return None;
        }
        let keys = self.rows.len();
        let mut growing = 0;
        let mut flagged = Vec::new();
        let mut flagged_now = FxHashMap::default();
        for (hash, row) in std::mem::take(&mut self.rows) {
            let growth = row.growth(self.censuses);
            growing += usize::from(growth.iter().all(|&delta| delta > 0));
            let response = dose_response(doses, &growth);
            let is_flagged = |&slope: &f64| {
                let gained = slope * f64::from(between) * LEAST_BETWEEN;
                slope >= least
                    && self.may_flag(hash)
                    && (between == 0 || self.grew_since(hash, &row) >= gained)
            };
            if let Some(per_iteration) = response.filter(is_flagged) {
                flagged_now.insert(hash, row.count(self.censuses - 1));
                let bytes = differences(&row.amounts, self.censuses, |amount| amount.bytes);
                flagged.push(DoseFlag {
                    key: row.key,
                    per_iteration,
                    bytes_per_iteration: mean_slope(doses, &bytes),
                    growth,
                });
            }
        }
        flagged.sort_by(|a, b| {
            (b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration))
                .then_with(|| a.key.name.cmp(&b.key.name))
        });
        self.flagged = Some(flagged_now);
        self.censuses = 0;
        Some(DoseVerdict {
            keys,
            growing,
            flagged,
        })
    }

    fn may_flag(&self, hash: u64) -> bool {
        (self.flagged.as_ref()).is_none_or(|before| before.contains_key(&hash))
    }

    /// By how much a key grew since the last judgement, if that flagged it.
    fn grew_since(&self, hash: u64, row: &Row) -> f64 {
        let before = (self.flagged.as_ref()).and_then(|flagged| flagged.get(&hash));
        row.count(0) as f64 - before.map_or(0.0, |&before| before as f64)
    }

    /// Forgets the censuses.
    pub fn restart(&mut self) {
        self.rows.clear();
        self.censuses = 0;
    }
}

impl Row {
    fn count(&self, census: usize) -> u64 {
        self.amounts.get(census).map_or(0, |amount| amount.count)
    }

    fn growth(&self, censuses: usize) -> Vec<i64> {
        differences(&self.amounts, censuses, |amount| amount.count)
    }
}

fn differences(amounts: &[Amount], censuses: usize, of: fn(&Amount) -> u64) -> Vec<i64> {
    let at = |number| i64::try_from(amounts.get(number).map_or(0, of)).unwrap_or(i64::MAX);
    (1..censuses)
        .map(|number| at(number) - at(number - 1))
        .collect()
}

/// Growth of all rounds over all iterations.
fn mean_slope(doses: &[u32], growth: &[i64]) -> f64 {
    let iterations: f64 = doses.iter().copied().map(f64::from).sum();
    growth.iter().map(|&delta| delta as f64).sum::<f64>() / iterations
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_testing::{TestHeap, heap};

    /// A module whose Map holds so many sessions, and an array that holds so many strings.
    fn program(sessions: u32, lines: u32) -> TestHeap {
        let names: Vec<_> = (0..sessions).map(|i| format!("session{i}")).collect();
        let strings: Vec<_> = (0..lines).map(|i| format!("line{i}")).collect();
        let entries: Vec<_> = names
            .iter()
            .map(|name| (name.as_str(), name.as_str()))
            .collect();
        let mut heap = heap();
        heap.internal("context", "module")
            .context("module")
            .variable("sessions", "sessions")
            .variable("lines", "lines")
            .map("sessions", &entries)
            .js_array(
                "lines",
                &strings.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        for name in &names {
            heap.object(name, "Session").size(64);
        }
        for line in &strings {
            heap.string(line, "x").size(24);
        }
        heap.build()
    }

    fn census(heap: &TestHeap, counters: &[(String, u64)]) -> DoseCensus {
        DoseCensus::new(heap.graph(), counters, &Progress::none()).expect("nobody cancels")
    }

    fn observe(test: &mut DoseTest, heap: &TestHeap) {
        test.add(test.censuses, census(heap, &[]));
    }

    /// Runs rounds of a program that keeps a session for each iteration.
    fn leaking_pass(test: &mut DoseTest, doses: &[u32]) -> DoseVerdict {
        let mut held = 3;
        observe(test, &program(held, 2));
        for dose in doses {
            held += dose;
            observe(test, &program(held, 2));
        }
        test.judge(doses, 0.5, 0).expect("a census for each round")
    }

    #[test]
    fn what_grows_with_the_doses_is_flagged_by_class_and_by_collection() {
        let mut test = DoseTest::new();
        let verdict = leaking_pass(&mut test, &[7, 3, 11, 2, 5]);
        let flagged: Vec<_> = (verdict.flagged.iter())
            .map(|flag| (flag.key.kind, flag.key.name.as_str(), flag.per_iteration))
            .collect();
        assert_eq!(
            flagged,
            [
                (DoseKeyKind::Instances, "Session", 1.0),
                (DoseKeyKind::Entries, "sessions (Map)", 1.0),
            ]
        );
        assert_eq!(verdict.flagged[0].bytes_per_iteration, 64.0);
        assert_eq!(verdict.flagged[0].growth, [7, 3, 11, 2, 5]);
        assert_eq!(verdict.growing, 2);
    }

    #[test]
    fn strings_are_told_by_what_holds_them() {
        let mut test = DoseTest::new();
        let doses = [5, 2, 3, 11, 7];
        let mut held = 1;
        observe(&mut test, &program(4, held));
        for dose in doses {
            held += dose;
            observe(&mut test, &program(4, held));
        }
        let verdict = test.judge(&doses, 0.5, 0).expect("a census for each round");
        let names: Vec<_> = verdict
            .flagged
            .iter()
            .map(|f| f.key.name.as_str())
            .collect();
        assert_eq!(names, ["(string)", "lines (Array)"]);
    }

    #[test]
    fn a_key_is_flagged_again_only_if_it_was_before() {
        let mut test = DoseTest::new();
        assert_eq!(leaking_pass(&mut test, &[7, 3, 11, 2, 5]).flagged.len(), 2);
        assert_eq!(leaking_pass(&mut test, &[2, 11, 3, 5, 7]).flagged.len(), 2);

        let mut test = DoseTest::new();
        let still = program(3, 2);
        for _ in 0..6 {
            observe(&mut test, &still);
        }
        let verdict = test.judge(&[7, 3, 11, 2, 5], 0.5, 0).expect("six censuses");
        assert_eq!((verdict.growing, verdict.flagged.len()), (0, 0));
        assert_eq!(leaking_pass(&mut test, &[2, 11, 3, 5, 7]).flagged, []);
    }

    #[test]
    fn what_is_full_between_two_passes_is_not_flagged_again() {
        let doses = [7, 3, 11, 2, 5];
        let pass = |test: &mut DoseTest, mut held: u32, between| {
            observe(test, &program(held, 0));
            for dose in doses {
                held += dose;
                observe(test, &program(held, 0));
            }
            let verdict = test.judge(&doses, 0.5, between).expect("six censuses");
            (held, verdict.flagged.len())
        };
        for (between, grew, flagged) in [(100, 100, 2), (100, 20, 0), (100, 0, 0), (0, 0, 2)] {
            let mut test = DoseTest::new();
            let (held, _) = pass(&mut test, 3, 0);
            assert_eq!(
                pass(&mut test, held + grew, between).1,
                flagged,
                "{grew} of {between}"
            );
        }
        // Emptied between the passes.
        let mut test = DoseTest::new();
        pass(&mut test, 50, 0);
        assert_eq!(pass(&mut test, 1, 100).1, 0);
    }

    #[test]
    fn what_can_still_be_flagged_is_known_after_each_round() {
        let mut test = DoseTest::new();
        let open = |test: &DoseTest, doses: &[u32]| {
            let progress = test.progress(doses).expect("a census for each round");
            let mut names: Vec<_> = progress.open.into_iter().map(|key| key.name).collect();
            names.sort();
            (progress.growing, names)
        };
        observe(&mut test, &program(3, 2));
        observe(&mut test, &program(10, 4));
        let all = ["(string)", "Session", "lines (Array)", "sessions (Map)"];
        assert_eq!(open(&test, &[7]), (4, all.map(str::to_owned).into()));
        // Fewer lines in a longer round: more rounds can't put that right.
        observe(&mut test, &program(21, 5));
        let sessions = ["Session", "sessions (Map)"];
        assert_eq!(
            open(&test, &[7, 11]),
            (4, sessions.map(str::to_owned).into())
        );
        assert_eq!(test.progress(&[7]), None);
        // A second pass looks at what the first one flagged.
        assert!(
            test.judge(&[7, 11], 0.5, 0)
                .is_some_and(|verdict| verdict.flagged.is_empty())
        );
        observe(&mut test, &program(21, 5));
        observe(&mut test, &program(24, 5));
        assert_eq!(open(&test, &[3]), (2, Vec::new()));
    }

    #[test]
    fn counters_of_the_caller_are_keys() {
        let mut test = DoseTest::new();
        let doses = [3, 2, 5];
        let mut open = 4;
        let graph = program(1, 1);
        for dose in [0].into_iter().chain(doses) {
            open += u64::from(dose);
            let counters = [("file descriptors".to_owned(), open)];
            test.add(test.censuses, census(&graph, &counters));
        }
        let verdict = test.judge(&doses, 0.5, 0).expect("four censuses");
        assert_eq!(verdict.flagged[0].key.name, "file descriptors");
        assert_eq!(verdict.flagged[0].key.kind, DoseKeyKind::Counter);
    }

    #[test]
    fn censuses_may_come_in_any_order() {
        let doses = [3, 2, 5];
        let mut test = DoseTest::new();
        for (number, held) in [(2, 6), (0, 1), (3, 11), (1, 4)] {
            test.add(number, census(&program(held, 2), &[]));
        }
        let verdict = test.judge(&doses, 0.5, 0).expect("four censuses");
        assert_eq!(verdict.flagged[0].growth, [3, 2, 5]);
    }

    #[test]
    fn a_wrong_number_of_censuses_is_no_verdict() {
        let mut test = DoseTest::new();
        observe(&mut test, &program(1, 1));
        assert_eq!(test.judge(&[3, 2], 0.5, 0), None);
        test.restart();
        for _ in 0..3 {
            observe(&mut test, &program(1, 1));
        }
        assert!(test.judge(&[3, 2], 0.5, 0).is_some());
    }
}
