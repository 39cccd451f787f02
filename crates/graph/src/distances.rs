//! Distances: how many references away from the program's own roots an object is.
//!
//! The rules are those of DevTools. Breadth-first search over all edges that are not weak, first
//! from the user's roots (the nodes below the root that are no groups of V8's) at distance 1, then
//! from the root, at [`Distances::SYSTEM`], for what only V8 itself holds. Three kinds of edges are
//! passed over:
//! 1. of the two edges of a WeakMap entry the one that is seen first, so that the value is farther
//!    away than both the key and the table;
//! 2. in descriptor arrays those to the descriptors, which hidden classes share: the links need
//!    not belong to the class through which the search comes;
//! 3. a native context's `sloppy_function_map`.
//!
//! O(n + m) time; 4 bytes a node stay, 4 more a node are used while computing.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::{Edge, EdgeName, HeapGraph};
use crate::weak_map_edges::WeakMapEdge;

const UNREACHED: u32 = u32::MAX;

/// The distance of every node.
#[derive(Debug)]
pub struct Distances {
    by_node: Vec<u32>,
}

impl Distances {
    /// The root's distance if there are user's roots. Objects that are only reached from V8's own
    /// roots count on from here.
    pub const SYSTEM: u32 = 100_000_000;

    /// Searches the whole graph.
    pub fn new(graph: &HeapGraph) -> Self {
        let mut search = Search::new(graph);
        let user_roots: Vec<NodeId> = (graph.edges(NodeId::ROOT))
            .map(|edge| edge.to)
            .filter(|&node| graph.is_user_root(node))
            .collect();
        let root_distance = if user_roots.is_empty() {
            0
        } else {
            Self::SYSTEM
        };
        for node in &user_roots {
            search.distances[node.index()] = 1;
        }
        // A root that is listed twice is searched twice, as in DevTools: the second time passes
        // the WeakMap edges that the first passed over.
        search.run(user_roots);
        search.distances[NodeId::ROOT.index()] = root_distance;
        search.run(vec![NodeId::ROOT]);
        Self {
            by_node: search.distances,
        }
    }

    /// The distance of a node; `None` if no path leads to it.
    pub fn of(&self, node: NodeId) -> Option<u32> {
        let distance = self.by_node[node.index()];
        (distance != UNREACHED).then_some(distance)
    }
}

struct Search<'g> {
    graph: &'g HeapGraph,
    names: SpecialNames,
    distances: Vec<u32>,
    /// WeakMap entries of which one edge was passed over.
    half_seen: FxHashSet<u32>,
}

impl<'g> Search<'g> {
    fn new(graph: &'g HeapGraph) -> Self {
        Self {
            graph,
            names: SpecialNames::new(graph),
            distances: vec![UNREACHED; graph.node_count()],
            half_seen: FxHashSet::default(),
        }
    }

    fn run(&mut self, mut queue: Vec<NodeId>) {
        let mut next = 0;
        while let Some(&node) = queue.get(next) {
            next += 1;
            let distance = self.distances[node.index()] + 1;
            let rules = self.rules(node);
            for edge in self.graph.edges(node) {
                if edge.kind != EdgeKind::Weak
                    && self.distances[edge.to.index()] == UNREACHED
                    && self.counts(rules, edge)
                {
                    self.distances[edge.to.index()] = distance;
                    queue.push(edge.to);
                }
            }
        }
    }

    fn rules(&self, node: NodeId) -> Rules {
        let name = Some(self.graph.name_id(node));
        match self.graph.kind(node) {
            NodeKind::Hidden if name == self.names.native_context => Rules::NativeContext,
            NodeKind::Array if name == self.names.map_descriptors => Rules::MapDescriptors,
            _ => Rules::Common,
        }
    }

    fn counts(&mut self, rules: Rules, edge: Edge) -> bool {
        match rules {
            Rules::MapDescriptors => !is_descriptor(&self.graph.edge_label(edge)),
            Rules::NativeContext
                if matches!(self.graph.edge_name(edge), EdgeName::Name(name)
                    if Some(name) == self.names.sloppy_function_map) =>
            {
                false
            }
            _ => !self.is_first_half(edge),
        }
    }

    /// Whether the edge is the first of a WeakMap entry's two.
    fn is_first_half(&mut self, edge: Edge) -> bool {
        let entries = &self.names.weak_map_entries;
        if edge.kind != EdgeKind::Internal || entries.is_empty() {
            return false;
        }
        let EdgeName::Name(name) = self.graph.edge_name(edge) else {
            return false;
        };
        let Some(&entry) = entries.get(&name) else {
            return false;
        };
        let is_first = !self.half_seen.remove(&entry);
        if is_first {
            self.half_seen.insert(entry);
        }
        is_first
    }
}

/// Which edges of a node are passed over.
#[derive(Clone, Copy)]
enum Rules {
    NativeContext,
    MapDescriptors,
    Common,
}

/// Whether the edge of a descriptor array leads to a descriptor: slots 0 and 1 are the header,
/// then key, type and descriptor take turns.
fn is_descriptor(label: &str) -> bool {
    leading_number(label).is_some_and(|slot| slot >= 2.0 && slot % 3.0 == 1.0)
}

/// The number a text starts with, as JavaScript's `parseInt` reads it.
fn leading_number(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text[..text.len() - digits.len()].parse().ok()
}

/// Ids of the names that the rules mention; `None` for those that the graph doesn't have.
#[derive(Default)]
struct SpecialNames {
    native_context: Option<StringId>,
    sloppy_function_map: Option<StringId>,
    map_descriptors: Option<StringId>,
    /// Names of WeakMap edges, with a number for each entry.
    weak_map_entries: FxHashMap<StringId, u32>,
}

impl SpecialNames {
    fn new(graph: &HeapGraph) -> Self {
        let mut names = Self::default();
        let mut entries: FxHashMap<&str, u32> = FxHashMap::default();
        for (id, text) in graph.strings().iter() {
            let special = match text {
                "system / NativeContext" => &mut names.native_context,
                "sloppy_function_map" => &mut names.sloppy_function_map,
                "(map descriptors)" => &mut names.map_descriptors,
                _ => {
                    if let Some(edge) = WeakMapEdge::from_name(text) {
                        let number = entries.len() as u32;
                        let number = *entries.entry(edge.entry).or_insert(number);
                        names.weak_map_entries.insert(id, number);
                    }
                    continue;
                }
            };
            special.get_or_insert(id);
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::is_descriptor;

    #[test]
    fn every_third_slot_of_a_descriptor_array_is_a_descriptor() {
        let descriptors: Vec<usize> = (0..12)
            .filter(|slot| is_descriptor(&slot.to_string()))
            .collect();
        assert_eq!(descriptors, [4, 7, 10]);
    }

    #[test]
    fn slots_are_read_from_the_start_of_a_name() {
        assert!(is_descriptor("7 / shared"));
        assert!(!is_descriptor("8 / shared"));
        assert!(!is_descriptor("enum_cache"));
        assert!(!is_descriptor(""));
    }
}
