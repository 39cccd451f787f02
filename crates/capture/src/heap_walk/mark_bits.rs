//! Which words of the heap begin an object that the walk has found: a bit for each eight bytes.
//!
//! Bits lie in chunks of 256 KiB of address space, made when the first object in them is found, so
//! memory follows the heap: 4 KiB of bits for each chunk, 1.6 % of the heap. In the end the marked
//! objects in order of address are the nodes of the graph: an object's number is the count of
//! marked objects before it, from a running count for each chunk and word ([`RankedObjects`]).

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::tagged::Address;

/// log2 of the bytes of address space in a chunk.
const CHUNK_BITS: u32 = 18;
/// Words of 64 bits in a chunk: a bit for each eight bytes.
const CHUNK_WORDS: usize = 1 << (CHUNK_BITS - 3 - 6);

/// How many chunks the lookaside of the last chunks holds. A walk goes back and forth between a
/// few pages; 256 of them cover 64 MiB.
const LOOKASIDE: usize = 256;

type Chunk = [u64; CHUNK_WORDS];

/// The set of objects found so far.
pub(crate) struct MarkBits {
    /// Chunk number to its index in `chunks`.
    index: FxHashMap<u64, u32>,
    chunks: Vec<(u64, Box<Chunk>)>,
    /// Chunk number and index, by the low bits of the number.
    recent: Box<[(u64, u32); LOOKASIDE]>,
    count: u64,
}

impl MarkBits {
    pub(crate) fn new() -> Self {
        MarkBits {
            index: FxHashMap::default(),
            chunks: Vec::new(),
            recent: Box::new([(u64::MAX, 0); LOOKASIDE]),
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
        let slot = &mut self.recent[number as usize & (LOOKASIDE - 1)];
        if slot.0 != number {
            let index = match self.index.entry(number) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(_) if !may_add() => return None,
                Entry::Vacant(new) => {
                    let next = self.chunks.len() as u32;
                    self.chunks.push((number, Box::new([0; CHUNK_WORDS])));
                    *new.insert(next)
                }
            };
            *slot = (number, index);
        }
        Some(slot.1 as usize)
    }

    /// Whether an object in the same chunk was marked.
    pub(crate) fn has_chunk(&self, object: Address) -> bool {
        self.index.contains_key(&(object.0 >> CHUNK_BITS))
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
        self.index
            .get(&(object.0 >> CHUNK_BITS))
            .is_some_and(|&chunk| self.chunks[chunk as usize].1[word] & bit != 0)
    }

    /// How many objects are marked.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Numbers the objects in the order of their addresses.
    pub(crate) fn rank(mut self) -> RankedObjects {
        self.chunks.sort_unstable_by_key(|chunk| chunk.0);
        let mut before = Vec::with_capacity(self.chunks.len());
        let mut count = 0u32;
        for (i, (number, bits)) in self.chunks.iter().enumerate() {
            self.index.insert(*number, i as u32);
            let mut words = [0u32; CHUNK_WORDS];
            for (sum, word) in words.iter_mut().zip(bits.iter()) {
                *sum = count;
                count += word.count_ones();
            }
            before.push(words);
        }
        RankedObjects {
            index: self.index,
            chunks: self.chunks,
            before,
            recent: std::cell::RefCell::new(Box::new([(u64::MAX, u32::MAX); LOOKASIDE])),
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

/// The objects of a finished walk in the order of their addresses.
pub(crate) struct RankedObjects {
    index: FxHashMap<u64, u32>,
    chunks: Vec<(u64, Box<Chunk>)>,
    /// Marked objects before each word.
    before: Vec<[u32; CHUNK_WORDS]>,
    recent: std::cell::RefCell<Box<[(u64, u32); LOOKASIDE]>>,
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
        let number = object.0 >> CHUNK_BITS;
        let chunk = {
            let slot = &mut self.recent.borrow_mut()[number as usize & (LOOKASIDE - 1)];
            if slot.0 != number {
                *slot = (number, self.index.get(&number).copied().unwrap_or(u32::MAX));
            }
            slot.1
        };
        let bits = &self.chunks.get(chunk as usize)?.1;
        let (word, bit) = position(object);
        if bits[word] & bit == 0 {
            return None;
        }
        let before_in_word = (bits[word] & (bit - 1)).count_ones();
        Some(self.before[chunk as usize][word] + before_in_word)
    }

    /// All objects by address.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Address> + '_ {
        self.chunks.iter().flat_map(|(number, bits)| {
            bits.iter().enumerate().flat_map(move |(i, &word)| {
                let first = (number << CHUNK_BITS) + (i as u64) * 512;
                SetBits(word).map(move |bit| Address(first + 8 * u64::from(bit)))
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
