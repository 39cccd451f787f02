//! A queue whose producer is faster than its consumer.
//!
//! **What**: a linked list with a head and a tail, a stream's buffer, or an array or Map from which
//! old members go while new ones come faster.
//!
//! **Why it is bad**: nothing is forgotten here, it is late: memory grows as long as the load is
//! higher than what the consumer takes, and so does the time that each job waits.
//!
//! Leaks:
//! ```js
//! for await (const row of rows) writable.write(row);          // write's `false` is ignored
//! ```
//! Clean: wait for `drain`, `stream.pipeline`, a bound that refuses or drops work, more consumers.
//!
//! **Limits**: a list that nobody takes from at all, with a head and a tail, looks the same. That old
//! members of an array go is seen where objects have ids (not in walks), or in the source (`shift`).

use super::{Cause, Finding};
use crate::text;

/// Where Node's streams keep what waits for its turn.
const STREAM_BUFFERS: [&str; 3] = ["<symbol kBufferedValue>", "buffered", "buffer"];

/// Fields of a queue that lead to a member: head and tail, perhaps the one in work.
const ENDS: std::ops::RangeInclusive<usize> = 2..=3;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let (what, name, advice) = if let Some(stream) = stream(finding) {
        (
            "what was written to or read into the stream",
            stream,
            "Stop when `write` returns false and go on at 'drain' (or use `stream.pipeline`); see \
             why the other side takes so little.",
        )
    } else if is_linked_queue(finding) || is_collection_as_queue(finding) {
        (
            "the queue",
            finding.owner_name.to_owned(),
            "Bound the queue: refuse or drop work beyond a length, make the producer wait, or add \
             consumers.",
        )
    } else {
        return None;
    };
    Some(Cause {
        id: "backlog",
        evidence: format!(
            "A backlog rather than a leak: {what} `{name}` has {} waiting, {}{}; they keep {} alive. \
             More comes in than is taken out{}.",
            text::counted(finding.count, finding.class, finding.class),
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes),
            taken_out(finding),
        ),
        advice: advice.to_owned(),
        ..Cause::default()
    })
}

/// Whether the members are in a collection from which old ones are known to go while new ones stay,
/// or from which the source takes the oldest.
fn is_collection_as_queue(finding: &Finding<'_>) -> bool {
    finding.is_collection() && (finding.old_ones_go || finding.first_taken_at.is_some())
}

/// ` at queue.js:17`, or nothing.
fn taken_out(finding: &Finding<'_>) -> String {
    let line = finding.first_taken_at.as_ref();
    line.map_or(String::new(), |line| format!(" at {line}"))
}

/// How code reaches the stream whose buffer the members are in.
fn stream(finding: &Finding<'_>) -> Option<String> {
    let state = finding.nearest_of(&["WritableState", "ReadableState"])?;
    let is_buffer = |name: &&str| {
        let at = finding.reached_by(name);
        at.is_some_and(|at| at == state + 1)
    };
    STREAM_BUFFERS.iter().find(|name| is_buffer(name))?;
    Some(finding.name_of(state.checked_sub(1)?))
}

/// Whether the members are a list that refers on from one to the next, of which the owner has both
/// ends: what a queue needs, and a history or a tree doesn't.
fn is_linked_queue(finding: &Finding<'_>) -> bool {
    let edges = finding.heap.graph().edges(finding.owner());
    let ends = edges.filter(|edge| finding.is_field_to_alike(edge)).count();
    ENDS.contains(&ends) && finding.is_linked()
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// The module's queue `jobs`, with these fields for its ends.
    fn queue(ends: &[(&str, &str)]) -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("jobs", "jobs")
            .object("jobs", "Queue");
        for (end, job) in ends {
            fixture.property(end, job);
        }
        for (job, next) in [("a", "b"), ("b", "c"), ("c", "d")] {
            fixture.object(job, "Job").property("next", next);
        }
        fixture.object("d", "Job");
        fixture
    }

    #[test]
    fn a_linked_list_with_both_ends_is_a_backlog() {
        let heap = queue(&[("head", "a"), ("tail", "d")]).analyze();
        let cause = Case::new(&heap, &["a", "b", "c"])
            .judged_by(recognise)
            .expect("applies");
        assert_eq!(
            cause.evidence,
            "A backlog rather than a leak: the queue `jobs` has 12,431 Job waiting, 4,000 more than \
             at the first capture, added at orders.js:42; they keep 34 MB alive. More comes in than \
             is taken out."
        );
        let heap = queue(&[("last", "a")]).analyze();
        assert!(
            Case::new(&heap, &["a", "b", "c"])
                .judged_by(recognise)
                .is_none()
        );
    }

    #[test]
    fn an_array_whose_old_members_go_is_a_backlog() {
        let mut fixture = heap();
        fixture
            .property("jobs", "jobs")
            .js_array("jobs", &["a"])
            .object("a", "Job");
        let heap = fixture.analyze();
        let mut case = Case::new(&heap, &["a"]);
        assert!(case.judged_by(recognise).is_none());
        case.old_ones_go = true;
        assert!(case.judged_by(recognise).is_some());
        case.old_ones_go = false;
        case.first_taken_at = Some("jobs.js:9".to_owned());
        let told = case.judged_by(recognise).expect("applies").evidence;
        assert!(
            told.ends_with("More comes in than is taken out at jobs.js:9."),
            "{told}"
        );
    }

    #[test]
    fn what_waits_in_a_streams_buffer_is_a_backlog() {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("slow", "slow")
            .object("slow", "Writable");
        fixture
            .property("_writableState", "state")
            .object("state", "WritableState");
        fixture
            .property("buffered", "list")
            .js_array("list", &["a"])
            .object("a", "Chunk");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["a"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause.evidence.contains("the stream `slow` has"),
            "{}",
            cause.evidence
        );
    }
}
