//! Reads whole records out of a block of text, in two passes.
//!
//! The first pass lists the positions of all bytes that are no digits, eight bytes at a time in one
//! 64-bit word ("SIMD within a register"; two passes as in Langdale and Lemire, "Parsing Gigabytes
//! of JSON per Second", 2019). The second knows from the list where every number starts and ends,
//! so that the processor computes several at once; reading number by number, each would wait for
//! the length of the one before.

/// Bytes of a block: the list of positions stays in the first-level cache.
pub(super) const BLOCK_BYTES: usize = 2048;

/// Bytes behind a block that may be read, but not used: numbers are read in words.
pub(super) const PADDING_BYTES: usize = 16;

/// Positions written at once, needed or not.
const POSITIONS_AT_ONCE: usize = 8;

/// Longest number that is read here; a size beyond a petabyte is left to the state machine.
const MAX_DIGITS: usize = 15;

/// A block of text with the positions of its bytes that are no digits.
pub(super) struct NumberBlock {
    positions: [u16; BLOCK_BYTES + 64],
    len: usize,
}

/// A record and what is behind it.
pub(super) struct BlockRecord<const N: usize> {
    pub(super) values: [u64; N],
    /// Where the next record starts, or where the closing bracket is.
    pub(super) behind: usize,
    pub(super) ended: bool,
    /// Bytes that are no digits, up to `behind`.
    pub(super) passed: usize,
}

impl NumberBlock {
    pub(super) fn new() -> Self {
        Self {
            positions: [0; BLOCK_BYTES + 64],
            len: 0,
        }
    }

    /// Lists the positions of all bytes but digits, up to the last whole 64 bytes of `text` or to
    /// the end of the block.
    #[inline]
    pub(super) fn scan(&mut self, text: &[u8]) {
        self.len = 0;
        let (chunks, _) = text.as_chunks::<64>();
        for (i, chunk) in chunks.iter().take(BLOCK_BYTES / 64).enumerate() {
            self.append((64 * i) as u16, other_than_digits(chunk));
        }
    }

    /// Appends the positions of the bits of a mask.
    #[inline(always)]
    fn append(&mut self, base: u16, mut mask: u64) {
        let end = self.len + mask.count_ones() as usize;
        let mut at = self.len;
        // Whole groups, so that the number of turns is nearly always the same.
        while at < end {
            let Some(group) = self.positions.get_mut(at..at + POSITIONS_AT_ONCE) else {
                break;
            };
            for position in group {
                *position = base + mask.trailing_zeros() as u16;
                mask &= mask.wrapping_sub(1);
            }
            at += POSITIONS_AT_ONCE;
        }
        self.len = end;
    }

    /// The record at `start` of the text that was scanned, before which there are `passed` bytes
    /// other than digits: numbers that keep their maxima, single commas between them, behind them
    /// at most a line break before and behind a comma or before the closing bracket. `None` if it
    /// is written in another way, or not surely in the block.
    #[inline(always)]
    pub(super) fn record<const N: usize>(
        &self,
        text: &[u8],
        start: usize,
        passed: usize,
        maxima: &[u64; N],
    ) -> Option<BlockRecord<N>> {
        // The separator is up to three bytes.
        if passed + N + 2 > self.len {
            return None;
        }
        let ends = self.positions.get(passed..passed + N)?;
        let mut values = [0; N];
        let (mut from, mut fits) = (start, true);
        for (field, (value, (&end, &max))) in
            values.iter_mut().zip(ends.iter().zip(maxima)).enumerate()
        {
            let end = usize::from(end);
            *value = number(text, from, end)?;
            fits &= *value <= max && (field + 1 == N || text[end] == b',');
            from = end + 1;
        }
        if !fits {
            return None;
        }
        let (behind, ended) = separator(text, from - 1)?;
        Some(BlockRecord {
            values,
            behind,
            ended,
            passed: passed + N + behind - from,
        })
    }
}

/// What is behind a record: the position of the next record; or of the closing bracket, and `true`.
#[inline(always)]
fn separator(text: &[u8], mut at: usize) -> Option<(usize, bool)> {
    at += usize::from(text[at] == b'\n');
    match text[at] {
        b',' => {
            at += 1;
            Some((at + usize::from(text[at] == b'\n'), false))
        }
        b']' => Some((at, true)),
        _ => None,
    }
}

/// The number of the digits from `start` to `end`; `None` if there are none or too many of them.
#[inline(always)]
fn number(text: &[u8], start: usize, end: usize) -> Option<u64> {
    let word = u64::from_le_bytes(*text.get(start..)?.first_chunk()?);
    let len = end.wrapping_sub(start);
    if len.wrapping_sub(1) >= 8 {
        return long_number(text, start, len);
    }
    // JSON has no leading zeros.
    if len > 1 && word as u8 == b'0' {
        return None;
    }
    Some(eight_digits(word << (64 - 8 * len)))
}

/// A number of 9 to 15 digits.
#[cold]
fn long_number(text: &[u8], start: usize, len: usize) -> Option<u64> {
    if !(9..=MAX_DIGITS).contains(&len) || text[start] == b'0' {
        return None;
    }
    let more = len - 8;
    let high = u64::from_le_bytes(*text.get(start..)?.first_chunk()?);
    let low = u64::from_le_bytes(*text.get(start + 8..)?.first_chunk()?);
    let low = eight_digits(low << (64 - 8 * more));
    Some(eight_digits(high) * 10u64.pow(more as u32) + low)
}

/// A bit for each byte that is not a decimal digit.
#[inline(always)]
fn other_than_digits(bytes: &[u8; 64]) -> u64 {
    let (words, _) = bytes.as_chunks::<8>();
    let mut mask = 0;
    for (i, word) in words.iter().enumerate() {
        // Digits become 0 to 9; adding 0x76 takes everything from 10 on into the highest bit, and
        // nothing out of the byte.
        let values = u64::from_le_bytes(*word) ^ 0x3030_3030_3030_3030;
        let beyond = (values & 0x7F7F_7F7F_7F7F_7F7F) + 0x7676_7676_7676_7676;
        let highest = (beyond | values) & 0x8080_8080_8080_8080;
        // The product gathers the eight bits in the upper byte.
        mask |= ((highest >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    mask
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
        bytes.resize(text.len().next_multiple_of(64) + PADDING_BYTES, b',');
        bytes
    }

    fn first_number(text: &str) -> Option<u64> {
        let bytes = padded(text);
        let mut block = NumberBlock::new();
        block.scan(&bytes);
        number(&bytes, 0, usize::from(block.positions[0]))
    }

    #[test]
    fn numbers_of_one_to_fifteen_digits_are_read() {
        for len in 1..=MAX_DIGITS {
            for text in ["123456789012345", "999999999999999", "100000000000000"] {
                let text = &text[..len];
                assert_eq!(first_number(text), text.parse().ok(), "{text}");
            }
        }
        assert_eq!(first_number("0"), Some(0));
    }

    #[test]
    fn everything_else_is_left_to_the_state_machine() {
        let texts = ["", "-1", "00", "01", "x", "1234567890123456", "0123456789"];
        for text in texts {
            assert_eq!(first_number(text), None, "{text}");
        }
    }

    #[test]
    fn all_bytes_but_digits_are_found_wherever_they_are() {
        for byte in 0..=u8::MAX {
            for at in 0..64 {
                for around in [b'0', b'9', 0xFF] {
                    let mut bytes = [around; 64];
                    bytes[at] = byte;
                    let expected = (0..64).fold(0, |mask, i| {
                        mask | u64::from(!bytes[i].is_ascii_digit()) << i
                    });
                    assert_eq!(other_than_digits(&bytes), expected, "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn positions_are_listed_however_dense_they_are() {
        for (digits, others) in [(0, 1), (1, 1), (3, 1), (8, 1), (1, 8), (100, 3)] {
            let text: Vec<u8> = (0..2 * BLOCK_BYTES)
                .map(|i| {
                    if i % (digits + others) < digits {
                        b'7'
                    } else {
                        b','
                    }
                })
                .collect();
            let mut block = NumberBlock::new();
            block.scan(&text);
            let found: Vec<usize> = (block.positions[..block.len].iter())
                .map(|&position| usize::from(position))
                .collect();
            let expected: Vec<usize> = (0..BLOCK_BYTES).filter(|&i| text[i] == b',').collect();
            assert_eq!(found, expected, "{digits} digits, {others} others");
        }
    }
}
