//! The child's side: from the fork to `_exit`.
//!
//! The child is born with all that the service has: its connections, its signal handlers, its place
//! in the scheduler. It lets go of it before it begins:
//!
//! - signals have their default effect, so that none of the service's handlers runs here;
//! - it dies with the thread that forked it, and at its time limit;
//! - its descriptors are closed, so that a connection which the service closes is closed;
//! - it is the first to be killed if memory runs out, leaves no core dump, and can't be traced;
//! - it gives way to the service (see [`NICENESS`]), unless the service waits for it;
//! - its address space can't grow much beyond its budget, should it map memory by itself.
//!
//! The first three must work or the child ends; the others are courtesies, which a sandbox may
//! forbid. Nothing here takes a lock, and nothing allocates before the arena is open.

use std::fs::File;
use std::io::{PipeWriter, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::child_output::ChildOutput;
use super::shared_page::{SETUP_STEPS, SharedPage, SharedState};
use super::{ForkOptions, panic_report, raw_fork};
use crate::ForkSafeAllocator;

/// Room in the address space beside the budget: the stack may grow (8 MiB at most, usually), and
/// the job may map a file.
const SPARE_ADDRESSES: u64 = 64 << 20;

/// How much lower the child's priority is than the service's. Where both want one processor, the
/// service gets three quarters of it. At the lowest priority, 19, it would get 98.5 %, and the child
/// would live for minutes on a busy machine: the copies of what the service writes meanwhile would
/// cost more than the processor.
const NICENESS: libc::c_int = 5;

/// The last descriptors that a program may take for standard output or error.
const STANDARD_DESCRIPTORS: RawFd = 3;

/// What the child must know, put together in the parent.
#[derive(Debug)]
pub(super) struct ChildProcess<'a> {
    options: ForkOptions,
    page: &'a Arc<SharedPage>,
    writer: &'a PipeWriter,
    parent: libc::pid_t,
}

impl<'a> ChildProcess<'a> {
    /// For the calling thread, which is the one to fork.
    pub(super) fn new(
        options: &ForkOptions,
        page: &'a Arc<SharedPage>,
        writer: &'a PipeWriter,
    ) -> ChildProcess<'a> {
        prepare_thread_locals();
        ChildProcess {
            options: *options,
            page,
            writer,
            // SAFETY: takes nothing and can't fail.
            parent: unsafe { libc::getpid() },
        }
    }

    /// Does the job and ends the process. For the child only.
    pub(super) fn run<F>(self, job: F) -> !
    where
        F: FnOnce(&mut ChildOutput) -> Result<(), String>,
    {
        // SAFETY: this is the child, which ends without dropping anything.
        let page = unsafe { self.page.for_child() };
        let mut output = match self.settle(page) {
            Ok(output) => output,
            Err(step) => {
                page.report_setup_failed(step);
                exit(1);
            }
        };
        // A panic ends the process by its hook, except where it is resumed.
        match catch_unwind(AssertUnwindSafe(|| job(&mut output))) {
            Ok(Ok(())) => page.report_done(),
            Ok(Err(message)) => page.report_job_failed(&message),
            Err(_) => page.report_panic(&["a resumed panic"]),
        }
        exit(0);
    }

    /// Lets go of the service. The error is the step that failed, `errno` is its reason.
    fn settle(&self, page: &'static SharedState) -> Result<ChildOutput, &'static str> {
        let [
            find_parent,
            reserve_memory,
            keep_pipe,
            close_inherited,
            set_limit,
        ] = SETUP_STEPS;
        raw_fork::reset_signals();
        die_with_parent(self.parent).ok_or(find_parent)?;
        set_time_limit(self.options.time_limit).ok_or(set_limit)?;
        // SAFETY: the child has one thread.
        let has_memory =
            unsafe { ForkSafeAllocator::enter_child(self.options.memory_budget, &page.memory) };
        has_memory.then_some(()).ok_or(reserve_memory)?;
        panic_report::report_to(page);
        let descriptor = above_standard(self.writer.as_raw_fd()).ok_or(keep_pipe)?;
        close_all_but(descriptor).ok_or(close_inherited)?;
        be_modest();
        if !self.options.is_awaited {
            give_way();
        }
        limit_address_space();
        raw_fork::unblock_signals();
        // SAFETY: duplicated just now, and all others are closed.
        Ok(unsafe { ChildOutput::new(descriptor, page) })
    }
}

/// Ends the process without any of the handlers that the service has registered for its end.
pub(super) fn exit(status: i32) -> ! {
    // SAFETY: takes a number and never returns.
    unsafe { libc::_exit(status) }
}

/// The first use of a thread's variables, and of one that has to be dropped, makes the C library
/// allocate. That must have happened in this thread before the fork.
fn prepare_thread_locals() {
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {}
    }
    thread_local!(static DROPPED: Dropped = const { Dropped });
    DROPPED.with(|_| ());
}

/// The parent may be gone before the kernel was asked.
fn die_with_parent(parent: libc::pid_t) -> Option<()> {
    // SAFETY: both take numbers only.
    let is_asked = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) } == 0;
    // SAFETY: as above.
    let is_there = unsafe { libc::getppid() } == parent;
    (is_asked && is_there).then_some(())
}

/// `SIGALRM` ends the process, whatever it does. A limit of zero would be none.
fn set_time_limit(limit: Duration) -> Option<()> {
    let limit = limit.max(Duration::from_millis(1));
    let timer = libc::itimerval {
        it_interval: libc::timeval {
            tv_sec: 0,
            tv_usec: 0,
        },
        it_value: libc::timeval {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_usec: i64::from(limit.subsec_micros()),
        },
    };
    // SAFETY: the kernel reads one timer, which is there, and has nowhere to write the last one.
    let status =
        unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
    (status == 0).then_some(())
}

/// The service may have closed its standard output, and then the pipe may have got its number.
fn above_standard(descriptor: RawFd) -> Option<RawFd> {
    // SAFETY: takes numbers only.
    let copy = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, STANDARD_DESCRIPTORS) };
    (copy >= 0).then_some(copy)
}

fn close_all_but(kept: RawFd) -> Option<()> {
    let kept = kept.unsigned_abs();
    let is_done = close_range(0, kept - 1) && close_range(kept + 1, u32::MAX);
    (is_done || close_one_by_one(kept)).then_some(())
}

/// Linux 5.9 and later, unless a sandbox doesn't know it.
fn close_range(first: u32, last: u32) -> bool {
    // SAFETY: takes numbers only. The child uses none of these descriptors.
    unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) == 0 }
}

/// By the list of what is open, which may be much shorter than that of what could be. `readdir`
/// would allocate in the C library. Closing may skip entries of the list, so it begins anew until
/// there is nothing left to close.
fn close_one_by_one(kept: u32) -> bool {
    let Ok(list) = File::open("/proc/self/fd") else {
        return false;
    };
    let kept = [kept.cast_signed(), list.as_raw_fd()];
    let mut entries = DirectoryEntries([0; 1024]);
    loop {
        // SAFETY: takes numbers only.
        unsafe { libc::lseek(list.as_raw_fd(), 0, libc::SEEK_SET) };
        let mut closed = 0;
        while let Some(bytes) = entries.fill(&list) {
            for descriptor in entries.numbers(bytes).filter(|open| !kept.contains(open)) {
                // SAFETY: takes a number only. The child uses none of these descriptors.
                unsafe { libc::close(descriptor) };
                closed += 1;
            }
        }
        if closed == 0 {
            return true;
        }
    }
}

/// What getdents64(2) writes: records of inode and offset (8 bytes each), length (2), type (1), and
/// the name, which ends with a zero.
#[repr(C, align(8))]
struct DirectoryEntries([u8; 1024]);

impl DirectoryEntries {
    /// Reads some entries; `None` at the end of the directory.
    fn fill(&mut self, directory: &File) -> Option<usize> {
        let buffer = &mut self.0;
        // SAFETY: the kernel writes at most as many bytes as there are.
        let bytes = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                directory.as_raw_fd(),
                buffer.as_mut_ptr(),
                buffer.len(),
            )
        };
        usize::try_from(bytes).ok().filter(|&bytes| bytes > 0)
    }

    /// The names that are numbers.
    fn numbers(&self, bytes: usize) -> impl Iterator<Item = RawFd> {
        let mut records = &self.0[..bytes];
        std::iter::from_fn(move || {
            let length = u16::from_ne_bytes([*records.get(16)?, *records.get(17)?]);
            let (record, rest) = records.split_at_checked(usize::from(length))?;
            records = rest;
            record.get(19..)?.split(|&byte| byte == 0).next()
        })
        .filter_map(|name| std::str::from_utf8(name).ok()?.parse().ok())
    }
}

/// Where the service and the child compete, the service wins. All of it is best effort.
fn be_modest() {
    // Before the process stops being traceable: after that the file is root's.
    if let Ok(mut file) = File::options().write(true).open("/proc/self/oom_score_adj") {
        let _ = file.write_all(b"1000");
    }
    let no_core = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: all take numbers, a string that ends with zero, or a limit that is there.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, c"heapwatch".as_ptr(), 0, 0, 0);
        libc::setrlimit(libc::RLIMIT_CORE, &raw const no_core);
        // A core dump that is piped to a program doesn't ask for the limit.
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

fn give_way() {
    // SAFETY: it takes a number.
    unsafe {
        libc::nice(NICENESS);
    }
}

/// The arena is reserved already, so the budget is a part of what there is.
fn limit_address_space() {
    let Ok(sizes) = std::fs::read_to_string("/proc/self/statm") else {
        return;
    };
    let pages = sizes.split(' ').next().and_then(|pages| pages.parse().ok());
    let Some(pages): Option<u64> = pages else {
        return;
    };
    let bytes = pages * crate::child_arena::PAGE as u64 + SPARE_ADDRESSES;
    let limit = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: bytes,
    };
    // SAFETY: the limit is there. Where the service has a lower one already, this is refused.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::fork_with;

    /// Opens more descriptors than one reading of the list has room for, and closes them again.
    fn open_and_close_one_by_one(output: &ChildOutput) -> [usize; 2] {
        let kept = output.descriptor();
        for _ in 0..300 {
            // SAFETY: takes numbers only.
            unsafe { libc::dup(kept) };
        }
        // SAFETY: takes numbers only.
        let is_open = |number: &RawFd| unsafe { libc::fcntl(*number, libc::F_GETFD) } >= 0;
        let open = || (0..1024).filter(is_open).count();
        let before = open();
        assert!(close_one_by_one(kept.unsigned_abs()));
        [before, open()]
    }

    #[test]
    fn descriptors_are_closed_on_a_system_that_does_not_know_how_to_close_many() {
        let options = ForkOptions {
            memory_budget: 64 << 20,
            time_limit: Duration::from_secs(300),
            is_awaited: false,
        };
        let mut child = fork_with(&options, |output| {
            let [before, after] = open_and_close_one_by_one(output);
            write!(output, "{before} {after}").map_err(|error| error.to_string())
        })
        .unwrap();
        let mut text = String::new();
        child.read_to_string(&mut text).unwrap();
        child.finish().unwrap();
        assert_eq!(text, "301 1");
    }
}
