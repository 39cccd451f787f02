//! The document: an object whose keys are the sections.

use super::fault::{Fault, Piece, Stop, is_space, printable};
use super::header::Header;
use super::number_array::NumberArray;
use super::records::{EdgeSink, LargestIndex, LocationSink, NodeSink};
use super::skip::Skipper;
use super::string_array::StringArray;
use super::{ParseLimits, ParsedSnapshot, Warning};
use crate::builder::GraphBuilder;
use crate::error::{GraphError, Limit, Section};
use crate::progress::Stage;

/// Bytes parsed between two checks of the limits. A byte of input becomes at most 3 bytes of the
/// graph, so memory overshoots its limit by less than a megabyte.
const PIECE_BYTES: usize = 256 << 10;

/// Bytes of a key that are kept: more than any section's name has.
const KEY_BYTES: usize = 32;

/// The byte order mark, in UTF-8.
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Where in the document the parser is.
#[derive(Debug)]
enum State {
    /// Before the opening brace; so many bytes of the byte order mark have been read.
    Start {
        bom: usize,
    },
    /// Behind the opening brace.
    FirstKey,
    /// Behind a comma.
    NextKey,
    /// Inside of a key.
    Key {
        escaped: bool,
    },
    /// Behind a key.
    Colon(Section),
    /// Before a value.
    Value(Section),
    Snapshot(Skipper),
    Nodes(Box<NumberArray<NodeSink>>),
    Edges(Box<NumberArray<EdgeSink>>),
    Locations(Box<NumberArray<LocationSink>>),
    Strings(Box<StringArray>),
    Skipped(Skipper),
    /// Behind a value.
    AfterValue,
    /// Behind the closing brace.
    End,
}

/// The key that is being read.
#[derive(Default, Debug)]
struct Key {
    bytes: Vec<u8>,
    start: u64,
}

/// Parses a `.heapsnapshot` that comes in chunks of any size.
///
/// ```
/// use heapwatch_graph::parse::{ParseLimits, SnapshotParser};
///
/// let text = r#"{"snapshot":{"meta":{
///     "node_fields":["type","name","id","self_size","edge_count"],
///     "node_types":[["synthetic","object"]],
///     "edge_fields":["type","name_or_index","to_node"],
///     "edge_types":[["property"]]}},
///     "nodes":[0,0,1,0,1, 1,1,3,16,0],
///     "edges":[0,2,5],
///     "strings":["","Thing","thing"]}"#;
/// let mut parser = SnapshotParser::new(ParseLimits::default());
/// for chunk in text.as_bytes().chunks(10) {
///     parser.feed(chunk)?;
/// }
/// let graph = parser.finish()?.graph;
/// assert_eq!((graph.node_count(), graph.edge_count(), graph.total_size()), (2, 1, 16));
/// # Ok::<(), heapwatch_graph::GraphError>(())
/// ```
#[derive(Debug)]
pub struct SnapshotParser {
    limits: ParseLimits,
    state: State,
    /// Bytes of the pieces before the current one.
    bytes: u64,
    key: Key,
    seen: Vec<Section>,
    header_text: Vec<u8>,
    header_start: u64,
    header: Option<Header>,
    builder: GraphBuilder,
    node_names: LargestIndex,
    edge_names: LargestIndex,
    targets: LargestIndex,
    located: LargestIndex,
    /// An error whose excerpt waits for the rest of a token.
    fault: Option<Fault>,
    failed: bool,
}

impl SnapshotParser {
    /// A parser before the first byte.
    pub fn new(limits: ParseLimits) -> Self {
        Self {
            limits,
            state: State::Start { bom: 0 },
            bytes: 0,
            key: Key::default(),
            seen: Vec::new(),
            header_text: Vec::new(),
            header_start: 0,
            header: None,
            builder: GraphBuilder::new(),
            node_names: LargestIndex::default(),
            edge_names: LargestIndex::default(),
            targets: LargestIndex::default(),
            located: LargestIndex::default(),
            fault: None,
            failed: false,
        }
    }

    /// Takes the next bytes of the input.
    ///
    /// # Errors
    /// [`GraphError::NotASnapshot`] if the input is something else, [`GraphError::Syntax`] at the
    /// first error in it, [`GraphError::TooLarge`] beyond a limit. An error in a token that the end
    /// of the chunk cuts is returned by a later call, when its excerpt is complete. After an error
    /// the parser is of no use: all further calls fail.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), GraphError> {
        self.refuse_if_failed()?;
        for piece in chunk.chunks(PIECE_BYTES) {
            let result = self.feed_piece(piece);
            self.bytes += piece.len() as u64;
            if result.is_err() {
                self.failed = true;
                return result;
            }
        }
        Ok(())
    }

    /// Ends the input.
    ///
    /// # Errors
    /// [`GraphError::NotASnapshot`] if there was no input, [`GraphError::Truncated`] if the
    /// document is not complete, [`GraphError::Syntax`] if an index points outside of its table.
    pub fn finish(mut self) -> Result<ParsedSnapshot, GraphError> {
        self.refuse_if_failed()?;
        if let Some(fault) = self.fault.take() {
            return Err(fault.into_error());
        }
        match &self.state {
            State::End => self.publish(),
            State::Start { .. } => Err(self.nothing()),
            _ => Err(GraphError::Truncated {
                section: self.section(),
                offset: self.bytes,
            }),
        }
    }

    /// What is being read, as a step of the work.
    pub fn stage(&self) -> Stage {
        if self.has(Section::Strings) {
            Stage::Strings
        } else if self.has(Section::Edges) {
            Stage::Edges
        } else {
            Stage::Nodes
        }
    }

    /// How many bytes have been taken.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of columns and text so far.
    pub fn memory_bytes(&self) -> u64 {
        self.builder.memory_bytes()
    }

    fn refuse_if_failed(&self) -> Result<(), GraphError> {
        if !self.failed {
            return Ok(());
        }
        Err(GraphError::Syntax {
            section: Section::Document,
            offset: self.bytes,
            expected: "no further use of a parser that failed".to_owned(),
            found: "further use".to_owned(),
        })
    }

    fn nothing(&self) -> GraphError {
        let found = match self.bytes {
            0 => "an empty file",
            _ => "a file of nothing but white space",
        };
        GraphError::NotASnapshot {
            found: found.to_owned(),
        }
    }

    fn has(&self, section: Section) -> bool {
        self.seen.contains(&section)
    }

    /// The section that the parser is in.
    fn section(&self) -> Section {
        match self.state {
            State::Value(section) => section,
            State::Snapshot(_) => Section::Snapshot,
            State::Nodes(_) => Section::Nodes,
            State::Edges(_) => Section::Edges,
            State::Locations(_) => Section::Locations,
            State::Strings(_) => Section::Strings,
            State::Skipped(_) => Section::Other,
            _ => Section::Document,
        }
    }

    fn feed_piece(&mut self, bytes: &[u8]) -> Result<(), GraphError> {
        if let Some(fault) = &mut self.fault {
            fault.extend(bytes);
        } else {
            let piece = Piece {
                bytes,
                start: self.bytes,
            };
            match self.read(piece) {
                Ok(()) => return self.check_limits(),
                Err(Stop::Error(error)) => return Err(error),
                Err(Stop::Fault(fault)) => self.fault = Some(fault),
            }
        }
        match self.fault.take_if(|fault| fault.is_complete()) {
            Some(fault) => Err(fault.into_error()),
            None => Ok(()),
        }
    }

    fn check_limits(&self) -> Result<(), GraphError> {
        let allowed = self.limits.max_memory_bytes;
        if self.builder.memory_bytes() > allowed {
            return Err(GraphError::TooLarge {
                what: Limit::MemoryBytes,
                allowed,
            });
        }
        // A piece has less than PIECE_BYTES strings, so the next one can't overflow the ids.
        let strings = u64::from(u32::MAX) - PIECE_BYTES as u64;
        if self.builder.strings.len() as u64 > strings {
            return Err(GraphError::TooLarge {
                what: Limit::Strings,
                allowed: strings,
            });
        }
        Ok(())
    }

    fn read(&mut self, piece: Piece<'_>) -> Result<(), Stop> {
        let mut at = 0;
        while at < piece.bytes.len() {
            at = self.step(piece, at)?;
        }
        Ok(())
    }

    /// Reads on at `at`, which is inside the piece, as far as the state lasts. The position behind.
    fn step(&mut self, piece: Piece<'_>, at: usize) -> Result<usize, Stop> {
        let end = piece.bytes.len();
        let behind = match &mut self.state {
            State::Snapshot(_) => return self.snapshot(piece, at),
            State::Nodes(nodes) => nodes.read(piece, at, &mut self.builder)?,
            State::Edges(edges) => edges.read(piece, at, &mut self.builder)?,
            State::Locations(locations) => locations.read(piece, at, &mut self.builder)?,
            State::Strings(strings) => strings.read(piece, at, &mut self.builder.strings)?,
            State::Skipped(skipper) => skipper.read(piece, at)?,
            State::Key { .. } => return self.key(piece, at),
            _ => return self.punctuation(piece, at),
        };
        if let Some(behind) = behind {
            self.end_section(piece.offset(behind).saturating_sub(1))?;
        }
        Ok(behind.unwrap_or(end))
    }

    /// Reads one byte between keys and values.
    fn punctuation(&mut self, piece: Piece<'_>, at: usize) -> Result<usize, Stop> {
        let byte = piece.bytes[at];
        if let State::Start { bom } = self.state {
            self.state = start(piece, at, byte, bom)?;
            return Ok(at + 1);
        }
        if is_space(byte) {
            return Ok(piece.skip_space(at));
        }
        let unexpected =
            |expected: &str| Err(Fault::unexpected(Section::Document, piece, at, expected));
        self.state = match (&self.state, byte) {
            (State::FirstKey | State::NextKey, b'"') => {
                self.key.bytes.clear();
                self.key.start = piece.offset(at);
                State::Key { escaped: false }
            }
            (State::FirstKey, b'}') => return Err(not_a_snapshot("an empty object").into()),
            (State::FirstKey, _) => return Err(Fault::not_a_snapshot(piece, at)),
            (State::NextKey, _) => return unexpected("a key"),
            (&State::Colon(section), b':') => State::Value(section),
            (State::Colon(_), _) => return unexpected("':'"),
            (&State::Value(section), _) => return self.start_value(section, piece, at),
            (State::AfterValue, b',') => State::NextKey,
            (State::AfterValue, b'}') => {
                self.check_sections(piece.offset(at))?;
                State::End
            }
            (State::AfterValue, _) => return unexpected("',' or '}'"),
            _ => return unexpected("the end of the input"),
        };
        Ok(at + 1)
    }

    /// Reads on inside of a key.
    fn key(&mut self, piece: Piece<'_>, mut at: usize) -> Result<usize, Stop> {
        let State::Key { mut escaped } = self.state else {
            return Ok(at);
        };
        while let Some(&byte) = piece.bytes.get(at) {
            at += 1;
            if byte == b'"' && !escaped {
                self.state = State::Colon(self.end_key()?);
                return Ok(at);
            }
            escaped = byte == b'\\' && !escaped;
            if self.key.bytes.len() < KEY_BYTES {
                self.key.bytes.push(byte);
            }
        }
        self.state = State::Key { escaped };
        Ok(at)
    }

    fn end_key(&mut self) -> Result<Section, GraphError> {
        let key = self.key.bytes.as_slice();
        let section = match key {
            b"snapshot" => Section::Snapshot,
            b"nodes" => Section::Nodes,
            b"edges" => Section::Edges,
            b"locations" => Section::Locations,
            b"strings" => Section::Strings,
            _ => Section::Other,
        };
        if self.seen.is_empty() && section != Section::Snapshot {
            let found = format!("an object whose first key is \"{}\"", printable(key));
            return Err(not_a_snapshot(found));
        }
        if section != Section::Other {
            if self.has(section) {
                return Err(GraphError::Syntax {
                    section: Section::Document,
                    offset: self.key.start,
                    expected: "each section once".to_owned(),
                    found: format!("a second \"{section}\""),
                });
            }
            self.seen.push(section);
        }
        Ok(section)
    }

    fn start_value(
        &mut self,
        section: Section,
        piece: Piece<'_>,
        at: usize,
    ) -> Result<usize, Stop> {
        let nesting = self.limits.max_nesting;
        if section == Section::Snapshot {
            if piece.bytes[at] != b'{' {
                let found = "its 'snapshot' is not an object";
                return Err(not_a_snapshot(found).into());
            }
            self.header_start = piece.offset(at);
            self.state = State::Snapshot(Skipper::new(section, nesting));
            return Ok(at);
        }
        // The first key is `snapshot`, so there is a header.
        let reader = match &self.header {
            Some(header) => reader(section, header, &self.builder, self.has(Section::Nodes))?,
            None => None,
        };
        let Some(reader) = reader else {
            self.state = State::Skipped(Skipper::new(Section::Other, nesting));
            return Ok(at);
        };
        if piece.bytes[at] != b'[' {
            return Err(Fault::unexpected(section, piece, at, "'['"));
        }
        self.state = reader;
        Ok(at + 1)
    }

    /// Collects the header.
    fn snapshot(&mut self, piece: Piece<'_>, at: usize) -> Result<usize, Stop> {
        let State::Snapshot(skipper) = &mut self.state else {
            return Ok(at);
        };
        // The limit comes first: an error far behind it must not win when chunks are large.
        let room = self.limits.max_header_bytes - self.header_text.len();
        let allowed = &piece.bytes[..piece.bytes.len().min(at.saturating_add(room))];
        let within = Piece {
            bytes: allowed,
            start: piece.start,
        };
        let behind = skipper.read(within, at)?;
        let end = behind.unwrap_or(allowed.len());
        self.header_text.extend_from_slice(&allowed[at..end]);
        if behind.is_some() {
            self.header = Some(Header::parse(&self.header_text, self.header_start)?);
            self.header_text = Vec::new();
            self.state = State::AfterValue;
        } else if end < piece.bytes.len() {
            return Err(Stop::Error(GraphError::TooLarge {
                what: Limit::HeaderBytes,
                allowed: self.limits.max_header_bytes as u64,
            }));
        }
        Ok(end)
    }

    /// A section's value ends at `offset`.
    fn end_section(&mut self, offset: u64) -> Result<(), GraphError> {
        match std::mem::replace(&mut self.state, State::AfterValue) {
            State::Nodes(nodes) => self.node_names = nodes.sink.names,
            State::Edges(edges) => {
                self.edge_names = edges.sink.names;
                self.targets = edges.sink.targets;
            }
            State::Locations(locations) => self.located = locations.sink.nodes,
            _ => return Ok(()),
        }
        self.check_counts(offset)
    }

    /// Checks what the end of a section allows to check, where its offset is still known.
    fn check_counts(&self, offset: u64) -> Result<(), GraphError> {
        if self.has(Section::Nodes) && self.builder.node_count() == 0 {
            return Err(GraphError::Syntax {
                section: Section::Nodes,
                offset,
                expected: "at least one node".to_owned(),
                found: "none".to_owned(),
            });
        }
        let (edges, announced) = (self.builder.edge_count(), self.builder.announced_edges());
        if self.has(Section::Nodes) && self.has(Section::Edges) && edges as u64 != announced {
            return Err(GraphError::Syntax {
                section: Section::Edges,
                offset,
                expected: format!("{announced} edges, as the nodes announce"),
                found: edges.to_string(),
            });
        }
        Ok(())
    }

    /// Checks at the closing brace that nothing is missing.
    fn check_sections(&self, offset: u64) -> Result<(), GraphError> {
        let needed = [Section::Nodes, Section::Edges, Section::Strings];
        match needed.into_iter().find(|&section| !self.has(section)) {
            Some(section) => Err(GraphError::Syntax {
                section: Section::Document,
                offset,
                expected: format!("a section \"{section}\""),
                found: "the end of the snapshot".to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn publish(self) -> Result<ParsedSnapshot, GraphError> {
        let (nodes, strings) = (self.builder.node_count(), self.builder.strings.len());
        within("string", self.node_names, Section::Nodes, strings)?;
        within("string", self.edge_names, Section::Edges, strings)?;
        within("node", self.targets, Section::Edges, nodes)?;
        within("node", self.located, Section::Locations, nodes)?;
        let mut warnings = self.count_warnings();
        let (mut declared_nodes, mut declared_edges, mut extra_native_bytes) = (None, None, None);
        if let Some(header) = self.header {
            declared_nodes = header.declared_nodes;
            declared_edges = header.declared_edges;
            extra_native_bytes = header.extra_native_bytes;
            warnings.extend(header.warnings);
        }
        Ok(ParsedSnapshot {
            graph: self.builder.finish()?,
            warnings,
            declared_nodes,
            declared_edges,
            extra_native_bytes,
            bytes: self.bytes,
        })
    }

    fn count_warnings(&self) -> Vec<Warning> {
        let Some(header) = &self.header else {
            return Vec::new();
        };
        let found = self.builder.node_count() as u64;
        let nodes = (header.declared_nodes)
            .filter(|&declared| declared != found)
            .map(|declared| Warning::NodeCount { declared, found });
        let found = self.builder.edge_count() as u64;
        let edges = (header.declared_edges)
            .filter(|&declared| declared != found)
            .map(|declared| Warning::EdgeCount { declared, found });
        nodes.into_iter().chain(edges).collect()
    }
}

/// The state behind the first bytes of the input.
fn start(piece: Piece<'_>, at: usize, byte: u8, bom: usize) -> Result<State, Stop> {
    match byte {
        _ if piece.offset(at) == bom as u64 && BOM.get(bom) == Some(&byte) => {
            Ok(State::Start { bom: bom + 1 })
        }
        _ if bom != 0 && bom != BOM.len() => Err(Fault::not_a_snapshot(piece, at)),
        b'{' => Ok(State::FirstKey),
        _ if is_space(byte) => Ok(State::Start { bom }),
        _ => Err(Fault::not_a_snapshot(piece, at)),
    }
}

/// The state inside of a section's array; `None` for sections that are skipped.
fn reader(
    section: Section,
    header: &Header,
    builder: &GraphBuilder,
    nodes_are_read: bool,
) -> Result<Option<State>, GraphError> {
    let node_count = nodes_are_read.then(|| builder.node_count());
    Ok(match (section, &header.location_fields) {
        (Section::Nodes, _) => {
            let nodes = NumberArray::new(section, NodeSink::new(header)?);
            Some(State::Nodes(Box::new(nodes)))
        }
        (Section::Edges, _) => {
            let edges = NumberArray::new(section, EdgeSink::new(header, node_count)?);
            Some(State::Edges(Box::new(edges)))
        }
        (Section::Locations, Some(fields)) => {
            let sink = LocationSink::new(header, fields, node_count)?;
            let locations = NumberArray::new(section, sink);
            Some(State::Locations(Box::new(locations)))
        }
        (Section::Strings, _) => Some(State::Strings(Box::new(StringArray::new()))),
        _ => None,
    })
}

/// Checks that the largest index into a table that was read later is within it.
fn within(
    what: &str,
    largest: LargestIndex,
    section: Section,
    len: usize,
) -> Result<(), GraphError> {
    match largest.beyond(len) {
        Some((index, offset)) => Err(GraphError::Syntax {
            section,
            offset,
            expected: format!("the index of one of {len} {what}s in the record"),
            found: index.to_string(),
        }),
        None => Ok(()),
    }
}

fn not_a_snapshot(found: impl Into<String>) -> GraphError {
    GraphError::NotASnapshot {
        found: found.into(),
    }
}
