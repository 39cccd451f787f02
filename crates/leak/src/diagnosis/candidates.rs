//! From tallies to ranked suspects: shared objects are given to their holders, groups are scored,
//! what accumulates in one collection is put together, and what is too small to tell is cut.

use rustc_hash::FxHashMap;

use heapwatch_graph::{AnalyzedHeap, EdgeId, NodeId, NodeKind};

use super::DiagnosisOptions;
use super::ages::Ages;
use super::capture_series::CaptureSeries;
use super::tally::{GroupTally, Tally};
use crate::fingerprint::Fingerprint;
use crate::group_tree::{GroupId, GroupTree};
use crate::redaction::edge_name;

/// A group that keeps less than this part of what it gains, or gains it only in bursts, is a
/// workload and not a leak, whatever its bytes.
const MIN_QUALITY: f64 = 0.1;
/// Groups with less than this part of all survivor bytes are not told.
const MIN_SHARE: f64 = 0.01;
/// Telling stops when this part of all survivor bytes is explained.
const ENOUGH_EXPLAINED: f64 = 0.97;

/// A place where young objects accumulate.
#[derive(Clone, Debug)]
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
    /// Members that survived, and milliseconds over which they appeared.
    pub(super) survivors: u64,
    pub(super) survivors_over_ms: Option<f64>,
    /// Whether it is known that no member was removed.
    pub(super) kept_all: bool,
    /// Whether it is known that old members went while all new ones stayed, as in a queue.
    pub(super) old_ones_go: bool,
}

impl Candidate {
    /// Adds what is part of the same leak; a group that several hold is counted once.
    pub(super) fn add_sibling(&mut self, sibling: &Candidate) {
        self.survivor_bytes += sibling.survivor_bytes;
        self.score += sibling.score;
        if !self.groups().any(|group| group == sibling.group) {
            self.retained += sibling.retained;
        }
        for group in sibling.groups() {
            if !self.groups().any(|known| known == group) {
                self.siblings.push(group);
            }
        }
    }

    /// Bytes gained since the first capture, as far as they are known to stay: where no member was ever
    /// removed, those of the newest are growth like those that have outlived a capture.
    fn gained_bytes(&self) -> f64 {
        let gained = self.count.saturating_sub(self.count_before) as f64;
        match self.kept_all && self.survivors > 0 {
            true => self.survivor_bytes * gained / self.survivors as f64,
            false => self.survivor_bytes,
        }
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
    finding: &Candidates<'_>,
    tally: &Tally,
    options: &DiagnosisOptions,
) -> Ranked {
    let mut by_key = finding.of(tally);
    finding.hand_out_shared(&mut by_key, tally);
    for candidate in by_key.values_mut() {
        candidate.score = candidate.survivor_bytes * finding.quality(candidate, tally);
    }
    let total = finding.accumulated_bytes(tally, &by_key);
    let candidates = finding.merge_siblings(by_score(by_key.into_values().collect()));
    Ranked {
        candidates: cut(by_score(candidates), total, options),
        survivor_bytes: total,
    }
}

/// Best first; equal ones in the order of the graph.
fn by_score(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| {
        (b.score.total_cmp(&a.score)).then((a.sample, a.owner).cmp(&(b.sample, b.owner)))
    });
    candidates
}

fn cut(mut candidates: Vec<Candidate>, total: f64, options: &DiagnosisOptions) -> Vec<Candidate> {
    candidates.retain(|c| {
        c.gained_bytes() >= options.min_growth_bytes as f64
            && c.survivor_bytes >= MIN_SHARE * total
            && c.survivor_bytes > 0.0
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

/// Makes candidates of tallied groups, and judges them.
pub(super) struct Candidates<'a> {
    pub(super) heap: &'a AnalyzedHeap,
    pub(super) tree: &'a GroupTree,
    pub(super) ages: &'a Ages,
    pub(super) series: &'a CaptureSeries<'a>,
}

impl Candidates<'_> {
    /// A candidate for each group that has a crossing, by the group's key.
    fn of(&self, tally: &Tally) -> FxHashMap<u64, Candidate> {
        let groups = tally.groups.iter();
        groups
            .filter_map(|(&id, tallied)| {
                let sample = self.typical(tallied)?;
                let bytes = self.group_survivor_bytes(id, tallied);
                let candidate = self.candidate(id, tallied, sample, bytes);
                Some((self.tree.group(id).key, candidate))
            })
            .collect()
    }

    /// A candidate whose sample hangs on its dominator.
    pub(super) fn candidate(
        &self,
        id: GroupId,
        tallied: &GroupTally,
        sample: NodeId,
        survivor_bytes: f64,
    ) -> Candidate {
        let group = self.tree.group(id);
        let before = self.series.first_size(group.key).count;
        let gained = group.count.saturating_sub(before);
        let (survivors, survivors_over_ms) = if self.ages.by_ids {
            let survivors = self.series.survivor_epochs().map(|e| tallied.members[e]);
            (survivors.sum(), self.series.survivors_over_ms())
        } else {
            (gained, self.series.all_ms())
        };
        Candidate {
            group: id,
            siblings: Vec::new(),
            sample,
            owner: self.heap.dominators().idom(sample),
            edge: self.tree.edge_from_dominator(sample),
            other_holders: Vec::new(),
            survivor_bytes,
            score: 0.0,
            count: group.count,
            count_before: before,
            retained: group.retained,
            survivors,
            survivors_over_ms,
            kept_all: gained == tallied.young_members() && self.kept_newest(group.key, tallied),
            old_ones_go: gained < tallied.young_members() && self.kept_newest(group.key, tallied),
        }
    }

    /// Whether it is known that all members which were new one capture ago are still here.
    fn kept_newest(&self, key: u64, tallied: &GroupTally) -> bool {
        let earlier = self.series.earlier();
        let was_new = earlier.last().map_or(0, |last| last.size(key).new);
        self.ages.by_ids && earlier.len() > 1 && was_new == tallied.members[earlier.len() - 1]
    }

    /// Bytes that survived at or below the crossings of a group; without ids, bytes gained.
    fn group_survivor_bytes(&self, id: GroupId, tallied: &GroupTally) -> f64 {
        if self.ages.by_ids {
            let bytes: u64 = self
                .series
                .survivor_epochs()
                .map(|e| tallied.bytes[e])
                .sum();
            return bytes as f64;
        }
        let group = self.tree.group(id);
        let before = self.series.first_size(group.key).retained;
        group.retained.saturating_sub(before) as f64
    }

    /// What survived, less what made room for it: the survivors of a cache that churns replaced
    /// others and are no growth.
    fn accumulated_bytes(&self, tally: &Tally, candidates: &FxHashMap<u64, Candidate>) -> f64 {
        let net = |c: &Candidate| c.survivor_bytes * self.net_growth(c, tally);
        // Summed in a fixed order: sums of floating-point numbers depend on it.
        let mut bytes: Vec<f64> = candidates.values().map(net).collect();
        bytes.sort_by(f64::total_cmp);
        bytes.iter().sum()
    }

    /// Of the oldest survivors among a group's crossings, the one of median retained size.
    fn typical(&self, group: &GroupTally) -> Option<NodeId> {
        let nodes = group.samples.nodes();
        let oldest = nodes.iter().map(|&n| self.ages.epoch(n)).min()?;
        let mut survivors: Vec<NodeId> = (nodes.iter().copied())
            .filter(|&node| self.ages.epoch(node) == oldest)
            .collect();
        survivors.sort_by_key(|&node| (self.heap.dominators().retained(node), node));
        survivors.get(survivors.len() / 2).copied()
    }

    /// The quality of a group, 0..=1, without ids only q; see the module above.
    fn quality(&self, candidate: &Candidate, tally: &Tally) -> f64 {
        let growth = self.net_growth(candidate, tally);
        let Some(tallied) = tally.groups.get(&candidate.group).filter(|_| growth > 0.0) else {
            return 0.0;
        };
        let key = self.tree.group(candidate.group).key;
        let counts: Vec<u64> = self.series.counts(key).chain([candidate.count]).collect();
        let steps = counts
            .windows(2)
            .map(|pair| pair[1] as f64 - pair[0] as f64);
        let of_counts = self.series.steadiness(steps);
        if !self.ages.by_ids {
            return of_counts;
        }
        let gains = tallied
            .members
            .iter()
            .skip(1)
            .map(|&members| members as f64);
        let persistence = self.persistence(key, tallied);
        let of_members = persistence * self.series.steadiness(gains);
        persistence * of_members.max(of_counts) * growth.powi(2)
    }

    /// Whether nothing is known to hold the members: a handle of an object of C++ that is collected itself
    /// lives as long as that object, which captures by a walk don't see.
    fn is_traced(&self, candidate: &Candidate) -> bool {
        let graph = self.heap.graph();
        let mut above = self.heap.dominators().chain(candidate.sample);
        above.any(|node| {
            graph.kind(node) == NodeKind::Synthetic && graph.name(node) == "(Traced handles)"
        })
    }

    /// Members gained over members that are new, 0..=1. Without ids there are no others than
    /// gained ones.
    fn net_growth(&self, candidate: &Candidate, tally: &Tally) -> f64 {
        let gained = candidate.count.saturating_sub(candidate.count_before) as f64;
        let tallied = tally.groups.get(&candidate.group);
        let young = tallied.map_or(0, GroupTally::young_members) as f64;
        match (self.ages.by_ids, gained > 0.0) {
            (_, false) => 0.0,
            _ if self.is_traced(candidate) => 0.0,
            (false, true) => 1.0,
            (true, true) => (gained / young.max(gained)).min(1.0),
        }
    }

    /// Of the members that were new one capture ago, the part that is still here.
    fn persistence(&self, key: u64, tallied: &GroupTally) -> f64 {
        let earlier = self.series.earlier();
        // With two captures there is no new member that could have gone.
        let Some(last) = earlier.last().filter(|_| earlier.len() > 1) else {
            return 1.0;
        };
        let was_new = last.size(key).new;
        let still_here = tallied.members[earlier.len() - 1];
        if was_new == 0 {
            // Grouped under another key then (a dictionary that grew past the limit of fields).
            return if still_here > 0 { 1.0 } else { 0.0 };
        }
        (still_here as f64 / was_new as f64).min(1.0)
    }

    /// Adds what accumulates in the same collection to the best candidate of that collection.
    fn merge_siblings(&self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let mut by_place: FxHashMap<u64, usize> = FxHashMap::default();
        let mut merged: Vec<Candidate> = Vec::new();
        for candidate in candidates {
            let place = self.place(&candidate).filter(|_| candidate.score > 0.0);
            match place.and_then(|place| by_place.get(&place)) {
                Some(&first) => merged[first].add_sibling(&candidate),
                None => {
                    by_place.extend(place.map(|place| (place, merged.len())));
                    merged.push(candidate);
                }
            }
        }
        merged
    }

    /// What the members of one collection have in common, whatever they are (the keys and values
    /// of a Map): the group of what holds them, and the name of the reference.
    fn place(&self, candidate: &Candidate) -> Option<u64> {
        let edge = self.heap.graph().edge(candidate.edge?);
        let owner = self.tree.group(self.tree.of(candidate.owner)).key;
        let name = edge_name(self.heap, edge);
        Some(Fingerprint::new().number(owner).text(&name).get())
    }
}
