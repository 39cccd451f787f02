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
//! Linear time; one bit an edge, and one bit a node while it is computed.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::depth_first::DepthFirstOrder;
use crate::ids::{EdgeId, NodeId, StringId};
use crate::kinds::EdgeKind;
use crate::model::{EdgeName, HeapGraph, PackedEdge};
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
        Self::by_rules(&DepthFirstOrder::new(graph).1)
    }

    /// Applies the rules to every edge.
    pub fn by_rules(rules: &EssentialRules<'_>) -> Self {
        let graph = rules.graph;
        let mut bits = vec![0; graph.edge_count().div_ceil(64)];
        for node in graph.nodes() {
            for (edge, _) in rules.edges_of(node) {
                bits[edge.index() / 64] |= 1 << (edge.index() % 64);
            }
        }
        Self { bits }
    }

    /// Whether the edge keeps its target alive.
    #[inline(always)]
    pub fn contains(&self, edge: EdgeId) -> bool {
        self.bits[edge.index() / 64] >> (edge.index() % 64) & 1 == 1
    }
}

/// The rules, and what of a graph they need to know.
#[derive(Debug)]
pub struct EssentialRules<'g> {
    graph: &'g HeapGraph,
    tables: WeakMapTables,
    /// The depth-first pass finds them on its way.
    pub(crate) page_owned: NodeSet,
}

impl<'g> EssentialRules<'g> {
    /// As long as no node is known to be page-owned.
    pub(crate) fn new(graph: &'g HeapGraph) -> Self {
        Self {
            graph,
            tables: WeakMapTables::new(graph),
            page_owned: NodeSet::new(graph.node_count()),
        }
    }

    /// The essential edges of a node, with their targets.
    #[inline(always)]
    pub(crate) fn edges_of(&self, node: NodeId) -> impl Iterator<Item = (EdgeId, NodeId)> + '_ {
        let may_enter = self.may_enter(node);
        let is_table = self.tables.contain(self.graph.object_id(node));
        let edges = self.graph.edge_range(node);
        (edges.clone().map(EdgeId::new))
            .zip(&self.graph.edges[edges])
            .filter(move |(edge, link)| {
                is_retaining_kind(node, **link)
                    && (may_enter || !self.page_owned.contains(link.to()))
                    && !(is_table && self.tables.have_entry(self.graph, node, *edge))
            })
            .map(|(edge, link)| (edge, link.to()))
    }

    /// Whether an edge is essential.
    #[inline(always)]
    pub(crate) fn retains(&self, from: NodeId, edge: EdgeId, link: PackedEdge) -> bool {
        self.retains_by_itself(from, edge, link)
            && (self.may_enter(from) || !self.page_owned.contains(link.to()))
    }

    /// Rule 5: whether a node's edges may lead to what is page-owned.
    #[inline(always)]
    fn may_enter(&self, from: NodeId) -> bool {
        from == NodeId::ROOT || self.page_owned.contains(from)
    }

    /// Rules 1 to 4.
    #[inline(always)]
    pub(crate) fn retains_by_itself(&self, from: NodeId, edge: EdgeId, link: PackedEdge) -> bool {
        let is_of_table = || {
            // Only such an edge can be one of an entry: the others need no look-up.
            link.kind() == EdgeKind::Internal
                && self.tables.contain(self.graph.object_id(from))
                && self.tables.have_entry(self.graph, from, edge)
        };
        is_retaining_kind(from, link) && !is_of_table()
    }
}

/// Rules 1 to 3.
#[inline(always)]
fn is_retaining_kind(from: NodeId, link: PackedEdge) -> bool {
    match link.kind() {
        EdgeKind::Weak => false,
        _ if link.to() == from => false,
        EdgeKind::Shortcut => from == NodeId::ROOT,
        _ => true,
    }
}

/// The tables of WeakMaps, as the names of their entries' edges tell them (rule 4).
#[derive(Debug)]
struct WeakMapTables {
    /// The object id of the table that a name tells.
    by_name: FxHashMap<StringId, u32>,
    object_ids: FxHashSet<u32>,
}

impl WeakMapTables {
    fn new(graph: &HeapGraph) -> Self {
        let by_name: FxHashMap<_, _> = (graph.strings().iter())
            .filter_map(|(id, text)| Some((id, WeakMapEdge::from_name(text)?.table)))
            .collect();
        Self {
            object_ids: by_name.values().copied().collect(),
            by_name,
        }
    }

    /// Whether the object of this id is one of them. Few are, so that the name of hardly any edge
    /// has to be looked up.
    #[inline(always)]
    fn contain(&self, object_id: u32) -> bool {
        !self.object_ids.is_empty() && self.object_ids.contains(&object_id)
    }

    /// Whether an edge of a table is its half of an entry.
    #[cold]
    fn have_entry(&self, graph: &HeapGraph, table: NodeId, edge: EdgeId) -> bool {
        let edge = graph.edge_of(table, edge);
        match graph.edge_name(edge) {
            EdgeName::Name(name) if edge.kind == EdgeKind::Internal => {
                self.by_name.get(&name) == Some(&graph.object_id(table))
            }
            _ => false,
        }
    }
}
