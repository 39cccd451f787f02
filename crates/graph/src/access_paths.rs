//! How code reaches an object: `receipts`, `OrderStore.pending`, `listeners.order[*]`.
//!
//! Goes back along the preferred path ([`paths`](crate::paths)) to the nearest name that tells a
//! developer where to look: a variable, an instance of a class, or a function. Tables and other
//! parts of an object on the way are skipped: they are not in the source.
//!
//! O(steps), and steps are limited: a name is for reading.

use crate::analyzed::AnalyzedHeap;
use crate::backing_stores::{internal, is_property_table};
use crate::edge_labels::{Access, EdgeLabels, entry, property};
use crate::ids::NodeId;
use crate::kinds::NodeKind;

/// Names with more parts are cut at the front.
const MAX_PARTS: usize = 6;
/// References that give no part (tables and the like) count here, too.
const MAX_STEPS: usize = 24;

/// Whether keys and indexes are part of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// `listeners["order"][3]`: for one object.
    Shown,
    /// `listeners[*][*]`: the same for all objects that are held alike.
    Merged,
}

/// Names objects of one heap by how they are reached.
#[derive(Clone, Copy, Debug)]
pub struct AccessPaths<'h> {
    heap: &'h AnalyzedHeap,
    labels: EdgeLabels<'h>,
    keys: Keys,
}

impl<'h> AccessPaths<'h> {
    /// Names for this heap. The first use for a heap computes all paths.
    pub fn new(heap: &'h AnalyzedHeap, keys: Keys) -> Self {
        let labels = EdgeLabels::new(heap);
        Self { heap, labels, keys }
    }

    /// How code reaches `node`; the name of its class if nothing holds it.
    pub fn of(&self, node: NodeId) -> String {
        let graph = self.heap.graph();
        let mut parts: Vec<String> = Vec::new();
        let mut at = node;
        let mut head = None;
        for _ in 0..MAX_STEPS {
            let Some(by) = self.heap.paths().last_edge(at) else {
                head = Some(graph.name(at).to_owned());
                break;
            };
            let source = graph.edge_source(by);
            let edge = graph.edge_of(source, by);
            match self.labels.access(source, edge) {
                Access::Variable(name) => {
                    head = Some(name.to_owned());
                    break;
                }
                Access::Property(_) if self.is_entry(source) => parts.push("[*]".to_owned()),
                access => parts.extend(self.part(access)),
            }
            at = source;
            if self.is_named_owner(at) && !parts.is_empty() {
                head = Some(self.owner_name(at));
                break;
            }
            if parts.len() >= MAX_PARTS {
                break;
            }
        }
        let mut name = head.unwrap_or_else(|| "…".to_owned());
        parts.iter().rev().for_each(|part| name.push_str(part));
        name
    }

    fn part(&self, access: Access<'_>) -> Option<String> {
        let merged = self.keys == Keys::Merged;
        match access {
            Access::Variable(_) | Access::Part(_) => None,
            Access::Property(name) => Some(property(name)),
            Access::Element(_) if merged => Some("[*]".to_owned()),
            Access::Element(index) => Some(format!("[{index}]")),
            Access::Entry(_, key) => Some(entry(key.filter(|_| !merged))),
            Access::Member(_) => Some("{*}".to_owned()),
            Access::Internal(_) if merged => Some("<*>".to_owned()),
            Access::Internal(name) => Some(format!("<{name}>")),
        }
    }

    /// Whether properties of the node are keys rather than names: a plain object in dictionary
    /// mode.
    fn is_entry(&self, node: NodeId) -> bool {
        let graph = self.heap.graph();
        self.keys == Keys::Merged
            && graph.kind(node) == NodeKind::Object
            && graph.name(node) == "Object"
            && internal(graph, node, "properties")
                .is_some_and(|store| is_property_table(graph, store))
    }

    /// Whether the node's own name says enough about where it is.
    fn is_named_owner(&self, node: NodeId) -> bool {
        let graph = self.heap.graph();
        match graph.kind(node) {
            NodeKind::Closure => !graph.name(node).is_empty(),
            NodeKind::Synthetic => true,
            NodeKind::Object => {
                let name = graph.name(node);
                !name.starts_with("system / ") && !is_container(name)
            }
            _ => false,
        }
    }

    fn owner_name(&self, node: NodeId) -> String {
        let graph = self.heap.graph();
        let detached = if graph.is_detached(node) {
            "<detached> "
        } else {
            ""
        };
        let name = graph.name(node);
        let name = if name.is_empty() { "(root)" } else { name };
        format!("{detached}{name}")
    }
}

/// Objects that are named by who holds them.
fn is_container(class: &str) -> bool {
    let built_in = [
        "Object", "Array", "Map", "Set", "WeakMap", "WeakSet", "Promise", "",
    ];
    built_in.contains(&class)
}
