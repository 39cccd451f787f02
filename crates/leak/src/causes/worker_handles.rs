//! Workers and message ports that are not ended.
//!
//! **What**: `Worker`s, `MessagePort`s or `BroadcastChannel`s grow in number.
//!
//! **Why it is bad**: a port that listens keeps itself alive; a worker is a thread with a heap of
//! its own, which this heap's numbers don't show.
//!
//! Leaks:
//! ```js
//! function run(job) { const worker = new Worker(file); worker.postMessage(job); }   // never ends
//! ```
//! Clean: a pool of workers, `worker.terminate()`, `port.close()`.
//!
//! **Limits**: memory inside of the workers isn't counted here.

use super::{Cause, Finding};
use crate::text;

const CLASSES: [(&str, &str, &str); 4] = [
    ("Worker", "worker", "terminate()"),
    ("MessagePort", "message port", "close()"),
    ("BroadcastChannel", "broadcast channel", "close()"),
    ("MessageChannel", "message channel", "close()"),
];
/// What only Node's own objects of these classes have: the C++ object behind them, or what Node's
/// implementation of events keeps on them.
const OF_NODE: [&str; 5] = [
    "<symbol kEvents>",
    "<symbol kHandle>",
    "<symbol kPort>",
    "<symbol kPublicPort>",
    "<symbol kParentSideStdio>",
];

/// What of Node's modules makes them.
const MAKES: [(&str, &[&str]); 1] = [(
    "worker_threads",
    &["BroadcastChannel", "MessageChannel", "Worker"],
)];

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let anatomy = finding.anatomy();
    let member = finding.member();
    let (class, what, end) = CLASSES
        .into_iter()
        .find(|(class, ..)| anatomy.is(member, class))?;
    let is_of_node = OF_NODE
        .iter()
        .any(|field| anatomy.property(member, field).is_some());
    let has_native = anatomy.internal(member, "javascript_to_native").is_some();
    if !(finding.is_held_by_roots() || has_native || is_of_node)
        || !finding.most(|node| anatomy.is(node, class))
    {
        return None;
    }
    let function = finding.function_below(member);
    let at = (function.and_then(|function| finding.written_at(function)))
        .or_else(|| finding.calls_of_node(&MAKES))
        .filter(|_| finding.line.is_none());
    Some(Cause {
        id: "worker-handles",
        evidence: format!(
            "{} not ended, {}{}; each keeps about {} alive on this side.",
            text::counted(
                finding.count,
                &format!("{what} is"),
                &format!("{what}s are")
            ),
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes_each()),
        ),
        advice: format!(
            "Call `{end}` when the {what} has done its work, or keep a few and use them again."
        ),
        at,
        owner: finding.is_held_by_roots().then(|| format!("open {what}s")),
        ..Cause::default()
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    #[test]
    fn ports_that_only_node_holds_are_told_as_open() {
        let mut fixture = heap();
        fixture
            .element(1, "roots")
            .synthetic("roots", "(GC roots)")
            .element(1, "handles");
        fixture
            .synthetic("handles", "(Global handles)")
            .internal("7", "port");
        fixture.object("port", "MessagePort");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["port"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .starts_with("12,431 message ports are not ended")
        );
    }

    #[test]
    fn workers_of_the_programs_own_are_left_to_other_rules() {
        let mut fixture = heap();
        fixture
            .property("all", "all")
            .set("all", &["worker"])
            .object("worker", "Worker");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["worker"]).judged_by(recognise).is_none());
    }
}
