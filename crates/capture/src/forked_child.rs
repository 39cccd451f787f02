//! A piece of work in a forked child: the state of this process at one moment, at leisure.
//!
//! [`fork_with`] stops the calling thread for the milliseconds that the kernel takes to copy the
//! page tables, and returns. The child has one thread, sees all memory as it was, and runs the job;
//! its output comes back through a pipe. Memory is shared until one of both writes to it.
//!
//! **The way.**
//! 1. Refuse if the cgroup could not bear it (`headroom.rs`).
//! 2. V8 keeps its heap from being inherited; find those ranges and change that ([`inheritance`]).
//! 3. Block all signals, `clone` without glibc's handlers and without `SIGCHLD` ([`raw_fork`]).
//! 4. Parent: put everything back. Child: let go of all that is the service's ([`child_process`]),
//!    run the job, `_exit`. It never returns from here.
//!
//! **What the job may do.** Compute, read memory, allocate (from an arena of its own, see
//! [`ForkSafeAllocator`]), read `/proc/self`, write its output. Not: start threads, wait for locks
//! that another thread may have held, use a descriptor of the parent (all are closed), call into V8,
//! libuv or Node.
//!
//! **Nothing stays behind.** The child dies with the thread that forked it (`PR_SET_PDEATHSIG`), at
//! its time limit (`setitimer`), or when its [`ForkedChild`] is dropped. Only this module reaps it:
//! it sends no `SIGCHLD`, and a `waitpid(-1)` elsewhere in the process doesn't see it.
//!
//! Cost: the pause is a few microseconds a mapping, and about a tenth of a millisecond a MB of
//! resident memory in pages of 4 KB. Memory: what the child allocates, and a copy of each page that
//! the parent writes while the child lives.

mod child_output;
mod child_process;
mod inheritance;
mod panic_report;
mod raw_fork;
mod shared_page;

use std::io::{self, PipeReader, Read};
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::snapshot_pipe::enlarge;
use crate::{CaptureError, ChildFailure, ForkSafeAllocator, headroom};

pub use child_output::ChildOutput;
use child_process::ChildProcess;
use inheritance::Inheritance;
use raw_fork::{ChildPid, Ended, Forked, raw_fork};
use shared_page::{Outcome, SharedPage};

/// What a child may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForkOptions {
    /// Bytes that the child may add to the memory in use, beyond what it shares with its parent.
    pub memory_budget: u64,
    /// How long it may live.
    pub time_limit: Duration,
    /// Whether the process waits for it. Else it gives way to the process, whose memory is copied all
    /// the longer.
    pub is_awaited: bool,
}

/// How long the calling thread was stopped, by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ForkTimings {
    /// Checking the headroom, and making the heap inheritable.
    pub prepare: Duration,
    /// The system call.
    pub fork: Duration,
    /// Putting back what was changed.
    pub restore: Duration,
}

impl ForkTimings {
    /// The whole time.
    pub fn pause(&self) -> Duration {
        self.prepare + self.fork + self.restore
    }
}

/// What a child took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildUsage {
    /// The most bytes that it had allocated at a time, in whole pages.
    pub memory_peak: u64,
    /// Pages that it was given or that were copied for it.
    pub page_faults: u64,
    /// Time on a processor.
    pub cpu_time: Duration,
}

/// A running child, and what it writes.
///
/// Reading gives [`io::ErrorKind::Interrupted`] about every tenth of a second if there is nothing
/// to read, so that the reader can look whether it should stop; [`io::ErrorKind::TimedOut`] once
/// at its time limit; and no bytes at the end, whether the child was done or died: only
/// [`ForkedChild::finish`] tells. Dropping it kills the child.
#[derive(Debug)]
pub struct ForkedChild {
    pid: ChildPid,
    output: PipeReader,
    page: Arc<SharedPage>,
    options: ForkOptions,
    since: Instant,
    timings: ForkTimings,
    /// V8's mappings at the fork.
    engine_mappings: Vec<Range<u64>>,
    memory_left: Option<u64>,
    /// Whether it was us who ended it, at its time limit.
    is_too_late: bool,
}

/// The child's own count of its progress, for a thread that does not read from it.
#[derive(Debug, Clone)]
pub struct ChildProgress {
    page: Arc<SharedPage>,
}

impl ChildProgress {
    /// What the job last gave to [`ChildOutput::report_progress`]; zero at first.
    pub fn get(&self) -> u64 {
        self.page.progress()
    }
}

/// How long a read waits before it gives the reader a chance to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Forks this process and runs `job` in the child, see the module. Must be called by the thread
/// whose stack and state the job is to see, and which outlives the child.
///
/// # Errors
/// - [`CaptureError::Limit`] if the memory limit of the cgroup chain or of the machine is too near.
/// - [`CaptureError::Unsupported`] if [`ForkSafeAllocator`] is not the program's allocator, or there
///   are too many mappings.
/// - [`CaptureError::Child`] with [`ChildFailure::Fork`] if there can be no child.
/// - [`CaptureError::Io`] if there can be no pipe, or no look at `/proc`.
pub fn fork_with<F>(options: &ForkOptions, job: F) -> Result<ForkedChild, CaptureError>
where
    F: FnOnce(&mut ChildOutput) -> Result<(), String>,
{
    /// While one capture has the heap inheritable, another would take it for not V8's.
    static TURN: Mutex<()> = Mutex::new(());

    let started = Instant::now();
    if !ForkSafeAllocator::is_installed() {
        return Err(CaptureError::Unsupported {
            what: "a forked child",
            reason: "ForkSafeAllocator is not the program's allocator".to_owned(),
        });
    }
    let memory_left = headroom::check_child(options.memory_budget)?;
    panic_report::install();
    let page = Arc::new(SharedPage::map()?);
    let (output, writer) = io::pipe().map_err(CaptureError::io("open a pipe"))?;
    enlarge(&writer);
    let child = ChildProcess::new(options, &page, &writer);

    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let inheritance = Inheritance::open()?;
    let prepared = Instant::now();
    // SAFETY: the child runs `ChildProcess::run`, which never returns and takes no lock.
    let forked = unsafe { raw_fork() };
    let pid = match forked {
        Ok(Forked::Child) => child.run(job),
        Ok(Forked::Parent(pid)) => Ok(pid),
        Err(errno) => Err(CaptureError::Child(ChildFailure::Fork { errno })),
    };
    let forked = Instant::now();
    let engine_mappings = inheritance.marked().to_vec();
    drop(inheritance);
    drop(turn);
    Ok(ForkedChild {
        pid: pid?,
        output,
        page,
        options: *options,
        since: forked,
        timings: ForkTimings {
            prepare: prepared - started,
            fork: forked - prepared,
            restore: forked.elapsed(),
        },
        engine_mappings,
        memory_left,
        is_too_late: false,
    })
}

impl ForkedChild {
    /// How long the thread that forked was stopped.
    pub fn timings(&self) -> ForkTimings {
        self.timings
    }

    /// The mappings that V8 keeps from other children, which this one shares.
    pub(crate) fn engine_mappings(&self) -> &[Range<u64>] {
        &self.engine_mappings
    }

    /// Bytes that the process could take before the fork, less what the child may take and what may
    /// be copied for it; `None` if nobody knows.
    pub(crate) fn memory_left(&self) -> Option<u64> {
        self.memory_left
    }

    /// What the job last gave to [`ChildOutput::report_progress`]; zero at first.
    pub fn progress(&self) -> u64 {
        self.page.progress()
    }

    /// The same for another thread; goes on to work after the child's end.
    pub fn progress_handle(&self) -> ChildProgress {
        ChildProgress {
            page: Arc::clone(&self.page),
        }
    }

    /// The child's process id.
    pub fn pid(&self) -> u32 {
        self.pid.number()
    }

    /// Waits for the child's end, throws away what was not read, and tells how it went.
    ///
    /// # Errors
    /// Every way in which the job did not come to its end. What was read until then is not to be
    /// trusted.
    pub fn finish(mut self) -> Result<ChildUsage, ChildFailure> {
        let mut unread = [0; 16 * 1024];
        loop {
            match self.read(&mut unread) {
                Ok(0) => break,
                // A pipe that can't be read any more ends the child when it writes.
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                _ => {}
            }
        }
        Verdict {
            ended: self.pid.wait(),
            page: &self.page,
            options: self.options,
            is_too_late: self.is_too_late,
        }
        .judge()
    }

    fn time_left(&self) -> Duration {
        self.options.time_limit.saturating_sub(self.since.elapsed())
    }

    /// Waits a moment for bytes or for the end.
    fn has_something(&self) -> io::Result<bool> {
        let patience = self.time_left().min(PATIENCE).as_millis();
        let mut waiting = libc::pollfd {
            fd: self.output.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // At least a millisecond: less than one at the end would be a busy loop.
        let milliseconds = i32::try_from(patience).unwrap_or_default().max(1);
        // SAFETY: `waiting` is one valid pollfd that lives through the call, and the descriptor in
        // it is open as long as `self` is borrowed.
        match unsafe { libc::poll(&raw mut waiting, 1, milliseconds) } {
            -1 => Err(io::Error::last_os_error()),
            ready => Ok(ready > 0),
        }
    }
}

impl Read for ForkedChild {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What has been written in time may be read at leisure.
        if self.has_something()? {
            return self.output.read(buffer);
        }
        if !self.time_left().is_zero() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.is_too_late = true;
        self.pid.kill();
        Err(io::ErrorKind::TimedOut.into())
    }
}

/// All that is known about a child's end.
#[derive(Debug)]
struct Verdict<'a> {
    ended: Ended,
    page: &'a SharedPage,
    options: ForkOptions,
    /// Whether it was the parent who ended it.
    is_too_late: bool,
}

impl Verdict<'_> {
    /// The child's own word counts most, then ours, then the kernel's.
    fn judge(&self) -> Result<ChildUsage, ChildFailure> {
        let message = || self.page.message();
        match self.page.outcome() {
            Outcome::Done if self.ended.exit_status == Some(0) => Ok(ChildUsage {
                memory_peak: self.page.memory_peak(),
                page_faults: self.ended.page_faults,
                cpu_time: self.ended.cpu_time,
            }),
            Outcome::JobFailed => Err(ChildFailure::Job { message: message() }),
            Outcome::Panicked => Err(ChildFailure::Panic { message: message() }),
            Outcome::SetupFailed { step, errno } => Err(ChildFailure::Setup { step, errno }),
            Outcome::Done | Outcome::None => Err(self.silent_end()),
        }
    }

    fn silent_end(&self) -> ChildFailure {
        match (self.ended.signal, self.ended.exit_status) {
            _ if self.is_too_late => self.timeout(),
            (Some(libc::SIGALRM), _) => self.timeout(),
            // Rust ends the process if an allocation that can't fail does.
            (Some(libc::SIGABRT), _) if self.page.was_memory_refused() => ChildFailure::Memory {
                budget: self.options.memory_budget,
            },
            (Some(signal), _) => ChildFailure::Killed { signal },
            (None, status) => ChildFailure::Exit {
                status: status.unwrap_or(-1),
            },
        }
    }

    fn timeout(&self) -> ChildFailure {
        ChildFailure::Timeout {
            limit: self.options.time_limit,
        }
    }
}
