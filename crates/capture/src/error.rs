//! What can go wrong while a capture is set up, with a stable code for each case.

use std::io;

use crate::ChildFailure;

/// Why a capture could not be made. The message says what was tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The operating system refused a step.
    #[error("could not {step}: {source}")]
    Io {
        /// The step, as the end of "could not ...".
        step: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// This platform, or the way this process is confined, cannot do it. Another method may.
    #[error("{what} is not supported here: {reason}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
        /// Why it cannot be had.
        reason: String,
    },
    /// It would take more than there is.
    #[error("{what} needs {needed} bytes, {available} are available")]
    Limit {
        /// What was asked for.
        what: &'static str,
        /// Bytes it would take.
        needed: u64,
        /// Bytes that may be used.
        available: u64,
    },
    /// Somebody else writes the same file.
    #[error("another process writes to the same path; give each its own")]
    Taken,
    /// A forked child gave no result.
    #[error(transparent)]
    Child(#[from] ChildFailure),
    /// The graph could not be built.
    #[error(transparent)]
    Graph(#[from] heapwatch_graph::GraphError),
}

impl CaptureError {
    /// The literal `code` of the JavaScript error that this becomes. Stable across releases.
    pub fn code(&self) -> &'static str {
        match self {
            CaptureError::Io { .. } | CaptureError::Child(_) | CaptureError::Taken => {
                "ERR_HEAPWATCH_CAPTURE"
            }
            CaptureError::Unsupported { .. } => "ERR_HEAPWATCH_UNSUPPORTED",
            CaptureError::Limit { .. } => "ERR_HEAPWATCH_LIMIT",
            CaptureError::Graph(error) => error.code(),
        }
    }

    /// The literal `reason` in the details of the JavaScript error, for what a forked child can fail
    /// of. Stable across releases.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            CaptureError::Child(failure) => Some(failure.reason()),
            _ => None,
        }
    }

    pub(crate) fn io(step: &'static str) -> impl FnOnce(io::Error) -> CaptureError {
        move |source| CaptureError::Io { step, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn every_kind_has_its_own_stable_code_and_says_what_happened() {
        let io = CaptureError::io("open a pipe")(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(io.code(), "ERR_HEAPWATCH_CAPTURE");
        assert!(
            io.to_string().starts_with("could not open a pipe: "),
            "{io}"
        );
        assert!(io.source().is_some());

        let unsupported = CaptureError::Unsupported {
            what: "a pipe with a path",
            reason: "no /proc".into(),
        };
        assert_eq!(unsupported.code(), "ERR_HEAPWATCH_UNSUPPORTED");
        assert_eq!(
            unsupported.to_string(),
            "a pipe with a path is not supported here: no /proc"
        );

        let limit = CaptureError::Limit {
            what: "a snapshot",
            needed: 20,
            available: 7,
        };
        assert_eq!(limit.code(), "ERR_HEAPWATCH_LIMIT");
        assert_eq!(
            limit.to_string(),
            "a snapshot needs 20 bytes, 7 are available"
        );
    }

    #[test]
    fn a_child_s_failure_keeps_its_message_and_its_reason() {
        let failure = CaptureError::from(ChildFailure::Killed { signal: 9 });
        assert_eq!(failure.code(), "ERR_HEAPWATCH_CAPTURE");
        assert_eq!(failure.to_string(), "the child was killed by signal 9");
        assert_eq!(failure.reason(), Some("child-killed"));
        let limit = CaptureError::Limit {
            what: "a snapshot",
            needed: 20,
            available: 7,
        };
        assert_eq!(limit.reason(), None);
    }
}
