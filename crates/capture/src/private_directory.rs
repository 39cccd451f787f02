//! A fresh directory that only this user can enter, removed with all its contents on drop.

use std::fs::{self, DirBuilder};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

/// How often another name is tried. 64 random bits do not collide by chance: a second
/// failure means that somebody creates the names ahead of us, and then many more would not
/// help either.
const ATTEMPTS: u32 = 8;

/// See the module.
#[derive(Debug)]
pub(crate) struct PrivateDirectory {
    path: PathBuf,
}

impl PrivateDirectory {
    /// Creates a directory of mode 0700 in `parent`, under a name that nobody can know
    /// beforehand. What safety rests on is that creation is exclusive: a name that exists,
    /// be it a symbolic link, is never used.
    pub(crate) fn create_in(parent: &Path) -> io::Result<PrivateDirectory> {
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for _ in 0..ATTEMPTS {
            let path = parent.join(format!("heapwatch-{:016x}", random_bits()));
            match owner_only().create(&path) {
                Ok(()) => return Ok(PrivateDirectory { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // An empty directory goes without a descriptor, which may just be what has run out.
        // Nobody is left to tell of a failure: the owner has its result, or its error, already.
        let _ = fs::remove_dir(&self.path).or_else(|_| fs::remove_dir_all(&self.path));
    }
}

fn owner_only() -> DirBuilder {
    #[allow(unused_mut, reason = "only Unix has modes")]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
}

/// The standard library seeds its hash maps from the system's random source; a hash of
/// nothing under such a key is as unpredictable, without a dependency or a system call.
pub(crate) fn random_bits() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn it_goes_away_with_everything_in_it() {
        let directory = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        let path = directory.path().to_path_buf();
        fs::create_dir_all(path.join("a/b")).unwrap();
        fs::write(path.join("a/b/c"), "content").unwrap();
        drop(directory);
        assert!(!path.exists());
    }

    #[test]
    fn names_do_not_repeat() {
        let names: HashSet<u64> = (0..1000).map(|_| random_bits()).collect();
        assert_eq!(names.len(), 1000);
    }

    #[test]
    fn a_parent_that_does_not_exist_is_an_error() {
        let parent = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        let error = PrivateDirectory::create_in(&parent.path().join("missing")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_can_enter() {
        use std::os::unix::fs::MetadataExt;
        let directory = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        assert_eq!(
            fs::metadata(directory.path()).unwrap().mode() & 0o777,
            0o700
        );
    }
}
