//! The path that explains why an object is alive: the shortest strong path from the root, where
//! steps that say little to a developer count as longer.
//!
//! Of the many paths to an object, the one through the application's own module, closure and
//! variable is the one people can act on; the equally short one through a timer list, a hidden
//! class or a compiled function is not. So every step has a cost, and the cheapest path from the
//! root to every node is found at once: Dijkstra's algorithm over a circular array of buckets
//! (Dial, "Algorithm 360: Shortest-path forest with topological ordering", 1969), since costs are
//! small integers.
//!
//! Time O(n + m + largest path cost). 4 bytes a node stay (the edge by which the path reaches it);
//! 5 more a node and the buckets are used while computing.

use rustc_hash::FxHashMap;

use crate::essential::EssentialEdges;
use crate::ids::{EdgeId, NodeId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::locations::ScriptLocations;
use crate::model::{Edge, EdgeName, HeapGraph};
use crate::weak_map_edges::WeakMapEdge;

/// No edge: the root, and nodes that nothing holds.
const NONE: EdgeId = EdgeId(u32::MAX);

/// Cost of a plain step. Preferences below are multiples of it: "a path may be this many steps
/// longer to avoid that".
const STEP: u32 = 1;
/// Elements and properties are what code follows; V8's own references are one step worse.
const INTERNAL: u32 = 1;
/// The scope around a scope holds everything in the file: prefer what the inner one holds.
const OUTER_SCOPE: u32 = 3;
/// Node's own modules, as opposed to the application's and its packages'.
const NODE_INTERNAL_FUNCTION: u32 = 4;
/// Code of installed packages, as opposed to the application's.
const PACKAGE: u32 = 2;
/// The tool that looks at the heap holds parts of it itself; that is never why something leaks.
const OBSERVER: u32 = 16;
/// `prototype`, `constructor`, `__proto__`: how an object came to be, not who holds it.
const PROTOTYPE: u32 = 6;
/// Neighbours in a linked timer list have nothing to do with each other.
const LIST_NEIGHBOUR: u32 = 12;
/// An entry of a WeakMap is held only while something else holds the map, which the key says nothing of.
const WEAK_MAP_ENTRY: u32 = 12;
/// Hidden classes, compiled code and feedback hold things on the side.
const BEHIND_THE_SCENES: u32 = 8;
/// Stacks, handle scopes and jobs of the compiler hold what is in use at this moment; V8's caches
/// let go under pressure. As many steps as no way through an application's scopes is long.
const PASSING_ROOT: u32 = 48;
/// No step costs more: besides the step itself (2) at most one edge name (12), one node name (48)
/// and one source position (16) count. The array of buckets has to be larger than any step.
const MAX_COST: u32 = 78;

/// One step of a path: a node and the edge by which it is reached.
#[derive(Clone, Copy, Debug)]
pub struct PathStep {
    /// The node.
    pub node: NodeId,
    /// The edge from the step before; `None` for the root.
    pub edge: Option<Edge>,
}

/// The preferred path from the root to every node.
#[derive(Debug)]
pub struct RootPaths {
    reached_by: Vec<EdgeId>,
}

impl RootPaths {
    /// Finds all paths over the essential edges. `observer` is the folder of the tool that took the
    /// capture, whose own code is avoided.
    pub fn new(
        graph: &HeapGraph,
        essential: &EssentialEdges,
        scripts: &ScriptLocations,
        observer: Option<&str>,
    ) -> Self {
        let costs = StepCosts::new(graph, scripts, observer);
        let mut search = Search::new(graph.node_count());
        search.reach(NodeId::ROOT, NONE, 0);
        while let Some((node, distance)) = search.next() {
            for edge in graph.edges(node) {
                if essential.contains(edge.id) {
                    let distance = distance.saturating_add(costs.of(graph, edge));
                    search.reach(edge.to, edge.id, distance);
                }
            }
        }
        Self {
            reached_by: search.reached_by,
        }
    }

    /// The last edge of the path to `node`; `None` for the root and for what nothing holds.
    pub fn last_edge(&self, node: NodeId) -> Option<EdgeId> {
        Some(self.reached_by[node.index()]).filter(|&edge| edge != NONE)
    }

    /// The steps from the root to `node`, the root first; just `node` if nothing holds it.
    /// O(length of the path · log nodes).
    pub fn to(&self, graph: &HeapGraph, node: NodeId) -> Vec<PathStep> {
        let mut steps = Vec::new();
        let mut at = node;
        loop {
            let by = self.reached_by[at.index()];
            if by == NONE {
                steps.push(PathStep {
                    node: at,
                    edge: None,
                });
                break;
            }
            let source = graph.edge_source(by);
            let edge = Some(graph.edge_of(source, by));
            steps.push(PathStep { node: at, edge });
            at = source;
        }
        steps.reverse();
        steps
    }
}

struct Search {
    reached_by: Vec<EdgeId>,
    distance: Vec<u32>,
    buckets: Vec<Vec<NodeId>>,
    at: u32,
    waiting: usize,
}

impl Search {
    fn new(nodes: usize) -> Self {
        Self {
            reached_by: vec![NONE; nodes],
            distance: vec![u32::MAX; nodes],
            buckets: vec![Vec::new(); MAX_COST as usize + 1],
            at: 0,
            waiting: 0,
        }
    }

    #[inline]
    fn reach(&mut self, node: NodeId, by: EdgeId, distance: u32) {
        if distance >= self.distance[node.index()] {
            return;
        }
        self.distance[node.index()] = distance;
        self.reached_by[node.index()] = by;
        let bucket = distance as usize % self.buckets.len();
        self.buckets[bucket].push(node);
        self.waiting += 1;
    }

    /// The nearest node that is not settled, with its distance.
    fn next(&mut self) -> Option<(NodeId, u32)> {
        while self.waiting > 0 {
            let bucket = self.at as usize % self.buckets.len();
            match self.buckets[bucket].pop() {
                None => self.at += 1,
                Some(node) => {
                    self.waiting -= 1;
                    // Otherwise the node was reached on a cheaper path since it was put here.
                    if self.distance[node.index()] == self.at {
                        return Some((node, self.at));
                    }
                }
            }
        }
        None
    }
}

/// What each step of a path costs: the length of a path is the sum. 1 byte a node and a string.
#[derive(Debug)]
pub struct StepCosts {
    node: Vec<u8>,
    name: Vec<u8>,
}

impl StepCosts {
    /// Judges all names and nodes once. Linear.
    pub fn new(graph: &HeapGraph, scripts: &ScriptLocations, observer: Option<&str>) -> Self {
        let node_names: Vec<u8> = (graph.strings().iter())
            .map(|(_, name)| node_name_cost(name) as u8)
            .collect();
        let mut node: Vec<u8> = (graph.nodes())
            .map(|n| node_cost(graph, n, &node_names) as u8)
            .collect();
        let mut by_script = FxHashMap::default();
        for location in graph.locations() {
            let cost = by_script.entry(location.script_id).or_insert_with(|| {
                code_cost(scripts.url(graph, &location).unwrap_or(""), observer) as u8
            });
            node[location.node.index()] += *cost;
        }
        let name = (graph.strings().iter())
            .map(|(_, name)| edge_name_cost(name) as u8)
            .collect();
        Self { node, name }
    }

    /// The cost of following an edge to its target, at least 1.
    #[inline]
    pub fn of(&self, graph: &HeapGraph, edge: Edge) -> u32 {
        let kind = match edge.kind {
            EdgeKind::Internal | EdgeKind::Hidden | EdgeKind::Unknown => INTERNAL,
            _ => 0,
        };
        let name = match graph.edge_name(edge) {
            EdgeName::Name(name)
                if edge.kind != EdgeKind::Context && !is_program_text(graph, edge) =>
            {
                u32::from(self.name[name.index()])
            }
            _ => 0,
        };
        STEP + kind + name + u32::from(self.node[edge.to.index()])
    }
}

/// Whether the edge is a property whose value is a string: such a name is the program's, and a
/// string leads nowhere.
fn is_program_text(graph: &HeapGraph, edge: Edge) -> bool {
    edge.kind == EdgeKind::Property && graph.kind(edge.to).is_string()
}

fn node_cost(graph: &HeapGraph, node: NodeId, names: &[u8]) -> u32 {
    match graph.kind(node) {
        NodeKind::Code | NodeKind::ObjectShape => BEHIND_THE_SCENES,
        NodeKind::Synthetic | NodeKind::Hidden | NodeKind::Object => {
            u32::from(names[graph.name_id(node).index()])
        }
        _ => 0,
    }
}

/// What it costs to step on a function or class instance, by where its code is.
fn code_cost(url: &str, observer: Option<&str>) -> u32 {
    if observer.is_some_and(|folder| url.contains(folder))
        || url.contains("/node_modules/heapwatch/")
    {
        OBSERVER
    } else if url.starts_with("node:") {
        NODE_INTERNAL_FUNCTION
    } else if url.contains("/node_modules/") || url.contains("\\node_modules\\") {
        PACKAGE
    } else {
        0
    }
}

fn node_name_cost(name: &str) -> u32 {
    match name {
        "(Stack roots)"
        | "(Strong roots)"
        | "(Handle scope)"
        | "(Compilation cache)"
        | "(Relocatable)"
        | "(Micro tasks)"
        | "(Identity map)"
        | "(Thread manager)"
        | "(Traced handles)" => PASSING_ROOT,
        "TimersList" | "PriorityQueue" => LIST_NEIGHBOUR,
        "system / Map"
        | "system / PropertyCell"
        | "system / FeedbackVector"
        | "system / FeedbackCell"
        | "system / PrototypeInfo"
        | "system / AllocationSite"
        | "system / TransitionArray" => BEHIND_THE_SCENES,
        _ => 0,
    }
}

fn edge_name_cost(name: &str) -> u32 {
    match name {
        "previous" => OUTER_SCOPE,
        "prototype" | "constructor" | "__proto__" | "initial_map" => PROTOTYPE,
        "_idleNext" | "_idlePrev" => LIST_NEIGHBOUR,
        "map" | "code" | "feedback_cell" | "feedback_vector" | "descriptors" | "transitions"
        | "dependent_code" | "back_pointer" => BEHIND_THE_SCENES,
        _ if WeakMapEdge::from_name(name).is_some() => WEAK_MAP_ENTRY,
        _ => 0,
    }
}
