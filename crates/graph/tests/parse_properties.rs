//! The parser on random graphs in random layouts, and on random bytes.

#![allow(clippy::unwrap_used)]

mod parse_text;

use heapwatch_graph::parse::{ParseLimits, SnapshotParser};
use heapwatch_graph::{EdgeKind, HeapGraph, NodeKind, Progress, WriteOptions, write_snapshot};
use parse_text::{EDGES, HEADER, NODES, STRINGS, describe, parse, parse_chunks, small};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same cases in every run.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x6865_6170),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[derive(Clone, Debug)]
struct Node {
    kind: NodeKind,
    name: usize,
    id: u32,
    size: u64,
    detached: bool,
    edges: Vec<Edge>,
}

#[derive(Clone, Debug)]
struct Edge {
    kind: EdgeKind,
    /// Of a string, or an index.
    name: u32,
    to: usize,
}

#[derive(Clone, Debug)]
struct Heap {
    nodes: Vec<Node>,
    strings: Vec<String>,
    /// (node, script, line, column); one per node at most.
    locations: Vec<[u32; 4]>,
}

/// How a heap is written down.
#[derive(Clone, Debug)]
struct Layout {
    node_fields: Vec<&'static str>,
    edge_fields: Vec<&'static str>,
    location_fields: Vec<&'static str>,
    /// Between numbers and behind records.
    separators: (&'static str, &'static str),
    section_order: Vec<usize>,
    ascii_only: bool,
}

fn heap() -> impl Strategy<Value = Heap> {
    let strings = prop::collection::vec(any::<String>(), 1..20);
    (strings, 1..30usize)
        .prop_flat_map(|(strings, nodes)| {
            let names = strings.len();
            let nodes = prop::collection::vec(node(nodes, names), nodes..=nodes);
            (
                Just(strings),
                nodes,
                prop::collection::vec(any::<[u32; 3]>(), 0..10),
            )
        })
        .prop_map(|(strings, nodes, positions)| {
            let positions = positions.into_iter().take(nodes.len()).enumerate();
            let locations = (positions)
                .map(|(node, [script, line, column])| {
                    [
                        node as u32,
                        script,
                        line.min(u32::MAX - 1),
                        column.min(u32::MAX - 1),
                    ]
                })
                .collect();
            Heap {
                nodes,
                strings,
                locations,
            }
        })
}

fn node(nodes: usize, names: usize) -> impl Strategy<Value = Node> {
    let edge = (prop::sample::select(EdgeKind::ALL), any::<u32>(), 0..nodes);
    let edge = edge.prop_map(move |(kind, name, to)| {
        let name = if kind.is_indexed() {
            name
        } else {
            name % names as u32
        };
        Edge { kind, name, to }
    });
    let kind = prop::sample::select(NodeKind::ALL);
    // Numbers of all lengths, not only long ones.
    let size = (0..=53u32, any::<u64>()).prop_map(|(bits, n)| n & ((1 << bits) - 1));
    let id = (0..=32u32, any::<u64>()).prop_map(|(bits, n)| (n & ((1 << bits) - 1)) as u32);
    let edges = prop::collection::vec(edge, 0..5);
    (kind, 0..names, id, size, any::<bool>(), edges).prop_map(
        |(kind, name, id, size, detached, edges)| Node {
            kind,
            name,
            id,
            size,
            detached,
            edges,
        },
    )
}

fn layout() -> impl Strategy<Value = Layout> {
    let node_fields = vec![
        "type",
        "name",
        "id",
        "self_size",
        "edge_count",
        "detachedness",
    ];
    let extra = prop::sample::subsequence(vec!["trace_node_id", "future", "more"], 0..=3);
    let node_fields = extra
        .prop_flat_map(move |extra| Just([node_fields.clone(), extra].concat()).prop_shuffle());
    let edge_fields = prop_oneof![
        Just(vec!["type", "name_or_index", "to_node"]),
        Just(vec!["type", "name_or_index", "to_node", "future"]).prop_shuffle(),
    ];
    let location_fields = Just(vec!["object_index", "script_id", "line", "column"]).prop_shuffle();
    let separators = prop::sample::select(vec![
        (",", ","),
        (",", "\n,"),
        (",", ",\n"),
        (", ", " ,\r\n "),
    ]);
    let section_order = Just(vec![0, 1, 2, 3]).prop_shuffle();
    (
        node_fields,
        edge_fields,
        location_fields,
        separators,
        section_order,
        any::<bool>(),
    )
        .prop_map(
            |(node_fields, edge_fields, location_fields, separators, section_order, ascii_only)| {
                Layout {
                    node_fields,
                    edge_fields,
                    location_fields,
                    separators,
                    section_order,
                    ascii_only,
                }
            },
        )
}

fn write(heap: &Heap, layout: &Layout) -> String {
    let kinds = |names: Vec<&str>| format!("[{names:?},\"number\"]");
    let nodes = heap
        .nodes
        .iter()
        .map(|node| record(&layout.node_fields, |f| node_field(node, f)));
    let edges = heap.nodes.iter().flat_map(|node| &node.edges);
    let stride = layout.node_fields.len();
    let edges = edges.map(|edge| record(&layout.edge_fields, |f| edge_field(edge, f, stride)));
    let locations = (heap.locations.iter())
        .map(|l| record(&layout.location_fields, |f| location_field(l, f, stride)));
    let strings = heap
        .strings
        .iter()
        .map(|text| vec![quoted(text, layout.ascii_only)]);
    let sections = [
        format!("\"nodes\":[{}]", joined(nodes, layout)),
        format!("\"edges\":[{}]", joined(edges, layout)),
        format!("\"locations\":[{}]", joined(locations, layout)),
        format!("\"strings\":[{}]", joined(strings, layout)),
    ];
    let sections: Vec<_> = layout
        .section_order
        .iter()
        .map(|&i| sections[i].as_str())
        .collect();
    format!(
        r#"{{"snapshot":{{"meta":{{"node_fields":{:?},"node_types":{},"edge_fields":{:?},"edge_types":{},"location_fields":{:?}}},"node_count":{},"edge_count":{}}},{}}}"#,
        layout.node_fields,
        kinds(NodeKind::ALL.iter().map(|kind| kind.name()).collect()),
        layout.edge_fields,
        kinds(EdgeKind::ALL.iter().map(|kind| kind.name()).collect()),
        layout.location_fields,
        heap.nodes.len(),
        heap.nodes
            .iter()
            .map(|node| node.edges.len())
            .sum::<usize>(),
        sections.join(",")
    )
}

fn record(fields: &[&str], value: impl Fn(&str) -> u64) -> Vec<String> {
    fields
        .iter()
        .map(|field| value(field).to_string())
        .collect()
}

fn joined(records: impl Iterator<Item = Vec<String>>, layout: &Layout) -> String {
    let (between, behind) = layout.separators;
    let records: Vec<_> = records.map(|record| record.join(between)).collect();
    records.join(behind)
}

fn node_field(node: &Node, field: &str) -> u64 {
    match field {
        "type" => node.kind as u64,
        "name" => node.name as u64,
        "id" => u64::from(node.id),
        "self_size" => node.size,
        "edge_count" => node.edges.len() as u64,
        "detachedness" => {
            if node.detached {
                2
            } else {
                1
            }
        }
        // Numbers that are read past, of any length.
        _ => node.size,
    }
}

fn edge_field(edge: &Edge, field: &str, stride: usize) -> u64 {
    match field {
        "type" => edge.kind as u64,
        "name_or_index" => u64::from(edge.name),
        "to_node" => (edge.to * stride) as u64,
        _ => 9,
    }
}

fn location_field(location: &[u32; 4], field: &str, stride: usize) -> u64 {
    let [node, script, line, column] = location.map(u64::from);
    match field {
        "object_index" => node * stride as u64,
        "script_id" => script,
        "line" => line,
        _ => column,
    }
}

/// A JSON string by another implementation.
fn quoted(text: &str, ascii_only: bool) -> String {
    let json = serde_json::to_string(text).unwrap();
    if !ascii_only {
        return json;
    }
    let mut escaped = String::new();
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("\\u{unit:04x}")),
        }
    }
    escaped
}

fn assert_equal(graph: &HeapGraph, heap: &Heap) {
    assert_eq!(graph.node_count(), heap.nodes.len());
    for (id, node) in graph.nodes().zip(&heap.nodes) {
        assert_eq!(graph.kind(id), node.kind);
        assert_eq!(graph.name(id), heap.strings[node.name]);
        assert_eq!(graph.object_id(id), node.id);
        assert_eq!(graph.self_size(id), node.size);
        assert_eq!(graph.is_detached(id), node.detached);
        assert_eq!(graph.out_degree(id), node.edges.len());
        for (found, edge) in graph.edges(id).zip(&node.edges) {
            let name = match edge.kind.is_indexed() {
                true => edge.name.to_string(),
                false => heap.strings[edge.name as usize].clone(),
            };
            assert_eq!((found.kind, found.to.index()), (edge.kind, edge.to));
            assert_eq!(graph.edge_label(found), name);
        }
    }
    let locations = graph
        .locations()
        .map(|l| [l.node.0, l.script_id, l.line, l.column]);
    assert_eq!(locations.collect::<Vec<_>>(), heap.locations);
    let strings: Vec<_> = graph.strings().iter().map(|(_, text)| text).collect();
    assert_eq!(strings, heap.strings);
}

/// Cuts `bytes` into chunks of these lengths, again and again.
fn cut<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for &length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (head, tail) = bytes.split_at(length.min(bytes.len()));
        chunks.push(head);
        bytes = tail;
    }
    chunks
}

fn chunk_lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1..10usize, 1..2000usize], 1..5)
}

/// Feeds bytes; asserts after each chunk that what is held is in proportion to what was fed.
/// A byte of input is at most 3 bytes of the graph: `"",` is a string of 8 bytes, a lone byte that
/// is not UTF-8 a replacement character of 3.
fn assert_bounded(chunks: &[&[u8]]) {
    let mut parser = SnapshotParser::new(ParseLimits::default());
    for chunk in chunks {
        let fed = parser.feed(chunk);
        assert!(parser.memory_bytes() <= 3 * parser.bytes());
        if fed.is_err() {
            return;
        }
    }
    let _ = parser.finish();
}

/// Text made of what snapshots are made of, in any order.
fn token_soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"\"",
        "\"",
        "\\",
        "0",
        "7,",
        "3,1,0,",
        "4294967296",
        "-1",
        "1e9",
        "null",
        " ",
        "\n",
        "\\ud83d",
        "\"nodes\":[",
        "\"edges\":[",
        "\"strings\":[",
        "\"locations\":[",
        "\"other\":",
        HEADER,
        NODES,
        EDGES,
        STRINGS,
        "],",
        "]}",
    ]);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_written_heap_is_read_back_whatever_the_layout_and_the_chunks(
        heap in heap(), layout in layout(), lengths in chunk_lengths(),
    ) {
        let text = write(&heap, &layout);
        let parsed = match parse_chunks(cut(text.as_bytes(), &lengths)) {
            Ok(parsed) => parsed,
            Err(error) => panic!("{error}\n{text}"),
        };
        assert_equal(&parsed.graph, &heap);
        assert_eq!(parsed.warnings, []);
    }

    #[test]
    fn a_graph_written_as_a_snapshot_is_read_back_the_same(
        heap in heap(), layout in layout(), lengths in chunk_lengths(),
    ) {
        let graph = parse(write(&heap, &layout)).unwrap().graph;
        let mut file = Vec::new();
        write_snapshot(&graph, &WriteOptions::default(), &mut file, &Progress::none()).unwrap();
        let parsed = parse_chunks(cut(&file, &lengths)).unwrap();
        assert_equal(&parsed.graph, &heap);
        assert_eq!(parsed.warnings, []);
    }

    #[test]
    fn random_bytes_never_panic_and_hold_little(
        bytes in prop::collection::vec(any::<u8>(), 0..2000), lengths in chunk_lengths(),
    ) {
        assert_bounded(&cut(&bytes, &lengths));
        // As the inside of a section.
        for section in ["nodes", "edges", "locations", "strings", "other"] {
            let text = [format!("{{{HEADER},\"{section}\":[").as_bytes(), &bytes].concat();
            assert_bounded(&cut(&text, &lengths));
            let strings = [format!("{{{HEADER},\"{section}\":[\"").as_bytes(), &bytes].concat();
            assert_bounded(&cut(&strings, &lengths));
        }
    }

    #[test]
    fn shuffled_tokens_give_the_same_result_however_they_are_cut(
        soup in token_soup(), at in any::<prop::sample::Index>(), lengths in chunk_lengths(),
    ) {
        let mut inserted = small();
        let at = (0..=at.index(inserted.len())).rev().find(|&at| inserted.is_char_boundary(at));
        inserted.insert_str(at.unwrap(), &soup);
        for text in [format!("{{{HEADER},{soup}"), soup, inserted] {
            let chunks = cut(text.as_bytes(), &lengths);
            assert_bounded(&chunks);
            assert_eq!(describe(&parse(&text)), describe(&parse_chunks(chunks)), "{text}");
        }
    }
}

#[test]
fn the_densest_sections_hold_at_most_three_bytes_a_byte() {
    for (section, unit) in [
        ("nodes", "0,0,0,0,0,0,0,"),
        ("edges", "0,0,0,"),
        ("locations", "0,0,0,0,"),
        ("strings", "\"\","),
        ("strings", "\"\u{80}\","),
    ] {
        let text = format!("{{{HEADER},\"nodes\":[0,0,0,0,0,0,0],\"{section}\":[")
            .replace("\"nodes\":[0,0,0,0,0,0,0],\"nodes\"", "\"nodes\"");
        let text = text + &unit.repeat(100_000);
        assert_bounded(&cut(text.as_bytes(), &[4096]));
    }
}
