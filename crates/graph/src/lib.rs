//! The heap of a JavaScript program as an immutable, columnar graph, and everything that is
//! computed from one: dominators, retained sizes, classes, source locations and paths.
//!
//! The way of the data: a source of objects (the `.heapsnapshot` parser in [`parse`], or a walk of
//! a live heap) fills a [`GraphBuilder`]; [`GraphBuilder::finish`] checks it and publishes a
//! [`HeapGraph`]. Analyses read the graph and never change it; those that are needed again are kept
//! in an [`AnalyzedHeap`].
//!
//! This crate does no I/O, knows no operating system and contains no unsafe code.

mod analyzed;
mod builder;
mod classes;
mod detached;
mod distances;
mod dominators;
mod error;
mod essential;
mod ids;
mod interfaces;
mod kinds;
mod locations;
mod model;
mod node_set;
mod object_ids;
pub mod parse;
mod paths;
mod progress;
mod retainers;
mod shallow;
mod sizes;
mod strings;
mod weak_map_edges;
mod write;

pub use analyzed::AnalyzedHeap;
pub use builder::{GraphBuilder, NodeRecord};
pub use classes::{ClassFilter, ClassId, ClassOrder, ClassSummary, Classes};
pub use distances::Distances;
pub use dominators::{DominatedNodes, Dominators};
pub use error::{GraphError, Limit, Section};
pub use essential::EssentialEdges;
pub use ids::{EdgeId, NodeId, StringId};
pub use kinds::{EdgeKind, NodeKind};
pub use locations::{Location, ScriptLocations, SourceLocation};
pub use model::{Edge, EdgeName, HeapGraph};
pub use object_ids::ObjectIds;
pub use paths::{PathStep, RootPaths, StepCosts};
pub use progress::{CancelToken, Progress, Stage};
pub use retainers::Retainers;
pub use shallow::shallow_sizes;
pub use sizes::SizeColumn;
pub use strings::{Strings, StringsBuilder};
pub use write::{StringContents, WriteOptions, write_snapshot};
