//! What a job in a forked child has: a way to write, and a word to say how far it is.

use std::fs::File;
use std::io::{self, Write};
#[cfg(test)]
use std::os::fd::AsRawFd;
use std::os::fd::{FromRawFd, RawFd};

use super::shared_page::SharedState;

/// The child's end of the pipe. Writes wait for the reader once the pipe's buffer (1 MiB, or 64 KiB
/// where the system grants no more) is full.
#[derive(Debug)]
pub struct ChildOutput {
    pipe: File,
    page: &'static SharedState,
}

impl ChildOutput {
    /// # Safety
    /// The descriptor is open and nobody else's.
    pub(super) unsafe fn new(descriptor: RawFd, page: &'static SharedState) -> ChildOutput {
        ChildOutput {
            // SAFETY: the caller's promise.
            pipe: unsafe { File::from_raw_fd(descriptor) },
            page,
        }
    }

    #[cfg(test)]
    pub(super) fn descriptor(&self) -> RawFd {
        self.pipe.as_raw_fd()
    }

    /// Tells the parent how far the job is, in the job's own terms. Costs a store to memory.
    pub fn report_progress(&self, value: u64) {
        self.page.report_progress(value);
    }
}

impl Write for ChildOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pipe.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
