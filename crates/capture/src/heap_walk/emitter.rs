//! From marked objects to a graph: nodes in order, each with its references.
//!
//! Node 0 is the root, node 1 groups the roots, then come the groups, the objects by address, and
//! memory outside of the heap that objects own. An object's number follows from its rank among the
//! marked ones, so a reference is resolved without a table; one pass, no memory per object.

use heapwatch_graph::{EdgeKind, NodeKind};
use rustc_hash::FxHashMap;

use super::describe::Describer;
use super::mark_bits::RankedObjects;
use super::names::NameId;
use super::references::{EdgeName, ReferenceSink, References};
use super::roots::RootGroup;
use super::sink::{GraphSink, WalkedEdge, WalkedNode};
use super::tagged::Address;
use super::{Walk, object_body};
use crate::WalkSummary;
use crate::v8_layout::{ObjectType, V8Version, fields};

/// Nodes before the groups of roots.
const FIRST_GROUP: u32 = 2;
/// How many objects are emitted between two calls of the progress function.
const PROGRESS_INTERVAL: u64 = 1 << 16;

/// Memory outside of the heap, shown as a node of its own.
struct NativeNode {
    name: NameId,
    bytes: u64,
}

/// Writes the graph of a finished traversal.
pub(crate) struct Emitter<'a, 'm, S> {
    walk: &'a Walk<'m>,
    objects: &'a RankedObjects,
    groups: &'a [RootGroup],
    sink: &'a mut S,
    names_sent: u32,
    natives: Vec<NativeNode>,
    /// Number of a native node by the address of its memory.
    native_numbers: FxHashMap<u64, u32>,
    edges: Vec<WalkedEdge>,
}

/// Collects the references of one object.
struct EdgeCollector<'a> {
    objects: &'a RankedObjects,
    first_object: u32,
    first_native: u32,
    edges: &'a mut Vec<WalkedEdge>,
    natives: &'a mut Vec<NativeNode>,
    native_numbers: &'a mut FxHashMap<u64, u32>,
}

impl ReferenceSink for EdgeCollector<'_> {
    #[inline]
    fn reference(&mut self, kind: EdgeKind, name: EdgeName, target: Address) {
        let Some(rank) = self.objects.rank(target) else {
            return;
        };
        let name_or_index = match name {
            EdgeName::Name(name) => name.0,
            EdgeName::Index(index) if kind.is_indexed() => index,
            EdgeName::Index(slot) => slot | heapwatch_graph::EdgeName::FIRST_SLOT,
        };
        self.edges.push(WalkedEdge {
            kind,
            name_or_index,
            to: self.first_object + rank,
        });
    }

    fn native(&mut self, name: NameId, node_name: NameId, bytes: u64, key: u64) {
        let next = self.first_native + self.natives.len() as u32;
        let to = *self.native_numbers.entry(key).or_insert(next);
        if to == next {
            self.natives.push(NativeNode {
                name: node_name,
                bytes,
            });
        }
        self.edges.push(WalkedEdge {
            kind: EdgeKind::Internal,
            name_or_index: name.0,
            to,
        });
    }
}

impl<'a, 'm, S: GraphSink> Emitter<'a, 'm, S> {
    pub(crate) fn new(
        walk: &'a Walk<'m>,
        objects: &'a RankedObjects,
        groups: &'a [RootGroup],
        sink: &'a mut S,
    ) -> Self {
        Emitter {
            walk,
            objects,
            groups,
            sink,
            names_sent: 0,
            natives: Vec::new(),
            native_numbers: FxHashMap::default(),
            edges: Vec::new(),
        }
    }

    fn first_object(&self) -> u32 {
        FIRST_GROUP + self.groups.len() as u32
    }

    /// Number of an object's node.
    fn number(&self, object: Address) -> Option<u32> {
        self.objects
            .rank(object)
            .map(|rank| self.first_object() + rank)
    }

    /// Writes all nodes. `unknown` is what the traversal counted, for the summary.
    pub(crate) fn emit(mut self, unknown: u64) -> Result<WalkSummary, S::Error> {
        let mut summary = WalkSummary {
            unknown,
            ..WalkSummary::default()
        };
        let found = u64::from(self.objects.count());
        self.emit_roots()?;
        let describer = Describer::new(self.walk, self.objects, self.groups, self.first_object());
        let mut references = References::new(self.walk, &describer);
        for object in self.objects.iter() {
            self.emit_object(object, &describer, &mut references, &mut summary)?;
            summary.objects += 1;
            if summary.objects.is_multiple_of(PROGRESS_INTERVAL) {
                self.sink.progress(found + summary.objects);
            }
        }
        self.emit_natives(&mut summary)?;
        summary.misses = self.walk.heap.memory.misses();
        Ok(summary)
    }

    fn emit_object(
        &mut self,
        object: Address,
        describer: &Describer<'_, 'm>,
        references: &mut References<'_, 'm>,
        summary: &mut WalkSummary,
    ) -> Result<(), S::Error> {
        self.edges.clear();
        // Marked objects have a class: those without are unmarked.
        let Some(class) = self.walk.heap.class_of(object) else {
            return self.node(unreadable_node());
        };
        let description = describer.describe(object, &class);
        let mut collector = EdgeCollector {
            objects: self.objects,
            first_object: self.first_object(),
            first_native: self.first_object() + self.objects.count(),
            edges: &mut self.edges,
            natives: &mut self.natives,
            native_numbers: &mut self.native_numbers,
        };
        references.of(object, &class, &mut collector);
        summary.bytes += description.self_size;
        if !self.walk.heap.memory.is_read_only(object) {
            summary.heap_bytes += object_body::size(&self.walk.heap, object, &class);
        }
        self.node(WalkedNode {
            kind: description.kind,
            name: description.name.0,
            self_size: description.self_size,
            position: description.position,
        })
    }

    /// Sends names that are new, then the node with the edges collected for it.
    fn node(&mut self, node: WalkedNode) -> Result<(), S::Error> {
        let known = self.walk.names.len();
        if known > self.names_sent {
            let (sink, mut result) = (&mut *self.sink, Ok(()));
            self.walk
                .names
                .for_each_from(NameId(self.names_sent), |text| {
                    if result.is_ok() {
                        result = sink.name(text);
                    }
                });
            result?;
            self.names_sent = known;
        }
        self.sink.node(&node, &self.edges)
    }

    fn emit_roots(&mut self) -> Result<(), S::Error> {
        self.edges = self.user_roots();
        self.edges.push(element(1, 1));
        self.node(synthetic_node(NameId::EMPTY))?;

        self.edges = (0..self.groups.len() as u32)
            .map(|i| element(i + 1, FIRST_GROUP + i))
            .collect();
        let name = self.walk.names.fixed("(GC roots)");
        self.node(synthetic_node(name))?;

        for group in self.groups {
            self.edges = self.group_edges(group);
            let name = self.walk.names.fixed(group.name);
            self.node(synthetic_node(name))?;
        }
        Ok(())
    }

    fn group_edges(&self, group: &RootGroup) -> Vec<WalkedEdge> {
        let weak_name = self.walk.names.fixed("weak");
        let targets = group
            .targets
            .iter()
            .filter_map(|&object| self.number(object));
        (1..)
            .zip(targets)
            .map(|(index, to)| match group.is_strong {
                true => element(index, to),
                false => WalkedEdge {
                    kind: EdgeKind::Weak,
                    name_or_index: weak_name.0,
                    to,
                },
            })
            .collect()
    }

    /// Shortcuts from the root to what programs see of each native context that a root holds.
    fn user_roots(&self) -> Vec<WalkedEdge> {
        let heap = &self.walk.heap;
        let mut roots: Vec<u32> = self
            .groups
            .iter()
            .filter(|group| group.is_strong && !group.is_secondary)
            .flat_map(|group| &group.targets)
            .filter(|&&object| heap.type_of(object) == Some(ObjectType::NativeContext))
            .filter_map(|&context| self.number(self.user_root(context)))
            .collect();
        roots.sort_unstable();
        roots.dedup();
        (1..)
            .zip(roots)
            .map(|(i, to)| WalkedEdge {
                kind: EdgeKind::Shortcut,
                name_or_index: self.walk.names.text(&i.to_string()).0,
                to,
            })
            .collect()
    }

    /// Up to Node 24 the global object of a native context, later the context itself.
    fn user_root(&self, context: Address) -> Address {
        let heap = &self.walk.heap;
        let global = fields::CONTEXT_SLOTS + 8 * fields::CONTEXT_EXTENSION_INDEX;
        match heap.layout.version >= V8Version::V14_6 {
            true => context,
            false => heap.object_field(context, global).unwrap_or(context),
        }
    }

    fn emit_natives(&mut self, summary: &mut WalkSummary) -> Result<(), S::Error> {
        self.edges.clear();
        for native in std::mem::take(&mut self.natives) {
            summary.bytes += native.bytes;
            self.node(WalkedNode {
                kind: NodeKind::Native,
                name: native.name.0,
                self_size: native.bytes,
                position: None,
            })?;
        }
        Ok(())
    }
}

fn element(index: u32, to: u32) -> WalkedEdge {
    WalkedEdge {
        kind: EdgeKind::Element,
        name_or_index: index,
        to,
    }
}

fn synthetic_node(name: NameId) -> WalkedNode {
    WalkedNode {
        kind: NodeKind::Synthetic,
        name: name.0,
        self_size: 0,
        position: None,
    }
}

fn unreadable_node() -> WalkedNode {
    WalkedNode {
        kind: NodeKind::Hidden,
        name: NameId::EMPTY.0,
        self_size: 0,
        position: None,
    }
}
