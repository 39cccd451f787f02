//! Who holds what accumulates, in the words of the program: `receipts`, `bus._events.shipped`.

use heapwatch_graph::{
    AnalyzedHeap, EdgeId, EdgeKind, EdgeName, NodeId, NodeKind, PathStep, SourceLocation,
};

use super::candidates::{Candidate, holding_edge};
use crate::site_query::{SiteQuery, SiteSubject};

/// An object with more properties than this is a dictionary: its property names are keys, which
/// may be anything (and anyone's), and don't belong in a report.
const MAX_NAMED_PROPERTIES: usize = 24;
/// Functions asked about per scope: they only have to tell scopes of one name apart.
const MAX_FUNCTIONS_OF_A_SCOPE: usize = 32;

/// The way from the root to an owner and on to a member.
pub(super) struct Holding {
    /// Root first, the member last.
    pub(super) steps: Vec<PathStep>,
    /// Position in `steps` of the owner: the nearest JavaScript object above the member.
    pub(super) owner: usize,
}

impl Holding {
    pub(super) fn new(heap: &AnalyzedHeap, candidate: &Candidate) -> Self {
        let paths = heap.paths();
        let mut steps = match holding_edge(heap, candidate) {
            Some(_) => paths.to(heap.graph(), candidate.owner),
            None => paths.to(heap.graph(), candidate.sample),
        };
        if let Some(edge) = holding_edge(heap, candidate) {
            let node = candidate.sample;
            steps.push(PathStep {
                node,
                edge: Some(edge),
            });
        }
        let above = steps.len().saturating_sub(1);
        let is_owner = |step: &PathStep| {
            heap.graph().kind(step.node).is_js_object() || is_scope(heap, step.node)
        };
        let owner = steps[..above].iter().rposition(is_owner).unwrap_or(0);
        Self { steps, owner }
    }

    pub(super) fn owner_node(&self) -> NodeId {
        self.steps[self.owner].node
    }

    /// How code reaches the owner.
    pub(super) fn owner_name(&self, heap: &AnalyzedHeap) -> String {
        self.access_path(heap, self.owner)
    }

    /// How code reaches a step of the path, from the nearest variable, module or class on.
    pub(super) fn access_path(&self, heap: &AnalyzedHeap, end: usize) -> String {
        let mut name = String::new();
        let mut before: Option<NodeId> = None;
        for step in &self.steps[..=end] {
            if let (Some(edge), Some(from)) = (step.edge, before) {
                extend_access(heap, &mut name, from, edge);
            }
            before = Some(step.node);
        }
        if name.is_empty() {
            name = heap.class_name(self.steps[end].node).to_owned();
        }
        name
    }

    /// What to ask the sources: the variable or property that holds the owner, and the script.
    /// For an EventEmitter's listeners that is the emitter.
    pub(super) fn site_query(&self, heap: &AnalyzedHeap) -> Option<SiteQuery> {
        let mut at = self.owner;
        if let Some(events) = self.events_step(heap) {
            at = events - 1;
        }
        // Tables and elements on the way are no names; go up to the first that is.
        while at > 0 {
            let edge = self.steps[at].edge?;
            let from = self.steps[at - 1].node;
            match (edge.kind, edge.name()) {
                (EdgeKind::Context, EdgeName::Name(name)) if is_scope(heap, from) => {
                    let name = heap.graph().strings().get(name);
                    return variable_query(heap, from, name);
                }
                (EdgeKind::Property, EdgeName::Name(name)) if !is_dictionary(heap, from) => {
                    let name = heap.graph().strings().get(name);
                    return self.property_query(heap, at, name);
                }
                _ => at -= 1,
            }
        }
        None
    }

    /// Position in `steps` of the `_events` object of an EventEmitter whose listeners accumulate.
    pub(super) fn events_step(&self, heap: &AnalyzedHeap) -> Option<usize> {
        // Emitter -_events-> object -event-> array -element-> listener; one listener has no array.
        let from = self.owner.saturating_sub(2).max(1);
        (from..=self.owner)
            .rev()
            .find(|&i| (self.steps[i].edge).is_some_and(|edge| is_named(heap, edge.id, "_events")))
    }

    fn property_query(&self, heap: &AnalyzedHeap, at: usize, name: &str) -> Option<SiteQuery> {
        let near =
            (self.steps[..at].iter().rev()).find_map(|step| near_location(heap, step.node))?;
        let (url, inside) = near;
        (!url.starts_with("node:")).then(|| SiteQuery {
            url,
            subject: SiteSubject::Property,
            name: name.to_owned(),
            inside,
        })
    }
}

/// Appends what one edge adds to an access path.
fn extend_access(
    heap: &AnalyzedHeap,
    name: &mut String,
    from: NodeId,
    edge: heapwatch_graph::Edge,
) {
    let graph = heap.graph();
    match (edge.kind, edge.name()) {
        (EdgeKind::Context, EdgeName::Name(variable)) => {
            name.clear();
            name.push_str(graph.strings().get(variable));
        }
        (EdgeKind::Property, EdgeName::Name(property)) => {
            let property = graph.strings().get(property);
            if is_module(heap, from) && property == "exports" {
                "module.exports".clone_into(name);
                return;
            }
            if name.is_empty() || graph.kind(from) == NodeKind::Closure {
                *name = heap_object_name(heap, from);
            }
            if is_dictionary(heap, from) {
                name.push_str("[*]");
            } else {
                name.push('.');
                name.push_str(property);
            }
        }
        (EdgeKind::Element, _) => name.push_str("[*]"),
        // A slot of a Map's or Set's table.
        (EdgeKind::Internal, EdgeName::Name(slot))
            if graph.kind(from) == NodeKind::Array
                && graph
                    .strings()
                    .get(slot)
                    .starts_with(|c: char| c.is_ascii_digit()) =>
        {
            name.push_str("[*]");
        }
        _ => {}
    }
}

/// What an object without a variable is called at the start of an access path.
fn heap_object_name(heap: &AnalyzedHeap, node: NodeId) -> String {
    match heap.graph().kind(node) {
        NodeKind::Closure => heap.graph().name(node).to_owned(),
        NodeKind::Object if heap.graph().name(node).starts_with("global") => "global".to_owned(),
        _ => heap.class_name(node).to_owned(),
    }
}

fn is_module(heap: &AnalyzedHeap, node: NodeId) -> bool {
    heap.graph().kind(node) == NodeKind::Object && heap.graph().name(node) == "Module"
}

/// Whether the node is the scope of a function.
pub(super) fn is_scope(heap: &AnalyzedHeap, node: NodeId) -> bool {
    heap.graph().name(node) == "system / Context"
}

/// Whether an object's property names are keys rather than fields.
pub(super) fn is_dictionary(heap: &AnalyzedHeap, node: NodeId) -> bool {
    let graph = heap.graph();
    if graph.kind(node) != NodeKind::Object || graph.name(node) != "Object" {
        return false;
    }
    let properties = graph
        .edges(node)
        .filter(|edge| edge.kind == EdgeKind::Property);
    properties.take(MAX_NAMED_PROPERTIES + 1).count() > MAX_NAMED_PROPERTIES
}

/// The question for a variable of a scope: the script is that of the functions in the scope.
fn variable_query(heap: &AnalyzedHeap, scope: NodeId, name: &str) -> Option<SiteQuery> {
    let functions = functions_of_scope(heap, scope);
    let url = functions.first().map(|at| at.url.clone())?;
    let inside = (functions.iter())
        .filter(|at| at.url == url)
        .map(|at| (at.line - 1, at.column - 1))
        .collect();
    (!url.starts_with("node:")).then(|| SiteQuery {
        url,
        subject: SiteSubject::Variable,
        name: name.to_owned(),
        inside,
    })
}

/// Positions of the functions that were made in a scope, or in scopes inside it.
pub(super) fn functions_of_scope(heap: &AnalyzedHeap, scope: NodeId) -> Vec<SourceLocation> {
    let mut found = Vec::new();
    for edge in heap.retainers().of(scope).iter().copied() {
        let source = heap.graph().edge_source(edge);
        if found.len() >= MAX_FUNCTIONS_OF_A_SCOPE {
            break;
        }
        if heap.graph().kind(source) == NodeKind::Closure && is_named(heap, edge, "context") {
            found.extend(heap.locate(source));
        } else if is_scope(heap, source) && is_named(heap, edge, "previous") {
            found.extend(functions_made_in(heap, source));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn functions_made_in(heap: &AnalyzedHeap, scope: NodeId) -> Option<SourceLocation> {
    (heap.retainers().of(scope).iter().copied())
        .filter(|&edge| is_named(heap, edge, "context"))
        .find_map(|edge| heap.locate(heap.graph().edge_source(edge)))
}

fn is_named(heap: &AnalyzedHeap, edge: EdgeId, name: &str) -> bool {
    let graph = heap.graph();
    matches!(graph.edge(edge).name(), EdgeName::Name(id) if graph.strings().get(id) == name)
}

/// The script around an object: of a function or class instance itself, of a scope's functions, or
/// of a CommonJS module.
fn near_location(heap: &AnalyzedHeap, node: NodeId) -> Option<(String, Vec<(u32, u32)>)> {
    if is_scope(heap, node) {
        let at = functions_of_scope(heap, node).into_iter().next()?;
        return Some((at.url, vec![(at.line - 1, at.column - 1)]));
    }
    if is_module(heap, node) {
        let file = heap.graph().target(node, EdgeKind::Property, "filename")?;
        return Some((heap.graph().name(file).to_owned(), Vec::new()));
    }
    let at = heap.locate(node)?;
    Some((at.url, vec![(at.line - 1, at.column - 1)]))
}
