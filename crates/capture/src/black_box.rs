//! What is known about a run, in a small file that outlives it.
//!
//! The thread of the watch ([`crate::MemoryWatch`]) writes the file: whole, under another name, then
//! renamed. A process that is killed therefore leaves its last complete state, whatever it was doing.
//! The file is not synchronised to the disk: it has to survive the process, not the machine.
//!
//! The contents are JSON: the state of the run, the last readings of the resident set, and what
//! JavaScript recorded (`run`), which is opaque here. Whoever finds `"state":"running"` in the file of
//! a process that is no more knows that it had no time to say goodbye.
//!
//! A file belongs to one process. If somebody else replaced it, the box gives up.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::memory_watch::wake_writer;
use crate::{CaptureError, FileReplacement};

/// Version of the file's format.
const SCHEMA_VERSION: u32 = 1;

/// Readings of the resident set that are kept: the last minute.
const RSS_READINGS: usize = 60;

/// Readings closer together say the same.
const READING_APART_MS: u64 = 500;

/// Without news a file is this old at most; it says until when the process was seen alive.
const WRITE_AT_LEAST_EVERY: Duration = Duration::from_secs(10);

/// A change of the resident set that is news, share of what the file says.
const RSS_NEWS: f64 = 0.02;

/// After a failure the next attempt waits so long: a full disk stays full for a while.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// The file of one run.
#[derive(Debug)]
pub struct BlackBox {
    path: PathBuf,
    contents: Mutex<Contents>,
    written: Condvar,
}

#[derive(Debug, Default)]
struct Contents {
    run: String,
    is_changed: bool,
    rss: VecDeque<(u64, u64)>,
    end: Option<End>,
    /// Nothing more will be written.
    is_closed: bool,
    /// Whether it was tried to write the file.
    is_tried: bool,
    last_write: Option<LastWrite>,
    retry_at: Option<Instant>,
    /// The failure that nobody was told of.
    failure: Option<CaptureError>,
    /// The failure that was told last: the same again is no news.
    told: Option<Option<i32>>,
}

/// How a run ended, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Clean,
}

/// What the file was like when it was last written.
#[derive(Debug, Clone, Copy)]
struct LastWrite {
    at: Instant,
    rss: Option<u64>,
    modified: Option<SystemTime>,
}

impl BlackBox {
    /// A box at a path, for the thread of the watch to write.
    pub fn new(path: PathBuf) -> BlackBox {
        BlackBox {
            path,
            contents: Mutex::default(),
            written: Condvar::new(),
        }
    }

    /// Replaces what is recorded about the run: a JSON value. It is in the file a second later, the
    /// first at once.
    pub fn record(&self, run: String) {
        {
            let mut contents = self.contents();
            contents.run = run;
            contents.is_changed = true;
        }
        if self.is_in_a_hurry() {
            wake_writer();
        }
    }

    /// Marks the run as ended by its own will, and waits for that to be in the file, but not longer
    /// than `patience`. Whether it is.
    pub fn finish(&self, patience: Duration) -> bool {
        {
            let mut contents = self.contents();
            contents.end = Some(End::Clean);
            // Without a record there is nothing to finish.
            contents.is_closed |= contents.run.is_empty();
        }
        wake_writer();
        let contents = self.contents();
        let waited = self
            .written
            .wait_timeout_while(contents, patience, |contents| !contents.is_closed);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_closed
    }

    /// What went wrong since the last call, once for each kind of failure in a row.
    pub fn take_failure(&self) -> Option<CaptureError> {
        self.contents().failure.take()
    }

    pub(crate) fn is_in_a_hurry(&self) -> bool {
        let contents = self.contents();
        let has_news = contents.end.is_some() || !contents.is_tried;
        has_news && !contents.run.is_empty() && !contents.is_closed
    }

    /// Writes the file if there is something new to say.
    pub(crate) fn write_if_due(&self, rss: Option<u64>) {
        let Some((text, end)) = self.text_if_due(rss) else {
            return;
        };
        // Without the lock: the disk may take its time, and the run may end meanwhile.
        let result = self.write(&text);
        let mut contents = self.contents();
        contents.is_tried = true;
        contents.is_closed |= end.is_some();
        match result {
            Ok(modified) => {
                contents.told = None;
                contents.retry_at = None;
                contents.last_write = Some(LastWrite {
                    at: Instant::now(),
                    rss,
                    modified,
                });
            }
            Err(error) => contents.fail(error),
        }
        self.written.notify_all();
    }

    fn text_if_due(&self, rss: Option<u64>) -> Option<(String, Option<End>)> {
        let mut contents = self.contents();
        contents.keep_reading(now_ms(), rss);
        if !contents.is_due(rss) {
            return None;
        }
        contents.is_changed = false;
        Some((contents.text(), contents.end))
    }

    fn write(&self, text: &str) -> Result<Option<SystemTime>, CaptureError> {
        let last = self.contents().last_write;
        if last.is_some_and(|last| last.modified.is_some() && last.modified != modified(&self.path))
        {
            return Err(CaptureError::Taken);
        }
        let mut file = FileReplacement::create(&self.path)?;
        file.write_all(text.as_bytes())
            .map_err(CaptureError::io("write the black box"))?;
        file.commit_unsynced()?;
        Ok(modified(&self.path))
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    /// The thread is woken in between, which is no reason for the minute to shrink.
    fn keep_reading(&mut self, now_ms: u64, rss: Option<u64>) {
        let is_due =
            (self.rss.back()).is_none_or(|(at, _)| now_ms.abs_diff(*at) >= READING_APART_MS);
        let Some(rss) = rss.filter(|_| is_due) else {
            return;
        };
        self.rss.push_back((now_ms, rss));
        if self.rss.len() > RSS_READINGS {
            self.rss.pop_front();
        }
    }

    fn is_due(&self, rss: Option<u64>) -> bool {
        if self.is_closed || self.run.is_empty() {
            return false;
        }
        if self.end.is_some() {
            return true;
        }
        if self.retry_at.is_some_and(|at| Instant::now() < at) {
            return false;
        }
        let Some(last) = self.last_write else {
            return true;
        };
        let is_old = last.at.elapsed() >= WRITE_AT_LEAST_EVERY;
        self.is_changed || is_old || differs(last.rss, rss)
    }

    fn text(&self) -> String {
        let state = match self.end {
            None => "running",
            Some(End::Clean) => "clean",
        };
        let mut text = format!(
            r#"{{"heapwatchBlackBox":{SCHEMA_VERSION},"state":"{state}","writtenAtMs":{},"rss":["#,
            now_ms()
        );
        for (i, (at, bytes)) in self.rss.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            // Writing into a string can't fail.
            let _ = write!(text, "{comma}[{at},{bytes}]");
        }
        text.push_str(r#"],"run":"#);
        text.push_str(&self.run);
        text.push_str("}\n");
        text
    }

    fn fail(&mut self, error: CaptureError) {
        let kind = error_number(&error);
        if matches!(error, CaptureError::Taken) {
            self.is_closed = true;
        }
        self.retry_at = Some(Instant::now() + RETRY_AFTER);
        if self.told != Some(kind) {
            self.told = Some(kind);
            self.failure = Some(error);
        }
    }
}

fn error_number(error: &CaptureError) -> Option<i32> {
    match error {
        CaptureError::Io { source, .. } => source.raw_os_error(),
        _ => None,
    }
}

fn differs(before: Option<u64>, now: Option<u64>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => (now as f64 - before as f64).abs() > RSS_NEWS * before as f64,
        _ => false,
    }
}

/// `None` if it isn't there or its system doesn't know.
fn modified(path: &Path) -> Option<SystemTime> {
    let metadata: io::Result<std::fs::Metadata> = std::fs::symlink_metadata(path);
    metadata.ok()?.modified().ok()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_directory::PrivateDirectory;
    use std::fs;

    fn folder() -> PrivateDirectory {
        PrivateDirectory::create_in(&std::env::temp_dir()).unwrap()
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_file_is_written_when_there_is_news_and_else_left_alone() {
        let folder = folder();
        let path = folder.path().join("box");
        let black_box = BlackBox::new(path.clone());
        black_box.write_if_due(None);
        assert!(!path.exists(), "nothing was recorded");
        black_box.record("{\"pid\":7}".into());
        black_box.write_if_due(Some(100));
        let first = text(&path);
        assert!(first.starts_with(r#"{"heapwatchBlackBox":1,"state":"running","writtenAtMs":"#));
        assert!(first.ends_with(",100]],\"run\":{\"pid\":7}}\n"), "{first}");
        let last_rss = || black_box.contents().last_write.and_then(|last| last.rss);
        black_box.write_if_due(Some(101));
        assert_eq!(last_rss(), Some(100), "1 % more is no news");
        black_box.write_if_due(Some(110));
        assert_eq!(last_rss(), Some(110), "10 % more is");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn the_last_minute_is_kept() {
        let folder = folder();
        let path = folder.path().join("box");
        let black_box = BlackBox::new(path.clone());
        black_box.record("{}".into());
        for second in 0..100 {
            black_box
                .contents()
                .keep_reading(1000 * second, Some(7_000_000 + second));
            black_box
                .contents()
                .keep_reading(1000 * second + 1, Some(8_000_000));
        }
        black_box.write_if_due(None);
        let written = text(&path);
        assert_eq!(written.matches(",7000").count(), RSS_READINGS);
        assert!(
            written.contains("[40000,7000040]") && !written.contains("[39000,"),
            "{written}"
        );
    }

    #[test]
    fn a_failure_is_told_once_and_tried_again_later() {
        let folder = folder();
        let path = folder.path().join("box");
        fs::create_dir(&path).unwrap();
        let black_box = BlackBox::new(path.clone());
        black_box.record("{}".into());
        black_box.write_if_due(None);
        let failure = black_box.take_failure().unwrap();
        assert_eq!(failure.code(), "ERR_HEAPWATCH_CAPTURE", "{failure}");
        black_box.record("{}".into());
        black_box.write_if_due(None);
        assert!(black_box.take_failure().is_none(), "not yet tried again");
        black_box.contents().retry_at = None;
        black_box.write_if_due(None);
        assert!(black_box.take_failure().is_none(), "the same again");
        fs::remove_dir(&path).unwrap();
        black_box.contents().retry_at = None;
        black_box.write_if_due(None);
        assert!(path.is_file());
    }

    #[test]
    fn a_file_that_somebody_else_wrote_is_left_to_them() {
        let folder = folder();
        let path = folder.path().join("box");
        let black_box = BlackBox::new(path.clone());
        black_box.record("{}".into());
        black_box.write_if_due(None);
        let theirs = fs::File::create(folder.path().join("theirs")).unwrap();
        let later = SystemTime::now() + Duration::from_secs(5);
        theirs.set_modified(later).unwrap();
        fs::rename(folder.path().join("theirs"), &path).unwrap();
        black_box.record("{}".into());
        black_box.write_if_due(None);
        assert!(matches!(
            black_box.take_failure(),
            Some(CaptureError::Taken)
        ));
        assert_eq!(text(&path), "");
        assert!(
            black_box.finish(Duration::from_secs(60)),
            "it is over for this box"
        );
        assert_eq!(text(&path), "");
    }

    #[test]
    fn the_end_is_the_last_word() {
        let folder = folder();
        let path = folder.path().join("box");
        let black_box = BlackBox::new(path.clone());
        black_box.record("{}".into());
        assert!(!black_box.finish(Duration::ZERO), "nobody writes");
        assert!(black_box.is_in_a_hurry());
        black_box.write_if_due(None);
        assert!(!black_box.is_in_a_hurry());
        assert!(black_box.finish(Duration::from_secs(60)));
        assert!(text(&path).contains(r#""state":"clean""#));
        fs::remove_file(&path).unwrap();
        black_box.record("{}".into());
        black_box.write_if_due(None);
        assert!(!path.exists());
    }
}
