use heapwatch_graph::{
    EdgeId, EdgeKind, EdgeName, GraphBuilder, GraphError, HeapGraph, Limit, Location, NodeId,
    NodeKind, NodeRecord, Section, StringId,
};
use heapwatch_testing::Random;

fn record(name: u32, edge_count: u32) -> NodeRecord {
    NodeRecord {
        kind: NodeKind::Object,
        name: StringId(name),
        object_id: 1,
        self_size: 8,
        edge_count,
        detachedness: 0,
    }
}

/// Two nodes and one edge between them, with one string.
fn two_nodes() -> GraphBuilder {
    let mut builder = GraphBuilder::new();
    builder.strings.push("a");
    builder.push_node(record(0, 1)).unwrap();
    builder.push_node(record(0, 0)).unwrap();
    builder.push_edge(EdgeKind::Property, 0, NodeId(1)).unwrap();
    builder
}

#[track_caller]
fn assert_refused(builder: GraphBuilder, section: Section, words: &str) {
    let error = builder.finish().unwrap_err();
    let GraphError::Syntax { section: found, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*found, section, "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(error.code(), "ERR_HEAPWATCH_SNAPSHOT_SYNTAX");
}

#[test]
fn a_sound_graph_is_published() {
    let graph = two_nodes().finish().unwrap();
    assert_eq!((graph.node_count(), graph.edge_count()), (2, 1));
    assert_eq!(graph.name(NodeId(1)), "a");
    assert_eq!(graph.total_size(), 16);
    let edge = graph.edge(EdgeId(0));
    assert_eq!((edge.kind, edge.to), (EdgeKind::Property, NodeId(1)));
    assert_eq!(graph.edge_name(edge), EdgeName::Name(StringId(0)));
    assert_eq!(graph.edge_label(edge), "a");
}

#[test]
fn a_graph_without_nodes_is_refused() {
    assert_refused(GraphBuilder::new(), Section::Nodes, "at least one node");
}

#[test]
fn fewer_edges_than_announced_are_refused() {
    let mut builder = two_nodes();
    builder.push_node(record(0, 3)).unwrap();
    assert_refused(builder, Section::Edges, "4 edges");
}

#[test]
fn more_edges_than_announced_are_refused() {
    let mut builder = two_nodes();
    builder.push_edge(EdgeKind::Property, 0, NodeId(0)).unwrap();
    assert_refused(builder, Section::Edges, "1 edges");
}

#[test]
fn an_edge_to_a_node_that_does_not_exist_is_refused() {
    let mut builder = two_nodes();
    builder.push_node(record(0, 1)).unwrap();
    builder.push_edge(EdgeKind::Weak, 0, NodeId(3)).unwrap();
    assert_refused(builder, Section::Edges, "a target below 3, found 3");
}

#[test]
fn a_node_name_outside_of_the_strings_is_refused() {
    let mut builder = two_nodes();
    builder.push_node(record(1, 0)).unwrap();
    assert_refused(builder, Section::Nodes, "a name below 1, found 1");
}

#[test]
fn an_edge_name_outside_of_the_strings_is_refused() {
    let mut builder = two_nodes();
    builder.push_node(record(0, 1)).unwrap();
    builder.push_edge(EdgeKind::Internal, 9, NodeId(0)).unwrap();
    assert_refused(builder, Section::Edges, "a name below 1, found 9");
}

#[test]
fn the_index_of_an_element_is_no_string() {
    let mut builder = two_nodes();
    builder.push_node(record(0, 2)).unwrap();
    builder.push_edge(EdgeKind::Element, 99, NodeId(0)).unwrap();
    builder
        .push_edge(EdgeKind::Hidden, u32::MAX, NodeId(0))
        .unwrap();
    let graph = builder.finish().unwrap();
    let labels: Vec<_> = (graph.edges(NodeId(2)))
        .map(|edge| graph.edge_label(edge).into_owned())
        .collect();
    assert_eq!(labels, ["99", "4294967295"]);
}

#[test]
fn a_target_that_does_not_fit_is_refused_at_once() {
    let mut builder = two_nodes();
    let beyond = NodeId(HeapGraph::MAX_NODES as u32);
    let error = builder
        .push_edge(EdgeKind::Property, 0, beyond)
        .unwrap_err();
    let GraphError::TooLarge { what, allowed } = error else {
        panic!("{error}");
    };
    assert_eq!((what, allowed), (Limit::Nodes, HeapGraph::MAX_NODES as u64));
    let last = NodeId(HeapGraph::MAX_NODES as u32 - 1);
    builder.push_edge(EdgeKind::Unknown, 0, last).unwrap();
}

#[test]
fn more_edges_than_can_be_numbered_are_refused_when_announced() {
    let mut builder = two_nodes();
    builder.push_node(record(0, u32::MAX - 1)).unwrap();
    let error = builder.push_node(record(0, 1)).unwrap_err();
    assert!(
        matches!(
            error,
            GraphError::TooLarge {
                what: Limit::Edges,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.code(), "ERR_HEAPWATCH_LIMIT");
    assert!(builder.finish().is_err());
}

#[test]
fn every_kind_of_edge_survives_packing() {
    for &kind in EdgeKind::ALL {
        let mut builder = two_nodes();
        builder.push_node(record(0, 1)).unwrap();
        builder.push_edge(kind, 0, NodeId(2)).unwrap();
        let graph = builder.finish().unwrap();
        let edge = graph.edge(EdgeId(1));
        assert_eq!((edge.kind, edge.to), (kind, NodeId(2)));
        assert_eq!(EdgeKind::from_name(kind.name()), Some(kind));
    }
}

#[test]
fn every_kind_of_node_has_a_name_of_its_own() {
    for &kind in NodeKind::ALL {
        assert_eq!(NodeKind::from_name(kind.name()), Some(kind));
    }
    assert_eq!(NodeKind::from_name("no such kind"), None);
    assert_eq!(EdgeKind::from_name("no such kind"), None);
}

#[test]
fn sizes_are_exact_on_both_sides_of_4_gib() {
    let sizes = [
        0,
        1,
        u64::from(u32::MAX) - 1,
        u64::from(u32::MAX),
        1 << 40,
        5,
    ];
    let mut builder = GraphBuilder::new();
    builder.strings.push("");
    for self_size in sizes {
        builder
            .push_node(NodeRecord {
                self_size,
                ..record(0, 0)
            })
            .unwrap();
    }
    let graph = builder.finish().unwrap();
    let found: Vec<_> = graph.nodes().map(|node| graph.self_size(node)).collect();
    assert_eq!(found, sizes);
    assert_eq!(graph.total_size(), sizes.iter().sum::<u64>());
}

#[test]
fn an_edge_knows_its_source_even_next_to_nodes_without_edges() {
    let mut builder = GraphBuilder::new();
    builder.strings.push("");
    for edge_count in [0, 2, 0, 0, 1, 0] {
        builder.push_node(record(0, edge_count)).unwrap();
    }
    for _ in 0..3 {
        builder.push_edge(EdgeKind::Property, 0, NodeId(0)).unwrap();
    }
    let graph = builder.finish().unwrap();
    let sources: Vec<_> = (0..3).map(|i| graph.edge_source(EdgeId(i)).0).collect();
    assert_eq!(sources, [1, 1, 4]);
}

/// Random edges of each node: kind, and name or index. One name in a hundred is any of `names`;
/// one index in `far_percent` hundred is anywhere.
fn random_edges(
    random: &mut Random,
    names: usize,
    far_percent: usize,
) -> Vec<Vec<(EdgeKind, u32)>> {
    let mut edges = Vec::new();
    for _ in 0..3_000 {
        let count = if random.chance(2) {
            500
        } else {
            random.below(4)
        };
        let kind = *random.pick(EdgeKind::ALL);
        let first = random.below(3) as u32;
        let is_run = random.chance(50);
        let has_slots = random.chance(50);
        edges.push(
            (0..count as u32)
                .map(|i| match kind.is_indexed() {
                    _ if random.chance(1) => (EdgeKind::Internal, random.below(names) as u32),
                    true if random.chance(far_percent) => (kind, random.bits() as u32),
                    true => (kind, first + i),
                    // Names of slots are consecutive ones.
                    false if is_run => (kind, names as u32 / 2 + i),
                    false if has_slots => (kind, EdgeName::FIRST_SLOT + first + i),
                    false => (kind, random.below(50) as u32),
                })
                .collect(),
        );
    }
    edges
}

#[test]
fn edges_have_the_names_and_indexes_they_were_given_in_whatever_order_and_number() {
    for seed in 0..48 {
        let mut random = Random::new(seed);
        let names = [1 << 10, 1 << 20][seed as usize % 2];
        let far_percent = [0, 2, 50][seed as usize % 3];
        let edges = random_edges(&mut random, names, far_percent);
        let mut builder = match random.chance(75) {
            true => GraphBuilder::sharing(),
            false => GraphBuilder::new(),
        };
        (0..names).for_each(|i| {
            builder.strings.push(&i.to_string());
        });
        let nodes = |builder: &mut GraphBuilder| {
            for own in &edges {
                builder.push_node(record(0, own.len() as u32)).unwrap();
            }
        };
        let edges_of = |builder: &mut GraphBuilder, own: &[(EdgeKind, u32)]| {
            for &(kind, name) in own {
                builder.push_edge(kind, name, NodeId(0)).unwrap();
            }
        };
        match seed % 4 {
            0 => {
                edges.iter().for_each(|own| edges_of(&mut builder, own));
                nodes(&mut builder);
            }
            1 => {
                nodes(&mut builder);
                edges.iter().for_each(|own| edges_of(&mut builder, own));
            }
            // Node by node, and then, half-way, an edge before its node.
            turn => {
                for (i, own) in edges.iter().enumerate() {
                    if turn == 3 && i == 1_500 {
                        edges_of(&mut builder, own);
                    }
                    builder.push_node(record(0, own.len() as u32)).unwrap();
                    if turn == 2 || i != 1_500 {
                        edges_of(&mut builder, own);
                    }
                }
            }
        }
        let graph = builder.finish().unwrap();
        for (node, expected) in graph.nodes().zip(&edges) {
            let named = |edge: heapwatch_graph::Edge| match graph.edge_name(edge) {
                EdgeName::Name(name) => (edge.kind, name.0),
                EdgeName::Index(index) if edge.kind.is_indexed() => (edge.kind, index),
                EdgeName::Index(slot) => (edge.kind, EdgeName::FIRST_SLOT + slot),
            };
            let found: Vec<_> = graph.edges(node).map(named).collect();
            assert_eq!(&found, expected, "{node:?}, seed {seed}");
            let alone = |edge: heapwatch_graph::Edge| named(graph.edge(edge.id));
            assert!(
                graph.edges(node).map(alone).eq(found),
                "{node:?}, seed {seed}"
            );
        }
    }
}

#[test]
fn a_name_that_the_table_of_strings_does_not_have_is_refused_wherever_it_is_stored() {
    for indexes in [0, 5_000] {
        let mut builder = GraphBuilder::sharing();
        builder.strings.push("");
        builder.push_node(record(0, indexes + 1)).unwrap();
        for i in 0..indexes {
            let far = 800_000 * (i + 1);
            builder
                .push_edge(EdgeKind::Element, far, NodeId(0))
                .unwrap();
        }
        builder.push_edge(EdgeKind::Property, 1, NodeId(0)).unwrap();
        assert_refused(builder, Section::Edges, "a name below 1");
    }
}

#[test]
fn only_what_v8_calls_attached_or_detached_is_that() {
    let mut builder = GraphBuilder::new();
    builder.strings.push("");
    for detachedness in [0, 1, 2, 3] {
        builder
            .push_node(NodeRecord {
                detachedness,
                ..record(0, 0)
            })
            .unwrap();
    }
    let graph = builder.finish().unwrap();
    let detached: Vec<_> = graph.nodes().map(|node| graph.is_detached(node)).collect();
    assert_eq!(detached, [false, false, true, false]);
    let attached: Vec<_> = graph.nodes().map(|node| graph.is_attached(node)).collect();
    assert_eq!(attached, [false, true, false, false]);
}

fn location(node: u32, line: u32) -> Location {
    Location {
        node: NodeId(node),
        script_id: 1,
        line,
        column: 0,
    }
}

#[test]
fn locations_are_found_in_whatever_order_they_came() {
    let mut builder = two_nodes();
    builder.push_node(record(0, 0)).unwrap();
    builder.push_location(location(2, 20));
    builder.push_location(location(0, 10));
    let graph = builder.finish().unwrap();
    assert_eq!(graph.location(NodeId(0)), Some(location(0, 10)));
    assert_eq!(graph.location(NodeId(1)), None);
    assert_eq!(graph.location(NodeId(2)), Some(location(2, 20)));
}

#[test]
fn locations_of_nodes_that_do_not_exist_are_left_out() {
    let mut builder = two_nodes();
    builder.push_location(location(2, 20));
    assert_eq!(builder.finish().unwrap().locations().len(), 0);
}

#[test]
fn the_newest_object_id_is_the_largest_odd_one() {
    let mut builder = GraphBuilder::new();
    builder.strings.push("");
    for object_id in [1, 7, 5, 100] {
        builder
            .push_node(NodeRecord {
                object_id,
                ..record(0, 0)
            })
            .unwrap();
    }
    assert_eq!(builder.finish().unwrap().newest_object_id(), 7);
}

#[test]
fn a_graph_without_object_ids_has_no_newest_one() {
    let mut builder = GraphBuilder::new();
    builder.strings.push("");
    builder
        .push_node(NodeRecord {
            object_id: 0,
            ..record(0, 0)
        })
        .unwrap();
    assert_eq!(builder.finish().unwrap().newest_object_id(), 0);
}

#[test]
fn strings_are_built_from_parts_and_found_again() {
    let mut builder = two_nodes();
    builder.strings.push_part("é");
    builder.strings.push_char('\u{1f600}');
    let id = builder.strings.end_string();
    let empty = builder.strings.push("");
    let graph = builder.finish().unwrap();
    let strings = graph.strings();
    assert_eq!(strings.get(id), "é\u{1f600}");
    assert_eq!(strings.get(empty), "");
    assert_eq!(strings.find("é\u{1f600}"), Some(id));
    assert_eq!(strings.find("é"), None);
    assert_eq!(strings.get(StringId(99)), "");
    assert_eq!(strings.len(), 3);
}
