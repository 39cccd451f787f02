//! Promises that nobody settles.
//!
//! **What**: a collection of the program's holds the `resolve` or `reject` of more and more
//! promises.
//!
//! **Why it is bad**: an unsettled promise keeps all that waits for it: callbacks, and the
//! arguments and variables of async functions.
//!
//! Leaks:
//! ```js
//! const waiting = new Map();
//! const ask = (id) => new Promise((resolve) => waiting.set(id, { resolve }));  // no answer, no end
//! ```
//! Clean: a limit of time that rejects and deletes the entry, and both on errors and disconnects.
//!
//! **Limits**: a `resolve` that was called but kept looks the same.

use heapwatch_graph::NodeId;

use super::{Cause, Finding};
use crate::text;

/// How many steps from a member its `resolve` may be: the member itself, or a field of it.
const NEAR: usize = 24;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let is_kept_by_program = matches!(finding.owner_class, "Map" | "Set" | "Array" | "Object")
        && finding.is_collection()
        && finding.listeners().is_none();
    if !is_kept_by_program || !finding.most(|member| resolver(finding, member).is_some()) {
        return None;
    }
    let promise = resolver(finding, finding.member())?;
    let anatomy = finding.anatomy();
    let waiting = anatomy.below(promise, |node| {
        let function = anatomy.awaiting_function(node);
        function.is_some_and(|function| finding.written_at(function).is_some())
    });
    let function = waiting.and_then(|closure| anatomy.awaiting_function(closure));
    let who = function.map_or(String::new(), |function| {
        format!(
            "; the async function {} waits for them",
            finding.function_in_words(function)
        )
    });
    Some(Cause {
        id: "pending-promises",
        evidence: format!(
            "`{}` ({}) holds {} now, {}{}{who}; each keeps about {} alive.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, "promise to settle", "promises to settle"),
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes_each()),
        ),
        advice: format!(
            "Settle each promise on every way out and delete it from `{}`: reject it after a limit \
             of time, on errors, and when the other side is gone.",
            finding.owner_name
        ),
        ..Cause::default()
    })
}

/// The promise whose `resolve` or `reject` a member is or has in a field.
fn resolver(finding: &Finding<'_>, member: NodeId) -> Option<NodeId> {
    let anatomy = finding.anatomy();
    let graph = finding.heap.graph();
    let fields = graph.edges(member).take(NEAR).map(|edge| edge.to);
    let mut settles = std::iter::once(member).chain(fields);
    settles.find_map(|node| anatomy.promise_to_settle(node))
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    #[test]
    fn a_map_of_resolve_functions_is_told_with_owner_and_line() {
        let mut fixture = heap();
        fixture.module_scope("module").variable("waiting", "map");
        fixture.map("map", &[("key", "entry")]).string("key", "k");
        fixture
            .object("entry", "Object")
            .property("resolve", "resolve");
        fixture.closure("resolve", "").internal("context", "scope");
        fixture
            .context("scope")
            .hidden_edge(1, "promise")
            .object("promise", "Promise");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["entry"])
            .judged_by(recognise)
            .expect("applies");
        assert_eq!(
            cause.evidence,
            "`waiting` (Map) holds 12,431 promises to settle now, 4,000 more than at the first \
             capture, added at orders.js:42; each keeps about 2.8 KB alive."
        );
    }

    #[test]
    fn functions_of_the_program_settle_no_promise() {
        let mut fixture = heap();
        fixture
            .property("hooks", "hooks")
            .js_array("hooks", &["hook"]);
        fixture.closure("hook", "hook").internal("context", "scope");
        fixture
            .context("scope")
            .variable("promise", "promise")
            .object("promise", "Promise");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["hook"]).judged_by(recognise).is_none());
    }
}
