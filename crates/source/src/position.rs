//! Positions as V8 counts them, from byte offsets as the parser counts them.
//!
//! A column of V8 is a number of UTF-16 code units since the last line terminator, of which
//! ECMA-262 has four (LF, CR, U+2028, U+2029; CR LF is one). Line starts are kept in a sorted
//! vector; for text that is not ASCII, so is the UTF-16 offset of every block of 256 bytes, so
//! that a lookup costs O(log lines + 256) even in a file of one line.

/// A place in a source file as V8 gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, the first being 0.
    pub line: u32,
    /// Column in UTF-16 code units, the first being 0.
    pub column: u32,
}

/// Small enough to scan per lookup, large enough that the table is 1/64 of the text.
const BLOCK: usize = 256;

/// From byte offsets of one text to [`Position`]s.
pub(crate) struct LineMap<'t> {
    text: &'t [u8],
    /// Byte offset of the first character of each line; the first is 0.
    line_starts: Vec<u32>,
    /// UTF-16 code units before byte `i * BLOCK`. Empty for ASCII, where offsets are equal.
    utf16_before_block: Vec<u32>,
}

impl<'t> LineMap<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let text = text.as_bytes();
        Self {
            text,
            line_starts: line_starts(text),
            utf16_before_block: utf16_before_blocks(text),
        }
    }

    /// The position of byte `offset`; an offset past the end is the end.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self
            .line_starts
            .partition_point(|&start| start as usize <= offset)
            - 1;
        let start = self.line_starts[line] as usize;
        Position {
            line: line as u32,
            column: self.utf16(offset) - self.utf16(start),
        }
    }

    /// UTF-16 code units before byte `offset`.
    fn utf16(&self, offset: usize) -> u32 {
        let block = offset / BLOCK;
        match self.utf16_before_block.get(block) {
            None => offset as u32,
            Some(&before) => before + utf16_units(&self.text[block * BLOCK..offset]),
        }
    }
}

fn line_starts(text: &[u8]) -> Vec<u32> {
    let mut starts = vec![0];
    for (i, &byte) in text.iter().enumerate() {
        let ends = match byte {
            b'\n' => true,
            b'\r' => text.get(i + 1) != Some(&b'\n'),
            // The last byte of U+2028 and U+2029.
            0xA8 | 0xA9 => i >= 2 && text[i - 2] == 0xE2 && text[i - 1] == 0x80,
            _ => false,
        };
        if ends {
            starts.push(i as u32 + 1);
        }
    }
    starts
}

fn utf16_before_blocks(text: &[u8]) -> Vec<u32> {
    if text.is_ascii() {
        return Vec::new();
    }
    let mut before = vec![0];
    let mut units = 0;
    for block in text.chunks(BLOCK) {
        units += utf16_units(block);
        before.push(units);
    }
    before
}

/// UTF-16 code units of the characters that start in `bytes`: one each, two for those of four
/// bytes.
fn utf16_units(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .map(|&byte| u32::from(byte & 0xC0 != 0x80) + u32::from(byte >= 0xF0))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, one character at a time.
    fn naive(text: &str, offset: usize) -> Position {
        let mut position = Position::default();
        let mut previous_was_cr = false;
        for (_, c) in text.char_indices().take_while(|&(i, _)| i < offset) {
            if previous_was_cr && c != '\n' {
                position = Position {
                    line: position.line + 1,
                    column: 0,
                };
            }
            previous_was_cr = c == '\r';
            if matches!(c, '\n' | '\u{2028}' | '\u{2029}') {
                position = Position {
                    line: position.line + 1,
                    column: 0,
                };
            } else {
                position.column += c.len_utf16() as u32;
            }
        }
        if previous_was_cr && !text[offset..].starts_with('\n') {
            position = Position {
                line: position.line + 1,
                column: 0,
            };
        }
        position
    }

    #[test]
    fn every_offset_of_every_kind_of_text_has_the_position_that_counting_gives() {
        let long = "x = '😀é'; ".repeat(200) + "\r\n" + &"ü".repeat(600);
        for text in [
            "",
            "a",
            "a\nb",
            "a\r\nb\rc\n",
            "😀\n😀x",
            "a\u{2028}b\u{2029}\u{00a8}c",
            "\r\r\n\n",
            &long,
        ] {
            let map = LineMap::new(text);
            for offset in (0..=text.len()).filter(|&i| text.is_char_boundary(i)) {
                assert_eq!(
                    map.position(offset),
                    naive(text, offset),
                    "{offset} of {text:?}"
                );
            }
        }
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        assert_eq!(
            LineMap::new("a\nbc").position(99),
            Position { line: 1, column: 2 }
        );
    }
}
