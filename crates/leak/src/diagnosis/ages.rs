//! Which objects are young, and to which crossing each of them belongs.

use rustc_hash::FxHashSet;

use heapwatch_graph::{AnalyzedHeap, NodeId, NodeKind};

use super::capture_series::CaptureSeries;
use crate::capture_summary::CaptureSummary;
use crate::group_tree::{Group, GroupId, GroupTree};

/// No crossing: the object is old.
const OLD: GroupId = GroupId(u32::MAX);

/// Epoch and crossing of every node.
pub(super) struct Ages {
    /// Whether object ids told the ages; otherwise group growth did.
    pub(super) by_ids: bool,
    /// The newest epoch, the number of earlier captures.
    pub(super) newest: u8,
    epochs: Vec<u8>,
    crossings: Vec<GroupId>,
}

impl Ages {
    pub(super) fn new(heap: &AnalyzedHeap, tree: &GroupTree, series: &CaptureSeries<'_>) -> Self {
        let earlier = series.earlier();
        let by_ids = earlier.is_sorted_by_key(|summary| summary.newest_object_id)
            && earlier.iter().all(|summary| summary.ids_agree_with(heap));
        let len = heap.graph().node_count();
        let mut ages = Self {
            by_ids,
            newest: series.newest_epoch(),
            epochs: vec![0; len],
            crossings: vec![OLD; len],
        };
        if by_ids {
            let newest_ids: Vec<u32> = earlier.iter().map(|s| s.newest_object_id).collect();
            // What is in a group that gained nothing has replaced what was there, as a list does that is
            // copied whenever it changes: it is as old as what it belongs to.
            let gained = |group: &Group| {
                let before = earlier
                    .first()
                    .map_or(0, |first| first.size(group.key).count);
                group.count > before
            };
            let gains: Vec<bool> = tree.groups.iter().map(gained).collect();
            ages.set_by_ids(heap, tree, &newest_ids, &gains);
        } else {
            ages.set_by_growth(heap, tree, earlier);
        }
        ages
    }

    /// Between which captures the object appeared: 0 before the first, `newest` after the last but
    /// one.
    #[inline]
    pub(super) fn epoch(&self, node: NodeId) -> u8 {
        self.epochs[node.index()]
    }

    /// Whether the object appeared between the captures and is not of the newest epoch, unless that
    /// is the only one.
    #[inline]
    pub(super) fn is_survivor(&self, node: NodeId) -> bool {
        let epoch = self.epoch(node);
        epoch > 0 && (epoch < self.newest || self.newest == 1 || !self.by_ids)
    }

    /// The group of the crossing that the node is or hangs below; `None` if it is old.
    #[inline]
    pub(super) fn crossing(&self, node: NodeId) -> Option<GroupId> {
        let group = self.crossings[node.index()];
        (group != OLD).then_some(group)
    }

    /// Whether the node is a crossing itself: young, on an old dominator.
    pub(super) fn is_crossing(&self, heap: &AnalyzedHeap, node: NodeId) -> bool {
        self.crossings[node.index()] != OLD
            && self.crossings[heap.dominators().idom(node).index()] == OLD
    }

    fn set_by_ids(
        &mut self,
        heap: &AnalyzedHeap,
        tree: &GroupTree,
        newest_ids: &[u32],
        gains: &[bool],
    ) {
        for node in heap.dominated().top_down().skip(1) {
            let owner = heap.dominators().idom(node);
            let group = tree.of(node);
            self.epochs[node.index()] = if has_own_age(heap, node) && gains[group.index()] {
                let id = heap.graph().object_id(node);
                newest_ids.iter().filter(|&&newest| id > newest).count() as u8
            } else {
                self.epoch(owner)
            };
            let above = self.crossings[owner.index()];
            self.crossings[node.index()] = match above {
                OLD if self.epoch(node) > 0 => group,
                above => above,
            };
        }
    }

    fn set_by_growth(
        &mut self,
        heap: &AnalyzedHeap,
        tree: &GroupTree,
        earlier: &[&CaptureSummary],
    ) {
        let gains = |key: u64, count: u64| {
            let counts = earlier.iter().map(|s| s.size(key).count);
            counts.chain([count]).is_sorted_by(|a, b| a < b)
        };
        let groups = tree.groups.iter();
        let growing: Vec<bool> = groups.map(|group| gains(group.key, group.count)).collect();
        let shapes = tree.shapes.iter();
        let (growing_shapes, groups_of_shapes): (FxHashSet<u64>, FxHashSet<GroupId>) = shapes
            .filter(|&(&shape, &(_, count))| gains(shape, count))
            .map(|(&shape, &(group, _))| (shape, group))
            .unzip();
        // Of a group of shared objects, those of the shapes that grow, if any does.
        let is_of_growing_shape = |node: NodeId, group: GroupId| {
            !groups_of_shapes.contains(&group)
                || (tree.shape(heap.graph(), node))
                    .is_none_or(|shape| growing_shapes.contains(&shape))
        };
        for node in heap.dominated().top_down().skip(1) {
            let above = self.crossings[heap.dominators().idom(node).index()];
            let group = tree.of(node);
            let grows =
                growing[group.index()] && can_cross(heap, node) && is_of_growing_shape(node, group);
            self.crossings[node.index()] = if above == OLD && grows { group } else { above };
            self.epochs[node.index()] = u8::from(self.crossings[node.index()] != OLD);
        }
    }
}

/// Even ids are not stable, and a backing store is replaced when it grows: both are as old as what
/// they belong to.
fn has_own_age(heap: &AnalyzedHeap, node: NodeId) -> bool {
    heap.graph().object_id(node) % 2 == 1 && can_cross(heap, node)
}

fn can_cross(heap: &AnalyzedHeap, node: NodeId) -> bool {
    !matches!(
        heap.graph().kind(node),
        NodeKind::Array | NodeKind::Synthetic
    )
}
