//! Reads past one JSON value of any kind: the header while it is collected, and every table that is
//! not needed.
//!
//! The structure is checked (brackets, commas, colons, keys), strings and numbers only roughly.
//! There is no recursion: the kinds of the open brackets are one bit each.

use memchr::memchr2;

use super::fault::{Fault, Piece, Stop, is_delimiter};
use crate::error::{GraphError, Limit, Section};

/// Where in the value the reader is: what comes next, or what it is inside of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    /// Behind a value: a comma or the closing bracket.
    After,
    Text {
        key: bool,
        escaped: bool,
    },
    /// A number, `true`, `false` or `null`.
    Word,
}

/// A reader that skips a value. It can stop after any byte.
#[derive(Debug)]
pub(super) struct Skipper {
    section: Section,
    phase: Phase,
    depth: u32,
    max_nesting: u32,
    /// One bit for each open bracket: set for `{`.
    objects: Vec<u64>,
}

impl Skipper {
    pub(super) fn new(section: Section, max_nesting: u32) -> Self {
        Self {
            section,
            phase: Phase::Value,
            depth: 0,
            max_nesting,
            objects: Vec::new(),
        }
    }

    /// Reads on at `at`. The position behind the value; `None` if the piece ends before.
    pub(super) fn read(&mut self, piece: Piece<'_>, mut at: usize) -> Result<Option<usize>, Stop> {
        loop {
            at = match self.phase {
                Phase::Text { key, escaped } => self.skip_text(piece, at, key, escaped),
                Phase::Word => self.skip_word(piece, at)?,
                _ => piece.skip_space(at),
            };
            if self.phase == Phase::After && self.depth == 0 {
                return Ok(Some(at));
            }
            let Some(&byte) = piece.bytes.get(at) else {
                return Ok(None);
            };
            match self.phase {
                Phase::Text { .. } | Phase::Word => {}
                _ => {
                    self.structure(piece, at, byte)?;
                    at += 1;
                }
            }
        }
    }

    fn structure(&mut self, piece: Piece<'_>, at: usize, byte: u8) -> Result<(), Stop> {
        self.phase = match (self.phase, byte) {
            (Phase::Value | Phase::ValueOrEnd, b'{') => self.open(true)?,
            (Phase::Value | Phase::ValueOrEnd, b'[') => self.open(false)?,
            (Phase::Value | Phase::ValueOrEnd, b'"') => Phase::Text {
                key: false,
                escaped: false,
            },
            (Phase::Value | Phase::ValueOrEnd, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                Phase::Word
            }
            (Phase::ValueOrEnd, b']') | (Phase::KeyOrEnd, b'}') => self.close(),
            (Phase::Key | Phase::KeyOrEnd, b'"') => Phase::Text {
                key: true,
                escaped: false,
            },
            (Phase::Colon, b':') => Phase::Value,
            (Phase::After, b',') if self.in_object() => Phase::Key,
            (Phase::After, b',') => Phase::Value,
            (Phase::After, b'}') if self.in_object() => self.close(),
            (Phase::After, b']') if !self.in_object() => self.close(),
            _ => return Err(Fault::unexpected(self.section, piece, at, self.expected())),
        };
        Ok(())
    }

    fn expected(&self) -> &'static str {
        match self.phase {
            Phase::Value | Phase::Text { .. } | Phase::Word => "a value",
            Phase::ValueOrEnd => "a value or ']'",
            Phase::Key => "a key",
            Phase::KeyOrEnd => "a key or '}'",
            Phase::Colon => "':'",
            Phase::After if self.in_object() => "',' or '}'",
            Phase::After => "',' or ']'",
        }
    }

    fn skip_text(&mut self, piece: Piece<'_>, mut at: usize, key: bool, escaped: bool) -> usize {
        if escaped && at < piece.bytes.len() {
            at += 1;
            self.phase = Phase::Text {
                key,
                escaped: false,
            };
        }
        while let Some(hit) = memchr2(b'"', b'\\', piece.rest(at)) {
            at += hit + 1;
            if piece.bytes.get(at - 1) == Some(&b'"') {
                self.phase = if key { Phase::Colon } else { Phase::After };
                return piece.skip_space(at);
            }
            if at == piece.bytes.len() {
                self.phase = Phase::Text { key, escaped: true };
                return at;
            }
            at += 1;
        }
        piece.bytes.len()
    }

    fn skip_word(&mut self, piece: Piece<'_>, at: usize) -> Result<usize, Stop> {
        let rest = piece.rest(at);
        let Some(end) = rest.iter().position(|&byte| !is_word(byte)) else {
            return Ok(piece.bytes.len());
        };
        if !is_delimiter(rest[end]) {
            let expected = "a number, 'true', 'false' or 'null'";
            return Err(Fault::unexpected(self.section, piece, at + end, expected));
        }
        self.phase = Phase::After;
        Ok(match self.depth {
            0 => at + end,
            _ => piece.skip_space(at + end),
        })
    }

    fn open(&mut self, object: bool) -> Result<Phase, GraphError> {
        if self.depth >= self.max_nesting {
            return Err(GraphError::TooLarge {
                what: Limit::Nesting,
                allowed: u64::from(self.max_nesting),
            });
        }
        let (word, bit) = (self.depth as usize / 64, self.depth % 64);
        if word == self.objects.len() {
            self.objects.push(0);
        }
        self.objects[word] = self.objects[word] & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
        Ok(match object {
            true => Phase::KeyOrEnd,
            false => Phase::ValueOrEnd,
        })
    }

    fn close(&mut self) -> Phase {
        self.depth = self.depth.saturating_sub(1);
        Phase::After
    }

    /// Whether the innermost open bracket is an object's.
    fn in_object(&self) -> bool {
        let Some(level) = self.depth.checked_sub(1) else {
            return false;
        };
        let word = self.objects.get(level as usize / 64);
        word.is_some_and(|word| word >> (level % 64) & 1 == 1)
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
