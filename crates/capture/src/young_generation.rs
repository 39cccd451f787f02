//! Copies the pages of V8's young generation ahead of the service.
//!
//! After a fork, the first write to a page that a child shares has the kernel copy it. V8's next
//! collection of the young generation writes nearly all of its pages, on the thread that runs
//! JavaScript, and takes four times as long for it. These pages would be copied within the second in
//! any case, so another thread does it beforehand (`MADV_POPULATE_WRITE`, Linux 5.14 and later;
//! before, collections just take longer).
//!
//! Which pages are young, V8 says in the header of each page of 256 KiB. A header is read through the
//! kernel, since V8's other threads may unmap a page at any moment. A word that is taken for a header
//! and is none costs the copy of a page.
//!
//! Cost: a system call for some hundred headers, and one for each young page; none of it on the
//! thread that forks but the list of ranges.

use std::ops::Range;

use crate::child_arena::PAGE;
use crate::v8_layout::V8Version;
use crate::v8_layout::fields::PAGE_BYTES;

const OS_PAGES: usize = PAGE_BYTES as usize / PAGE;

/// `FROM_PAGE` and `TO_PAGE` of the flags (`heap/memory-chunk.h`, until 11.3
/// `heap/basic-memory-chunk.h`), the same in all versions.
const YOUNG: u64 = 1 << 3 | 1 << 4;

/// Three semi-spaces of 32 MB, twice what Node has by default, are all young.
const MOST_BYTES: usize = 96 << 20;

/// Headers that are read at once; the kernel takes 1,024.
const HEADERS_AT_ONCE: usize = 512;

/// Copies the young pages among V8's mappings that are in memory and shared with a child.
pub(crate) fn copy_ahead(mappings: &[Range<u64>], version: V8Version) {
    let pages: Vec<u64> = mappings.iter().flat_map(pages_of).collect();
    let mut copied = 0;
    for at_once in pages.chunks(HEADERS_AT_ONCE) {
        let flags = words_at(at_once, flags_offset(version));
        let is_young = |&(_, flags): &(&u64, u64)| flags & YOUNG != 0;
        for (&page, _) in at_once.iter().zip(flags).filter(is_young) {
            if copied >= MOST_BYTES {
                return;
            }
            copied += copy_what_is_in_memory(page);
        }
    }
}

/// Where the flags are in a page's header: up to 11.3 behind its size.
const fn flags_offset(version: V8Version) -> u64 {
    match version {
        V8Version::V11_3 => 8,
        _ => 0,
    }
}

fn pages_of(mapping: &Range<u64>) -> impl Iterator<Item = u64> + use<> {
    let first = mapping.start.next_multiple_of(PAGE_BYTES);
    (first..mapping.end).step_by(PAGE_BYTES as usize)
}

/// The word at an offset in each page; 0 where there is no memory.
fn words_at(pages: &[u64], offset: u64) -> Vec<u64> {
    let mut words = vec![0_u64; pages.len()];
    let remote: Vec<libc::iovec> = pages
        .iter()
        .map(|page| libc::iovec {
            iov_base: pointer(page + offset),
            iov_len: size_of::<u64>(),
        })
        .collect();
    let mut done = 0;
    while done < pages.len() {
        let local = libc::iovec {
            iov_base: words[done..].as_mut_ptr().cast(),
            iov_len: size_of_val(&words[done..]),
        };
        // SAFETY: `local` is the writable rest of `words`, and the kernel checks the addresses of
        // `remote`, of which each word is at most one of `local`'s.
        let bytes = unsafe {
            libc::process_vm_readv(
                libc::getpid(),
                &raw const local,
                1,
                remote[done..].as_ptr(),
                (pages.len() - done) as libc::c_ulong,
                0,
            )
        };
        // It ends at the first address without memory, which is left out; -1 if that is the first.
        done += usize::try_from(bytes).unwrap_or(0) / size_of::<u64>() + 1;
    }
    words
}

/// Copies the parts of a page that are in memory, and gives their size in bytes. The others are not
/// shared with anybody, and would only be filled with zeros.
fn copy_what_is_in_memory(page: u64) -> usize {
    let mut in_memory = [0_u8; OS_PAGES];
    // SAFETY: the array has a byte for each page of the range; an address without memory is an error.
    let result =
        unsafe { libc::mincore(pointer(page), PAGE_BYTES as usize, in_memory.as_mut_ptr()) };
    if result != 0 {
        return 0;
    }
    let mut copied = 0;
    let mut first = 0;
    for run in in_memory.chunk_by(|a, b| a & 1 == b & 1) {
        let bytes = run.len() * PAGE;
        if run[0] & 1 == 1 {
            let start = pointer(page + (first * PAGE) as u64);
            // SAFETY: this changes no contents, only whose copy of a page they are in. A range that
            // is not mapped any more, or not writable, is an error.
            unsafe { libc::madvise(start, bytes, libc::MADV_POPULATE_WRITE) };
            copied += bytes;
        }
        first += run.len();
    }
    copied
}

fn pointer(address: u64) -> *mut libc::c_void {
    std::ptr::with_exposed_provenance_mut(address as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three of V8's pages with flags in their headers, of which the second has gone.
    struct Pages {
        start: u64,
    }

    const BYTES: usize = 4 * PAGE_BYTES as usize;

    impl Pages {
        fn with_flags(flags: [u64; 3]) -> Pages {
            // SAFETY: a new mapping at an address of the kernel's choice.
            let start = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    BYTES,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                    -1,
                    0,
                )
            };
            assert_ne!(start, libc::MAP_FAILED);
            let start = (start as u64).next_multiple_of(PAGE_BYTES);
            for (i, flags) in (0..).zip(flags) {
                // SAFETY: within the mapping, aligned.
                unsafe { pointer(start + i * PAGE_BYTES).cast::<u64>().write(flags) };
            }
            // SAFETY: within the mapping, and nobody has a reference to it.
            unsafe { libc::munmap(pointer(start + PAGE_BYTES), PAGE_BYTES as usize) };
            Pages { start }
        }

        fn page(&self, i: u64) -> u64 {
            self.start + i * PAGE_BYTES
        }
    }

    #[test]
    fn headers_are_read_where_there_is_memory() {
        let pages = Pages::with_flags([YOUNG, YOUNG, 5]);
        let all: Vec<u64> = pages_of(&(pages.start..pages.page(3))).collect();
        assert_eq!(all, [pages.page(0), pages.page(1), pages.page(2)]);
        assert_eq!(words_at(&all, 0), [YOUNG, 0, 5]);
        assert_eq!(words_at(&all, 8), [0, 0, 0]);
        assert_eq!(words_at(&[8, 16], 0), [0, 0], "nothing is mapped there");
    }

    #[test]
    fn what_is_in_memory_is_copied_and_stays_as_it_is() {
        let pages = Pages::with_flags([YOUNG, 0, 0]);
        let mapping = pages.start..pages.page(3);
        copy_ahead(std::slice::from_ref(&mapping), V8Version::V12_4);
        assert_eq!(
            copy_what_is_in_memory(pages.page(0)),
            PAGE,
            "its header alone"
        );
        assert_eq!(copy_what_is_in_memory(pages.page(1)), 0, "unmapped");
        assert_eq!(words_at(&[pages.page(0)], 0), [YOUNG]);
    }

    #[test]
    fn a_mapping_that_begins_within_a_page_has_the_pages_behind() {
        let range = PAGE_BYTES + 4096..3 * PAGE_BYTES + 4096;
        assert_eq!(
            pages_of(&range).collect::<Vec<_>>(),
            [2 * PAGE_BYTES, 3 * PAGE_BYTES]
        );
    }
}
