//! Why a forked child gave no result, with a stable name for each case.

use std::time::Duration;

/// How a capture in a forked child failed. The service itself is never touched by any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChildFailure {
    /// The operating system made no child: too many processes (`EAGAIN`), too little memory
    /// (`ENOMEM`), or a sandbox that forbids it (`EPERM`).
    #[error("no child process could be made: {}", std::io::Error::from_raw_os_error(*.errno))]
    Fork {
        /// What the operating system said.
        errno: i32,
    },
    /// The child could not protect the service from itself, and ended before it began.
    #[error("the child could not {step}: {}", std::io::Error::from_raw_os_error(*.errno))]
    Setup {
        /// The step, as the end of "could not ...".
        step: &'static str,
        /// What the operating system said.
        errno: i32,
    },
    /// A signal ended the child: the kernel's (out of memory, a fault) or someone's.
    #[error("the child was killed by signal {signal}")]
    Killed {
        /// The signal's number.
        signal: i32,
    },
    /// The child needed more than it may add to the memory in use.
    #[error("the child needed more than its {budget} bytes of memory")]
    Memory {
        /// Bytes that it could have had.
        budget: u64,
    },
    /// The child, or whoever read from it, took too long.
    #[error("the child was not done after {} ms", .limit.as_millis())]
    Timeout {
        /// How long it could have taken.
        limit: Duration,
    },
    /// A defect of ours.
    #[error("the child panicked: {message}")]
    Panic {
        /// What the panic said, and where.
        message: String,
    },
    /// The work itself failed and said why.
    #[error("{message}")]
    Job {
        /// The first kilobyte of what it said.
        message: String,
    },
    /// The child ended in a way that nothing above explains.
    #[error("the child ended unexpectedly with status {status}")]
    Exit {
        /// Its exit status.
        status: i32,
    },
}

impl ChildFailure {
    /// The literal `reason` in the details of the JavaScript error. Stable across releases.
    pub fn reason(&self) -> &'static str {
        match self {
            ChildFailure::Fork { .. } => "fork-failed",
            ChildFailure::Setup { .. } => "child-setup",
            ChildFailure::Killed { .. } => "child-killed",
            ChildFailure::Memory { .. } => "child-memory",
            ChildFailure::Timeout { .. } => "child-timeout",
            ChildFailure::Panic { .. } => "child-panic",
            ChildFailure::Job { .. } => "child-error",
            ChildFailure::Exit { .. } => "child-exit",
        }
    }

    /// The number that the operating system gave for it, if it was the one to refuse.
    pub fn errno(&self) -> Option<i32> {
        match *self {
            ChildFailure::Fork { errno } | ChildFailure::Setup { errno, .. } => Some(errno),
            _ => None,
        }
    }
}
