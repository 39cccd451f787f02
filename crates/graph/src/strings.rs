//! The string table: one block of UTF-8 text and the offset at which each string ends.
//!
//! Memory: the text itself and 8 bytes a string.

use crate::ids::StringId;

/// An immutable table of strings.
#[derive(Debug, Default)]
pub struct Strings {
    text: String,
    ends: Vec<u64>,
}

impl Strings {
    /// The string with this id; empty if the id is not in the table.
    #[inline]
    pub fn get(&self, id: StringId) -> &str {
        let Some(&end) = self.ends.get(id.index()) else {
            return "";
        };
        let start = match id.0 {
            0 => 0,
            n => self.ends[n as usize - 1],
        };
        &self.text[start as usize..end as usize]
    }

    /// How many strings the table holds.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
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
        self.text.capacity() + self.ends.capacity() * size_of::<u64>()
    }
}

/// Fills a [`Strings`] table.
#[derive(Debug, Default)]
pub struct StringsBuilder {
    text: String,
    ends: Vec<u64>,
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
        let id = StringId::new(self.ends.len());
        self.ends.push(self.text.len() as u64);
        id
    }

    /// How many strings have been ended.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no string has been ended.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of text so far, the string that is being built included.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Publishes the table.
    pub fn finish(mut self) -> Strings {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        Strings {
            text: self.text,
            ends: self.ends,
        }
    }
}
