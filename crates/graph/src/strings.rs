//! The string table: one block of UTF-8 text and the offset at which each string ends.
//!
//! Memory: the text itself and 4 bytes a string.

use crate::ids::StringId;

/// A column of growing offsets in 4 bytes each: their lower halves, and where the upper half grows.
#[derive(Debug, Default)]
struct Offsets {
    low: Vec<u32>,
    /// Positions from which on the upper half is one more; nearly always empty.
    wraps: Vec<u32>,
}

impl Offsets {
    #[inline(always)]
    fn get(&self, at: usize) -> Option<u64> {
        let low = u64::from(*self.low.get(at)?);
        if self.wraps.is_empty() {
            return Some(low);
        }
        let high = self.wraps.partition_point(|&wrap| wrap as usize <= at);
        Some((high as u64) << 32 | low)
    }

    /// Appends an offset that is not below the last.
    #[inline(always)]
    fn push(&mut self, offset: u64) {
        while (offset >> 32) > self.wraps.len() as u64 {
            self.wraps.push(self.low.len() as u32);
        }
        self.low.push(offset as u32);
    }
}

/// An immutable table of strings.
#[derive(Debug, Default)]
pub struct Strings {
    text: String,
    ends: Offsets,
}

impl Strings {
    /// The string with this id; empty if the id is not in the table.
    #[inline]
    pub fn get(&self, id: StringId) -> &str {
        let Some(end) = self.ends.get(id.index()) else {
            return "";
        };
        let before = id.index().checked_sub(1);
        let start = before.and_then(|at| self.ends.get(at)).unwrap_or(0);
        &self.text[start as usize..end as usize]
    }

    /// How many strings the table holds.
    pub fn len(&self) -> usize {
        self.ends.low.len()
    }

    /// Whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.low.is_empty()
    }

    /// All strings with their ids, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (StringId, &str)> {
        (0..self.len()).map(|i| (StringId::new(i), self.get(StringId::new(i))))
    }

    /// The id of the first string equal to `wanted`. Linear in the table's text.
    pub fn find(&self, wanted: &str) -> Option<StringId> {
        self.iter()
            .find(|(_, text)| *text == wanted)
            .map(|(id, _)| id)
    }

    /// Bytes of memory held.
    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.low.capacity() * size_of::<u32>()
    }
}

/// Fills a [`Strings`] table.
#[derive(Debug, Default)]
pub struct StringsBuilder {
    text: String,
    ends: Offsets,
}

impl StringsBuilder {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one whole string and gives its id.
    pub fn push(&mut self, text: &str) -> StringId {
        self.text.push_str(text);
        self.end_string()
    }

    /// Appends a part of the string that is being built.
    #[inline]
    pub fn push_part(&mut self, part: &str) {
        self.text.push_str(part);
    }

    /// Appends one character to the string that is being built.
    #[inline]
    pub fn push_char(&mut self, c: char) {
        self.text.push(c);
    }

    /// Ends the string that is being built and gives its id.
    #[inline]
    pub fn end_string(&mut self) -> StringId {
        let id = StringId::new(self.ends.low.len());
        self.ends.push(self.text.len() as u64);
        id
    }

    /// How many strings have been ended.
    pub fn len(&self) -> usize {
        self.ends.low.len()
    }

    /// Whether no string has been ended.
    pub fn is_empty(&self) -> bool {
        self.ends.low.is_empty()
    }

    /// Bytes of text so far, the string that is being built included.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Publishes the table.
    pub fn finish(mut self) -> Strings {
        self.text.shrink_to_fit();
        self.ends.low.shrink_to_fit();
        Strings {
            text: self.text,
            ends: self.ends,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Offsets;

    #[test]
    fn offsets_beyond_4_gib_are_kept() {
        const GIB: u64 = 1 << 30;
        let expected = [
            0,
            5,
            4 * GIB - 1,
            4 * GIB,
            4 * GIB,
            6 * GIB,
            17 * GIB,
            17 * GIB + 3,
        ];
        let mut offsets = Offsets::default();
        expected.into_iter().for_each(|offset| offsets.push(offset));
        for (i, offset) in expected.into_iter().enumerate() {
            assert_eq!(offsets.get(i), Some(offset), "{i}");
        }
        assert_eq!(offsets.get(expected.len()), None);
    }
}
