//! The column of what a node says of itself: its kind, its name and its size.
//!
//! Objects of one class have one name and, arrays and strings aside, one size. So a heap of millions
//! of objects has some thousand different heads, and 2 bytes a node say which one it has. Where there
//! are more than 2 bytes can tell, or where that is expected (V8's snapshots have the text of each
//! string as its name), each part has a column of its own: 7 bytes a node, 9 if many sizes are 64 KiB
//! or more.
//!
//! Building is one look-up in a hash table a node, as long as heads are shared.

use rustc_hash::FxHashMap;

use crate::ids::{NodeId, StringId};
use crate::kinds::NodeKind;
use crate::sizes::SizeColumn;

/// What a node says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct NodeHead {
    pub(crate) kind: NodeKind,
    pub(crate) name: StringId,
    pub(crate) self_size: u64,
}

/// The head of each node.
#[derive(Debug)]
pub(crate) enum NodeHeads {
    /// Numbers of heads.
    Shared {
        by_node: Vec<u16>,
        heads: Vec<NodeHead>,
    },
    /// A column for each part.
    Own {
        kinds: Vec<NodeKind>,
        names: Vec<StringId>,
        sizes: SizeColumn,
    },
}

impl NodeHeads {
    #[inline(always)]
    pub(crate) fn kind(&self, node: NodeId) -> NodeKind {
        match self {
            Self::Shared { by_node, heads } => heads[usize::from(by_node[node.index()])].kind,
            Self::Own { kinds, .. } => kinds[node.index()],
        }
    }

    #[inline(always)]
    pub(crate) fn name(&self, node: NodeId) -> StringId {
        match self {
            Self::Shared { by_node, heads } => heads[usize::from(by_node[node.index()])].name,
            Self::Own { names, .. } => names[node.index()],
        }
    }

    #[inline(always)]
    pub(crate) fn self_size(&self, node: NodeId) -> u64 {
        match self {
            Self::Shared { by_node, heads } => heads[usize::from(by_node[node.index()])].self_size,
            Self::Own { sizes, .. } => sizes.get(node),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Shared { by_node, .. } => by_node.len(),
            Self::Own { kinds, .. } => kinds.len(),
        }
    }

    /// All names; each at least once.
    pub(crate) fn names(&self) -> Box<dyn Iterator<Item = StringId> + '_> {
        match self {
            Self::Shared { heads, .. } => Box::new(heads.iter().map(|head| head.name)),
            Self::Own { names, .. } => Box::new(names.iter().copied()),
        }
    }

    /// Bytes of memory held, but for the large sizes.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Shared { by_node, heads } => {
                by_node.len() * size_of::<u16>() + size_of_val(heads.as_slice())
            }
            Self::Own { kinds, sizes, .. } => {
                kinds.len() * (size_of::<NodeKind>() + size_of::<StringId>()) + sizes.memory_bytes()
            }
        }
    }
}

/// Fills [`NodeHeads`].
#[derive(Debug)]
pub(crate) struct NodeHeadsBuilder {
    heads: NodeHeads,
    numbers: FxHashMap<NodeHead, u16>,
}

impl Default for NodeHeadsBuilder {
    /// Of heads that are not shared.
    fn default() -> Self {
        Self {
            heads: NodeHeads::Own {
                kinds: Vec::new(),
                names: Vec::new(),
                sizes: SizeColumn::default(),
            },
            numbers: FxHashMap::default(),
        }
    }
}

impl NodeHeadsBuilder {
    /// Of heads that are shared as long as that is possible.
    pub(crate) fn sharing() -> Self {
        Self {
            heads: NodeHeads::Shared {
                by_node: Vec::new(),
                heads: Vec::new(),
            },
            numbers: FxHashMap::default(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, head: NodeHead) {
        match &mut self.heads {
            NodeHeads::Shared { by_node, heads } => {
                if let Some(&number) = self.numbers.get(&head) {
                    by_node.push(number);
                } else if let Ok(number) = u16::try_from(heads.len()) {
                    self.numbers.insert(head, number);
                    heads.push(head);
                    by_node.push(number);
                } else {
                    self.separate();
                    self.push(head);
                }
            }
            NodeHeads::Own {
                kinds,
                names,
                sizes,
            } => {
                kinds.push(head.kind);
                names.push(head.name);
                sizes.push(head.self_size);
            }
        }
    }

    /// Gives each part a column of its own.
    #[cold]
    fn separate(&mut self) {
        let nodes = || (0..self.heads.len()).map(NodeId::new);
        let mut sizes = SizeColumn::default();
        nodes().for_each(|node| sizes.push(self.heads.self_size(node)));
        self.heads = NodeHeads::Own {
            kinds: nodes().map(|node| self.heads.kind(node)).collect(),
            names: nodes().map(|node| self.heads.name(node)).collect(),
            sizes,
        };
        self.numbers = FxHashMap::default();
    }

    pub(crate) fn heads(&self) -> &NodeHeads {
        &self.heads
    }

    pub(crate) fn finish(mut self) -> NodeHeads {
        match &mut self.heads {
            NodeHeads::Shared { by_node, heads } => {
                by_node.shrink_to_fit();
                heads.shrink_to_fit();
            }
            NodeHeads::Own {
                kinds,
                names,
                sizes,
            } => {
                kinds.shrink_to_fit();
                names.shrink_to_fit();
                sizes.shrink_to_fit();
            }
        }
        self.heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads of which each is different from all before.
    fn head(i: usize) -> NodeHead {
        NodeHead {
            kind: NodeKind::ALL[i % NodeKind::ALL.len()],
            name: StringId::new(i / 2),
            self_size: [8, 1 << 40][i % 2] + i as u64,
        }
    }

    fn column(heads: impl Iterator<Item = NodeHead>) -> NodeHeads {
        let mut builder = NodeHeadsBuilder::sharing();
        heads.for_each(|head| builder.push(head));
        builder.finish()
    }

    fn get(column: &NodeHeads, i: usize) -> NodeHead {
        let node = NodeId::new(i);
        NodeHead {
            kind: column.kind(node),
            name: column.name(node),
            self_size: column.self_size(node),
        }
    }

    #[test]
    fn heads_are_shared_as_long_as_two_bytes_can_tell_them_apart() {
        for (different, are_shared) in [(1 << 16, true), ((1 << 16) + 1, false)] {
            let len = different + 1000;
            let column = column((0..len).map(|i| head(i % different)));
            assert_eq!(column.len(), len);
            assert_eq!(matches!(column, NodeHeads::Shared { .. }), are_shared);
            for i in 0..len {
                assert_eq!(get(&column, i), head(i % different), "{i} of {different}");
            }
            let largest = column.names().map(|name| name.index()).max();
            assert_eq!(largest, Some((different - 1) / 2));
        }
    }

    #[test]
    fn a_million_objects_of_a_few_classes_take_two_bytes_each() {
        let column = column((0..1_000_000).map(|i| head(i % 50)));
        assert_eq!(
            column.memory_bytes(),
            2_000_000 + 50 * size_of::<NodeHead>()
        );
    }
}
