//! Slots whose numbers stand in place of names, as walks have them, are what slots named by their
//! digits are, as V8's snapshots have them.

use heapwatch_graph::parse::{ParseLimits, SnapshotParser};
use heapwatch_graph::{
    AnalyzedHeap, CollectionOrder, CollectionQuery, EdgeKind, EdgeLabels, EdgeName, GraphBuilder,
    HeapGraph, NodeId, NodeKind, NodeRecord, Progress, StringContents, StringId, WriteOptions,
    collections, write_snapshot,
};
use heapwatch_testing::heap;

/// A Map, a Set, a WeakMap, an object with many properties and an array.
fn graph_of_names() -> HeapGraph {
    let mut heap = heap();
    heap.property("map", "map")
        .property("set", "set")
        .property("weak", "weak")
        .property("key", "key")
        .property("list", "list")
        .string("k1", "k1")
        .string("k2", "k2")
        .object("key", "Key")
        .object("v", "V")
        .map("map", &[("k1", "v"), ("k2", "v"), ("key", "v")])
        .set("set", &["k1", "k2", "v"])
        .weak_map("weak")
        .weak_map_entry("weak", "key", "v");
    heap.object("list", "Array")
        .internal("elements", "elements")
        .node("elements", NodeKind::Array, "(object elements)")
        .internal("0", "v")
        .internal("70000", "k1")
        .weak("3", "k2");
    heap.build().into_graph()
}

/// The numbers in use; some in more than one table.
const DISTINCT_SLOTS: usize = 10;

/// The slot that an edge is named after.
fn slot(graph: &HeapGraph, kind: EdgeKind, name: EdgeName) -> Option<u32> {
    match (kind, name) {
        (EdgeKind::Internal | EdgeKind::Weak, EdgeName::Name(name)) => {
            graph.strings().get(name).parse().ok()
        }
        _ => None,
    }
}

/// The same graph with numbers in place of the names of slots.
fn with_slots(graph: &HeapGraph) -> HeapGraph {
    let mut builder = GraphBuilder::sharing();
    for (_, text) in graph.strings().iter() {
        builder.strings.push(text);
    }
    for node in graph.nodes() {
        let record = NodeRecord {
            kind: graph.kind(node),
            name: graph.name_id(node),
            object_id: graph.object_id(node),
            self_size: graph.self_size(node),
            edge_count: graph.out_degree(node) as u32,
            detachedness: 0,
        };
        builder.push_node(record).unwrap();
        for edge in graph.edges(node) {
            let name = graph.edge_name(edge);
            let name = match (slot(graph, edge.kind, name), name) {
                (Some(slot), _) => EdgeName::FIRST_SLOT + slot,
                (None, EdgeName::Name(name)) => name.0,
                (None, EdgeName::Index(index)) => index,
            };
            builder.push_edge(edge.kind, name, edge.to).unwrap();
        }
    }
    builder.finish().unwrap()
}

/// What is said of a graph's references and collections.
fn told(graph: HeapGraph) -> Vec<String> {
    let heap = AnalyzedHeap::new(graph, &Progress::none()).unwrap();
    let labels = EdgeLabels::new(&heap);
    let graph = heap.graph();
    let references = graph.nodes().flat_map(|node| {
        graph.edges(node).map(move |edge| {
            let (kind, name) = (edge.kind.name(), graph.edge_label(edge));
            format!("{node:?} {kind} {name} {}", labels.label(node, edge))
        })
    });
    let query = CollectionQuery {
        order: CollectionOrder::Retained,
        limit: usize::MAX,
        min_size: 0,
    };
    let collections = collections(&heap, &query, &Progress::none()).unwrap();
    references
        .chain(collections.iter().map(|found| format!("{found:?}")))
        .collect()
}

#[test]
fn a_slot_with_a_number_is_told_as_one_with_a_name() {
    let named = graph_of_names();
    let numbered = with_slots(&named);
    let slots = numbered.nodes().flat_map(|node| numbered.edges(node));
    let slots = slots.filter(|edge| {
        matches!(numbered.edge_name(*edge), EdgeName::Index(_)) && !edge.kind.is_indexed()
    });
    assert!(slots.count() >= 12);
    assert_eq!(told(numbered), told(named));
}

#[test]
fn slots_are_written_as_the_texts_that_the_format_has_for_names() {
    for strings in [StringContents::Keep, StringContents::Blank] {
        let options = WriteOptions {
            strings,
            extra_native_bytes: None,
        };
        let [named, numbered] = [graph_of_names(), with_slots(&graph_of_names())].map(|graph| {
            let mut file = Vec::new();
            write_snapshot(&graph, &options, &mut file, &Progress::none()).unwrap();
            let mut parser = SnapshotParser::new(ParseLimits::default());
            parser.feed(&file).unwrap();
            (graph.strings().len(), parser.finish().unwrap().graph)
        });
        let placeholder = usize::from(strings == StringContents::Blank);
        let added = numbered.1.strings().len() - numbered.0 - placeholder;
        assert_eq!(added, DISTINCT_SLOTS);
        assert_eq!(told(numbered.1), told(named.1), "{strings:?}");
    }
}

#[test]
fn a_file_cannot_name_a_slot_by_a_number() {
    let mut builder = GraphBuilder::new();
    builder.strings.push("");
    let record = NodeRecord {
        kind: NodeKind::Object,
        name: StringId(0),
        object_id: 1,
        self_size: 0,
        edge_count: 1,
        detachedness: 0,
    };
    builder.push_node(record).unwrap();
    let slot = EdgeName::FIRST_SLOT + 5;
    builder
        .push_edge(EdgeKind::Internal, slot, NodeId::ROOT)
        .unwrap();
    let graph = builder.finish().unwrap();
    let mut file = Vec::new();
    write_snapshot(
        &graph,
        &WriteOptions::default(),
        &mut file,
        &Progress::none(),
    )
    .unwrap();
    let text = String::from_utf8(file).unwrap();
    let hostile = text.replace("\"edges\":[3,1,0", &format!("\"edges\":[3,{slot},0"));
    assert_ne!(hostile, text);
    let mut parser = SnapshotParser::new(ParseLimits::default());
    let parsed = parser.feed(hostile.as_bytes()).map(|()| parser.finish());
    assert!(!matches!(parsed, Ok(Ok(_))), "{hostile}");
}
