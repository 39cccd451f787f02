//! The column of source positions. Instances of a class share the position of its constructor:
//! 8 bytes a located node and 12 a position.

use rustc_hash::FxHashMap;

use crate::ids::NodeId;
use crate::locations::Location;

/// A position without its node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Place {
    script_id: u32,
    line: u32,
    column: u32,
}

/// Source positions, at most one a node, by node.
#[derive(Debug, Default)]
pub(crate) struct LocationColumn {
    /// The nodes that have one, each with the number of its place.
    located: Vec<(NodeId, u32)>,
    places: Vec<Place>,
}

impl LocationColumn {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Location> + '_ {
        self.located.iter().map(|&located| self.location(located))
    }

    pub(crate) fn of(&self, node: NodeId) -> Option<Location> {
        let found = self
            .located
            .binary_search_by_key(&node, |located| located.0);
        found.ok().map(|at| self.location(self.located[at]))
    }

    fn location(&self, (node, place): (NodeId, u32)) -> Location {
        let Place {
            script_id,
            line,
            column,
        } = self.places[place as usize];
        Location {
            node,
            script_id,
            line,
            column,
        }
    }

    /// Bytes of memory held.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(self.located.as_slice()) + size_of_val(self.places.as_slice())
    }
}

/// Fills a [`LocationColumn`].
#[derive(Debug, Default)]
pub(crate) struct LocationColumnBuilder {
    column: LocationColumn,
    numbers: FxHashMap<Place, u32>,
}

impl LocationColumnBuilder {
    pub(crate) fn push(&mut self, location: Location) {
        let place = Place {
            script_id: location.script_id,
            line: location.line,
            column: location.column,
        };
        let places = &mut self.column.places;
        let number = *self.numbers.entry(place).or_insert_with(|| {
            places.push(place);
            places.len() as u32 - 1
        });
        self.column.located.push((location.node, number));
    }

    pub(crate) fn column(&self) -> &LocationColumn {
        &self.column
    }

    /// Leaves out nodes from `nodes` on, and all but the first position of a node.
    pub(crate) fn finish(self, nodes: usize) -> LocationColumn {
        let mut column = self.column;
        let located = &mut column.located;
        located.retain(|(node, _)| node.index() < nodes);
        located.sort_by_key(|(node, _)| *node);
        located.dedup_by_key(|(node, _)| *node);
        located.shrink_to_fit();
        column.places.shrink_to_fit();
        column
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
        assert_eq!(column.memory_bytes(), 8 * 1000 + 2 * 12);
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
}
