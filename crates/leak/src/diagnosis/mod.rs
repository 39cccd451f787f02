//! What leaks, found by comparing captures of one process.
//!
//! The method: object ids tell ages. Every capture hands out ids larger than all before, so an
//! object's id says between which captures it appeared: its *epoch*. An object that appeared after
//! the first capture and was still there in the last *survived*. On each branch of the dominator
//! tree, the first survivor below an old object is a *crossing*: the old object is the owner that
//! accumulates, and everything below belongs to the crossing. Crossings are grouped by where they
//! hang and what they are ([`GroupTree`]), and a group is a suspect if it keeps what it gains:
//!
//! `score = survivor bytes · p · max(p · q, r) · g²`
//!
//! - `p`, persistence: of the members that were new one capture ago, the part still here. A cache
//!   that churns has about 0, a leak about 1.
//! - `q`, steadiness: the slowest epoch's rate over the mean rate, of members that are new. A burst
//!   has 0.
//! - `r`, the same of the number of members. A queue that falls behind loses its oldest: what is left
//!   of each epoch is uneven and little persists, but it is longer each time. A cache that was filled
//!   once and churns since has 0.
//! - `g`, growth: members gained net, over members that are new. A cache at its bound that churns
//!   too slowly for `p` to tell has 0.
//!
//! What a report says of owner and members is in the words of the program ([`owner`]), as far as
//! those are not data ([`crate::redaction`]).
//!
//! Where ids are not stable (files of different processes, captures without ids) the groups
//! themselves are compared: a crossing is then the topmost group that gained members in every
//! step. Survivors can't be told from replacements there, so only net growth counts; with two
//! captures, whatever happens to be in use at the second looks like a leak.
//!
//! Sources: the age frontier is ours; grouping is after LeakCanary's object growth detection; the
//! even split of shared objects between their holders is LeakShare of BLeak (Vilk and Berger,
//! PLDI 2018).
//!
//! Time O(n + m) and a sort of the candidates; about 30 bytes a node and 4 an edge on top of the
//! graph.

mod ages;
mod candidates;
mod capture_series;
mod describe;
mod examples;
mod large;
mod owner;
mod program_calls;
mod shared_bytes;
mod tally;

use heapwatch_graph::{AnalyzedHeap, Progress, Stage};
use thiserror::Error;

use crate::capture_summary::CaptureSummary;
use crate::group_tree::GroupTree;
use crate::report::{AgeMethod, Diagnosis};
use crate::site_query::SourceSites;
use ages::Ages;
use candidates::{Candidates, ranked_candidates};
use capture_series::CaptureSeries;
use describe::Describing;
pub(crate) use describe::report_path;
use large::diagnose_one;
pub(crate) use owner::{Holding, code_around, scripts_of_program, shortened, weak_map_of_entry};
pub(crate) use program_calls::calls_of_module;
use tally::Tally;

/// How a diagnosis decides what is worth telling.
#[derive(Clone, Debug)]
pub struct DiagnosisOptions {
    /// Suspects that gained fewer bytes are left out. The default, 64 KiB, is above what the
    /// compiler and caches of an idle process gain between captures.
    pub min_growth_bytes: u64,
    /// At most this many suspects. People don't read an eleventh.
    pub max_suspects: usize,
    /// When the last capture was taken, on the clock of the summaries.
    pub taken_at_ms: Option<f64>,
    /// Whether keys and contents of strings are left out.
    pub redact: bool,
}

impl Default for DiagnosisOptions {
    fn default() -> Self {
        Self {
            min_growth_bytes: 64 << 10,
            max_suspects: 10,
            taken_at_ms: None,
            redact: true,
        }
    }
}

/// Why a diagnosis could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DiagnosisError {
    /// The work on a graph ended early.
    #[error(transparent)]
    Graph(#[from] heapwatch_graph::GraphError),
}

impl DiagnosisError {
    /// The stable code that users see.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Graph(error) => error.code(),
        }
    }
}

/// Compares the last capture with the summaries of earlier ones, oldest first. Without an earlier one
/// it says what is big and why.
///
/// `sources` is asked for the lines that declare and fill a variable or property; it may answer
/// nothing.
///
/// # Errors
/// Cancellation.
pub fn diagnose(
    earlier: &[&CaptureSummary],
    heap: &AnalyzedHeap,
    options: &DiagnosisOptions,
    sources: &dyn SourceSites,
    progress: &Progress<'_>,
) -> Result<Diagnosis, DiagnosisError> {
    progress.at(Stage::Diagnosis, 0.0)?;
    let Some(first) = earlier.first() else {
        let diagnosis = diagnose_one(heap, options, sources)?;
        progress.at(Stage::Diagnosis, 1.0)?;
        return Ok(diagnosis);
    };
    let tree = GroupTree::new(heap);
    progress.at(Stage::Diagnosis, 0.3)?;
    let series = CaptureSeries::new(earlier, options.taken_at_ms);
    let ages = Ages::new(heap, &tree, &series);
    let tally = Tally::new(heap, &tree, &ages);
    progress.at(Stage::Diagnosis, 0.5)?;
    let finding = Candidates {
        heap,
        tree: &tree,
        ages: &ages,
        series: &series,
    };
    let ranked = ranked_candidates(&finding, &tally, options);
    progress.at(Stage::Diagnosis, 0.8)?;
    let describing = Describing::new(heap, &tree, &ages, (&ranked, &tally), sources, options);
    let suspects = describing.suspects();
    progress.at(Stage::Diagnosis, 1.0)?;
    let told: f64 = suspects.iter().map(|s| s.growth_bytes as f64).sum();
    Ok(Diagnosis {
        method: if ages.by_ids {
            AgeMethod::ObjectIds
        } else {
            AgeMethod::GroupGrowth
        },
        captures: earlier.len() + 1,
        heap_bytes: heap.graph().total_size(),
        heap_growth_bytes: heap.graph().total_size() as i64 - first.total_size as i64,
        survivor_bytes: ranked.survivor_bytes.round() as u64,
        unexplained_bytes: (ranked.survivor_bytes - told).max(0.0).round() as u64,
        suspects,
        large: Vec::new(),
    })
}
