//! Which edges keep their target alive, by the rules of Chrome DevTools: its dominators and
//! retained sizes are what developers compare with, so ours are defined over the same edges.
//!
//! An edge is *not* essential if it is
//! 1. weak;
//! 2. from a node to itself;
//! 3. a shortcut, unless from the root (where shortcuts mark the user's global objects);
//! 4. the table's half of a WeakMap entry: key and table both keep the value alive, and the key's
//!    edge says more about why;
//! 5. from outside the program's own objects into them: *page-owned* nodes are those reachable from
//!    the root's shortcuts (in browsers also its DOM trees) over non-weak edges. The root itself is exempt. Otherwise whatever a
//!    debugger or V8 also holds would have no dominator below the root.
//!
//! Linear time; one bit an edge and one bit a node while it is computed.

use std::ops::RangeInclusive;

use rustc_hash::FxHashMap;

use crate::ids::{EdgeId, NodeId, StringId};
use crate::kinds::EdgeKind;
use crate::model::{Edge, EdgeName, HeapGraph};
use crate::node_set::NodeSet;
use crate::weak_map_edges::WeakMapEdge;

/// A set of the edges that retain.
#[derive(Debug)]
pub struct EssentialEdges {
    bits: Vec<u64>,
}

impl EssentialEdges {
    /// Decides for every edge of the graph.
    pub fn new(graph: &HeapGraph) -> Self {
        let page_owned = page_owned_nodes(graph);
        let tables = WeakMapTables::new(graph);
        let mut bits = Vec::with_capacity(graph.edge_count().div_ceil(64));
        let mut word = 0;
        for node in graph.nodes() {
            let owned = page_owned.contains(node);
            for edge in graph.edges(node) {
                let retains = is_retaining_kind(graph, &tables, node, edge)
                    && (node == NodeId::ROOT || owned || !page_owned.contains(edge.to));
                word |= u64::from(retains) << (edge.id.index() % 64);
                if edge.id.index() % 64 == 63 {
                    bits.push(std::mem::take(&mut word));
                }
            }
        }
        bits.push(word);
        Self { bits }
    }

    /// Whether the edge keeps its target alive.
    #[inline(always)]
    pub fn contains(&self, edge: EdgeId) -> bool {
        self.bits[edge.index() / 64] >> (edge.index() % 64) & 1 == 1
    }
}

/// Rules 1 to 4.
fn is_retaining_kind(graph: &HeapGraph, tables: &WeakMapTables, from: NodeId, edge: Edge) -> bool {
    match edge.kind {
        EdgeKind::Weak => false,
        _ if edge.to == from => false,
        EdgeKind::Shortcut => from == NodeId::ROOT,
        EdgeKind::Internal => match graph.edge_name(edge) {
            EdgeName::Name(name) => tables.of(name) != Some(graph.object_id(from)),
            EdgeName::Index(_) => true,
        },
        _ => true,
    }
}

fn page_owned_nodes(graph: &HeapGraph) -> NodeSet {
    let mut owned = NodeSet::new(graph.node_count());
    let mut pending: Vec<NodeId> = (graph.edges(NodeId::ROOT))
        .filter(|edge| match edge.kind {
            EdgeKind::Shortcut => true,
            EdgeKind::Element => graph.is_document_dom_trees(edge.to),
            _ => false,
        })
        .map(|edge| edge.to)
        .collect();
    pending.retain(|&node| owned.insert(node));
    while let Some(node) = pending.pop() {
        for link in graph.links(node) {
            if link.kind() != EdgeKind::Weak && owned.insert(link.to()) {
                pending.push(link.to());
            }
        }
    }
    owned
}

/// The names that edges of WeakMap entries have, with the object id of the table each one names.
struct WeakMapTables {
    by_name: FxHashMap<StringId, u32>,
    /// From the first to the last of these names: most edges have other ones, that no look-up is
    /// needed for.
    names: Option<RangeInclusive<StringId>>,
}

impl WeakMapTables {
    fn new(graph: &HeapGraph) -> Self {
        let by_name: FxHashMap<_, _> = (graph.strings().iter())
            .filter_map(|(id, text)| Some((id, WeakMapEdge::from_name(text)?.table)))
            .collect();
        let first = by_name.keys().min().copied();
        let last = by_name.keys().max().copied();
        Self {
            by_name,
            names: first.zip(last).map(|(first, last)| first..=last),
        }
    }

    #[inline(always)]
    fn of(&self, name: StringId) -> Option<u32> {
        match &self.names {
            Some(names) if names.contains(&name) => self.by_name.get(&name).copied(),
            _ => None,
        }
    }
}
