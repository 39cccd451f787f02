//! Which text goes into a file: everything, or names only.

use std::borrow::Cow;

use super::StringContents;
use crate::ids::{NodeId, StringId};
use crate::kinds::NodeKind;
use crate::model::{EdgeName, HeapGraph};
use crate::node_set::{NodeSet, RankedNodes};

/// What stands for text that is not written.
const PLACEHOLDER: &str = "(blanked)";

/// The string table of the file, and which of it names a node.
pub(super) struct Names<'g> {
    graph: &'g HeapGraph,
    /// `None`: everything is written.
    blanked: Option<NameSet>,
    /// Slots that are names of edges. The format has only texts for names.
    slots: RankedNodes,
}

impl<'g> Names<'g> {
    /// Linear in nodes and edges.
    pub(super) fn new(graph: &'g HeapGraph, strings: StringContents) -> Self {
        let blanked = match strings {
            StringContents::Keep => None,
            StringContents::Blank => Some(used_names(graph)),
        };
        Self {
            graph,
            blanked,
            slots: used_slots(graph),
        }
    }

    /// The string that names a slot in the file.
    pub(super) fn of_slot(&self, slot: u32) -> StringId {
        let first = self.graph.strings().len() + usize::from(self.blanked.is_some());
        StringId::new(first + self.slots.rank(NodeId(slot)).unwrap_or(0))
    }

    /// The string that names a node in the file.
    pub(super) fn of_node(&self, node: NodeId) -> StringId {
        match self.blanked {
            Some(_) if is_value(self.graph, node) => self.placeholder(),
            _ => self.graph.name_id(node),
        }
    }

    /// The file's strings, by id: those of the graph, and the placeholder and numbers of slots behind
    /// them. Ids stay what they are, so strings that nothing names any more are empty rather than left
    /// out.
    pub(super) fn strings(&self) -> impl Iterator<Item = Cow<'g, str>> + '_ {
        let placeholder = self.blanked.as_ref().map(|_| PLACEHOLDER.into());
        let text = move |(id, text)| match &self.blanked {
            None => Cow::Borrowed(text),
            Some(names) if names.contains(id) => without_entry_names(text),
            Some(_) => Cow::Borrowed(""),
        };
        let slots = self.slots.iter().map(|slot| slot.0.to_string().into());
        let strings = self.graph.strings().iter().map(text);
        strings.chain(placeholder).chain(slots)
    }

    fn placeholder(&self) -> StringId {
        StringId::new(self.graph.strings().len())
    }
}

/// Whether a node's name is a value of the program rather than a name of its code.
fn is_value(graph: &HeapGraph, node: NodeId) -> bool {
    // V8 names most of these by their kind, whatever they hold. That says nothing and is of use.
    let names_of_kind = match graph.kind(node) {
        NodeKind::String | NodeKind::RegExp | NodeKind::Unknown => "",
        NodeKind::ConsString => "(concatenated string)",
        NodeKind::SlicedString => "(sliced string)",
        NodeKind::Symbol => "symbol",
        NodeKind::Number => "heap number",
        NodeKind::BigInt => "bigint",
        _ => return false,
    };
    graph.name(node) != names_of_kind
}

/// The strings that something is called by.
fn used_names(graph: &HeapGraph) -> NameSet {
    let mut names = NameSet(vec![0; graph.strings().len().div_ceil(64)]);
    for node in graph.nodes() {
        if !is_value(graph, node) {
            names.insert(graph.name_id(node));
        }
        for edge in graph.edges(node) {
            if let EdgeName::Name(name) = graph.edge_name(edge) {
                names.insert(name);
            }
        }
    }
    names
}

fn used_slots(graph: &HeapGraph) -> RankedNodes {
    let slots = || {
        let edges = graph.nodes().flat_map(|node| graph.edges(node));
        edges.filter_map(|edge| match graph.edge_name(edge) {
            EdgeName::Index(slot) if !edge.kind.is_indexed() => Some(slot),
            _ => None,
        })
    };
    let len = slots().max().map_or(0, |largest| largest as usize + 1);
    let mut used = NodeSet::new(len);
    slots().for_each(|slot| {
        used.insert(NodeId(slot));
    });
    RankedNodes::new(used)
}

struct NameSet(Vec<u64>);

impl NameSet {
    fn insert(&mut self, name: StringId) {
        self.0[name.index() / 64] |= 1 << (name.index() % 64);
    }

    fn contains(&self, name: StringId) -> bool {
        self.0[name.index() / 64] >> (name.index() % 64) & 1 == 1
    }
}

/// A name without what V8 puts into the name of a WeakMap entry: the names of key and value, which
/// are the contents if they are strings. The object ids stay: by them readers find the two halves of
/// an entry, and an entry must look the same in both.
///
/// DevTools overlooks an entry whose name has line breaks and lets both halves retain the value.
/// Blanked names have none, so its numbers for such a value differ between the two files; ours don't.
///
/// `N / part of key (KEY @id) -> value (VALUE @id) pair in WeakMap (table @id)`
fn without_entry_names(name: &str) -> Cow<'_, str> {
    match entry_without_names(name) {
        Some(entry) => Cow::Owned(entry),
        None => Cow::Borrowed(name),
    }
}

fn entry_without_names(name: &str) -> Option<String> {
    let (number, entry) = name.split_once(" / part of key (")?;
    let (pair, table) = entry.rsplit_once(") pair in WeakMap (table @")?;
    // Ids are at the ends; contents can hold anything, texts that look like an end included.
    let (rest, value) = pair.rsplit_once(" @")?;
    let key = rest.match_indices(") -> value (").find_map(|(at, _)| {
        let (_, id) = rest[..at].rsplit_once(" @")?;
        is_number(id).then_some(id)
    })?;
    let table = table.strip_suffix(')')?;
    ([number, key, value, table].into_iter().all(is_number)).then(|| {
        format!(
            "{number} / part of key ({PLACEHOLDER} @{key}) -> value ({PLACEHOLDER} @{value}) \
             pair in WeakMap (table @{table})"
        )
    })
}

fn is_number(text: &str) -> bool {
    text.parse::<u32>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_weak_map_entries_keep_their_ids_alone() {
        let blanked = "12 / part of key ((blanked) @5) -> value ((blanked) @7) pair in WeakMap \
                       (table @9)";
        for (key, value) in [
            ("Key", "Value"),
            ("", ""),
            ("a (b) @1", "line\nbreak"),
            ("Key", "mail @8) -> value (x @9) pair in WeakMap (table @1)"),
            ("Key", "x @"),
        ] {
            let name = format!(
                "12 / part of key ({key} @5) -> value ({value} @7) pair in WeakMap (table @9)"
            );
            assert_eq!(without_entry_names(&name), blanked, "{name}");
        }
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in [
            "",
            "table",
            "12 / part of key (",
            "12 / part of key (a @5) -> value (b @7)",
            "x / part of key (a @5) -> value (b @7) pair in WeakMap (table @9)",
            "12 / part of key (a @x) -> value (b @7) pair in WeakMap (table @9)",
        ] {
            assert_eq!(without_entry_names(name), name);
        }
    }
}
