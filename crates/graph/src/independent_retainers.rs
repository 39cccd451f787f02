//! What else keeps an object alive if one reference to it is cut.
//!
//! A reference u -> v is independent if it retains, is not cut, and the root reaches u without
//! passing v. A path to u that avoids v uses no reference *to* v, hence none of those that are cut;
//! so the cut only removes itself from the answer, and "reaches u without passing v" is just "v
//! does not dominate u". Chains of immediate dominators answer that: from every u upward, until v,
//! the root, or a node whose answer is known. O(retainers + distinct dominators of them), no search
//! of the graph.
//!
//! What only weak references lead to counts as held by the root, as it does for dominators and
//! retained sizes: it is in the capture, so V8 holds it in a way that the capture doesn't show.
//!
//! An array refers to its elements twice, itself and through its backing store; so does an object
//! in dictionary mode to its properties. These are one reference to whoever wrote the program: the
//! store's is left out if its owner has one of its own, and is cut with its owner's.

use rustc_hash::FxHashMap;

use crate::analyzed::AnalyzedHeap;
use crate::backing_stores::internal;
use crate::ids::{EdgeId, NodeId};
use crate::kinds::{EdgeKind, NodeKind};

/// References that are thought away.
#[derive(Clone, Debug)]
pub enum Cut {
    /// None.
    Nothing,
    /// All from this object, including its table or backing store.
    Retainer(NodeId),
    /// Those from this object with this name (an index in decimal), including the same reference
    /// of its backing store.
    Edge {
        /// Where the references start.
        from: NodeId,
        /// The name as the capture gives it.
        name: String,
    },
}

/// The references that keep `node` alive independently of it and of the cut ones, in the order of
/// their sources.
pub fn independent_retainers(heap: &AnalyzedHeap, node: NodeId, cut: &Cut) -> Vec<EdgeId> {
    let graph = heap.graph();
    let retainers: Vec<Retainer> = (heap.retainers().of(node).iter())
        .filter(|&&edge| heap.essential().contains(edge))
        .map(|&edge| Retainer::new(heap, edge))
        .collect();
    let direct: FxHashMap<NodeId, ()> = retainers.iter().map(|r| (r.source, ())).collect();
    let mut dominated = DominatedBy::new(node);
    (retainers.iter())
        .filter(|r| !r.owner.is_some_and(|owner| direct.contains_key(&owner)))
        .filter(|r| !cut.contains(heap, r))
        .filter(|r| !dominated.contains(heap, r.source))
        .map(|r| r.edge)
        .filter(|&edge| graph.edge_kind(edge) != EdgeKind::Weak)
        .collect()
}

struct Retainer {
    edge: EdgeId,
    source: NodeId,
    /// The object whose backing store the source is.
    owner: Option<NodeId>,
}

impl Retainer {
    fn new(heap: &AnalyzedHeap, edge: EdgeId) -> Self {
        let source = heap.graph().edge_source(edge);
        let owner = store_owner(heap, source);
        Self {
            edge,
            source,
            owner,
        }
    }
}

impl Cut {
    fn contains(&self, heap: &AnalyzedHeap, retainer: &Retainer) -> bool {
        let is_from = |from: NodeId| retainer.source == from || retainer.owner == Some(from);
        match self {
            Self::Nothing => false,
            Self::Retainer(from) => is_from(*from),
            Self::Edge { from, name } => {
                let edge = heap.graph().edge_of(retainer.source, retainer.edge);
                is_from(*from) && heap.graph().edge_label(edge) == name.as_str()
            }
        }
    }
}

/// The object that has `store` as its table or backing store and shares it with nobody.
fn store_owner(heap: &AnalyzedHeap, store: NodeId) -> Option<NodeId> {
    let graph = heap.graph();
    if graph.kind(store) != NodeKind::Array {
        return None;
    }
    let owner = heap.dominators().idom(store);
    let is_store = |name| internal(graph, owner, name) == Some(store);
    ["elements", "table", "properties"]
        .into_iter()
        .any(is_store)
        .then_some(owner)
}

/// Which nodes one node dominates, as far as was asked.
struct DominatedBy {
    node: NodeId,
    known: FxHashMap<NodeId, bool>,
}

impl DominatedBy {
    fn new(node: NodeId) -> Self {
        let known = FxHashMap::default();
        Self { node, known }
    }

    fn contains(&mut self, heap: &AnalyzedHeap, asked: NodeId) -> bool {
        let mut at = asked;
        let mut passed = Vec::new();
        let answer = loop {
            if at == self.node {
                break true;
            }
            if at == NodeId::ROOT {
                break false;
            }
            if let Some(&known) = self.known.get(&at) {
                break known;
            }
            passed.push(at);
            at = heap.dominators().idom(at);
        };
        self.known
            .extend(passed.into_iter().map(|node| (node, answer)));
        answer
    }
}
