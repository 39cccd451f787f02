//! Snapshots as text for the tests of the parser, and results as text for comparing them.

// Each test binary uses a part of this.
#![allow(dead_code, clippy::unwrap_used)]

use std::fmt::Write;

use heapwatch_graph::GraphError;
use heapwatch_graph::parse::{ParseLimits, ParsedSnapshot, SnapshotParser};

/// A header as V8 writes it, for 7 node fields; small lists of kinds.
pub(crate) const HEADER: &str = concat!(
    r#""snapshot":{"meta":{"#,
    r#""node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"#,
    r#""node_types":[["hidden","array","string","object","synthetic"],"string","number","number","number","number","number"],"#,
    r#""edge_fields":["type","name_or_index","to_node"],"#,
    r#""edge_types":[["context","element","property","weak"],"string_or_number","node"],"#,
    r#""location_fields":["object_index","script_id","line","column"]},"#,
    r#""node_count":4,"edge_count":5,"trace_function_count":0}"#,
);

/// Nodes that fit [`HEADER`]: the root with 2 edges, three others.
pub(crate) const NODES: &str =
    "4,0,1,0,2,0,0\n,3,1,3,160,2,0,0\n,2,2,5,24,0,0,1\n,3,3,4294967295,9007199254740992,1,0,2\n";

/// Edges that fit [`NODES`].
pub(crate) const EDGES: &str = "1,1,7\n,2,4,21\n,2,5,14\n,1,16777216,21\n,3,1,0\n";

/// Locations that fit [`NODES`].
pub(crate) const LOCATIONS: &str = "7,12,345,6\n,21,12,0,78901\n";

/// Strings that [`NODES`] and [`EDGES`] name, with every escape sequence.
pub(crate) const STRINGS: &str = concat!(
    r#""","Thing","caf\u00e9 \ud83d\ude00 \"\\\/\b\f\n\r\t","Détaché 😀","#,
    "\n",
    r#""x","a rather long name that is longer than a word of the machine""#,
);

/// A document of these sections.
pub(crate) fn document(nodes: &str, edges: &str, locations: &str, strings: &str) -> String {
    let mut text = format!("{{{HEADER},\n\"nodes\":[{nodes}],\n\"edges\":[{edges}],\n");
    text.push_str(r#""trace_function_infos":[0,"(root)",null,[1.5e3,true]],"#);
    text.push_str(r#""trace_tree":[1,0,2,3,[2,1,0,0,[]]],"samples":[],"#);
    write!(
        text,
        "\n\"locations\":[{locations}],\n\"strings\":[{strings}]}}\n"
    )
    .unwrap();
    text
}

/// A small snapshot with everything in it.
pub(crate) fn small() -> String {
    document(NODES, EDGES, LOCATIONS, STRINGS)
}

/// What the parser makes of chunks.
pub(crate) fn parse_chunks<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<ParsedSnapshot, GraphError> {
    let mut parser = SnapshotParser::new(ParseLimits::default());
    for chunk in chunks {
        parser.feed(chunk)?;
    }
    parser.finish()
}

/// What the parser makes of one chunk.
pub(crate) fn parse(text: impl AsRef<[u8]>) -> Result<ParsedSnapshot, GraphError> {
    parse_chunks([text.as_ref()])
}

/// Everything in a snapshot, or its error, as text.
pub(crate) fn describe(result: &Result<ParsedSnapshot, GraphError>) -> String {
    let parsed = match result {
        Ok(parsed) => parsed,
        Err(error) => return format!("{}: {error}", error.code()),
    };
    let graph = &parsed.graph;
    let mut text = format!(
        "{:?} {:?} {:?} {} bytes\n",
        parsed.warnings, parsed.declared_nodes, parsed.declared_edges, parsed.bytes
    );
    for node in graph.nodes() {
        let (kind, id, size) = (
            graph.kind(node),
            graph.object_id(node),
            graph.self_size(node),
        );
        let (name, detached) = (graph.name(node), graph.is_detached(node));
        writeln!(text, "{kind:?} {name:?} @{id} {size} {detached}").unwrap();
        for edge in graph.edges(node) {
            let label = graph.edge_label(edge);
            writeln!(text, "  {:?} {label:?} -> {:?}", edge.kind, edge.to).unwrap();
        }
    }
    for location in graph.locations() {
        writeln!(text, "{location:?}").unwrap();
    }
    for (id, string) in graph.strings().iter() {
        writeln!(text, "{id:?} {string:?}").unwrap();
    }
    text
}
