//! A graph together with what is computed once and used by everything: essential edges, shallow
//! sizes, dominators, classes; and, built when first asked for, the graph turned around, paths from
//! the root, the dominator tree from the top, distances, and the index of object ids.

use std::sync::OnceLock;

use crate::backing_stores::SlotSize;
use crate::classes::{Classes, NamedClasses};
use crate::depth_first::DepthFirstOrder;
use crate::distances::Distances;
use crate::dominators::{DominatedNodes, DominatorTree, Dominators};
use crate::error::GraphError;
use crate::essential::EssentialEdges;
use crate::ids::NodeId;
use crate::locations::{ScriptLocations, SourceLocation};
use crate::model::HeapGraph;
use crate::object_ids::ObjectIds;
use crate::paths::RootPaths;
use crate::progress::{Progress, Stage};
use crate::retainers::Retainers;
use crate::shallow::shallow_sizes;
use crate::side_by_side::side_by_side;
use crate::sizes::SizeColumn;

/// Measured at 5 million nodes of two to three references each.
const WORKING_BYTES_PER_NODE: u64 = 40;

/// A heap graph and its analyses.
#[derive(Debug)]
pub struct AnalyzedHeap {
    graph: HeapGraph,
    essential: EssentialEdges,
    shallow: SizeColumn,
    dominators: Dominators,
    scripts: ScriptLocations,
    observer: Option<String>,
    classes: Classes,
    retainers: OnceLock<Retainers>,
    dominated: OnceLock<DominatedNodes>,
    paths: OnceLock<RootPaths>,
    ids: OnceLock<ObjectIds>,
    slot_size: OnceLock<SlotSize>,
    distances: OnceLock<Distances>,
}

impl AnalyzedHeap {
    /// Bytes that the analysis takes at most, besides the graph; about 40 a node, most of them for
    /// the dominators.
    pub fn memory_to_analyze(graph: &HeapGraph) -> u64 {
        graph.node_count() as u64 * WORKING_BYTES_PER_NODE
    }

    /// Analyses a graph, in two threads: what needs no dominators is found beside them, and
    /// what is summed up by classes beside what is summed up by nodes.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn new(graph: HeapGraph, progress: &Progress<'_>) -> Result<Self, GraphError> {
        let scripts = ScriptLocations::new(&graph);
        progress.at(Stage::Dominators, 0.0)?;
        let (shallow, (order, rules)) =
            side_by_side(|| shallow_sizes(&graph), || DepthFirstOrder::new(&graph));
        let ((classes, essential), tree) = side_by_side(
            || {
                let classes = NamedClasses::new(&graph, &scripts, &shallow);
                (classes, EssentialEdges::by_rules(&rules))
            },
            || DominatorTree::new(order, &rules, progress),
        );
        let tree = tree?;
        progress.at(Stage::Classes, 0.0)?;
        let (retained, outermost) = side_by_side(
            || tree.retained(&shallow),
            || classes.outermost(&shallow, &tree),
        );
        let dominators = tree.with_retained(retained);
        let classes = classes.sum(&outermost, &dominators);
        progress.at(Stage::Classes, 1.0)?;
        Ok(Self {
            graph,
            essential,
            shallow,
            dominators,
            scripts,
            observer: None,
            classes,
            retainers: OnceLock::new(),
            dominated: OnceLock::new(),
            paths: OnceLock::new(),
            ids: OnceLock::new(),
            slot_size: OnceLock::new(),
            distances: OnceLock::new(),
        })
    }

    /// Names the folder of the tool that took the capture: paths avoid its code.
    pub fn observed_from(mut self, folder: Option<String>) -> Self {
        self.observer = folder;
        self
    }

    /// Whether a script is of the tool that took the capture.
    pub fn is_of_observer(&self, url: &str) -> bool {
        (self.observer.as_deref()).is_some_and(|folder| url.contains(folder))
    }

    /// The graph itself.
    pub fn graph(&self) -> &HeapGraph {
        &self.graph
    }

    /// Which edges keep their target alive.
    pub fn essential(&self) -> &EssentialEdges {
        &self.essential
    }

    /// Bytes of the object itself and of its hidden parts.
    pub fn shallow(&self, node: NodeId) -> u64 {
        self.shallow.get(node)
    }

    /// Dominator tree and retained sizes.
    pub fn dominators(&self) -> &Dominators {
        &self.dominators
    }

    /// Classes of all nodes.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The name of a node's class.
    pub fn class_name(&self, node: NodeId) -> &str {
        &self.classes.summary(self.classes.of(node)).name
    }

    /// Where a closure is written, or the constructor of an instance.
    pub fn locate(&self, node: NodeId) -> Option<SourceLocation> {
        self.scripts.locate(&self.graph, node)
    }

    /// URLs of the scripts.
    pub fn scripts(&self) -> &ScriptLocations {
        &self.scripts
    }

    /// The graph turned around; built at the first call (linear, 4 bytes a node and an edge).
    pub fn retainers(&self) -> &Retainers {
        self.retainers.get_or_init(|| Retainers::new(&self.graph))
    }

    /// The dominator tree from the top; built at the first call (linear, 8 bytes a node).
    pub fn dominated(&self) -> &DominatedNodes {
        self.dominated
            .get_or_init(|| DominatedNodes::new(&self.dominators))
    }

    /// Paths from the root; built at the first call (O(n + m), 4 bytes a node stay).
    pub fn paths(&self) -> &RootPaths {
        self.paths.get_or_init(|| {
            let observer = self.observer.as_deref();
            RootPaths::new(&self.graph, &self.essential, &self.scripts, observer)
        })
    }

    /// Distances from the roots; built at the first call (O(n + m), 4 bytes a node stay).
    pub fn distances(&self) -> &Distances {
        self.distances.get_or_init(|| Distances::new(&self.graph))
    }

    /// The node with this object id; the index is built at the first call (linear, 8 bytes a
    /// node).
    pub fn find_object(&self, object_id: u32) -> Option<NodeId> {
        self.ids
            .get_or_init(|| ObjectIds::new(&self.graph))
            .find(&self.graph, object_id)
    }

    /// Builds all that is otherwise built at the first call.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`]; what was built by then stays.
    pub fn prepare(&self, progress: &Progress<'_>) -> Result<(), GraphError> {
        progress.at(Stage::Paths, 0.0)?;
        self.find_object(0);
        progress.at(Stage::Paths, 0.1)?;
        self.retainers();
        progress.at(Stage::Paths, 0.4)?;
        self.dominated();
        progress.at(Stage::Paths, 0.5)?;
        self.distances();
        progress.at(Stage::Paths, 0.7)?;
        self.paths();
        progress.at(Stage::Paths, 1.0)
    }

    /// How wide slots are; decided at the first call, linear.
    pub(crate) fn slot_size(&self) -> SlotSize {
        *(self.slot_size).get_or_init(|| SlotSize::new(&self.graph))
    }
}
