//! What can go wrong with a graph.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

/// A part of a `.heapsnapshot` file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Section {
    /// Outside of all sections: the document itself.
    Document,
    /// `snapshot`: counts and the description of the format.
    Snapshot,
    /// `nodes`.
    Nodes,
    /// `edges`.
    Edges,
    /// `locations`.
    Locations,
    /// `strings`.
    Strings,
    /// A section that is read past.
    Other,
}

impl Section {
    /// The section's name as in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Snapshot => "snapshot",
            Self::Nodes => "nodes",
            Self::Edges => "edges",
            Self::Locations => "locations",
            Self::Strings => "strings",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something of which only so much is taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Limit {
    /// Nodes of a graph.
    Nodes,
    /// Edges of a graph.
    Edges,
    /// Strings of a graph.
    Strings,
    /// Bytes of the `snapshot` header.
    HeaderBytes,
    /// Bytes of memory that reading may take.
    MemoryBytes,
    /// Depth of nested JSON values.
    Nesting,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nodes => "nodes",
            Self::Edges => "edges",
            Self::Strings => "strings",
            Self::HeaderBytes => "header bytes",
            Self::MemoryBytes => "bytes of memory",
            Self::Nesting => "levels of nesting",
        })
    }
}

/// An error of this crate. Each has a stable [`code`](Self::code).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The input does not look like a heap snapshot at all.
    #[error("this is not a heap snapshot: {found}")]
    NotASnapshot {
        /// What was found instead.
        found: String,
    },
    /// The input is a snapshot and has an error.
    #[error(
        "bad heap snapshot in section '{section}' at byte {offset}: expected {expected}, found {found}"
    )]
    Syntax {
        /// The section with the error.
        section: Section,
        /// Bytes from the start of the input.
        offset: u64,
        /// What would have been right.
        expected: String,
        /// What was there.
        found: String,
    },
    /// The input ends too early.
    #[error("the heap snapshot ends in section '{section}' at byte {offset}; it was cut off")]
    Truncated {
        /// The section in which the input ends.
        section: Section,
        /// Length of the input in bytes.
        offset: u64,
    },
    /// More than this build or these options allow.
    #[error("more than {allowed} {what}")]
    TooLarge {
        /// What there is too much of.
        what: Limit,
        /// How much is allowed.
        allowed: u64,
    },
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Reading the input failed.
    #[error("reading the heap snapshot failed: {0}")]
    Io(#[from] std::io::Error),
    /// Writing a snapshot failed.
    #[error("writing the heap snapshot failed: {0}")]
    Write(#[source] std::io::Error),
}

impl GraphError {
    /// The stable code that users see.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotASnapshot { .. } => "ERR_HEAPWATCH_NOT_A_SNAPSHOT",
            Self::Syntax { .. } => "ERR_HEAPWATCH_SNAPSHOT_SYNTAX",
            Self::Truncated { .. } => "ERR_HEAPWATCH_SNAPSHOT_TRUNCATED",
            Self::TooLarge { .. } => "ERR_HEAPWATCH_LIMIT",
            Self::Cancelled => "ERR_HEAPWATCH_CANCELLED",
            Self::Io(_) | Self::Write(_) => "ERR_HEAPWATCH_CAPTURE",
        }
    }
}
