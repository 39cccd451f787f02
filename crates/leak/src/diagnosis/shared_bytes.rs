//! Shared objects are given to those who hold them, the bytes split evenly (LeakShare of BLeak).
//!
//! A young object that several paths lead to hangs, in the dominator tree, on something far above
//! that says nothing about who keeps it: a request that both a listener's scope and a Map refer to
//! hangs on the module's scope. Its holders are looked for among its retainers: crossings of other
//! groups, which already are candidates, and old objects, which become candidates of their own.

use rustc_hash::FxHashMap;

use heapwatch_graph::{EdgeId, NodeId};

use super::candidates::{Candidate, Candidates};
use super::tally::{GroupTally, Tally};
use crate::fingerprint::Fingerprint;
use crate::group_tree::GroupId;
use crate::redaction::edge_name;

/// Rounds in which shared bytes move on from holder to holder. Sharing of sharing is rare; what is
/// left then stays where it is.
const SHARE_ROUNDS: usize = 4;
/// Retainers looked at per shared object: more holders than this are no explanation anyway.
const MAX_HOLDERS: usize = 16;

/// An old object's edge to a shared young one.
#[derive(Clone, Copy, Debug)]
struct Holding {
    sample: NodeId,
    edge: EdgeId,
}

/// What one holder has of a shared group.
#[derive(Clone, Copy, Debug)]
struct Part {
    holder: Holder,
    /// How many of the group's samples it holds, and how many are left if each is split evenly between its
    /// holders.
    samples: f64,
    share: f64,
}

/// Who holds a shared object.
#[derive(Clone, Copy, Debug)]
enum Holder {
    /// Something young below another group's crossing.
    Crossing,
    /// Something old.
    Old(Holding),
}

impl Candidates<'_> {
    /// Moves the bytes of shared groups to the candidates that hold their members.
    pub(super) fn hand_out_shared(&self, by_key: &mut FxHashMap<u64, Candidate>, tally: &Tally) {
        for _ in 0..SHARE_ROUNDS {
            let mut shared: Vec<u64> = (by_key.iter())
                .filter(|(_, candidate)| self.is_to_share(candidate))
                .map(|(&key, _)| key)
                .collect();
            shared.sort_unstable();
            for key in shared {
                self.hand_out(key, by_key, tally);
            }
        }
    }

    fn is_to_share(&self, candidate: &Candidate) -> bool {
        let group = self.tree.group(candidate.group);
        group.is_shared && candidate.edge.is_none() && candidate.survivor_bytes >= 1.0
    }

    fn hand_out(&self, key: u64, by_key: &mut FxHashMap<u64, Candidate>, tally: &Tally) {
        let Some(from) = by_key.get(&key) else {
            return;
        };
        let (bytes, group) = (from.survivor_bytes, from.group);
        let Some(tallied) = tally.groups.get(&group) else {
            return;
        };
        // A member that nothing but its neighbours holds stays where it is: who holds another one of
        // the list doesn't hold this one.
        let all = tallied.samples.nodes().len() as f64;
        let mut handed_out = 0.0;
        for (holder_key, part) in self.parts(group, tallied) {
            let share = bytes * part.share / all;
            handed_out += share;
            if let Some(candidate) = by_key.get_mut(&holder_key) {
                candidate.survivor_bytes += share;
            } else if let Holder::Old(Holding { sample, edge }) = part.holder
                && self.may_hold_what_was_gained(group, sample, part.samples / all)
            {
                let mut new = self.candidate(group, tallied, sample, share);
                new.owner = self.heap.graph().edge_source(edge);
                new.edge = Some(edge);
                new.other_holders = self.other_edges(sample, edge);
                by_key.insert(holder_key, new);
            }
        }
        if let Some(from) = by_key.get_mut(&key) {
            from.survivor_bytes = (from.survivor_bytes - handed_out).max(0.0);
        }
    }

    /// Each holder's part of a shared group, by what the holders of its samples are; in the order
    /// of their keys.
    fn parts(&self, group: GroupId, tallied: &GroupTally) -> Vec<(u64, Part)> {
        let mut parts: FxHashMap<u64, Part> = FxHashMap::default();
        for &sample in tallied.samples.nodes() {
            let holders = self.holders(sample, group);
            for &(key, holder) in &holders {
                let part = parts.entry(key).or_insert(Part {
                    holder,
                    samples: 0.0,
                    share: 0.0,
                });
                part.samples += 1.0;
                part.share += 1.0 / holders.len() as f64;
            }
        }
        let mut parts: Vec<_> = parts.into_iter().collect();
        parts.sort_unstable_by_key(|&(key, _)| key);
        parts
    }

    /// Whether an old object that holds this part of a group's samples holds more of them than were there
    /// before. Ids tell which members are new; without them the samples are any members. Strings
    /// that are shared all over a program are one group, and who holds some of them did so all along.
    fn may_hold_what_was_gained(&self, group: GroupId, sample: NodeId, part: f64) -> bool {
        if self.ages.by_ids || !self.heap.graph().kind(sample).is_string() {
            return true;
        }
        let group = self.tree.group(group);
        let before = self.series.first_size(group.key).count;
        part * group.count as f64 > before as f64
    }

    /// Who holds a shared object, apart from its neighbours: that the objects of a doubly linked
    /// list hold each other is no reason why they are there.
    fn holders(&self, sample: NodeId, group: GroupId) -> Vec<(u64, Holder)> {
        let mut holders: Vec<(u64, Holder)> = Vec::new();
        for edge in self.essential_retainers(sample) {
            let source = self.heap.graph().edge_source(edge);
            let crossing = self.ages.crossing(source);
            let holding_group = crossing.unwrap_or(self.tree.of(source));
            if self.tree.are_neighbours(holding_group, group) {
                continue;
            }
            let (key, holder) = match crossing {
                Some(other) => (self.tree.group(other).key, Holder::Crossing),
                None => (
                    self.holding_key(source, edge, group),
                    Holder::Old(Holding { sample, edge }),
                ),
            };
            if holders.iter().all(|(known, _)| *known != key) {
                holders.push((key, holder));
            }
        }
        holders
    }

    /// Key of "members of this group, held by that kind of owner through that kind of edge".
    fn holding_key(&self, owner: NodeId, edge: EdgeId, group: GroupId) -> u64 {
        let label = edge_name(self.heap, self.heap.graph().edge(edge));
        let owner = self.tree.group(self.tree.of(owner)).key;
        let key = Fingerprint::new().text("held").number(owner).text(&label);
        key.number(self.tree.group(group).key).get()
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
