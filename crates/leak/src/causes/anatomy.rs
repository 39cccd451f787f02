//! What V8's and Node's own objects are made of, as far as the rules ask: scopes of functions,
//! bound functions, fields by name. The names are those of captures of Node 20 to 26, by V8's
//! snapshots and by walks.

use heapwatch_graph::{AnalyzedHeap, EdgeKind, EdgeName, NodeId, NodeKind, SourceLocation};

use crate::redaction::is_scope;

/// How many objects below one are looked at for what it is made of: Node's own wrappers around
/// what a program gave it have far fewer.
const MAX_LOOKED_AT: usize = 200;
/// Functions that wrap one another (`once`, `bind`, `promisify`): more is nothing a person wrote.
const MAX_WRAPPERS: usize = 8;

/// Questions to one heap.
#[derive(Clone, Copy)]
pub(crate) struct Anatomy<'a> {
    heap: &'a AnalyzedHeap,
}

impl<'a> Anatomy<'a> {
    pub(crate) const fn new(heap: &'a AnalyzedHeap) -> Self {
        Self { heap }
    }

    /// Whether a node is an object of this class.
    pub(crate) fn is(self, node: NodeId, class: &str) -> bool {
        self.heap.graph().name(node) == class
            && !self.heap.graph().kind(node).is_string()
            && self.heap.graph().kind(node) != NodeKind::Closure
    }

    /// What a property of this name leads to.
    pub(crate) fn property(self, node: NodeId, name: &str) -> Option<NodeId> {
        self.heap.graph().target(node, EdgeKind::Property, name)
    }

    /// What V8's own reference of this name leads to.
    pub(crate) fn internal(self, node: NodeId, name: &str) -> Option<NodeId> {
        self.heap.graph().target(node, EdgeKind::Internal, name)
    }

    /// The scope that a function was made in.
    pub(crate) fn scope(self, function: NodeId) -> Option<NodeId> {
        self.internal(function, "context")
    }

    /// The function that a bound function or a `once` wrapper calls in the end.
    pub(crate) fn innermost_function(self, function: NodeId) -> NodeId {
        let mut at = function;
        for _ in 0..MAX_WRAPPERS {
            let inner =
                (self.property(at, "listener")).or_else(|| self.internal(at, "bound_function"));
            match inner {
                Some(inner) => at = inner,
                None => break,
            }
        }
        at
    }

    /// A name that nothing in the heap hides: of a class, a function, a string.
    pub(crate) fn name(self, node: NodeId) -> &'a str {
        self.heap.graph().name(node)
    }

    /// Bytes that an object keeps alive.
    pub(crate) fn retained(self, node: NodeId) -> u64 {
        self.heap.dominators().retained(node)
    }

    /// Whether most of what one object keeps alive is what another one does.
    pub(crate) fn is_mostly(self, node: NodeId, part: NodeId) -> bool {
        2 * self.retained(part) >= self.retained(node)
    }

    /// Whether one object is kept alive by another alone.
    pub(crate) fn keeps(self, node: NodeId, part: NodeId) -> bool {
        self.heap
            .dominators()
            .chain(part)
            .any(|above| above == node)
    }

    /// The suspended function whose locals an object is: an async function or a generator.
    pub(crate) fn suspended_function(self, generator: NodeId) -> Option<NodeId> {
        self.internal(generator, "parameters_and_registers")?;
        self.internal(generator, "function")
    }

    /// The async function that goes on when a promise settles, if this is the function of V8's that
    /// waits for that: its scope leads to the suspended function.
    pub(crate) fn awaiting_function(self, closure: NodeId) -> Option<NodeId> {
        if self.heap.graph().kind(closure) != NodeKind::Closure {
            return None;
        }
        let suspended = self.internal(self.scope(closure)?, "extension")?;
        self.suspended_function(suspended)
    }

    /// The promise that V8's own function settles when called, if it is one.
    pub(crate) fn promise_to_settle(self, closure: NodeId) -> Option<NodeId> {
        let graph = self.heap.graph();
        let is_nameless =
            graph.kind(closure) == NodeKind::Closure && graph.name(closure).is_empty();
        if !is_nameless || self.heap.locate(closure).is_some() {
            return None;
        }
        // V8's built-in functions have the scope of all code instead, with a prototype for promises.
        let scope = (self.scope(closure)).filter(|&scope| is_scope(self.heap, scope))?;
        let edges = graph.edges(scope);
        let mut promises =
            edges.filter(|edge| edge.kind != EdgeKind::Weak && self.is(edge.to, "Promise"));
        promises.next().map(|edge| edge.to)
    }

    /// The nearest object that fits among those that a node holds, itself included; breadth first.
    /// Neighbours of the same kind (in lists) are left out.
    pub(crate) fn below(self, node: NodeId, fits: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let graph = self.heap.graph();
        let is_neighbour = |other: NodeId| {
            graph.kind(other) == graph.kind(node)
                && graph.kind(other) != NodeKind::Closure
                && graph.name_id(other) == graph.name_id(node)
        };
        let mut seen = vec![node];
        let mut next = 0;
        while let Some(&at) = seen.get(next) {
            if fits(at) {
                return Some(at);
            }
            next += 1;
            for edge in graph
                .edges(at)
                .filter(|edge| is_constituent(self.heap, edge))
            {
                if seen.len() < MAX_LOOKED_AT && !is_neighbour(edge.to) && !seen.contains(&edge.to)
                {
                    seen.push(edge.to);
                }
            }
        }
        None
    }

    /// The first that fits among what only `node` keeps alive, itself included; breadth first.
    pub(crate) fn inside(self, node: NodeId, fits: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let mut seen = vec![node];
        let mut next = 0;
        while let Some(&at) = seen.get(next) {
            if fits(at) {
                return Some(at);
            }
            next += 1;
            let room = MAX_LOOKED_AT - seen.len();
            seen.extend(self.heap.dominated().of(at).iter().take(room));
        }
        None
    }
}

/// Whether an edge leads on to what an object is made of, as opposed to its class, its scope's
/// surroundings and its neighbours in lists.
fn is_constituent(heap: &AnalyzedHeap, edge: &heapwatch_graph::Edge) -> bool {
    const AROUND: [&str; 11] = [
        "map",
        "__proto__",
        "prototype",
        "constructor",
        "previous",
        "shared",
        "code",
        "feedback_cell",
        "native_context",
        "_idleNext",
        "_idlePrev",
    ];
    const SHARED: [&str; 4] = [
        "system / NativeContext",
        "FinalizationRegistry",
        "TimersList",
        "global",
    ];
    let graph = heap.graph();
    let is_around = match graph.edge_name(*edge) {
        EdgeName::Name(name) => AROUND.contains(&graph.strings().get(name)),
        EdgeName::Index(_) => false,
    };
    edge.kind != EdgeKind::Weak
        && !is_around
        && !is_scope_of_module(heap, edge.to)
        && !matches!(graph.kind(edge.to), NodeKind::Code | NodeKind::ObjectShape)
        && !SHARED.contains(&graph.name(edge.to))
}

/// Whether a node is the scope of a whole file, which leads to everything in it.
fn is_scope_of_module(heap: &AnalyzedHeap, node: NodeId) -> bool {
    let graph = heap.graph();
    let is_outermost = || {
        let around = graph.target(node, EdgeKind::Internal, "previous");
        around.is_some_and(|around| graph.name(around) == "system / NativeContext")
    };
    is_scope(heap, node)
        && is_outermost()
        && (graph.edges(node)).any(|edge| edge.kind == EdgeKind::Context)
}

/// Whether a line is in the program or its packages, and not in Node itself.
pub(crate) fn is_of_program(at: &SourceLocation) -> bool {
    !at.url.starts_with("node:")
}
