//! Forks while other threads hold the allocator's locks. Its own program, since it takes all
//! processors.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use heapwatch_capture::{ForkOptions, ForkSafeAllocator, fork_with};

#[global_allocator]
static ALLOCATOR: ForkSafeAllocator = ForkSafeAllocator;

/// A child that hangs is a failure after this time, and one on a busy machine is not.
const OPTIONS: ForkOptions = ForkOptions {
    memory_budget: 64 << 20,
    time_limit: Duration::from_secs(60),
    is_awaited: false,
};

const THREADS: usize = 3;
const FORKS: usize = 1_000;

const ALLOCATE: u8 = 0;
const REST: u8 = 1;
const END: u8 = 2;

#[derive(Default)]
struct Threads {
    order: AtomicU8,
    allocations: [AtomicUsize; THREADS],
}

impl Threads {
    /// Allocates and frees in all sizes, through all paths of the allocator.
    fn allocate(&self, thread: usize) {
        let mut blocks: Vec<Vec<u8>> = vec![Vec::new(); 64];
        for round in 0.. {
            match self.order.load(Ordering::Relaxed) {
                ALLOCATE => {}
                END => return,
                // The child has the lowest priority, and could wait for long.
                _ => thread::park_timeout(Duration::from_micros(100)),
            }
            blocks[round * 7 % 64] = vec![1; 1 << (round % 18)];
            self.allocations[thread].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns when each thread is at it.
    fn start(&self) {
        let counts = || {
            self.allocations
                .each_ref()
                .map(|count| count.load(Ordering::Relaxed))
        };
        let before = counts();
        self.order.store(ALLOCATE, Ordering::Relaxed);
        while counts()
            .iter()
            .zip(before)
            .any(|(&now, before)| now < before + 2)
        {
            thread::yield_now();
        }
    }
}

#[test]
fn a_thousand_forks_among_allocating_threads_never_hang() {
    let threads = Threads::default();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let threads = &threads;
            scope.spawn(move || threads.allocate(thread));
        }
        for round in 0..FORKS {
            let inherited = vec![round; 100];
            threads.start();
            let mut child = fork_with(&OPTIONS, |output| {
                let mut names: HashMap<usize, String> = HashMap::new();
                for number in 0..100 {
                    names.insert(number, format!("{round} {number}"));
                }
                // Allocated there, grown and freed here.
                let mut copy = inherited;
                copy.extend_from_slice(&[round; 1_000]);
                assert!(copy.iter().all(|&number| number == round));
                write!(output, "{}", names[&99]).map_err(|error| error.to_string())
            })
            .unwrap();
            threads.order.store(REST, Ordering::Relaxed);
            let mut text = String::new();
            child.read_to_string(&mut text).unwrap();
            child.finish().unwrap();
            assert_eq!(text, format!("{round} 99"));
        }
        threads.order.store(END, Ordering::Relaxed);
    });
}
