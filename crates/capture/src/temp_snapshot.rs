//! A private temporary file for V8 to write a snapshot to, where a pipe has no path.
//!
//! A heap snapshot holds every string of the process, secrets included. Hence mode 0600, in a
//! fresh directory of mode 0700, created exclusively under an unpredictable name, and removed
//! when the value is dropped: after success, after an error, while a panic unwinds. Only a
//! process that is killed can leave it behind.
//!
//! On Windows the permissions are those of the user's own temporary folder.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::CaptureError;
use crate::private_directory::PrivateDirectory;

/// V8 insists on nothing; the name is what a user sees in an error message.
const FILE_NAME: &str = "capture.heapsnapshot";

/// See the module.
#[derive(Debug)]
pub struct TempSnapshot {
    path: PathBuf,
    _directory: PrivateDirectory,
}

impl TempSnapshot {
    /// Creates the empty file in the system's folder for temporary files.
    ///
    /// # Errors
    /// [`CaptureError::Io`] if the folder cannot be written to.
    pub fn create() -> Result<TempSnapshot, CaptureError> {
        TempSnapshot::create_in(&std::env::temp_dir())
    }

    /// Creates the empty file below `parent`.
    ///
    /// # Errors
    /// [`CaptureError::Io`] if `parent` does not exist or cannot be written to.
    pub fn create_in(parent: &Path) -> Result<TempSnapshot, CaptureError> {
        let directory = PrivateDirectory::create_in(parent)
            .map_err(CaptureError::io("create a private temporary directory"))?;
        let path = directory.path().join(FILE_NAME);
        // V8 opens with O_CREAT: a file that is there already keeps the mode it was given here.
        owner_only()
            .open(&path)
            .map_err(CaptureError::io("create a private temporary file"))?;
        Ok(TempSnapshot {
            path,
            _directory: directory,
        })
    }

    /// The path to hand to V8.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens what V8 has written. Close the file before `self` is dropped: Windows does not
    /// remove open files.
    ///
    /// # Errors
    /// [`CaptureError::Io`] if the file cannot be opened, for example because too many are.
    pub fn open(&self) -> Result<File, CaptureError> {
        File::open(&self.path).map_err(CaptureError::io("open the temporary snapshot"))
    }
}

impl Drop for TempSnapshot {
    fn drop(&mut self) {
        // The directory would take the file with it, but needs a descriptor to look for it.
        // A failure means that the file is gone already, or that it is left to the directory.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// To create a file for writing that was not there, which only its owner can read.
pub(crate) fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn write_as_v8_does(path: &Path, content: &str) {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        std::io::Write::write_all(&mut options.open(path).unwrap(), content.as_bytes()).unwrap();
    }

    #[test]
    fn what_was_written_to_the_path_can_be_read_back() {
        let snapshot = TempSnapshot::create().unwrap();
        write_as_v8_does(snapshot.path(), "{}");
        let mut content = String::new();
        snapshot
            .open()
            .unwrap()
            .read_to_string(&mut content)
            .unwrap();
        assert_eq!(content, "{}");
    }

    #[test]
    fn two_at_a_time_do_not_meet() {
        let (a, b) = (
            TempSnapshot::create().unwrap(),
            TempSnapshot::create().unwrap(),
        );
        assert_ne!(a.path(), b.path());
    }

    #[test]
    fn nothing_is_left_after_use() {
        let parent = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        let snapshot = TempSnapshot::create_in(parent.path()).unwrap();
        write_as_v8_does(snapshot.path(), "{}");
        drop(snapshot);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_left_after_a_panic() {
        let parent = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let snapshot = TempSnapshot::create_in(parent.path()).unwrap();
            write_as_v8_does(snapshot.path(), "{\"snapshot\":");
            std::panic::resume_unwind(Box::new("the parser failed"));
        }));
        assert!(outcome.is_err());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn dropping_is_quiet_when_somebody_else_cleaned_up() {
        let parent = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        let snapshot = TempSnapshot::create_in(parent.path()).unwrap();
        fs::remove_file(snapshot.path()).unwrap();
        assert_eq!(snapshot.open().unwrap_err().code(), "ERR_HEAPWATCH_CAPTURE");
        drop(snapshot);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_does_not_exist_is_a_coded_error() {
        let parent = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        let error = TempSnapshot::create_in(&parent.path().join("missing")).unwrap_err();
        assert_eq!(error.code(), "ERR_HEAPWATCH_CAPTURE");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it_even_after_v8_has_opened_it() {
        use std::os::unix::fs::MetadataExt;
        let snapshot = TempSnapshot::create().unwrap();
        write_as_v8_does(snapshot.path(), "{}");
        assert_eq!(fs::metadata(snapshot.path()).unwrap().mode() & 0o777, 0o600);
        let directory = snapshot.path().parent().unwrap();
        assert_eq!(fs::metadata(directory).unwrap().mode() & 0o777, 0o700);
    }
}
