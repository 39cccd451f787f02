//! Any bytes as a graph, and the analyses of it beside their naive twins.
//!
//! Every input is a graph, and small changes of the input are small changes of the graph, so that a
//! fuzzer can climb: one byte says how many nodes there are, two describe each node, then come
//! three for each edge. Bytes that are missing are 0.

use heapwatch_graph::{
    Dominators, EdgeKind, EssentialEdges, GraphBuilder, HeapGraph, NodeId, NodeKind, NodeRecord,
    Progress, StringId, shallow_sizes,
};

use crate::naive::{NaiveDominators, naive_essential, naive_shallow_sizes};
use crate::print_graph;

/// The naive twins take time cubic in this.
const MAX_NODES: usize = 32;
/// Enough to make such a graph dense; more would only be slow.
const MAX_EDGES: usize = 192;

/// Of these the analyses treat some specially.
const NODE_NAMES: [&str; 4] = [
    "Object",
    "system / ExternalStringData",
    "",
    "(Document DOM trees)",
];
/// Of edges that are no halves of WeakMap entries.
const EDGE_NAME: &str = "a";

/// Compares essential edges, shallow sizes, dominators and retained sizes of the graph that the
/// bytes stand for with those by definition.
///
/// # Panics
/// If one differs; the message has the graph.
pub fn check_graph_of_any_bytes(bytes: &[u8]) {
    let graph = &graph_of_any_bytes(bytes);
    let essential = EssentialEdges::new(graph);
    let shallow = shallow_sizes(graph);
    let computed = Dominators::compute(graph, &shallow, &Progress::none());
    let dominators = computed.unwrap_or_else(|error| panic!("{error}"));

    let edges = graph.nodes().flat_map(|node| graph.edges(node));
    for (edge, by_rules) in edges.zip(naive_essential(graph)) {
        let found = essential.contains(edge.id);
        assert_eq!(found, by_rules, "{:?}\n{}", edge.id, print_graph(graph));
    }
    let by_definition = naive_shallow_sizes(graph);
    let naive = NaiveDominators::new(graph, |edge| essential.contains(edge));
    for node in graph.nodes() {
        let found = (
            shallow.get(node),
            dominators.idom(node),
            dominators.retained(node),
        );
        let expected = (
            by_definition[node.index()],
            naive.idom(node),
            naive.retained(node, |n| shallow.get(n)),
        );
        assert_eq!(found, expected, "{node:?}\n{}", print_graph(graph));
    }
}

fn graph_of_any_bytes(bytes: &[u8]) -> HeapGraph {
    let (&count, mut rest) = bytes.split_first().unwrap_or((&0, &[]));
    let mut sketch = Sketch::new(1 + usize::from(count) % MAX_NODES);
    for node in &mut sketch.nodes {
        let mut bytes = [0; 2];
        rest = take(rest, &mut bytes);
        *node = bytes;
    }
    let mut edges = rest.chunks_exact(3);
    for edge in edges.by_ref().take(MAX_EDGES) {
        sketch.add_edge(usize::from(edge[0]), usize::from(edge[1]), edge[2]);
    }
    let built = sketch.write();
    built.unwrap_or_else(|error| panic!("{error}"))
}

/// Fills `to` from the front of `from` and gives what is left.
fn take<'a>(from: &'a [u8], to: &mut [u8]) -> &'a [u8] {
    let len = to.len().min(from.len());
    let (taken, rest) = from.split_at(len);
    to[..len].copy_from_slice(taken);
    rest
}

/// A graph before its edges are in the order of their sources.
struct Sketch {
    builder: GraphBuilder,
    /// Kind and name, size.
    nodes: Vec<[u8; 2]>,
    edges: Vec<Vec<(EdgeKind, u32, NodeId)>>,
    node_names: [StringId; NODE_NAMES.len()],
    edge_name: StringId,
}

impl Sketch {
    fn new(nodes: usize) -> Self {
        let mut builder = GraphBuilder::new();
        let node_names = NODE_NAMES.map(|name| builder.strings.push(name));
        let edge_name = builder.strings.push(EDGE_NAME);
        Self {
            builder,
            nodes: vec![[0; 2]; nodes],
            edges: vec![Vec::new(); nodes],
            node_names,
            edge_name,
        }
    }

    /// Adds an edge: the low bits of `what` say of which kind, from 8 on that it is one half of a
    /// WeakMap entry; the high ones which node's id the entry's table has.
    fn add_edge(&mut self, from: usize, to: usize, what: u8) {
        let nodes = self.nodes.len();
        let (from, to) = (from % nodes, to % nodes);
        let (kind, name) = match EdgeKind::ALL.get(usize::from(what & 15)) {
            Some(&kind) if kind.is_indexed() => (kind, u32::from(what)),
            Some(&kind) => (kind, self.edge_name.0),
            None => (
                EdgeKind::Internal,
                self.weak_map_entry((from + usize::from(what >> 4)) % nodes, to),
            ),
        };
        self.edges[from].push((kind, name, NodeId::new(to)));
    }

    fn weak_map_entry(&mut self, table: usize, value: usize) -> u32 {
        let (value, table) = (object_id(value), object_id(table));
        let pair = format!("key (K @1) -> value (V @{value})");
        let name = format!("1 / part of {pair} pair in WeakMap (table @{table})");
        self.builder.strings.push(&name).0
    }

    fn write(mut self) -> Result<HeapGraph, heapwatch_graph::GraphError> {
        for (i, &[what, size]) in self.nodes.iter().enumerate() {
            self.builder.push_node(NodeRecord {
                kind: NodeKind::ALL[usize::from(what) % NodeKind::ALL.len()],
                name: self.node_names[usize::from(what) / 64],
                object_id: object_id(i),
                self_size: self_size(size),
                edge_count: self.edges[i].len() as u32,
                detachedness: 0,
            })?;
        }
        for &(kind, name, to) in self.edges.iter().flatten() {
            self.builder.push_edge(kind, name, to)?;
        }
        self.builder.finish()
    }
}

fn object_id(node: usize) -> u32 {
    2 * node as u32 + 1
}

/// Mostly small, sometimes beside the limits of 16 and 32 bits at which columns change their width.
fn self_size(byte: u8) -> u64 {
    match byte {
        0..240 => u64::from(byte),
        240..248 => u64::from(u16::MAX) + u64::from(byte) - 244,
        248.. => u64::from(u32::MAX) + u64::from(byte) - 252,
    }
}
