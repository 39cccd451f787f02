//! The column of source positions. Instances of a class share the position of its constructor: 2 bytes a
//! located node (4 if there are more than 65,536 positions), 12 a position, and 1.5 bits a node of the
//! graph. While it is filled, in any order, 8 bytes a located node.

use rustc_hash::FxHashMap;

use crate::ids::NodeId;
use crate::locations::Location;
use crate::node_set::{NodeSet, RankedNodes};
use crate::number_column::NumberColumn;

/// A position without its node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Place {
    script_id: u32,
    line: u32,
    column: u32,
}

/// Source positions, at most one a node, by node.
#[derive(Debug)]
pub(crate) struct LocationColumn {
    /// The nodes that have one.
    located: RankedNodes,
    /// The number of each one's place.
    numbers: NumberColumn,
    places: Vec<Place>,
}

impl LocationColumn {
    /// Of nodes by growing number with the numbers of their places, in a graph of `nodes`.
    fn new(list: &[(NodeId, u32)], places: Vec<Place>, nodes: usize) -> Self {
        let mut located = NodeSet::new(nodes);
        let mut numbers = NumberColumn::with_room_for(list.len());
        for &(node, number) in list {
            located.insert(node);
            numbers.push(number);
        }
        Self {
            located: RankedNodes::new(located),
            numbers,
            places,
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Location> + '_ {
        let mut nodes = self.located.iter();
        (0..self.numbers.len()).map(move |at| {
            let node = nodes.next().unwrap_or(NodeId::ROOT);
            self.location(node, at)
        })
    }

    /// O(1).
    pub(crate) fn of(&self, node: NodeId) -> Option<Location> {
        let at = self.located.rank(node)?;
        Some(self.location(node, at))
    }

    fn location(&self, node: NodeId, at: usize) -> Location {
        let Place {
            script_id,
            line,
            column,
        } = self.places[self.numbers.get(at) as usize];
        Location {
            node,
            script_id,
            line,
            column,
        }
    }

    /// Bytes of memory held.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.located.memory_bytes()
            + self.numbers.memory_bytes()
            + size_of_val(self.places.as_slice())
    }
}

/// Fills a [`LocationColumn`].
#[derive(Debug, Default)]
pub(crate) struct LocationColumnBuilder {
    located: Vec<(NodeId, u32)>,
    places: Vec<Place>,
    numbers: FxHashMap<Place, u32>,
}

impl LocationColumnBuilder {
    pub(crate) fn push(&mut self, location: Location) {
        let place = Place {
            script_id: location.script_id,
            line: location.line,
            column: location.column,
        };
        let places = &mut self.places;
        let number = *self.numbers.entry(place).or_insert_with(|| {
            places.push(place);
            places.len() as u32 - 1
        });
        self.located.push((location.node, number));
    }

    /// Bytes of memory held so far.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(self.located.as_slice()) + size_of_val(self.places.as_slice())
    }

    /// Leaves out nodes from `nodes` on, and all but the first position of a node.
    pub(crate) fn finish(self, nodes: usize) -> LocationColumn {
        let mut located = self.located;
        located.retain(|(node, _)| node.index() < nodes);
        located.sort_by_key(|(node, _)| *node);
        located.dedup_by_key(|(node, _)| *node);
        let mut places = self.places;
        places.shrink_to_fit();
        LocationColumn::new(&located, places, nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(node: u32, line: u32) -> Location {
        Location {
            node: NodeId(node),
            script_id: 3,
            line,
            column: 7,
        }
    }

    #[test]
    fn instances_of_a_class_share_its_position() {
        let mut builder = LocationColumnBuilder::default();
        (0..1000).for_each(|node| builder.push(location(node, node % 2)));
        let column = builder.finish(1000);
        assert!(column.memory_bytes() < 2 * 1000 + 2 * 12 + 200);
        let expected = (0..1000).map(|node| location(node, node % 2));
        assert!(column.iter().eq(expected));
    }

    #[test]
    fn the_first_position_of_a_node_counts() {
        let mut builder = LocationColumnBuilder::default();
        for (node, line) in [(4, 1), (2, 2), (4, 3), (5, 4), (2, 5)] {
            builder.push(location(node, line));
        }
        let column = builder.finish(5);
        assert!(column.iter().eq([location(2, 2), location(4, 1)]));
        assert_eq!(column.of(NodeId(4)), Some(location(4, 1)));
        assert_eq!(column.of(NodeId(3)), None);
    }

    #[test]
    fn positions_of_nodes_far_apart_are_found() {
        let nodes = [0, 1, 62, 63, 64, 65, 127, 128, 700, 1_000, 65_535, 65_536];
        let mut builder = LocationColumnBuilder::default();
        for node in nodes {
            builder.push(location(node, node + 1));
        }
        let column = builder.finish(70_000);
        assert!(column.iter().eq(nodes.map(|node| location(node, node + 1))));
        for node in 0..70_000 {
            let expected = nodes.contains(&node).then(|| location(node, node + 1));
            assert_eq!(column.of(NodeId(node)), expected, "{node}");
        }
        assert_eq!(LocationColumnBuilder::default().finish(3).iter().len(), 0);
    }
}
