//! Graphs written as snapshots: what is in the file, and what is not when strings are blanked. That
//! any graph is read back the same is tested in `parse_properties.rs`.

use std::cell::Cell;
use std::io::{self, ErrorKind, Write};

use heapwatch_graph::parse::{ParseLimits, SnapshotParser};
use heapwatch_graph::{
    AnalyzedHeap, CancelToken, EdgeKind, GraphBuilder, GraphError, HeapGraph, NodeId, NodeKind,
    NodeRecord, Progress, Stage, StringContents, WriteOptions, write_snapshot,
};
use heapwatch_testing::{GraphShape, TestHeap, heap, print_graph, random_graph};
use serde_json::Value;

const BLANK: WriteOptions = WriteOptions {
    strings: StringContents::Blank,
    extra_native_bytes: None,
};

fn written(graph: &HeapGraph, options: &WriteOptions) -> String {
    let mut file = Vec::new();
    let bytes = write_snapshot(graph, options, &mut file, &Progress::none()).unwrap();
    assert_eq!(bytes, file.len() as u64);
    String::from_utf8(file).unwrap()
}

fn read(text: &str) -> HeapGraph {
    let mut parser = SnapshotParser::new(ParseLimits::default());
    parser.feed(text.as_bytes()).unwrap();
    let parsed = parser.finish().unwrap();
    assert_eq!(parsed.warnings, []);
    parsed.graph
}

/// A heap with a secret in every place where a value can be.
fn heap_of_secrets() -> TestHeap {
    let mut heap = heap();
    heap.property("shop", "shop")
        .object("shop", "Shop")
        .property("owner", "owner")
        .property("half", "cons")
        .property("part", "sliced")
        .property("key", "symbol")
        .property("price", "number")
        .property("account", "bigint")
        .property("filter", "regexp")
        .property("novelty", "unknown")
        .property("handler", "handler")
        .internal("table", "weak.table");
    heap.string("owner", "secret@flat");
    heap.node("cons", NodeKind::ConsString, "secret@cons");
    heap.node("sliced", NodeKind::SlicedString, "secret@sliced");
    heap.node("symbol", NodeKind::Symbol, "secret@symbol");
    heap.node("number", NodeKind::Number, "secret@number");
    heap.node("bigint", NodeKind::BigInt, "secret@bigint");
    heap.node("regexp", NodeKind::RegExp, "secret@regexp");
    heap.node("unknown", NodeKind::Unknown, "secret@unknown");
    heap.closure("handler", "onOrder")
        .written_at("/srv/shop.js", 3, 7);
    let pair = "7 / part of key (secret@key @91) -> value (secret@value @93) pair in WeakMap \
                (table @95)";
    heap.array("weak.table")
        .object_id(95)
        .internal(pair, "weak.value");
    heap.string("weak.value", "secret@value").object_id(93);
    heap.build()
}

#[test]
fn graphs_of_every_shape_are_read_back_the_same() {
    for shape in GraphShape::ALL {
        for seed in 0..20 {
            let graph = random_graph(shape, seed);
            let again = read(&written(&graph, &WriteOptions::default()));
            let message = format!("{shape:?}, seed {seed}");
            assert_eq!(print_graph(&again), print_graph(&graph), "{message}");
            assert!(again.locations().eq(graph.locations()), "{message}");
            assert_eq!(again.total_size(), graph.total_size(), "{message}");
        }
    }
}

#[test]
fn blanking_changes_no_size_and_no_dominator() {
    for shape in GraphShape::ALL {
        for seed in 0..20 {
            let graph = random_graph(shape, seed);
            let blanked = read(&written(&graph, &BLANK));
            let [expected, found] = [graph, blanked].map(|graph| {
                let heap = AnalyzedHeap::new(graph, &Progress::none()).unwrap();
                let sizes = |node: NodeId| (heap.shallow(node), heap.dominators().retained(node));
                let nodes = heap.graph().nodes();
                let nodes = nodes.map(|node| (heap.dominators().idom(node), sizes(node)));
                (nodes.collect::<Vec<_>>(), heap.classes().len())
            });
            assert_eq!(found, expected, "{shape:?}, seed {seed}");
        }
    }
}

#[test]
fn what_is_attached_or_detached_stays_that() {
    let mut heap = heap();
    heap.native("a", "A").attached();
    heap.native("d", "D").detached();
    heap.native("u", "U");
    let text = written(heap.build().graph(), &WriteOptions::default());
    let document: Value = serde_json::from_str(&text).unwrap();
    let nodes = document["nodes"].as_array().unwrap();
    let written: Vec<_> = (nodes.chunks(6)).map(|node| node[5].clone()).collect();
    assert_eq!(written, [0, 1, 2, 0]);
}

#[test]
fn the_document_is_laid_out_as_v8_lays_it_out() {
    let mut heap = heap();
    heap.property("a", "a").object("a", "A").size(24).detached();
    heap.element(4, "a").located(5, 6, 7);
    let options = WriteOptions {
        extra_native_bytes: Some(77),
        ..WriteOptions::default()
    };
    let text = written(heap.build().graph(), &options);
    let document: Value = serde_json::from_str(&text).unwrap();

    let keys = [
        "snapshot",
        "nodes",
        "edges",
        "trace_function_infos",
        "trace_tree",
        "samples",
        "locations",
        "strings",
    ];
    let at = keys.map(|key| text.find(&format!("\"{key}\":")).unwrap());
    assert!(at.is_sorted(), "{text}");
    assert_eq!(document.as_object().unwrap().len(), keys.len());

    let header = &document["snapshot"];
    assert_eq!(header["node_count"], 2);
    assert_eq!(header["edge_count"], 2);
    assert_eq!(header["extra_native_bytes"], 77);
    assert_eq!(header.get("root_index"), None);
    let fields = header["meta"]["node_fields"].as_array().unwrap();
    let types = header["meta"]["node_types"].as_array().unwrap();
    assert_eq!(fields.len(), types.len());

    let numbers = |key: &str| document[key].to_string();
    assert_eq!(numbers("nodes"), "[9,0,1,0,1,0,3,1,3,24,1,2]");
    assert_eq!(numbers("edges"), "[2,2,6,1,4,6]");
    assert_eq!(numbers("locations"), "[6,5,6,7]");
    assert_eq!(numbers("strings"), r#"["","A","a"]"#);
    assert!(text.contains("[9,0,1,0,1,0\n,3,1,3,24,1,2\n]"), "{text}");
}

#[test]
fn sizes_are_the_own_ones_of_every_object() {
    let mut heap = heap();
    heap.shortcut("1", "owner").object("owner", "Map").size(32);
    heap.internal("table", "part").array("part").size(1 << 40);
    let heap = heap.build();
    let again = read(&written(heap.graph(), &WriteOptions::default()));
    assert_eq!(again.self_size(heap["owner"]), 32);
    assert_eq!(again.self_size(heap["part"]), 1 << 40);
}

#[test]
fn a_size_that_javascript_numbers_cannot_hold_becomes_the_largest_they_can() {
    let mut heap = heap();
    heap.property("a", "a").object("a", "A").size(u64::MAX);
    let heap = heap.build();
    let again = read(&written(heap.graph(), &WriteOptions::default()));
    assert_eq!(again.self_size(heap["a"]), 1 << 53);
}

#[test]
fn blanking_replaces_every_value() {
    let heap = heap_of_secrets();
    let kept = written(heap.graph(), &WriteOptions::default());
    // One in each of nine nodes, two in the name of the WeakMap entry.
    assert_eq!(kept.matches("secret@").count(), 11);

    let text = written(heap.graph(), &BLANK);
    assert!(!text.contains("secret"), "{text}");
    let again = read(&text);
    for label in [
        "owner",
        "cons",
        "sliced",
        "symbol",
        "number",
        "bigint",
        "regexp",
        "unknown",
        "weak.value",
    ] {
        assert_eq!(again.name(heap[label]), "(blanked)", "{label}");
    }
}

#[test]
fn blanking_keeps_what_code_is_called() {
    let heap = heap_of_secrets();
    let again = read(&written(heap.graph(), &BLANK));
    assert_eq!(again.name(heap["shop"]), "Shop");
    assert_eq!(again.name(heap["handler"]), "onOrder");
    assert!(again.target(heap["shop"], EdgeKind::Property, "owner") == Some(heap["owner"]));
    let table = again.edges(heap["weak.table"]).next().unwrap();
    assert_eq!(
        again.edge_label(table),
        "7 / part of key ((blanked) @91) -> value ((blanked) @93) pair in WeakMap (table @95)"
    );
    let analyzed = AnalyzedHeap::new(again, &Progress::none()).unwrap();
    let location = analyzed.locate(heap["handler"]).unwrap();
    assert_eq!((location.url.as_str(), location.line), ("/srv/shop.js", 3));
}

#[test]
fn blanking_keeps_the_names_v8_gives_to_values_of_a_kind() {
    let mut heap = heap();
    let fixed = [
        (NodeKind::ConsString, "(concatenated string)"),
        (NodeKind::SlicedString, "(sliced string)"),
        (NodeKind::Symbol, "symbol"),
        (NodeKind::Number, "heap number"),
        (NodeKind::BigInt, "bigint"),
        (NodeKind::String, ""),
    ];
    for (kind, name) in fixed {
        heap.at("root").property("a", kind.name());
        heap.node(kind.name(), kind, name);
    }
    // The same names as contents of strings are contents.
    heap.string("contents", "symbol");
    let heap = heap.build();
    let again = read(&written(heap.graph(), &BLANK));
    for (kind, name) in fixed {
        assert_eq!(again.name(heap[kind.name()]), name);
    }
    assert_eq!(again.name(heap["contents"]), "(blanked)");
}

#[test]
fn text_that_is_both_a_value_and_a_name_stays_where_it_is_a_name() {
    let mut heap = heap();
    heap.property("email", "user").object("user", "User");
    heap.property("field", "text").property("class", "other");
    heap.string("text", "email").string("other", "User");
    let heap = heap.build();
    let again = read(&written(heap.graph(), &BLANK));
    assert_eq!(again.name(heap["text"]), "(blanked)");
    assert_eq!(again.name(heap["other"]), "(blanked)");
    assert_eq!(again.name(heap["user"]), "User");
    assert!(again.target(heap["root"], EdgeKind::Property, "email") == Some(heap["user"]));
}

#[test]
fn an_index_of_an_element_is_no_use_of_the_string_with_that_number() {
    let mut builder = GraphBuilder::new();
    let root = builder.strings.push("");
    let secret = builder.strings.push("secret");
    let mut node = |kind, name, edge_count| {
        let object_id = 1;
        let (self_size, detachedness) = (0, 0);
        let record = NodeRecord {
            kind,
            name,
            object_id,
            self_size,
            edge_count,
            detachedness,
        };
        builder.push_node(record).unwrap()
    };
    node(NodeKind::Synthetic, root, 1);
    let text = node(NodeKind::String, secret, 0);
    builder
        .push_edge(EdgeKind::Element, secret.0, text)
        .unwrap();
    let file = written(&builder.finish().unwrap(), &BLANK);
    assert!(!file.contains("secret"), "{file}");
}

/// Takes so many bytes and then has no room left.
struct FullDisk {
    room: usize,
}

impl Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_wherever_it_gets_full() {
    let heap = heap_of_secrets();
    let length = written(heap.graph(), &BLANK).len();
    for room in [0, 1, length / 2, length - 1] {
        let mut disk = FullDisk { room };
        let error = write_snapshot(heap.graph(), &BLANK, &mut disk, &Progress::none());
        let error = error.unwrap_err();
        assert_eq!(error.code(), "ERR_HEAPWATCH_CAPTURE");
        let GraphError::Write(source) = error else {
            panic!("{error}");
        };
        assert_eq!(source.kind(), ErrorKind::StorageFull);
    }
    let mut disk = FullDisk { room: length };
    write_snapshot(heap.graph(), &BLANK, &mut disk, &Progress::none()).unwrap();
}

#[test]
fn writing_tells_its_stages_and_can_be_cancelled_in_each() {
    let heap = heap_of_secrets();
    for stop_at in [Stage::Nodes, Stage::Edges, Stage::Strings] {
        let cancel = CancelToken::new();
        let report = |stage, done: f64| {
            assert!((0.0..=1.0).contains(&done));
            if stage == stop_at {
                cancel.cancel();
            }
        };
        let progress = Progress::new(cancel.clone(), &report);
        let result = write_snapshot(heap.graph(), &BLANK, &mut io::sink(), &progress);
        assert!(matches!(result, Err(GraphError::Cancelled)), "{stop_at:?}");
    }
}

#[test]
fn output_is_buffered_in_pieces_of_bounded_size() {
    struct Largest<'a>(&'a Cell<usize>);
    impl Write for Largest<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.set(self.0.get().max(bytes.len()));
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut heap = heap();
    heap.string("long", &"\u{e9}".repeat(1 << 20));
    let largest = Cell::new(0);
    let mut out = Largest(&largest);
    let options = WriteOptions::default();
    let bytes = write_snapshot(heap.build().graph(), &options, &mut out, &Progress::none());
    assert!(bytes.unwrap() > 6 << 20);
    assert!(largest.get() <= 256 << 10, "{}", largest.get());
}
