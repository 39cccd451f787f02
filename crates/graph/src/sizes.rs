//! A column of byte sizes: 4 bytes a node, and a side table for the few that need more.

use rustc_hash::FxHashMap;

use crate::ids::NodeId;

/// Column value that says: look in the side table.
const OVERFLOWS: u32 = u32::MAX;

/// One size in bytes per node.
#[derive(Clone, Debug, Default)]
pub struct SizeColumn {
    small: Vec<u32>,
    large: FxHashMap<NodeId, u64>,
}

impl SizeColumn {
    /// The size of a node, bytes.
    #[inline(always)]
    pub fn get(&self, node: NodeId) -> u64 {
        match self.small[node.index()] {
            OVERFLOWS => self.large.get(&node).copied().unwrap_or(0),
            size => u64::from(size),
        }
    }

    /// Sum of all sizes, bytes.
    pub fn total(&self) -> u64 {
        let small: u64 = (self.small.iter())
            .filter(|&&size| size != OVERFLOWS)
            .map(|&size| u64::from(size))
            .sum();
        // A hostile file can announce more than there are bytes: 2,048 nodes of 2^53.
        (self.large.values()).fold(small, |sum, &size| sum.saturating_add(size))
    }

    #[inline]
    pub(crate) fn push(&mut self, size: u64) {
        let node = NodeId::new(self.small.len());
        self.small.push(0);
        self.set(node, size);
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, node: NodeId, size: u64) {
        if size < u64::from(OVERFLOWS) {
            if self.small[node.index()] == OVERFLOWS {
                self.large.remove(&node);
            }
            self.small[node.index()] = size as u32;
        } else {
            self.small[node.index()] = OVERFLOWS;
            self.large.insert(node, size);
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, node: NodeId, bytes: u64) {
        self.set(node, self.get(node).saturating_add(bytes));
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.small.shrink_to_fit();
    }
}
