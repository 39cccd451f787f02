use std::fs;

use super::*;

const SIZE: u64 = PAGE as u64;

/// Anonymous memory at an address of its own, unmapped when dropped.
struct Region {
    start: u64,
    bytes: u64,
}

impl Region {
    /// Begins at a multiple of a huge page, and has a hole in front of it and behind it.
    fn map(pages: u64) -> Region {
        let bytes = pages * SIZE + 2 * HUGE_PAGE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), bytes as usize, access, flags, -1, 0) };
        assert_ne!(start, libc::MAP_FAILED);
        let start = start.expose_provenance() as u64;
        let region = Region {
            start: (start + 1).next_multiple_of(HUGE_PAGE),
            bytes: pages * SIZE,
        };
        unmap(start..region.start);
        unmap(region.start + region.bytes..start + bytes);
        region
    }

    fn pages(&self, pages: Range<u64>) -> Range<u64> {
        self.start + pages.start * SIZE..self.start + pages.end * SIZE
    }

    fn advise(&self, pages: Range<u64>, advice: libc::c_int) {
        advise(&self.pages(pages), advice);
    }

    fn protect(&self, pages: Range<u64>, access: libc::c_int) {
        let range = self.pages(pages);
        let start = std::ptr::with_exposed_provenance_mut(range.start as usize);
        let bytes = (range.end - range.start) as usize;
        // SAFETY: the range is a part of this region, to which nothing points.
        let status = unsafe { libc::mprotect(start, bytes, access) };
        assert_eq!(status, 0);
    }

    /// Which of its pages have the mark, by smaps.
    fn marked_pages(&self) -> Vec<u64> {
        let marked = marked_ranges();
        let address = |page| self.start + page * SIZE;
        (0..self.bytes / SIZE)
            .filter(|&page| marked.iter().any(|range| range.contains(&address(page))))
            .collect()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        unmap(self.start..self.start + self.bytes);
    }
}

fn unmap(range: Range<u64>) {
    let start = std::ptr::with_exposed_provenance_mut(range.start as usize);
    // SAFETY: a part of a region of these tests.
    unsafe { libc::munmap(start, (range.end - range.start) as usize) };
}

/// The ranges with `dc` in their `VmFlags`.
fn marked_ranges() -> Vec<Range<u64>> {
    let text = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut current = 0..0;
    let mut marked = Vec::new();
    for line in text.lines() {
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            if flags.split(' ').any(|flag| flag == "dc") {
                marked.push(current.clone());
            }
        } else if let Some((start, end)) = line.split(' ').next().unwrap().split_once('-') {
            let address = |text| u64::from_str_radix(text, 16).unwrap();
            current = address(start)..address(end);
        }
    }
    marked
}

fn opened(region: &Region) -> Vec<u64> {
    let inheritance = Inheritance::open().unwrap();
    let marked = region.marked_pages();
    drop(inheritance);
    marked
}

/// Two tests at a time would see each other's work, as two captures would.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    TURN.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn marked_memory_is_inheritable_meanwhile_and_marked_again_after() {
    let _turn = alone();
    let region = Region::map(8);
    region.advise(0..8, libc::MADV_DONTFORK);
    assert!(opened(&region).is_empty());
    assert_eq!(region.marked_pages(), (0..8).collect::<Vec<_>>());
}

#[test]
fn memory_without_the_mark_never_gets_it() {
    let _turn = alone();
    let region = Region::map(8);
    assert!(opened(&region).is_empty());
    assert!(region.marked_pages().is_empty());
}

#[test]
fn neighbours_with_and_without_the_mark_are_told_apart() {
    let _turn = alone();
    let region = Region::map(12);
    region.advise(2..4, libc::MADV_DONTFORK);
    region.advise(7..12, libc::MADV_DONTFORK);
    assert!(opened(&region).is_empty());
    assert_eq!(region.marked_pages(), [2, 3, 7, 8, 9, 10, 11]);
}

#[test]
fn every_pattern_of_marks_and_permissions_is_the_same_after() {
    let _turn = alone();
    let seed = 4_u64;
    println!("seed {seed}");
    let mut state = seed;
    for _ in 0..200 {
        let region = Region::map(64);
        for page in 0..32 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            if state >> 63 == 1 {
                region.advise(2 * page..2 * page + 2, libc::MADV_DONTFORK);
            }
            let access = [
                libc::PROT_NONE,
                libc::PROT_READ,
                libc::PROT_READ | libc::PROT_WRITE,
            ];
            region.protect(2 * page..2 * page + 2, access[(state >> 40) as usize % 3]);
        }
        let before = region.marked_pages();
        drop(Inheritance::open().unwrap());
        assert_eq!(region.marked_pages(), before);
    }
}

#[test]
fn what_cannot_be_read_or_split_keeps_its_mark_all_the_time() {
    let _turn = alone();
    let region = Region::map(9);
    region.advise(0..4, libc::MADV_DONTFORK);
    region.advise(8..9, libc::MADV_DONTFORK);
    region.protect(0..4, libc::PROT_NONE);
    assert_eq!(opened(&region), [0, 1, 2, 3, 8]);
    assert_eq!(region.marked_pages(), [0, 1, 2, 3, 8]);
}

#[test]
fn memory_that_may_begin_with_a_huge_page_is_split_behind_it() {
    assert_eq!(border_within(&(0..SIZE)), None);
    assert_eq!(border_within(&(SIZE..2 * SIZE)), None);
    assert_eq!(border_within(&(SIZE..3 * SIZE)), Some(2 * SIZE));
    assert_eq!(border_within(&(0..2 * SIZE)), Some(SIZE));
    assert_eq!(border_within(&(0..HUGE_PAGE + SIZE)), Some(HUGE_PAGE));
    assert_eq!(border_within(&(0..HUGE_PAGE)), Some(SIZE));
    let _turn = alone();
    let region = Region::map(1024);
    region.advise(0..1024, libc::MADV_DONTFORK);
    assert!(opened(&region).is_empty());
    assert_eq!(region.marked_pages().len(), 1024);
}

#[test]
fn a_mapping_that_another_thread_changed_is_not_taken_for_a_marked_one() {
    let map = |text: &str| MemoryMap::parse(text.as_bytes()).unwrap();
    let before = map("1000-9000 rw-p 0 0:0 0\n");
    let is_border = |text| is_border(&map(text), &before.mappings()[0], 0x2000);
    assert!(is_border(
        "1000-2000 rw-p 0 0:0 0\n2000-9000 rw-p 0 0:0 0\n"
    ));
    assert!(is_border("0-2000 rw-p 0 0:0 0\n2000-a000 rw-p 0 0:0 0\n"));
    assert!(!is_border("1000-9000 rw-p 0 0:0 0\n"));
    assert!(!is_border("2000-9000 rw-p 0 0:0 0\n"));
    assert!(!is_border(
        "1000-2000 ---p 0 0:0 0\n2000-9000 rw-p 0 0:0 0\n"
    ));
    assert!(!is_border(
        "1000-2000 rw-p 0 0:0 0\n2000-9000 r--p 0 0:0 0\n"
    ));
    assert!(!is_border(
        "1000-2000 rw-p 0 0:0 0\n2000-9000 rw-p 0 0:0 7 /file\n"
    ));
}
