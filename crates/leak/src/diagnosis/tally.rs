//! Sums over the young objects, per group.

use rustc_hash::FxHashMap;

use heapwatch_graph::{AnalyzedHeap, NodeId};

use super::ages::Ages;
use crate::group_tree::{GroupId, GroupTree};

/// At most this many crossings of a group are kept to choose an example and to follow shared
/// objects from: enough for an even split to be steady, small enough to be free.
const MAX_SAMPLES: usize = 512;

/// What was counted for one group.
#[derive(Debug, Default)]
pub(super) struct GroupTally {
    /// Members by epoch, crossings or not.
    pub(super) members: Vec<u64>,
    /// Bytes by epoch of everything at or below a crossing of this group.
    pub(super) bytes: Vec<u64>,
    /// Crossings, evenly spaced over all of the group's.
    pub(super) samples: EvenSample,
}

impl GroupTally {
    fn new(epochs: usize) -> Self {
        Self {
            members: vec![0; epochs],
            bytes: vec![0; epochs],
            samples: EvenSample::default(),
        }
    }

    /// Members that appeared after the first capture.
    pub(super) fn young_members(&self) -> u64 {
        self.members.iter().skip(1).sum()
    }
}

/// The tallies of all groups that have a young member.
pub(super) struct Tally {
    pub(super) groups: FxHashMap<GroupId, GroupTally>,
    /// Bytes by epoch over the whole heap.
    pub(super) bytes: Vec<u64>,
}

impl Tally {
    pub(super) fn new(heap: &AnalyzedHeap, tree: &GroupTree, ages: &Ages) -> Self {
        let epochs = usize::from(ages.newest) + 1;
        let mut tally = Self {
            groups: FxHashMap::default(),
            bytes: vec![0; epochs],
        };
        for node in heap.graph().nodes() {
            tally.add(heap, tree, ages, node);
        }
        tally
    }

    fn add(&mut self, heap: &AnalyzedHeap, tree: &GroupTree, ages: &Ages, node: NodeId) {
        let epoch = usize::from(ages.epoch(node));
        let bytes = heap.graph().self_size(node);
        self.bytes[epoch] += bytes;
        let epochs = self.bytes.len();
        if epoch > 0 {
            let group = self.groups.entry(tree.of(node));
            group.or_insert_with(|| GroupTally::new(epochs)).members[epoch] += 1;
        }
        if let Some(crossing) = ages.crossing(node) {
            let group = self.groups.entry(crossing);
            let group = group.or_insert_with(|| GroupTally::new(epochs));
            group.bytes[epoch] += bytes;
            if ages.is_crossing(heap, node) {
                group.samples.push(node);
            }
        }
    }
}

/// Keeps every 2^k-th of what is pushed, at most [`MAX_SAMPLES`].
#[derive(Debug)]
pub(super) struct EvenSample {
    nodes: Vec<NodeId>,
    stride: usize,
    pushed: usize,
}

impl Default for EvenSample {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            stride: 1,
            pushed: 0,
        }
    }
}

impl EvenSample {
    fn push(&mut self, node: NodeId) {
        if self.pushed.is_multiple_of(self.stride) {
            if self.nodes.len() == MAX_SAMPLES {
                let mut keep = true;
                self.nodes.retain(|_| {
                    keep = !keep;
                    !keep
                });
                self.stride *= 2;
            }
            if self.pushed.is_multiple_of(self.stride) {
                self.nodes.push(node);
            }
        }
        self.pushed += 1;
    }

    pub(super) fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }
}

#[cfg(test)]
mod tests {
    use heapwatch_graph::NodeId;

    use super::{EvenSample, MAX_SAMPLES};

    fn sample_of(count: usize) -> Vec<usize> {
        let mut sample = EvenSample::default();
        (0..count).for_each(|i| sample.push(NodeId::new(i)));
        sample.nodes().iter().map(|node| node.index()).collect()
    }

    #[test]
    fn everything_is_kept_as_long_as_it_fits() {
        assert!(sample_of(0).is_empty());
        assert_eq!(sample_of(MAX_SAMPLES), (0..MAX_SAMPLES).collect::<Vec<_>>());
    }

    #[test]
    fn of_more_the_sample_is_evenly_spaced_from_the_first_to_the_last() {
        for count in [513, 1024, 1025, 5000, 100_000] {
            let kept = sample_of(count);
            let stride = kept[1];
            assert_eq!(kept[0], 0, "{count}");
            assert!(
                kept.windows(2).all(|pair| pair[1] - pair[0] == stride),
                "{count}"
            );
            assert!(kept[kept.len() - 1] + stride >= count, "{count}");
            assert!(
                (MAX_SAMPLES / 2..=MAX_SAMPLES).contains(&kept.len()),
                "{count}"
            );
        }
    }
}
