//! Tests of the graph and its analyses, on heaps written down by hand and on random ones.
#![allow(clippy::unwrap_used)]

mod analyzed_heap;
mod builder;
mod classes;
mod collections;
mod detached_nodes;
mod distances;
mod dominators;
mod essential_edges;
mod heap_queries;
mod independent_retainers;
mod instances;
mod interfaces;
mod labels;
mod locations;
mod paths;
mod retainers;
mod shallow_sizes;
mod slots;
mod write_snapshot;
