//! JSON through a buffer of bounded size.

use std::io::Write;

use crate::error::GraphError;
use crate::progress::Progress;

/// Bytes written at once. Large enough that system calls don't count, small enough to stay in the
/// second-level cache.
const BUFFER_BYTES: usize = 256 << 10;

/// Digits of the largest 64-bit number.
const MAX_DIGITS: usize = 20;

/// Writes pieces of a JSON document; what they add up to is the caller's business.
pub(super) struct JsonWriter<'o, 'p> {
    out: &'o mut dyn Write,
    progress: &'o Progress<'p>,
    buffer: Vec<u8>,
    flushed: u64,
    is_first_record: bool,
}

impl<'o, 'p> JsonWriter<'o, 'p> {
    pub(super) fn new(out: &'o mut dyn Write, progress: &'o Progress<'p>) -> Self {
        Self {
            out,
            progress,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            flushed: 0,
            is_first_record: true,
        }
    }

    pub(super) fn progress(&self) -> &'o Progress<'p> {
        self.progress
    }

    /// Writes text that is JSON already. It starts a new array as far as records are concerned.
    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<(), GraphError> {
        self.is_first_record = true;
        self.bytes(bytes)
    }

    /// Writes numbers as the next elements of an array, on a line of their own: parsers can split
    /// the array there.
    #[inline]
    pub(super) fn record(&mut self, fields: &[u64]) -> Result<(), GraphError> {
        self.make_room(fields.len() * (MAX_DIGITS + 1) + 1)?;
        for &field in fields {
            if !self.is_first_record {
                self.buffer.push(b',');
            }
            self.is_first_record = false;
            self.digits(field);
        }
        self.buffer.push(b'\n');
        Ok(())
    }

    /// Writes a string, quoted and escaped.
    pub(super) fn string(&mut self, text: &str) -> Result<(), GraphError> {
        self.bytes(b"\"")?;
        let mut rest = text;
        while let Some(at) = rest.bytes().position(needs_escape) {
            self.bytes(&rest.as_bytes()[..at])?;
            let mut chars = rest[at..].chars();
            if let Some(c) = chars.next() {
                self.escape(c)?;
            }
            rest = chars.as_str();
        }
        self.bytes(rest.as_bytes())?;
        self.bytes(b"\"")
    }

    /// Writes what is left in the buffer. How many bytes there were in all.
    pub(super) fn finish(mut self) -> Result<u64, GraphError> {
        self.empty_buffer()?;
        self.out.flush().map_err(GraphError::Write)?;
        Ok(self.flushed)
    }

    #[inline]
    fn digits(&mut self, mut number: u64) {
        let mut digits = [0; MAX_DIGITS];
        let mut start = MAX_DIGITS;
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.buffer.extend_from_slice(&digits[start..]);
    }

    fn escape(&mut self, c: char) -> Result<(), GraphError> {
        match c {
            '"' => self.bytes(b"\\\""),
            '\\' => self.bytes(b"\\\\"),
            '\n' => self.bytes(b"\\n"),
            '\r' => self.bytes(b"\\r"),
            '\t' => self.bytes(b"\\t"),
            '\u{8}' => self.bytes(b"\\b"),
            '\u{c}' => self.bytes(b"\\f"),
            _ => (c.encode_utf16(&mut [0; 2]).iter())
                .try_for_each(|unit| self.bytes(format!("\\u{unit:04x}").as_bytes())),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), GraphError> {
        for piece in bytes.chunks(BUFFER_BYTES) {
            self.make_room(piece.len())?;
            self.buffer.extend_from_slice(piece);
        }
        Ok(())
    }

    #[inline]
    fn make_room(&mut self, bytes: usize) -> Result<(), GraphError> {
        if self.buffer.len() + bytes > BUFFER_BYTES {
            self.empty_buffer()?;
        }
        Ok(())
    }

    fn empty_buffer(&mut self) -> Result<(), GraphError> {
        self.progress.check()?;
        self.out
            .write_all(&self.buffer)
            .map_err(GraphError::Write)?;
        self.flushed += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

fn needs_escape(byte: u8) -> bool {
    !matches!(byte, b' '..=b'~') || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut JsonWriter<'_, '_>) -> Result<(), GraphError>) -> String {
        let (mut out, progress) = (Vec::new(), Progress::none());
        let mut writer = JsonWriter::new(&mut out, &progress);
        write(&mut writer).unwrap();
        let bytes = writer.finish().unwrap();
        assert_eq!(bytes, out.len() as u64);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_ascii_and_read_back_by_a_json_parser() {
        let every_low = (0..=0x2100).filter_map(char::from_u32).collect::<String>();
        for text in ["", "\"\\/", "\u{1f600}\u{ffff}\u{10ffff}", &every_low] {
            let json = written(|out| out.string(text));
            assert!(json.is_ascii(), "{json}");
            assert!(!json.bytes().any(|byte| byte < b' '), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn strings_longer_than_the_buffer_are_written_whole() {
        for extra in 0..3 {
            let text = "x".repeat(2 * BUFFER_BYTES + extra) + "\u{e9}";
            let json = written(|out| out.string(&text));
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn numbers_of_all_lengths_are_written_as_the_standard_library_does() {
        let powers = (0..MAX_DIGITS as u32).map(|exponent| 10_u64.pow(exponent));
        let mut numbers: Vec<u64> = powers.flat_map(|n| [n - 1, n, n + 1]).collect();
        numbers.push(u64::MAX);
        for &number in &numbers {
            assert_eq!(written(|out| out.record(&[number])), format!("{number}\n"));
        }
    }

    #[test]
    fn records_are_separated_and_end_their_lines() {
        let text = written(|out| {
            out.raw(b"[")?;
            out.record(&[1, 2])?;
            out.record(&[3])?;
            out.raw(b"]")
        });
        assert_eq!(text, "[1,2\n,3\n]");
    }
}
