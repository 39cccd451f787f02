//! References as a developer would write them: `.pending`, `[3]`, `Map["key"]`, `Set{*}`.
//!
//! V8 names the slots of its tables by number. A slot becomes a key through the table's layout
//! ([`backing_stores`](crate::backing_stores)): the key of an entry is the reference right before
//! its value. Keys that are small integers, `true`, `false`, `null` or `undefined` are invisible,
//! and objects have no short name: `[*]`.
//!
//! O(1) a label, but for the owner of a table, which is its dominator.

use std::borrow::Cow;

use crate::analyzed::AnalyzedHeap;
use crate::backing_stores::{
    SlotSize, TableKind, TableLayout, internal, is_property_table, slot_of,
};
use crate::ids::{EdgeId, NodeId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::{Edge, EdgeName};

/// Longer keys are cut: labels are for reading.
const MAX_KEY_CHARS: usize = 40;

/// Names references of one heap.
#[derive(Clone, Copy, Debug)]
pub struct EdgeLabels<'h> {
    heap: &'h AnalyzedHeap,
    slot_size: SlotSize,
}

/// What a reference is to the code that follows it.
pub(crate) enum Access<'h> {
    /// A variable.
    Variable(&'h str),
    /// A property.
    Property(&'h str),
    /// An element of an array or of an object.
    Element(u64),
    /// A value in a collection, with its key if that is a string.
    Entry(&'static str, Option<&'h str>),
    /// A member of a set, or a key.
    Member(&'static str),
    /// From an object to a part of its own, such as its table.
    Part(&'h str),
    /// V8's own.
    Internal(Cow<'h, str>),
}

impl<'h> EdgeLabels<'h> {
    /// Labels for this heap. The first call for a heap is linear in its nodes.
    pub fn new(heap: &'h AnalyzedHeap) -> Self {
        Self {
            heap,
            slot_size: heap.slot_size(),
        }
    }

    /// The label of an edge from `source`. `<detached>` is added if V8 says so of its target.
    pub fn label(&self, source: NodeId, edge: Edge) -> String {
        let mut label = match self.access(source, edge) {
            Access::Variable(name) => name.to_owned(),
            Access::Property(name) => property(name),
            Access::Element(index) => format!("[{index}]"),
            Access::Entry(of, key) => format!("{of}{}", entry(key)),
            Access::Member(of) => format!("{of}{{*}}"),
            Access::Part(name) => format!("<{name}>"),
            Access::Internal(name) => format!("<{name}>"),
        };
        if self.heap.graph().is_detached(edge.to) {
            label.push_str(" <detached>");
        }
        label
    }

    pub(crate) fn access(&self, source: NodeId, edge: Edge) -> Access<'h> {
        let graph = self.heap.graph();
        let name = match (edge.kind, graph.edge_name(edge)) {
            (EdgeKind::Element, EdgeName::Index(index)) => {
                return Access::Element(u64::from(index));
            }
            (EdgeKind::Hidden, EdgeName::Index(index)) => {
                return Access::Internal(index.to_string().into());
            }
            (_, EdgeName::Index(slot)) => return self.slot_access(source, edge, slot.into()),
            (_, EdgeName::Name(name)) => graph.strings().get(name),
        };
        match edge.kind {
            EdgeKind::Context => Access::Variable(name),
            EdgeKind::Property => Access::Property(name),
            _ if name.ends_with(')') && name.contains(" pair in WeakMap (table @") => {
                Access::Entry("WeakMap", None)
            }
            _ => match slot_of(graph, edge) {
                Some(slot) => self.slot_access(source, edge, slot),
                None if matches!(name, "table" | "elements" | "properties") => Access::Part(name),
                None => Access::Internal(name.into()),
            },
        }
    }

    fn slot_access(&self, store: NodeId, edge: Edge, slot: u64) -> Access<'h> {
        let graph = self.heap.graph();
        if is_property_table(graph, store) {
            // Key, value, details from slot 6 on.
            return match (slot.wrapping_sub(6) % 3, self.key_before(store, edge, slot)) {
                (1, Some(key)) => Access::Property(key),
                _ => Access::Internal(slot.to_string().into()),
            };
        }
        if graph.name(store) == "(object elements)" || graph.name(store) == "(constant elements)" {
            return Access::Element(slot);
        }
        let layout = TableLayout::of_slots(self.slot_size.slots(graph, store));
        let layout = layout.filter(|_| self.is_collection_table(store));
        let place = layout.and_then(|layout| Some((layout.kind, layout.entry(slot)?.1)));
        match place {
            Some((TableKind::Map, 1)) => Access::Entry("Map", self.key_before(store, edge, slot)),
            Some((TableKind::Map, _)) => Access::Member("Map.keys"),
            Some((TableKind::Set, _)) => Access::Member("Set"),
            Some((TableKind::Weak, 1)) => Access::Entry("WeakMap", None),
            Some((TableKind::Weak, _)) => Access::Member("WeakMap.keys"),
            None => Access::Internal(slot.to_string().into()),
        }
    }

    /// Whether an object has this node as its `table`.
    fn is_collection_table(&self, store: NodeId) -> bool {
        let graph = self.heap.graph();
        let owner = self.heap.dominators().idom(store);
        graph.kind(store) == NodeKind::Array
            && (internal(graph, owner, "table") == Some(store)
                // An iterator in use holds the table as well: then another dominates it.
                || graph.name(store).is_empty())
    }

    /// The string in the slot before, which the edge before leads to.
    fn key_before(&self, store: NodeId, edge: Edge, slot: u64) -> Option<&'h str> {
        let graph = self.heap.graph();
        let before = edge.id.index().checked_sub(1)?;
        if !graph.edge_range(store).contains(&before) {
            return None;
        }
        let before = graph.edge_of(store, EdgeId::new(before));
        let is_key = slot_of(graph, before) == Some(slot - 1);
        // Without a name, its text was not read.
        (is_key && graph.kind(before.to) == NodeKind::String)
            .then(|| graph.name(before.to))
            .filter(|key| !key.is_empty())
    }
}

/// `.name`, or `["name"]` if it can't be written so.
pub(crate) fn property(name: &str) -> String {
    let mut chars = name.chars();
    let starts = |c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '#');
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    if chars.next().is_some_and(starts) && chars.all(goes_on) {
        format!(".{name}")
    } else {
        entry(Some(name))
    }
}

/// `["key"]`, or `[*]`.
pub(crate) fn entry(key: Option<&str>) -> String {
    let Some(key) = key else {
        return "[*]".to_owned();
    };
    let shown: String = key.chars().take(MAX_KEY_CHARS).collect();
    let cut = if shown.len() < key.len() { "…" } else { "" };
    format!("[{:?}]", format!("{shown}{cut}"))
}
