//! The column of object ids. Nodes without an identity of their own are numbered
//! ([`HeapGraph::numbered_id`]): nothing is stored as long as all nodes are. Else 4 bytes a node.

use crate::ids::NodeId;
use crate::model::HeapGraph;

/// The object id of each node.
#[derive(Debug)]
pub(crate) enum IdColumn {
    /// So many nodes are numbered.
    Numbered(usize),
    /// As they were given.
    Given(Vec<u32>),
}

impl Default for IdColumn {
    fn default() -> Self {
        Self::Numbered(0)
    }
}

impl IdColumn {
    #[inline(always)]
    pub(crate) fn get(&self, node: NodeId) -> u32 {
        match self {
            Self::Numbered(_) => HeapGraph::numbered_id(node),
            Self::Given(ids) => ids[node.index()],
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, id: u32) {
        match self {
            Self::Numbered(len) if id == HeapGraph::numbered_id(NodeId::new(*len)) => *len += 1,
            Self::Numbered(len) => {
                let numbered = (0..*len).map(|i| HeapGraph::numbered_id(NodeId::new(i)));
                *self = Self::Given(numbered.chain([id]).collect());
            }
            Self::Given(ids) => ids.push(id),
        }
    }

    /// Bytes of memory held.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Numbered(_) => 0,
            Self::Given(ids) => size_of_val(ids.as_slice()),
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        if let Self::Given(ids) = self {
            ids.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_take_memory_from_the_first_one_that_is_no_number() {
        let mut ids = IdColumn::default();
        (0..100).for_each(|i| ids.push(2 * (i + 1)));
        assert_eq!(ids.memory_bytes(), 0);
        ids.push(7);
        ids.push(204);
        assert_eq!(ids.memory_bytes(), 102 * 4);
        let found = [0, 99, 100, 101].map(|i| ids.get(NodeId(i)));
        assert_eq!(found, [2, 200, 7, 204]);
    }
}
