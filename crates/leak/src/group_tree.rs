//! Objects grouped by what they are and where they hang: the dominator tree with like branches
//! merged.
//!
//! A group is (group of the immediate dominator, edge label, class), with element indexes and the
//! keys of dictionaries taken out of the label: all values of one Map are one group, all closures
//! of one source line in one listener array are one. A leak is then a group that gains members
//! while the group above it doesn't. The same group has the same key in every capture, whether
//! object ids are stable or not, since keys hash names and source positions only.
//!
//! Merging in the manner of LeakCanary's heap growth detection (paths merged by edge name), but
//! over dominators instead of shortest paths: an object belongs to what keeps it alive, not to who
//! happens to refer to it first.
//!
//! Time O(n + m); 8 bytes a node while it is built, 4 after, and about 60 a group.

use rustc_hash::FxHashMap;

use heapwatch_graph::{AnalyzedHeap, EdgeId, EdgeKind, EdgeName, NodeId, NodeKind, StringId};

use crate::fingerprint::Fingerprint;

/// More than this many properties of one class under one owner are entries of a dictionary, not
/// fields: their names are keys. Few handwritten objects have more fields of one class.
const MAX_FIELDS_OF_A_CLASS: usize = 8;
/// How far up a group like the one about to be made is looked for. Chains and trees (`next`,
/// `left`/`right`) repeat within a few steps; merged into themselves they stay one group.
const RECURSION_STEPS: usize = 6;
/// Below this depth groups are no longer told apart by their path: nobody reads on, and deep
/// irregular trees would make a group per object.
const MAX_DEPTH: u8 = 48;
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
    /// Shallow bytes of the members.
    pub(crate) bytes: u64,
    /// Retained bytes of the members that no other member dominates.
    pub(crate) retained: u64,
}

/// The groups of a heap, and the group of every node.
#[derive(Debug)]
pub(crate) struct GroupTree {
    pub(crate) groups: Vec<Group>,
    by_node: Vec<GroupId>,
    label_edges: Vec<EdgeId>,
}

impl GroupTree {
    pub(crate) fn new(heap: &AnalyzedHeap) -> Self {
        let mut grouping = Grouping::new(heap);
        for owner in heap.dominated().top_down() {
            grouping.add_members_below(owner);
        }
        grouping.tree
    }

    pub(crate) fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.index()]
    }

    #[inline]
    pub(crate) fn of(&self, node: NodeId) -> GroupId {
        self.by_node[node.index()]
    }

    /// Whether two groups are of one collection: on the same owners, under the same label, and only
    /// of different classes (the keys and values of one Map).
    pub(crate) fn are_siblings(&self, one: GroupId, other: GroupId) -> bool {
        let (one, other) = (self.group(one), self.group(other));
        one.parent == other.parent && one.label == other.label && !one.is_shared
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
    by_key: FxHashMap<u64, GroupId>,
    tree: GroupTree,
}

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
            bytes: heap.shallow(NodeId::ROOT),
            retained: heap.dominators().retained(NodeId::ROOT),
        };
        let tree = GroupTree {
            groups: vec![root],
            by_node: vec![GroupId::ROOT; heap.graph().node_count()],
            label_edges: edges_from_dominators(heap),
        };
        Self {
            heap,
            names: Names::new(heap),
            by_key: FxHashMap::default(),
            tree,
        }
    }

    /// Groups the nodes that `owner` immediately dominates.
    fn add_members_below(&mut self, owner: NodeId) {
        let members = self.heap.dominated().of(owner);
        let dictionary_classes = self.dictionary_classes(members);
        for &member in members {
            let class = self.names.class(member);
            let edge = self.tree.edge_from_dominator(member);
            let label = match edge {
                None => SHARED_LABEL,
                Some(_) if dictionary_classes.contains(&class) => KEYS_LABEL,
                Some(edge) => self.names.label(edge),
            };
            let parent = self.tree.of(owner);
            let group = self.group_for(parent, label, class, edge.is_none());
            self.join(member, group, parent);
        }
    }

    fn join(&mut self, member: NodeId, id: GroupId, parent: GroupId) {
        self.tree.by_node[member.index()] = id;
        let group = &mut self.tree.groups[id.index()];
        group.count += 1;
        group.bytes += self.heap.shallow(member);
        if id != parent {
            let retained = self.heap.dominators().retained(member);
            group.retained = group.retained.saturating_add(retained);
        }
    }

    /// Classes of which so many members hang on properties that the names must be keys.
    fn dictionary_classes(&mut self, members: &[NodeId]) -> Vec<u64> {
        if members.len() <= MAX_FIELDS_OF_A_CLASS {
            return Vec::new();
        }
        let mut counts: FxHashMap<u64, usize> = FxHashMap::default();
        for &member in members {
            let edge = self.tree.edge_from_dominator(member);
            let is_property = |edge| self.heap.graph().edge(edge).kind == EdgeKind::Property;
            if edge.is_some_and(is_property) {
                *counts.entry(self.names.class(member)).or_insert(0) += 1;
            }
        }
        (counts.into_iter())
            .filter(|&(_, count)| count > MAX_FIELDS_OF_A_CLASS)
            .map(|(class, _)| class)
            .collect()
    }

    fn group_for(&mut self, parent: GroupId, label: u64, class: u64, is_shared: bool) -> GroupId {
        let mut at = parent;
        for _ in 0..RECURSION_STEPS {
            let group = self.tree.group(at);
            if group.label == label && group.class == class {
                return at;
            }
            at = group.parent;
        }
        let too_deep = self.tree.group(parent).depth >= MAX_DEPTH;
        let parent = if too_deep {
            self.tree.group(parent).parent
        } else {
            parent
        };
        let above = self.tree.group(parent);
        let (depth, key) = (above.depth + 1, group_key(above.key, label, class));
        *self.by_key.entry(key).or_insert_with(|| {
            self.tree.groups.push(Group {
                parent,
                key,
                label,
                class,
                depth,
                is_shared,
                count: 0,
                bytes: 0,
                retained: 0,
            });
            GroupId(self.tree.groups.len() as u32 - 1)
        })
    }
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
            let slot = &mut edges[edge.to.index()];
            let is_better = *slot == NO_EDGE
                || (graph.edge(*slot).kind == EdgeKind::Hidden && edge.kind != EdgeKind::Hidden);
            if is_better
                && heap.dominators().idom(edge.to) == node
                && heap.essential().contains(edge.id)
            {
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

/// Hashes of labels and classes, computed once per string or class.
struct Names<'h> {
    heap: &'h AnalyzedHeap,
    by_string: Vec<u64>,
    by_class: Vec<u64>,
}

impl<'h> Names<'h> {
    fn new(heap: &'h AnalyzedHeap) -> Self {
        Self {
            heap,
            by_string: vec![0; heap.graph().strings().len()],
            by_class: vec![0; heap.classes().len()],
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

    fn label(&mut self, edge: EdgeId) -> u64 {
        let edge = self.heap.graph().edge(edge);
        match edge.name() {
            EdgeName::Index(_) => ELEMENTS_LABEL,
            EdgeName::Name(name) => {
                let text = self.heap.graph().strings().get(name);
                if !text.starts_with(|c: char| c.is_ascii_digit()) {
                    self.string(name)
                } else if text.contains(" / part of key (") {
                    WEAK_ENTRY_LABEL
                } else if edge.kind == EdgeKind::Internal {
                    ELEMENTS_LABEL
                } else {
                    self.string(name)
                }
            }
        }
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
        let at = graph.location(node).map(|l| {
            let url = self.heap.scripts().url(graph, l).unwrap_or("");
            (Fingerprint::new().text(url)).number(u64::from(l.line) << 32 | u64::from(l.column))
        });
        Fingerprint::new()
            .number(name)
            .number(at.map_or(0, Fingerprint::get))
            .get()
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
