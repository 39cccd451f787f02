//! Retained size of a class from the definition: the bytes of all nodes that some instance of the
//! class dominates, each counted once. Instances without bytes don't count.

use heapwatch_graph::{ClassId, Classes, HeapGraph, NodeId};

use super::NaiveDominators;

/// Bytes that would be freed if each instance of a class became unreachable.
pub fn naive_class_retained(
    graph: &HeapGraph,
    classes: &Classes,
    class: ClassId,
    dominators: &NaiveDominators,
    shallow: impl Fn(NodeId) -> u64,
) -> u64 {
    let instances =
        || (graph.nodes()).filter(|&node| classes.of(node) == class && shallow(node) > 0);
    (graph.nodes())
        .filter(|&node| instances().any(|instance| dominators.dominates(instance, node)))
        .map(&shallow)
        .sum()
}
