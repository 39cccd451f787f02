//! From tallies to ranked suspects: shared objects are given to their holders, groups are scored,
//! and what is too small to tell is cut.

use rustc_hash::FxHashMap;

use heapwatch_graph::{AnalyzedHeap, Edge, EdgeId, EdgeName, NodeId};

use super::DiagnosisOptions;
use super::ages::{Ages, size_in};
use super::tally::{GroupTally, Tally};
use crate::capture_summary::CaptureSummary;
use crate::fingerprint::Fingerprint;
use crate::group_tree::{GroupId, GroupTree};

/// Rounds in which shared bytes move on from holder to holder. Sharing of sharing is rare; what is
/// left then stays where it is.
const SHARE_ROUNDS: usize = 4;
/// Retainers looked at per shared object: more holders than this are no explanation anyway.
const MAX_HOLDERS: usize = 16;
/// A group that keeps less than this part of what it gains, or gains it only in bursts, is a
/// workload and not a leak, whatever its bytes.
const MIN_QUALITY: f64 = 0.1;
/// Groups with less than this part of all survivor bytes are not told.
const MIN_SHARE: f64 = 0.01;
/// Telling stops when this part of all survivor bytes is explained.
const ENOUGH_EXPLAINED: f64 = 0.97;

/// A place where young objects accumulate.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Group whose members accumulate.
    pub(super) group: GroupId,
    /// Groups that accumulate in the same collection, such as the keys of a Map.
    pub(super) siblings: Vec<GroupId>,
    /// A typical young member.
    pub(super) sample: NodeId,
    /// The old object that holds the sample, and the edge by which it does, if it is one edge.
    pub(super) owner: NodeId,
    pub(super) edge: Option<EdgeId>,
    /// Other edges that keep the sample alive without the owner.
    pub(super) other_holders: Vec<EdgeId>,
    pub(super) survivor_bytes: f64,
    pub(super) score: f64,
    /// Members now, at the first capture, and the bytes all members retain.
    pub(super) count: u64,
    pub(super) count_before: u64,
    pub(super) retained: u64,
    /// Milliseconds over which the survivors appeared.
    pub(super) survivors_over_ms: Option<f64>,
    /// Members that survived.
    pub(super) survivors: u64,
}

impl Candidate {
    fn add_sibling(&mut self, sibling: &Candidate) {
        self.siblings.push(sibling.group);
        self.survivor_bytes += sibling.survivor_bytes;
        self.score += sibling.score;
        self.retained += sibling.retained;
    }

    /// The group and its siblings.
    pub(super) fn groups(&self) -> impl Iterator<Item = GroupId> + '_ {
        std::iter::once(self.group).chain(self.siblings.iter().copied())
    }
}

/// Candidates, best first, and what they are part of.
pub(super) struct Ranked {
    pub(super) candidates: Vec<Candidate>,
    /// Bytes that survived everywhere, less what made room for them.
    pub(super) survivor_bytes: f64,
}

/// Scores all groups and keeps those worth telling.
pub(super) fn ranked_candidates(
    heap: &AnalyzedHeap,
    tree: &GroupTree,
    ages: &Ages,
    tally: Tally,
    earlier: &[&CaptureSummary],
    options: &DiagnosisOptions,
) -> Ranked {
    let scoring = Scoring {
        heap,
        tree,
        ages,
        earlier,
        intervals: intervals(earlier, options.taken_at_ms),
    };
    let mut candidates = scoring.candidates(&tally);
    scoring.hand_out_shared(&mut candidates, &tally);
    for candidate in candidates.values_mut() {
        candidate.score = candidate.survivor_bytes * scoring.quality(candidate, &tally);
    }
    let total = scoring.accumulated_bytes(&tally, &candidates);
    let candidates = merge_siblings(tree, by_score(candidates.into_values().collect()));
    Ranked {
        candidates: cut(by_score(candidates), total, options),
        survivor_bytes: total,
    }
}

/// Best first; equal ones in the order of the graph.
fn by_score(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| (b.score.total_cmp(&a.score)).then(a.sample.cmp(&b.sample)));
    candidates
}

/// Adds what accumulates in the same collection to the best candidate of that collection.
fn merge_siblings(tree: &GroupTree, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut first: FxHashMap<GroupId, Vec<usize>> = FxHashMap::default();
    let mut merged: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let of_owner = first.entry(tree.group(candidate.group).parent).or_default();
        let is_sibling = |&&i: &&usize| {
            candidate.score > 0.0 && tree.are_siblings(merged[i].group, candidate.group)
        };
        if let Some(&i) = of_owner.iter().find(is_sibling) {
            merged[i].add_sibling(&candidate);
        } else {
            of_owner.push(merged.len());
            merged.push(candidate);
        }
    }
    merged
}

fn cut(mut candidates: Vec<Candidate>, total: f64, options: &DiagnosisOptions) -> Vec<Candidate> {
    candidates.retain(|c| {
        c.survivor_bytes >= options.min_growth_bytes as f64
            && c.survivor_bytes >= MIN_SHARE * total
            && c.score >= MIN_QUALITY * c.survivor_bytes
    });
    let mut explained = 0.0;
    candidates.retain(|c| {
        let is_needed = explained < ENOUGH_EXPLAINED * total;
        explained += c.survivor_bytes;
        is_needed
    });
    candidates.truncate(options.max_suspects);
    candidates
}

/// Milliseconds between captures; `None` without a clock.
fn intervals(earlier: &[&CaptureSummary], last: Option<f64>) -> Option<Vec<f64>> {
    let times = earlier.iter().map(|s| s.taken_at_ms).chain([last]);
    let times = times.collect::<Option<Vec<f64>>>()?;
    let steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.iter().all(|step| *step > 0.0).then_some(steps)
}

struct Scoring<'a> {
    heap: &'a AnalyzedHeap,
    tree: &'a GroupTree,
    ages: &'a Ages,
    earlier: &'a [&'a CaptureSummary],
    intervals: Option<Vec<f64>>,
}

impl Scoring<'_> {
    /// Epochs whose objects are survivors: all but the oldest, and but the newest, which may be in
    /// use right now, unless there is no other.
    fn survivor_epochs(&self) -> std::ops::Range<usize> {
        1..usize::from(self.ages.newest).max(2)
    }

    fn candidates(&self, tally: &Tally) -> FxHashMap<u64, Candidate> {
        let groups = tally.groups.iter();
        let crossings = groups.filter(|(_, group)| !group.samples.nodes().is_empty());
        crossings
            .map(|(&id, group)| {
                let sample = self.typical(group);
                let owner = self.heap.dominators().idom(sample);
                let edge = self.tree.edge_from_dominator(sample);
                let bytes = self.group_survivor_bytes(id, group);
                let key = self.tree.group(id).key;
                (key, self.candidate(id, group, sample, owner, edge, bytes))
            })
            .collect()
    }

    fn candidate(
        &self,
        id: GroupId,
        tallied: &GroupTally,
        sample: NodeId,
        owner: NodeId,
        edge: Option<EdgeId>,
        survivor_bytes: f64,
    ) -> Candidate {
        let group = self.tree.group(id);
        let before = self.earlier.first().map(|s| size_in(s, group.key).count);
        let over = (self.intervals.as_ref())
            .and_then(|steps| steps.get(..self.survivor_epochs().len()))
            .map(|steps| steps.iter().sum());
        Candidate {
            group: id,
            siblings: Vec::new(),
            sample,
            owner,
            edge,
            other_holders: Vec::new(),
            survivor_bytes,
            score: 0.0,
            count: group.count,
            count_before: before.unwrap_or(0),
            retained: group.retained,
            survivors_over_ms: if self.ages.by_ids {
                over
            } else {
                self.intervals.as_ref().map(|steps| steps.iter().sum())
            },
            survivors: if self.ages.by_ids {
                self.survivor_epochs().map(|e| tallied.members[e]).sum()
            } else {
                group.count.saturating_sub(before.unwrap_or(0))
            },
        }
    }

    /// Bytes that survived at or below the crossings of a group; without ids, bytes gained.
    fn group_survivor_bytes(&self, id: GroupId, tallied: &GroupTally) -> f64 {
        if self.ages.by_ids {
            let bytes: u64 = self.survivor_epochs().map(|e| tallied.bytes[e]).sum();
            return bytes as f64;
        }
        let group = self.tree.group(id);
        let first = self.earlier.first();
        let before = first.map_or(0, |s| size_in(s, group.key).retained);
        group.retained.saturating_sub(before) as f64
    }

    /// What survived, less what made room for it: the survivors of a cache that churns replaced
    /// others and are no growth.
    fn accumulated_bytes(&self, tally: &Tally, candidates: &FxHashMap<u64, Candidate>) -> f64 {
        (candidates.values())
            .map(|candidate| candidate.survivor_bytes * self.net_growth(candidate, tally))
            .sum()
    }

    /// Of the oldest survivors among a group's crossings, the one of median retained size.
    fn typical(&self, group: &GroupTally) -> NodeId {
        let nodes = group.samples.nodes();
        let oldest = nodes.iter().map(|&n| self.ages.epoch(n)).min();
        let mut survivors: Vec<NodeId> = (nodes.iter().copied())
            .filter(|&node| Some(self.ages.epoch(node)) == oldest)
            .collect();
        survivors.sort_by_key(|&node| (self.heap.dominators().retained(node), node));
        survivors
            .get(survivors.len() / 2)
            .copied()
            .unwrap_or(NodeId::ROOT)
    }

    /// p² · q · g²; see the module above.
    fn quality(&self, candidate: &Candidate, tally: &Tally) -> f64 {
        let growth = self.net_growth(candidate, tally);
        let counts = self.counts(candidate);
        if !self.ages.by_ids {
            let steps = counts
                .windows(2)
                .map(|pair| pair[1].saturating_sub(pair[0]) as f64);
            return growth * self.steadiness(steps);
        }
        let Some(group) = tally.groups.get(&candidate.group) else {
            return 0.0;
        };
        let key = self.tree.group(candidate.group).key;
        let steadiness = self.steadiness(group.members.iter().skip(1).map(|&m| m as f64));
        self.persistence(key, group).powi(2) * steadiness * growth.powi(2)
    }

    /// Members of a candidate's group in each capture, the last included.
    fn counts(&self, candidate: &Candidate) -> Vec<u64> {
        let group = self.tree.group(candidate.group);
        let before = self.earlier.iter().map(|s| size_in(s, group.key).count);
        before.chain([group.count]).collect()
    }

    /// Members gained over members that are new, 0..=1. Without ids there are no others than
    /// gained ones.
    fn net_growth(&self, candidate: &Candidate, tally: &Tally) -> f64 {
        let counts = self.counts(candidate);
        let gained = counts[counts.len() - 1].saturating_sub(counts[0]) as f64;
        let group = tally.groups.get(&candidate.group);
        let young = group.map_or(0, GroupTally::young_members) as f64;
        match (self.ages.by_ids, gained > 0.0) {
            (_, false) => 0.0,
            (false, true) => 1.0,
            (true, true) => (gained / young.max(gained)).min(1.0),
        }
    }

    /// Of the members that were new one capture ago, the part that is still here.
    fn persistence(&self, key: u64, group: &GroupTally) -> f64 {
        // With two captures there is no new member that could have gone.
        if self.earlier.len() < 2 {
            return 1.0;
        }
        let was_new = self.earlier.last().map_or(0, |s| size_in(s, key).new);
        let still_here = group.members[self.earlier.len() - 1];
        if was_new == 0 {
            // Grouped under another key then (a dictionary that grew past the limit of fields).
            return if still_here > 0 { 1.0 } else { 0.0 };
        }
        (still_here as f64 / was_new as f64).min(1.0)
    }

    /// Slowest rate over mean rate of the steps.
    fn steadiness(&self, gains: impl Iterator<Item = f64>) -> f64 {
        let rates: Vec<f64> = match &self.intervals {
            Some(ms) => gains.zip(ms).map(|(gain, ms)| gain / ms).collect(),
            None => gains.collect(),
        };
        let mean = rates.iter().sum::<f64>() / rates.len().max(1) as f64;
        if mean <= 0.0 {
            return 0.0;
        }
        rates.iter().copied().fold(f64::INFINITY, f64::min) / mean
    }

    /// Splits the bytes of shared objects evenly between those who hold them.
    fn hand_out_shared(&self, candidates: &mut FxHashMap<u64, Candidate>, tally: &Tally) {
        for _ in 0..SHARE_ROUNDS {
            let mut shared: Vec<u64> = (candidates.iter())
                .filter(|(_, c)| self.is_to_share(c))
                .map(|(&key, _)| key)
                .collect();
            shared.sort_unstable();
            for key in shared {
                self.hand_out(key, candidates, tally);
            }
        }
    }

    fn is_to_share(&self, candidate: &Candidate) -> bool {
        let group = self.tree.group(candidate.group);
        group.is_shared && candidate.edge.is_none() && candidate.survivor_bytes >= 1.0
    }

    /// Gives a shared group's bytes to its holders, by what the holders of its samples are.
    fn hand_out(&self, key: u64, candidates: &mut FxHashMap<u64, Candidate>, tally: &Tally) {
        let Some(from) = candidates.get(&key) else {
            return;
        };
        let (bytes, group) = (from.survivor_bytes, from.group);
        let Some(tallied) = tally.groups.get(&group) else {
            return;
        };
        let mut parts: FxHashMap<u64, (f64, Option<Holding>)> = FxHashMap::default();
        for &sample in tallied.samples.nodes() {
            let holders = self.holders(sample, group);
            for (holder, holding) in &holders {
                let part = parts.entry(*holder).or_insert((0.0, *holding));
                part.0 += 1.0 / holders.len() as f64;
            }
        }
        let all: f64 = parts.values().map(|(part, _)| part).sum();
        if all <= 0.0 {
            return;
        }
        let mut parts: Vec<_> = parts.into_iter().collect();
        parts.sort_unstable_by_key(|&(holder, _)| holder);
        for (holder, (part, holding)) in parts {
            let share = bytes * part / all;
            if let Some(candidate) = candidates.get_mut(&holder) {
                candidate.survivor_bytes += share;
            } else if let Some(Holding { sample, edge }) = holding {
                let owner = self.heap.graph().edge_source(edge);
                let mut new = self.candidate(group, tallied, sample, owner, Some(edge), share);
                new.other_holders = self.other_edges(sample, edge);
                candidates.insert(holder, new);
            }
        }
        if let Some(from) = candidates.get_mut(&key) {
            from.survivor_bytes = 0.0;
        }
    }

    /// Who holds a shared object: crossings of other groups, and old objects directly.
    fn holders(&self, sample: NodeId, group: GroupId) -> Vec<(u64, Option<Holding>)> {
        let mut holders: Vec<(u64, Option<Holding>)> = Vec::new();
        for edge in self.essential_retainers(sample) {
            let source = self.heap.graph().edge_source(edge);
            let holder = match self.ages.crossing(source) {
                Some(same) if same == group => continue,
                Some(other) => (self.tree.group(other).key, None),
                None => (
                    self.holding_key(source, edge, group),
                    Some(Holding { sample, edge }),
                ),
            };
            if holders.iter().all(|(key, _)| *key != holder.0) {
                holders.push(holder);
            }
        }
        holders
    }

    /// Key of "members of this group, held by that kind of owner through that kind of edge".
    fn holding_key(&self, owner: NodeId, edge: EdgeId, group: GroupId) -> u64 {
        let graph = self.heap.graph();
        let label = match graph.edge(edge).name() {
            EdgeName::Index(_) => 0,
            EdgeName::Name(name) if starts_with_digit(graph.strings().get(name)) => 0,
            EdgeName::Name(name) => u64::from(name.0) + 1,
        };
        let owner = self.tree.group(self.tree.of(owner)).key;
        let key = Fingerprint::new().text("held").number(owner);
        key.number(label).number(self.tree.group(group).key).get()
    }

    fn essential_retainers(&self, node: NodeId) -> impl Iterator<Item = EdgeId> + '_ {
        (self.heap.retainers().of(node).iter().copied())
            .filter(|&edge| self.heap.essential().contains(edge))
            .take(MAX_HOLDERS)
    }

    fn other_edges(&self, sample: NodeId, edge: EdgeId) -> Vec<EdgeId> {
        let is_other = |other: &EdgeId| *other != edge;
        self.essential_retainers(sample).filter(is_other).collect()
    }
}

/// An old object's edge to a shared young one.
#[derive(Clone, Copy, Debug)]
struct Holding {
    sample: NodeId,
    edge: EdgeId,
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// The edge of a candidate, unpacked.
pub(super) fn holding_edge(heap: &AnalyzedHeap, candidate: &Candidate) -> Option<Edge> {
    candidate.edge.map(|edge| heap.graph().edge(edge))
}
