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

use crate::error::GraphError;
use crate::essential::EssentialEdges;
use crate::ids::{EdgeId, NodeId};
use crate::model::HeapGraph;
use crate::node_set::NodeSet;
use crate::progress::{Progress, Stage};
use crate::sizes::SizeColumn;

/// DFS number of a node that has not been visited.
const UNVISITED: u32 = u32::MAX;

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
        essential: &EssentialEdges,
        shallow: &SizeColumn,
        progress: &Progress<'_>,
    ) -> Result<Self, GraphError> {
        Ok(DominatorTree::new(graph, essential, progress)?.sum(shallow))
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
    /// Computes the tree over the essential edges.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn new(
        graph: &HeapGraph,
        essential: &EssentialEdges,
        progress: &Progress<'_>,
    ) -> Result<Self, GraphError> {
        progress.at(Stage::Dominators, 0.0)?;
        let order = DepthFirstOrder::new(graph, essential);
        progress.at(Stage::Dominators, 0.3)?;
        let mut semi = order.parent.clone();
        let predecessors = Predecessors::new(graph, essential, &order, &mut semi);
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

/// DFS preorder from the root: number of each node, parent by number.
struct DepthFirstOrder {
    number: Vec<u32>,
    parent: Vec<u32>,
    tree: PreorderTree,
    /// Numbers from here on belong to nodes that only hold each other.
    first_in_clique: u32,
}

/// The edges that are still to be followed, of each node on the way down.
type OpenEdges = Vec<(u32, u32)>;

impl DepthFirstOrder {
    fn new(graph: &HeapGraph, essential: &EssentialEdges) -> Self {
        let len = graph.node_count();
        let mut order = Self {
            number: vec![UNVISITED; len],
            parent: Vec::with_capacity(len),
            tree: PreorderTree::default(),
            first_in_clique: len as u32,
        };
        let mut stack = Vec::new();
        order.visit_from(graph, essential, NodeId::ROOT, &mut stack);
        if order.parent.len() < len {
            order.visit_unretained(graph, essential, &mut stack);
        }
        if order.parent.len() < len {
            order.first_in_clique = order.parent.len() as u32;
            for node in graph.nodes() {
                if order.number[node.index()] == UNVISITED {
                    order.number_node(node, 0);
                    order.tree.close();
                }
            }
        }
        order
    }

    #[inline(always)]
    fn number_node(&mut self, node: NodeId, parent: u32) -> u32 {
        let number = self.parent.len() as u32;
        self.number[node.index()] = number;
        self.parent.push(parent);
        self.tree.open();
        number
    }

    /// Visits what is reachable from `start`, which becomes a child of the root (or the root).
    fn visit_from(
        &mut self,
        graph: &HeapGraph,
        essential: &EssentialEdges,
        start: NodeId,
        stack: &mut OpenEdges,
    ) {
        let mut at = self.number_node(start, 0);
        let (mut next, mut end) = open_edges(graph, start);
        loop {
            if next == end {
                self.tree.close();
                let Some(open) = stack.pop() else { return };
                (next, end) = open;
                at = self.parent[at as usize];
                continue;
            }
            let edge = next as usize;
            next += 1;
            let to = graph.edges[edge].to();
            if self.number[to.index()] == UNVISITED && essential.contains(EdgeId::new(edge)) {
                at = self.number_node(to, at);
                stack.push((next, end));
                (next, end) = open_edges(graph, to);
            }
        }
    }

    /// Visits the nodes that have no essential retainer at all.
    fn visit_unretained(
        &mut self,
        graph: &HeapGraph,
        essential: &EssentialEdges,
        stack: &mut OpenEdges,
    ) {
        let mut retained = vec![false; graph.node_count()];
        for edge in 0..graph.edge_count() {
            if essential.contains(EdgeId::new(edge)) {
                retained[graph.edges[edge].to().index()] = true;
            }
        }
        for node in graph.nodes() {
            if self.number[node.index()] == UNVISITED && !retained[node.index()] {
                self.visit_from(graph, essential, node, stack);
            }
        }
    }
}

fn open_edges(graph: &HeapGraph, node: NodeId) -> (u32, u32) {
    let edges = graph.edge_range(node);
    (edges.start as u32, edges.end as u32)
}

/// A tree by the order in which its nodes are entered and left: the parents once more, in 2 bits a
/// node instead of 4 bytes (balanced parentheses; Jacobson, "Space-efficient Static Trees and
/// Graphs", 1989).
#[derive(Default)]
struct PreorderTree {
    /// 1 where a node is entered, 0 where it is left.
    bits: Vec<u64>,
    len: usize,
}

impl PreorderTree {
    #[inline(always)]
    fn open(&mut self) {
        self.close();
        if let Some(word) = self.bits.last_mut() {
            *word |= 1 << ((self.len - 1) % 64);
        }
    }

    #[inline(always)]
    fn close(&mut self) {
        if self.len.is_multiple_of(64) {
            self.bits.push(0);
        }
        self.len += 1;
    }

    /// Writes the parent of each node, both by number. What is entered after the root was left is
    /// a child of the root, and so is the root.
    fn write_parents(&self, parents: &mut [u32]) {
        let mut open = Vec::new();
        let mut parents = (0..).zip(parents);
        for at in 0..self.len {
            if self.bits[at / 64] >> (at % 64) & 1 == 0 {
                open.pop();
            } else if let Some((number, parent)) = parents.next() {
                *parent = open.last().copied().unwrap_or(0);
                open.push(number);
            }
        }
    }
}

/// A node has its predecessors as bits if they are more than one in this many nodes: a list of them
/// takes 32 bits each.
const NODES_PER_LISTED_PREDECESSOR: usize = 32;

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
        essential: &EssentialEdges,
        order: &DepthFirstOrder,
        semi: &mut [u32],
    ) -> Self {
        let mut first = vec![0u32; order.parent.len() + 2];
        Self::for_each(graph, essential, order, |from, to| {
            if from > to {
                first[to as usize + 2] += 1;
            } else {
                let semi = &mut semi[to as usize];
                *semi = from.min(*semi);
            }
        });
        let mut of_hubs = take_hubs(&mut first[2..]);
        let mut is_hub = NodeSet::new(semi.len());
        for &(hub, _) in &of_hubs {
            is_hub.insert(NodeId(hub));
        }
        // Neighbours in the heap refer to the same few of them.
        let mut recent = [0; RECENT_HUBS];
        prefix_sums(&mut first);
        let mut first = Offsets(first);
        let total = first.0.last().copied().unwrap_or(0);
        let mut sources = vec![0u32; total as usize];
        Self::for_each(graph, essential, order, |from, to| {
            if from <= to {
                return;
            }
            if is_hub.contains(NodeId(to)) {
                let recent = &mut recent[to as usize % RECENT_HUBS];
                if of_hubs[*recent].0 != to {
                    *recent = of_hubs.partition_point(|&(hub, _)| hub < to);
                }
                of_hubs[*recent].1.insert(NodeId(from));
            } else {
                sources[first.next(to)] = from;
            }
        });
        Self {
            first: first.finish(),
            sources,
            of_hubs,
        }
    }

    /// Calls `each(from, to)` for every essential edge that does not lead to the root.
    #[inline(always)]
    fn for_each(
        graph: &HeapGraph,
        essential: &EssentialEdges,
        order: &DepthFirstOrder,
        mut each: impl FnMut(u32, u32),
    ) {
        for node in graph.nodes() {
            let from = order.number[node.index()];
            if from >= order.first_in_clique {
                continue;
            }
            for edge in graph.edge_range(node) {
                if !essential.contains(EdgeId::new(edge)) {
                    continue;
                }
                let to = order.number[graph.edges[edge].to().index()];
                if to != 0 {
                    each(from, to);
                }
            }
        }
    }
}

/// The nodes that have many of the counted predecessors, with a set for those, and nothing to list.
fn take_hubs(counts: &mut [u32]) -> Vec<(u32, NodeSet)> {
    let nodes = counts.len();
    let most_listed = nodes / NODES_PER_LISTED_PREDECESSOR;
    (0..)
        .zip(counts)
        .filter(|(_, count)| **count as usize > most_listed)
        .map(|(hub, count)| {
            *count = 0;
            (hub, NodeSet::new(nodes))
        })
        .collect()
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
