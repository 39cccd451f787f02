//! Predecessors of each node, as far as dominators need them.
//!
//! In DFS preorder numbers an edge to a larger number comes from an ancestor, and of those only the
//! smallest source matters. Sources with larger numbers are listed: the depth-first pass, which knows
//! both numbers of an edge that it meets, counts them on its way, and the nodes that have any are gone
//! over again when all are counted.
//!
//! Most of those edges lead to a few nodes, such as the hidden class of a million objects: for such a
//! node a bit for each possible predecessor takes less than a list.
//!
//! Linear. Memory: 8 bytes and 2 bits a node, and for each listed predecessor 4 bytes, or a bit a node
//! where a node has many.

use rustc_hash::FxHashMap;

use crate::counting_sort::GroupCounts;
use crate::essential::EssentialRules;
use crate::ids::{EdgeId, NodeId};
use crate::model::HeapGraph;
use crate::node_set::NodeSet;

/// A node has its predecessors as bits if they are more than one in this many nodes: a list of them
/// takes 32 bits each.
const NODES_PER_LISTED_PREDECESSOR: usize = 32;

/// How many nodes are looked at to find those that have many predecessors. The limit is some 500 of
/// them, and chance differs by 4 %: where it is wrong, bits and a list take about as much.
const SAMPLED_NODES: usize = 1 << 14;

/// Of 2^64: its multiples lie evenly (Knuth, "The Art of Computer Programming" 3, 6.4).
const GOLDEN_RATIO: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many hubs are found without a search.
const RECENT_HUBS: usize = 64;

/// A node and its number.
pub(crate) type Numbered = (NodeId, u32);

/// What a depth-first pass has met of the edges to visited nodes.
#[derive(Debug)]
pub(crate) struct PredecessorCounts {
    /// By number: the smallest predecessor among the ancestors.
    highest: Vec<u32>,
    /// By number: how many predecessors are to be listed.
    listed: GroupCounts,
    /// Nodes that are listed as a predecessor.
    has_listed: NodeSet,
    hubs: Hubs,
}

impl PredecessorCounts {
    pub(crate) fn new(graph: &HeapGraph, rules: &EssentialRules<'_>) -> Self {
        let nodes = graph.node_count();
        Self {
            highest: Vec::with_capacity(nodes),
            listed: GroupCounts::new(nodes),
            has_listed: NodeSet::new(nodes),
            hubs: Hubs::find(graph, rules),
        }
    }

    /// The next node was visited from this one.
    #[inline(always)]
    pub(crate) fn visited_from(&mut self, parent: u32) {
        self.highest.push(parent);
    }

    /// Counts an essential edge to a node that was visited before. The root needs no predecessors.
    #[inline(always)]
    pub(crate) fn add(&mut self, (node, from): Numbered, (target, to): Numbered) {
        if from <= to {
            let highest = &mut self.highest[to as usize];
            *highest = from.min(*highest);
        } else if self.hubs.contain(target) {
            self.hubs.insert(target, from);
        } else if to != 0 {
            self.listed.add(to);
            self.has_listed.insert(node);
        }
    }

    /// Lists the predecessors that were counted. Gives the smallest ones among the ancestors besides.
    pub(crate) fn list(
        self,
        rules: &EssentialRules<'_>,
        number: &[u32],
    ) -> (Vec<u32>, Predecessors) {
        let mut first = self.listed.into_offsets();
        let mut sources = vec![0; first.total()];
        for node in self.has_listed.iter() {
            let from = number[node.index()];
            for (_, target) in rules.edges_of(node) {
                let to = number[target.index()];
                if from > to && to != 0 && !self.hubs.contain(target) {
                    sources[first.next(to)] = from;
                }
            }
        }
        let predecessors = Predecessors {
            first: first.finish(),
            sources,
            of_hubs: self.hubs.by_number(number),
        };
        (self.highest, predecessors)
    }
}

/// For each node the sources of its essential edges that have larger numbers, all in DFS numbers.
pub(crate) struct Predecessors {
    /// Those of node `i` are in `sources` from `[i]` to `[i + 1]`.
    pub(crate) first: Vec<u32>,
    pub(crate) sources: Vec<u32>,
    /// Those of nodes with many, by growing number of the node.
    pub(crate) of_hubs: Vec<(u32, NodeSet)>,
}

/// Nodes with many predecessors of larger numbers, and these.
#[derive(Debug)]
struct Hubs {
    nodes: usize,
    are_hubs: NodeSet,
    /// By growing id of the hub; none as long as no predecessor with a larger number was met.
    sources: Vec<(NodeId, Option<NodeSet>)>,
    /// Where in `sources` hubs are: neighbours in the heap refer to the same few of them.
    recent: [usize; RECENT_HUBS],
}

impl Hubs {
    /// Those that a sample of the nodes refers to often.
    fn find(graph: &HeapGraph, rules: &EssentialRules<'_>) -> Self {
        let nodes = graph.node_count();
        let mut counts = FxHashMap::<NodeId, usize>::default();
        let sample = sample(nodes);
        for &node in &sample {
            for edge in graph.edge_range(node) {
                let link = graph.edges[edge];
                if link.to() != NodeId::ROOT
                    && rules.retains_by_itself(node, EdgeId::new(edge), link)
                {
                    *counts.entry(link.to()).or_default() += 1;
                }
            }
        }
        let most_listed = sample.len() / NODES_PER_LISTED_PREDECESSOR;
        counts.retain(|_, count| *count > most_listed);
        let mut hubs: Vec<NodeId> = counts.into_keys().collect();
        hubs.sort_unstable();
        let mut are_hubs = NodeSet::new(nodes);
        for &hub in &hubs {
            are_hubs.insert(hub);
        }
        Self {
            nodes,
            are_hubs,
            sources: hubs.into_iter().map(|hub| (hub, None)).collect(),
            recent: [0; RECENT_HUBS],
        }
    }

    #[inline(always)]
    fn contain(&self, node: NodeId) -> bool {
        self.are_hubs.contains(node)
    }

    #[inline(always)]
    fn insert(&mut self, hub: NodeId, source: u32) {
        let recent = &mut self.recent[hub.index() % RECENT_HUBS];
        if self.sources[*recent].0 != hub {
            *recent = self.sources.partition_point(|&(other, _)| other < hub);
        }
        let sources = self.sources[*recent]
            .1
            .get_or_insert_with(|| NodeSet::new(self.nodes));
        sources.insert(NodeId(source));
    }

    /// The predecessors of each hub that has any, by growing number of the hub.
    fn by_number(self, number: &[u32]) -> Vec<(u32, NodeSet)> {
        let hubs = self.sources.into_iter();
        let mut sources: Vec<_> = hubs
            .filter_map(|(hub, sources)| Some((number[hub.index()], sources?)))
            .collect();
        sources.sort_unstable_by_key(|&(number, _)| number);
        sources
    }
}

/// All nodes of a small graph, else some that lie all over it: no pattern of a heap, such as every
/// fifth object being an order, coincides with it.
fn sample(nodes: usize) -> Vec<NodeId> {
    if nodes <= SAMPLED_NODES {
        return (0..nodes).map(NodeId::new).collect();
    }
    let mut sample: Vec<NodeId> = (1..=SAMPLED_NODES as u64)
        .map(|i| (u128::from(i.wrapping_mul(GOLDEN_RATIO)) * nodes as u128) >> 64)
        .map(|node| NodeId::new(node as usize))
        .collect();
    sample.sort_unstable();
    sample.dedup();
    sample
}
