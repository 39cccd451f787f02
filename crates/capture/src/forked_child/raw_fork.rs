//! The system calls around a child process, without what glibc puts around them.
//!
//! glibc's `fork` runs handlers that anyone may have registered (`pthread_atfork`) and takes the
//! locks of `malloc` and of stdio; `clone(2)` copies the process and nothing else. With zero as the
//! signal of its end, the child is a "clone child" in the terms of waitpid(2): the parent gets no
//! `SIGCHLD` for it, and only a wait with `__WALL` or `__WCLONE` for it sees it, so that neither
//! libuv's handler nor anyone's `waitpid(-1)` takes it from us.

use std::mem::ManuallyDrop;
use std::time::Duration;

/// Where this is, after the call.
#[derive(Debug)]
pub(super) enum Forked {
    /// In the parent.
    Parent(ChildPid),
    /// In the child. All signals are blocked.
    Child,
}

/// All signals, those that glibc keeps for itself included.
const ALL_SIGNALS: u64 = !0;

/// Bytes of a set of signals, as the kernel counts.
const SIGNAL_SET_BYTES: usize = size_of::<u64>();

/// Forks, or gives the kernel's error number. Signals are blocked meanwhile: a handler of the
/// service's in the child could write into descriptors that both share.
///
/// # Safety
/// The child must neither return to code that doesn't expect two of itself, nor wait for locks.
pub(super) unsafe fn raw_fork() -> Result<Forked, i32> {
    let before = swap_blocked_signals(ALL_SIGNALS);
    // SAFETY: no flags, no stack of its own, no addresses to write to: the child goes on with a
    // copy of everything. What it may do then is the caller's promise.
    let pid = unsafe { libc::syscall(libc::SYS_clone, 0, 0, 0, 0, 0) };
    if pid == 0 {
        return Ok(Forked::Child);
    }
    let errno = std::io::Error::last_os_error().raw_os_error();
    swap_blocked_signals(before);
    match libc::pid_t::try_from(pid) {
        Ok(pid) if pid > 0 => Ok(Forked::Parent(ChildPid(pid))),
        _ => Err(errno.unwrap_or(libc::EAGAIN)),
    }
}

/// Lets all signals have their default effect, and come. For the child only.
pub(super) fn reset_signals() {
    for signal in 1..=64 {
        // The kernel's `struct sigaction` with nothing in it: handler `SIG_DFL`, no flags.
        let default = [0_u64; 4];
        // SAFETY: the kernel reads 32 bytes, which are there. It refuses SIGKILL and SIGSTOP.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                default.as_ptr(),
                0,
                SIGNAL_SET_BYTES,
            );
        }
    }
}

/// Lets signals come. For the child only.
pub(super) fn unblock_signals() {
    swap_blocked_signals(0);
}

fn swap_blocked_signals(blocked: u64) -> u64 {
    let mut before = 0_u64;
    // SAFETY: the kernel reads one set and writes one, and both are there.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const blocked,
            &raw mut before,
            SIGNAL_SET_BYTES,
        );
    }
    before
}

/// How a child came to its end, and what it took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ended {
    pub(super) exit_status: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) page_faults: u64,
    pub(super) cpu_time: Duration,
}

/// The process id of a child that nobody has waited for yet, so that it can be nobody else's.
/// Dropped, it kills the child and waits for it.
#[derive(Debug)]
pub(super) struct ChildPid(libc::pid_t);

impl ChildPid {
    pub(super) fn number(&self) -> u32 {
        self.0.unsigned_abs()
    }

    pub(super) fn kill(&self) {
        // SAFETY: takes numbers only, and this number is our child's.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
    }

    /// Waits for the child's end.
    pub(super) fn wait(self) -> Ended {
        let pid = ManuallyDrop::new(self);
        wait_for(pid.0)
    }
}

impl Drop for ChildPid {
    fn drop(&mut self) {
        self.kill();
        wait_for(self.0);
    }
}

fn wait_for(pid: libc::pid_t) -> Ended {
    let mut status = 0;
    // SAFETY: all zeros is a `struct rusage`.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both are there to be written.
        let waited = unsafe { libc::wait4(pid, &raw mut status, libc::__WALL, &raw mut usage) };
        if waited == pid {
            break;
        }
        if std::io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            return Ended::default();
        }
    }
    Ended {
        exit_status: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
        signal: libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
        page_faults: (usage.ru_minflt + usage.ru_majflt).unsigned_abs(),
        cpu_time: duration(usage.ru_utime) + duration(usage.ru_stime),
    }
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec.unsigned_abs())
        + Duration::from_micros(time.tv_usec.unsigned_abs())
}
