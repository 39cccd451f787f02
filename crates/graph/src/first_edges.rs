//! Where the edges of each node start: growing numbers in 1.25 bytes a node.
//!
//! Nodes are in blocks of 16. A block has the number of its first edge, each node how many edges of
//! its block are before its own. What a byte can't tell, because a node of the block has hundreds of
//! edges, is in a side table of 16 bytes a node; each such node puts at most 15 others there, and
//! where there are many of them the edges themselves take several times as much.

use rustc_hash::FxHashMap;

use crate::ids::{EdgeId, NodeId};

/// Nodes in a block: their two to five edges each are well below what a byte can tell.
const BLOCK: usize = 16;

/// Says: look in the side table.
const FAR: u8 = u8::MAX;

/// The first edge of each node.
#[derive(Debug, Default)]
pub(crate) struct FirstEdges {
    blocks: Vec<EdgeId>,
    offsets: Vec<u8>,
    far: FxHashMap<u32, EdgeId>,
}

impl FirstEdges {
    /// How many there are.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// The first edge of a node, or of the one that would come next.
    #[inline(always)]
    pub(crate) fn get(&self, node: NodeId) -> EdgeId {
        match self.offsets[node.index()] {
            FAR => self.far(node),
            offset => EdgeId(self.blocks[node.index() / BLOCK].0 + u32::from(offset)),
        }
    }

    #[cold]
    fn far(&self, node: NodeId) -> EdgeId {
        self.far.get(&node.0).copied().unwrap_or(EdgeId(0))
    }

    /// The node whose edges an edge is among: the last that starts at it or before. O(log nodes).
    pub(crate) fn source(&self, edge: EdgeId) -> NodeId {
        let block = self.blocks.partition_point(|&first| first <= edge) - 1;
        let mut nodes = block * BLOCK..self.len().min((block + 1) * BLOCK);
        while nodes.len() > 1 {
            let middle = nodes.start + nodes.len() / 2;
            match self.get(NodeId::new(middle)) <= edge {
                true => nodes.start = middle,
                false => nodes.end = middle,
            }
        }
        NodeId::new(nodes.start)
    }

    /// Appends a first edge that is not below the last.
    #[inline]
    pub(crate) fn push(&mut self, edge: EdgeId) {
        let node = self.offsets.len();
        if node.is_multiple_of(BLOCK) {
            self.blocks.push(edge);
        }
        let offset = edge.0 - self.blocks[node / BLOCK].0;
        let offset = u8::try_from(offset).unwrap_or(FAR);
        if offset == FAR {
            self.far.insert(node as u32, edge);
        }
        self.offsets.push(offset);
    }

    /// Bytes of memory held, but for the side table.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(self.blocks.as_slice()) + size_of_val(self.offsets.as_slice())
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.blocks.shrink_to_fit();
        self.offsets.shrink_to_fit();
        self.far.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_edge_has_the_node_that_starts_at_it_or_before() {
        // Edges of nodes, in turn; the large ones fill the rest of a block and more.
        let counts = [0, 3, 251, 1, 0, 1, 2, 255, 70_000, 0, 0, 5, 0, 4];
        for nodes in [1, 15, 16, 17, 1_000] {
            let mut firsts = FirstEdges::default();
            let mut expected = vec![0];
            firsts.push(EdgeId(0));
            for i in 1..nodes {
                let next = expected[i - 1] + counts[(i - 1) % counts.len()];
                expected.push(next);
                firsts.push(EdgeId(next));
            }
            assert_eq!(firsts.len(), nodes);
            for (i, &first) in expected.iter().enumerate() {
                assert_eq!(firsts.get(NodeId::new(i)), EdgeId(first), "{i} of {nodes}");
                for edge in first.saturating_sub(1)..first + 2 {
                    let source = expected.partition_point(|&first| first <= edge) - 1;
                    assert_eq!(firsts.source(EdgeId(edge)), NodeId::new(source), "{edge}");
                }
            }
        }
    }
}
