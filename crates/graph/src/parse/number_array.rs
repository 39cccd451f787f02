//! Reads a flat array of integers as records.
//!
//! Two readers of the same grammar. The state machine takes one byte at a time, can stop after
//! any, and makes all error messages. The fast reader takes a whole record when the rest of the
//! piece is long enough for every record; it finds the end of a number and its value eight bytes at
//! a time in one 64-bit word ("SIMD within a register"). When a record is not written the way V8
//! writes it, or a number is not allowed, the fast reader leaves the record untouched to the state
//! machine.

use super::fault::{Fault, Piece, Stop, Token, is_delimiter, is_space};
use super::header::MAX_FIELDS;
use super::records::{FieldRule, Record, RecordPlan, RecordSink};
use crate::builder::GraphBuilder;
use crate::error::{GraphError, Section};

/// Longest number that the fast reader takes: two words of eight digits, enough for 2^53.
const FAST_DIGITS: usize = 16;

/// What the fast reader may touch of a number: its two words and the byte behind it.
const FAST_NUMBER_BYTES: usize = FAST_DIGITS + 1;

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Behind the opening bracket: a number or the closing bracket.
    First,
    /// A number.
    Number,
    /// The rest of a number.
    Digits,
    /// A comma or, behind a whole record, the closing bracket.
    After,
}

/// A reader of one section of records.
#[derive(Debug)]
pub(super) struct NumberArray<S> {
    pub(super) sink: S,
    section: Section,
    plan: RecordPlan,
    phase: Phase,
    /// The field that comes next, or that is being read.
    field: usize,
    record: Record,
    record_start: u64,
    value: u64,
    token: Token,
    token_start: u64,
}

impl<S: RecordSink> NumberArray<S> {
    /// A reader that starts behind the opening bracket.
    pub(super) fn new(section: Section, (plan, sink): (RecordPlan, S)) -> Self {
        Self {
            sink,
            section,
            plan,
            phase: Phase::First,
            field: 0,
            record: [0; MAX_FIELDS],
            record_start: 0,
            value: 0,
            token: Token::default(),
            token_start: 0,
        }
    }

    /// Reads on at `at`. The position behind the closing bracket; `None` if the piece ends before.
    pub(super) fn read(
        &mut self,
        piece: Piece<'_>,
        mut at: usize,
        builder: &mut GraphBuilder,
    ) -> Result<Option<usize>, Stop> {
        loop {
            if self.field == 0 && matches!(self.phase, Phase::First | Phase::Number) {
                at = self.read_fast(piece, at, builder)?;
            }
            let Some(&byte) = piece.bytes.get(at) else {
                return Ok(None);
            };
            match self.phase {
                Phase::Digits => {
                    at = self.digits(piece, at, builder)?;
                    continue;
                }
                _ if is_space(byte) => {}
                Phase::First if byte == b']' => return Ok(Some(at + 1)),
                Phase::First | Phase::Number => self.start_number(piece, at, byte)?,
                Phase::After => match byte {
                    b',' => self.phase = Phase::Number,
                    b']' if self.field == 0 => return Ok(Some(at + 1)),
                    _ => return Err(self.unfinished(piece, at)),
                },
            }
            at += 1;
        }
    }

    fn start_number(&mut self, piece: Piece<'_>, at: usize, byte: u8) -> Result<(), Stop> {
        if !byte.is_ascii_digit() {
            return Err(Fault::unexpected(self.section, piece, at, self.expected()));
        }
        self.token = Token::default();
        self.token_start = piece.offset(at);
        if self.field == 0 {
            self.record_start = self.token_start;
        }
        self.token.push(byte);
        self.value = u64::from(byte - b'0');
        self.phase = Phase::Digits;
        Ok(())
    }

    /// Reads on inside of a number. The position behind it, or the end of the piece.
    fn digits(
        &mut self,
        piece: Piece<'_>,
        mut at: usize,
        builder: &mut GraphBuilder,
    ) -> Result<usize, Stop> {
        // JSON has no leading zeros.
        let zero = self.value == 0;
        while let Some(&byte) = piece.bytes.get(at) {
            if is_delimiter(byte) {
                self.end_number(piece, at, builder)?;
                break;
            }
            if !byte.is_ascii_digit() || zero {
                return Err(self.bad_number(piece, at));
            }
            let digit = u64::from(byte - b'0');
            self.value = self.value.saturating_mul(10).saturating_add(digit);
            self.token.push(byte);
            at += 1;
        }
        Ok(at)
    }

    fn end_number(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        builder: &mut GraphBuilder,
    ) -> Result<(), Stop> {
        if !self.rule().allows(self.value) {
            return Err(self.bad_number(piece, at));
        }
        self.record[self.field] = self.value;
        self.field += 1;
        self.phase = Phase::After;
        if self.field == self.plan.rules.len() {
            self.field = 0;
            let record = &self.record[..self.plan.rules.len()];
            self.sink.push(builder, record, self.record_start)?;
        }
        Ok(())
    }

    fn rule(&self) -> FieldRule {
        self.plan.rules[self.field]
    }

    fn field_name(&self) -> &str {
        self.plan.fields.names().nth(self.field).unwrap_or_default()
    }

    fn expected(&self) -> String {
        self.rule().expected(self.field_name())
    }

    fn bad_number(&self, piece: Piece<'_>, at: usize) -> Stop {
        let (known, rest) = (self.token.clone(), piece.rest(at));
        Fault::token(self.section, self.token_start, self.expected(), known, rest)
    }

    fn unfinished(&self, piece: Piece<'_>, at: usize) -> Stop {
        let expected = match self.field {
            0 => "',' or ']'".to_owned(),
            _ => format!("',' and {}", self.expected()),
        };
        Fault::unexpected(self.section, piece, at, expected)
    }

    fn read_fast(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        builder: &mut GraphBuilder,
    ) -> Result<usize, GraphError> {
        // One loop for each length that V8 writes or wrote or plans: 3 edge, 4 or 5 location, 5 to 7
        // node fields, and one to spare. Others are read by the state machine.
        match self.plan.rules.len() {
            3 => self.read_records::<3>(piece, at, builder),
            4 => self.read_records::<4>(piece, at, builder),
            5 => self.read_records::<5>(piece, at, builder),
            6 => self.read_records::<6>(piece, at, builder),
            7 => self.read_records::<7>(piece, at, builder),
            8 => self.read_records::<8>(piece, at, builder),
            _ => Ok(at),
        }
    }

    /// Reads whole records as long as they are simple and surely in the piece. The position behind
    /// them.
    #[inline(never)]
    fn read_records<const N: usize>(
        &mut self,
        piece: Piece<'_>,
        mut at: usize,
        builder: &mut GraphBuilder,
    ) -> Result<usize, GraphError> {
        let mut maxima = [0; N];
        for (max, rule) in maxima.iter_mut().zip(&self.plan.rules) {
            *max = rule.max;
        }
        // Behind the last number: a line break, a comma, a line break; and the last number is read
        // in words of eight.
        let longest = N * FAST_NUMBER_BYTES + 16;
        while let Some(window) = piece.bytes.get(at..at + longest) {
            let Some((record, len)) = whole_record::<N>(window, &maxima) else {
                break;
            };
            let Some((behind, ended)) = separator(window, len) else {
                break;
            };
            if !self.sink.push(builder, &record, piece.offset(at))? {
                break;
            }
            at += behind;
            if ended {
                self.phase = Phase::After;
                break;
            }
            self.phase = Phase::Number;
        }
        Ok(at)
    }
}

/// A record of numbers that keep their maxima, with single commas between them, and its length.
#[inline(always)]
fn whole_record<const N: usize>(window: &[u8], maxima: &[u64; N]) -> Option<([u64; N], usize)> {
    let mut record = [0; N];
    let mut at = 0;
    let mut fits = true;
    for (field, (value, &max)) in record.iter_mut().zip(maxima).enumerate() {
        let (number, len) = number(&window[at..])?;
        (*value, at) = (number, at + len);
        fits &= number <= max;
        if field + 1 < N {
            fits &= window[at] == b',';
            at += 1;
        }
    }
    fits.then_some((record, at))
}

/// What is behind a record: the position of the next record; or of the closing bracket, and `true`.
#[inline(always)]
fn separator(window: &[u8], mut at: usize) -> Option<(usize, bool)> {
    at += usize::from(window[at] == b'\n');
    match window[at] {
        b',' => {
            at += 1;
            Some((at + usize::from(window[at] == b'\n'), false))
        }
        b']' => Some((at, true)),
        _ => None,
    }
}

/// The number at the start of `bytes` and how many digits it has.
#[inline(always)]
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*bytes.first_chunk()?);
    let len = leading_digits(word);
    // JSON has no leading zeros.
    if len == 0 || (len > 1 && bytes[0] == b'0') {
        return None;
    }
    if len < 8 {
        return Some((eight_digits(word << (64 - 8 * len)), len));
    }
    let next = u64::from_le_bytes(*bytes[8..].first_chunk()?);
    match leading_digits(next) {
        0 => Some((eight_digits(word), 8)),
        // It may go on; the state machine tells.
        8 => None,
        more => {
            let low = eight_digits(next << (64 - 8 * more));
            Some((eight_digits(word) * POWERS_OF_TEN[more] + low, 8 + more))
        }
    }
}

const POWERS_OF_TEN: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// How many of a word's bytes, from the lowest, are decimal digits before the first that is not.
#[inline(always)]
fn leading_digits(word: u64) -> usize {
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    // Adding 6 moves ':' to '?' out of the 0x3_ row. A carry only reaches bytes above one that is
    // no digit already.
    let shifted = word.wrapping_add(0x0606_0606_0606_0606);
    let other = ((word & HIGH) ^ ZEROS) | ((shifted & HIGH) ^ ZEROS);
    other.trailing_zeros() as usize / 8
}

/// The value of eight digits, the most significant in the lowest byte; zero bytes count as '0'.
#[inline(always)]
fn eight_digits(word: u64) -> u64 {
    let digits = word & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xFFFF_FFFF
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(text.len() + 16, b',');
        bytes
    }

    #[test]
    fn the_fast_reader_reads_numbers_of_one_to_fifteen_digits() {
        let mut text = String::new();
        for digit in "123456789012345".chars() {
            text.push(digit);
            let expected = text.parse().map(|value: u64| (value, text.len())).ok();
            assert!(expected.is_some());
            assert_eq!(number(&padded(&text)), expected, "{text}");
            let nines = "9".repeat(text.len());
            let expected = nines.parse().map(|value: u64| (value, nines.len())).ok();
            assert_eq!(number(&padded(&nines)), expected, "{nines}");
        }
        assert_eq!(number(&padded("0")), Some((0, 1)));
    }

    #[test]
    fn the_fast_reader_leaves_everything_else_to_the_state_machine() {
        for text in ["", "-1", "00", "01", "x", "1234567890123456"] {
            assert_eq!(number(&padded(text)), None, "{text}");
        }
    }

    #[test]
    fn a_run_of_digits_ends_at_any_other_byte() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut word = *b"13579024";
                word[at] = byte;
                let expected = if byte.is_ascii_digit() { 8 } else { at };
                assert_eq!(
                    leading_digits(u64::from_le_bytes(word)),
                    expected,
                    "{word:?}"
                );
            }
        }
    }
}
