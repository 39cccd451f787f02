//! The streaming reader of `.heapsnapshot` files: bytes in chunks of any size in, a
//! [`HeapGraph`] out.
//!
//! A snapshot is one JSON object: `snapshot` (counts, and in `meta` the layout of what follows),
//! then flat arrays of integers (`nodes`, `edges`, `locations`), tables that are not needed here,
//! and last the `strings` that nodes and edges name by index.
//!
//! **Algorithm.** One state machine for the document ([`SnapshotParser`]) hands each value to a
//! reader of its own; every reader can stop after any byte and resume with the next chunk.
//! Integer arrays have a second, faster way: while the rest of a chunk surely holds a whole record,
//! the record is read at once, as many digits a step as a number has. The fast way reports no errors: whatever it does
//! not expect it leaves to the state machine, which reads the record again byte by byte and knows
//! the exact offset. Strings are cut with `memchr` and copied in whole runs. The `snapshot` header
//! is small: it is collected and given to `serde_json`.
//!
//! **Untrusted input.** No input makes the parser panic, recurse, or loop without consuming bytes.
//! Nothing is allocated because the header announces it. What is held is the columns, the text, the
//! header (limited), and one bit per level of nesting (limited). The result, errors included,
//! does not depend on where the chunks are cut.
//!
//! **Complexity.** Linear time; memory beyond the graph's columns is constant.

mod document;
mod fault;
mod header;
mod number_array;
mod number_block;
mod read;
mod records;
mod skip;
mod string_array;

use std::fmt;

use serde::Serialize;

use crate::model::HeapGraph;

pub use document::SnapshotParser;
pub use read::read_snapshot;

/// How much a parser takes before it gives up with
/// [`GraphError::TooLarge`](crate::GraphError::TooLarge).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParseLimits {
    /// Bytes of columns and text, checked every few hundred kilobytes of input. Default: no limit.
    pub max_memory_bytes: u64,
    /// Bytes of the `snapshot` header, the only part that is held as text. Default: 1 MiB; V8
    /// writes about 1.5 KB.
    pub max_header_bytes: usize,
    /// Levels of nesting in a value that is skipped. Default: 1024; the deepest that V8 writes is
    /// `trace_tree`, one or two levels a stack frame, and it records at most 64 frames.
    pub max_nesting: u32,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self {
            max_memory_bytes: u64::MAX,
            max_header_bytes: 1 << 20,
            max_nesting: 1024,
        }
    }
}

/// Something odd in a snapshot that could be read nevertheless.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// The header announced another number of nodes than there are.
    NodeCount {
        /// As the header has it.
        declared: u64,
        /// As counted.
        found: u64,
    },
    /// The header announced another number of edges than there are.
    EdgeCount {
        /// As the header has it.
        declared: u64,
        /// As counted.
        found: u64,
    },
    /// The format lists a kind of node that this version doesn't know.
    UnknownNodeKind {
        /// The kind's name.
        name: String,
    },
    /// The format lists a kind of edge that this version doesn't know.
    UnknownEdgeKind {
        /// The kind's name.
        name: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeCount { declared, found } => {
                write!(
                    f,
                    "the header announces {declared} nodes, there are {found}"
                )
            }
            Self::EdgeCount { declared, found } => {
                write!(
                    f,
                    "the header announces {declared} edges, there are {found}"
                )
            }
            Self::UnknownNodeKind { name } => write!(f, "unknown kind of node {name:?}"),
            Self::UnknownEdgeKind { name } => write!(f, "unknown kind of edge {name:?}"),
        }
    }
}

/// What a snapshot held.
#[derive(Debug)]
#[non_exhaustive]
pub struct ParsedSnapshot {
    /// The heap.
    pub graph: HeapGraph,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// The number of nodes that the header announced, right or wrong.
    pub declared_nodes: Option<u64>,
    /// The number of edges that the header announced, right or wrong.
    pub declared_edges: Option<u64>,
    /// Bytes outside of the JavaScript heap that V8 counted but shows in no node (from Node 24).
    pub extra_native_bytes: Option<u64>,
    /// Length of the input in bytes.
    pub bytes: u64,
}
