//! Classes: what a developer would call the kind of an object.
//!
//! The rules are those of DevTools, so that names, counts and sizes can be compared. JavaScript
//! objects go by constructor name and, where the capture has it, the constructor's source position,
//! so that two classes of one name stay apart. Plain `Object`s go by interface, `{id, items}` (see
//! `interfaces.rs`), detached native nodes by `Detached ` and their name, markup by its tag. V8's
//! own parts fall into a few groups such as `(system)` and `(compiled code)`.
//!
//! Nodes without bytes (V8's read-only objects, parts whose size moved to their owner) have a class
//! but don't count in its sums. A class's retained size counts an instance only if no other
//! instance of the class dominates it, or a linked list would count its tail once per element.
//!
//! Linear time; 2 bytes a node stay (4 if there are more than 65,536 classes), 8 more a node are
//! used while computing.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::detached::detached_natives;
use crate::dominators::{DominatorTree, Dominators};
use crate::ids::{NodeId, StringId};
use crate::interfaces::Interfaces;
use crate::kinds::NodeKind;
use crate::locations::{Location, ScriptLocations, SourceLocation};
use crate::model::HeapGraph;
use crate::node_set::NodeSet;
use crate::number_column::NumberColumn;
use crate::sizes::SizeColumn;

/// A class of a graph: its position in [`Classes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct ClassId(pub u32);

/// Sums over the instances of a class.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassSummary {
    /// Constructor name, interface, or group such as `(system)`.
    pub name: String,
    /// What tells the class from all others of the capture, and finds it in others of the same
    /// process: `,name`, or `script,line,column,name` (0-based) where the constructor's position
    /// is known. DevTools' key.
    pub key: String,
    /// Where the constructor is, if the capture says so.
    pub location: Option<SourceLocation>,
    /// How many instances there are that have bytes.
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
    /// Class numbers.
    by_node: NumberColumn,
    summaries: Vec<ClassSummary>,
}

/// The classes before what they retain is known: this needs no dominators, so it can be found while
/// those are computed.
#[derive(Debug)]
pub struct NamedClasses(Classes);

/// Instances that no other instance of their class dominates: those whose retained sizes count.
#[derive(Debug)]
pub struct OutermostInstances(NodeSet);

impl NamedClasses {
    /// Names the class of every node, counts the instances and sums up their shallow sizes.
    pub fn new(graph: &HeapGraph, scripts: &ScriptLocations, shallow: &SizeColumn) -> Self {
        let plain_object = graph.strings().find("Object");
        let interfaces = plain_object.map(|name| Interfaces::new(graph, name));
        let (by_node, mut summaries) = name_all(graph, scripts, plain_object, interfaces.as_ref());
        for (i, size) in shallow.iter().enumerate() {
            let summary = &mut summaries[by_node.get(i) as usize];
            summary.count += u64::from(size > 0);
            summary.self_size = summary.self_size.saturating_add(size);
        }
        Self(Classes { by_node, summaries })
    }

    /// Finds the instances that have bytes and no dominator of their class that has any: one walk
    /// down the dominator tree that knows which classes are open.
    pub fn outermost(&self, shallow: &SizeColumn, tree: &DominatorTree) -> OutermostInstances {
        let by_node = &self.0.by_node;
        let mut outermost = NodeSet::new(by_node.len());
        let mut is_open = vec![false; self.0.summaries.len()];
        // Each open class, and where all that its instance dominates has been visited.
        let mut open: Vec<(u32, u32)> = Vec::new();
        tree.top_down(|node, position, end| {
            while let Some((class, _)) = open.pop_if(|(_, end)| *end <= position) {
                is_open[class as usize] = false;
            }
            let class = by_node.get(node.index());
            if is_open[class as usize] || shallow.get(node) == 0 {
                return;
            }
            outermost.insert(node);
            if end > position + 1 {
                is_open[class as usize] = true;
                open.push((class, end));
            }
        });
        OutermostInstances(outermost)
    }

    /// Sums up what the instances retain.
    pub fn sum(self, outermost: &OutermostInstances, dominators: &Dominators) -> Classes {
        let mut classes = self.0;
        for node in outermost.0.iter() {
            let class = classes.by_node.get(node.index());
            let retained = &mut classes.summaries[class as usize].retained;
            *retained = retained.saturating_add(dominators.retained(node));
        }
        classes
    }
}

impl Classes {
    /// Names the class of every node where plain objects go by the interfaces of another graph, so
    /// that both can be compared. All sums are zero.
    pub(crate) fn by_interfaces_of(
        other: &HeapGraph,
        graph: &HeapGraph,
        scripts: &ScriptLocations,
    ) -> Self {
        let plain_object = graph.strings().find("Object");
        let interfaces = plain_object.map(|name| Interfaces::of_other(graph, name, other));
        let (by_node, summaries) = name_all(graph, scripts, plain_object, interfaces.as_ref());
        Self { by_node, summaries }
    }

    /// The class of a node.
    #[inline]
    pub fn of(&self, node: NodeId) -> ClassId {
        ClassId(self.by_node.get(node.index()))
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

    /// Classes in an order, largest first; equal ones by name. Those whose instances all have no
    /// bytes are left out.
    pub fn list(&self, order: ClassOrder, filter: &ClassFilter) -> Vec<(ClassId, &ClassSummary)> {
        let wanted = |class: &ClassSummary| {
            let part = filter.name_contains.as_deref().unwrap_or("");
            class.count > 0 && class.name.contains(part)
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

/// What makes two nodes of kind object or native instances of one class.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ClassKey {
    name: ClassName,
    constructor: Option<Position>,
}

/// Script id, line and column.
type Position = (u32, u32, u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum ClassName {
    /// The node's own name.
    Own(StringId),
    /// The node's own name after `Detached `.
    Detached(StringId),
    /// A number of an interface.
    Interface(u32),
}

/// The class of every node, and the classes with their sums still zero.
fn name_all(
    graph: &HeapGraph,
    scripts: &ScriptLocations,
    plain_object: Option<StringId>,
    interfaces: Option<&Interfaces>,
) -> (NumberColumn, Vec<ClassSummary>) {
    let mut of_plain_objects = interfaces.into_iter().flat_map(Interfaces::of_objects);
    let detached = detached_natives(graph);
    let mut locations = graph.locations().peekable();
    let mut naming = Naming::new(graph, scripts, interfaces);
    let mut by_node = NumberColumn::with_room_for(graph.node_count());
    for node in graph.nodes() {
        let own = graph.name_id(node);
        let class = match graph.kind(node) {
            NodeKind::Object => {
                let is_plain = Some(own) == plain_object;
                let interface = is_plain
                    .then(|| of_plain_objects.next().flatten())
                    .flatten();
                let name = interface.map_or(ClassName::Own(own), ClassName::Interface);
                while locations.next_if(|at| at.node < node).is_some() {}
                let constructor = locations.next_if(|at| at.node == node).map(position);
                naming.class(node, ClassKey { name, constructor })
            }
            NodeKind::Native => {
                let is_detached = !detached.is_empty() && detached.binary_search(&node).is_ok();
                let name = if is_detached {
                    ClassName::Detached(own)
                } else {
                    ClassName::Own(own)
                };
                let constructor = None;
                naming.class(node, ClassKey { name, constructor })
            }
            kind => naming.group(kind),
        };
        by_node.push(class.0);
    }
    (by_node, naming.summaries)
}

fn position(at: Location) -> Position {
    (at.script_id, at.line, at.column)
}

/// The classes that were met so far.
struct Naming<'g> {
    graph: &'g HeapGraph,
    scripts: &'g ScriptLocations,
    interfaces: Option<&'g Interfaces>,
    groups: [Option<ClassId>; NodeKind::ALL.len()],
    classes: FxHashMap<ClassKey, ClassId>,
    /// Several names that begin with the same tag are one class.
    tags: FxHashMap<(String, Option<Position>), ClassId>,
    summaries: Vec<ClassSummary>,
}

impl<'g> Naming<'g> {
    fn new(
        graph: &'g HeapGraph,
        scripts: &'g ScriptLocations,
        interfaces: Option<&'g Interfaces>,
    ) -> Self {
        Self {
            graph,
            scripts,
            interfaces,
            groups: [None; NodeKind::ALL.len()],
            classes: FxHashMap::default(),
            tags: FxHashMap::default(),
            summaries: Vec::new(),
        }
    }

    /// The class of all nodes of a kind.
    fn group(&mut self, kind: NodeKind) -> ClassId {
        if let Some(class) = self.groups[kind as usize] {
            return class;
        }
        let name = match kind {
            NodeKind::Hidden => "(system)".to_owned(),
            NodeKind::Code => "(compiled code)".to_owned(),
            NodeKind::Closure => "Function".to_owned(),
            NodeKind::RegExp => "RegExp".to_owned(),
            other => format!("({})", other.name()),
        };
        let class = self.add_class(name, None, None);
        self.groups[kind as usize] = Some(class);
        class
    }

    fn class(&mut self, node: NodeId, key: ClassKey) -> ClassId {
        if let Some(&class) = self.classes.get(&key) {
            return class;
        }
        let name = self.name(key.name);
        let class = match tag(&name) {
            None => self.add_class(name, Some(node), key.constructor),
            Some(tag) => {
                let of_tag = (tag, key.constructor);
                let known = self.tags.get(&of_tag).copied();
                known.unwrap_or_else(|| {
                    let class = self.add_class(of_tag.0.clone(), Some(node), key.constructor);
                    self.tags.insert(of_tag, class);
                    class
                })
            }
        };
        self.classes.insert(key, class);
        class
    }

    /// The name before markup is cut down to its tag.
    fn name(&self, name: ClassName) -> String {
        let text = |name| self.graph.strings().get(name);
        match (name, self.interfaces) {
            (ClassName::Own(name), _) => text(name).to_owned(),
            (ClassName::Detached(name), _) => format!("Detached {}", text(name)),
            (ClassName::Interface(interface), Some(all)) => all.name(interface).to_owned(),
            (ClassName::Interface(_), None) => "Object".to_owned(),
        }
    }

    fn add_class(&mut self, name: String, node: Option<NodeId>, at: Option<Position>) -> ClassId {
        let location =
            (node.filter(|_| at.is_some())).and_then(|node| self.scripts.locate(self.graph, node));
        let key = match at {
            Some((script, line, column)) => format!("{script},{line},{column},{name}"),
            None => format!(",{name}"),
        };
        let id = ClassId(self.summaries.len() as u32);
        self.summaries.push(ClassSummary {
            name,
            key,
            location,
            count: 0,
            self_size: 0,
            retained: 0,
        });
        id
    }
}

/// The class of a name that is markup: `<div id="a">` is a `<div>`.
fn tag(name: &str) -> Option<String> {
    let start = if name.starts_with('<') {
        0
    } else {
        name.starts_with("Detached <")
            .then_some("Detached ".len())?
    };
    let end = name[start..].find(' ');
    Some(end.map_or_else(
        || name.to_owned(),
        |end| format!("{}>", &name[..start + end]),
    ))
}
