//! The column of the nodes' classes: 2 bytes a node, 4 if there are more classes than 2 can tell.

use crate::classes::ClassId;
use crate::ids::NodeId;

/// The class of each node.
#[derive(Debug)]
pub(crate) enum ClassColumn {
    Narrow(Vec<u16>),
    Wide(Vec<ClassId>),
}

impl ClassColumn {
    /// An empty column with room for so many nodes.
    pub(crate) fn with_room_for(nodes: usize) -> Self {
        Self::Narrow(Vec::with_capacity(nodes))
    }

    #[inline(always)]
    pub(crate) fn get(&self, node: NodeId) -> ClassId {
        match self {
            Self::Narrow(classes) => ClassId(classes[node.index()].into()),
            Self::Wide(classes) => classes[node.index()],
        }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, class: ClassId) {
        match self {
            Self::Narrow(classes) => match u16::try_from(class.0) {
                Ok(class) => classes.push(class),
                Err(_) => self.push_wide(class),
            },
            Self::Wide(classes) => classes.push(class),
        }
    }

    #[cold]
    fn push_wide(&mut self, class: ClassId) {
        if let Self::Narrow(classes) = self {
            let mut wide = Vec::with_capacity(classes.capacity());
            wide.extend(classes.iter().map(|&class| ClassId(class.into())));
            *self = Self::Wide(wide);
        }
        self.push(class);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_stay_what_they_are_when_there_are_more_than_two_bytes_can_tell() {
        for last in [65_535, 65_536, 70_000] {
            let mut column = ClassColumn::with_room_for(10);
            (0..=last).for_each(|class| column.push(ClassId(class)));
            column.push(ClassId(3));
            assert_eq!(matches!(column, ClassColumn::Wide(_)), last > 65_535);
            for node in 0..=last {
                assert_eq!(column.get(NodeId(node)), ClassId(node));
            }
            assert_eq!(column.get(NodeId(last + 1)), ClassId(3));
        }
    }
}
