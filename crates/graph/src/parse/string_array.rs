//! Reads the `strings` section: JSON strings, decoded into the string table.
//!
//! Runs between quotes and backslashes are found with `memchr` and copied whole. Nothing about a
//! string's contents is an error except a malformed escape sequence: bytes that are not UTF-8 and
//! surrogates without a partner become U+FFFD (V8 cuts strings at a length limit and may split a
//! pair), control characters are taken as they are.

use memchr::memchr2;

use super::fault::{Fault, Piece, Stop, is_space, printable};
use crate::error::{GraphError, Section};
use crate::strings::StringsBuilder;

/// Bytes of `\uXXXX`.
const UNICODE_ESCAPE_BYTES: usize = 6;

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Behind the opening bracket: a string or the closing bracket.
    First,
    /// A string.
    Next,
    /// The rest of a string.
    Text,
    /// The rest of an escape sequence.
    Escape,
    /// A comma or the closing bracket.
    After,
}

/// A reader of `strings`. It can stop after any byte.
#[derive(Debug)]
pub(super) struct StringArray {
    phase: Phase,
    decoder: TextDecoder,
    escape: [u8; UNICODE_ESCAPE_BYTES],
    escape_len: usize,
    escape_start: u64,
}

impl StringArray {
    /// A reader that starts behind the opening bracket.
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::First,
            decoder: TextDecoder::default(),
            escape: [0; UNICODE_ESCAPE_BYTES],
            escape_len: 0,
            escape_start: 0,
        }
    }

    /// Reads on at `at`. The position behind the closing bracket; `None` if the piece ends before.
    pub(super) fn read(
        &mut self,
        piece: Piece<'_>,
        mut at: usize,
        strings: &mut StringsBuilder,
    ) -> Result<Option<usize>, Stop> {
        while let Some(&byte) = piece.bytes.get(at) {
            match self.phase {
                Phase::Text => {
                    at = self.text(piece, at, strings);
                    continue;
                }
                Phase::Escape => self.escape(piece, at, byte, strings)?,
                Phase::First | Phase::Next if byte == b'"' => self.phase = Phase::Text,
                Phase::After if byte == b',' => self.phase = Phase::Next,
                Phase::First | Phase::After if byte == b']' => return Ok(Some(at + 1)),
                _ if is_space(byte) => {}
                _ => {
                    let expected = self.expected();
                    return Err(Fault::unexpected(Section::Strings, piece, at, expected));
                }
            }
            at += 1;
        }
        Ok(None)
    }

    fn expected(&self) -> &'static str {
        match self.phase {
            Phase::First => "a string or ']'",
            Phase::After => "',' or ']'",
            _ => "a string",
        }
    }

    /// Takes text up to a quote, a backslash or the end of the piece. The position behind.
    #[inline]
    fn text(&mut self, piece: Piece<'_>, at: usize, strings: &mut StringsBuilder) -> usize {
        let rest = piece.rest(at);
        let Some(len) = memchr2(b'"', b'\\', rest) else {
            self.decoder.text(rest, strings);
            return piece.bytes.len();
        };
        self.decoder.text(&rest[..len], strings);
        self.decoder.end_run(strings);
        if rest[len] == b'"' {
            self.decoder.end_pair(strings);
            strings.end_string();
            self.phase = Phase::After;
        } else {
            self.escape[0] = b'\\';
            self.escape_len = 1;
            self.escape_start = piece.offset(at + len);
            self.phase = Phase::Escape;
        }
        at + len + 1
    }

    /// Takes one byte of an escape sequence.
    fn escape(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        byte: u8,
        strings: &mut StringsBuilder,
    ) -> Result<(), Stop> {
        let simple = match (self.escape_len, byte) {
            (1, b'u') => None,
            (1, b'n') => Some('\n'),
            (1, b't') => Some('\t'),
            (1, b'r') => Some('\r'),
            (1, b'b') => Some('\u{8}'),
            (1, b'f') => Some('\u{c}'),
            (1, b'"' | b'\\' | b'/') => Some(char::from(byte)),
            (2.., _) if byte.is_ascii_hexdigit() => None,
            _ => return Err(self.bad_escape(piece, at).into()),
        };
        if let Some(c) = simple {
            self.decoder.end_pair(strings);
            strings.push_char(c);
            self.phase = Phase::Text;
            return Ok(());
        }
        self.escape[self.escape_len] = byte;
        self.escape_len += 1;
        if self.escape_len == UNICODE_ESCAPE_BYTES {
            self.decoder
                .code_unit(code_unit(&self.escape[2..]), strings);
            self.phase = Phase::Text;
        }
        Ok(())
    }

    fn bad_escape(&self, piece: Piece<'_>, at: usize) -> GraphError {
        let mut found = self.escape[..self.escape_len].to_vec();
        found.extend(piece.rest(at).first());
        GraphError::Syntax {
            section: Section::Strings,
            offset: self.escape_start,
            expected: "an escape sequence of JSON".to_owned(),
            found: printable(&found),
        }
    }
}

/// The value of up to four hexadecimal digits.
fn code_unit(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |unit, &digit| {
        let value = char::from(digit).to_digit(16).unwrap_or_default();
        unit << 4 | value as u16
    })
}

/// Decodes the text of one string after another; characters can be cut anywhere.
#[derive(Default, Debug)]
struct TextDecoder {
    /// The start of a UTF-8 character that the end of a piece has cut.
    partial: [u8; 4],
    partial_len: usize,
    /// A high surrogate that waits for its partner; 0: none.
    high: u16,
}

impl TextDecoder {
    /// Takes bytes of text.
    #[inline]
    fn text(&mut self, bytes: &[u8], out: &mut StringsBuilder) {
        if bytes.is_empty() {
            return;
        }
        self.end_pair(out);
        let bytes = match self.partial_len {
            0 => bytes,
            _ => self.complete(bytes, out),
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => out.push_part(text),
            Err(_) => self.lossy(bytes, out),
        }
    }

    /// Takes the rest of a cut character. What is behind it.
    fn complete<'a>(&mut self, mut bytes: &'a [u8], out: &mut StringsBuilder) -> &'a [u8] {
        while let [byte, rest @ ..] = bytes {
            self.partial[self.partial_len] = *byte;
            match std::str::from_utf8(&self.partial[..=self.partial_len]) {
                Ok(c) => {
                    out.push_part(c);
                    self.partial_len = 0;
                    return rest;
                }
                Err(error) if error.error_len().is_some() => {
                    // The byte does not continue the character: it belongs to what follows.
                    self.end_run(out);
                    return bytes;
                }
                Err(_) => self.partial_len += 1,
            }
            bytes = rest;
        }
        bytes
    }

    fn lossy(&mut self, bytes: &[u8], out: &mut StringsBuilder) {
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            out.push_part(chunk.valid());
            let last = chunks.peek().is_none();
            if last && is_cut(chunk.invalid()) {
                self.partial_len = chunk.invalid().len();
                self.partial[..self.partial_len].copy_from_slice(chunk.invalid());
            } else if !chunk.invalid().is_empty() {
                out.push_char(char::REPLACEMENT_CHARACTER);
            }
        }
    }

    /// A run of bytes ends: a cut character stays incomplete.
    #[inline]
    fn end_run(&mut self, out: &mut StringsBuilder) {
        if self.partial_len > 0 {
            self.partial_len = 0;
            out.push_char(char::REPLACEMENT_CHARACTER);
        }
    }

    /// Something else than a code unit follows: a high surrogate stays alone.
    #[inline]
    fn end_pair(&mut self, out: &mut StringsBuilder) {
        if self.high != 0 {
            self.high = 0;
            out.push_char(char::REPLACEMENT_CHARACTER);
        }
    }

    /// Takes a UTF-16 code unit.
    fn code_unit(&mut self, unit: u16, out: &mut StringsBuilder) {
        match (std::mem::take(&mut self.high), unit) {
            (0, 0xD800..=0xDBFF) => self.high = unit,
            (0, _) => out.push_char(character(u32::from(unit))),
            (high, 0xDC00..=0xDFFF) => {
                let code = 0x1_0000 + (u32::from(high & 0x3FF) << 10 | u32::from(unit & 0x3FF));
                out.push_char(character(code));
            }
            _ => {
                out.push_char(char::REPLACEMENT_CHARACTER);
                self.code_unit(unit, out);
            }
        }
    }
}

fn character(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether bytes are the start of a character rather than no UTF-8 at all.
fn is_cut(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::StringId;

    fn decoded(runs: &[&[u8]]) -> String {
        let (mut decoder, mut out) = (TextDecoder::default(), StringsBuilder::new());
        for run in runs {
            decoder.text(run, &mut out);
        }
        decoder.end_run(&mut out);
        out.end_string();
        out.finish().get(StringId(0)).to_owned()
    }

    #[test]
    fn bytes_that_are_not_utf8_decode_as_the_standard_library_does_wherever_they_are_cut() {
        let samples: [&[u8]; 6] = [
            "a\u{e9}\u{20ac}\u{1f600}z".as_bytes(),
            b"\xff\xfe",
            b"\xe2\x82",
            b"\xf0\x9f\x98x\xf0\x9f\xe2\x82\xac",
            b"\xc0\x80\xed\xa0\x80",
            b"\x80\x80\xf4\x90\x80\x80",
        ];
        for sample in samples {
            let expected = String::from_utf8_lossy(sample);
            for i in 0..=sample.len() {
                for j in i..=sample.len() {
                    let runs = [&sample[..i], &sample[i..j], &sample[j..]];
                    assert_eq!(decoded(&runs), expected, "{sample:x?} cut at {i} and {j}");
                }
            }
        }
    }
}
