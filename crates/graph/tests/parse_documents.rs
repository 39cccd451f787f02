//! The parser on whole documents: what is read, what is tolerated, and every kind of bad input
//! with the error that names it.

#![allow(clippy::unwrap_used)]

mod parse_text;

use heapwatch_graph::parse::{ParseLimits, SnapshotParser, Warning};
use heapwatch_graph::{
    EdgeKind, GraphError, HeapGraph, Limit, NodeId, NodeKind, Section, Stage, StringId,
};
use parse_text::{EDGES, HEADER, LOCATIONS, NODES, STRINGS, describe, document, parse, small};

fn graph(text: &str) -> HeapGraph {
    match parse(text) {
        Ok(parsed) => parsed.graph,
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn error(text: impl AsRef<[u8]>) -> GraphError {
    match parse(&text) {
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(text.as_ref())),
        Err(error) => error,
    }
}

/// Asserts a syntax error at the last occurrence of `needle`.
fn assert_syntax(text: &str, section: Section, needle: &str, expected: &str, found: &str) {
    let at = text.rfind(needle).unwrap() as u64;
    match error(text) {
        GraphError::Syntax {
            section: s,
            offset,
            expected: e,
            found: f,
        } => {
            let message = format!("{s} at {offset}: expected {e}, found {f}\nin {text}");
            assert_eq!((s, f.as_str()), (section, found), "{message}");
            assert_eq!(offset, at, "{message}");
            assert!(e.contains(expected), "wanted '{expected}' in: {message}");
        }
        other => panic!("{other}\n{text}"),
    }
}

fn assert_not_a_snapshot(text: impl AsRef<[u8]>, wanted: &str) {
    match error(&text) {
        GraphError::NotASnapshot { found } => assert_eq!(found, wanted),
        other => panic!("{other}"),
    }
}

fn with_nodes(nodes: &str) -> String {
    document(nodes, EDGES, LOCATIONS, STRINGS)
}

fn with_edges(edges: &str) -> String {
    document(NODES, edges, LOCATIONS, STRINGS)
}

fn with_locations(locations: &str) -> String {
    document(NODES, EDGES, locations, STRINGS)
}

fn with_strings(strings: &str) -> String {
    document(NODES, EDGES, LOCATIONS, strings)
}

// What is read.

#[test]
fn nodes_have_their_kind_name_id_and_size() {
    let graph = graph(&small());
    assert_eq!((graph.node_count(), graph.edge_count()), (4, 5));
    let thing = NodeId(1);
    assert_eq!(graph.kind(NodeId::ROOT), NodeKind::Synthetic);
    assert_eq!(
        (graph.kind(thing), graph.name(thing)),
        (NodeKind::Object, "Thing")
    );
    assert_eq!((graph.object_id(thing), graph.self_size(thing)), (3, 160));
    assert_eq!(graph.kind(NodeId(2)), NodeKind::String);
}

#[test]
fn the_largest_ids_and_sizes_are_kept_exactly() {
    let graph = graph(&small());
    assert_eq!(graph.object_id(NodeId(3)), u32::MAX);
    assert_eq!(graph.self_size(NodeId(3)), 1 << 53);
}

#[test]
fn only_nodes_that_v8_calls_detached_are_detached() {
    let graph = graph(&small());
    let detached: Vec<_> = graph.nodes().filter(|&n| graph.is_detached(n)).collect();
    assert_eq!(detached, [NodeId(3)]);
}

#[test]
fn edges_lead_to_the_node_whose_offset_they_give() {
    let graph = graph(&small());
    let edges = |node| -> Vec<_> {
        (graph.edges(NodeId(node)))
            .map(|edge| (edge.kind, graph.edge_label(edge).into_owned(), edge.to.0))
            .collect()
    };
    let long = "a rather long name that is longer than a word of the machine";
    assert_eq!(
        edges(0),
        [
            (EdgeKind::Element, "1".to_owned(), 1),
            (EdgeKind::Property, "x".to_owned(), 3),
        ]
    );
    assert_eq!(
        edges(1),
        [
            (EdgeKind::Property, long.to_owned(), 2),
            (EdgeKind::Element, "16777216".to_owned(), 3),
        ]
    );
    assert_eq!(edges(2), []);
    assert_eq!(edges(3), [(EdgeKind::Weak, "Thing".to_owned(), 0)]);
}

#[test]
fn locations_belong_to_the_node_whose_offset_they_give() {
    let graph = graph(&small());
    let location = graph.location(NodeId(3)).unwrap();
    assert_eq!(
        (location.script_id, location.line, location.column),
        (12, 0, 78901)
    );
    assert!(graph.location(NodeId(2)).is_none());
}

#[test]
fn a_position_that_v8_could_not_find_is_no_location() {
    let text = with_locations("7,12,4294967295,4294967295\n,21,12,0,78901\n");
    assert_eq!(graph(&text).locations().len(), 1);
}

#[test]
fn escape_sequences_are_decoded() {
    let graph = graph(&small());
    let text = graph.strings().get(StringId(2));
    assert_eq!(text, "caf\u{e9} \u{1f600} \"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(graph.strings().get(StringId(3)), "Détaché 😀");
}

#[test]
fn strings_that_are_not_text_are_read_with_replacement_characters() {
    let cases: [(&[u8], &str); 9] = [
        (br"\ud83d", "\u{fffd}"),
        (br"\ude00", "\u{fffd}"),
        (br"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
        (br"\ud83d\n", "\u{fffd}\n"),
        (br"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
        (br"\uD83D\u0041", "\u{fffd}A"),
        (b"a\xff\xfeb", "a\u{fffd}\u{fffd}b"),
        (b"\xe2\x82", "\u{fffd}"),
        (b"\xe2\x82\\n\x00\x1f\n", "\u{fffd}\n\u{0}\u{1f}\n"),
    ];
    for (json, expected) in cases {
        let mut text = with_strings(&format!("{STRINGS},\"")).into_bytes();
        let end = text.len() - "]}\n".len();
        text.splice(end..end, [json, b"\""].concat());
        let parsed = parse(&text).unwrap();
        let read = parsed.graph.strings().get(StringId(6)).to_owned();
        assert_eq!(read, expected, "{json:?}");
    }
}

// Layouts.

/// A snapshot of two nodes and one edge with these fields; `node` and `edge` give a field's value.
fn with_layout(node_fields: &[&str], edge_fields: &[&str]) -> String {
    let stride = node_fields.len();
    let value = |field: &str, node: usize| match (field, node) {
        ("type", 0) => 9,
        ("type", _) => 3,
        ("name", node) => node,
        ("id", node) => 2 * node + 1,
        ("self_size", node) => 100 * node,
        ("edge_count", 0) => 1,
        ("detachedness", 1) => 2,
        ("future", _) => 123_456_789_012,
        _ => 0,
    };
    let nodes: Vec<_> = [0, 1]
        .iter()
        .flat_map(|&n| node_fields.iter().map(move |f| value(f, n)))
        .collect();
    let edge: Vec<_> = (edge_fields.iter())
        .map(|&field| match field {
            "type" => 2,
            "name_or_index" => 2,
            "to_node" => stride,
            _ => 7,
        })
        .collect();
    let kinds = r#""hidden","array","string","object","code","closure","regexp","number","native","synthetic""#;
    format!(
        r#"{{"snapshot":{{"meta":{{"node_fields":{node_fields:?},"node_types":[[{kinds}]],"edge_fields":{edge_fields:?},"edge_types":[["context","element","property"]]}}}},"nodes":{nodes:?},"edges":{edge:?},"strings":["root","thing","edge"]}}"#
    )
}

#[test]
fn fields_are_found_by_name_in_any_order_and_unknown_ones_are_read_past() {
    let layouts: [(&[&str], &[&str]); 5] = [
        (
            &[
                "type",
                "name",
                "id",
                "self_size",
                "edge_count",
                "trace_node_id",
                "detachedness",
            ],
            &["type", "name_or_index", "to_node"],
        ),
        (
            &[
                "type",
                "name",
                "id",
                "self_size",
                "edge_count",
                "detachedness",
            ],
            &["type", "name_or_index", "to_node"],
        ),
        (
            &[
                "detachedness",
                "edge_count",
                "self_size",
                "id",
                "name",
                "type",
            ],
            &["to_node", "name_or_index", "type"],
        ),
        (
            &[
                "future",
                "type",
                "name",
                "future",
                "id",
                "self_size",
                "edge_count",
                "future",
                "detachedness",
            ],
            &[
                "future",
                "type",
                "name_or_index",
                "future",
                "to_node",
                "future",
            ],
        ),
        (
            &[
                "type",
                "name",
                "id",
                "self_size",
                "edge_count",
                "detachedness",
                "a",
                "b",
                "c",
                "d",
                "e",
                "f",
                "g",
                "h",
                "i",
                "j",
                "k",
                "l",
                "m",
                "n",
                "o",
                "p",
                "q",
                "r",
                "s",
                "t",
                "u",
                "v",
                "w",
                "x",
                "y",
                "z",
            ],
            &[
                "type",
                "name_or_index",
                "to_node",
                "a",
                "b",
                "c",
                "d",
                "e",
                "f",
            ],
        ),
    ];
    for (node_fields, edge_fields) in layouts {
        let graph = graph(&with_layout(node_fields, edge_fields));
        let thing = NodeId(1);
        assert_eq!(
            (graph.name(thing), graph.kind(thing)),
            ("thing", NodeKind::Object)
        );
        assert_eq!((graph.object_id(thing), graph.self_size(thing)), (3, 100));
        assert!(graph.is_detached(thing), "{node_fields:?}");
        assert_eq!(
            graph.target(NodeId::ROOT, EdgeKind::Property, "edge"),
            Some(thing)
        );
    }
}

#[test]
fn the_fields_that_old_and_new_versions_lack_are_not_needed() {
    let text = with_layout(
        &["type", "name", "id", "self_size", "edge_count"],
        &["type", "name_or_index", "to_node"],
    );
    assert!(!graph(&text).is_detached(NodeId(1)));
}

#[test]
fn a_missing_field_is_an_error_that_names_it() {
    for field in ["type", "name", "id", "self_size", "edge_count"] {
        let text = small().replacen(&format!("\"{field}\""), "\"other\"", 1);
        let expected = format!("'{field}' in 'meta.node_fields'");
        assert_syntax(&text, Section::Snapshot, "{\"meta\"", &expected, "none");
    }
    for (field, list) in [
        ("name_or_index", "edge_fields"),
        ("to_node", "edge_fields"),
        ("script_id", "location_fields"),
        ("node_fields", "meta.node_fields"),
        ("edge_fields", "meta.edge_fields"),
        ("node_types", "meta.node_types"),
        ("edge_types", "meta.edge_types"),
    ] {
        let text = small().replacen(&format!("\"{field}\""), "\"other\"", 1);
        assert_syntax(&text, Section::Snapshot, "{\"meta\"", list, "none");
    }
}

#[test]
fn more_fields_than_a_record_can_have_are_an_error() {
    let fields: Vec<String> = (0..33).map(|i| format!("\"f{i}\"")).collect();
    let text = small().replacen(
        "\"node_fields\":[",
        &format!("\"node_fields\":[{},", fields.join(",")),
        1,
    );
    let message = error(text).to_string();
    assert!(
        message.contains("at most 32 names in 'meta.node_fields', found 40 names"),
        "{message}"
    );
}

#[test]
fn unknown_kinds_are_read_as_unknown_with_a_warning() {
    let text = small()
        .replace("\"array\"", "\"quark\"")
        .replace("\"object\"", "\"lepton\"")
        .replace("\"weak\"", "\"spooky\"");
    let parsed = parse(&text).unwrap();
    assert_eq!(parsed.graph.kind(NodeId(1)), NodeKind::Unknown);
    let edge = parsed.graph.edges(NodeId(3)).next().unwrap();
    assert_eq!(edge.kind, EdgeKind::Unknown);
    let name = |name: &str| name.to_owned();
    assert_eq!(
        parsed.warnings,
        [
            Warning::UnknownNodeKind {
                name: name("quark")
            },
            Warning::UnknownNodeKind {
                name: name("lepton")
            },
            Warning::UnknownEdgeKind {
                name: name("spooky")
            },
        ]
    );
}

#[test]
fn a_snapshot_without_location_fields_is_read_without_its_locations() {
    let text = small().replace("\"location_fields\"", "\"no_fields\"");
    assert_eq!(graph(&text).locations().len(), 0);
}

// Documents.

#[test]
fn wrong_counts_in_the_header_are_warnings() {
    let text = small().replace("\"node_count\":4", "\"node_count\":18446744073709551615");
    let parsed = parse(&text).unwrap();
    let warning = Warning::NodeCount {
        declared: u64::MAX,
        found: 4,
    };
    assert_eq!(
        warning.to_string(),
        "the header announces 18446744073709551615 nodes, there are 4"
    );
    assert_eq!(
        (parsed.warnings, parsed.declared_nodes),
        (vec![warning], Some(u64::MAX))
    );
    let parsed = parse(small().replace("\"edge_count\":5", "\"edge_count\":0")).unwrap();
    let warning = Warning::EdgeCount {
        declared: 0,
        found: 5,
    };
    assert_eq!(parsed.warnings, [warning]);
}

#[test]
fn counts_that_are_no_counts_are_not_relied_on() {
    for count in ["-1", "1.5", "\"4\"", "null", "[4]", "{}"] {
        let text = small().replace("\"node_count\":4", &format!("\"node_count\":{count}"));
        let parsed = parse(&text).unwrap();
        assert_eq!(
            (parsed.declared_nodes, parsed.graph.node_count()),
            (None, 4),
            "{count}"
        );
    }
}

#[test]
fn extra_native_bytes_are_reported() {
    let text = small().replace("\"node_count\"", "\"extra_native_bytes\":77,\"node_count\"");
    assert_eq!(parse(&text).unwrap().extra_native_bytes, Some(77));
}

#[test]
fn sections_may_come_in_any_order_behind_the_header() {
    let sections = [
        format!("\"nodes\":[{NODES}]"),
        format!("\"edges\":[{EDGES}]"),
        format!("\"locations\":[{LOCATIONS}]"),
        format!("\"strings\":[{STRINGS}]"),
    ];
    let wanted = describe(&parse(format!("{{{HEADER},{}}}", sections.join(","))));
    for order in [[3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1], [3, 0, 1, 2]] {
        let sections: Vec<_> = order.iter().map(|&i| sections[i].as_str()).collect();
        let text = format!("{{{HEADER},{}}}", sections.join(","));
        assert_eq!(describe(&parse(text)), wanted, "{order:?}");
    }
}

#[test]
fn unknown_keys_are_read_past_whatever_their_value() {
    let wanted = describe(&parse(small()))
        .split_once('\n')
        .unwrap()
        .1
        .to_owned();
    let deep = format!("{}1{}", "[{\"a\":".repeat(500), "}]".repeat(500));
    for value in [
        "0",
        "-1.5e+10",
        "true",
        "null",
        "\"\"",
        "\"\\\"]}\\\\\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        r#"[[],{"a":[1,"]"],"b":{}},"}"]"#,
        r#"{"\"":"\\", "b" : [ 1 , 2 ] }"#,
        &deep,
    ] {
        for key in ["\"nodes\"", "\"edges\"", "\"strings\""] {
            let text = small().replacen(key, &format!("\"scopes\" : {value} ,\n{key}"), 1);
            let found = describe(&parse(&text))
                .split_once('\n')
                .unwrap()
                .1
                .to_owned();
            assert_eq!(found, wanted, "{value}");
        }
    }
}

#[test]
fn unknown_keys_may_repeat_and_be_of_any_length() {
    let key = "k".repeat(1000);
    let text = small().replacen(
        "\"edges\"",
        &format!("\"{key}\":1,\"{key}\":2,\"nodes\\\"\":3,\"edges\""),
        1,
    );
    assert_eq!(graph(&text).node_count(), 4);
}

#[test]
fn white_space_and_a_byte_order_mark_are_tolerated() {
    let spaced = small()
        .replace(",", " ,\r\n\t ")
        .replace(":", " : ")
        .replace("[", " [ ")
        .replace("]", " ] ")
        .replace("{", " { ")
        .replace("}", " } ");
    for text in [
        spaced.clone(),
        format!("\u{feff}{}", small()),
        format!("\u{feff}\n{spaced}"),
    ] {
        assert_eq!(graph(&text).edge_count(), 5, "{text}");
    }
}

// Bad input.

#[test]
fn input_that_is_something_else_is_not_a_snapshot() {
    assert_not_a_snapshot("", "an empty file");
    assert_not_a_snapshot(" \n", "a file of nothing but white space");
    assert_not_a_snapshot("\u{feff}", "a file of nothing but white space");
    assert_not_a_snapshot(b"\x89PNG\r\n\x1a\n\0\0", "it starts with \\x89PNG");
    assert_not_a_snapshot("\u{feff}\u{feff}{", "it starts with \u{feff}");
    assert_not_a_snapshot(b"\xef\xbb{", "it starts with {");
    assert_not_a_snapshot("[1,2]", "it starts with [");
    assert_not_a_snapshot("hello, world", "it starts with hello");
    assert_not_a_snapshot("{}", "an empty object");
    assert_not_a_snapshot("{ 5", "it starts with 5");
    assert_not_a_snapshot("{\"name\":\"x\"}", "an object whose first key is \"name\"");
    assert_not_a_snapshot("{\"nodes\":[]}", "an object whose first key is \"nodes\"");
    assert_not_a_snapshot("{\"snapshot\":[1]}", "its 'snapshot' is not an object");
    assert_not_a_snapshot("{\"snapshot\":{}}", "its 'snapshot' has no 'meta'");
}

#[test]
fn numbers_that_are_not_plain_integers_are_errors() {
    let ids = [
        "-3",
        "+3",
        "3.0",
        "3e2",
        "3E2",
        "0x3",
        "03",
        "3_0",
        "1000000000000000000",
        "4294967296",
        "99999999999999999999999999",
        "null",
        "true",
        "NaN",
        "\"3\"",
        "\"a\\\"b\"",
    ];
    for id in ids {
        let text = with_nodes(&NODES.replacen(",1,3,160", &format!(",1,{id},160"), 1));
        let expected = "an integer from 0 to 4294967295 for 'id'";
        assert_syntax(&text, Section::Nodes, &format!("{id},160"), expected, id);
    }
    for (id, found) in [
        ("[3]", "["),
        ("{}", "{"),
        ("]", "]"),
        (",", ","),
        (":", ":"),
    ] {
        let text = with_nodes(&NODES.replacen(",1,3,160", &format!(",1, {id} ,160"), 1));
        assert_syntax(
            &text,
            Section::Nodes,
            &format!("{id} ,160"),
            "for 'id'",
            found,
        );
    }
}

#[test]
fn a_long_token_is_quoted_only_in_part() {
    let secret = format!("\"{}\"", "s3cret".repeat(100));
    let text = with_nodes(&NODES.replacen(",3,160", &format!(",{secret},160"), 1));
    let found = format!("{}...", &secret[..32]);
    assert_syntax(&text, Section::Nodes, &secret, "'id'", &found);
    let digits = "1".repeat(100);
    let text = with_nodes(&NODES.replacen(",3,160", &format!(",{digits},160"), 1));
    assert_syntax(
        &text,
        Section::Nodes,
        &digits,
        "'id'",
        &format!("{}...", &digits[..32]),
    );
}

#[test]
fn sizes_beyond_what_a_javascript_number_holds_are_errors() {
    let text = with_nodes(&NODES.replace("9007199254740992", "9007199254740993"));
    let expected = "from 0 to 9007199254740992 for 'self_size'";
    assert_syntax(
        &text,
        Section::Nodes,
        "9007199254740993",
        expected,
        "9007199254740993",
    );
}

#[test]
fn kinds_that_the_format_does_not_list_are_errors() {
    let text = with_nodes(&NODES.replacen(",2,2,5", ",5,2,5", 1));
    assert_syntax(
        &text,
        Section::Nodes,
        "5,2,5",
        "from 0 to 4 for 'type'",
        "5",
    );
    let text = with_edges(&EDGES.replacen("3,1,0", "4,1,0", 1));
    assert_syntax(
        &text,
        Section::Edges,
        "4,1,0",
        "from 0 to 3 for 'type'",
        "4",
    );
}

#[test]
fn a_target_between_two_nodes_or_behind_the_last_is_an_error() {
    let text = with_edges(&EDGES.replacen(",14", ",15", 1));
    let expected = "a multiple of 7 from 0 to 21 for 'to_node'";
    assert_syntax(&text, Section::Edges, "15\n", expected, "15");
    let text = with_edges(&EDGES.replacen(",14", ",28", 1));
    assert_syntax(&text, Section::Edges, "28\n", expected, "28");
    let text = with_locations(&LOCATIONS.replacen("21,", "20,", 1));
    assert_syntax(&text, Section::Locations, "20,12", "a multiple of 7", "20");
    let text = with_locations(&LOCATIONS.replacen("21,", "28,", 1));
    assert_syntax(
        &text,
        Section::Locations,
        "28,12",
        "for 'object_index'",
        "28",
    );
}

#[test]
fn a_target_behind_the_last_node_is_found_at_the_end_if_nodes_come_later() {
    let (edges, locations) = (
        EDGES.replacen(",14", ",28", 1),
        LOCATIONS.replacen("21,", "28,", 1),
    );
    let text =
        format!("{{{HEADER},\"edges\":[{edges}],\"nodes\":[{NODES}],\"strings\":[{STRINGS}]}}");
    assert_syntax(&text, Section::Edges, "2,5,28", "one of 4 nodes", "4");
    let text = format!(
        "{{{HEADER},\"locations\":[{locations}],\"nodes\":[{NODES}],\"edges\":[{EDGES}],\"strings\":[{STRINGS}]}}"
    );
    assert_syntax(&text, Section::Locations, "28,12", "one of 4 nodes", "4");
}

#[test]
fn a_name_that_is_not_in_the_string_table_is_an_error_with_the_offset_of_its_record() {
    let text = with_nodes(&NODES.replacen(",2,2,5", ",2,6,5", 1));
    assert_syntax(&text, Section::Nodes, "2,6,5", "one of 6 strings", "6");
    let text = with_edges(&EDGES.replacen("2,5,14", "2,4294967295,14", 1));
    assert_syntax(
        &text,
        Section::Edges,
        "2,4294967295,14",
        "one of 6 strings",
        "4294967295",
    );
}

#[test]
fn a_record_that_ends_in_the_middle_is_an_error() {
    let text = with_nodes(NODES.trim_end().trim_end_matches(",0,2"));
    let at = "],\n\"edges\"";
    assert_syntax(
        &text,
        Section::Nodes,
        at,
        "',' and an integer from 0 to 9007199254740992 for 'trace_node_id'",
        "]",
    );
    let text = with_edges(EDGES.trim_end().trim_end_matches(",1,0"));
    assert_syntax(
        &text,
        Section::Edges,
        "],\n\"trace_function_infos\"",
        "'name_or_index'",
        "]",
    );
    let text = with_edges(&format!("{EDGES},"));
    assert_syntax(
        &text,
        Section::Edges,
        "],\n\"trace_function_infos\"",
        "for 'type'",
        "]",
    );
    let text = with_locations("7,12,345");
    assert_syntax(
        &text,
        Section::Locations,
        "],\n\"strings\"",
        "'column'",
        "]",
    );
}

#[test]
fn numbers_without_a_comma_between_them_are_an_error() {
    let text = with_edges(&EDGES.replacen("2,5,14", "2 5,14", 1));
    assert_syntax(&text, Section::Edges, "5,14", "',' and an integer", "5");
    let text = with_edges(&EDGES.replacen("\n,2,5", "\n 2,5", 1));
    assert_syntax(&text, Section::Edges, "2,5,14", "',' or ']'", "2");
}

#[test]
fn other_numbers_of_edges_than_the_nodes_announce_are_an_error() {
    let end = "],\n\"trace_function_infos\"";
    let text = with_edges(EDGES.trim_end().trim_end_matches("\n,3,1,0"));
    assert_syntax(&text, Section::Edges, end, "5 edges", "4");
    let text = with_edges(&format!("{EDGES},3,1,0"));
    assert_syntax(&text, Section::Edges, end, "5 edges", "6");
}

#[test]
fn a_snapshot_without_nodes_is_an_error() {
    let text = document("", "", "", "\"\"");
    assert_syntax(
        &text,
        Section::Nodes,
        "],\n\"edges\"",
        "at least one node",
        "none",
    );
}

#[test]
fn strings_that_are_not_strings_are_errors() {
    for (strings, at, expected, found) in [
        ("\"\",5", "5]", "a string", "5"),
        ("\"\",[]", "[]]", "a string", "["),
        ("\"\",", "]}", "a string", "]"),
        ("\"\" \"x\"", "\"x\"", "',' or ']'", "\"x\""),
        ("null", "null", "a string or ']'", "null"),
        (r#""a\q""#, r"\q", "an escape sequence", r"\q"),
        (r#""\u12g4""#, r"\u12g4", "an escape sequence", r"\u12g"),
        (r#""\u12""#, r"\u12", "an escape sequence", "\\u12\""),
    ] {
        assert_syntax(
            &with_strings(strings),
            Section::Strings,
            at,
            expected,
            found,
        );
    }
}

#[test]
fn sections_that_are_no_arrays_are_errors() {
    for section in [
        Section::Nodes,
        Section::Edges,
        Section::Locations,
        Section::Strings,
    ] {
        let text = small().replacen(
            &format!("\"{section}\":["),
            &format!("\"{section}\": {{"),
            1,
        );
        let start = text.find(&format!("\"{section}\": {{")).unwrap() + section.name().len() + 4;
        match error(&text) {
            GraphError::Syntax {
                section: s,
                offset,
                expected,
                found,
            } => {
                assert_eq!((s, offset), (section, start as u64));
                assert_eq!((expected.as_str(), found.as_str()), ("'['", "{"));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_missing_section_is_an_error_that_names_it() {
    for section in ["nodes", "edges", "strings"] {
        let text = small().replacen(&format!("\"{section}\""), "\"other\"", 1);
        let expected = format!("a section \"{section}\"");
        assert_syntax(
            &text,
            Section::Document,
            "}\n",
            &expected,
            "the end of the snapshot",
        );
    }
}

#[test]
fn a_section_that_comes_twice_is_an_error() {
    for section in ["nodes", "edges", "locations", "strings", "snapshot"] {
        let text = small().replacen("\"samples\":[]", &format!("\"{section}\" :[]"), 1);
        let (at, found) = (
            format!("\"{section}\" :"),
            format!("a second \"{section}\""),
        );
        if text.find(&at) > text.find(&format!("\"{section}\":")) {
            assert_syntax(&text, Section::Document, &at, "each section once", &found);
        } else {
            assert_syntax(
                &text,
                Section::Document,
                &format!("\"{section}\":"),
                "each section once",
                &found,
            );
        }
    }
}

#[test]
fn anything_behind_the_document_is_an_error() {
    for garbage in ["x", "{}", "\0", "1"] {
        let text = format!("{}{garbage}", small());
        let found = match garbage {
            "{}" => "{",
            "\0" => "\\u{0}",
            other => other,
        };
        let at = text.len() - garbage.len();
        match error(&text) {
            GraphError::Syntax {
                section: Section::Document,
                offset,
                expected,
                found: f,
            } => {
                assert_eq!((offset, f.as_str()), (at as u64, found));
                assert_eq!(expected, "the end of the input");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn errors_between_the_sections_are_found() {
    let cases = [
        (
            small().replacen("],\n\"edges\"", "]\n\"edges\"", 1),
            "\"edges\"",
            "',' or '}'",
            "\"edges\"",
        ),
        (
            small().replacen("\"edges\":", "\"edges\" ", 1),
            "[1,1,7",
            "':'",
            "[",
        ),
        (
            small().replacen(",\n\"edges\"", ",\nedges", 1),
            "edges",
            "a key",
            "edges",
        ),
        (small().replacen("]}\n", "],}\n", 1), "}\n", "a key", "}"),
    ];
    for (text, at, expected, found) in cases {
        let at = &text[text.find(at).unwrap()..];
        assert_syntax(&text, Section::Document, at, expected, found);
    }
}

#[test]
fn errors_in_values_that_are_read_past_are_found() {
    for (value, at, expected, found) in [
        ("[1 2]", "2]", "',' or ']'", "2"),
        ("[1}", "},", "',' or ']'", "}"),
        ("{\"a\" 1}", "1}", "':'", "1"),
        ("{1:2}", "1:2", "a key or '}'", "1"),
        ("{\"a\":1,}", "},", "a key", "}"),
        ("[1,]", "],", "a value", "]"),
        ("!", "!", "a value", "!"),
        ("12#4", "#4", "a number", "#4"),
    ] {
        let text = small().replacen("\"samples\":[]", &format!("\"samples\":{value}"), 1);
        let at =
            &text[text.find(value).unwrap()..][value.find(at.trim_end_matches(',')).unwrap()..];
        assert_syntax(&text, Section::Other, at, expected, found);
    }
}

#[test]
fn errors_in_the_header_have_its_section_and_their_offset() {
    let text = small().replacen(
        "\"trace_function_count\":0",
        "\"trace_function_count\" 0",
        1,
    );
    let at = &text[text.find(" 0}").unwrap() + 1..];
    assert_syntax(&text, Section::Snapshot, at, "':'", "0");
    let text = small().replacen("[\"type\",\"name_or_index\"", "[\n5,\"name_or_index\"", 1);
    match error(&text) {
        GraphError::Syntax {
            section,
            offset,
            found,
            ..
        } => {
            assert_eq!(section, Section::Snapshot);
            assert_eq!(offset, text.find("5,\"name_or_index\"").unwrap() as u64);
            assert_eq!(found, "invalid type: integer `5`, expected a string");
        }
        other => panic!("{other}"),
    }
}

// Limits.

fn parse_with(limits: ParseLimits, text: &str) -> Result<(), GraphError> {
    let mut parser = SnapshotParser::new(limits);
    parser.feed(text.as_bytes())?;
    parser.finish().map(|_| ())
}

fn assert_too_large(result: Result<(), GraphError>, wanted: Limit, wanted_allowed: u64) {
    match result {
        Err(GraphError::TooLarge { what, allowed }) => {
            assert_eq!((what, allowed), (wanted, wanted_allowed));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_header_may_be_as_long_as_its_limit() {
    let header = HEADER.len() - "\"snapshot\":".len();
    let limits = ParseLimits {
        max_header_bytes: header,
        ..ParseLimits::default()
    };
    assert!(parse_with(limits, &small()).is_ok());
    let limits = ParseLimits {
        max_header_bytes: header - 1,
        ..limits
    };
    assert_too_large(
        parse_with(limits, &small()),
        Limit::HeaderBytes,
        header as u64 - 1,
    );
}

#[test]
fn values_may_be_nested_as_deep_as_the_limit() {
    let limits = ParseLimits {
        max_nesting: 100,
        ..ParseLimits::default()
    };
    let nested = |depth| {
        small().replacen(
            "\"samples\":[]",
            &format!("\"samples\":{}{}", "[".repeat(depth), "]".repeat(depth)),
            1,
        )
    };
    assert!(parse_with(limits, &nested(100)).is_ok());
    assert_too_large(parse_with(limits, &nested(101)), Limit::Nesting, 100);
    assert_too_large(
        parse_with(ParseLimits::default(), &nested(1_000_000)),
        Limit::Nesting,
        1024,
    );
}

#[test]
fn a_nested_header_is_an_error() {
    let text = format!("{{\"snapshot\":{}", "{\"meta\":".repeat(100_000));
    let result = parse_with(ParseLimits::default(), &text);
    assert_too_large(result, Limit::Nesting, 1024);
    let count = format!("\"node_count\":{}{}", "[".repeat(500), "]".repeat(500));
    let text = small().replacen("\"node_count\":4", &count, 1);
    assert!(error(text).to_string().contains("recursion limit exceeded"));
}

#[test]
fn memory_is_limited_while_the_input_arrives() {
    let nodes = "4,0,1,0,0,0,0,".repeat(300_000);
    let text = format!("{{{HEADER},\"nodes\":[{nodes}");
    let limits = ParseLimits {
        max_memory_bytes: 1 << 20,
        ..ParseLimits::default()
    };
    let mut parser = SnapshotParser::new(limits);
    let mut result = Ok(());
    for chunk in text.as_bytes().chunks(1000) {
        result = parser.feed(chunk);
        assert!(parser.memory_bytes() < (1 << 20) + 3000);
        if result.is_err() {
            break;
        }
    }
    assert_too_large(result, Limit::MemoryBytes, 1 << 20);
    assert!(parser.bytes() < text.len() as u64);
}

// The parser as an object.

#[test]
fn every_call_after_an_error_fails() {
    let mut parser = SnapshotParser::new(ParseLimits::default());
    assert!(parser.feed(b"[").is_err());
    assert!(parser.feed(small().as_bytes()).is_err());
    assert_eq!(
        parser.feed(b"").unwrap_err().code(),
        "ERR_HEAPWATCH_SNAPSHOT_SYNTAX"
    );
    assert!(parser.finish().is_err());
}

#[test]
fn the_stage_follows_the_sections() {
    let text = small();
    let mut parser = SnapshotParser::new(ParseLimits::default());
    let mut stages = vec![parser.stage()];
    for chunk in text.as_bytes().chunks(1) {
        parser.feed(chunk).unwrap();
        if stages.last() != Some(&parser.stage()) {
            stages.push(parser.stage());
        }
    }
    assert_eq!(stages, [Stage::Nodes, Stage::Edges, Stage::Strings]);
    assert_eq!(parser.bytes(), text.len() as u64);
}
