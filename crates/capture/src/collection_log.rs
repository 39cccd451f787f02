//! What garbage collections leave, noted as each of them ends.
//!
//! V8 calls whoever asks for it before and after each collection. Of a minor one only its time is
//! counted; after a major one V8's statistics of the heap are read, which no later allocation can blur.
//! Node's own ways to hear of collections make an object or a kilobyte of JSON for every minor one, and
//! tell late.
//!
//! Where the program doesn't export what this needs, or its statistics are not laid out as they are
//! known to be, there is no log.
//!
//! Cost: two calls and two readings of a clock for each collection, some microseconds more for a major
//! one. Memory: constant.

use std::collections::VecDeque;
use std::ffi::{CStr, c_int, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::{GET_HEAP_STATISTICS, GetStatistics, Statistics, current_isolate, exported};

/// Major collections that are kept until they are taken, some 70 KB: more than there are while the event
/// loop is blocked for seconds. Of more the earliest are forgotten, but counted.
const MOST_KEPT: usize = 256;

/// `kGCTypeAll`: each bit is a [`CollectionKind`].
const ALL_KINDS: c_int = 0b1_1111;

const ADD_PROLOGUE: &CStr =
    c"_ZN2v87Isolate21AddGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_";
const ADD_EPILOGUE: &CStr =
    c"_ZN2v87Isolate21AddGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_";
const REMOVE_PROLOGUE: &CStr =
    c"_ZN2v87Isolate24RemoveGCPrologueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_";
const REMOVE_EPILOGUE: &CStr =
    c"_ZN2v87Isolate24RemoveGCEpilogueCallbackEPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_";

/// `void (*)(Isolate*, GCType, GCCallbackFlags, void* data)`.
type Callback = unsafe extern "C" fn(u64, c_int, c_int, *mut c_void);
/// `void Isolate::AddGC...Callback(Callback, void* data, GCType)`.
type Add = unsafe extern "C" fn(u64, Callback, *mut c_void, c_int);
/// `void Isolate::RemoveGC...Callback(Callback, void* data)`.
type Remove = unsafe extern "C" fn(u64, Callback, *mut c_void);

/// V8's kinds of collections, in the order of the bits of its `GCType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionKind {
    /// A minor collection.
    Scavenge,
    /// A minor collection of another kind, behind a flag.
    MinorMarkSweep,
    /// A major collection.
    MarkSweepCompact,
    /// The beginning of a major collection.
    IncrementalMarking,
    /// What is done for handles that died.
    ProcessWeakCallbacks,
}

impl CollectionKind {
    /// All, in their order.
    pub const ALL: [CollectionKind; 5] = [
        CollectionKind::Scavenge,
        CollectionKind::MinorMarkSweep,
        CollectionKind::MarkSweepCompact,
        CollectionKind::IncrementalMarking,
        CollectionKind::ProcessWeakCallbacks,
    ];

    /// `None` for a kind that isn't known.
    fn of_bit(bit: c_int) -> Option<CollectionKind> {
        let index = bit.trailing_zeros() as usize;
        CollectionKind::ALL.get(index).copied()
    }

    /// V8's name of it.
    pub fn name(self) -> &'static str {
        match self {
            CollectionKind::Scavenge => "Scavenge",
            CollectionKind::MinorMarkSweep => "MinorMarkSweep",
            CollectionKind::MarkSweepCompact => "MarkSweepCompact",
            CollectionKind::IncrementalMarking => "IncrementalMarking",
            CollectionKind::ProcessWeakCallbacks => "ProcessWeakCallbacks",
        }
    }
}

/// How many collections of a kind there were, and how long they took together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their time.
    pub time: Duration,
}

/// V8's statistics of the heap, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(
    missing_docs,
    reason = "the names are V8's, its documentation says what they are"
)]
pub struct HeapSizes {
    pub total_heap_size: u64,
    pub total_heap_size_executable: u64,
    pub total_physical_size: u64,
    pub total_available_size: u64,
    pub used_heap_size: u64,
    pub heap_size_limit: u64,
    pub malloced_memory: u64,
    pub peak_malloced_memory: u64,
    pub used_global_handles_size: u64,
}

impl HeapSizes {
    /// `v8::HeapStatistics` has these in all versions that are known, and more.
    fn of(statistics: &Statistics) -> HeapSizes {
        HeapSizes {
            total_heap_size: statistics[0],
            total_heap_size_executable: statistics[1],
            total_physical_size: statistics[2],
            total_available_size: statistics[3],
            used_heap_size: statistics[4],
            heap_size_limit: statistics[5],
            malloced_memory: statistics[6],
            peak_malloced_memory: statistics[8],
            used_global_handles_size: statistics[13],
        }
    }
}

/// What is known of the heap from elsewhere, and doesn't change between two statements. V8's statistics
/// have to say the same, or they are laid out in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSizes {
    /// `heap_size_limit`.
    pub heap_size_limit: u64,
    /// `number_of_native_contexts`.
    pub native_contexts: u64,
    /// `total_global_handles_size`.
    pub total_global_handles_size: u64,
}

impl KnownSizes {
    fn of(statistics: &Statistics) -> KnownSizes {
        KnownSizes {
            heap_size_limit: statistics[5],
            native_contexts: statistics[10],
            total_global_handles_size: statistics[12],
        }
    }
}

/// A major collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collection {
    /// When it ended.
    pub ended: Instant,
    /// How long it stopped the thread in the end.
    pub cost: Duration,
    /// What it left.
    pub heap: HeapSizes,
    /// All collections since the major one before, this one included, by kind.
    pub tallies: [Tally; CollectionKind::ALL.len()],
}

/// The pages of a log.
#[derive(Debug, Default)]
struct Notes {
    begun: [Option<Instant>; CollectionKind::ALL.len()],
    tallies: [Tally; CollectionKind::ALL.len()],
    kept: VecDeque<Collection>,
}

impl Notes {
    fn begin(&mut self, kind: CollectionKind, now: Instant) {
        self.begun[kind as usize] = Some(now);
    }

    /// `heap` is what V8 says of it after a major collection.
    fn end(&mut self, kind: CollectionKind, now: Instant, heap: Option<HeapSizes>) {
        // One that began before the log did is not counted.
        let Some(begun) = self.begun[kind as usize].take() else {
            return;
        };
        let cost = now.saturating_duration_since(begun);
        let tally = &mut self.tallies[kind as usize];
        tally.count += 1;
        tally.time += cost;
        if let Some(heap) = heap {
            let tallies = std::mem::take(&mut self.tallies);
            self.keep(Collection {
                ended: now,
                cost,
                heap,
                tallies,
            });
        }
    }

    fn keep(&mut self, mut collection: Collection) {
        if self.kept.len() == MOST_KEPT
            && let Some(forgotten) = self.kept.pop_front()
        {
            let next = self.kept.front_mut().unwrap_or(&mut collection);
            for (tally, more) in next.tallies.iter_mut().zip(forgotten.tallies) {
                tally.count += more.count;
                tally.time += more.time;
            }
        }
        self.kept.push_back(collection);
    }
}

/// What V8 hands back to the callbacks.
#[derive(Debug)]
struct Notebook {
    statistics: GetStatistics,
    notes: Mutex<Notes>,
}

impl Notebook {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log of the isolate that runs on the thread that started it, until it is dropped there.
#[derive(Debug)]
pub struct CollectionLog {
    isolate: u64,
    remove_prologue: Remove,
    remove_epilogue: Remove,
    /// From a `Box`; V8 has it, too.
    notebook: *const Notebook,
}

impl CollectionLog {
    /// Starts to note. `None` if there is no engine on this thread, or not one that is known.
    pub fn start(known: KnownSizes) -> Option<CollectionLog> {
        let isolate = current_isolate()?;
        let [add_prologue, add_epilogue] = [exported(ADD_PROLOGUE)?, exported(ADD_EPILOGUE)?];
        let [remove_prologue, remove_epilogue] =
            [exported(REMOVE_PROLOGUE)?, exported(REMOVE_EPILOGUE)?];
        let statistics = exported(GET_HEAP_STATISTICS)?;
        // SAFETY: the mangled names say that these functions have these types.
        let (add, statistics, remove_prologue, remove_epilogue) = unsafe {
            (
                [add_prologue, add_epilogue].map(|it| std::mem::transmute::<*mut c_void, Add>(it)),
                std::mem::transmute::<*mut c_void, GetStatistics>(statistics),
                std::mem::transmute::<*mut c_void, Remove>(remove_prologue),
                std::mem::transmute::<*mut c_void, Remove>(remove_epilogue),
            )
        };
        // SAFETY: the isolate has entered this thread.
        if KnownSizes::of(&unsafe { read(statistics, isolate) }) != known {
            return None;
        }
        let notes = Mutex::default();
        let notebook = Box::into_raw(Box::new(Notebook { statistics, notes }));
        // SAFETY: as above. The notebook lives until `drop` has taken the callbacks back.
        unsafe {
            add[0](isolate, on_begin, notebook.cast(), ALL_KINDS);
            add[1](isolate, on_end, notebook.cast(), ALL_KINDS);
        }
        Some(CollectionLog {
            isolate,
            remove_prologue,
            remove_epilogue,
            notebook,
        })
    }

    /// The major collections since this was called last.
    pub fn take(&self) -> Vec<Collection> {
        self.notebook().notes().kept.drain(..).collect()
    }

    /// Forgets all collections since one was taken last.
    pub fn skip(&self) {
        *self.notebook().notes() = Notes::default();
    }

    fn notebook(&self) -> &Notebook {
        // SAFETY: it is freed in `drop` alone, and only ever shared.
        unsafe { &*self.notebook }
    }
}

impl Drop for CollectionLog {
    fn drop(&mut self) {
        let data = self.notebook.cast_mut();
        // SAFETY: these callbacks were added with this data. The log is neither `Send` nor `Sync`, so
        // this is the isolate's thread; what JavaScript owns is dropped before its isolate is. After
        // that nobody else has the notebook.
        unsafe {
            (self.remove_prologue)(self.isolate, on_begin, data.cast());
            (self.remove_epilogue)(self.isolate, on_end, data.cast());
            drop(Box::from_raw(data));
        }
    }
}

/// # Safety
/// `isolate` has entered this thread, and `statistics` is V8's function.
unsafe fn read(statistics: GetStatistics, isolate: u64) -> Statistics {
    let mut numbers: Statistics = [0; 64];
    // SAFETY: there is more room than V8's statistics take.
    unsafe { statistics(isolate, &mut numbers) };
    numbers
}

/// # Safety
/// `data` is a notebook.
unsafe extern "C" fn on_begin(_isolate: u64, kind: c_int, _flags: c_int, data: *mut c_void) {
    // SAFETY: V8 hands back what it was given.
    let notebook = unsafe { &*data.cast_const().cast::<Notebook>() };
    if let Some(kind) = CollectionKind::of_bit(kind) {
        notebook.notes().begin(kind, Instant::now());
    }
}

/// # Safety
/// `data` is a notebook, and `isolate` has entered this thread.
unsafe extern "C" fn on_end(isolate: u64, kind: c_int, _flags: c_int, data: *mut c_void) {
    // SAFETY: V8 hands back what it was given.
    let notebook = unsafe { &*data.cast_const().cast::<Notebook>() };
    let Some(kind) = CollectionKind::of_bit(kind) else {
        return;
    };
    let now = Instant::now();
    let heap = (kind == CollectionKind::MarkSweepCompact)
        // SAFETY: V8 calls this on the isolate's thread, where statistics may be read.
        .then(|| HeapSizes::of(&unsafe { read(notebook.statistics, isolate) }));
    notebook.notes().end(kind, now, heap);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Collections of a millisecond each; major ones leave so many bytes.
    struct Writer {
        notes: Notes,
        now: Instant,
    }

    impl Writer {
        fn new() -> Writer {
            Writer {
                notes: Notes::default(),
                now: Instant::now(),
            }
        }

        fn minor(&mut self) {
            self.note(CollectionKind::Scavenge, None);
        }

        fn major(&mut self, used_heap_size: u64) {
            let heap = HeapSizes {
                used_heap_size,
                ..HeapSizes::default()
            };
            self.note(CollectionKind::MarkSweepCompact, Some(heap));
        }

        fn note(&mut self, kind: CollectionKind, heap: Option<HeapSizes>) {
            self.notes.begin(kind, self.now);
            self.now += MS;
            self.notes.end(kind, self.now, heap);
        }

        fn kept(&self) -> Vec<(u64, u64, u64)> {
            let row = |it: &Collection| {
                let counts = it.tallies.map(|tally| tally.count);
                (it.heap.used_heap_size, counts[0], counts[2])
            };
            self.notes.kept.iter().map(row).collect()
        }
    }

    #[test]
    fn a_major_collection_is_noted_with_what_it_left_and_the_minor_ones_before_it() {
        let mut writer = Writer::new();
        writer.minor();
        writer.minor();
        writer.major(100);
        writer.major(200);
        writer.minor();
        assert_eq!(writer.kept(), [(100, 2, 1), (200, 0, 1)]);
        let first = writer.notes.kept[0];
        assert_eq!((first.cost, first.tallies[0].time), (MS, 2 * MS));
        assert_eq!(writer.now - first.ended, 2 * MS);
    }

    #[test]
    fn collections_within_collections_have_times_of_their_own() {
        let mut notes = Notes::default();
        let start = Instant::now();
        notes.begin(CollectionKind::MarkSweepCompact, start);
        notes.begin(CollectionKind::ProcessWeakCallbacks, start + MS);
        notes.end(CollectionKind::ProcessWeakCallbacks, start + 2 * MS, None);
        let heap = Some(HeapSizes::default());
        notes.end(CollectionKind::MarkSweepCompact, start + 5 * MS, heap);
        let [collection] = notes.kept.make_contiguous() else {
            panic!("{notes:?}");
        };
        assert_eq!(collection.cost, 5 * MS);
        assert_eq!(collection.tallies[4], Tally { count: 1, time: MS });
    }

    #[test]
    fn one_that_began_before_the_log_is_not_noted() {
        let mut notes = Notes::default();
        notes.end(
            CollectionKind::MarkSweepCompact,
            Instant::now(),
            Some(HeapSizes::default()),
        );
        assert_eq!((notes.kept.len(), notes.tallies[2].count), (0, 0));
    }

    #[test]
    fn what_is_too_much_to_keep_is_counted_with_the_next() {
        let mut writer = Writer::new();
        for bytes in 0..MOST_KEPT as u64 + 3 {
            writer.minor();
            writer.major(bytes);
        }
        let kept = writer.kept();
        assert_eq!(kept.len(), MOST_KEPT);
        assert_eq!(kept[..2], [(3, 4, 4), (4, 1, 1)]);
    }

    #[test]
    fn kinds_are_told_by_their_bit() {
        assert_eq!(
            CollectionKind::of_bit(4),
            Some(CollectionKind::MarkSweepCompact)
        );
        assert_eq!(
            CollectionKind::of_bit(16),
            Some(CollectionKind::ProcessWeakCallbacks)
        );
        assert_eq!(CollectionKind::of_bit(32), None);
        assert_eq!(CollectionKind::of_bit(0), None);
        for (index, kind) in CollectionKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index, "{}", kind.name());
        }
    }

    #[test]
    fn statistics_that_say_otherwise_are_not_laid_out_as_known() {
        let statistics: Statistics = std::array::from_fn(|i| i as u64);
        let known = KnownSizes {
            heap_size_limit: 5,
            native_contexts: 10,
            total_global_handles_size: 12,
        };
        assert_eq!(KnownSizes::of(&statistics), known);
        assert_eq!(HeapSizes::of(&statistics).peak_malloced_memory, 8);
    }

    #[test]
    fn without_an_engine_there_is_no_log() {
        let known = KnownSizes {
            heap_size_limit: 0,
            native_contexts: 0,
            total_global_handles_size: 0,
        };
        assert!(CollectionLog::start(known).is_none());
    }
}
