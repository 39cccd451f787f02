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

/// A set that numbers its nodes, in their order: 1.5 bits a node of the graph.
#[derive(Debug)]
pub(crate) struct RankedNodes {
    nodes: NodeSet,
    /// How many of the set are before each 64 nodes.
    before: Vec<u32>,
}

impl RankedNodes {
    pub(crate) fn new(nodes: NodeSet) -> Self {
        let mut so_far = 0;
        let before = nodes.0.iter().map(|word| {
            let before = so_far;
            so_far += word.count_ones();
            before
        });
        Self {
            before: before.collect(),
            nodes,
        }
    }

    /// How many nodes of the set are before one of them; `None` for others. O(1).
    #[inline]
    pub(crate) fn rank(&self, node: NodeId) -> Option<usize> {
        let word = *self.nodes.0.get(node.index() / 64)?;
        let bit = 1 << (node.index() % 64);
        let among_64 = || (word & (bit - 1)).count_ones() as usize;
        (word & bit != 0).then(|| self.before[node.index() / 64] as usize + among_64())
    }

    /// The nodes in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes.iter()
    }

    /// Bytes of memory held.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(self.nodes.0.as_slice()) + size_of_val(self.before.as_slice())
    }
}
