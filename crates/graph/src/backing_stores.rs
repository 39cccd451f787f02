//! How V8 lays out what collections hold, read back from the sizes of their tables and the numbers
//! of the slots that the capture shows.
//!
//! A table's slot count is S = (size - header) / slot, where the header is two words. Checked with
//! the V8 of Node 20, 22, 24 and 26:
//!
//! | table of | S | first entry | entry | capacity |
//! |---|---|---|---|---|
//! | `Map` | 3 + 7b | 3 + b | key, value, chain | 2b |
//! | `Set` | 3 + 5b | 3 + b | key, chain | 2b |
//! | `WeakMap`, `WeakSet` | 3 + 2c | 3 | key, value | c |
//! | properties in dictionary mode | 6 + 3c | 6 | key, value, details | c |
//! | elements in dictionary mode | 4 + 3c | 4 | index, value, details | c |
//! | elements | n | 0 | element | n |
//!
//! b and c are powers of two, so that Map, Set and weak tables can be told apart.
//!
//! **What can't be known.** A capture shows references only. Small integers, `true`, `false`,
//! `null` and `undefined` are none: entries that consist of them are invisible, as are the lengths
//! that V8 keeps in its tables, which are small integers, too. Deleted entries are visible in some
//! versions (Node 22, 24) and not in others (20, 26).

use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::{Edge, EdgeName, HeapGraph};

/// V8 writes references of its own first or last; the elements in between may be millions.
const INTERNAL_EDGES_AT_ENDS: usize = 8;
/// V8 builds for 64 bits have slots of 8 bytes, but of 4 with compressed pointers (Chrome,
/// Electron): then about half of all objects have a size that isn't a multiple of 8. One in this
/// many is enough to tell.
const COMPRESSED_IF_ONE_IN: usize = 8;
/// Words before the slots of a table: hidden class and length.
const HEADER_WORDS: u64 = 2;

/// How wide slots are in the process that was captured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotSize(u64);

impl SlotSize {
    /// Decides by the sizes of objects. Linear.
    pub(crate) fn new(graph: &HeapGraph) -> Self {
        let (mut objects, mut odd) = (0usize, 0usize);
        for node in graph.nodes() {
            if matches!(graph.kind(node), NodeKind::Object | NodeKind::Closure) {
                objects += 1;
                odd += usize::from(graph.self_size(node) % 8 == 4);
            }
        }
        let compressed = odd > 0 && odd >= objects / COMPRESSED_IF_ONE_IN;
        Self(if compressed { 4 } else { 8 })
    }

    pub(crate) fn bytes(self) -> u64 {
        self.0
    }

    /// Slots of a table; 0 for V8's shared empty ones, which have no size.
    pub(crate) fn slots(self, graph: &HeapGraph, table: NodeId) -> u64 {
        (graph.self_size(table) / self.0).saturating_sub(HEADER_WORDS)
    }
}

/// A hash table whose layout follows from its slot count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TableLayout {
    pub(crate) kind: TableKind,
    /// Slot of the first entry.
    pub(crate) first: u64,
    /// Slots of an entry.
    pub(crate) stride: u64,
    /// Most entries.
    pub(crate) capacity: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TableKind {
    Map,
    Set,
    Weak,
}

impl TableLayout {
    /// The layout of the `table` of a `Map`, `Set`, `WeakMap` or `WeakSet` with this many slots.
    pub(crate) fn of_slots(slots: u64) -> Option<Self> {
        let rest = slots.checked_sub(3)?;
        let power = |n: u64| (rest % n == 0 && (rest / n).is_power_of_two()).then_some(rest / n);
        let hash = |kind, buckets, stride| Self {
            kind,
            first: 3 + buckets,
            stride,
            capacity: 2 * buckets,
        };
        if let Some(buckets) = power(7) {
            return Some(hash(TableKind::Map, buckets, 3));
        }
        if let Some(buckets) = power(5) {
            return Some(hash(TableKind::Set, buckets, 2));
        }
        power(2).map(|capacity| Self {
            kind: TableKind::Weak,
            first: 3,
            stride: 2,
            capacity,
        })
    }

    /// The entry a slot belongs to, and which part of it.
    pub(crate) fn entry(self, slot: u64) -> Option<(u64, u64)> {
        let at = slot.checked_sub(self.first)?;
        (at / self.stride < self.capacity).then_some((at / self.stride, at % self.stride))
    }
}

/// The number of a slot, if that is the name of the edge.
pub(crate) fn slot_of(graph: &HeapGraph, edge: Edge) -> Option<u64> {
    match (edge.kind, graph.edge_name(edge)) {
        (EdgeKind::Internal | EdgeKind::Weak, EdgeName::Index(slot)) => Some(slot.into()),
        (EdgeKind::Internal | EdgeKind::Weak, EdgeName::Name(name)) => {
            let name = graph.strings().get(name);
            (name.as_bytes().first()?.is_ascii_digit()).then(|| name.parse().ok())?
        }
        _ => None,
    }
}

/// The target of V8's own reference of this name; found in O(1), as V8 puts those at the ends.
pub(crate) fn internal(graph: &HeapGraph, node: NodeId, name: &str) -> Option<NodeId> {
    let range = graph.edge_range(node);
    let head = range.start..range.end.min(range.start + INTERNAL_EDGES_AT_ENDS);
    let tail = head
        .end
        .max(range.end.saturating_sub(INTERNAL_EDGES_AT_ENDS))..range.end;
    let mut edges = head
        .chain(tail)
        .map(|i| graph.edge_of(node, crate::ids::EdgeId::new(i)));
    let found = edges.find(|edge| {
        edge.kind == EdgeKind::Internal
            && matches!(graph.edge_name(*edge), EdgeName::Name(id) if graph.strings().get(id) == name)
    });
    found.map(|edge| edge.to)
}

/// Whether the node is what V8 leaves in the place of a deleted entry.
pub(crate) fn is_hole(graph: &HeapGraph, node: NodeId) -> bool {
    graph.kind(node) == NodeKind::Hidden && graph.name(node) == "system / Hole"
}

/// Whether the node is the array behind a property table in dictionary mode: other stores of
/// properties are hidden nodes.
pub(crate) fn is_property_table(graph: &HeapGraph, node: NodeId) -> bool {
    graph.kind(node) == NodeKind::Array && graph.name(node) == "(object properties)"
}

#[cfg(test)]
mod tests {
    use super::{TableKind, TableLayout};

    #[test]
    fn the_layout_follows_from_the_number_of_slots() {
        // As measured: slots of V8's tables, and what was in them.
        for (slots, kind, first, capacity) in [
            (17, TableKind::Map, 5, 4),
            (3587, TableKind::Map, 515, 1024),
            (13, TableKind::Set, 5, 4),
            (2563, TableKind::Set, 515, 1024),
            (11, TableKind::Weak, 3, 4),
            (515, TableKind::Weak, 3, 256),
        ] {
            let layout = TableLayout::of_slots(slots).unwrap_or_else(|| panic!("{slots}"));
            assert_eq!(
                (layout.kind, layout.first, layout.capacity),
                (kind, first, capacity),
                "{slots}"
            );
        }
    }

    #[test]
    fn other_sizes_are_no_table() {
        for slots in [0, 1, 2, 3, 6, 24, u64::MAX] {
            assert_eq!(TableLayout::of_slots(slots), None, "{slots}");
        }
    }

    #[test]
    fn slots_are_mapped_to_entries() {
        let layout = TableLayout::of_slots(17).expect("a Map's table");
        assert_eq!(layout.entry(4), None);
        assert_eq!(layout.entry(5), Some((0, 0)));
        assert_eq!(layout.entry(9), Some((1, 1)));
        assert_eq!(layout.entry(16), Some((3, 2)));
        assert_eq!(layout.entry(17), None);
    }
}
