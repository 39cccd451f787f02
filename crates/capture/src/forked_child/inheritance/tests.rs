use std::fs;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::*;

const SIZE: u64 = PAGE as u64;

/// Anonymous memory at an address of its own, unmapped when dropped.
struct Region {
    start: u64,
    bytes: u64,
}

/// Where V8 would have its heap, and where nobody has anything.
static NEXT_LIKE_V8: AtomicU64 = AtomicU64::new(0x2000_0000_0000);

impl Region {
    /// One that looks like V8's and one that does not. Both begin at a multiple of a huge page, and
    /// have a hole in front and behind.
    fn both(pages: u64) -> [Region; 2] {
        let bytes = pages * SIZE;
        let room = bytes.next_multiple_of(HUGE_PAGE) + 2 * HUGE_PAGE;
        let start = map(0, room).next_multiple_of(HUGE_PAGE) + HUGE_PAGE;
        unmap(start - HUGE_PAGE..start);
        unmap(start + bytes..start + bytes + SIZE);
        let like_v8 = map(NEXT_LIKE_V8.fetch_add(room, Relaxed), bytes);
        assert!(
            looks_like_v8(&(like_v8..like_v8 + bytes)) && !looks_like_v8(&(start..start + bytes))
        );
        [start, like_v8].map(|start| Region { start, bytes })
    }

    fn pages(&self, pages: Range<u64>) -> Range<u64> {
        self.start + pages.start * SIZE..self.start + pages.end * SIZE
    }

    fn advise(&self, pages: Range<u64>, advice: libc::c_int) {
        assert!(advise(&self.pages(pages), advice));
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

fn map(hint: u64, bytes: u64) -> u64 {
    let hint = std::ptr::without_provenance_mut(hint as usize);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping where there is none.
    let start = unsafe { libc::mmap(hint, bytes as usize, access, flags, -1, 0) };
    assert_ne!(start, libc::MAP_FAILED);
    start.expose_provenance() as u64
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
    for region in Region::both(8) {
        region.advise(0..8, libc::MADV_DONTFORK);
        assert!(opened(&region).is_empty());
        assert_eq!(region.marked_pages(), (0..8).collect::<Vec<_>>());
    }
}

#[test]
fn memory_without_the_mark_does_not_get_it() {
    let _turn = alone();
    for region in Region::both(8) {
        assert!(opened(&region).is_empty());
        assert!(region.marked_pages().is_empty());
    }
}

#[test]
fn neighbours_with_and_without_the_mark_are_told_apart() {
    let _turn = alone();
    for region in Region::both(200) {
        region.advise(2..4, libc::MADV_DONTFORK);
        // From a page of V8's on.
        region.advise(64..128, libc::MADV_DONTFORK);
        assert!(opened(&region).is_empty());
        assert_eq!(
            region.marked_pages(),
            [2..4, 64..128].map(Vec::from_iter).concat()
        );
    }
}

#[test]
fn every_pattern_of_marks_and_permissions_is_the_same_after() {
    let _turn = alone();
    let seed = 4_u64;
    println!("seed {seed}");
    let mut state = seed;
    for round in 0..200 {
        for region in Region::both(256) {
            // Runs of pages of V8's, and of a few pages.
            let run = [2, 64][round % 2];
            for start in (0..256).step_by(run as usize) {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                if state >> 63 == 1 {
                    region.advise(start..start + run, libc::MADV_DONTFORK);
                }
                let read_write = libc::PROT_READ | libc::PROT_WRITE;
                let access = [libc::PROT_NONE, libc::PROT_READ, read_write, read_write];
                region.protect(start..start + run, access[(state >> 40) as usize % 4]);
            }
            let before = region.marked_pages();
            drop(Inheritance::open().unwrap());
            assert_eq!(region.marked_pages(), before);
        }
    }
}

#[test]
fn what_cannot_be_read_or_split_keeps_its_mark_all_the_time() {
    let _turn = alone();
    for region in Region::both(9) {
        region.advise(0..4, libc::MADV_DONTFORK);
        region.advise(8..9, libc::MADV_DONTFORK);
        region.protect(0..4, libc::PROT_NONE);
        assert_eq!(opened(&region), [0, 1, 2, 3, 8]);
        assert_eq!(region.marked_pages(), [0, 1, 2, 3, 8]);
    }
}

#[test]
fn memory_that_may_begin_with_a_huge_page_is_split_behind_it() {
    assert_eq!(first_part(&(SIZE..3 * SIZE)), SIZE..2 * SIZE);
    assert_eq!(first_part(&(0..HUGE_PAGE)), 0..SIZE);
    assert_eq!(first_part(&(0..HUGE_PAGE + SIZE)), 0..HUGE_PAGE);
    let _turn = alone();
    for region in Region::both(1024) {
        drop(Inheritance::open().unwrap());
        assert!(region.marked_pages().is_empty());
        region.advise(0..1024, libc::MADV_DONTFORK);
        assert!(opened(&region).is_empty());
        assert_eq!(region.marked_pages().len(), 1024);
    }
}

#[test]
fn a_mapping_that_another_thread_changed_is_not_taken_for_a_marked_one() {
    let map = |text: &str| MemoryMap::parse(text.as_bytes()).unwrap();
    for (start, is_like_v8) in [(0x1000, false), (0x1_0000_0000, true)] {
        let [second, end] = [start + SIZE, start + 8 * SIZE];
        let before = map(&format!("{start:x}-{end:x} rw-p 0 0:0 0\n"));
        let mut probe = Probe::of(&before.mappings()[0]).unwrap();
        probe.is_accepted = true;
        let is_marked = |after: &str| probe.settle(Some(&map(after)));
        let whole = format!("{start:x}-{end:x} rw-p 0 0:0 0\n");
        let halves = |first: &str, then: &str| {
            format!("{start:x}-{second:x} {first} 0 0:0 0\n{second:x}-{end:x} {then} 0 0:0 0\n")
        };
        assert_eq!(is_marked(&whole), is_like_v8);
        assert_eq!(
            is_marked(&format!("0-{:x} rw-p 0 0:0 0\n", end + SIZE)),
            is_like_v8
        );
        assert_eq!(is_marked(&halves("rw-p", "rw-p")), !is_like_v8);
        let joined = format!("0-{second:x} rw-p 0 0:0 0\n{second:x}-{end:x} rw-p 0 0:0 0\n");
        assert_eq!(is_marked(&joined), !is_like_v8);
        for changed in [
            format!("{second:x}-{end:x} rw-p 0 0:0 0\n"),
            format!("{start:x}-{second:x} rw-p 0 0:0 0\n"),
            format!("{start:x}-{end:x} r--p 0 0:0 0\n"),
            halves("---p", "rw-p"),
            halves("rw-p", "r-xp"),
            halves("rw-p", "rw-s"),
        ] {
            assert!(!is_marked(&changed), "{changed}");
        }
        assert!(!probe.settle(None));
        probe.is_accepted = false;
        assert!(
            !probe.settle(Some(&map(&whole))) && !probe.settle(Some(&map(&halves("rw-p", "rw-p"))))
        );
    }
}
