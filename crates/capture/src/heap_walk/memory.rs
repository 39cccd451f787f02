//! Checked reads of the process's own memory.
//!
//! A pointer in the heap may be stale (a word found on the stack) or belong to something this
//! version doesn't understand, so every read is checked against the ranges that may be read. A table
//! has the first and last readable byte of each chunk of 256 KiB, in 32 to 64 bytes. What can't be
//! read counts as a miss and reads as zero, which is a small integer and points nowhere.

use std::cell::Cell;
use std::marker::PhantomData;

use super::chunk_table::{CHUNK_BITS, ChunkEntry, ChunkTable};
use super::tagged::{Address, Tagged};

/// Memory from `start` up to `end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ReadableRange {
    /// First address.
    pub(crate) start: u64,
    /// First address behind it.
    pub(crate) end: u64,
    /// Whether the range can't be written: V8's read-only space, or a file's data.
    pub(crate) read_only: bool,
}

/// User space of x86-64 and aarch64 with four levels of page tables.
const ADDRESS_BITS: u32 = 47;
const CHUNK_MASK: u64 = (1 << CHUNK_BITS) - 1;

/// Longer ranges are left out: no heap of V8's is so large, so they are addresses reserved for
/// something else, and would only fill the table.
const LONGEST_RANGE: u64 = 1 << 38;

/// The readable part of a chunk as offsets; empty if none. Of a chunk with holes it is the longest
/// part, and the others are in a list: V8's pages have none, but stacks of threads share theirs.
#[derive(Clone, Copy)]
struct Chunk {
    /// Its address without the bits below [`CHUNK_BITS`]: 29 bits of user space.
    number: u32,
    start: u32,
    end: u32,
    read_only: bool,
}

impl ChunkEntry for Chunk {
    /// In no range, either.
    const FREE: Chunk = Chunk {
        number: u32::MAX,
        start: 0,
        end: 0,
        read_only: false,
    };

    #[inline(always)]
    fn number(&self) -> u64 {
        self.number.into()
    }
}

impl Chunk {
    /// The part by its addresses, if there is one.
    fn range(self) -> Option<ReadableRange> {
        let first = u64::from(self.number) << CHUNK_BITS;
        (self.end > self.start).then_some(ReadableRange {
            start: first + u64::from(self.start),
            end: first + u64::from(self.end),
            read_only: self.read_only,
        })
    }

    #[inline(always)]
    fn contains(self, address: u64) -> bool {
        let offset = (address & CHUNK_MASK) as u32;
        self.start <= offset && offset < self.end
    }
}

/// Reads memory within given ranges.
pub(crate) struct Memory {
    table: ChunkTable<Chunk>,
    /// Parts of chunks that are not in the table, by address.
    other_parts: Vec<ReadableRange>,
    misses: Cell<u64>,
}

impl Memory {
    /// # Safety
    /// As long as this value lives, every byte of every range stays mapped and readable. Its
    /// contents may change.
    pub(crate) unsafe fn new(ranges: &[ReadableRange]) -> Self {
        let ranges = || {
            ranges.iter().map(|&range| ReadableRange {
                end: range.end.min(1 << ADDRESS_BITS),
                ..range
            })
        };
        let is_indexed = |range: &ReadableRange| {
            range.start < range.end && range.end - range.start <= LONGEST_RANGE
        };
        let chunks: u64 = ranges()
            .filter(is_indexed)
            .map(|range| ((range.end - 1) >> CHUNK_BITS) - (range.start >> CHUNK_BITS) + 1)
            .sum();
        let mut memory = Memory {
            table: ChunkTable::with_room_for(chunks as usize),
            other_parts: Vec::new(),
            misses: Cell::new(0),
        };
        for range in ranges().filter(is_indexed) {
            memory.add(range);
        }
        memory.other_parts.sort_unstable_by_key(|part| part.start);
        memory
    }

    fn add(&mut self, range: ReadableRange) {
        let mut at = range.start;
        while at < range.end {
            let next = ((at | CHUNK_MASK) + 1).min(range.end);
            let number = at >> CHUNK_BITS;
            let part = Chunk {
                number: number as u32,
                start: (at & CHUNK_MASK) as u32,
                end: ((next - 1) & CHUNK_MASK) as u32 + 1,
                read_only: range.read_only,
            };
            let chunk = self.table.get_mut(number);
            let (old, new) = (chunk.end - chunk.start, part.end - part.start);
            if old > 0 && chunk.end == part.start {
                // Neighbours become one; writable parts decide for the whole.
                chunk.end = part.end;
                chunk.read_only &= part.read_only;
            } else {
                let (kept, other) = if new > old {
                    (part, *chunk)
                } else {
                    (*chunk, part)
                };
                *chunk = kept;
                self.other_parts.extend(other.range());
            }
            at = next;
        }
    }

    #[inline(always)]
    fn chunk(&self, address: u64) -> Chunk {
        if address >> ADDRESS_BITS != 0 {
            return Chunk::FREE;
        }
        self.table.get(address >> CHUNK_BITS)
    }

    /// The readable part of a chunk in which an address is; none if it can't be read.
    #[inline(always)]
    fn part(&self, address: u64) -> Chunk {
        let chunk = self.chunk(address);
        match chunk.contains(address) {
            true => chunk,
            false => self.other_part(address),
        }
    }

    #[cold]
    fn other_part(&self, address: u64) -> Chunk {
        let behind = self
            .other_parts
            .partition_point(|part| part.start <= address);
        match behind.checked_sub(1).map(|at| self.other_parts[at]) {
            Some(part) if address < part.end => Chunk {
                number: (address >> CHUNK_BITS) as u32,
                start: (part.start & CHUNK_MASK) as u32,
                end: ((part.end - 1) & CHUNK_MASK) as u32 + 1,
                read_only: part.read_only,
            },
            _ => Chunk::FREE,
        }
    }

    /// Whether `bytes` can be read from `address` on. A range may span chunks.
    pub(crate) fn is_readable(&self, address: u64, bytes: u64) -> bool {
        let mut at = address;
        let Some(end) = address.checked_add(bytes) else {
            return false;
        };
        while at < end {
            let part = self.part(at);
            if !part.contains(at) {
                return false;
            }
            at = (at & !CHUNK_MASK) + u64::from(part.end);
        }
        true
    }

    /// Whether the address is in memory that can't be written.
    #[inline]
    pub(crate) fn is_read_only(&self, address: Address) -> bool {
        self.part(address.0).read_only
    }

    #[inline(always)]
    fn read<T: Integer>(&self, address: u64) -> T {
        let part = self.part(address);
        let offset = (address & CHUNK_MASK) as u32;
        let size = size_of::<T>() as u32;
        if offset < part.start || offset + size > part.end || offset & (size - 1) != 0 {
            self.misses.set(self.misses.get() + 1);
            return T::default();
        }
        // SAFETY: the bytes lie in a range that `new`'s caller promised to be readable, aligned as
        // T must be, and any bits are a T (integers alone). Volatile, because another thread may
        // write there meanwhile.
        unsafe { (address as *const T).read_volatile() }
    }

    /// The word at an address.
    #[inline(always)]
    pub(crate) fn u64(&self, address: u64) -> u64 {
        self.read(address)
    }

    /// The tagged word at an address.
    #[inline(always)]
    pub(crate) fn tagged(&self, address: u64) -> Tagged {
        Tagged(self.u64(address))
    }

    /// Four bytes at an address.
    #[inline(always)]
    pub(crate) fn u32(&self, address: u64) -> u32 {
        self.read(address)
    }

    /// Two bytes at an address.
    #[inline(always)]
    pub(crate) fn u16(&self, address: u64) -> u16 {
        self.read(address)
    }

    /// The byte at an address.
    #[inline(always)]
    pub(crate) fn u8(&self, address: u64) -> u8 {
        self.read(address)
    }

    /// The words from an address on, checked once for all; `None` if they are not all in one readable
    /// part of a chunk.
    #[inline(always)]
    pub(crate) fn words(&self, start: Address, bytes: u32) -> Option<Words<'_>> {
        let part = self.part(start.0);
        let offset = (start.0 & CHUNK_MASK) as u32;
        let is_inside = part.start <= offset && bytes <= part.end.saturating_sub(offset);
        (is_inside && offset.is_multiple_of(8)).then_some(Words {
            start: start.0,
            bytes,
            memory: PhantomData,
        })
    }

    /// Asks for a line of the cache to be loaded, without a check: a prefetch of an unmapped
    /// address does nothing.
    #[inline(always)]
    pub(crate) fn prefetch(&self, address: u64) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch has no effect but on the cache, whatever the address.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(address as *const i8);
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = address;
    }

    /// How many reads were refused so far.
    pub(crate) fn misses(&self) -> u64 {
        self.misses.get()
    }
}

/// Words that can be read.
#[derive(Clone, Copy)]
pub(crate) struct Words<'m> {
    start: u64,
    bytes: u32,
    memory: PhantomData<&'m Memory>,
}

impl Words<'_> {
    /// The tagged word at an offset, a multiple of 8 bytes; 0 behind the last word.
    #[inline(always)]
    pub(crate) fn tagged(self, offset: u32) -> Tagged {
        let is_inside = u64::from(offset) + 8 <= u64::from(self.bytes);
        if !is_inside || !offset.is_multiple_of(8) {
            return Tagged::ZERO;
        }
        let address = self.start + u64::from(offset);
        // SAFETY: `Memory::words` has found that these bytes lie in a range that can be read as long
        // as the memory lives, which this borrows; start and offset are aligned. Volatile, because
        // another thread may write there meanwhile.
        Tagged(unsafe { (address as *const u64).read_volatile() })
    }
}

/// What may be read from memory: types for which any bits are a value.
trait Integer: Copy + Default {}
impl Integer for u8 {}
impl Integer for u16 {}
impl Integer for u32 {}
impl Integer for u64 {}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory_of(parts: &[&[u64]]) -> Memory {
        let ranges: Vec<_> = parts
            .iter()
            .map(|part| ReadableRange {
                start: part.as_ptr() as u64,
                end: part.as_ptr() as u64 + size_of_val(*part) as u64,
                read_only: false,
            })
            .collect();
        // SAFETY: the slices outlive the memory in each test below.
        unsafe { Memory::new(&ranges) }
    }

    #[test]
    fn what_is_in_a_range_is_read_and_what_is_not_counts_as_a_miss() {
        let words = [0x1122_3344_5566_7788, u64::MAX, 3];
        let memory = memory_of(&[&words]);
        let start = words.as_ptr() as u64;
        assert_eq!(memory.u64(start), words[0]);
        assert_eq!(memory.u32(start + 4), 0x1122_3344);
        assert_eq!(memory.u16(start + 2), 0x5566);
        assert_eq!(memory.u8(start), 0x88);
        assert_eq!(memory.misses(), 0);

        assert_eq!(memory.u64(start + 24), 0, "behind the range");
        assert_eq!(memory.u64(start.wrapping_sub(8)), 0, "before the range");
        assert_eq!(memory.u64(start + 4), 0, "not aligned");
        assert_eq!(memory.u64(0), 0);
        assert_eq!(memory.u64(u64::MAX - 7), 0, "no address of user space");
        assert_eq!(memory.misses(), 5);
    }

    #[test]
    fn words_that_are_readable_as_a_whole_are_read_without_a_further_check() {
        let words: Vec<u64> = (0..100_000).collect();
        let memory = memory_of(&[&words]);
        let start = words.as_ptr() as u64;
        // The end of the first chunk, which the slice goes beyond.
        let in_chunk = ((start | CHUNK_MASK) + 1 - start) / 8;
        let at = |i: u64| Address(start + 8 * i);
        let last = memory.words(at(in_chunk - 3), 24).unwrap();
        let read = [0, 8, 16, 24, 4].map(|offset| last.tagged(offset).0);
        assert_eq!(read, [in_chunk - 3, in_chunk - 2, in_chunk - 1, 0, 0]);
        assert!(memory.words(at(in_chunk - 3), 32).is_none(), "two chunks");
        assert!(memory.words(at(99_998), 24).is_none(), "behind the range");
        assert!(memory.words(Address(start - 8), 8).is_none(), "before it");
        assert!(memory.words(Address(start + 4), 8).is_none(), "not aligned");
        assert!(memory.words(at(0), u32::MAX).is_none());
        assert!(memory.words(Address(u64::MAX - 7), 8).is_none());
    }

    #[test]
    fn a_range_over_many_chunks_is_read_to_both_its_ends() {
        let words: Vec<u64> = (0..200_000).collect();
        let memory = memory_of(&[&words]);
        let start = words.as_ptr() as u64;
        for i in [0, 1, 32_767, 32_768, 99_999, 199_999] {
            assert_eq!(memory.u64(start + 8 * i), i);
        }
        assert!(memory.is_readable(start, 1_600_000));
        assert!(!memory.is_readable(start, 1_600_008));
        assert!(!memory.is_readable(start, u64::MAX));
    }

    #[test]
    fn ranges_spread_over_all_addresses_are_told_apart() {
        // Reads nothing, so the ranges need not be there.
        let page = |i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17) & !CHUNK_MASK;
        let ranges: Vec<_> = (1..2000)
            .map(|i| ReadableRange {
                start: page(i) + 4096,
                end: page(i) + 8192,
                read_only: i % 2 == 0,
            })
            .collect();
        // SAFETY: nothing is read.
        let memory = unsafe { Memory::new(&ranges) };
        for range in &ranges {
            let bytes = range.end - range.start;
            assert!(memory.is_readable(range.start, bytes));
            assert!(!memory.is_readable(range.start - 1, 1));
            assert!(!memory.is_readable(range.start, bytes + 1));
            assert_eq!(memory.is_read_only(Address(range.start)), range.read_only);
        }
    }

    #[test]
    fn a_range_that_is_longer_than_any_heap_is_left_out() {
        let range = |length| ReadableRange {
            start: 1 << 40,
            end: (1 << 40) + length,
            read_only: false,
        };
        // SAFETY: nothing is read.
        let memory = unsafe { Memory::new(&[range(LONGEST_RANGE + 1)]) };
        assert!(!memory.is_readable(1 << 40, 8));
        // SAFETY: nothing is read.
        let memory = unsafe { Memory::new(&[range(1 << 30)]) };
        assert!(memory.is_readable(1 << 40, 1 << 30));
    }

    #[test]
    fn all_parts_of_a_chunk_with_holes_are_read() {
        let words: Vec<u64> = (0..64).collect();
        let start = words.as_ptr() as u64;
        let part = |from: u64, to: u64| ReadableRange {
            start: start + 8 * from,
            end: start + 8 * to,
            read_only: false,
        };
        // The longest in the middle, so that one is found before it and one replaced by it.
        let ranges = [
            part(1, 3),
            part(5, 9),
            part(20, 40),
            part(50, 52),
            part(60, 61),
        ];
        // SAFETY: the words outlive the memory.
        let memory = unsafe { Memory::new(&ranges) };
        for (i, word) in (0..64).zip(&words) {
            let at = start + 8 * i;
            let is_inside = ranges.iter().any(|part| part.start <= at && at < part.end);
            assert_eq!(memory.is_readable(at, 8), is_inside, "word {i}");
            assert_eq!(
                memory.u64(at),
                if is_inside { *word } else { 0 },
                "word {i}"
            );
        }
        assert!(memory.is_readable(start + 8 * 5, 32));
        assert!(!memory.is_readable(start + 8 * 5, 40));
    }

    #[test]
    fn of_ranges_side_by_side_the_writable_one_decides() {
        let words = [1u64, 2, 3, 4];
        let start = words.as_ptr() as u64;
        let part = |from: u64, to: u64, read_only| ReadableRange {
            start: start + from,
            end: start + to,
            read_only,
        };
        // SAFETY: the words outlive the memory.
        let memory = unsafe { Memory::new(&[part(0, 16, true), part(16, 32, false)]) };
        assert_eq!(memory.u64(start + 24), 4);
        assert!(!memory.is_read_only(Address(start)));
        // SAFETY: as above.
        let read_only = unsafe { Memory::new(&[part(0, 16, true)]) };
        assert!(read_only.is_read_only(Address(start)));
    }
}
