//! How long a fork stops the calling thread, by the size of the heap.
//!
//! `cargo run --release -p heapwatch-capture --example time_fork -- 100 700` maps that many MB like
//! V8 does, in pages of 256 KiB that are kept from children, and prints the median and the worst of
//! 20 forks in milliseconds.

#![allow(clippy::print_stdout)]

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod forks {
    use std::time::Duration;

    use heapwatch_capture::{ForkOptions, ForkSafeAllocator, ForkTimings, fork_with};

    #[global_allocator]
    static ALLOCATOR: ForkSafeAllocator = ForkSafeAllocator;

    const V8_PAGE: usize = 256 << 10;
    const FORKS: usize = 20;

    pub(super) fn time(megabytes: usize) {
        let pages = map_like_v8((megabytes << 20) / V8_PAGE);
        let mut timings: Vec<_> = (0..FORKS).map(|_| fork()).collect();
        for start in pages {
            // SAFETY: mapped below, and nothing points to it.
            unsafe { libc::munmap(start, V8_PAGE) };
        }
        let mut column = |name: &str, of: fn(&ForkTimings) -> Duration| {
            timings.sort_by_key(of);
            let milliseconds = |timings: &ForkTimings| of(timings).as_secs_f64() * 1e3;
            let [median, worst] = [FORKS / 2, FORKS - 1].map(|rank| milliseconds(&timings[rank]));
            println!("{megabytes:>6} MB  {name:<8} {median:>8.2} {worst:>8.2}");
        };
        column("prepare", |timings| timings.prepare);
        column("fork", |timings| timings.fork);
        column("restore", |timings| timings.restore);
        column("pause", ForkTimings::pause);
    }

    fn fork() -> ForkTimings {
        let options = ForkOptions {
            memory_budget: 64 << 20,
            time_limit: Duration::from_secs(60),
            is_awaited: false,
        };
        match fork_with(&options, |_| Ok(())) {
            Ok(child) => child.timings(),
            Err(error) => panic!("{error}"),
        }
    }

    fn map_like_v8(pages: usize) -> Vec<*mut libc::c_void> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let map = |page| {
            // Not side by side, or they would be one mapping.
            let hint = std::ptr::without_provenance_mut(0x1000_0000_0000 + 3 * page * V8_PAGE);
            // SAFETY: a new mapping where there is none, written within its bounds.
            unsafe {
                let start = libc::mmap(hint, V8_PAGE, access, flags, -1, 0);
                assert_ne!(start, libc::MAP_FAILED);
                libc::madvise(start, V8_PAGE, libc::MADV_DONTFORK);
                start.cast::<u8>().write_bytes(1, V8_PAGE);
                start
            }
        };
        (0..pages).map(map).collect()
    }
}

fn main() {
    for megabytes in std::env::args().skip(1) {
        #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
        forks::time(megabytes.parse().expect("a number of MB"));
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")))]
        println!("no fork here for {megabytes} MB");
    }
}
