//! Reads a flat array of integers as records.
//!
//! Two readers of the same grammar. The state machine takes one byte at a time, can stop after
//! any, and makes all error messages. The fast reader ([`NumberBlock`]) takes whole records out of
//! blocks of text. When a record is not written the way V8 writes it, a number is not allowed, or
//! the piece may end in the record, the fast reader leaves it untouched to the state machine.

use super::fault::{Fault, Piece, Stop, Token, is_delimiter, is_space};
use super::header::MAX_FIELDS;
use super::number_block::{BLOCK_BYTES, NumberBlock, PADDING_BYTES};
use super::records::{FieldRule, Record, RecordPlan, RecordSink};
use crate::builder::GraphBuilder;
use crate::error::{GraphError, Section};

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
    /// No fast reading before this offset: there it found nothing that it could read.
    slow_until: u64,
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
            slow_until: 0,
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
            if self.field == 0
                && matches!(self.phase, Phase::First | Phase::Number)
                && piece.offset(at) >= self.slow_until
            {
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
        let mut block = NumberBlock::new();
        loop {
            let text = piece.rest(at);
            let len = text.len().saturating_sub(PADDING_BYTES).min(BLOCK_BYTES);
            block.scan(&text[..len]);
            let (mut start, mut passed) = (0, 0);
            while let Some(record) = block.record::<N>(text, start, passed, &maxima) {
                let offset = piece.offset(at + start);
                if !self.sink.push(builder, &record.values, offset)? {
                    return Ok(at + start);
                }
                (start, passed) = (record.behind, record.passed);
                if record.ended {
                    self.phase = Phase::After;
                    return Ok(at + start);
                }
                self.phase = Phase::Number;
            }
            // What is there has to be read byte by byte; not one block for each record of it.
            if start == 0 {
                self.slow_until = piece.offset(at + len);
                return Ok(at);
            }
            at += start;
        }
    }
}
