//! A set of nodes: one bit a node.

use crate::ids::NodeId;

/// Which nodes of a graph have some property.
#[derive(Debug)]
pub(crate) struct NodeSet(Vec<u64>);

impl NodeSet {
    /// The empty set of a graph with `nodes` nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Self(vec![0; nodes.div_ceil(64)])
    }

    /// The nodes in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..).zip(&self.0).flat_map(|(i, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(NodeId(64 * i + bit))
            })
        })
    }

    #[inline]
    pub(crate) fn contains(&self, node: NodeId) -> bool {
        self.0[node.index() / 64] >> (node.index() % 64) & 1 == 1
    }

    /// How many of the same 64 nodes come before a node of the set; `None` if it isn't in it.
    #[inline]
    pub(crate) fn count_before(&self, node: NodeId) -> Option<usize> {
        let word = self.0[node.index() / 64];
        let bit = 1 << (node.index() % 64);
        (word & bit != 0).then(|| (word & (bit - 1)).count_ones() as usize)
    }

    /// Bytes of memory held.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// Adds a node; whether it was not in the set before.
    #[inline]
    pub(crate) fn insert(&mut self, node: NodeId) -> bool {
        let word = &mut self.0[node.index() / 64];
        let bit = 1 << (node.index() % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}
