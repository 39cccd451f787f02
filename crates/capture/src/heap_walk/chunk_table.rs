//! A hash table with an entry for each chunk of address space that V8 has a page in.
//!
//! V8 places its pages at random in 128 TiB, so a table by address would have a leaf for nearly every
//! page. This one has open addressing with linear probing and is at most half full: two to four
//! entries a page, which stay in the processor's cache. A look-up is on the path of every read and
//! every reference.

use crate::v8_layout::fields::PAGE_BITS;

/// log2 of the bytes in a chunk: a page of V8's.
pub(crate) const CHUNK_BITS: u32 = PAGE_BITS;

/// What is kept of a chunk.
pub(crate) trait ChunkEntry: Copy {
    /// What is in no chunk.
    const FREE: Self;

    /// The chunk's address without the bits below [`CHUNK_BITS`]; of a free entry a number that no
    /// chunk has.
    fn number(&self) -> u64;
}

/// Entries by the numbers of their chunks.
pub(crate) struct ChunkTable<E> {
    entries: Vec<E>,
    /// By how much a hash is shifted to be an index of the entries.
    shift: u32,
}

impl<E: ChunkEntry> ChunkTable<E> {
    /// Room for a number of chunks.
    pub(crate) fn with_room_for(chunks: usize) -> Self {
        let length = (2 * chunks).next_power_of_two().max(2);
        ChunkTable {
            entries: vec![E::FREE; length],
            shift: u64::BITS - length.trailing_zeros(),
        }
    }

    /// Makes room for a number of chunks in all, if there is none.
    pub(crate) fn reserve(&mut self, chunks: usize) {
        if 2 * chunks <= self.entries.len() {
            return;
        }
        let mut larger = ChunkTable::with_room_for(2 * chunks);
        let is_free = |entry: &&E| entry.number() == E::FREE.number();
        for entry in self.entries.iter().filter(|entry| !is_free(entry)) {
            *larger.get_mut(entry.number()) = *entry;
        }
        *self = larger;
    }

    /// The entry of a chunk; the free one if it has none.
    #[inline(always)]
    pub(crate) fn get(&self, number: u64) -> E {
        self.entries[self.slot(number)]
    }

    /// The entry of a chunk, or the free one that it may have.
    pub(crate) fn get_mut(&mut self, number: u64) -> &mut E {
        let slot = self.slot(number);
        &mut self.entries[slot]
    }

    #[inline(always)]
    fn slot(&self, number: u64) -> usize {
        // Fibonacci hashing: neighbours, of which a large object has many, are spread.
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut slot = (hash >> self.shift) as usize;
        loop {
            let found = self.entries[slot].number();
            if found == number || found == E::FREE.number() {
                return slot;
            }
            slot = (slot + 1) & (self.entries.len() - 1);
        }
    }
}
