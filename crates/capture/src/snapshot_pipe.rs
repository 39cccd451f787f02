//! A pipe with a path: `v8.writeHeapSnapshot(path)` on one end, a parser on the other.
//!
//! V8 takes a path and nothing else, opens it with `O_WRONLY | O_CREAT | O_TRUNC` and writes
//! blocks of 64 KB to it without ever seeking. The descriptors of a process have paths of
//! their own (`/proc/self/fd/N`, `/dev/fd/N`), so the path may well be a pipe's: the snapshot
//! is parsed while V8 still serialises, and touches neither a disk nor the JavaScript heap.
//!
//! **Order matters, because V8 writes from the main thread and a full pipe blocks it:** the
//! reader must be on its own thread before V8 is called, and must read to the end or be
//! dropped ([`PipeReader::drain`] for the first). A writer whose reader is gone gets `EPIPE`:
//! Node ignores `SIGPIPE`, so that the call to V8 fails and nothing else happens.
//!
//! **The end of the file** comes when every writing end is closed: V8 closes its own, and
//! [`SnapshotPipe`] must be dropped after the call, whatever its outcome.
//!
//! Memory: what the kernel buffers, at most [`PIPE_BYTES`].

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::CaptureError;

/// What [`SnapshotPipe::open`] asks the kernel to buffer. The default of 64 KiB is a single
/// block of V8's, so that each pause of the parser (a column that grows, say) would stop V8,
/// and with it the event loop, at once. 1 MiB is the most that Linux grants to an
/// unprivileged process (`fs.pipe-max-size`).
const PIPE_BYTES: i32 = 1 << 20;

/// How much [`PipeReader::drain`] throws away at a time: V8's own block size.
const DRAIN_BYTES: usize = 64 * 1024;

/// The writing end. Keeps the path valid and the pipe open until it is dropped.
#[derive(Debug)]
pub struct SnapshotPipe {
    path: PathBuf,
    _writer: File,
}

/// The reading end; see the module for what it owes to the writer.
#[derive(Debug)]
pub struct PipeReader {
    pipe: io::PipeReader,
}

impl SnapshotPipe {
    /// Opens a pipe. Both ends are closed in programs that this process starts.
    ///
    /// # Errors
    /// - [`CaptureError::Unsupported`] where a pipe cannot be opened by a path (Windows, or no
    ///   `/proc` and no `/dev/fd`): use a [`TempSnapshot`](crate::TempSnapshot) then.
    /// - [`CaptureError::Io`] if the system refuses, for example because too many files are
    ///   open; a temporary file would fare no better.
    pub fn open() -> Result<(SnapshotPipe, PipeReader), CaptureError> {
        let (reader, writer) = io::pipe().map_err(CaptureError::io("open a pipe"))?;
        let (writer, path) = with_path(writer)?;
        enlarge(&writer);
        Ok((
            SnapshotPipe {
                path,
                _writer: writer,
            },
            PipeReader { pipe: reader },
        ))
    }

    /// The path to hand to V8. It means this pipe in this process only.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl PipeReader {
    /// Reads and forgets the rest, so that the writer can finish. Returns the number of bytes
    /// thrown away.
    ///
    /// # Errors
    /// Any error of the read itself.
    pub fn drain(&mut self) -> io::Result<u64> {
        let mut buffer = vec![0; DRAIN_BYTES];
        let mut drained = 0;
        loop {
            match self.pipe.read(&mut buffer) {
                Ok(0) => return Ok(drained),
                Ok(count) => drained += count as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pipe.read(buffer)
    }
}

/// Finds a path under which the descriptor can really be opened for writing, by doing so.
#[cfg(unix)]
fn with_path(writer: io::PipeWriter) -> Result<(File, PathBuf), CaptureError> {
    use std::os::fd::{AsRawFd, OwnedFd};

    let writer = File::from(OwnedFd::from(writer));
    let descriptor = writer.as_raw_fd();
    let mut reason = String::new();
    // /dev/fd is missing in bare containers, /proc everywhere but on Linux.
    for folder in ["/proc/self/fd", "/dev/fd"] {
        let path = PathBuf::from(format!("{folder}/{descriptor}"));
        match leads_to(&path, &writer) {
            Ok(true) => return Ok((writer, path)),
            Ok(false) => reason = format!("{folder} is not this process's"),
            Err(error) if is_shortage(&error) => {
                return Err(CaptureError::io("open a pipe by its path")(error));
            }
            Err(error) => reason = format!("{folder} cannot be used: {error}"),
        }
    }
    Err(CaptureError::Unsupported {
        what: PIPE_WITH_PATH,
        reason,
    })
}

#[cfg(not(unix))]
fn with_path(_writer: io::PipeWriter) -> Result<(File, PathBuf), CaptureError> {
    let reason = "pipes have no path on this system".to_owned();
    Err(CaptureError::Unsupported {
        what: PIPE_WITH_PATH,
        reason,
    })
}

const PIPE_WITH_PATH: &str = "a pipe that can be opened by path";

/// Opened for writing only, never created: if the path is not the pipe it stays untouched.
#[cfg(unix)]
fn leads_to(path: &Path, pipe: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let opened = std::fs::OpenOptions::new()
        .write(true)
        .open(path)?
        .metadata()?;
    let own = pipe.metadata()?;
    Ok((opened.dev(), opened.ino()) == (own.dev(), own.ino()))
}

/// The path is fine but the process is out of something: no reason to call it unsupported.
#[cfg(unix)]
fn is_shortage(error: &io::Error) -> bool {
    // EMFILE, ENFILE and ENOMEM have these numbers on every Unix; `io::ErrorKind` has no
    // stable kinds for the first two.
    matches!(error.raw_os_error(), Some(24 | 23 | 12))
}

/// A pipe of the default size works too, so a refusal (`fs.pipe-max-size` lowered, the user's
/// share of pipe memory used up) does not matter.
#[cfg(target_os = "linux")]
pub(crate) fn enlarge(writer: &impl std::os::fd::AsRawFd) {
    // SAFETY: F_SETPIPE_SZ takes an int and touches no memory of ours; the descriptor is open
    // as long as `writer` is borrowed.
    unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, PIPE_BYTES) };
}

/// macOS enlarges a pipe by itself when it is written to.
#[cfg(not(target_os = "linux"))]
fn enlarge(_writer: &File) {
    let _ = PIPE_BYTES;
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::thread;

    fn open_as_v8_does(path: &Path) -> File {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)
            .unwrap()
    }

    #[test]
    fn what_is_written_to_the_path_arrives_whole_and_in_order() {
        // Many times what the pipe holds, and no multiple of any block size.
        let sent: Vec<u8> = (0..5_000_011_u32).map(|i| (i % 251) as u8).collect();
        let (pipe, mut reader) = SnapshotPipe::open().unwrap();
        let parser = thread::spawn(move || {
            let mut received = Vec::new();
            reader.read_to_end(&mut received).map(|_| received)
        });
        let mut v8 = open_as_v8_does(pipe.path());
        for block in sent.chunks(64 * 1024) {
            v8.write_all(block).unwrap();
        }
        drop(v8);
        drop(pipe);
        assert!(parser.join().unwrap().unwrap() == sent);
    }

    #[test]
    fn it_ends_even_if_v8_never_opened_it() {
        let (pipe, mut reader) = SnapshotPipe::open().unwrap();
        drop(pipe);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn a_writer_that_stops_in_the_middle_leaves_a_short_snapshot() {
        let (pipe, mut reader) = SnapshotPipe::open().unwrap();
        open_as_v8_does(pipe.path())
            .write_all(b"{\"snapshot\":")
            .unwrap();
        drop(pipe);
        let mut received = String::new();
        reader.read_to_string(&mut received).unwrap();
        assert_eq!(received, "{\"snapshot\":");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_writing_process_that_is_killed_in_the_middle_leaves_a_short_snapshot() {
        let (pipe, mut reader) = SnapshotPipe::open().unwrap();
        let name = pipe.path().file_name().unwrap().to_str().unwrap();
        let path = format!("/proc/{}/fd/{name}", std::process::id());
        let mut child = std::process::Command::new("sh")
            .args(["-c", "exec 3>\"$0\"; printf half >&3; kill -9 $$", &path])
            .spawn()
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), None, "ended by a signal");
        drop(pipe);
        let mut received = String::new();
        reader.read_to_string(&mut received).unwrap();
        assert_eq!(received, "half");
    }

    #[test]
    fn a_writer_that_waits_for_a_full_pipe_is_released_when_the_reader_goes() {
        let (pipe, mut reader) = SnapshotPipe::open().unwrap();
        let mut v8 = open_as_v8_does(pipe.path());
        let writer = thread::spawn(move || v8.write_all(&vec![b'x'; 8 << 20]));
        // The writer is under way, with more to write than the pipe can ever hold.
        reader.read_exact(&mut [0; 1]).unwrap();
        drop(reader);
        assert_eq!(
            writer.join().unwrap().unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }

    #[test]
    fn a_writer_that_comes_after_the_reader_has_gone_gets_an_error() {
        let (pipe, reader) = SnapshotPipe::open().unwrap();
        drop(reader);
        let error = open_as_v8_does(pipe.path()).write_all(b"{").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn draining_lets_the_writer_finish_and_counts_the_rest() {
        let (pipe, mut reader) = SnapshotPipe::open().unwrap();
        let mut v8 = open_as_v8_does(pipe.path());
        let writer = thread::spawn(move || v8.write_all(&vec![b'x'; 3_000_000]));
        reader.read_exact(&mut [0; 10]).unwrap();
        drop(pipe);
        assert_eq!(reader.drain().unwrap(), 2_999_990);
        writer.join().unwrap().unwrap();
        assert_eq!(reader.drain().unwrap(), 0, "draining twice is harmless");
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_noticed_and_left_alone() {
        let other = crate::TempSnapshot::create().unwrap();
        std::fs::write(other.path(), "somebody's").unwrap();
        let (_reader, writer) = io::pipe().unwrap();
        let writer = File::from(std::os::fd::OwnedFd::from(writer));
        assert!(!leads_to(other.path(), &writer).unwrap());
        assert_eq!(std::fs::read_to_string(other.path()).unwrap(), "somebody's");

        let missing = other.path().with_file_name("missing");
        assert!(leads_to(&missing, &writer).is_err());
        assert!(!missing.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn programs_that_are_started_do_not_inherit_either_end() {
        let (pipe, reader) = SnapshotPipe::open().unwrap();
        let ends = [
            std::os::fd::AsRawFd::as_raw_fd(&pipe._writer),
            std::os::fd::AsRawFd::as_raw_fd(&reader.pipe),
        ];
        for end in ends {
            // SAFETY: F_GETFD only reads the flags of an open descriptor.
            let flags = unsafe { libc::fcntl(end, libc::F_GETFD) };
            assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
        }
    }
}
