//! A page that parent and child both see: how far the child is, and how it ended.
//!
//! A pipe can't tell why it was closed, and an exit status is a single byte. What the child writes
//! here stays, however it ends.

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering};

use crate::CaptureError;
use crate::child_arena::ArenaUsage;

/// The longest message, so that all fits into one page of 4 KB.
const MESSAGE_BYTES: usize = 1024;

/// How the child says it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has not said anything.
    None,
    Done,
    JobFailed,
    Panicked,
    SetupFailed {
        step: &'static str,
        errno: i32,
    },
}

/// Steps that the child must not do without, by their place in this list.
pub(super) const SETUP_STEPS: [&str; 5] = [
    "find its parent",
    "reserve memory",
    "keep its end of the pipe",
    "close what it inherited",
    "set its time limit",
];

const DONE: u32 = 1;
const JOB_FAILED: u32 = 2;
const PANICKED: u32 = 3;
/// Plus the place in [`SETUP_STEPS`].
const SETUP_FAILED: u32 = 16;

/// All zeros at first.
#[repr(C)]
#[derive(Debug)]
pub(super) struct SharedState {
    progress: AtomicU64,
    pub(super) memory: ArenaUsage,
    outcome: AtomicU32,
    errno: AtomicI32,
    message_bytes: AtomicU32,
    message: [AtomicU8; MESSAGE_BYTES],
}

impl SharedState {
    pub(super) fn report_progress(&self, value: u64) {
        self.progress.store(value, Ordering::Relaxed);
    }

    pub(super) fn report_done(&self) {
        self.outcome.store(DONE, Ordering::Release);
    }

    pub(super) fn report_job_failed(&self, message: &str) {
        self.write_message(&[message]);
        self.outcome.store(JOB_FAILED, Ordering::Release);
    }

    pub(super) fn report_panic(&self, message: &[&str]) {
        self.write_message(message);
        self.outcome.store(PANICKED, Ordering::Release);
    }

    /// Notes the step by its place in the list, and the current `errno`.
    pub(super) fn report_setup_failed(&self, step: &'static str) {
        let errno = io::Error::last_os_error().raw_os_error();
        self.errno
            .store(errno.unwrap_or_default(), Ordering::Relaxed);
        let place = SETUP_STEPS.iter().position(|&known| known == step);
        let place = place.unwrap_or_default() as u32;
        self.outcome.store(SETUP_FAILED + place, Ordering::Release);
    }

    /// Without an allocation: a panic may have come from the lack of memory.
    fn write_message(&self, parts: &[&str]) {
        let bytes = parts.iter().flat_map(|part| part.bytes());
        let mut written = 0;
        for (place, byte) in self.message.iter().zip(bytes) {
            place.store(byte, Ordering::Relaxed);
            written += 1;
        }
        self.message_bytes.store(written, Ordering::Relaxed);
    }
}

/// The mapping, for the parent.
#[derive(Debug)]
pub(super) struct SharedPage {
    state: NonNull<SharedState>,
}

// SAFETY: the page holds atomics only, and is unmapped by its only owner.
unsafe impl Send for SharedPage {}
// SAFETY: as above.
unsafe impl Sync for SharedPage {}

impl SharedPage {
    pub(super) fn map() -> Result<SharedPage, CaptureError> {
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let bytes = size_of::<SharedState>();
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, flags, -1, 0) };
        match NonNull::new(page.cast()) {
            Some(state) if page != libc::MAP_FAILED => Ok(SharedPage { state }),
            _ => Err(CaptureError::io("map a page for a child")(
                io::Error::last_os_error(),
            )),
        }
    }

    /// The page as the child has it, which never unmaps it.
    ///
    /// # Safety
    /// Not used by a process in which this mapping can be dropped.
    pub(super) unsafe fn for_child(&self) -> &'static SharedState {
        // SAFETY: mapped for as long as the child lives, and zeros are valid atomics.
        unsafe { self.state.as_ref() }
    }

    fn state(&self) -> &SharedState {
        // SAFETY: mapped until `self` is dropped, and zeros are valid atomics.
        unsafe { self.state.as_ref() }
    }

    pub(super) fn progress(&self) -> u64 {
        self.state().progress.load(Ordering::Relaxed)
    }

    pub(super) fn memory_peak(&self) -> u64 {
        self.state().memory.peak.load(Ordering::Relaxed)
    }

    pub(super) fn was_memory_refused(&self) -> bool {
        self.state().memory.refusals.load(Ordering::Relaxed) > 0
    }

    pub(super) fn outcome(&self) -> Outcome {
        let state = self.state();
        match state.outcome.load(Ordering::Acquire) {
            DONE => Outcome::Done,
            JOB_FAILED => Outcome::JobFailed,
            PANICKED => Outcome::Panicked,
            code => match SETUP_STEPS.get(code.wrapping_sub(SETUP_FAILED) as usize) {
                Some(step) => Outcome::SetupFailed {
                    step,
                    errno: state.errno.load(Ordering::Relaxed),
                },
                None => Outcome::None,
            },
        }
    }

    /// What came with the outcome, cut at the longest that there is room for.
    pub(super) fn message(&self) -> String {
        let state = self.state();
        let bytes = state.message_bytes.load(Ordering::Relaxed) as usize;
        let message = state.message.iter().take(bytes);
        let message: Vec<u8> = message.map(|byte| byte.load(Ordering::Relaxed)).collect();
        String::from_utf8_lossy(&message).into_owned()
    }
}

impl Drop for SharedPage {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this size, and nobody can have a reference any more.
        unsafe { libc::munmap(self.state.as_ptr().cast(), size_of::<SharedState>()) };
    }
}
