//! The snapshot parser on arbitrary input in arbitrary chunks.

use heapwatch_graph::parse::{ParseLimits, ParsedSnapshot, SnapshotParser};
use heapwatch_graph::{AnalyzedHeap, GraphError, Progress};

/// A byte of input becomes at most this many bytes of the graph: an edge is 8 bytes for 6, a string
/// 8 for 3, a byte that is not UTF-8 a replacement character of 3.
const MEMORY_PER_BYTE: u64 = 3;

/// Parses a snapshot: never panics, holds memory in proportion to what it was fed, and gives the
/// same result however the input is cut. What it takes for a graph can be analysed.
///
/// The first byte is the length of the chunks, the rest is the snapshot.
///
/// # Panics
/// If one of those does not hold.
pub fn check_parser_on_any_bytes(input: &[u8]) {
    let Some((&length, text)) = input.split_first() else {
        return;
    };
    let whole = parse(std::iter::once(text));
    let cut = parse(text.chunks(usize::from(length).max(1)));
    assert_eq!(outcome(&whole), outcome(&cut));
    if let Ok(parsed) = whole {
        let analyzed = AnalyzedHeap::new(parsed.graph, &Progress::none());
        assert!(analyzed.is_ok(), "{:?}", analyzed.err());
    }
}

fn parse<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Result<ParsedSnapshot, GraphError> {
    let mut parser = SnapshotParser::new(ParseLimits::default());
    for chunk in chunks {
        let fed = parser.feed(chunk);
        assert!(parser.memory_bytes() <= MEMORY_PER_BYTE * parser.bytes());
        fed?;
    }
    parser.finish()
}

/// What can be compared cheaply: the error, or the numbers of a graph.
fn outcome(result: &Result<ParsedSnapshot, GraphError>) -> Result<[u64; 5], String> {
    let parsed = result.as_ref().map_err(ToString::to_string)?;
    let graph = &parsed.graph;
    let targets = graph.nodes().flat_map(|node| graph.edges(node));
    Ok([
        graph.node_count() as u64,
        graph.total_size(),
        targets.fold(0, |sum, edge| {
            sum.wrapping_mul(31).wrapping_add(u64::from(edge.to.0))
        }),
        graph.locations().len() as u64,
        (graph.strings().iter())
            .map(|(_, text)| text.len() as u64)
            .sum(),
    ])
}
