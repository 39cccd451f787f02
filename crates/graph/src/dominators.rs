//! Dominator tree and retained sizes.
//!
//! Algorithm: SEMI-NCA (Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems",
//! 2005) with the nearest-common-ancestor step done over skew-binary jump pointers (Myers, "An
//! applicative random-access stack", 1983). Plain SEMI-NCA walks up the tree one node at a time,
//! which is quadratic on a long linked list whose values are also indexed elsewhere, a common
//! shape in JavaScript; with jump pointers each of those walks is O(log n).
//!
//! Everything is computed in DFS preorder numbers, where the immediate dominator of a node always
//! has a smaller number than the node.
//!
//! Nodes that no essential edge reaches hang off the root, as in DevTools: first those without any
//! essential retainer, with what they retain below them; then the rest (cliques held by nothing),
//! each on its own. The edges that start in such a clique do not count, so it takes nothing away
//! from what the other nodes dominate.
//!
//! Time O((n + m) log n). Temporaries 16 bytes and 2 bits a node, and for some predecessors 4 bytes each
//! (see [`predecessors`](crate::predecessors)): a column whose values are no longer needed is used for
//! the next purpose, since this is where opening a snapshot needs the most memory. Result 6 bytes a
//! node, 8 if many sizes are 64 KiB or more.

use crate::counting_sort::Offsets;
use crate::depth_first::DepthFirstOrder;
use crate::error::GraphError;
use crate::essential::EssentialRules;
use crate::ids::NodeId;
use crate::model::HeapGraph;
use crate::predecessors::Predecessors;
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
        let tree = DominatorTree::new(order, &rules, progress)?;
        let retained = tree.retained(shallow);
        Ok(tree.with_retained(retained))
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
        order: DepthFirstOrder,
        rules: &EssentialRules<'_>,
        progress: &Progress<'_>,
    ) -> Result<Self, GraphError> {
        progress.at(Stage::Dominators, 0.5)?;
        let DepthFirstOrder {
            number,
            parent: mut ancestor,
            tree,
            predecessors,
        } = order;
        let (mut semi, predecessors) = predecessors.list(rules, &number);
        progress.at(Stage::Dominators, 0.7)?;
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
        Ok(Self { vertex, idom })
    }

    /// What each node retains: sizes summed up from the leaves.
    pub fn retained(&self, shallow: &SizeColumn) -> SizeColumn {
        let mut retained = shallow.clone();
        for number in (1..self.vertex.len()).rev() {
            let dominator = self.node(self.idom[number]);
            retained.add(dominator, retained.get(self.node(number as u32)));
        }
        retained
    }

    /// Translates the tree from numbers to nodes.
    pub fn with_retained(self, retained: SizeColumn) -> Dominators {
        let mut idom = vec![NodeId::ROOT; self.vertex.len()];
        for (&node, &dominator) in self.vertex.iter().zip(&self.idom) {
            idom[node as usize] = self.node(dominator);
        }
        Dominators { idom, retained }
    }

    /// Calls `enter(node, position, end)` for every node, each directly followed by all that it
    /// dominates: these have the positions up to `end`. Linear, 8 bytes a node.
    pub(crate) fn top_down(&self, mut enter: impl FnMut(NodeId, u32, u32)) {
        // The size of each subtree, then the position of its next child, which in the end is its own end.
        let mut next = vec![1; self.idom.len()];
        for number in (1..next.len()).rev() {
            next[self.idom[number] as usize] += next[number];
        }
        let mut numbers = vec![0; next.len()];
        if let Some(root) = next.first_mut() {
            *root = 1;
        }
        for number in 1..next.len() {
            let size = next[number];
            let above = &mut next[self.idom[number] as usize];
            let position = *above;
            *above += size;
            next[number] = position + 1;
            numbers[position as usize] = number as u32;
        }
        for (position, &number) in (0..).zip(&numbers) {
            enter(self.node(number), position, next[number as usize]);
        }
    }

    #[inline(always)]
    fn node(&self, number: u32) -> NodeId {
        NodeId(self.vertex[number as usize])
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
