//! Every collection of a heap: how many entries it has, how many it has room for, and what the
//! room costs.
//!
//! Sizes are read from the layout of the tables ([`backing_stores`](crate::backing_stores) says
//! what of it a capture shows and what not). What follows from that:
//!
//! - *Map, Set*: entries with a visible key or value are counted. V8 halves a table that is less
//!   than a quarter full, so one that seems to be is full of invisible entries: its size is unknown.
//! - *WeakMap, WeakSet*: keys are objects, and objects are visible: exact.
//! - *Array*: up to the last visible element. Unknown if no element is visible.
//! - *dictionary* (a plain object whose properties are in a hash table, or numbered): keys are
//!   visible: exact; numbered properties as in an array.
//! - *ArrayBuffer*: bytes. *Typed arrays*: which part of its buffer one shows is a small integer:
//!   unknown.
//!
//! Unused bytes are slots less those in use. A hash table is never full by design, so some of that
//! is no waste one could avoid.
//!
//! Linear; one [`Collection`] (64 bytes) each.

use std::cmp::Reverse;

use serde::Serialize;

use crate::analyzed::AnalyzedHeap;
use crate::backing_stores::{
    SlotSize, TableKind, TableLayout, internal, is_hole, is_property_table, slot_of,
};
use crate::error::GraphError;
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::{EdgeName, HeapGraph};
use crate::progress::{Progress, Stage};

/// Nodes between two looks at the cancel flag: a few milliseconds.
const NODES_PER_CHECK: usize = 1 << 16;
/// V8 never makes the table of a Map or Set smaller than this many entries.
const SMALLEST_TABLE: u64 = 4;

/// What a collection is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionKind {
    /// `Map` or a class that extends it.
    Map,
    /// `Set` or a class that extends it.
    Set,
    /// `WeakMap` or a class that extends it.
    WeakMap,
    /// `WeakSet` or a class that extends it.
    WeakSet,
    /// `Array`, or an object of another class that has elements.
    Array,
    /// `ArrayBuffer` or `SharedArrayBuffer`.
    ArrayBuffer,
    /// A view of an `ArrayBuffer`: typed array, `Buffer`, `DataView`.
    TypedArray,
    /// An object used like a Map: its properties are in a hash table, or numbered.
    Dictionary,
}

/// How full a collection is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contents {
    /// Entries that are visible; bytes of an ArrayBuffer. `None`: they are not.
    pub size: Option<u64>,
    /// Whether `size` is all. If not, it is the least that can be, and `wasted` the most.
    pub is_exact: bool,
    /// Entries that fit without growing, if known.
    pub capacity: Option<u64>,
    /// Bytes of the room that is not used.
    pub wasted: Option<u64>,
}

/// A collection of a heap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Collection {
    /// Which object.
    pub node: NodeId,
    /// What it is.
    pub kind: CollectionKind,
    /// How full it is.
    pub contents: Contents,
}

/// By what [`collections`] sorts, largest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CollectionOrder {
    /// Retained bytes.
    #[default]
    Retained,
    /// Shallow bytes.
    SelfSize,
    /// Entries.
    Size,
    /// Unused bytes.
    Wasted,
}

/// Which collections to list.
#[derive(Clone, Debug)]
pub struct CollectionQuery {
    /// Largest first by this.
    pub order: CollectionOrder,
    /// At most this many.
    pub limit: usize,
    /// Only those with at least this many entries; 0 for those of unknown size as well.
    pub min_size: u64,
}

/// Lists collections.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn collections(
    heap: &AnalyzedHeap,
    query: &CollectionQuery,
    progress: &Progress<'_>,
) -> Result<Vec<Collection>, GraphError> {
    let mut found = all_collections(heap, progress)?;
    found.retain(|one| one.contents.size.unwrap_or(0) >= query.min_size);
    let value = |one: &Collection| match query.order {
        CollectionOrder::Retained => heap.dominators().retained(one.node),
        CollectionOrder::SelfSize => heap.shallow(one.node),
        CollectionOrder::Size => one.contents.size.unwrap_or(0),
        CollectionOrder::Wasted => one.contents.wasted.unwrap_or(0),
    };
    let key = |one: &Collection| (Reverse(value(one)), one.node);
    if query.limit < found.len() {
        found.select_nth_unstable_by_key(query.limit, key);
        found.truncate(query.limit);
    }
    found.sort_unstable_by_key(key);
    Ok(found)
}

/// All collections in the order of the graph.
pub(crate) fn all_collections(
    heap: &AnalyzedHeap,
    progress: &Progress<'_>,
) -> Result<Vec<Collection>, GraphError> {
    read_all(heap.graph(), heap.slot_size(), progress)
}

/// All collections of a graph that is not analysed, in its order.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn graph_collections(
    graph: &HeapGraph,
    progress: &Progress<'_>,
) -> Result<Vec<Collection>, GraphError> {
    read_all(graph, SlotSize::new(graph), progress)
}

fn read_all(
    graph: &HeapGraph,
    slot_size: SlotSize,
    progress: &Progress<'_>,
) -> Result<Vec<Collection>, GraphError> {
    let reader = Reader { graph, slot_size };
    let mut found = Vec::new();
    for (i, node) in graph.nodes().enumerate() {
        if i % NODES_PER_CHECK == 0 {
            progress.at(Stage::Objects, i as f64 / graph.node_count() as f64)?;
        }
        if graph.kind(node) == NodeKind::Object {
            found.extend(reader.read(node));
        }
    }
    Ok(found)
}

struct Reader<'g> {
    graph: &'g HeapGraph,
    slot_size: SlotSize,
}

impl Reader<'_> {
    fn read(&self, node: NodeId) -> Option<Collection> {
        let name = self.graph.name(node);
        if name.starts_with("system / ") || name.ends_with(" Iterator") {
            return None;
        }
        let of = |(kind, contents)| Collection {
            node,
            kind,
            contents,
        };
        (self.table(node, name))
            .or_else(|| self.buffer(node, name))
            .or_else(|| self.view(node, name))
            .or_else(|| self.dictionary(node))
            .or_else(|| self.elements(node, name))
            .map(of)
    }

    fn table(&self, node: NodeId, name: &str) -> Option<(CollectionKind, Contents)> {
        let table = internal(self.graph, node, "table")?;
        let layout = TableLayout::of_slots(self.slot_size.slots(self.graph, table))?;
        let (contents, has_values) = self.hash_table(table, layout);
        let kind = match layout.kind {
            TableKind::Map => CollectionKind::Map,
            TableKind::Set => CollectionKind::Set,
            // Tables of both look alike; only a WeakMap's values are objects.
            TableKind::Weak if name == "WeakSet" => CollectionKind::WeakSet,
            TableKind::Weak if name == "WeakMap" || has_values || contents.size == Some(0) => {
                CollectionKind::WeakMap
            }
            TableKind::Weak => CollectionKind::WeakSet,
        };
        Some((kind, contents))
    }

    /// How full the table is, and whether it has weak references in the place of values.
    fn hash_table(&self, table: NodeId, layout: TableLayout) -> (Contents, bool) {
        let mut tally = Tally::default();
        let mut has_values = false;
        for edge in self.graph.edges(table) {
            let place = slot_of(self.graph, edge).and_then(|slot| layout.entry(slot));
            if let Some((entry, part)) = place {
                has_values |= edge.kind == EdgeKind::Weak && part == 1;
                tally.see(entry, is_hole(self.graph, edge.to));
            }
        }
        let weak = layout.kind == TableKind::Weak;
        let is_full_of_invisible =
            !weak && layout.capacity > SMALLEST_TABLE && tally.seen < layout.capacity / 4;
        let size = (!is_full_of_invisible).then_some(tally.seen);
        let entry = layout.stride * self.slot_size.bytes();
        let contents = Contents {
            size,
            is_exact: weak || (tally.seen > 0 && size.is_some() && tally.has_no_gap()),
            capacity: Some(layout.capacity),
            wasted: size.map(|size| layout.capacity.saturating_sub(size) * entry),
        };
        (contents, has_values)
    }

    fn buffer(&self, node: NodeId, name: &str) -> Option<(CollectionKind, Contents)> {
        let bytes = match internal(self.graph, node, "backing_store") {
            Some(store) => self.graph.self_size(store),
            None => is_buffer(name).then_some(0)?,
        };
        let contents = Contents {
            size: Some(bytes),
            is_exact: true,
            capacity: Some(bytes),
            wasted: Some(0),
        };
        Some((CollectionKind::ArrayBuffer, contents))
    }

    fn view(&self, node: NodeId, name: &str) -> Option<(CollectionKind, Contents)> {
        let buffer = internal(self.graph, node, "buffer")?;
        let (_, of_buffer) = self.buffer(buffer, self.graph.name(buffer))?;
        let capacity = of_buffer.capacity.zip(element_bytes(name));
        let contents = Contents {
            size: None,
            is_exact: false,
            capacity: capacity.map(|(bytes, element)| bytes / element),
            wasted: None,
        };
        Some((CollectionKind::TypedArray, contents))
    }

    fn dictionary(&self, node: NodeId) -> Option<(CollectionKind, Contents)> {
        let store = internal(self.graph, node, "properties")?;
        let slots = self.slot_size.slots(self.graph, store);
        let capacity = slots.checked_sub(6).filter(|rest| rest % 3 == 0)? / 3;
        if !is_property_table(self.graph, store) || self.has_property_cells(store) {
            return None;
        }
        let mut tally = Tally::default();
        for edge in self.graph.edges(store) {
            let slot = slot_of(self.graph, edge).and_then(|slot| slot.checked_sub(6));
            if let Some(slot) = slot {
                tally.see(slot / 3, is_hole(self.graph, edge.to));
            }
        }
        Some((
            CollectionKind::Dictionary,
            self.hash_contents(tally.seen, capacity),
        ))
    }

    /// Whether this is the table of a global object: its entries have another size.
    fn has_property_cells(&self, store: NodeId) -> bool {
        let mut first = self.graph.edges(store).take(4);
        first.any(|edge| self.graph.name(edge.to) == "system / PropertyCell")
    }

    fn hash_contents(&self, size: u64, capacity: u64) -> Contents {
        Contents {
            size: Some(size),
            is_exact: true,
            capacity: Some(capacity),
            wasted: Some(capacity.saturating_sub(size) * 3 * self.slot_size.bytes()),
        }
    }

    fn elements(&self, node: NodeId, name: &str) -> Option<(CollectionKind, Contents)> {
        let kind = match name {
            "Object" => CollectionKind::Dictionary,
            _ => CollectionKind::Array,
        };
        let Some(store) = internal(self.graph, node, "elements") else {
            // V8's shared empty store is not in captures.
            let empty = Contents {
                size: Some(0),
                is_exact: true,
                capacity: Some(0),
                wasted: Some(0),
            };
            return (name == "Array").then_some((kind, empty));
        };
        let slots = self.slot_size.slots(self.graph, store);
        let mut indexes = Tally::default();
        let mut first = None;
        for edge in self.graph.edges(node) {
            if let (EdgeKind::Element, EdgeName::Index(index)) =
                (edge.kind, self.graph.edge_name(edge))
            {
                first = first.or(Some((u64::from(index), edge.to)));
                indexes.see(u64::from(index), false);
            }
        }
        if first.is_some_and(|first| indexes.end > slots || self.is_hashed(store, first)) {
            let capacity = slots.saturating_sub(4) / 3;
            return Some((kind, self.hash_contents(indexes.seen, capacity)));
        }
        let size = (indexes.end > 0 || slots == 0).then_some(indexes.end);
        let contents = Contents {
            size,
            is_exact: size.is_some() && indexes.has_no_gap(),
            capacity: Some(slots),
            wasted: size.map(|size| slots.saturating_sub(size) * self.slot_size.bytes()),
        };
        Some((kind, contents))
    }

    /// Whether elements are in a hash table: their slots aren't their indexes then.
    fn is_hashed(&self, store: NodeId, (index, target): (u64, NodeId)) -> bool {
        let first = self.graph.edges(store).find_map(|edge| {
            let slot = slot_of(self.graph, edge)?;
            Some((slot, edge.to))
        });
        first.is_some_and(|(slot, to)| slot != index || to != target)
    }
}

/// Counts entries, which come in the order of their number.
#[derive(Default)]
struct Tally {
    /// Entries that are there.
    seen: u64,
    /// Entries that are known to be deleted.
    deleted: u64,
    /// One past the last entry.
    end: u64,
    /// The last entry that counted as seen or deleted.
    last: Option<u64>,
}

impl Tally {
    fn see(&mut self, entry: u64, is_hole: bool) {
        if self.last == Some(entry) {
            return;
        }
        self.last = Some(entry);
        self.end = self.end.max(entry + 1);
        if is_hole {
            self.deleted += 1;
        } else {
            self.seen += 1;
        }
    }

    fn has_no_gap(&self) -> bool {
        self.seen + self.deleted == self.end
    }
}

fn is_buffer(name: &str) -> bool {
    matches!(name, "ArrayBuffer" | "SharedArrayBuffer")
}

/// Bytes of an element of a view, by the name of its class.
fn element_bytes(class: &str) -> Option<u64> {
    match class {
        "Int8Array" | "Uint8Array" | "Uint8ClampedArray" | "Buffer" | "FastBuffer" | "DataView" => {
            Some(1)
        }
        "Int16Array" | "Uint16Array" | "Float16Array" => Some(2),
        "Int32Array" | "Uint32Array" | "Float32Array" => Some(4),
        "Float64Array" | "BigInt64Array" | "BigUint64Array" => Some(8),
        _ => None,
    }
}
