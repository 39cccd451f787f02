//! What the pipe does to the table of open files. Its own program, because these tests count
//! and limit the descriptors of the whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

use heapwatch_capture::{SnapshotPipe, TempSnapshot};

/// One test at a time, see above.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Lowers the number of descriptors that may be open, until dropped.
struct DescriptorLimit {
    before: libc::rlimit,
}

impl DescriptorLimit {
    fn lower_to(descriptors: usize) -> DescriptorLimit {
        let mut before = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: `before` outlives the call, which fills it.
        let status = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut before) };
        assert_eq!(status, 0);
        set_limit(libc::rlimit {
            rlim_cur: descriptors as libc::rlim_t,
            ..before
        });
        DescriptorLimit { before }
    }
}

impl Drop for DescriptorLimit {
    fn drop(&mut self) {
        set_limit(self.before);
    }
}

fn set_limit(limit: libc::rlimit) {
    // SAFETY: `limit` outlives the call, which only reads it.
    let status = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    assert_eq!(status, 0);
}

/// The smallest number that is not in use: descriptors are given out from the lowest on, so
/// with a limit of this plus n there are at most n left.
fn lowest_free_descriptor() -> usize {
    use std::os::fd::AsRawFd;
    fs::File::open("/dev/null").unwrap().as_raw_fd() as usize
}

#[test]
fn ten_thousand_pipes_leave_no_descriptor_behind() {
    let _turn = alone();
    let before = open_descriptors();
    for _ in 0..10_000 {
        let (pipe, reader) = SnapshotPipe::open().unwrap();
        drop(pipe);
        drop(reader);
    }
    assert_eq!(open_descriptors(), before);
}

#[test]
fn too_many_open_files_is_a_coded_error_at_each_step_and_leaks_nothing() {
    let _turn = alone();
    let before = open_descriptors();
    let lowest = lowest_free_descriptor();
    let mut outcomes = Vec::new();
    // A pipe takes two descriptors, and trying out its path a third.
    for free in 0..=3 {
        let limit = DescriptorLimit::lower_to(lowest + free);
        let outcome = SnapshotPipe::open();
        drop(limit);
        outcomes.push(
            outcome
                .map(drop)
                .map_err(|error| (error.code(), error.to_string())),
        );
        assert_eq!(open_descriptors(), before, "with {free} descriptors free");
    }
    let errors: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().err())
        .collect();
    assert_eq!(errors.len(), 3, "{outcomes:?}");
    assert!(outcomes[3].is_ok(), "{outcomes:?}");
    for (code, message) in errors {
        assert_eq!(*code, "ERR_HEAPWATCH_CAPTURE", "{message}");
        assert!(message.contains("Too many open files"), "{message}");
    }
    assert!(
        outcomes[2]
            .as_ref()
            .is_err_and(|(_, message)| message.contains("by its path"))
    );
}

#[test]
fn a_temporary_file_without_a_descriptor_left_is_a_coded_error_and_leaves_no_directory() {
    let _turn = alone();
    let parent = TempSnapshot::create().unwrap();
    let parent = parent.path().parent().unwrap();
    let limit = DescriptorLimit::lower_to(lowest_free_descriptor());
    let outcome = TempSnapshot::create_in(parent);
    drop(limit);
    assert_eq!(outcome.unwrap_err().code(), "ERR_HEAPWATCH_CAPTURE");
    let names: Vec<_> = fs::read_dir(parent)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names.len(), 1, "only the file that was there: {names:?}");
}

#[test]
fn a_temporary_file_is_removed_even_without_a_descriptor_left() {
    let _turn = alone();
    let snapshot = TempSnapshot::create().unwrap();
    let directory = snapshot.path().parent().unwrap().to_path_buf();
    let limit = DescriptorLimit::lower_to(lowest_free_descriptor());
    drop(snapshot);
    drop(limit);
    assert!(!directory.exists());
}
