//! What a thousand children leave behind: nothing. Its own program, because these tests count what
//! the whole process has.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use heapwatch_capture::{ForkOptions, ForkSafeAllocator, MemoryMap, fork_with};

#[global_allocator]
static ALLOCATOR: ForkSafeAllocator = ForkSafeAllocator;

const OPTIONS: ForkOptions = ForkOptions {
    memory_budget: 64 << 20,
    time_limit: Duration::from_secs(300),
    is_awaited: false,
};

/// One test at a time, see above.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child that comes to its end, and one that doesn't.
fn fork_twice() {
    let mut child = fork_with(&OPTIONS, |output| {
        output.write_all(b"done").map_err(|error| error.to_string())
    })
    .unwrap();
    let mut text = String::new();
    child.read_to_string(&mut text).unwrap();
    assert_eq!(text, "done");
    child.finish().unwrap();

    let endless = fork_with(&OPTIONS, |_| {
        loop {
            std::hint::black_box(());
        }
    });
    drop(endless.unwrap());
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Addresses that `mmap` has given out, other than malloc's own, in bytes.
fn shared_mappings() -> usize {
    let map = fs::read_to_string("/proc/self/maps").unwrap();
    map.lines()
        .filter(|line| line.contains("s 00000000"))
        .count()
}

/// Children in any state, those without a signal included.
fn children() -> String {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let lists = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")));
    lists.filter_map(Result::ok).collect()
}

/// The lines of smaps with `dc` among their flags: start, end, and permissions.
fn marked_mappings() -> Vec<String> {
    let text = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut current = "";
    let mut marked = Vec::new();
    for line in text.lines() {
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            if flags.split(' ').any(|flag| flag == "dc") {
                marked.push(current.split(' ').take(2).collect::<Vec<_>>().join(" "));
            }
        } else if !line.split(' ').next().unwrap().ends_with(':') {
            current = line;
        }
    }
    marked
}

/// Memory as V8 has it: at addresses of its own, kept from children, some of it not readable.
fn map_like_v8(pages: usize) -> Vec<*mut u8> {
    const BYTES: usize = 256 * 1024;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let mut starts = Vec::new();
    for page in 0..pages {
        let hint = std::ptr::without_provenance_mut(0x1000_0000_0000 + page * 3 * BYTES);
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: new mappings where there are none, which stay.
        unsafe {
            let start = libc::mmap(hint, BYTES, access, flags, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            libc::madvise(start, BYTES, libc::MADV_DONTFORK);
            start.cast::<u8>().write_bytes(page as u8, BYTES);
            if page % 10 == 0 {
                libc::mprotect(start, BYTES / 4, libc::PROT_NONE);
            }
            starts.push(start.cast::<u8>());
        }
    }
    starts
}

#[test]
fn a_thousand_forks_leave_no_descriptor_no_mapping_no_child_and_all_marks() {
    let _turn = alone();
    let pages = map_like_v8(100);
    fork_twice();
    let marks = marked_mappings();
    assert!(marks.len() >= 100, "{marks:?}");
    let before = (open_descriptors(), shared_mappings());
    for _ in 0..500 {
        fork_twice();
    }
    assert_eq!((open_descriptors(), shared_mappings()), before);
    assert_eq!(children(), "");
    assert_eq!(marked_mappings(), marks);
    // SAFETY: mapped above, and filled with its number.
    unsafe { assert_eq!(pages[99].add(70_000).read(), 99) };
}

#[test]
fn the_child_finds_all_of_what_was_kept_from_it() {
    let _turn = alone();
    let pages = map_like_v8(50);
    let mut child = fork_with(&OPTIONS, |output| {
        let ranges = MemoryMap::read().unwrap().plain_memory();
        for page in &pages {
            let address = *page as u64 + 200_000;
            assert!(ranges.iter().any(|range| range.contains(&address)));
            // SAFETY: the map says so.
            let byte = unsafe { page.add(200_000).read() };
            output
                .write_all(&[byte])
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    })
    .unwrap();
    let mut bytes = Vec::new();
    child.read_to_end(&mut bytes).unwrap();
    child.finish().unwrap();
    assert_eq!(bytes, (0..50).collect::<Vec<u8>>());
}

#[test]
fn nobody_else_in_the_process_hears_of_the_child() {
    static SIGNALS: AtomicU32 = AtomicU32::new(0);
    static HANDLERS: AtomicU32 = AtomicU32::new(0);
    extern "C" fn on_signal(_: libc::c_int) {
        SIGNALS.fetch_add(1, Ordering::Relaxed);
    }
    extern "C" fn on_fork() {
        HANDLERS.fetch_add(1, Ordering::Relaxed);
    }
    let _turn = alone();
    let handler: extern "C" fn(libc::c_int) = on_signal;
    // SAFETY: both handlers do nothing but count.
    unsafe {
        libc::signal(libc::SIGCHLD, handler as libc::sighandler_t);
        libc::pthread_atfork(Some(on_fork), Some(on_fork), Some(on_fork));
    }
    let child = fork_with(&OPTIONS, |_| Ok(())).unwrap();
    // SAFETY: waits for any child that sends SIGCHLD, of which there is none, and tells no status.
    let waited = unsafe { libc::waitpid(-1, std::ptr::null_mut(), 0) };
    assert_eq!(waited, -1);
    assert_eq!(
        io::Error::last_os_error().raw_os_error(),
        Some(libc::ECHILD)
    );
    child.finish().unwrap();
    assert_eq!(
        (
            SIGNALS.load(Ordering::Relaxed),
            HANDLERS.load(Ordering::Relaxed)
        ),
        (0, 0)
    );
}

#[test]
fn where_ended_children_are_not_kept_this_one_still_tells_how_it_went() {
    let _turn = alone();
    // SAFETY: the children of this process are not remembered, until the end of the test.
    let before = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
    let finished = fork_with(&OPTIONS, |_| Ok(())).unwrap().finish();
    // SAFETY: what was there before.
    unsafe { libc::signal(libc::SIGCHLD, before) };
    finished.unwrap();
}

#[test]
fn no_descriptor_left_is_a_coded_error() {
    let _turn = alone();
    let before = open_descriptors();
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the limit outlives the call.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    let lowest = fs::File::open("/dev/null").map(|file| {
        use std::os::fd::AsRawFd;
        file.as_raw_fd()
    });
    for free in 0..3 {
        let low = libc::rlimit {
            rlim_cur: (lowest.as_ref().unwrap() + free) as libc::rlim_t,
            ..limit
        };
        // SAFETY: both limits outlive the calls.
        let forked = unsafe {
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const low);
            let forked = fork_with(&OPTIONS, |_| Ok(()));
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
            forked
        };
        assert_eq!(
            forked.unwrap_err().code(),
            "ERR_HEAPWATCH_CAPTURE",
            "with {free} free"
        );
        assert_eq!(open_descriptors(), before);
    }
}
