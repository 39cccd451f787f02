//! Classes: what a developer would call the kind of an object.
//!
//! The rules are those of DevTools. JavaScript objects go by constructor name and, where the
//! capture has it, the constructor's source position, so that two classes of one name stay apart.
//! Plain `Object`s go by shape, `{id, items}`, if enough objects have the same ordered properties;
//! unlike in DevTools an object that has more properties than a common shape does not count under
//! it, which would call most prototypes `{constructor}`. V8's own parts fall into a few groups such as `(system)` and `(compiled code)`.
//!
//! A class's retained size counts an instance only if no other instance of the class dominates it,
//! or a linked list would count its tail once per element.
//!
//! Linear time; 4 bytes a node stay, 8 more a node are used while computing.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};
use serde::Serialize;

use crate::dominators::{DominatedNodes, Dominators};
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::locations::{ScriptLocations, SourceLocation};
use crate::model::{EdgeName, HeapGraph};
use crate::sizes::SizeColumn;

/// A shape is a class if at least this many objects have it ...
const MIN_OBJECTS_PER_SHAPE: usize = 2;
/// ... and at least one in this many plain objects (DevTools' value: keeps one-offs together).
const SHAPE_PROPORTION: usize = 1000;
/// Properties of a shape are named up to about this many characters (DevTools' value).
const MAX_SHAPE_NAME: usize = 120;

/// A class of a graph: its position in [`Classes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct ClassId(pub u32);

/// Sums over the instances of a class.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassSummary {
    /// Constructor name, shape, or group such as `(system)`.
    pub name: String,
    /// Where the constructor is, if the capture says so.
    pub location: Option<SourceLocation>,
    /// How many instances there are.
    pub count: u64,
    /// Shallow bytes of all instances.
    #[serde(rename = "self")]
    pub self_size: u64,
    /// Bytes that would be freed if all instances became unreachable, as far as one instance of
    /// the class does not hold another.
    pub retained: u64,
}

/// By what [`Classes::list`] sorts, largest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClassOrder {
    /// Retained bytes.
    #[default]
    Retained,
    /// Shallow bytes.
    SelfSize,
    /// Instances.
    Count,
}

/// What [`Classes::list`] leaves out.
#[derive(Clone, Debug, Default)]
pub struct ClassFilter {
    /// Only classes whose name contains this text.
    pub name_contains: Option<String>,
    /// At most this many.
    pub limit: Option<usize>,
}

/// The class of every node, and sums per class.
#[derive(Debug)]
pub struct Classes {
    by_node: Vec<ClassId>,
    summaries: Vec<ClassSummary>,
}

impl Classes {
    /// Names the class of every node and sums over each class.
    pub fn new(
        graph: &HeapGraph,
        shallow: &SizeColumn,
        dominators: &Dominators,
        scripts: &ScriptLocations,
    ) -> Self {
        let (by_node, mut summaries) = Naming::new(graph, scripts).name_all();
        for node in graph.nodes() {
            let summary = &mut summaries[by_node[node.index()].0 as usize];
            summary.count += 1;
            summary.self_size = summary.self_size.saturating_add(shallow.get(node));
        }
        add_retained(&by_node, &mut summaries, dominators);
        Self { by_node, summaries }
    }

    /// The class of a node.
    #[inline]
    pub fn of(&self, node: NodeId) -> ClassId {
        self.by_node[node.index()]
    }

    /// A class's name and sums.
    pub fn summary(&self, class: ClassId) -> &ClassSummary {
        &self.summaries[class.0 as usize]
    }

    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.summaries.len()
    }

    /// Whether there is no class (a graph has at least its root's).
    pub fn is_empty(&self) -> bool {
        self.summaries.is_empty()
    }

    /// Classes in an order, largest first; equal ones by name.
    pub fn list(&self, order: ClassOrder, filter: &ClassFilter) -> Vec<(ClassId, &ClassSummary)> {
        let wanted = |class: &ClassSummary| {
            let part = filter.name_contains.as_deref().unwrap_or("");
            class.name.contains(part)
        };
        let mut listed: Vec<_> = (self.summaries.iter().enumerate())
            .filter(|(_, class)| wanted(class))
            .map(|(i, class)| (ClassId(i as u32), class))
            .collect();
        listed.sort_by_cached_key(|(_, class)| {
            let size = match order {
                ClassOrder::Retained => class.retained,
                ClassOrder::SelfSize => class.self_size,
                ClassOrder::Count => class.count,
            };
            (std::cmp::Reverse(size), class.name.clone())
        });
        listed.truncate(filter.limit.unwrap_or(usize::MAX));
        listed
    }
}

/// Adds each node's retained size to its class unless a dominator of the node is of that class:
/// one walk down the dominator tree that counts, per class, how many instances are open.
fn add_retained(by_node: &[ClassId], summaries: &mut [ClassSummary], dominators: &Dominators) {
    let tree = DominatedNodes::new(dominators);
    let mut open = vec![0u32; summaries.len()];
    let mut stack = vec![(NodeId::ROOT, 0usize)];
    while let Some((node, next)) = stack.last_mut() {
        let class = by_node[node.index()].0 as usize;
        if *next == 0 {
            if open[class] == 0 {
                let retained = &mut summaries[class].retained;
                *retained = retained.saturating_add(dominators.retained(*node));
            }
            open[class] += 1;
        }
        if let Some(&child) = tree.of(*node).get(*next) {
            *next += 1;
            stack.push((child, 0));
        } else {
            // A leaf is closed in the same step that opened it.
            open[class] -= 1;
            stack.pop();
        }
    }
}

/// What makes two nodes instances of one class.
#[derive(PartialEq, Eq, Hash)]
enum ClassKey {
    Group(&'static str),
    Kind(NodeKind),
    Named(StringId),
    Located(StringId, u32, u32, u32),
    Shape(u64),
}

struct Naming<'g> {
    graph: &'g HeapGraph,
    scripts: &'g ScriptLocations,
    plain_object: Option<StringId>,
    proto: Option<StringId>,
    keys: FxHashMap<ClassKey, ClassId>,
    summaries: Vec<ClassSummary>,
}

impl<'g> Naming<'g> {
    fn new(graph: &'g HeapGraph, scripts: &'g ScriptLocations) -> Self {
        Self {
            graph,
            scripts,
            plain_object: graph.strings().find("Object"),
            proto: graph.strings().find("__proto__"),
            keys: FxHashMap::default(),
            summaries: Vec::new(),
        }
    }

    fn name_all(mut self) -> (Vec<ClassId>, Vec<ClassSummary>) {
        let shapes = self.common_shapes();
        let mut by_node = Vec::with_capacity(self.graph.node_count());
        for node in self.graph.nodes() {
            let key = self.key(node, &shapes);
            let class = match self.keys.get(&key) {
                Some(&class) => class,
                None => self.add_class(node, key),
            };
            by_node.push(class);
        }
        (by_node, self.summaries)
    }

    fn key(&self, node: NodeId, shapes: &FxHashMap<u64, usize>) -> ClassKey {
        match self.graph.kind(node) {
            NodeKind::Hidden => ClassKey::Group("(system)"),
            NodeKind::Code => ClassKey::Group("(compiled code)"),
            NodeKind::Closure => ClassKey::Group("Function"),
            NodeKind::RegExp => ClassKey::Group("RegExp"),
            NodeKind::Native => ClassKey::Named(self.graph.name_id(node)),
            NodeKind::Object => self.object_key(node, shapes),
            other => ClassKey::Kind(other),
        }
    }

    fn object_key(&self, node: NodeId, shapes: &FxHashMap<u64, usize>) -> ClassKey {
        let name = self.graph.name_id(node);
        if let Some(at) = self.graph.location(node) {
            return ClassKey::Located(name, at.script_id, at.line, at.column);
        }
        if Some(name) == self.plain_object
            && let Some(shape) = self.shape(node)
            && shapes.contains_key(&shape)
        {
            return ClassKey::Shape(shape);
        }
        ClassKey::Named(name)
    }

    fn add_class(&mut self, node: NodeId, key: ClassKey) -> ClassId {
        let graph = self.graph;
        let name = match &key {
            ClassKey::Group(name) => (*name).to_owned(),
            ClassKey::Kind(kind) => format!("({})", kind.name()),
            ClassKey::Named(name) | ClassKey::Located(name, ..) => {
                graph.strings().get(*name).to_owned()
            }
            ClassKey::Shape(_) => self.shape_name(node),
        };
        let located = matches!(key, ClassKey::Located(..));
        let location = located.then(|| self.scripts.locate(graph, node)).flatten();
        let id = ClassId(self.summaries.len() as u32);
        self.keys.insert(key, id);
        self.summaries.push(ClassSummary {
            name,
            location,
            count: 0,
            self_size: 0,
            retained: 0,
        });
        id
    }

    /// Shapes that enough plain objects have, with how many.
    fn common_shapes(&self) -> FxHashMap<u64, usize> {
        let mut shapes = FxHashMap::default();
        let mut plain_objects = 0usize;
        for node in self.graph.nodes() {
            if self.graph.kind(node) == NodeKind::Object
                && Some(self.graph.name_id(node)) == self.plain_object
            {
                plain_objects += 1;
                if let Some(shape) = self.shape(node) {
                    *shapes.entry(shape).or_insert(0) += 1;
                }
            }
        }
        let enough = MIN_OBJECTS_PER_SHAPE.max(plain_objects.div_ceil(SHAPE_PROPORTION));
        shapes.retain(|_, count| *count >= enough);
        shapes
    }

    /// Ids of the property names of an object, in order, as far as a shape's name shows them.
    fn shape_properties(&self, node: NodeId) -> impl Iterator<Item = StringId> + '_ {
        let mut length = 1;
        (self.graph.edges(node))
            .filter(|edge| edge.kind == EdgeKind::Property)
            .filter_map(|edge| match edge.name() {
                EdgeName::Name(name) if Some(name) != self.proto => Some(name),
                _ => None,
            })
            .take_while(move |&name| {
                let added = self.graph.strings().get(name).len();
                let fits = length <= 1 || length + added <= MAX_SHAPE_NAME;
                length += added + 2;
                fits
            })
    }

    /// Hash of the object's ordered properties; `None` without any.
    fn shape(&self, node: NodeId) -> Option<u64> {
        let mut hasher = FxHasher::default();
        let mut properties = 0;
        for name in self.shape_properties(node) {
            hasher.write_u32(name.0);
            properties += 1;
        }
        (properties > 0).then(|| hasher.finish())
    }

    fn shape_name(&self, node: NodeId) -> String {
        let names: Vec<_> = (self.shape_properties(node))
            .map(|name| property_label(self.graph.strings().get(name)))
            .collect();
        format!("{{{}}}", names.join(", "))
    }
}

/// A property name as a shape shows it: quoted if it would be ambiguous.
fn property_label(name: &str) -> std::borrow::Cow<'_, str> {
    if name.contains([',', '\'', '"', '{', '}']) {
        format!("{name:?}").into()
    } else {
        name.into()
    }
}
