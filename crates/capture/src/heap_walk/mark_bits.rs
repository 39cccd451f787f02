//! Which words of the heap begin an object that the walk has found: a bit for each eight bytes.
//!
//! Bits lie in chunks of 256 KiB of address space, made when the first object in them is found, so
//! memory follows the heap: 4 KiB of bits for each chunk, 1.6 % of the heap. In the end the marked
//! objects in order of address are the nodes of the graph: an object's number is the count of
//! marked objects before it, from a running count beside each word of bits ([`RankedObjects`]).

use super::chunk_table::{CHUNK_BITS, ChunkEntry, ChunkTable};
use super::tagged::Address;

/// Words of 64 bits in a chunk: a bit for each eight bytes.
const CHUNK_WORDS: usize = 1 << (CHUNK_BITS - 3 - 6);

type Chunk = [u64; CHUNK_WORDS];

/// Where the bits of a chunk are.
#[derive(Clone, Copy)]
struct ChunkIndex {
    /// 29 bits of user space.
    number: u32,
    index: u32,
}

impl ChunkEntry for ChunkIndex {
    const FREE: ChunkIndex = ChunkIndex {
        number: u32::MAX,
        index: u32::MAX,
    };

    #[inline(always)]
    fn number(&self) -> u64 {
        self.number.into()
    }
}

impl ChunkTable<ChunkIndex> {
    #[inline(always)]
    fn index(&self, number: u64) -> Option<usize> {
        let found = self.get(number);
        // A word that is no address may have the number of what is free.
        let is_found = u64::from(found.number) == number && found.index != ChunkIndex::FREE.index;
        is_found.then_some(found.index as usize)
    }

    /// Adds the chunk with the next index.
    fn add(&mut self, number: u64, index: usize) {
        self.reserve(index + 1);
        *self.get_mut(number) = ChunkIndex {
            number: number as u32,
            index: index as u32,
        };
    }
}

/// The set of objects found so far.
pub(crate) struct MarkBits {
    table: ChunkTable<ChunkIndex>,
    /// Number and bits of each chunk, in the order found.
    chunks: Vec<(u64, Box<Chunk>)>,
    count: u64,
}

impl MarkBits {
    pub(crate) fn new() -> Self {
        MarkBits {
            table: ChunkTable::with_room_for(1024),
            chunks: Vec::new(),
            count: 0,
        }
    }

    /// Marks an object; false if it was marked before.
    pub(crate) fn mark(&mut self, object: Address) -> bool {
        self.mark_if(object, || true) == Some(true)
    }

    /// Marks an object; `None` if it would be the first in its chunk and `may_add_chunk` says no, so
    /// that words which are no pointers don't take memory.
    #[inline(always)]
    pub(crate) fn mark_if(
        &mut self,
        object: Address,
        may_add_chunk: impl FnOnce() -> bool,
    ) -> Option<bool> {
        let chunk = self.chunk_of(object.0 >> CHUNK_BITS, may_add_chunk)?;
        let (word, bit) = position(object);
        let word = &mut self.chunks[chunk].1[word];
        let is_new = *word & bit == 0;
        *word |= bit;
        self.count += u64::from(is_new);
        Some(is_new)
    }

    #[inline(always)]
    fn chunk_of(&mut self, number: u64, may_add: impl FnOnce() -> bool) -> Option<usize> {
        match self.table.index(number) {
            Some(chunk) => Some(chunk),
            None if may_add() => Some(self.add_chunk(number)),
            None => None,
        }
    }

    #[cold]
    fn add_chunk(&mut self, number: u64) -> usize {
        let index = self.chunks.len();
        self.chunks.push((number, Box::new([0; CHUNK_WORDS])));
        self.table.add(number, index);
        index
    }

    /// Whether an object in the same chunk was marked.
    pub(crate) fn has_chunk(&self, object: Address) -> bool {
        self.table.index(object.0 >> CHUNK_BITS).is_some()
    }

    /// Takes a mark back.
    pub(crate) fn unmark(&mut self, object: Address) {
        let Some(chunk) = self.chunk_of(object.0 >> CHUNK_BITS, || false) else {
            return;
        };
        let (word, bit) = position(object);
        let word = &mut self.chunks[chunk].1[word];
        self.count -= u64::from(*word & bit != 0);
        *word &= !bit;
    }

    /// The first marked object at or behind a position, which moves on behind it. What is marked
    /// meanwhile comes, too, if it is in a chunk that was not passed.
    pub(crate) fn next(&self, at: &mut MarkPosition) -> Option<Address> {
        while let Some((number, bits)) = self.chunks.get(at.chunk) {
            while let Some(word) = bits.get(at.granule / 64) {
                let rest = word >> (at.granule % 64);
                if rest != 0 {
                    let granule = at.granule + rest.trailing_zeros() as usize;
                    at.granule = granule + 1;
                    return Some(Address((number << CHUNK_BITS) + 8 * granule as u64));
                }
                at.granule = (at.granule / 64 + 1) * 64;
            }
            at.chunk += 1;
            at.granule = 0;
        }
        None
    }

    /// Whether an object is marked.
    pub(crate) fn contains(&self, object: Address) -> bool {
        let (word, bit) = position(object);
        self.table
            .index(object.0 >> CHUNK_BITS)
            .is_some_and(|chunk| self.chunks[chunk].1[word] & bit != 0)
    }

    /// How many objects are marked.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Numbers the objects in the order of their addresses.
    pub(crate) fn rank(mut self) -> RankedObjects {
        self.chunks.sort_unstable_by_key(|chunk| chunk.0);
        let mut table = ChunkTable::with_room_for(self.chunks.len());
        let mut numbers = Vec::with_capacity(self.chunks.len());
        let mut words = Vec::with_capacity(self.chunks.len() * CHUNK_WORDS);
        let mut count = 0;
        for (index, (number, bits)) in self.chunks.into_iter().enumerate() {
            table.add(number, index);
            numbers.push(number);
            for &bits in bits.iter() {
                words.push(RankedWord {
                    bits,
                    before: count,
                });
                count += bits.count_ones();
            }
        }
        RankedObjects {
            table,
            numbers,
            words,
            count,
        }
    }
}

/// Where a pass over the marks is.
#[derive(Default)]
pub(crate) struct MarkPosition {
    chunk: usize,
    granule: usize,
}

#[inline(always)]
fn position(object: Address) -> (usize, u64) {
    let granule = object.0 >> 3;
    (
        (granule >> 6) as usize & (CHUNK_WORDS - 1),
        1 << (granule & 63),
    )
}

/// A word of bits and how many objects are marked before it: in one line of the cache, since a
/// look-up needs both.
#[derive(Clone, Copy)]
struct RankedWord {
    bits: u64,
    before: u32,
}

/// The objects of a finished walk in the order of their addresses.
pub(crate) struct RankedObjects {
    table: ChunkTable<ChunkIndex>,
    /// Number of each chunk, by address.
    numbers: Vec<u64>,
    /// The words of all chunks.
    words: Vec<RankedWord>,
    count: u32,
}

impl RankedObjects {
    /// How many objects there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The number of an object; `None` if the walk didn't find it.
    #[inline]
    pub(crate) fn rank(&self, object: Address) -> Option<u32> {
        let chunk = self.table.index(object.0 >> CHUNK_BITS)?;
        let (word, bit) = position(object);
        let RankedWord { bits, before } = self.words[chunk * CHUNK_WORDS + word];
        (bits & bit != 0).then(|| before + (bits & (bit - 1)).count_ones())
    }

    /// All objects by address.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Address> + '_ {
        let chunks = self.words.chunks_exact(CHUNK_WORDS);
        self.numbers.iter().zip(chunks).flat_map(|(number, words)| {
            words.iter().enumerate().flat_map(move |(i, word)| {
                let first = (number << CHUNK_BITS) + (i as u64) * 512;
                SetBits(word.bits).map(move |bit| Address(first + 8 * u64::from(bit)))
            })
        })
    }
}

/// The numbers of the bits that are set.
struct SetBits(u64);

impl Iterator for SetBits {
    type Item = u32;

    #[inline(always)]
    fn next(&mut self) -> Option<u32> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A linear congruential generator: the addresses only have to be spread.
    fn addresses(seed: u64, count: usize) -> Vec<Address> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        (0..count)
            .map(|_| Address((next() % 40) << 30 | (next() % (1 << 19)) << 3))
            .collect()
    }

    #[test]
    fn ranks_are_the_order_of_addresses() {
        for seed in 0..20 {
            let objects = addresses(seed, 5_000);
            let mut bits = MarkBits::new();
            let mut expected = BTreeSet::new();
            for &object in &objects {
                assert_eq!(bits.mark(object), expected.insert(object), "seed {seed}");
                assert!(bits.contains(object));
            }
            assert_eq!(bits.count(), expected.len() as u64);
            let mut at = MarkPosition::default();
            let passed: BTreeSet<_> = std::iter::from_fn(|| bits.next(&mut at)).collect();
            assert_eq!(passed, expected, "seed {seed}");
            assert!(!bits.contains(Address(8)));
            let free = Address(u64::from(u32::MAX) << CHUNK_BITS);
            assert!(!bits.contains(free) && !bits.contains(Address(u64::MAX - 7)));
            assert_eq!(bits.mark_if(Address(1 << 45), || false), None);
            assert!(!bits.has_chunk(Address(1 << 45)));
            bits.mark(Address(16));
            bits.unmark(Address(16));
            bits.unmark(Address(24));
            let ranked = bits.rank();
            assert_eq!(ranked.count() as usize, expected.len());
            assert!(ranked.iter().eq(expected.iter().copied()), "seed {seed}");
            for (i, &object) in expected.iter().enumerate() {
                assert_eq!(ranked.rank(object), Some(i as u32), "seed {seed}");
            }
            assert_eq!(ranked.rank(Address(1 << 46)), None);
            assert_eq!(ranked.rank(Address(8)), None);
        }
    }
}
