//! Who holds what accumulates, in the words of the program: `receipts`, `bus._events.shipped`.

use std::collections::BTreeSet;

use heapwatch_graph::{
    AnalyzedHeap, Edge, EdgeId, EdgeKind, EdgeName, NodeId, NodeKind, PathStep, SourceLocation,
};

use super::candidates::Candidate;
use crate::group_tree::GroupTree;
use crate::package::Origin;
use crate::redaction::{ANY_KEY, edge_name, function_name, is_key, is_scope, node_name};
use crate::site_query::{SiteQuery, SiteSubject};

/// Functions asked about per scope: they only have to tell scopes of one name apart.
const MAX_FUNCTIONS_OF_A_SCOPE: usize = 32;
/// References to a scope that are looked at for its functions: where closures leak, there may be
/// millions.
const MAX_SCOPE_RETAINERS: usize = 4096;
/// Scripts that are asked for a global variable: each has to be read and parsed.
const MAX_SCRIPTS: usize = 48;
/// Steps of a path that anyone reads. Longer ones lead through lists and trees, and lose their
/// repetitions.
const MAX_PATH: usize = 48;
/// Of a path that is too long without repetitions: steps that stay at its start.
const KEPT_AT_START: usize = 8;
/// Within how many steps a list or tree repeats (node, children, table, entry).
const REPEATED_STEPS: usize = 6;

/// The way from the root to an owner and on to a member.
pub(crate) struct Holding {
    /// Root first, the member last.
    pub(crate) steps: Vec<PathStep>,
    /// Position in `steps` of the owner: the nearest JavaScript object above the member that is
    /// not itself one of the accumulating objects.
    pub(crate) owner: usize,
}

impl Holding {
    pub(super) fn new(heap: &AnalyzedHeap, tree: &GroupTree, candidate: &Candidate) -> Self {
        let graph = heap.graph();
        let mut steps = match candidate.edge {
            Some(_) => heap.paths().to(graph, candidate.owner),
            None => heap.paths().to(graph, candidate.sample),
        };
        if let Some(edge) = candidate.edge {
            let (node, edge) = (candidate.sample, Some(graph.edge(edge)));
            steps.push(PathStep { node, edge });
        }
        // The ends of a list (`head`, `tail`) are members of it.
        Self::on_path(heap, shortened(heap, steps), |node| {
            tree.are_neighbours(tree.of(node), candidate.group)
        })
    }

    /// The owner on a path to a member, above what `is_member` says to be members, too.
    pub(crate) fn on_path(
        heap: &AnalyzedHeap,
        steps: Vec<PathStep>,
        is_member: impl Fn(NodeId) -> bool,
    ) -> Self {
        let above = steps.len().saturating_sub(1);
        let is_owner = |step: &PathStep| {
            (heap.graph().kind(step.node).is_js_object() || is_scope(heap, step.node))
                && !is_member(step.node)
        };
        let owner = steps[..above].iter().rposition(is_owner).unwrap_or(0);
        Self { steps, owner }
    }

    /// The typical member, at the end of the path.
    pub(crate) fn member(&self) -> NodeId {
        self.steps.last().map_or(NodeId::ROOT, |step| step.node)
    }

    pub(crate) fn owner_node(&self) -> NodeId {
        self.steps[self.owner].node
    }

    /// How code reaches the owner.
    pub(crate) fn owner_name(&self, heap: &AnalyzedHeap) -> String {
        // A scope is known by none of its variables but the one that holds the member.
        let end = self.owner + usize::from(is_scope(heap, self.owner_node()));
        self.access_path(heap, end.min(self.steps.len().saturating_sub(1)))
    }

    /// How code reaches a step of the path, from the nearest variable, module or class on.
    pub(crate) fn access_path(&self, heap: &AnalyzedHeap, end: usize) -> String {
        let mut name = String::new();
        for edge in self.steps[..=end].iter().filter_map(|step| step.edge) {
            if let Some(map) = weak_map_of_entry(heap, edge) {
                // The key is held by something else, which doesn't know of the value.
                name = Self::of_weak_map(heap, map).path_without_entries(heap);
            }
            extend_access(heap, &mut name, edge);
        }
        if name.is_empty() {
            return node_name(heap, self.steps[end].node).into_owned();
        }
        name
    }

    fn path_without_entries(&self, heap: &AnalyzedHeap) -> String {
        let mut name = String::new();
        for edge in self.steps.iter().filter_map(|step| step.edge) {
            extend_access(heap, &mut name, edge);
        }
        name
    }

    /// Whether the members are entries of the owner, rather than in fields of it.
    pub(crate) fn is_collection(&self, heap: &AnalyzedHeap) -> bool {
        let below = &self.steps[self.owner + 1..];
        below
            .iter()
            .filter_map(|step| step.edge)
            .any(|edge| is_key(heap, edge))
    }

    /// What to ask the sources: the variable or property that holds the owner, and the script.
    /// For an EventEmitter's listeners that is the emitter.
    /// For a list that hangs on one field of the owner (`queue.head`) it is that field.
    pub(super) fn site_query(&self, heap: &AnalyzedHeap) -> Option<SiteQuery> {
        let mut at = self.owner;
        let field = self.steps.get(self.owner + 1).and_then(|step| step.edge);
        let is_field = |edge: Edge| edge.kind == EdgeKind::Property && !is_key(heap, edge);
        if !self.is_collection(heap) && field.is_some_and(is_field) {
            at += 1;
        }
        if let Some(events) = self.events_step(heap) {
            at = events - 1;
        }
        self.query_from(heap, at)
    }

    /// The nearest name from a step upwards: tables and elements on the way are none.
    fn query_from(&self, heap: &AnalyzedHeap, mut at: usize) -> Option<SiteQuery> {
        while at > 0 {
            let edge = self.steps[at].edge?;
            if let Some(map) = weak_map_of_entry(heap, edge) {
                return Self::of_weak_map(heap, map).query_of_map(heap);
            }
            let from = heap.graph().edge_source(edge.id);
            match (edge.kind, heap.graph().edge_name(edge)) {
                (EdgeKind::Context, EdgeName::Name(name)) if is_scope(heap, from) => {
                    let name = heap.graph().strings().get(name);
                    return variable_query(heap, from, name);
                }
                (EdgeKind::Property, EdgeName::Name(name)) if !is_key(heap, edge) => {
                    let name = heap.graph().strings().get(name);
                    return self.property_query(heap, at, name);
                }
                _ => at -= 1,
            }
        }
        None
    }

    /// The variable or property that holds a WeakMap itself.
    fn query_of_map(&self, heap: &AnalyzedHeap) -> Option<SiteQuery> {
        let edge = self.steps[self.owner].edge?;
        let is_entry = weak_map_of_entry(heap, edge).is_some();
        (!is_entry).then(|| self.query_from(heap, self.owner))?
    }

    /// The way to a WeakMap.
    fn of_weak_map(heap: &AnalyzedHeap, map: NodeId) -> Self {
        let steps = heap.paths().to(heap.graph(), map);
        let owner = steps.len().saturating_sub(1);
        Self { steps, owner }
    }

    /// What to ask if the owner is reached from the global object: any script of the program may have
    /// made the variable.
    pub(super) fn global_queries(&self, heap: &AnalyzedHeap) -> Vec<SiteQuery> {
        let graph = heap.graph();
        let is_global = |step: &PathStep| graph.name(step.node).starts_with("global");
        let Some(global) = self.steps[..self.owner].iter().position(is_global) else {
            return Vec::new();
        };
        let fields = &self.steps[global + 1..=self.owner];
        let names = fields.iter().map(|step| match step.edge {
            Some(edge) if edge.kind == EdgeKind::Property && !is_key(heap, edge) => {
                Some(graph.edge_label(edge).into_owned())
            }
            _ => None,
        });
        let Some(name) = names
            .collect::<Option<Vec<_>>>()
            .and_then(|mut names| names.pop())
        else {
            return Vec::new();
        };
        let query = |url: &str, subject| SiteQuery {
            url: url.to_owned(),
            subject,
            name: name.clone(),
            inside: Vec::new(),
        };
        let scripts = scripts_of_program(heap, "").into_iter();
        scripts
            .flat_map(|url| {
                [SiteSubject::Variable, SiteSubject::Property].map(|subject| query(url, subject))
            })
            .collect()
    }

    /// Position in `steps` of the `_events` object of an EventEmitter whose listeners accumulate:
    /// the owner, or what has the owner, an array of listeners, under the name of the event.
    pub(crate) fn events_step(&self, heap: &AnalyzedHeap) -> Option<usize> {
        let member = self.steps.last()?.node;
        let graph = heap.graph();
        // Some packages' emitters keep a record per listener.
        let function = graph
            .target(member, EdgeKind::Property, "fn")
            .unwrap_or(member);
        if graph.kind(function) != NodeKind::Closure {
            return None;
        }
        let is_array = heap.graph().name(self.owner_node()) == "Array";
        let events = self.owner.checked_sub(usize::from(is_array))?;
        let edge = self.steps[events].edge?;
        (events > 0 && is_named(heap, edge.id, "_events")).then_some(events)
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

/// A path without what only says how far down a list or tree the member is.
pub(crate) fn shortened(heap: &AnalyzedHeap, steps: Vec<PathStep>) -> Vec<PathStep> {
    let mut steps = without_repetitions(heap, steps, 1);
    if steps.len() > MAX_PATH {
        steps = without_repetitions(heap, steps, REPEATED_STEPS);
    }
    if steps.len() > MAX_PATH {
        steps.drain(KEPT_AT_START..steps.len() - (MAX_PATH - KEPT_AT_START));
    }
    steps
}

/// Drops the steps between two that are alike, the first of those included, if they are at most
/// `within` apart: of `head.next.next.next` stays `head.next`.
fn without_repetitions(heap: &AnalyzedHeap, steps: Vec<PathStep>, within: usize) -> Vec<PathStep> {
    let mut kept: Vec<PathStep> = Vec::new();
    for step in steps {
        let first = kept.len().saturating_sub(within);
        let repeated = kept[first..].iter().position(|earlier| {
            // Nested collections (`grid[*][*]`) only repeat if there is no end of them.
            are_alike(heap, earlier, &step)
                && (within > 1 || step.edge.is_some_and(|edge| !is_key(heap, edge)))
        });
        if let Some(at) = repeated {
            kept.truncate(first + at);
        }
        kept.push(step);
    }
    kept
}

fn are_alike(heap: &AnalyzedHeap, one: &PathStep, other: &PathStep) -> bool {
    let (Some(by), Some(other_by)) = (one.edge, other.edge) else {
        return false;
    };
    let graph = heap.graph();
    let is_same_edge = by.kind == other_by.kind
        && (graph.edge_name(by) == graph.edge_name(other_by)
            || (is_key(heap, by) && is_key(heap, other_by)));
    is_same_edge
        && graph.kind(one.node) == graph.kind(other.node)
        && graph.name_id(one.node) == graph.name_id(other.node)
}

/// Appends what one edge adds to an access path.
fn extend_access(heap: &AnalyzedHeap, name: &mut String, edge: Edge) {
    let graph = heap.graph();
    let from = graph.edge_source(edge.id);
    match edge.kind {
        // Every program knows it by that name, whatever else refers to it.
        _ if is_process(heap, edge.to) => "process".clone_into(name),
        // A function that knows it as `this` is one of its own.
        EdgeKind::Context if is_named(heap, edge.id, "this") => {
            *name = node_name(heap, edge.to).into_owned();
        }
        EdgeKind::Context => *name = edge_name(heap, edge).into_owned(),
        EdgeKind::Property if is_module(heap, from) && is_named(heap, edge.id, "exports") => {
            "module.exports".clone_into(name);
        }
        EdgeKind::Property => {
            if name.is_empty() || graph.kind(from) == NodeKind::Closure {
                *name = start_of_access(heap, from);
            }
            let property = edge_name(heap, edge);
            if property != ANY_KEY {
                name.push('.');
            }
            name.push_str(&property);
        }
        // An element, a slot of a Map's or Set's table, or the value of a WeakMap's entry.
        EdgeKind::Element | EdgeKind::Internal if !name.is_empty() && is_key(heap, edge) => {
            name.push_str(ANY_KEY);
        }
        _ => {}
    }
}

/// Whether an object is Node's `process`, the only one of a class that is called so.
fn is_process(heap: &AnalyzedHeap, node: NodeId) -> bool {
    heap.graph().kind(node) == NodeKind::Object && heap.graph().name(node) == "process"
}

/// What an object without a variable is called at the start of an access path.
fn start_of_access(heap: &AnalyzedHeap, node: NodeId) -> String {
    match heap.graph().kind(node) {
        NodeKind::Closure => function_name(heap, node).into_owned(),
        NodeKind::Object if heap.graph().name(node).starts_with("global") => "global".to_owned(),
        _ => node_name(heap, node).into_owned(),
    }
}

pub(super) fn is_module(heap: &AnalyzedHeap, node: NodeId) -> bool {
    heap.graph().kind(node) == NodeKind::Object && heap.graph().name(node) == "Module"
}

/// URLs of the program's own scripts, without those of packages, of Node and of the tool that took the
/// capture, those first that are nearest to a script, and as many as may be read. A file that was
/// loaded with many queries (`?v=7`) is one.
pub(crate) fn scripts_of_program<'a>(heap: &'a AnalyzedHeap, near: &str) -> Vec<&'a str> {
    let graph = heap.graph();
    let urls = graph
        .locations()
        .filter_map(|at| heap.scripts().url(graph, &at));
    let mut files = BTreeSet::new();
    let of_program = urls.filter(|url| is_application(heap, url));
    let mut scripts: Vec<&str> = (of_program.collect::<BTreeSet<_>>().into_iter())
        .filter(|url| files.insert(url.split('?').next()))
        .collect();
    let shared = |url: &str| {
        (url.bytes().zip(near.bytes()))
            .take_while(|(a, b)| a == b)
            .count()
    };
    scripts.sort_by_key(|url| std::cmp::Reverse(shared(url)));
    scripts.truncate(MAX_SCRIPTS);
    scripts
}

/// Whether a script is the program's: the tool that took the capture is part of no program, wherever it
/// is installed.
pub(super) fn is_application(heap: &AnalyzedHeap, url: &str) -> bool {
    Origin::of(url) == Origin::Application && !heap.is_of_observer(url)
}

/// The WeakMap, if a reference leads from a key of one to its value: V8's name of the entry has the
/// id of the table.
pub(crate) fn weak_map_of_entry(heap: &AnalyzedHeap, entry: Edge) -> Option<NodeId> {
    let graph = heap.graph();
    let name = match graph.edge_name(entry) {
        EdgeName::Name(name) if entry.kind == EdgeKind::Internal => graph.strings().get(name),
        _ => return None,
    };
    let (_, table) = name
        .split_once(" / part of key (")?
        .1
        .rsplit_once("(table @")?;
    let table = heap.find_object(table.trim_end_matches(')').parse().ok()?)?;
    let holders = heap.retainers().of(table).iter();
    holders
        .map(|&edge| graph.edge_source(edge))
        .find(|&node| graph.name(node) == "WeakMap" && node != graph.edge_source(entry.id))
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
    let mut found = BTreeSet::new();
    for &edge in heap.retainers().of(scope).iter().take(MAX_SCOPE_RETAINERS) {
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
    found.into_iter().collect()
}

fn functions_made_in(heap: &AnalyzedHeap, scope: NodeId) -> Option<SourceLocation> {
    (heap
        .retainers()
        .of(scope)
        .iter()
        .copied()
        .take(MAX_SCOPE_RETAINERS))
    .filter(|&edge| is_named(heap, edge, "context"))
    .find_map(|edge| heap.locate(heap.graph().edge_source(edge)))
}

pub(super) fn is_named(heap: &AnalyzedHeap, edge: EdgeId, name: &str) -> bool {
    let graph = heap.graph();
    matches!(graph.edge_name(graph.edge(edge)), EdgeName::Name(id) if graph.strings().get(id) == name)
}

/// The code around an object: where its class or function is written, or one of a scope's functions.
pub(crate) fn code_around(heap: &AnalyzedHeap, node: NodeId) -> Option<SourceLocation> {
    if is_scope(heap, node) {
        return functions_of_scope(heap, node).into_iter().next();
    }
    heap.locate(node)
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

#[cfg(test)]
mod tests {
    use heapwatch_graph::{AnalyzedHeap, Progress};
    use heapwatch_testing::heap;

    use super::{Holding, scripts_of_program};

    #[test]
    fn what_only_its_own_functions_know_goes_by_its_class() {
        let mut fixture = heap();
        fixture
            .property("handle", "handle")
            .closure("handle", "handle")
            .internal("context", "scope");
        fixture.context("scope").variable("this", "app");
        fixture
            .object("app", "Application")
            .property("routes", "map");
        fixture.map("map", &[("key", "route")]).string("key", "k");
        fixture.object("route", "Route");
        let heap = fixture.analyze();
        let steps = heap.paths().to(heap.graph(), heap["route"]);
        let holding = Holding::on_path(&heap, steps, |node| node == heap["route"]);
        assert_eq!(holding.owner_name(&heap), "Application.routes");
    }

    #[test]
    fn the_programs_scripts_are_those_of_nobody_else_the_nearest_first() {
        let mut fixture = heap();
        let urls = [
            "node:events",
            "/app/node_modules/ws/index.js",
            "/opt/tool/lib/watcher.js",
            "/app/server.js",
            "/app/orders/book.js?v=2",
            "/app/orders/book.js?v=1",
            "/app/orders/list.js",
        ];
        for url in urls {
            fixture.property(url, url);
            fixture.closure(url, "f").written_at(url, 1, 1);
        }
        let heap = AnalyzedHeap::new(fixture.build().into_graph(), &Progress::none());
        let heap = heap
            .expect("analyses")
            .observed_from(Some("/opt/tool/".to_owned()));
        let expected = [
            "/app/orders/list.js",
            "/app/orders/book.js?v=1",
            "/app/server.js",
        ];
        assert_eq!(scripts_of_program(&heap, "/app/orders/list.js"), expected);
    }
}
