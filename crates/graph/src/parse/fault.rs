//! An error in the input, with an excerpt of the offending token.
//!
//! A token can be cut by the end of a chunk. The fault then waits for the rest of it (at most
//! [`EXCERPT_BYTES`]), so that the message is the same however the input was cut.

use std::fmt::Write;

use crate::error::{GraphError, Section};

/// Bytes of a token that a message shows: enough for every number and keyword, and too few to
/// carry much of a heap's contents into a log.
const EXCERPT_BYTES: usize = 32;

/// A part of the input and where it starts.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Offset of the first byte from the start of the input.
    pub(super) start: u64,
}

impl<'a> Piece<'a> {
    pub(super) fn offset(self, at: usize) -> u64 {
        self.start + at as u64
    }

    /// The first position from `at` on that is not white space; the length if there is none.
    pub(super) fn skip_space(self, at: usize) -> usize {
        let rest = self.rest(at);
        let space = rest.iter().position(|&byte| !is_space(byte));
        at + space.unwrap_or(rest.len())
    }

    pub(super) fn rest(self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }
}

/// Why reading stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// The input is wrong.
    Fault(Fault),
    /// A limit, or an error without an excerpt.
    Error(GraphError),
}

impl From<GraphError> for Stop {
    fn from(error: GraphError) -> Self {
        Self::Error(error)
    }
}

/// An error whose excerpt may still be incomplete.
#[derive(Debug)]
pub(super) struct Fault {
    blame: Blame,
    token: Token,
}

#[derive(Debug)]
enum Blame {
    NotASnapshot,
    Syntax {
        section: Section,
        offset: u64,
        expected: String,
    },
}

impl Fault {
    /// Something else than `expected` where the next token starts: at `at`.
    pub(super) fn unexpected(
        section: Section,
        piece: Piece<'_>,
        at: usize,
        expected: impl Into<String>,
    ) -> Stop {
        let blame = Blame::Syntax {
            section,
            offset: piece.offset(at),
            expected: expected.into(),
        };
        Self::stop(blame, Token::default(), piece.rest(at))
    }

    /// A bad token of which `known` has been read and `rest` follows.
    pub(super) fn token(
        section: Section,
        offset: u64,
        expected: impl Into<String>,
        known: Token,
        rest: &[u8],
    ) -> Stop {
        let blame = Blame::Syntax {
            section,
            offset,
            expected: expected.into(),
        };
        Self::stop(blame, known, rest)
    }

    /// The token at `at` shows that this is no snapshot.
    pub(super) fn not_a_snapshot(piece: Piece<'_>, at: usize) -> Stop {
        Self::stop(Blame::NotASnapshot, Token::default(), piece.rest(at))
    }

    fn stop(blame: Blame, token: Token, rest: &[u8]) -> Stop {
        let mut fault = Self { blame, token };
        fault.extend(rest);
        Stop::Fault(fault)
    }

    /// Takes more of the token. Whether the excerpt is complete.
    pub(super) fn extend(&mut self, bytes: &[u8]) -> bool {
        for &byte in bytes {
            if self.token.complete {
                break;
            }
            self.token.push(byte);
        }
        self.token.complete
    }

    pub(super) fn is_complete(&self) -> bool {
        self.token.complete
    }

    pub(super) fn into_error(self) -> GraphError {
        let found = self.token.excerpt();
        match self.blame {
            Blame::NotASnapshot => GraphError::NotASnapshot {
                found: format!("it starts with {found}"),
            },
            Blame::Syntax {
                section,
                offset,
                expected,
            } => GraphError::Syntax {
                section,
                offset,
                expected,
                found,
            },
        }
    }
}

/// The first bytes of a JSON token, or of what stands in place of one.
#[derive(Clone, Default, Debug)]
pub(super) struct Token {
    bytes: [u8; EXCERPT_BYTES],
    len: usize,
    escaped: bool,
    complete: bool,
    cut: bool,
}

impl Token {
    /// Takes one more byte unless the token ends before it.
    pub(super) fn push(&mut self, byte: u8) {
        let quoted = self.len > 0 && self.bytes[0] == b'"';
        if self.len > 0 && !quoted && is_delimiter(byte) {
            self.complete = true;
            return;
        }
        if self.len == EXCERPT_BYTES {
            (self.complete, self.cut) = (true, true);
            return;
        }
        let first = self.len == 0;
        self.bytes[self.len] = byte;
        self.len += 1;
        self.complete = match byte {
            b'"' if quoted => !self.escaped,
            b'[' | b']' | b'{' | b'}' | b',' | b':' => first,
            _ => false,
        };
        self.escaped = quoted && byte == b'\\' && !self.escaped;
    }

    fn excerpt(&self) -> String {
        let mut text = printable(&self.bytes[..self.len]);
        if self.cut {
            text.push_str("...");
        }
        text
    }
}

/// The bytes as text, with whatever is not printable escaped.
pub(super) fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c.is_control() {
                true => text.extend(c.escape_default()),
                false => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            // Writing to a String does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// White space of JSON.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Whether a number or keyword ends before this byte.
pub(super) const fn is_delimiter(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b',' | b':' | b'[' | b']' | b'{' | b'}' | b'"')
}
