//! A walked graph as a stream of bytes, from the forked child to the process that asked for it.
//!
//! Records of eight-byte words in the machine's order of bytes, since both ends are one process
//! split in two: a word with the record's kind and a length, then its parts. Names come before
//! the nodes that use them, a node comes with its references. The reader trusts nothing: a stream
//! that is cut, or that says what can't be, is an error, and memory grows with what has arrived.

use std::io::{self, Read, Write};

use heapwatch_graph::{EdgeKind, GraphBuilder, GraphError, NodeKind};

use super::sink::{BoundedBuilder, GraphSink, ScriptPosition, WalkedEdge, WalkedNode};
use crate::{ChildOutput, WalkSummary};

/// Kinds of records, in the lowest byte of their first word.
const NAME: u64 = 1;
const NODE: u64 = 2;
const END: u64 = 3;
/// Marks a node with a position in a script; above are the kind and the name.
const HAS_POSITION: u64 = 1 << 8;
/// Marks a node whose size takes a word of its own: those of most share one with the number of
/// references.
const IS_LARGE: u64 = 1 << 9;

/// The longest name, bytes: names are at most 1,024 UTF-16 units with a prefix.
const MAX_NAME_BYTES: usize = 1 << 14;
/// Edges are read in pieces of this many, whatever their number is said to be.
const EDGES_AT_ONCE: usize = 1 << 12;
/// Bytes that are read or written at once.
const BUFFER_BYTES: usize = 1 << 18;

/// Takes bytes, and is told how far the work is.
pub(crate) trait ProgressWrite: Write {
    /// How many objects are done (see [`GraphSink::progress`]).
    fn report(&self, done: u64);
}

impl ProgressWrite for &mut ChildOutput {
    fn report(&self, done: u64) {
        self.report_progress(done);
    }
}

/// Writes a graph.
pub(crate) struct StreamWriter<W: Write> {
    to: io::BufWriter<W>,
}

impl<W: Write> StreamWriter<W> {
    pub(crate) fn new(to: W) -> Self {
        StreamWriter {
            to: io::BufWriter::with_capacity(BUFFER_BYTES, to),
        }
    }

    fn word(&mut self, word: u64) -> io::Result<()> {
        self.to.write_all(&word.to_ne_bytes())
    }

    /// Ends the stream: without this it counts as cut.
    pub(crate) fn finish(mut self, summary: &WalkSummary) -> io::Result<()> {
        self.word(END)?;
        for number in summary.to_words() {
            self.word(number)?;
        }
        self.to.flush()
    }
}

impl<W: ProgressWrite> GraphSink for StreamWriter<W> {
    type Error = io::Error;

    fn name(&mut self, text: &str) -> io::Result<()> {
        let mut length = text.len().min(MAX_NAME_BYTES);
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        self.word(NAME | (length as u64) << 32)?;
        self.to.write_all(&text.as_bytes()[..length])?;
        self.to.write_all(&[0; 8][..length.wrapping_neg() % 8])
    }

    fn node(&mut self, node: &WalkedNode, edges: &[WalkedEdge]) -> io::Result<()> {
        let mut head = NODE | (node.kind as u64) << 16 | u64::from(node.name) << 32;
        if node.position.is_some() {
            head |= HAS_POSITION;
        }
        match u32::try_from(node.self_size) {
            Ok(small) => {
                self.word(head)?;
                self.word(u64::from(small) << 32 | edges.len() as u64)?;
            }
            Err(_) => {
                self.word(head | IS_LARGE)?;
                self.word(edges.len() as u64)?;
                self.word(node.self_size)?;
            }
        }
        if let Some(position) = node.position {
            self.word(u64::from(position.script_id))?;
            self.word(u64::from(position.line) << 32 | u64::from(position.column))?;
        }
        for edge in edges {
            let packed = u64::from(edge.to) << 3 | edge.kind as u64;
            self.word(packed << 32 | u64::from(edge.name_or_index))?;
        }
        Ok(())
    }

    fn progress(&mut self, done: u64) {
        self.to.get_ref().report(done);
    }
}

/// Why a stream was not read to its end.
#[derive(Debug)]
pub(crate) enum StreamError {
    /// It ended early, or reading failed.
    Io(io::Error),
    /// It says what can't be.
    Malformed(&'static str),
    /// The graph would be too large.
    Graph(GraphError),
}

impl From<io::Error> for StreamError {
    fn from(error: io::Error) -> Self {
        StreamError::Io(error)
    }
}

impl From<GraphError> for StreamError {
    fn from(error: GraphError) -> Self {
        StreamError::Graph(error)
    }
}

/// Reads a graph. `max_bytes` bounds the memory that it may take.
pub(crate) fn read_graph(
    from: impl Read,
    max_bytes: Option<u64>,
) -> Result<(GraphBuilder, WalkSummary), StreamError> {
    let mut words = WordReader {
        from: io::BufReader::with_capacity(BUFFER_BYTES, from),
    };
    let mut builder = BoundedBuilder::new(max_bytes);
    let mut text = Vec::new();
    let mut edges = Vec::new();
    loop {
        let head = words.next()?;
        match head & 0xff {
            NAME => {
                words.text((head >> 32) as usize, &mut text)?;
                let text = std::str::from_utf8(&text)
                    .map_err(|_| StreamError::Malformed("a name that is no UTF-8"))?;
                builder.name(text)?;
            }
            NODE => {
                let (node, edge_count) = words.node(head)?;
                words.edges(edge_count, &mut edges)?;
                builder.node(&node, &edges)?;
            }
            END => {
                let mut numbers = [0; WalkSummary::WORDS];
                for number in &mut numbers {
                    *number = words.next()?;
                }
                return Ok((builder.into_builder(), WalkSummary::from_words(numbers)));
            }
            _ => return Err(StreamError::Malformed("an unknown record")),
        }
    }
}

struct WordReader<R: Read> {
    from: io::BufReader<R>,
}

impl<R: Read> WordReader<R> {
    #[inline]
    fn next(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.from.read_exact(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn text(&mut self, length: usize, text: &mut Vec<u8>) -> Result<(), StreamError> {
        if length > MAX_NAME_BYTES {
            return Err(StreamError::Malformed("a name that is too long"));
        }
        text.resize(length.next_multiple_of(8), 0);
        self.from.read_exact(text)?;
        text.truncate(length);
        Ok(())
    }

    fn node(&mut self, head: u64) -> Result<(WalkedNode, u64), StreamError> {
        let kind = NodeKind::ALL
            .get((head >> 16 & 0xff) as usize)
            .ok_or(StreamError::Malformed("an unknown kind of node"))?;
        let sizes = self.next()?;
        let (self_size, edge_count) = match head & IS_LARGE {
            0 => (sizes >> 32, sizes & u64::from(u32::MAX)),
            _ => (self.next()?, sizes),
        };
        let position = match head & HAS_POSITION {
            0 => None,
            _ => {
                let script_id = self.next()? as u32;
                let place = self.next()?;
                Some(ScriptPosition {
                    script_id,
                    line: (place >> 32) as u32,
                    column: place as u32,
                })
            }
        };
        let node = WalkedNode {
            kind: *kind,
            name: (head >> 32) as u32,
            self_size,
            position,
        };
        Ok((node, edge_count))
    }

    fn edges(&mut self, count: u64, edges: &mut Vec<WalkedEdge>) -> Result<(), StreamError> {
        edges.clear();
        if count > u64::from(u32::MAX) {
            return Err(StreamError::Malformed("more edges than a graph can have"));
        }
        for i in 0..count {
            if i % EDGES_AT_ONCE as u64 == 0 {
                edges.reserve((count - i).min(EDGES_AT_ONCE as u64) as usize);
            }
            let word = self.next()?;
            let kind = EdgeKind::ALL
                .get((word >> 32 & 7) as usize)
                .ok_or(StreamError::Malformed("an unknown kind of edge"))?;
            edges.push(WalkedEdge {
                kind: *kind,
                name_or_index: word as u32,
                to: (word >> 35) as u32,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl ProgressWrite for &mut Vec<u8> {
        fn report(&self, _done: u64) {}
    }

    fn written() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::new(&mut bytes);
        for text in ["", "Order", "größe", "x".repeat(40_000).as_str()] {
            writer.name(text).unwrap();
        }
        let root = WalkedNode {
            kind: NodeKind::Synthetic,
            name: 0,
            self_size: 0,
            position: None,
        };
        let edge = |name_or_index, to, kind| WalkedEdge {
            kind,
            name_or_index,
            to,
        };
        let edges = [
            edge(1, 1, EdgeKind::Property),
            edge(7, 0, EdgeKind::Element),
        ];
        writer.node(&root, &edges).unwrap();
        let order = WalkedNode {
            kind: NodeKind::Object,
            name: 1,
            self_size: 1 << 40,
            position: Some(ScriptPosition {
                script_id: 9,
                line: 41,
                column: 3,
            }),
        };
        writer.node(&order, &[]).unwrap();
        writer.finish(&summary()).unwrap();
        bytes
    }

    fn summary() -> WalkSummary {
        WalkSummary::from_words(std::array::from_fn(|i| i as u64 + 100))
    }

    #[test]
    fn a_graph_comes_out_as_it_went_in() {
        let (builder, read) = read_graph(written().as_slice(), None).unwrap();
        assert_eq!(read, summary());
        let graph = builder.finish().unwrap();
        assert_eq!((graph.node_count(), graph.edge_count()), (2, 2));
        let order = heapwatch_graph::NodeId(1);
        assert_eq!(graph.name(order), "Order");
        assert_eq!(graph.self_size(order), 1 << 40);
        assert_eq!(graph.object_id(order), 4);
        assert_eq!(graph.newest_object_id(), 0, "a walk has no ids to compare");
        let location = graph.location(order).unwrap();
        assert_eq!(
            (location.script_id, location.line, location.column),
            (9, 41, 3)
        );
        let labels: Vec<_> = graph
            .edges(heapwatch_graph::NodeId::ROOT)
            .map(|edge| (edge.kind, graph.edge_label(edge).into_owned(), edge.to.0))
            .collect();
        assert_eq!(
            labels,
            [
                (EdgeKind::Property, "Order".to_owned(), 1),
                (EdgeKind::Element, "7".to_owned(), 0)
            ]
        );
    }

    #[test]
    fn a_stream_that_is_cut_anywhere_is_an_error() {
        let bytes = written();
        for end in (0..bytes.len()).filter(|end| end % 997 == 0 || bytes.len() - end < 200) {
            assert!(read_graph(&bytes[..end], None).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_stream_with_any_byte_changed_is_refused_or_read_but_never_a_panic() {
        let bytes = written();
        for at in (0..bytes.len()).filter(|at| *at < 400 || bytes.len() - at < 300) {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            if let Ok((builder, _)) = read_graph(changed.as_slice(), Some(1 << 20)) {
                let _ = builder.finish();
            }
        }
    }

    #[test]
    fn a_graph_that_is_larger_than_allowed_is_refused() {
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::new(&mut bytes);
        for i in 0..10_000 {
            writer.name(&format!("name {i}")).unwrap();
        }
        writer.finish(&summary()).unwrap();
        assert!(read_graph(bytes.as_slice(), Some(1 << 20)).is_ok());
        assert!(matches!(
            read_graph(bytes.as_slice(), Some(1 << 10)),
            Err(StreamError::Graph(GraphError::TooLarge { .. }))
        ));
    }
}
