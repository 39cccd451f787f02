//! A column of byte sizes: 2 bytes a node and a side table for the few that need more, or 4 bytes a
//! node if they are not so few.

use rustc_hash::FxHashMap;

use crate::ids::NodeId;

/// One in this many sizes may be in the side table before the column is widened: an entry of the
/// table takes about 32 bytes while it grows, so the table stays below half a byte a node.
const NODES_PER_LARGE_SIZE: usize = 64;

/// Below this many entries the side table is too small to matter.
const FEW: usize = 1024;

/// One size in bytes per node. The largest value of the small integers says: look in the side table.
#[derive(Clone, Debug)]
pub struct SizeColumn {
    small: Small,
    large: FxHashMap<NodeId, u64>,
}

#[derive(Clone, Debug)]
enum Small {
    /// Most objects have tens of bytes.
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for SizeColumn {
    fn default() -> Self {
        Self {
            small: Small::Narrow(Vec::new()),
            large: FxHashMap::default(),
        }
    }
}

impl FromIterator<u64> for SizeColumn {
    fn from_iter<I: IntoIterator<Item = u64>>(sizes: I) -> Self {
        let mut column = Self::default();
        sizes.into_iter().for_each(|size| column.push(size));
        column.shrink_to_fit();
        column
    }
}

impl SizeColumn {
    /// The size of a node, bytes.
    #[inline(always)]
    pub fn get(&self, node: NodeId) -> u64 {
        self.small(node).unwrap_or_else(|| self.large(node))
    }

    #[inline(always)]
    fn small(&self, node: NodeId) -> Option<u64> {
        match &self.small {
            Small::Narrow(sizes) => match sizes[node.index()] {
                u16::MAX => None,
                size => Some(u64::from(size)),
            },
            Small::Wide(sizes) => match sizes[node.index()] {
                u32::MAX => None,
                size => Some(u64::from(size)),
            },
        }
    }

    #[cold]
    fn large(&self, node: NodeId) -> u64 {
        self.large.get(&node).copied().unwrap_or(0)
    }

    /// The sizes of all nodes, bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.len()).map(|i| self.get(NodeId::new(i)))
    }

    /// Sum of all sizes, bytes.
    pub fn total(&self) -> u64 {
        // A hostile file can announce more than there are bytes: 2,048 nodes of 2^53.
        self.iter().fold(0, u64::saturating_add)
    }

    /// Bytes of memory held, but for the side table.
    pub(crate) fn memory_bytes(&self) -> usize {
        match &self.small {
            Small::Narrow(sizes) => sizes.len() * size_of::<u16>(),
            Small::Wide(sizes) => sizes.len() * size_of::<u32>(),
        }
    }

    fn len(&self) -> usize {
        match &self.small {
            Small::Narrow(sizes) => sizes.len(),
            Small::Wide(sizes) => sizes.len(),
        }
    }

    /// The column of `narrow` and those entries of the side table that fit in.
    fn widened(&mut self, narrow: &[u16]) -> Vec<u32> {
        let mut sizes: Vec<u32> = narrow.iter().map(|&size| u32::from(size)).collect();
        self.large.retain(|node, size| {
            let fits = *size < u64::from(u32::MAX);
            sizes[node.index()] = if fits { *size as u32 } else { u32::MAX };
            !fits
        });
        self.large.shrink_to_fit();
        sizes
    }

    #[inline]
    pub(crate) fn push(&mut self, size: u64) {
        let node = NodeId::new(self.len());
        match &mut self.small {
            Small::Narrow(sizes) => sizes.push(0),
            Small::Wide(sizes) => sizes.push(0),
        }
        self.set(node, size);
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, node: NodeId, size: u64) {
        let is_small = match &mut self.small {
            Small::Narrow(sizes) => {
                let small = u16::try_from(size).unwrap_or(u16::MAX);
                let before = std::mem::replace(&mut sizes[node.index()], small);
                before != u16::MAX && small != u16::MAX
            }
            Small::Wide(sizes) => {
                let small = u32::try_from(size).unwrap_or(u32::MAX);
                let before = std::mem::replace(&mut sizes[node.index()], small);
                before != u32::MAX && small != u32::MAX
            }
        };
        if !is_small {
            self.set_large(node, size);
        }
    }

    /// Updates the side table for a size that is or was in it.
    #[cold]
    fn set_large(&mut self, node: NodeId, size: u64) {
        if self.small(node).is_some() {
            self.large.remove(&node);
            return;
        }
        self.large.insert(node, size);
        let few = FEW.max(self.len() / NODES_PER_LARGE_SIZE);
        if self.large.len() > few
            && let Small::Narrow(sizes) = &mut self.small
        {
            let narrow = std::mem::take(sizes);
            self.small = Small::Wide(self.widened(&narrow));
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, node: NodeId, bytes: u64) {
        self.set(node, self.get(node).saturating_add(bytes));
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        match &mut self.small {
            Small::Narrow(sizes) => sizes.shrink_to_fit(),
            Small::Wide(sizes) => sizes.shrink_to_fit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 9] = [
        0,
        16,
        65_534,
        65_535,
        65_536,
        4_294_967_294,
        4_294_967_295,
        4_294_967_296,
        1 << 53,
    ];

    #[test]
    fn sizes_of_every_width_are_kept_whatever_was_there_before() {
        for widen in [false, true] {
            for before in SIZES {
                for after in SIZES {
                    let mut sizes = SizeColumn::from_iter([8, before, 24]);
                    if widen && let Small::Narrow(narrow) = &sizes.small {
                        let narrow = narrow.clone();
                        sizes.small = Small::Wide(sizes.widened(&narrow));
                    }
                    assert_eq!(sizes.get(NodeId(1)), before);
                    sizes.set(NodeId(1), after);
                    let found = [0, 1, 2].map(|i| sizes.get(NodeId(i)));
                    assert_eq!(found, [8, after, 24], "{before} before, wide: {widen}");
                    assert_eq!(sizes.total(), 32 + after);
                }
            }
        }
    }

    #[test]
    fn a_column_with_many_large_sizes_becomes_wide_and_keeps_them() {
        let size = |i: usize| SIZES[i % SIZES.len()] + (i / SIZES.len()) as u64;
        let sizes = SizeColumn::from_iter((0..20 * FEW).map(size));
        assert!(matches!(sizes.small, Small::Wide(_)));
        for i in 0..20 * FEW {
            assert_eq!(sizes.get(NodeId::new(i)), size(i), "{i}");
        }
    }

    #[test]
    fn a_column_with_few_large_sizes_stays_narrow() {
        let size = |i: usize| if i.is_multiple_of(100) { 1 << 20 } else { 16 };
        let sizes = SizeColumn::from_iter((0..100 * FEW).map(size));
        assert_eq!(sizes.memory_bytes(), 200 * FEW);
        assert_eq!(sizes.get(NodeId(300)), 1 << 20);
    }
}
