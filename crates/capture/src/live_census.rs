//! The objects of the calling thread's heap, counted in a forked child while the thread waits.
//!
//! In the child, because there nothing unmaps what a word of the stack points to: a walk in place can't
//! follow those words to pages that nothing else leads to, and what a program has just made is often
//! held by its variables alone. The wait is shorter than for a graph: two to three bytes an object
//! come through the pipe.
//!
//! The stream: eight-byte words in the machine's order of bytes and texts with their length before
//! them. First the summary, then the classes, then the objects. The reader trusts nothing.

use std::io::{self, Read, Write};

use heapwatch_graph::{Census, CensusClass, NodeKind, SourceLocation};

use crate::live_heap::{Condition, start, with_walk};
use crate::{
    CaptureError, ChildFailure, CountedHeap, ForkOptions, LiveHeap, WalkOptions, WalkSummary,
    fork_with,
};

impl LiveHeap {
    /// Counts the objects of the calling thread's engine, which must have swept its heap since its last
    /// full collection. The thread is stopped for the whole time: O(objects + references). Always in a
    /// child, whatever the options say of that.
    ///
    /// # Errors
    /// [`CaptureError::Unsupported`] if the thread runs no engine; [`CaptureError::Child`] if the child
    /// failed; those of [`fork_with`].
    pub fn count(&self, options: &WalkOptions) -> Result<CountedHeap, CaptureError> {
        let start = start(Condition::FrozenAndSwept)?;
        let limits = ForkOptions {
            memory_budget: options.child_memory,
            time_limit: options.child_time,
            is_awaited: options.is_awaited,
        };
        let mut child = fork_with(&limits, |output| {
            let counted = with_walk(&self.layout, start, |walk, start| walk.count(start));
            let (census, summary) = counted.map_err(|error| error.to_string())?;
            write(output, &census, &summary).map_err(|error| error.to_string())
        })?;
        let mut bytes = Vec::new();
        let read = child.read_to_end(&mut bytes);
        child.finish()?;
        let counted = read.ok().and_then(|_| parse(&bytes));
        counted.ok_or_else(|| {
            let message = "the child sent no whole census".to_owned();
            ChildFailure::Job { message }.into()
        })
    }
}

fn write(mut to: impl Write, census: &Census, summary: &WalkSummary) -> io::Result<()> {
    let mut head = Vec::new();
    let mut word = |word: u64| head.extend_from_slice(&word.to_ne_bytes());
    summary.to_words().into_iter().for_each(&mut word);
    word(census.classes().len() as u64);
    for (class, &bytes) in census.classes().iter().zip(census.bytes()) {
        write_class(&mut head, class, bytes);
    }
    to.write_all(&head)?;
    to.write_all(census.objects())?;
    to.flush()
}

/// Bytes of the objects, kind, name, and line and column if there is a location.
fn write_class(to: &mut Vec<u8>, class: &CensusClass, bytes: u64) {
    let location = class.location.as_ref();
    let (line, column) = location.map_or((0, 0), |place| (place.line, place.column));
    let place = u64::from(line) << 32 | u64::from(column);
    for word in [bytes, class.kind as u64, place] {
        to.extend_from_slice(&word.to_ne_bytes());
    }
    let url = location.map_or("", |place| place.url.as_str());
    for text in [class.name.as_str(), url] {
        to.extend_from_slice(&(text.len() as u64).to_ne_bytes());
        to.extend_from_slice(text.as_bytes());
    }
}

fn parse(bytes: &[u8]) -> Option<CountedHeap> {
    let mut parts = Parts { rest: bytes };
    let mut numbers = [0; WalkSummary::WORDS];
    for number in &mut numbers {
        *number = parts.word()?;
    }
    let (mut classes, mut sums) = (Vec::new(), Vec::new());
    for _ in 0..parts.word()? {
        let (class, bytes) = parts.class()?;
        classes.push(class);
        sums.push(bytes);
    }
    Some(CountedHeap {
        census: Census::from_parts(classes, sums, parts.rest.to_vec())?,
        summary: WalkSummary::from_words(numbers),
    })
}

struct Parts<'a> {
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn word(&mut self) -> Option<u64> {
        let (word, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u64::from_ne_bytes(*word))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.word()?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }

    fn class(&mut self) -> Option<(CensusClass, u64)> {
        let bytes = self.word()?;
        let kind = *NodeKind::ALL.get(usize::try_from(self.word()?).ok()?)?;
        let place = self.word()?;
        let name = self.text()?.to_owned();
        let url = self.text()?;
        let location = (!url.is_empty()).then(|| SourceLocation {
            url: url.to_owned(),
            line: (place >> 32) as u32,
            column: place as u32,
        });
        let class = CensusClass {
            name,
            kind,
            location,
        };
        Some((class, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heapwatch_graph::CensusBuilder;

    fn census() -> Census {
        let mut builder = CensusBuilder::new();
        let location = SourceLocation {
            url: "/app/ärger.js".to_owned(),
            line: 7,
            column: 19,
        };
        let order = builder.class(CensusClass::of_objects("Order".to_owned(), Some(location)));
        let string = builder.class(CensusClass::of_kind(NodeKind::String));
        builder.object(1 << 40, order, 56);
        builder.object((1 << 40) + 7, string, 24);
        builder.finish()
    }

    fn written() -> (Vec<u8>, Census, WalkSummary) {
        let summary = WalkSummary {
            objects: 2,
            bytes: 80,
            heap_bytes: 80,
            unknown: 0,
            misses: 3,
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &census(), &summary).unwrap();
        (bytes, census(), summary)
    }

    #[test]
    fn what_is_written_is_read() {
        let (bytes, census, summary) = written();
        let read = parse(&bytes).unwrap();
        assert_eq!((read.census, read.summary), (census, summary));
    }

    #[test]
    fn a_stream_that_is_cut_or_changed_is_no_census_or_another() {
        let (bytes, whole, _) = written();
        for end in 0..bytes.len() {
            let read = parse(&bytes[..end]);
            assert!(read.is_none_or(|read| read.census != whole), "cut at {end}");
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let _ = parse(&changed);
            }
        }
    }
}
