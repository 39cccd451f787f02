//! What diagnosis found out about a suspect, and the questions that rules ask about it.
//!
//! A rule sees the members (a few of them, a typical one first), the path from the root to the
//! typical one, and the whole heap. It recognises structures that V8 and Node build, never names
//! that a program chose.

use heapwatch_graph::{
    AnalyzedHeap, Edge, EdgeKind, EdgeName, NodeId, NodeKind, PathStep, SourceLocation,
};

use super::anatomy::{Anatomy, is_of_program};
use crate::diagnosis::{Holding, calls_of_module, code_around};
use crate::redaction::{ANY_KEY, class_name, edge_name, function_name, is_scope};
use crate::site_query::{CodeName, SourceSites};
use crate::text;

/// What diagnosis found out about a suspect.
pub(crate) struct Finding<'a> {
    pub(crate) heap: &'a AnalyzedHeap,
    pub(crate) sources: &'a dyn SourceSites,
    /// The path from the root to the typical member, and where in it the owner is.
    pub(crate) holding: &'a Holding,
    /// Some members, a typical one first.
    pub(crate) members: &'a [NodeId],
    /// Class of the members.
    pub(crate) class: &'a str,
    /// Class of the owner.
    pub(crate) owner_class: &'a str,
    /// How code reaches the owner.
    pub(crate) owner_name: &'a str,
    /// Members now, and those gained since the first capture.
    pub(crate) count: u64,
    pub(crate) gained: u64,
    /// Whether it is known that no member was removed between the captures.
    pub(crate) kept_all: bool,
    /// Bytes that the members keep alive.
    pub(crate) bytes: u64,
    /// `file:line` where members are made or put in, if known.
    pub(crate) line: Option<String>,
    /// Whether members that were there at the first capture are known to have gone.
    pub(crate) old_ones_go: bool,
    /// `file:line` where the source takes the oldest member out, as from a queue.
    pub(crate) first_taken_at: Option<String>,
    /// Whether the source adds parts of buffers or strings (`subarray`, `slice`).
    pub(crate) adds_parts: bool,
}

/// Listeners of an EventEmitter.
#[derive(Debug)]
pub(crate) struct Listeners {
    /// How code reaches the emitter.
    pub(crate) emitter: String,
    /// The event; `None` if it is spread over many.
    pub(crate) event: Option<String>,
}

/// What keeps most of an object's bytes alive inside it.
#[derive(Debug)]
pub(crate) struct KeptVariable {
    /// Name of the variable.
    pub(crate) name: String,
    /// Class of its value.
    pub(crate) class: String,
    /// Bytes that it keeps alive.
    pub(crate) bytes: u64,
}

impl<'a> Finding<'a> {
    /// The questions to V8's and Node's own structures.
    pub(crate) fn anatomy(&self) -> Anatomy<'a> {
        Anatomy::new(self.heap)
    }

    /// The typical member.
    pub(crate) fn member(&self) -> NodeId {
        self.holding.member()
    }

    /// The path from the root to the typical member.
    pub(crate) fn steps(&self) -> &'a [PathStep] {
        &self.holding.steps
    }

    /// Whether the members are entries of the owner, rather than in fields of it.
    pub(crate) fn is_collection(&self) -> bool {
        self.holding.is_collection(self.heap)
    }

    /// Whether more than half of the members are like that.
    pub(crate) fn most(&self, is_like_that: impl Fn(NodeId) -> bool) -> bool {
        let alike = self.members.iter().filter(|&&node| is_like_that(node));
        2 * alike.count() > self.members.len()
    }

    /// Position in the path of the step nearest to the member that fits.
    pub(crate) fn nearest(&self, fits: impl Fn(&PathStep) -> bool) -> Option<usize> {
        self.steps().iter().rposition(fits)
    }

    /// Position of the nearest step that is reached by a reference of this name.
    pub(crate) fn reached_by(&self, name: &str) -> Option<usize> {
        self.nearest(|step| self.is_reached_by(step, name))
    }

    pub(crate) fn is_reached_by(&self, step: &PathStep, name: &str) -> bool {
        let graph = self.heap.graph();
        step.edge.is_some_and(|edge| {
            matches!(graph.edge_name(edge), EdgeName::Name(id) if graph.strings().get(id) == name)
        })
    }

    /// Position of the nearest step that is an object of one of these classes.
    pub(crate) fn nearest_of(&self, classes: &[&str]) -> Option<usize> {
        self.nearest(|step| {
            classes
                .iter()
                .any(|class| self.anatomy().is(step.node, class))
        })
    }

    /// The object that holds what accumulates.
    pub(crate) fn owner(&self) -> NodeId {
        self.holding.owner_node()
    }

    /// Whether no object of the program or its packages holds the members, only V8's roots do.
    pub(crate) fn is_held_by_roots(&self) -> bool {
        self.holding.owner == 0
    }

    /// How code reaches a step of the path.
    pub(crate) fn name_of(&self, position: usize) -> String {
        self.holding.access_path(self.heap, position)
    }

    /// Whether most members refer to another object of their class by a field: a list or tree.
    pub(crate) fn is_linked(&self) -> bool {
        let is_object = |node| self.heap.graph().kind(node) == NodeKind::Object;
        self.most(|node| {
            let mut edges = self.heap.graph().edges(node);
            is_object(node) && edges.any(|edge| self.is_field_to_alike(&edge) && edge.to != node)
        })
    }

    /// Whether a reference is a field that leads to an object of the members' class.
    pub(crate) fn is_field_to_alike(&self, edge: &Edge) -> bool {
        let graph = self.heap.graph();
        let classes = self.heap.classes();
        // Plain objects without a common shape have nothing in common.
        edge.kind == EdgeKind::Property
            && self.heap.class_name(edge.to) != "Object"
            && classes.of(edge.to) == classes.of(self.member())
            && graph.edge_label(*edge) != "__proto__"
    }

    /// The emitter and event if the members are listeners of an EventEmitter.
    pub(crate) fn listeners(&self) -> Option<Listeners> {
        let events = self.holding.events_step(self.heap)?;
        let event = self.steps().get(events + 1)?.edge;
        let event = event.map(|edge| edge_name(self.heap, edge).into_owned());
        Some(Listeners {
            emitter: self.name_of(events - 1),
            event: event.filter(|event| event != ANY_KEY),
        })
    }

    /// The function that a listener of an EventEmitter is, or is the record of, in the end.
    pub(crate) fn listener(&self) -> NodeId {
        let member = self.member();
        let function = self.anatomy().property(member, "fn").unwrap_or(member);
        self.anatomy().innermost_function(function)
    }

    /// The variable through which a function keeps most of what it keeps alive.
    pub(crate) fn kept_through(&self, function: NodeId) -> Option<KeptVariable> {
        let graph = self.heap.graph();
        let scope = self.anatomy().scope(function)?;
        let variables = (graph.edges(scope))
            .filter(|edge| edge.kind == EdgeKind::Context)
            .filter(|edge| self.anatomy().keeps(function, edge.to));
        let largest = variables.max_by_key(|edge| self.heap.dominators().retained(edge.to))?;
        let bytes = self.heap.dominators().retained(largest.to);
        let is_most = 2 * bytes > self.heap.dominators().retained(function);
        (is_most && !is_scope(self.heap, largest.to)).then(|| KeptVariable {
            name: edge_name(self.heap, largest).into_owned(),
            class: class_name(self.heap, largest.to).into_owned(),
            bytes,
        })
    }

    /// The code around an object: of its class or function, or of a function in its scope.
    pub(crate) fn near(&self, node: NodeId) -> Option<SourceLocation> {
        code_around(self.heap, node)
    }

    /// Where the program wrote the function, or one that it was made of.
    pub(crate) fn written_at(&self, function: NodeId) -> Option<SourceLocation> {
        let function = self.anatomy().innermost_function(function);
        self.heap.locate(function).filter(is_of_program)
    }

    /// The function of the program that is nearest below a node, by the references that make up
    /// V8's and Node's objects.
    pub(crate) fn function_below(&self, node: NodeId) -> Option<NodeId> {
        self.anatomy().below(node, |below| {
            self.heap.graph().kind(below) == NodeKind::Closure
                && self.heap.locate(below).is_some_and(|at| is_of_program(&at))
        })
    }

    /// The code of the program that is nearest among what only a node keeps alive.
    pub(crate) fn code_inside(&self, node: NodeId) -> Option<SourceLocation> {
        let code = |below| self.heap.locate(below).filter(is_of_program);
        code(self.anatomy().inside(node, |below| code(below).is_some())?)
    }

    /// Where the program calls one of these exports of Node's modules, by the first module of which it
    /// does: for what Node makes and holds, without anything of the program's.
    pub(crate) fn calls_of_node(&self, modules: &[(&str, &[&str])]) -> Option<SourceLocation> {
        modules.iter().find_map(|(module, exports)| {
            let exports: Vec<String> = exports.iter().map(|&name| name.to_owned()).collect();
            let calls = calls_of_module(self.heap, self.sources, module, &exports, "");
            calls
                .into_iter()
                .next()
                .map(|(query, call)| query.location(call.line, call.column))
        })
    }

    /// What each member keeps alive: `its \`req\` (IncomingMessage, 34 KB)` if it is a function that
    /// keeps most of it through one variable, else `about 34 KB`.
    pub(crate) fn kept_by_each(&self, function: Option<NodeId>) -> String {
        match function.and_then(|function| self.kept_through(function)) {
            Some(kept) => format!(
                "its `{}` ({}, {})",
                kept.name,
                kept.class,
                text::bytes(kept.bytes)
            ),
            None => format!("about {}", text::bytes(self.bytes_each())),
        }
    }

    /// `, written at jobs.js:7`, or nothing.
    pub(crate) fn written(&self, at: Option<&SourceLocation>) -> String {
        at.map_or(String::new(), |at| {
            format!(", written at {}", self.line_text(at))
        })
    }

    /// `, added at orders.js:42`, or nothing.
    pub(crate) fn added(&self) -> String {
        (self.line.as_ref()).map_or(String::new(), |line| format!(", added at {line}"))
    }

    /// `; their callback is written at jobs.js:7`, or nothing.
    pub(crate) fn callback_written(&self, at: Option<&SourceLocation>) -> String {
        at.map_or(String::new(), |at| {
            format!("; their callback is written at {}", self.line_text(at))
        })
    }

    /// `orders.ts:42`, the line of the source.
    fn line_text(&self, at: &SourceLocation) -> String {
        self.sources.place(at.clone(), CodeName::None).text()
    }

    /// Bytes that one member keeps alive, on average.
    pub(crate) fn bytes_each(&self) -> u64 {
        self.bytes / self.count.max(1)
    }

    /// ` at orders.js:42`, or nothing.
    pub(crate) fn at_line(&self) -> String {
        (self.line.as_ref()).map_or(String::new(), |line| format!(" at {line}"))
    }

    /// `` `processOrder` (orders.js:42)``
    pub(crate) fn function_in_words(&self, function: NodeId) -> String {
        let name = function_name(self.heap, function);
        match self.written_at(function) {
            Some(at) => format!("`{name}` ({})", self.line_text(&at)),
            None => format!("`{name}`"),
        }
    }

    /// `4,000 more than at the first capture`
    pub(crate) fn gain(&self) -> String {
        format!(
            "{} more than at the first capture",
            text::count(self.gained)
        )
    }
}
