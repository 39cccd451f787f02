//! Reads a snapshot from a stream with progress and cancellation.

use std::io::{ErrorKind, Read};

use super::{ParseLimits, ParsedSnapshot, SnapshotParser};
use crate::error::GraphError;
use crate::progress::Progress;

/// Bytes read at once. Large enough that system calls and the byte-wise ends of chunks don't
/// count, small enough to stay in the second-level cache between reading and parsing.
const BUFFER_BYTES: usize = 256 << 10;

/// Bytes between two reports: 1 % of a small file, and a few hundred reports a second at most.
const REPORT_BYTES: u64 = 4 << 20;

/// Reads `input` to its end. Progress is the share of `total_bytes` that has been read, under the
/// name of the section that is being read; without `total_bytes` the share is 0.
///
/// # Errors
/// What [`SnapshotParser::feed`] and [`SnapshotParser::finish`] find; [`GraphError::Io`] if
/// reading fails; [`GraphError::Cancelled`] within one buffer of the request.
pub fn read_snapshot(
    input: &mut dyn Read,
    total_bytes: Option<u64>,
    limits: ParseLimits,
    progress: &Progress<'_>,
) -> Result<ParsedSnapshot, GraphError> {
    let mut parser = SnapshotParser::new(limits);
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut next_report = 0;
    loop {
        progress.check()?;
        let len = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => len,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        // A reader that claims more than it was given room for is broken, not a reason to panic.
        parser.feed(buffer.get(..len).unwrap_or(&buffer))?;
        if parser.bytes() >= next_report {
            next_report = parser.bytes() + REPORT_BYTES;
            progress.at(parser.stage(), share(parser.bytes(), total_bytes))?;
        }
    }
    progress.at(parser.stage(), total_bytes.map_or(0.0, |_| 1.0))?;
    parser.finish()
}

fn share(bytes: u64, total: Option<u64>) -> f64 {
    match total {
        Some(total) if total > 0 => (bytes as f64 / total as f64).min(1.0),
        _ => 0.0,
    }
}
