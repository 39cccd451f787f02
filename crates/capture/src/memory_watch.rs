//! A thread that reads the memory of the process at a steady rhythm, also while the event loop is
//! blocked: of a process that dies in a long computation, the last seconds are what one wants.
//!
//! There is one thread a process, however many isolates watch: each of them has a [`MemoryWatch`],
//! the first starts the thread and the last ends it. Each keeps the smallest resident set since it
//! asked last, since garbage only ever adds, and tells the others what its own heap takes: what is
//! left of the resident set without all heaps is native.
//!
//! The thread also writes the black boxes ([`BlackBox`]). A disk that hangs holds it up, and nobody
//! else: nothing is written under the lock, and readings say how old they are.
//!
//! Cost: one small file a second, the limits of the cgroups every ten.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::black_box::BlackBox;
use crate::memory::{MemoryLimits, process_rss};

/// Fine enough for the last seconds before a kill, coarse enough not to matter (some 20 us each).
const READING_EVERY: Duration = Duration::from_secs(1);

/// Limits change when an operator changes them.
const LIMITS_EVERY: Duration = Duration::from_secs(10);

/// For reading small files and writing one: no recursion, no large buffers on the stack.
const STACK_BYTES: usize = 512 << 10;

/// One isolate's share in the watch over the process; dropped, it takes part no longer.
#[derive(Debug)]
pub struct MemoryWatch {
    id: u64,
}

/// What was read since the last time. All sizes in bytes; `None` where there is no `/proc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryReading {
    /// The last resident set that was read.
    pub rss: Option<u64>,
    /// The smallest since this watch asked last.
    pub lowest_rss: Option<u64>,
    /// The largest since this watch asked last.
    pub highest_rss: Option<u64>,
    /// How long ago the last was read; more than a few seconds if the thread is held up.
    pub age: Duration,
    /// What the heaps of the other watched isolates take.
    pub other_heaps: u64,
    /// How many others there are.
    pub others: usize,
    /// The limits, as of the last ten seconds.
    pub limits: MemoryLimits,
}

#[derive(Debug)]
struct Member {
    id: u64,
    heap_bytes: u64,
    lowest_rss: Option<u64>,
    highest_rss: Option<u64>,
    black_box: Option<Arc<BlackBox>>,
}

#[derive(Debug)]
struct State {
    members: Vec<Member>,
    /// Boxes of members that left, which have their last word to write.
    closing: Vec<Arc<BlackBox>>,
    has_thread: bool,
    next_id: u64,
    rss: Option<u64>,
    read_at: Option<Instant>,
    limits: MemoryLimits,
}

static STATE: Mutex<State> = Mutex::new(State {
    members: Vec::new(),
    closing: Vec::new(),
    has_thread: false,
    next_id: 0,
    rss: None,
    read_at: None,
    limits: MemoryLimits::UNKNOWN,
});
static WAKE: Condvar = Condvar::new();

/// Nothing that holds the lock can leave the state half changed.
fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryWatch {
    /// Takes part in the watch, and starts it if nobody did.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(black_box: Option<Arc<BlackBox>>) -> io::Result<MemoryWatch> {
        let mut state = state();
        if !state.has_thread {
            std::thread::Builder::new()
                .name("heapwatch-watch".to_owned())
                .stack_size(STACK_BYTES)
                .spawn(run)?;
            state.has_thread = true;
        }
        let id = state.next_id;
        state.next_id += 1;
        state.members.push(Member {
            id,
            heap_bytes: 0,
            lowest_rss: None,
            highest_rss: None,
            black_box,
        });
        WAKE.notify_all();
        Ok(MemoryWatch { id })
    }

    /// What was read since the last call. `heap_bytes`: what the heap of this isolate takes, for the
    /// others.
    pub fn take(&self, heap_bytes: u64) -> MemoryReading {
        let mut state = state();
        let (rss, limits) = (state.rss, state.limits);
        let age = state.read_at.map_or(Duration::MAX, |at| at.elapsed());
        let others = || state.members.iter().filter(|member| member.id != self.id);
        let (other_heaps, others) = (
            others().map(|other| other.heap_bytes).sum(),
            others().count(),
        );
        let mut reading = MemoryReading {
            rss,
            lowest_rss: rss,
            highest_rss: rss,
            age,
            other_heaps,
            others,
            limits,
        };
        if let Some(member) = state.members.iter_mut().find(|member| member.id == self.id) {
            member.heap_bytes = heap_bytes;
            reading.lowest_rss = member.lowest_rss.take().or(rss);
            reading.highest_rss = member.highest_rss.take().or(rss);
        }
        reading
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        let mut state = state();
        let Some(place) = state.members.iter().position(|member| member.id == self.id) else {
            return;
        };
        let member = state.members.swap_remove(place);
        state.closing.extend(member.black_box);
        WAKE.notify_all();
    }
}

/// Lets the thread write now what it would write at its next round. Not to be called with the lock of
/// a box: the thread looks into boxes under its own.
pub(crate) fn wake_writer() {
    // With the lock: between the thread's look at the boxes and its sleep it would not be heard.
    let _state = state();
    WAKE.notify_all();
}

fn run() {
    let mut limits_at: Option<Instant> = None;
    loop {
        let rss = process_rss();
        let limits_are_due = limits_at.is_none_or(|at| at.elapsed() >= LIMITS_EVERY);
        let limits = limits_are_due.then(MemoryLimits::read);
        if limits.is_some() {
            limits_at = Some(Instant::now());
        }
        for black_box in account(rss, limits) {
            black_box.write_if_due(rss);
        }
        if !wait() {
            return;
        }
    }
}

/// Takes note of a reading; gives the boxes to write.
fn account(rss: Option<u64>, limits: Option<MemoryLimits>) -> Vec<Arc<BlackBox>> {
    let mut state = state();
    state.rss = rss;
    state.read_at = Some(Instant::now());
    if let Some(limits) = limits {
        state.limits = limits;
    }
    let Some(rss) = rss else {
        return boxes(&mut state);
    };
    for member in &mut state.members {
        member.lowest_rss = Some(member.lowest_rss.map_or(rss, |lowest| lowest.min(rss)));
        member.highest_rss = Some(member.highest_rss.map_or(rss, |highest| highest.max(rss)));
    }
    boxes(&mut state)
}

fn boxes(state: &mut State) -> Vec<Arc<BlackBox>> {
    let mut boxes = std::mem::take(&mut state.closing);
    boxes.extend(
        state
            .members
            .iter()
            .filter_map(|member| member.black_box.clone()),
    );
    boxes
}

/// Sleeps until the next reading is due or someone is in a hurry; `false` if nobody watches any more.
fn wait() -> bool {
    let mut state = state();
    if state.members.is_empty() && state.closing.is_empty() {
        state.has_thread = false;
        return false;
    }
    let has_work = !state.closing.is_empty() || boxes_in_a_hurry(&state);
    if !has_work {
        let waited = WAKE.wait_timeout(state, READING_EVERY);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
    true
}

/// A notification while the thread was at work was heard by nobody.
fn boxes_in_a_hurry(state: &State) -> bool {
    let boxes = state
        .members
        .iter()
        .filter_map(|member| member.black_box.as_ref());
    boxes.into_iter().any(|black_box| black_box.is_in_a_hurry())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state is the process's: tests take turns.
    static TURN: Mutex<()> = Mutex::new(());

    fn turn() -> MutexGuard<'static, ()> {
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the thread does comes soon, but not at once.
    fn until(what: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !what() {
            assert!(Instant::now() < deadline, "it never came");
            std::thread::yield_now();
        }
    }

    #[test]
    fn however_many_watch_there_is_one_thread_and_it_ends_with_the_last() {
        let _turn = turn();
        let watches: Vec<MemoryWatch> = (0..3).map(|_| MemoryWatch::start(None).unwrap()).collect();
        #[cfg(target_os = "linux")]
        until(|| threads() == 1);
        assert!(state().has_thread);
        drop(watches);
        until(|| !state().has_thread);
        #[cfg(target_os = "linux")]
        until(|| threads() == 0);
        assert!(state().members.is_empty());
    }

    #[cfg(target_os = "linux")]
    fn threads() -> usize {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm"));
        tasks
            .flatten()
            .filter(|task| task.path().exists())
            .filter_map(|task| name(task).ok())
            .filter(|name| name.trim() == "heapwatch-watch")
            .count()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_reading_has_the_smallest_and_largest_since_the_last_one() {
        let _turn = turn();
        let watch = MemoryWatch::start(None).unwrap();
        until(|| state().read_at.is_some());
        watch.take(0);
        for rss in [300, 100, 200] {
            account(Some(rss), None);
        }
        let reading = watch.take(0);
        assert!(reading.lowest_rss.is_some_and(|lowest| lowest <= 100));
        assert!(reading.highest_rss.is_some_and(|highest| highest >= 300));
        account(None, None);
        assert_eq!(
            watch.take(0).rss,
            None,
            "what can't be read any more is not known"
        );
    }

    #[test]
    fn each_isolate_hears_what_the_heaps_of_the_others_take() {
        let _turn = turn();
        let first = MemoryWatch::start(None).unwrap();
        let second = MemoryWatch::start(None).unwrap();
        first.take(100);
        second.take(20);
        let reading = first.take(100);
        assert_eq!((reading.other_heaps, reading.others), (20, 1));
        drop(second);
        let reading = first.take(100);
        assert_eq!((reading.other_heaps, reading.others), (0, 0));
    }
}
