//! A file that is complete or not there: written under another name and renamed at the end.
//!
//! What is written is a heap snapshot, which holds every string of a process. Hence mode 0600 and an
//! unpredictable name, created exclusively, in the folder of the target (a rename doesn't cross file
//! systems). Whatever happens before [`FileReplacement::commit`], an error, a panic, a full disk,
//! removes the temporary file and leaves the target as it was. A process that ends in between can
//! leave behind a file named `.heapwatch-*.tmp`.
//!
//! The new file has its own mode and owner, whatever the file had that it replaces. Where the target
//! is a symbolic link the link is replaced, not what it leads to: in a folder that others can write
//! to, a link must not choose where secrets go.
//!
//! On Windows the permissions are those of the folder.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::CaptureError;
use crate::private_directory::random_bits;
use crate::temp_snapshot::owner_only;

/// How often another name is tried; see [`crate::private_directory`].
const ATTEMPTS: u32 = 8;

/// See the module.
#[derive(Debug)]
pub struct FileReplacement {
    /// `None` once it is closed.
    file: Option<File>,
    temporary: PathBuf,
    target: PathBuf,
    is_committed: bool,
}

impl FileReplacement {
    /// Creates the temporary file beside `target`.
    ///
    /// # Errors
    /// [`CaptureError::Io`] if `target` is a directory, or anything else but a file (a rename would
    /// remove a device or a pipe for everyone), or if its folder can't be written to.
    pub fn create(target: &Path) -> Result<FileReplacement, CaptureError> {
        refuse_special(target).map_err(CaptureError::io("replace what is there"))?;
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let (file, temporary) =
            create_in(folder).map_err(CaptureError::io("create a file in the folder"))?;
        Ok(FileReplacement {
            file: Some(file),
            temporary,
            target: target.to_path_buf(),
            is_committed: false,
        })
    }

    /// Puts what was written in the place of the target, after the disk has it: some file systems
    /// tell only then that there was no room.
    ///
    /// # Errors
    /// [`CaptureError::Io`]; the target is as it was.
    pub fn commit(self) -> Result<(), CaptureError> {
        if let Some(file) = &self.file {
            file.sync_all()
                .map_err(CaptureError::io("get the file onto the disk"))?;
        }
        self.commit_unsynced()
    }

    /// The same without waiting for the disk: what is read next is the new file, unless the machine
    /// stops in between.
    ///
    /// # Errors
    /// [`CaptureError::Io`]; the target is as it was.
    pub fn commit_unsynced(mut self) -> Result<(), CaptureError> {
        // Windows does not rename open files.
        drop(self.file.take());
        fs::rename(&self.temporary, &self.target)
            .map_err(CaptureError::io("give the file its name"))?;
        self.is_committed = true;
        Ok(())
    }
}

impl Write for FileReplacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for FileReplacement {
    fn drop(&mut self) {
        if self.is_committed {
            return;
        }
        // Windows does not remove open files.
        drop(self.file.take());
        // Nobody is left to tell of a failure: the owner has its error already.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Refuses targets that exist and are no files. Links are followed: nobody who names one that leads
/// to a directory or a device means the link.
fn refuse_special(target: &Path) -> io::Result<()> {
    match fs::metadata(target) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        // Opening it for writing fails: the system's own error has its number, too.
        Ok(metadata) if metadata.is_dir() => match File::options().write(true).open(target) {
            Err(error) => Err(error),
            Ok(_) => Err(ErrorKind::IsADirectory.into()),
        },
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "it is not a file")),
        // A link to nothing; what is wrong with the folder shows when the file is created.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn create_in(folder: &Path) -> io::Result<(File, PathBuf)> {
    let mut last = io::Error::from(ErrorKind::AlreadyExists);
    for _ in 0..ATTEMPTS {
        let path = folder.join(format!(".heapwatch-{:016x}.tmp", random_bits()));
        match owner_only().open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_directory::PrivateDirectory;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn folder() -> PrivateDirectory {
        PrivateDirectory::create_in(&std::env::temp_dir()).unwrap()
    }

    fn names_in(folder: &PrivateDirectory) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_appears_whole_and_alone() {
        let folder = folder();
        let target = folder.path().join("new");
        let mut file = FileReplacement::create(&target).unwrap();
        file.write_all(b"one ").unwrap();
        assert!(!target.exists());
        file.write_all(b"two").unwrap();
        file.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"one two");
        assert_eq!(names_in(&folder), ["new"]);
    }

    #[test]
    fn a_file_that_exists_is_replaced_at_once_and_only_at_the_end() {
        let folder = folder();
        let target = folder.path().join("old");
        fs::write(&target, "old").unwrap();
        let mut file = FileReplacement::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        file.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names_in(&folder), ["old"]);
    }

    #[test]
    fn without_commit_nothing_has_happened() {
        let folder = folder();
        let target = folder.path().join("old");
        fs::write(&target, "old").unwrap();
        let mut file = FileReplacement::create(&target).unwrap();
        file.write_all(b"half of the ne").unwrap();
        drop(file);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(names_in(&folder), ["old"]);
    }

    #[test]
    fn a_panic_leaves_nothing_behind() {
        let folder = folder();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let _file = FileReplacement::create(&folder.path().join("new")).unwrap();
            std::panic::resume_unwind(Box::new("the writer failed"));
        }));
        assert!(outcome.is_err());
        assert_eq!(names_in(&folder), [""; 0]);
    }

    #[test]
    fn two_at_a_time_do_not_meet_and_the_last_one_wins() {
        let folder = folder();
        let target = folder.path().join("new");
        let mut first = FileReplacement::create(&target).unwrap();
        let mut second = FileReplacement::create(&target).unwrap();
        assert_ne!(first.temporary, second.temporary);
        second.write_all(b"second").unwrap();
        first.write_all(b"first").unwrap();
        second.commit().unwrap();
        first.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"first");
        assert_eq!(names_in(&folder), ["new"]);
    }

    #[test]
    fn a_directory_is_refused_before_anything_is_written() {
        let folder = folder();
        let target = folder.path().join("directory");
        fs::create_dir(&target).unwrap();
        let error = FileReplacement::create(&target).unwrap_err();
        assert_eq!(error.code(), "ERR_HEAPWATCH_CAPTURE");
        assert!(error.to_string().contains("replace"), "{error}");
        assert_eq!(names_in(&folder), ["directory"]);
    }

    #[test]
    fn a_directory_that_appears_meanwhile_stays() {
        let folder = folder();
        let target = folder.path().join("directory");
        let file = FileReplacement::create(&target).unwrap();
        fs::create_dir(&target).unwrap();
        assert!(file.commit().is_err());
        assert_eq!(names_in(&folder), ["directory"]);
        assert!(target.is_dir());
    }

    #[test]
    fn a_folder_that_does_not_exist_is_an_error() {
        let folder = folder();
        let error = FileReplacement::create(&folder.path().join("missing/new")).unwrap_err();
        assert_eq!(error.code(), "ERR_HEAPWATCH_CAPTURE");
        assert_eq!(names_in(&folder), [""; 0]);
    }

    #[test]
    fn a_folder_that_vanishes_is_an_error() {
        let folder = folder();
        let gone = folder.path().join("gone");
        fs::create_dir(&gone).unwrap();
        let mut file = FileReplacement::create(&gone.join("new")).unwrap();
        file.write_all(b"new").unwrap();
        fs::remove_dir_all(&gone).unwrap();
        assert!(file.commit().is_err());
        assert_eq!(names_in(&folder), [""; 0]);
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        fn mode(path: &Path) -> u32 {
            fs::symlink_metadata(path).unwrap().mode() & 0o7777
        }

        #[test]
        fn only_the_owner_can_read_the_file_from_its_first_byte_on() {
            let folder = folder();
            let target = folder.path().join("open");
            fs::write(&target, "old").unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o666)).unwrap();
            let file = FileReplacement::create(&target).unwrap();
            assert_eq!(mode(&file.temporary), 0o600);
            file.commit().unwrap();
            assert_eq!(mode(&target), 0o600);
        }

        #[test]
        fn a_link_is_replaced_and_what_it_leads_to_stays() {
            let folder = folder();
            let (real, link) = (folder.path().join("real"), folder.path().join("link"));
            fs::write(&real, "old").unwrap();
            for destination in [real.as_path(), Path::new("nowhere")] {
                let _ = fs::remove_file(&link);
                symlink(destination, &link).unwrap();
                let mut file = FileReplacement::create(&link).unwrap();
                file.write_all(b"new").unwrap();
                file.commit().unwrap();
                assert!(fs::symlink_metadata(&link).unwrap().is_file());
                assert_eq!(fs::read(&link).unwrap(), b"new");
                assert_eq!(fs::read(&real).unwrap(), b"old");
            }
        }

        #[test]
        fn devices_and_links_to_directories_are_refused() {
            let folder = folder();
            let link = folder.path().join("link");
            symlink(folder.path(), &link).unwrap();
            for target in [Path::new("/dev/null"), &link] {
                let error = FileReplacement::create(target).unwrap_err();
                assert_eq!(error.code(), "ERR_HEAPWATCH_CAPTURE", "{error}");
            }
            assert_eq!(names_in(&folder), ["link"]);
            assert!(!Path::new("/dev/null").is_file());
        }
    }
}
