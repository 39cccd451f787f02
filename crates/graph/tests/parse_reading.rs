//! Reading a snapshot from a stream: progress, cancellation and errors of the stream.

#![allow(clippy::unwrap_used)]

mod parse_text;

use std::io::{Error, ErrorKind, Read};
use std::sync::Mutex;

use heapwatch_graph::parse::{ParseLimits, read_snapshot};
use heapwatch_graph::{CancelToken, GraphError, Progress, Stage};
use parse_text::{EDGES, HEADER, NODES, STRINGS, describe, parse, small};

/// A stream that gives one byte a read and interrupts every other read.
struct Dripping<'a> {
    bytes: &'a [u8],
    interrupt: bool,
}

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        let len = self.bytes.len().min(1);
        self.bytes.read(&mut buffer[..len])
    }
}

fn limits() -> ParseLimits {
    ParseLimits::default()
}

/// A snapshot of many megabytes, nearly all of it strings.
fn large() -> String {
    let strings = format!(",\"{}\"", "x".repeat(1000)).repeat(20_000);
    format!("{{{HEADER},\"nodes\":[{NODES}],\"edges\":[{EDGES}],\"strings\":[{STRINGS}{strings}]}}")
}

#[test]
fn a_stream_is_read_whatever_its_reads_give() {
    let text = small();
    let mut stream = Dripping {
        bytes: text.as_bytes(),
        interrupt: false,
    };
    let read = read_snapshot(&mut stream, None, limits(), &Progress::none());
    assert_eq!(describe(&read), describe(&parse(&text)));
}

#[test]
fn progress_grows_from_nothing_to_one() {
    let text = large();
    let reports = Mutex::new(Vec::new());
    let report = |stage: Stage, share: f64| reports.lock().unwrap().push((stage, share));
    let progress = Progress::new(CancelToken::new(), &report);
    read_snapshot(
        &mut text.as_bytes(),
        Some(text.len() as u64),
        limits(),
        &progress,
    )
    .unwrap();
    let reports = reports.into_inner().unwrap();
    assert!((4..20).contains(&reports.len()), "{reports:?}");
    assert!(reports.is_sorted_by(|a, b| a.1 < b.1), "{reports:?}");
    assert_eq!(reports.last(), Some(&(Stage::Strings, 1.0)));
}

#[test]
fn a_length_that_is_too_small_or_unknown_gives_no_wrong_share() {
    let text = large();
    for total in [None, Some(0), Some(10)] {
        let report = |_: Stage, share: f64| assert!((0.0..=1.0).contains(&share), "{share}");
        let progress = Progress::new(CancelToken::new(), &report);
        assert!(read_snapshot(&mut text.as_bytes(), total, limits(), &progress).is_ok());
    }
}

#[test]
fn cancelling_stops_between_two_reads() {
    let text = large();
    let cancel = CancelToken::new();
    let report = |_: Stage, share: f64| {
        assert!(share < 0.5, "read on after the request: {share}");
        if share > 0.1 {
            cancel.cancel();
        }
    };
    let progress = Progress::new(cancel.clone(), &report);
    let total = Some(text.len() as u64);
    let result = read_snapshot(&mut text.as_bytes(), total, limits(), &progress);
    assert!(matches!(result, Err(GraphError::Cancelled)), "{result:?}");
}

#[test]
fn a_failing_stream_is_an_error_with_its_reason() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(Error::other("the disk is gone"))
        }
    }
    let mut stream = small().into_bytes();
    stream.truncate(500);
    let mut stream = std::io::Cursor::new(stream).chain(Failing);
    let result = read_snapshot(&mut stream, None, limits(), &Progress::none());
    assert!(result.unwrap_err().to_string().contains("the disk is gone"));
}

#[test]
fn a_stream_that_ends_early_is_truncated() {
    let text = small();
    let result = read_snapshot(
        &mut &text.as_bytes()[..900],
        None,
        limits(),
        &Progress::none(),
    );
    assert!(
        matches!(result, Err(GraphError::Truncated { offset: 900, .. })),
        "{result:?}"
    );
}
