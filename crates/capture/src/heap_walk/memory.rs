//! Checked reads of the process's own memory.
//!
//! A pointer in the heap may be stale (a word found on the stack) or belong to something this
//! version doesn't understand, so every read is checked against the ranges that may be read. A
//! table of two levels answers in two loads; its leaves cover 256 KiB, V8's size of a page, each
//! with the first and last readable byte of it. What can't be read counts as a miss and reads as
//! zero, which is a small integer and points nowhere.

use std::cell::Cell;

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

/// log2 of the bytes that a leaf covers.
const CHUNK_BITS: u32 = 18;
/// log2 of the chunks that an inner table covers.
const TABLE_BITS: u32 = 14;
/// User space of x86-64 and aarch64 with four levels of page tables.
const ADDRESS_BITS: u32 = 47;

const ROOT_LENGTH: usize = 1 << (ADDRESS_BITS - CHUNK_BITS - TABLE_BITS);
const TABLE_LENGTH: usize = 1 << TABLE_BITS;
const CHUNK_MASK: u64 = (1 << CHUNK_BITS) - 1;

/// The readable part of a chunk as offsets; empty if none. A chunk with holes keeps the longest
/// readable part: V8's pages have none.
#[derive(Clone, Copy, Default)]
struct Chunk {
    start: u32,
    end: u32,
    read_only: bool,
}

/// Reads memory within given ranges.
pub(crate) struct Memory {
    root: Vec<u32>,
    tables: Vec<Chunk>,
    misses: Cell<u64>,
}

impl Memory {
    /// # Safety
    /// As long as this value lives, every byte of every range stays mapped and readable. Its
    /// contents may change.
    pub(crate) unsafe fn new(ranges: &[ReadableRange]) -> Self {
        let mut memory = Memory {
            root: vec![u32::MAX; ROOT_LENGTH],
            tables: Vec::new(),
            misses: Cell::new(0),
        };
        for &range in ranges {
            memory.add(range);
        }
        memory
    }

    fn add(&mut self, range: ReadableRange) {
        let end = range.end.min(1 << ADDRESS_BITS);
        let mut at = range.start;
        while at < end {
            let next = ((at | CHUNK_MASK) + 1).min(end);
            let part = Chunk {
                start: (at & CHUNK_MASK) as u32,
                end: ((next - 1) & CHUNK_MASK) as u32 + 1,
                read_only: range.read_only,
            };
            let chunk = self.chunk_mut(at >> CHUNK_BITS);
            let (old, new) = (chunk.end - chunk.start, part.end - part.start);
            if old > 0 && chunk.end == part.start {
                // Neighbours become one; writable parts decide for the whole.
                chunk.end = part.end;
                chunk.read_only &= part.read_only;
            } else if new > old {
                *chunk = part;
            }
            at = next;
        }
    }

    fn chunk_mut(&mut self, chunk: u64) -> &mut Chunk {
        let slot = &mut self.root[(chunk >> TABLE_BITS) as usize];
        if *slot == u32::MAX {
            *slot = (self.tables.len() >> TABLE_BITS) as u32;
            self.tables
                .resize(self.tables.len() + TABLE_LENGTH, Chunk::default());
        }
        let table = *slot as usize * TABLE_LENGTH;
        &mut self.tables[table + (chunk as usize & (TABLE_LENGTH - 1))]
    }

    #[inline(always)]
    fn chunk(&self, address: u64) -> Chunk {
        if address >> ADDRESS_BITS != 0 {
            return Chunk::default();
        }
        let chunk = address >> CHUNK_BITS;
        match self.root[(chunk >> TABLE_BITS) as usize] {
            u32::MAX => Chunk::default(),
            table => {
                let first = table as usize * TABLE_LENGTH;
                self.tables[first + (chunk as usize & (TABLE_LENGTH - 1))]
            }
        }
    }

    /// Whether `bytes` can be read from `address` on. A range may span chunks.
    pub(crate) fn is_readable(&self, address: u64, bytes: u64) -> bool {
        let mut at = address;
        let Some(end) = address.checked_add(bytes) else {
            return false;
        };
        while at < end {
            let chunk = self.chunk(at);
            let offset = (at & CHUNK_MASK) as u32;
            if offset < chunk.start || offset >= chunk.end {
                return false;
            }
            at = (at & !CHUNK_MASK) + u64::from(chunk.end);
        }
        true
    }

    /// Whether the address is in memory that can't be written.
    #[inline]
    pub(crate) fn is_read_only(&self, address: Address) -> bool {
        self.chunk(address.0).read_only
    }

    #[inline(always)]
    fn read<T: Integer>(&self, address: u64) -> T {
        let chunk = self.chunk(address);
        let offset = (address & CHUNK_MASK) as u32;
        let size = size_of::<T>() as u32;
        if offset < chunk.start || offset + size > chunk.end || offset & (size - 1) != 0 {
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
