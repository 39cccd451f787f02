//! Objects grouped by what they are and where they hang: the dominator tree with like branches
//! merged.
//!
//! A group is (group of the immediate dominator, edge label, class), with element indexes and the
//! keys of dictionaries taken out of the label: all values of one Map are one group, all closures
//! of one source line in one listener array are one. Objects that hang directly on one of their own
//! class (`next`, `left` and `right`) are one group with it. A leak is then a group that gains
//! members while the group above it doesn't. The same group has the same key in every capture, whether
//! object ids are stable or not, since keys hash names and source positions only.
//!
//! A scope that roots hold is in one group whichever roots those are. Which ones hold the scope of a
//! module changes from capture to capture: a frame of the stack, a handle, a function that is being
//! compiled. Such scopes are told apart by their variables: else the scopes of all modules would be
//! one group, which gains a member with each block that runs.
//!
//! Merging in the manner of LeakCanary's heap growth detection (paths merged by edge name), but
//! over dominators instead of shortest paths: an object belongs to what keeps it alive, not to who
//! happens to refer to it first.
//!
//! Time O(n + m); 8 bytes a node while it is built, 4 after, and about 60 a group.

use rustc_hash::{FxHashMap, FxHashSet};

use heapwatch_graph::{
    AnalyzedHeap, ClassId, ClassSummary, EdgeId, EdgeKind, EdgeName, HeapGraph, NodeId, NodeKind,
    StringId,
};

use crate::fingerprint::Fingerprint;
use crate::redaction::{
    is_event_name, is_field_name, is_plain_object, is_scope, max_like_fields, starts_with_digit,
};

/// How far up a group like the one about to be made is looked for. Chains and trees (`next`,
/// `left`/`right`) repeat within a few steps; merged into themselves they stay one group.
const RECURSION_STEPS: usize = 6;
/// Classes of the language, which hang on each other everywhere: that an Array is below an Array
/// under the same name doesn't make them a tree.
const COMMON_CLASSES: [&str; 5] = ["Array", "Map", "Set", "WeakMap", "system / Context"];
/// Below this depth groups are no longer told apart by their path: nobody reads on, and deep
/// irregular trees would make a group per object.
const MAX_DEPTH: u8 = 48;
/// References of a plain object that are looked at for its fields: more make a dictionary.
const MAX_FIELDS_OF_A_SHAPE: usize = 64;
/// `label_edges` value: the dominator has no edge to the node.
const NO_EDGE: EdgeId = EdgeId(u32::MAX);

/// A group: its position in [`GroupTree::groups`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct GroupId(pub(crate) u32);

impl GroupId {
    pub(crate) const ROOT: Self = Self(0);

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Objects of one class that hang on one path.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) parent: GroupId,
    /// Equal for the same group of another capture.
    pub(crate) key: u64,
    label: u64,
    class: u64,
    depth: u8,
    /// Whether the members hang on their dominator by an edge of its own. If not, several paths
    /// lead from it to each of them: they are shared.
    pub(crate) is_shared: bool,
    pub(crate) count: u64,
    /// Retained bytes of the members that no other member dominates.
    pub(crate) retained: u64,
}

/// The groups of a heap, and the group of every node.
#[derive(Debug)]
pub(crate) struct GroupTree {
    pub(crate) groups: Vec<Group>,
    /// How many members of groups of shared plain objects have which fields; see [`GroupTree::shape`].
    pub(crate) shapes: FxHashMap<u64, (GroupId, u64)>,
    by_node: Vec<GroupId>,
    label_edges: Vec<EdgeId>,
}

impl GroupTree {
    pub(crate) fn new(heap: &AnalyzedHeap) -> Self {
        let mut grouping = Grouping::new(heap);
        for owner in heap.dominated().top_down() {
            grouping.add_members_below(owner);
        }
        let mut tree = grouping.tree;
        for node in heap.graph().nodes() {
            if let Some(shape) = tree.shape(heap.graph(), node) {
                let group = tree.of(node);
                tree.shapes.entry(shape).or_insert((group, 0)).1 += 1;
            }
        }
        tree
    }

    /// What tells the members of a group of shared plain objects apart: the group and their fields. In
    /// such a group is whatever goes by no class, so that it grows says nothing of most of them.
    pub(crate) fn shape(&self, graph: &HeapGraph, node: NodeId) -> Option<u64> {
        let group = self.group(self.of(node));
        if !group.is_shared || !is_plain_object(graph, node) {
            return None;
        }
        let fields = graph.edges(node).take(MAX_FIELDS_OF_A_SHAPE);
        let names = fields.filter_map(|edge| match graph.edge_name(edge) {
            EdgeName::Name(name) if edge.kind == EdgeKind::Property => Some(name),
            _ => None,
        });
        let hash = |name| Fingerprint::new().text(graph.strings().get(name)).get();
        let sum = names.map(hash).fold(0, u64::wrapping_add);
        Some(Fingerprint::new().number(group.key).number(sum).get())
    }

    pub(crate) fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.index()]
    }

    #[inline]
    pub(crate) fn of(&self, node: NodeId) -> GroupId {
        self.by_node[node.index()]
    }

    /// Whether two groups are of one class and hang on the same: neighbours in a list, or its ends.
    pub(crate) fn are_neighbours(&self, one: GroupId, other: GroupId) -> bool {
        let (one, other) = (self.group(one), self.group(other));
        one.parent == other.parent && one.class == other.class
    }

    /// The edge by which a node hangs on its immediate dominator; `None` if it is shared.
    pub(crate) fn edge_from_dominator(&self, node: NodeId) -> Option<EdgeId> {
        let edge = self.label_edges[node.index()];
        (edge != NO_EDGE).then_some(edge)
    }
}

struct Grouping<'h> {
    heap: &'h AnalyzedHeap,
    names: Names<'h>,
    children: FxHashMap<Branch, GroupId>,
    /// The branch that was asked for last: what hangs on one object is mostly alike.
    last: Option<(Branch, GroupId)>,
    tree: GroupTree,
}

/// What makes a group: the one above it, its label and its class.
type Branch = (GroupId, u64, u64);

impl<'h> Grouping<'h> {
    fn new(heap: &'h AnalyzedHeap) -> Self {
        let root = Group {
            parent: GroupId::ROOT,
            key: Fingerprint::new().text("(root)").get(),
            label: 0,
            class: 0,
            depth: 0,
            is_shared: false,
            count: 1,
            retained: heap.dominators().retained(NodeId::ROOT),
        };
        let tree = GroupTree {
            groups: vec![root],
            shapes: FxHashMap::default(),
            by_node: vec![GroupId::ROOT; heap.graph().node_count()],
            label_edges: edges_from_dominators(heap),
        };
        Self {
            heap,
            names: Names::new(heap),
            children: FxHashMap::default(),
            last: None,
            tree,
        }
    }

    /// Groups the nodes that `owner` immediately dominates.
    fn add_members_below(&mut self, owner: NodeId) {
        let members = self.heap.dominated().of(owner);
        let dictionary_classes = self.dictionary_classes(owner, members);
        let group = self.tree.of(owner);
        let has_events = self.tree.group(group).label == self.names.events;
        let is_root = self.heap.graph().kind(owner) == NodeKind::Synthetic;
        for &member in members {
            let is_top_scope = is_root && is_scope(self.heap, member);
            let class = match is_top_scope {
                true => self.names.class_of_scope(member),
                false => self.names.class(member),
            };
            let parent = if is_top_scope { GroupId::ROOT } else { group };
            let edge = self.tree.edge_from_dominator(member);
            let edge = edge.filter(|_| !is_top_scope);
            let is_property =
                edge.is_some_and(|edge| self.heap.graph().edge_kind(edge) == EdgeKind::Property);
            let label = match edge {
                None => SHARED_LABEL,
                Some(_) if is_property && dictionary_classes.contains(&class) => KEYS_LABEL,
                Some(edge) => self.names.label(owner, edge, has_events),
            };
            if self.continues(owner, member, label, class) {
                self.join(member, parent, true);
            } else {
                let (group, is_nested) = self.group_for(parent, owner, label, class, member);
                self.join(member, group, is_nested);
            }
        }
    }

    /// `is_nested` if another member of the group dominates this one.
    fn join(&mut self, member: NodeId, id: GroupId, is_nested: bool) {
        self.tree.by_node[member.index()] = id;
        let group = &mut self.tree.groups[id.index()];
        group.count += 1;
        if !is_nested {
            group.retained += self.heap.dominators().retained(member);
        }
    }

    /// Whether an object is one more of the list or tree that its owner is part of: of the same
    /// class, in a field. Plain objects are of one class only if they have the same fields; V8's own
    /// lists (reactions to a promise) have no names for fields.
    fn continues(&self, owner: NodeId, member: NodeId, label: u64, class: u64) -> bool {
        let graph = self.heap.graph();
        let is_in_field = match graph.kind(member) {
            NodeKind::Hidden => label != SHARED_LABEL,
            NodeKind::Object => !matches!(label, SHARED_LABEL | KEYS_LABEL | ELEMENTS_LABEL),
            kind if kind.is_string() => {
                !matches!(label, SHARED_LABEL | KEYS_LABEL | ELEMENTS_LABEL)
            }
            _ => false,
        };
        is_in_field
            && self.tree.group(self.tree.of(owner)).class == class
            && (!is_plain_object(graph, member) || have_same_fields(graph, owner, member))
    }

    /// Within how many steps a member may be a repetition of a group above it. Plain objects are
    /// told apart by their fields instead.
    fn repeats_within(&self, member: NodeId, label: u64) -> usize {
        let graph = self.heap.graph();
        let is_common = match graph.kind(member) {
            NodeKind::Closure | NodeKind::Array => true,
            NodeKind::Object if is_plain_object(graph, member) => false,
            NodeKind::Object => self.names.is_common[self.heap.classes().of(member).0 as usize],
            _ => false,
        };
        match label {
            _ if !is_common => RECURSION_STEPS,
            KEYS_LABEL | ELEMENTS_LABEL => 0,
            _ => 1,
        }
    }

    /// Classes of which so many members hang on properties that the names must be keys.
    fn dictionary_classes(&mut self, owner: NodeId, members: &[NodeId]) -> FxHashSet<u64> {
        let graph = self.heap.graph();
        let max_fields = max_like_fields(graph, owner);
        if members.len() <= max_fields {
            return FxHashSet::default();
        }
        let mut counts: FxHashMap<u64, usize> = FxHashMap::default();
        for &member in members {
            let edge = self.tree.edge_from_dominator(member);
            if edge.is_some_and(|edge| graph.edge_kind(edge) == EdgeKind::Property) {
                *counts.entry(self.names.class(member)).or_insert(0) += 1;
            }
        }
        (counts.into_iter())
            .filter(|&(_, count)| count > max_fields)
            .map(|(class, _)| class)
            .collect()
    }

    /// The group of this label and class that `owner` or an object just above it is in, with `true`, or
    /// one below `parent`. Plain objects are compared with those above themselves: a group of shared
    /// ones has objects of all fields, and which is its first changes from capture to capture.
    fn group_for(
        &mut self,
        parent: GroupId,
        owner: NodeId,
        label: u64,
        class: u64,
        member: NodeId,
    ) -> (GroupId, bool) {
        let graph = self.heap.graph();
        let mut above = owner;
        for _ in 0..self.repeats_within(member, label) {
            let id = self.tree.of(above);
            let group = self.tree.group(id);
            if group.label == label
                && group.class == class
                && (!is_plain_object(graph, member) || have_same_fields(graph, above, member))
            {
                return (id, true);
            }
            above = self.heap.dominators().idom(above);
        }
        let too_deep = self.tree.group(parent).depth >= MAX_DEPTH;
        let parent = if too_deep {
            self.tree.group(parent).parent
        } else {
            parent
        };
        (self.child(parent, label, class), false)
    }

    fn child(&mut self, parent: GroupId, label: u64, class: u64) -> GroupId {
        let branch = (parent, label, class);
        if let Some((last, child)) = self.last
            && last == branch
        {
            return child;
        }
        let groups = &mut self.tree.groups;
        let child = *self.children.entry(branch).or_insert_with(|| {
            let above = &groups[parent.index()];
            groups.push(Group {
                parent,
                key: group_key(above.key, label, class),
                label,
                class,
                depth: above.depth + 1,
                is_shared: label == SHARED_LABEL,
                count: 0,
                retained: 0,
            });
            GroupId(groups.len() as u32 - 1)
        });
        self.last = Some((branch, child));
        child
    }
}

/// Whether two plain objects have the same properties in the same order, and any at all.
fn have_same_fields(graph: &HeapGraph, one: NodeId, other: NodeId) -> bool {
    let fields = |node| {
        let edges = graph.edges(node);
        edges.filter_map(|edge| match graph.edge_name(edge) {
            EdgeName::Name(name) if edge.kind == EdgeKind::Property => Some(name),
            _ => None,
        })
    };
    fields(one).next().is_some() && fields(one).eq(fields(other))
}

fn group_key(parent: u64, label: u64, class: u64) -> u64 {
    let key = Fingerprint::new().number(parent);
    key.number(label).number(class).get()
}

/// For each node the first essential edge that its immediate dominator has to it. Edges of other
/// kinds win over hidden ones, whose names say nothing.
fn edges_from_dominators(heap: &AnalyzedHeap) -> Vec<EdgeId> {
    let graph = heap.graph();
    let mut edges = vec![NO_EDGE; graph.node_count()];
    for node in graph.nodes() {
        for edge in graph.edges(node) {
            if heap.dominators().idom(edge.to) != node || !heap.essential().contains(edge.id) {
                continue;
            }
            let slot = &mut edges[edge.to.index()];
            let is_better = *slot == NO_EDGE
                || (graph.edge_kind(*slot) == EdgeKind::Hidden && edge.kind != EdgeKind::Hidden);
            if is_better {
                *slot = edge.id;
            }
        }
    }
    edges
}

/// Label of a node that its dominator doesn't hold directly.
const SHARED_LABEL: u64 = 1;
/// Label of a dictionary's entries.
const KEYS_LABEL: u64 = 2;
/// Label of elements, and of the slots of V8's tables.
const ELEMENTS_LABEL: u64 = 3;
/// Label of entries of a WeakMap, whose edges name objects by id.
const WEAK_ENTRY_LABEL: u64 = 4;

fn is_common(class: &ClassSummary) -> bool {
    COMMON_CLASSES.contains(&&class.name[..])
}

/// Hashes of labels and classes, computed once per string or class.
struct Names<'h> {
    heap: &'h AnalyzedHeap,
    by_string: Vec<u64>,
    by_property: Vec<u64>,
    by_class: Vec<u64>,
    /// Hashes of the URLs of scripts, by their ids.
    by_script: FxHashMap<u32, u64>,
    /// By class, whether it is one of [`COMMON_CLASSES`].
    is_common: Vec<bool>,
    /// Label of the object that has an EventEmitter's listeners.
    events: u64,
}

impl<'h> Names<'h> {
    fn new(heap: &'h AnalyzedHeap) -> Self {
        Self {
            heap,
            by_string: vec![0; heap.graph().strings().len()],
            by_property: vec![0; heap.graph().strings().len()],
            events: Fingerprint::new().text("_events").get(),
            by_class: vec![0; heap.classes().len()],
            by_script: FxHashMap::default(),
            is_common: (0..heap.classes().len() as u32)
                .map(|class| is_common(heap.classes().summary(ClassId(class))))
                .collect(),
        }
    }

    fn string(&mut self, id: StringId) -> u64 {
        let slot = &mut self.by_string[id.index()];
        if *slot == 0 {
            *slot = Fingerprint::new()
                .text(self.heap.graph().strings().get(id))
                .get();
        }
        *slot
    }

    fn label(&mut self, source: NodeId, edge: EdgeId, has_events: bool) -> u64 {
        let graph = self.heap.graph();
        let edge = graph.edge_of(source, edge);
        let EdgeName::Name(name) = graph.edge_name(edge) else {
            return ELEMENTS_LABEL;
        };
        match edge.kind {
            EdgeKind::Property => self.property(name, has_events),
            EdgeKind::Context => self.string(name),
            _ => {
                let text = self.heap.graph().strings().get(name);
                if !starts_with_digit(text) {
                    self.string(name)
                } else if text.contains(" / part of key (") {
                    WEAK_ENTRY_LABEL
                } else {
                    ELEMENTS_LABEL
                }
            }
        }
    }

    /// A scope's class is its variables, but those with numbers: they come and go, since V8 shows no
    /// small ones.
    fn class_of_scope(&mut self, scope: NodeId) -> u64 {
        let graph = self.heap.graph();
        let mut variables = 0u64;
        for edge in graph.edges(scope) {
            if edge.kind == EdgeKind::Context
                && graph.kind(edge.to) != NodeKind::Number
                && let EdgeName::Name(name) = graph.edge_name(edge)
            {
                variables = variables.wrapping_add(self.string(name));
            }
        }
        let class = self.class(scope);
        Fingerprint::new().number(class).number(variables).get()
    }

    /// Fields go by name; keys, by the same rules as in reports, are all one.
    fn property(&mut self, name: StringId, has_events: bool) -> u64 {
        if self.by_property[name.index()] == 0 {
            let text = self.heap.graph().strings().get(name);
            self.by_property[name.index()] = if is_field_name(text) {
                self.string(name)
            } else {
                KEYS_LABEL
            };
        }
        let label = self.by_property[name.index()];
        if has_events && label == KEYS_LABEL {
            let text = self.heap.graph().strings().get(name);
            return if is_event_name(text) {
                self.string(name)
            } else {
                label
            };
        }
        label
    }

    /// What a node is, without what changes from object to object (contents of strings, shapes of
    /// growing dictionaries) or from process to process (ids).
    fn class(&mut self, node: NodeId) -> u64 {
        let graph = self.heap.graph();
        match graph.kind(node) {
            NodeKind::Closure => self.closure(node),
            NodeKind::Object | NodeKind::Native => self.object(node),
            NodeKind::Hidden | NodeKind::Array | NodeKind::Synthetic => {
                self.string(graph.name_id(node)) ^ graph.kind(node) as u64
            }
            NodeKind::ConsString | NodeKind::SlicedString => NodeKind::String as u64,
            kind => kind as u64,
        }
    }

    /// Functions go by name and by where they are written.
    fn closure(&mut self, node: NodeId) -> u64 {
        let graph = self.heap.graph();
        let name = self.string(graph.name_id(node));
        let Some(at) = graph.location(node) else {
            return Fingerprint::new().number(name).get();
        };
        let url = self.by_script.entry(at.script_id).or_insert_with(|| {
            let url = self.heap.scripts().url(graph, &at).unwrap_or("");
            Fingerprint::new().text(url).get()
        });
        let position = u64::from(at.line) << 32 | u64::from(at.column);
        let hash = Fingerprint::new().number(name).number(*url);
        hash.number(position).get()
    }

    fn object(&mut self, node: NodeId) -> u64 {
        let class = self.heap.classes().of(node).0 as usize;
        if self.by_class[class] == 0 {
            let name = self.string(self.heap.graph().name_id(node));
            let location = self.heap.locate(node);
            let hash = Fingerprint::new().number(name);
            self.by_class[class] = match location {
                Some(at) => hash.text(&at.url).number(u64::from(at.line)).get(),
                None => hash.get(),
            };
        }
        self.by_class[class]
    }
}

#[cfg(test)]
mod tests {
    use heapwatch_graph::NodeKind;
    use heapwatch_testing::{AnalyzedTestHeap, FixtureBuilder, heap};

    use super::{Group, GroupTree, MAX_DEPTH};

    /// The group of a node.
    fn group<'t>(tree: &'t GroupTree, heap: &AnalyzedTestHeap, label: &str) -> &'t Group {
        tree.group(tree.of(heap[label]))
    }

    fn assert_together(fixture: &FixtureBuilder, labels: &[&str]) {
        let heap = fixture.analyze();
        let tree = GroupTree::new(&heap);
        let keys: Vec<_> = labels
            .iter()
            .map(|label| group(&tree, &heap, label).key)
            .collect();
        let is_one = keys.iter().all(|key| *key == keys[0]);
        assert!(is_one, "{labels:?} are in different groups");
        assert!(group(&tree, &heap, labels[0]).count >= labels.len() as u64);
    }

    fn assert_apart(fixture: &FixtureBuilder, labels: &[&str]) {
        let heap = fixture.analyze();
        let tree = GroupTree::new(&heap);
        let mut keys: Vec<_> = labels
            .iter()
            .map(|label| group(&tree, &heap, label).key)
            .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(
            keys.len(),
            labels.len(),
            "some of {labels:?} are in one group"
        );
    }

    /// Objects of one class, each under a property of `owner`.
    fn properties(owner_class: &str, names: &[&str], class: &str) -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .property("owner", "owner")
            .object("owner", owner_class);
        for name in names {
            fixture.at("owner").property(name, name).object(name, class);
        }
        fixture
    }

    const NINE: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

    #[test]
    fn elements_and_slots_are_one_group_whatever_their_index() {
        let mut fixture = heap();
        fixture
            .property("array", "array")
            .js_array("array", &["x", "y"]);
        fixture.object("x", "Item").object("y", "Item");
        assert_together(&fixture, &["x", "y"]);
        let mut fixture = heap();
        fixture
            .property("map", "map")
            .map("map", &[("j", "x"), ("k", "y")]);
        fixture
            .string("j", "1")
            .string("k", "2")
            .object("x", "Item")
            .object("y", "Item");
        assert_together(&fixture, &["x", "y"]);
        assert_together(&fixture, &["j", "k"]);
        assert_apart(&fixture, &["j", "x"]);
    }

    #[test]
    fn what_a_scope_holds_is_one_group_whichever_roots_hold_the_scope() {
        let key = |roots: &[&str]| {
            let mut fixture = heap();
            fixture.at("root").element(1, "gc roots");
            fixture.synthetic("gc roots", "(GC roots)");
            for (i, name) in roots.iter().enumerate() {
                fixture.at("gc roots").element(i as u32, name);
                fixture.synthetic(name, name).element(7, "scope");
            }
            fixture.context("scope").variable("sessions", "sessions");
            fixture.js_array("sessions", &["x"]).object("x", "Session");
            let heap = fixture.analyze();
            let tree = GroupTree::new(&heap);
            group(&tree, &heap, "x").key
        };
        let on_stack = key(&["(Stack roots)"]);
        assert_eq!(on_stack, key(&["(Handle scope)"]));
        assert_eq!(on_stack, key(&["(Handle scope)", "(Stack roots)"]));
    }

    #[test]
    fn scopes_that_roots_hold_are_apart_by_their_variables() {
        let mut fixture = heap();
        for scope in ["shop", "shop reloaded", "mail"] {
            fixture.at("root").element(1, scope);
        }
        for (scope, value) in [("shop", "x"), ("shop reloaded", "y")] {
            fixture.context(scope).variable("orders", value);
            fixture.object(value, "Orders");
        }
        fixture.at("shop").variable("total", "total");
        fixture.node("total", NodeKind::Number, "heap number");
        fixture.context("mail").variable("box", "z");
        fixture.object("z", "Orders");
        assert_together(&fixture, &["shop", "shop reloaded"]);
        assert_together(&fixture, &["x", "y"]);
        assert_apart(&fixture, &["shop", "mail"]);
    }

    #[test]
    fn up_to_eight_properties_of_a_class_are_fields_and_more_are_keys() {
        assert_apart(&properties("Object", &NINE[..8], "Item"), &NINE[..8]);
        assert_together(&properties("Object", &NINE, "Item"), &NINE);
        assert_apart(&properties("Registry", &NINE, "Item"), &NINE);
    }

    #[test]
    fn a_field_of_another_class_is_no_key_of_the_dictionary() {
        let mut fixture = properties("Object", &NINE, "Item");
        fixture
            .at("owner")
            .property("options", "options")
            .object("options", "Options");
        assert_apart(&fixture, &["a", "options"]);
    }

    #[test]
    fn names_that_no_one_writes_are_keys_however_few() {
        let keys = ["user:1", "user:2"];
        assert_together(&properties("Object", &keys, "Item"), &keys);
    }

    #[test]
    fn events_with_separators_stay_apart_on_an_emitter() {
        let mut fixture = heap();
        fixture
            .property("bus", "bus")
            .event_emitter("bus", "order:shipped", &["one"]);
        fixture.at("bus._events").property("order:paid", "other");
        fixture
            .closure("one", "listener")
            .closure("other", "listener");
        assert_apart(&fixture, &["one", "other"]);
    }

    #[test]
    fn functions_go_by_name_and_position() {
        let mut fixture = heap();
        fixture
            .property("list", "list")
            .js_array("list", &["a", "b", "c", "d"]);
        fixture.closure("a", "f").written_at("/a.js", 1, 1);
        fixture.closure("b", "f").closure_of("a.shared");
        fixture.closure("c", "f").written_at("/a.js", 1, 9);
        fixture.closure("d", "g").closure_of("a.shared");
        assert_together(&fixture, &["a", "b"]);
        assert_apart(&fixture, &["a", "c", "d"]);
    }

    /// A binary tree of this class with 31 nodes, labelled by number.
    fn binary_tree(class: &str) -> FixtureBuilder {
        let mut fixture = heap();
        fixture.property("tree", "1");
        for i in 1..32 {
            fixture.object(&i.to_string(), class);
            if i < 16 {
                fixture.property("left", &(2 * i).to_string());
                fixture.property("right", &(2 * i + 1).to_string());
            }
        }
        fixture
    }

    #[test]
    fn lists_and_trees_are_one_group_that_retains_what_its_root_does() {
        let fixture = binary_tree("TreeNode");
        assert_together(&fixture, &["1", "2", "3", "10", "31"]);
        let heap = fixture.analyze();
        let tree = GroupTree::new(&heap);
        let nodes = group(&tree, &heap, "1");
        assert_eq!((nodes.count, nodes.retained), (31, 31 * 16));
        // Plain objects are of one tree if they have the same fields; leaves have none.
        assert_together(&binary_tree("Object"), &["1", "2", "3", "15"]);
    }

    #[test]
    fn reactions_to_a_promise_are_one_group_with_the_newest_of_them() {
        let mut fixture = heap();
        fixture
            .property("promise", "promise")
            .object("promise", "Promise");
        fixture.internal("reactions_or_result", "newest");
        for (reaction, next) in [("newest", "older"), ("older", "oldest")] {
            fixture
                .hidden(reaction, "system / PromiseReaction")
                .hidden_edge(0, next);
        }
        fixture.hidden("oldest", "system / PromiseReaction");
        assert_together(&fixture, &["newest", "older", "oldest"]);
    }

    #[test]
    fn a_tree_whose_children_are_in_arrays_does_not_retain_its_branches_twice() {
        let mut fixture = heap();
        fixture.property("tree", "0");
        for i in 0..6 {
            let (node, children) = (i.to_string(), format!("{i}.children"));
            fixture
                .object(&node, "TreeNode")
                .property("children", &children);
            fixture
                .object(&children, "Array")
                .element(0, &(i + 1).to_string());
        }
        fixture.object("6", "TreeNode");
        assert_together(&fixture, &["1", "2", "6"]);
        assert_together(&fixture, &["1.children", "5.children"]);
        let heap = fixture.analyze();
        let tree = GroupTree::new(&heap);
        let nodes = group(&tree, &heap, "2");
        assert_eq!(nodes.retained, heap.dominators().retained(heap["1"]));
    }

    #[test]
    fn a_shared_object_is_no_member_of_a_list_because_another_one_is_like_it() {
        // `flight` and `queue` are both shared, and what waits in the queue is like `flight`.
        let mut fixture = heap();
        fixture.property("a", "a").property("b", "b");
        for holder in ["a", "b"] {
            fixture
                .object(holder, "Holder")
                .property("flight", "flight")
                .property("queue", "queue");
        }
        fixture.object("flight", "Object").property("data", "x");
        fixture.object("queue", "Object").property("list", "list");
        fixture
            .object("list", "List")
            .property("head", "first")
            .property("tail", "last");
        fixture.object("first", "Object").property("next", "waits");
        fixture.object("last", "Object").property("prev", "waits");
        fixture.object("waits", "Object").property("data", "y");
        fixture.string("x", "x").string("y", "y");
        assert_apart(&fixture, &["flight", "waits"]);
    }

    #[test]
    fn scopes_and_collections_inside_others_are_not_trees() {
        let mut fixture = heap();
        fixture
            .property("f", "f")
            .closure("f", "f")
            .internal("context", "outer")
            .context("outer")
            .variable("callbacks", "callbacks");
        fixture
            .js_array("callbacks", &["g"])
            .closure("g", "g")
            .internal("context", "inner");
        fixture.context("inner");
        assert_apart(&fixture, &["outer", "inner"]);
        let mut fixture = heap();
        fixture
            .property("map", "map")
            .map("map", &[("key", "nested")])
            .string("key", "k");
        fixture
            .map("nested", &[("other", "item")])
            .string("other", "k")
            .object("item", "Item");
        assert_apart(&fixture, &["map", "nested"]);
        assert_apart(&fixture, &["map.table", "nested.table"]);
        let mut fixture = heap();
        fixture
            .property("grid", "grid")
            .js_array("grid", &["row"])
            .js_array("row", &["cell"]);
        fixture.js_array("cell", &[]);
        assert_apart(&fixture, &["grid", "row", "cell"]);
    }

    #[test]
    fn objects_that_several_paths_lead_to_are_shared() {
        let mut fixture = heap();
        fixture.property("a", "a").property("b", "b");
        fixture.object("a", "A").property("item", "item");
        fixture
            .object("b", "B")
            .property("item", "item")
            .object("item", "Item");
        let heap = fixture.analyze();
        let tree = GroupTree::new(&heap);
        assert!(group(&tree, &heap, "item").is_shared);
        assert_eq!(tree.edge_from_dominator(heap["item"]), None);
        assert!(!group(&tree, &heap, "a").is_shared);
        assert!(tree.edge_from_dominator(heap["a"]).is_some());
    }

    #[test]
    fn deep_paths_end_in_one_group_per_name_and_class() {
        let mut fixture = heap();
        fixture.property("start", "0");
        for i in 0..500 {
            // No two in a row are alike, nor within the steps that recursion is looked for.
            fixture.object(&i.to_string(), &format!("Class{}", i % 20));
            fixture.property("down", &(i + 1).to_string());
        }
        fixture.object("500", "End");
        let heap = fixture.analyze();
        let tree = GroupTree::new(&heap);
        assert!(tree.groups.iter().all(|group| group.depth <= MAX_DEPTH));
        assert!(tree.groups.len() < 200, "{}", tree.groups.len());
    }

    #[test]
    fn keys_of_groups_are_the_same_whatever_the_ids_and_the_order_of_nodes() {
        let mut one = binary_tree("TreeNode");
        one.at("root")
            .property("owner", "owner")
            .object("owner", "Owner");
        let mut other = heap();
        other
            .property("owner", "owner")
            .object("owner", "Owner")
            .object_id(4711);
        other
            .at("root")
            .property("tree", "1")
            .object("1", "TreeNode");
        let keys = |fixture: &FixtureBuilder, label| {
            let heap = fixture.analyze();
            group(&GroupTree::new(&heap), &heap, label).key
        };
        assert_eq!(keys(&one, "owner"), keys(&other, "owner"));
        assert_eq!(keys(&one, "1"), keys(&other, "1"));
    }
}
