//! The heap of a JavaScript program as an immutable, columnar graph, and everything that is
//! computed from one: dominators, retained sizes, classes, source locations and paths.
//!
//! The way of the data: a source of objects (the `.heapsnapshot` parser in [`parse`], or a walk of
//! a live heap) fills a [`GraphBuilder`]; [`GraphBuilder::finish`] checks it and publishes a
//! [`HeapGraph`]. Analyses read the graph and never change it; those that are needed again are kept
//! in an [`AnalyzedHeap`].
//!
//! This crate does no I/O, knows no operating system and contains no unsafe code.

mod access_paths;
mod analyzed;
mod backing_stores;
mod builder;
mod census;
mod classes;
mod collections;
mod counting_sort;
mod depth_first;
mod detached;
mod distances;
mod dominators;
mod duplicate_strings;
mod edge_labels;
mod edge_names;
mod error;
mod essential;
mod first_edges;
mod heap_diff;
mod id_column;
mod ids;
mod independent_retainers;
mod instances;
mod interfaces;
mod kinds;
mod location_column;
mod locations;
mod model;
mod node_heads;
mod node_set;
mod number_column;
mod object_ids;
mod object_query;
pub mod parse;
mod paths;
mod predecessors;
mod progress;
mod retainers;
mod shallow;
mod side_by_side;
mod sizes;
mod strings;
mod weak_map_edges;
mod write;

pub use access_paths::{AccessPaths, Keys};
pub use analyzed::AnalyzedHeap;
pub use builder::{GraphBuilder, NodeRecord};
pub use census::{Census, CensusBuilder, CensusChange, CensusClass, CensusTotals, ClassChange};
pub use classes::{
    ClassFilter, ClassId, ClassOrder, ClassSummary, Classes, NamedClasses, OutermostInstances,
};
pub use collections::{
    Collection, CollectionKind, CollectionOrder, CollectionQuery, Contents, collections,
    graph_collections,
};
pub use depth_first::DepthFirstOrder;
pub use distances::Distances;
pub use dominators::{DominatedNodes, DominatorTree, Dominators};
pub use duplicate_strings::{DuplicateStrings, DuplicatesQuery, EqualStrings, duplicate_strings};
pub use edge_labels::EdgeLabels;
pub use error::{GraphError, Limit, Section};
pub use essential::{EssentialEdges, EssentialRules};
pub use heap_diff::{ClassDiff, CollectionDiff, DiffMethod, DiffTotals, HeapDiff, heap_diff};
pub use ids::{EdgeId, NodeId, StringId};
pub use independent_retainers::{Cut, independent_retainers};
pub use instances::instances;
pub use kinds::{EdgeKind, NodeKind};
pub use locations::{Location, ScriptLocations, SourceLocation};
pub use model::{Edge, EdgeName, HeapGraph};
pub use object_ids::ObjectIds;
pub use object_query::{LocationQuery, ObjectQuery, largest_dominated};
pub use paths::{PathStep, RootPaths, StepCosts};
pub use progress::{CancelToken, Progress, Stage};
pub use retainers::Retainers;
pub use shallow::shallow_sizes;
pub use sizes::SizeColumn;
pub use strings::{Strings, StringsBuilder};
pub use write::{StringContents, WriteOptions, write_snapshot};
