//! Small random graphs of the shapes that break heap analyses, the same for the same seed.

use heapwatch_graph::{
    EdgeKind, GraphBuilder, HeapGraph, Location, NodeId, NodeKind, NodeRecord, StringId,
};

use crate::random::Random;

/// Larger graphs find no more bugs, and the naive oracles take time cubic in the size.
const MAX_NODES: usize = 36;

/// What a random graph is like.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GraphShape {
    /// About one edge a node: deep, mostly trees.
    Sparse,
    /// Five edges a node: shallow, most nodes dominated by the root.
    Dense,
    /// A linked list whose values are also held by an index: quadratic for plain SEMI-NCA.
    IndexedList,
    /// A third of the nodes held by the root.
    ManyRoots,
    /// Cycles held by nothing, with edges into what the root holds.
    UnreachableCliques,
    /// Half of the edges weak.
    WeakEdges,
    /// Many edges to the node itself, and many twice.
    Tangled,
    /// Many WeakMap entries.
    Ephemerons,
    /// The program's globals marked by shortcuts of the root, and much outside of them.
    PageOwned,
    /// Mostly hidden parts and arrays, few objects that own them.
    HiddenParts,
    /// Everything above.
    Mixed,
}

impl GraphShape {
    /// Every shape.
    pub const ALL: [Self; 11] = [
        Self::Sparse,
        Self::Dense,
        Self::IndexedList,
        Self::ManyRoots,
        Self::UnreachableCliques,
        Self::WeakEdges,
        Self::Tangled,
        Self::Ephemerons,
        Self::PageOwned,
        Self::HiddenParts,
        Self::Mixed,
    ];

    const fn mix(self) -> Mix {
        let plain = Mix {
            edges_per_ten_nodes: 17,
            root_edges_percent: 8,
            tree_edges_percent: 70,
            clique_percent: 0,
            weak_percent: 3,
            self_percent: 2,
            twice_percent: 3,
            shortcut_percent: 2,
            ephemeron_percent: 0,
            part_percent: 25,
            page_roots: 0,
        };
        match self {
            Self::Sparse | Self::IndexedList => Mix {
                edges_per_ten_nodes: 4,
                ..plain
            },
            Self::Dense => Mix {
                edges_per_ten_nodes: 50,
                ..plain
            },
            Self::ManyRoots => Mix {
                root_edges_percent: 33,
                ..plain
            },
            Self::UnreachableCliques => Mix {
                edges_per_ten_nodes: 10,
                clique_percent: 35,
                ..plain
            },
            Self::WeakEdges => Mix {
                weak_percent: 50,
                ..plain
            },
            Self::Tangled => Mix {
                self_percent: 25,
                twice_percent: 40,
                ..plain
            },
            Self::Ephemerons => Mix {
                ephemeron_percent: 40,
                ..plain
            },
            Self::PageOwned => Mix {
                page_roots: 2,
                ..plain
            },
            Self::HiddenParts => Mix {
                part_percent: 75,
                ..plain
            },
            Self::Mixed => Mix {
                edges_per_ten_nodes: 22,
                root_edges_percent: 12,
                tree_edges_percent: 60,
                clique_percent: 15,
                weak_percent: 15,
                self_percent: 6,
                twice_percent: 8,
                shortcut_percent: 8,
                ephemeron_percent: 10,
                part_percent: 35,
                page_roots: 1,
            },
        }
    }
}

/// How often each thing happens.
struct Mix {
    edges_per_ten_nodes: usize,
    root_edges_percent: usize,
    /// Nodes that get an edge from some earlier node, so that they are mostly reachable.
    tree_edges_percent: usize,
    clique_percent: usize,
    weak_percent: usize,
    self_percent: usize,
    twice_percent: usize,
    shortcut_percent: usize,
    ephemeron_percent: usize,
    part_percent: usize,
    page_roots: usize,
}

/// A graph of a shape with 1 to 36 nodes.
///
/// Object ids are odd and ascend with the nodes.
pub fn random_graph(shape: GraphShape, seed: u64) -> HeapGraph {
    // The shape goes into the seed, or all shapes would share their first decisions.
    let mut random = Random::new(seed << 8 | shape as u64);
    let nodes = 1 + random.below(MAX_NODES);
    let mut sketch = Sketch::new(nodes, shape.mix(), random);
    if shape == GraphShape::IndexedList {
        sketch.add_indexed_list();
    }
    sketch.add_edges();
    sketch.write()
}

struct SketchEdge {
    kind: EdgeKind,
    name: u32,
    to: usize,
}

/// A graph before its edges are in the order of their sources.
struct Sketch {
    mix: Mix,
    random: Random,
    builder: GraphBuilder,
    node_names: Vec<StringId>,
    edge_names: Vec<StringId>,
    edges: Vec<Vec<SketchEdge>>,
}

/// Names that some analysis treats specially, and some that none does.
const NODE_NAMES: [&str; 12] = [
    "Object",
    "Object",
    "Map",
    "User",
    "Order",
    "system / Context",
    "TimersList",
    "(Stack roots)",
    "system / Map",
    "system / ExternalStringData",
    "",
    "handler",
];
const EDGE_NAMES: [&str; 10] = [
    "a",
    "b",
    "table",
    "previous",
    "prototype",
    "_idleNext",
    "map",
    "context",
    "__proto__",
    "elements",
];

impl Sketch {
    fn new(nodes: usize, mix: Mix, random: Random) -> Self {
        let mut builder = GraphBuilder::new();
        let node_names = NODE_NAMES.map(|name| builder.strings.push(name)).to_vec();
        let edge_names = EDGE_NAMES.map(|name| builder.strings.push(name)).to_vec();
        Self {
            mix,
            random,
            builder,
            node_names,
            edge_names,
            edges: (0..nodes).map(|_| Vec::new()).collect(),
        }
    }

    fn len(&self) -> usize {
        self.edges.len()
    }

    fn add_indexed_list(&mut self) {
        let cells = self.len() / 2;
        for cell in 1..cells {
            let (next, value) = (cell + 1, cells + cell);
            self.edge(cell, EdgeKind::Property, next);
            self.edge(cell, EdgeKind::Property, value);
            if self.random.chance(80) {
                self.edge(cells, EdgeKind::Element, value);
            }
        }
        if cells > 1 {
            self.edge(0, EdgeKind::Property, 1);
            self.edge(0, EdgeKind::Property, cells);
        }
    }

    fn add_edges(&mut self) {
        let free = self.len() - self.len() * self.mix.clique_percent / 100;
        for node in 1..free {
            if self.random.chance(self.mix.tree_edges_percent) {
                let from = self.random.below(node);
                self.random_edge(from, node);
            }
            if self.random.chance(self.mix.root_edges_percent) {
                self.random_edge(0, node);
            }
        }
        for _ in 0..self.len() * self.mix.edges_per_ten_nodes / 10 {
            let from = self.random.below(self.len());
            // Nothing leads from the free nodes into the cliques.
            let end = if from < free { free } else { self.len() };
            let to = self.random.below(end);
            self.random_edge(from, to);
        }
        self.close_cliques(free);
        for _ in 0..self.mix.page_roots {
            let to = self.random.below(free);
            self.edge(0, EdgeKind::Shortcut, to);
        }
    }

    /// Cycles of two or three nodes from `first` on.
    fn close_cliques(&mut self, first: usize) {
        let mut at = first.max(1);
        while at < self.len() {
            let size = (2 + self.random.below(2)).min(self.len() - at);
            for i in 0..size {
                self.edge(at + i, EdgeKind::Property, at + (i + 1) % size);
            }
            at += size;
        }
    }

    fn random_edge(&mut self, from: usize, to: usize) {
        let to = if self.random.chance(self.mix.self_percent) {
            from
        } else {
            to
        };
        if self.random.chance(self.mix.ephemeron_percent) {
            self.ephemeron(from, to);
            return;
        }
        let kind = self.random_kind();
        self.edge(from, kind, to);
        if self.random.chance(self.mix.twice_percent) {
            let kind = self.random_kind();
            self.edge(from, kind, to);
        }
    }

    fn random_kind(&mut self) -> EdgeKind {
        if self.random.chance(self.mix.weak_percent) {
            return EdgeKind::Weak;
        }
        if self.random.chance(self.mix.shortcut_percent) {
            return EdgeKind::Shortcut;
        }
        let strong = [
            EdgeKind::Property,
            EdgeKind::Property,
            EdgeKind::Element,
            EdgeKind::Context,
            EdgeKind::Internal,
            EdgeKind::Hidden,
            EdgeKind::Unknown,
        ];
        *self.random.pick(&strong)
    }

    /// Both halves of a WeakMap entry: `table` and a random key refer to `value`.
    fn ephemeron(&mut self, table: usize, value: usize) {
        let key = self.random.below(self.len().min(table.max(1)));
        let (key_id, value_id, table_id) = (2 * key + 1, 2 * value + 1, 2 * table + 1);
        let pair = format!("key (K @{key_id}) -> value (V (x) @{value_id})");
        let name = format!("7 / part of {pair} pair in WeakMap (table @{table_id})");
        let name = self.builder.strings.push(&name).0;
        for from in [table, key] {
            let kind = EdgeKind::Internal;
            self.edges[from].push(SketchEdge {
                kind,
                name,
                to: value,
            });
        }
    }

    fn edge(&mut self, from: usize, kind: EdgeKind, to: usize) {
        let name = if kind.is_indexed() {
            self.edges[from].len() as u32
        } else {
            self.random.pick(&self.edge_names).0
        };
        self.edges[from].push(SketchEdge { kind, name, to });
    }

    fn write(mut self) -> HeapGraph {
        for node in 0..self.len() {
            let record = self.random_node(node);
            let id = self.builder.push_node(record);
            let id = id.unwrap_or_else(|error| panic!("{error}"));
            if self.random.chance(15) {
                self.builder.push_location(Location {
                    node: id,
                    script_id: self.random.below(2) as u32,
                    line: self.random.below(3) as u32,
                    column: 0,
                });
            }
        }
        for edge in self.edges.iter().flatten() {
            let to = NodeId::new(edge.to);
            let pushed = self.builder.push_edge(edge.kind, edge.name, to);
            pushed.unwrap_or_else(|error| panic!("{error}"));
        }
        let finished = self.builder.finish();
        finished.unwrap_or_else(|error| panic!("{error}"))
    }

    fn random_node(&mut self, node: usize) -> NodeRecord {
        let kind = self.random_node_kind(node);
        // A few sizes do not fit into 32 bits.
        let self_size = match self.random.below(40) {
            0 => u64::from(u32::MAX) + self.random.below(1000) as u64,
            1..6 => 0,
            _ => 8 * (1 + self.random.below(64)) as u64,
        };
        NodeRecord {
            kind,
            name: *self.random.pick(&self.node_names),
            object_id: 2 * node as u32 + 1,
            self_size,
            edge_count: self.edges[node].len() as u32,
            detachedness: 0,
        }
    }

    fn random_node_kind(&mut self, node: usize) -> NodeKind {
        // V8's root is synthetic, but nothing says that a file's must be.
        if node == 0 && self.random.chance(90) {
            return NodeKind::Synthetic;
        }
        if self.random.chance(self.mix.part_percent) {
            let parts = [NodeKind::Hidden, NodeKind::Array, NodeKind::Native];
            return *self.random.pick(&parts);
        }
        let owners = [
            NodeKind::Object,
            NodeKind::Object,
            NodeKind::Object,
            NodeKind::Closure,
            NodeKind::String,
            NodeKind::Code,
            NodeKind::Synthetic,
        ];
        *self.random.pick(&owners)
    }
}
