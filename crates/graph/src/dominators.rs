//! Dominator tree and retained sizes.
//!
//! Algorithm: SEMI-NCA (Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems",
//! 2005) with the nearest-common-ancestor step done over skew-binary jump pointers (Myers, "An
//! applicative random-access stack", 1983). Plain SEMI-NCA walks up the tree one node at a time,
//! which is quadratic on a long linked list whose values are also indexed elsewhere, a common
//! shape in JavaScript; with jump pointers each of those walks is O(log n).
//!
//! Everything is computed in DFS preorder numbers, where the immediate dominator of a node always
//! has a smaller number than the node. An edge to a larger number comes from an ancestor, and of
//! those only the smallest source matters; lists of predecessors are needed for the other edges
//! alone. Most of those lead to a few nodes, such as the hidden class of a million objects: for such a
//! node a bit for each possible predecessor takes less than a list.
//!
//! Nodes that no essential edge reaches hang off the root, as in DevTools: first those without any
//! essential retainer, with what they retain below them; then the rest (cliques held by nothing),
//! each on its own. The edges that start in such a clique do not count, so it takes nothing away
//! from what the other nodes dominate.
//!
//! Time O((n + m) log n). Temporaries 16 bytes and 2 bits a node, and for the predecessors 4 bytes each,
//! or a bit a node where a node has many: a column whose values are no longer needed is used for the
//! next purpose, since this is where opening a snapshot needs the most memory. Result 6 bytes a node, 8
//! if many sizes are 64 KiB or more.

use rustc_hash::FxHashMap;

use crate::depth_first::DepthFirstOrder;
use crate::error::GraphError;
use crate::essential::EssentialRules;
use crate::ids::NodeId;
use crate::model::HeapGraph;
use crate::node_set::NodeSet;
use crate::progress::{Progress, Stage};
use crate::sizes::SizeColumn;

/// Immediate dominators and retained sizes of all nodes.
#[derive(Debug)]
pub struct Dominators {
    idom: Vec<NodeId>,
    retained: SizeColumn,
}

impl Dominators {
    /// Computes the tree over the essential edges, and sums `shallow` up in it.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn compute(
        graph: &HeapGraph,
        shallow: &SizeColumn,
        progress: &Progress<'_>,
    ) -> Result<Self, GraphError> {
        progress.at(Stage::Dominators, 0.0)?;
        let (order, rules) = DepthFirstOrder::new(graph);
        Ok(DominatorTree::new(graph, order, &rules, progress)?.sum(shallow))
    }

    /// The immediate dominator: the nearest node through which every path from the root to `node`
    /// leads. The root is its own.
    #[inline(always)]
    pub fn idom(&self, node: NodeId) -> NodeId {
        self.idom[node.index()]
    }

    /// Bytes that would be freed if `node` became unreachable: its shallow size and those of all
    /// nodes it dominates.
    #[inline(always)]
    pub fn retained(&self, node: NodeId) -> u64 {
        self.retained.get(node)
    }

    /// The dominators of a node from its own up to the root.
    pub fn chain(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut at = node;
        std::iter::from_fn(move || {
            if at == NodeId::ROOT {
                return None;
            }
            at = self.idom(at);
            Some(at)
        })
    }
}

/// The dominator tree before sizes are summed up in it: shallow sizes can be computed in between,
/// when the memory that the tree took is free again.
#[derive(Debug)]
pub struct DominatorTree {
    /// DFS number of each node.
    number: Vec<u32>,
    /// Node of each DFS number.
    vertex: Vec<u32>,
    /// Immediate dominators, both in DFS numbers.
    idom: Vec<u32>,
}

impl DominatorTree {
    /// Computes the tree over the essential edges from the order in which they reach the nodes.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn new(
        graph: &HeapGraph,
        order: DepthFirstOrder,
        rules: &EssentialRules<'_>,
        progress: &Progress<'_>,
    ) -> Result<Self, GraphError> {
        progress.at(Stage::Dominators, 0.3)?;
        let mut semi = order.parent.clone();
        let predecessors = Predecessors::new(graph, rules, &order, &mut semi);
        progress.at(Stage::Dominators, 0.6)?;
        let DepthFirstOrder { number, tree, .. } = order;
        let mut ancestor = order.parent;
        let mut idom = semidominators(&mut semi, &mut ancestor, predecessors);
        progress.at(Stage::Dominators, 0.8)?;
        tree.write_parents(&mut idom);
        nearest_common_ancestors(&mut idom, &mut semi, &mut ancestor);
        drop(ancestor);
        progress.at(Stage::Dominators, 0.9)?;
        let mut vertex = semi;
        for (node, &number) in number.iter().enumerate() {
            vertex[number as usize] = node as u32;
        }
        Ok(Self {
            number,
            vertex,
            idom,
        })
    }

    /// Sums sizes from the leaves up, and translates the tree from numbers to nodes.
    pub fn sum(self, shallow: &SizeColumn) -> Dominators {
        let Self {
            number: mut by_node,
            vertex,
            idom,
        } = self;
        let mut retained = shallow.clone();
        for number in (1..vertex.len()).rev() {
            let node = NodeId(vertex[number]);
            let dominator = NodeId(vertex[idom[number] as usize]);
            by_node[node.index()] = dominator.0;
            retained.add(dominator, retained.get(node));
        }
        Dominators {
            // In place: the element types have one layout.
            idom: by_node.into_iter().map(NodeId).collect(),
            retained,
        }
    }
}

/// The dominator tree from the top: the nodes that each node immediately dominates.
/// 8 bytes a node.
#[derive(Debug)]
pub struct DominatedNodes {
    first: Vec<u32>,
    nodes: Vec<NodeId>,
}

impl DominatedNodes {
    /// Turns the tree around. Linear.
    pub fn new(dominators: &Dominators) -> Self {
        let idom = &dominators.idom;
        let edges = idom.iter().skip(1).map(|dominator| dominator.0);
        let mut first = Offsets::new(idom.len(), edges);
        let mut nodes = vec![NodeId::ROOT; idom.len().saturating_sub(1)];
        for (node, dominator) in idom.iter().enumerate().skip(1) {
            nodes[first.next(dominator.0)] = NodeId::new(node);
        }
        Self {
            first: first.finish(),
            nodes,
        }
    }

    /// The nodes that `node` immediately dominates, in the order of the graph.
    pub fn of(&self, node: NodeId) -> &[NodeId] {
        let i = node.index();
        &self.nodes[self.first[i] as usize..self.first[i + 1] as usize]
    }

    /// All nodes, each after its immediate dominator, the root first.
    pub fn top_down(&self) -> impl Iterator<Item = NodeId> + '_ {
        let mut pending = vec![NodeId::ROOT];
        std::iter::from_fn(move || {
            let node = pending.pop()?;
            pending.extend_from_slice(self.of(node));
            Some(node)
        })
    }
}

/// Turns counts at `i + 1` into start offsets at `i`.
pub(crate) fn prefix_sums(counts: &mut [u32]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}

/// Where each group of a counting sort starts, while it is filled: the start of group `i` is at
/// `i + 1` and moves to the group's end, which is where the next one starts. So the offsets are
/// right in the end without a second column of positions.
pub(crate) struct Offsets(Vec<u32>);

impl Offsets {
    /// Counts the members of each of `len` groups.
    pub(crate) fn new(len: usize, groups: impl Iterator<Item = u32>) -> Self {
        let mut first = vec![0u32; len + 2];
        for group in groups {
            first[group as usize + 2] += 1;
        }
        prefix_sums(&mut first);
        Self(first)
    }

    /// The position of the next member of a group.
    #[inline(always)]
    pub(crate) fn next(&mut self, group: u32) -> usize {
        let slot = &mut self.0[group as usize + 1];
        *slot += 1;
        *slot as usize - 1
    }

    /// Group `i` is from `[i]` to `[i + 1]`, once all members have been placed.
    pub(crate) fn finish(mut self) -> Vec<u32> {
        self.0.pop();
        self.0
    }
}

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

/// For each node, in DFS numbers, the sources of its essential edges that have larger numbers.
struct Predecessors {
    first: Vec<u32>,
    sources: Vec<u32>,
    /// Those of nodes with many, by growing number of the node.
    of_hubs: Vec<(u32, NodeSet)>,
}

impl Predecessors {
    /// Lists the sources with larger numbers, and lowers `semi` to the smallest of the others.
    fn new(
        graph: &HeapGraph,
        rules: &EssentialRules<'_>,
        order: &DepthFirstOrder,
        semi: &mut [u32],
    ) -> Self {
        let mut hubs = Hubs::find(graph, rules, order);
        let mut first = vec![0u32; order.parent.len() + 2];
        let mut has_listed = NodeSet::new(graph.node_count());
        for node in graph.nodes() {
            for_each_edge(rules, order, node, |from, to| {
                if from <= to {
                    let semi = &mut semi[to as usize];
                    *semi = from.min(*semi);
                } else if hubs.is_hub(to) {
                    hubs.insert(to, from);
                } else {
                    first[to as usize + 2] += 1;
                    has_listed.insert(node);
                }
            });
        }
        prefix_sums(&mut first);
        let mut first = Offsets(first);
        let total = first.0.last().copied().unwrap_or(0);
        let mut sources = vec![0u32; total as usize];
        for node in has_listed.iter() {
            for_each_edge(rules, order, node, |from, to| {
                if from > to && !hubs.is_hub(to) {
                    sources[first.next(to)] = from;
                }
            });
        }
        Self {
            first: first.finish(),
            sources,
            of_hubs: hubs.sources,
        }
    }
}

/// Calls `each(from, to)`, in DFS numbers, for every essential edge of a node that counts: it does
/// not lead to the root, nor start in a clique.
#[inline(always)]
fn for_each_edge(
    rules: &EssentialRules<'_>,
    order: &DepthFirstOrder,
    node: NodeId,
    mut each: impl FnMut(u32, u32),
) {
    let from = order.number[node.index()];
    if from >= order.first_in_clique {
        return;
    }
    for (_, to) in rules.edges_of(node) {
        let to = order.number[to.index()];
        if to != 0 {
            each(from, to);
        }
    }
}

/// Nodes with many predecessors of larger numbers, and these.
struct Hubs {
    are_hubs: NodeSet,
    /// By growing number of the hub.
    sources: Vec<(u32, NodeSet)>,
    /// Where in `sources` hubs are: neighbours in the heap refer to the same few of them.
    recent: [usize; RECENT_HUBS],
}

impl Hubs {
    /// Those that a sample of the nodes refers to often.
    fn find(graph: &HeapGraph, rules: &EssentialRules<'_>, order: &DepthFirstOrder) -> Self {
        let nodes = graph.node_count();
        let mut counts = FxHashMap::<u32, usize>::default();
        let sample = sample(nodes);
        for &node in &sample {
            for_each_edge(rules, order, node, |from, to| {
                if from > to {
                    *counts.entry(to).or_default() += 1;
                }
            });
        }
        let most_listed = sample.len() / NODES_PER_LISTED_PREDECESSOR;
        counts.retain(|_, count| *count > most_listed);
        let mut hubs: Vec<u32> = counts.into_keys().collect();
        hubs.sort_unstable();
        let mut are_hubs = NodeSet::new(nodes);
        let mut sources = Vec::with_capacity(hubs.len());
        for hub in hubs {
            are_hubs.insert(NodeId(hub));
            sources.push((hub, NodeSet::new(nodes)));
        }
        Self {
            are_hubs,
            sources,
            recent: [0; RECENT_HUBS],
        }
    }

    #[inline(always)]
    fn is_hub(&self, number: u32) -> bool {
        self.are_hubs.contains(NodeId(number))
    }

    #[inline(always)]
    fn insert(&mut self, hub: u32, source: u32) {
        let recent = &mut self.recent[hub as usize % RECENT_HUBS];
        if self.sources[*recent].0 != hub {
            *recent = self.sources.partition_point(|&(other, _)| other < hub);
        }
        self.sources[*recent].1.insert(NodeId(source));
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

/// Semidominators by path compression. `semi` comes in as the smallest predecessor among the
/// ancestors, `ancestor` as the parents. Gives a column whose values are no longer needed.
///
/// `label[v]` is the smallest semidominator on the compressed path above `v`, kept as a value to
/// save an indirection. Labels are of nodes that have been processed, offsets of predecessors of
/// nodes that have not: both are in one column, the label of `v` where the list of `v` ended.
fn semidominators(semi: &mut [u32], ancestor: &mut [u32], predecessors: Predecessors) -> Vec<u32> {
    let Predecessors {
        mut first,
        sources,
        mut of_hubs,
    } = predecessors;
    let mut path = Vec::new();
    for w in (1..semi.len()).rev() {
        let mut smallest = semi[w];
        let sources = &sources[first[w] as usize..first[w + 1] as usize];
        let label = &mut first[1..];
        let w = w as u32;
        for &v in sources {
            smallest = smallest.min(evaluate(v, w, ancestor, label, &mut path));
        }
        if let Some((_, sources)) = of_hubs.pop_if(|(hub, _)| *hub == w) {
            for v in sources.iter() {
                smallest = smallest.min(evaluate(v.0, w, ancestor, label, &mut path));
            }
        }
        let w = w as usize;
        semi[w] = smallest;
        label[w] = smallest;
    }
    first.truncate(semi.len());
    first
}

/// The smallest semidominator on the path from `v` up to, without, the first node that is not
/// linked yet (numbers up to `last_unlinked`); compresses the path.
fn evaluate(
    v: u32,
    last_unlinked: u32,
    ancestor: &mut [u32],
    label: &mut [u32],
    path: &mut Vec<u32>,
) -> u32 {
    let mut at = v;
    while ancestor[at as usize] > last_unlinked {
        path.push(at);
        at = ancestor[at as usize];
    }
    let top = ancestor[at as usize];
    let mut smallest = label[at as usize];
    while let Some(node) = path.pop() {
        smallest = smallest.min(label[node as usize]);
        label[node as usize] = smallest;
        ancestor[node as usize] = top;
    }
    smallest
}

/// Immediate dominators: the deepest ancestor of `w` in the dominator tree so far that is not
/// below `semi[w]`.
///
/// `idom` comes in as the parents. `semi` becomes the depths in the dominator tree: node by node,
/// each value is used for the last time when the other is known. `jump` comes in as anything.
fn nearest_common_ancestors(idom: &mut [u32], semi: &mut [u32], jump: &mut [u32]) {
    if let ([root_depth, ..], [root_jump, ..]) = (&mut *semi, &mut *jump) {
        (*root_depth, *root_jump) = (0, 0);
    }
    for w in 1..idom.len() {
        let bound = semi[w];
        let mut at = idom[w];
        while at > bound {
            let far = jump[at as usize];
            at = if far >= bound { far } else { idom[at as usize] };
        }
        idom[w] = at;
        let depth = &mut *semi;
        let (p, j) = (at as usize, jump[at as usize] as usize);
        depth[w] = depth[p] + 1;
        let same_stride = depth[p] - depth[j] == depth[j] - depth[jump[j] as usize];
        jump[w] = if same_stride { jump[j] } else { at };
    }
}
