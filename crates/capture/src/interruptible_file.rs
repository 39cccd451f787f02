//! A file whose reader can always be stopped.
//!
//! A path may lead to a named pipe that nobody writes to, or to a terminal: opening or reading it
//! then waits for ever, and a thread that waits in the kernel can't be asked to stop. Here such a
//! file is opened without waiting, and a read that would wait ends every tenth of a second with
//! [`ErrorKind::Interrupted`](std::io::ErrorKind::Interrupted), so that the reader can look at its
//! cancel flag and try again. Regular files never wait, and are read as they are.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// How long a read waits before it gives the reader a chance to stop.
#[cfg(target_os = "linux")]
const PATIENCE_MS: libc::c_int = 100;

/// A file opened for reading.
#[derive(Debug)]
pub struct InterruptibleFile {
    file: File,
    /// Whether a read may have to wait for someone.
    may_wait: bool,
}

impl InterruptibleFile {
    /// Opens a file, without waiting for the writer of a named pipe (on Linux; elsewhere it waits).
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = open_without_waiting(path)?;
        let may_wait = !file.metadata()?.is_file();
        Ok(Self { file, may_wait })
    }

    /// What the file system says of the file.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }
}

impl Read for InterruptibleFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.may_wait && !has_something(&self.file)? {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.file.read(buffer)
    }
}

#[cfg(target_os = "linux")]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
}

#[cfg(not(target_os = "linux"))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Waits a moment for bytes or for the end; a pipe that never had a writer has neither.
#[cfg(target_os = "linux")]
fn has_something(file: &File) -> io::Result<bool> {
    use std::os::fd::AsRawFd;
    let mut waiting = libc::pollfd {
        fd: file.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `waiting` is one valid pollfd that lives through the call, and the descriptor in it
    // is open as long as `file` is borrowed.
    match unsafe { libc::poll(&raw mut waiting, 1, PATIENCE_MS) } {
        -1 => Err(io::Error::last_os_error()),
        ready => Ok(ready > 0),
    }
}

#[cfg(not(target_os = "linux"))]
fn has_something(_: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{ErrorKind, Write};
    use std::process::Command;

    use super::*;
    use crate::TempSnapshot;

    fn fifo() -> (TempSnapshot, std::path::PathBuf) {
        let folder = TempSnapshot::create().unwrap();
        let path = folder.path().with_file_name("fifo");
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        (folder, path)
    }

    #[test]
    fn a_pipe_without_a_writer_interrupts_its_reader_instead_of_keeping_it() {
        let (folder, path) = fifo();
        let mut file = InterruptibleFile::open(&path).unwrap();
        let error = file.read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        std::fs::remove_file(path).unwrap();
        drop(folder);
    }

    #[test]
    fn a_silent_writer_interrupts_and_what_it_writes_then_arrives_up_to_the_end() {
        let (folder, path) = fifo();
        let mut file = InterruptibleFile::open(&path).unwrap();
        let mut writer = File::options().write(true).open(&path).unwrap();
        let mut buffer = [0; 8];
        assert_eq!(
            file.read(&mut buffer).unwrap_err().kind(),
            ErrorKind::Interrupted
        );
        writer.write_all(b"abc").unwrap();
        assert_eq!(file.read(&mut buffer).unwrap(), 3);
        drop(writer);
        assert_eq!(file.read(&mut buffer).unwrap(), 0);
        std::fs::remove_file(path).unwrap();
        drop(folder);
    }

    #[test]
    fn a_regular_file_is_read_to_its_end() {
        let snapshot = TempSnapshot::create().unwrap();
        std::fs::write(snapshot.path(), b"abc").unwrap();
        let mut text = String::new();
        let mut file = InterruptibleFile::open(snapshot.path()).unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), file.metadata().unwrap().len()), ("abc", 3));
    }
}
