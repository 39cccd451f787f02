//! Reactions that pile up on a promise that lives long.
//!
//! **What**: `then`, `catch`, `await` or `Promise.race` on one promise that doesn't settle add
//! reactions to it that nothing takes away.
//!
//! **Why it is bad**: a reaction lives until its promise settles and keeps its callbacks, their
//! scopes and the derived promise; `Promise.race` adds one to each of its promises, and those that
//! lose the race keep theirs.
//!
//! Leaks:
//! ```js
//! const shutdown = new Promise((resolve) => process.once('SIGTERM', resolve));
//! app.get('/', async (req, res) => { await Promise.race([shutdown, work(req)]); });
//! ```
//! Clean: race against something of the request's own lifetime, or an AbortSignal whose listener is
//! removed.
//!
//! **Limits**: the line of a `race` isn't in the heap; told are the promise and, for `then`, the
//! callback.

use heapwatch_graph::NodeId;

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let is_reaction = |node: NodeId| finding.anatomy().is(node, "system / PromiseReaction");
    let is_on_promise = finding.anatomy().is(finding.owner(), "Promise");
    if !is_on_promise || !finding.most(is_reaction) {
        return None;
    }
    let function = finding.function_below(finding.member());
    let at = function.and_then(|function| finding.written_at(function));
    let promise = finding.owner_name;
    let by = match (&at, settles_another(finding)) {
        (None, true) => ", as `Promise.race` and `Promise.any` leave them".to_owned(),
        _ => finding.written(at.as_ref()),
    };
    Some(Cause {
        id: "promise-reactions",
        evidence: format!(
            "The promise `{promise}` hasn't settled and has {} now, {}{by}; each keeps {} alive.",
            text::counted(finding.count, "reaction", "reactions"),
            finding.gain(),
            finding.kept_by_each(function),
        ),
        advice: format!(
            "Don't wait for `{promise}` once per call: a reaction is only let go when the promise \
             settles. Race against a promise of the call's own, or use an AbortSignal and remove \
             its listener when the call ends."
        ),
        at,
        ..Cause::default()
    })
}

/// Whether the reactions settle another promise, as those of `Promise.race` do.
fn settles_another(finding: &Finding<'_>) -> bool {
    let anatomy = finding.anatomy();
    finding.most(|reaction| {
        let edges = finding.heap.graph().edges(reaction);
        edges
            .into_iter()
            .any(|edge| anatomy.promise_to_settle(edge.to).is_some())
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// Two reactions of the module's promise `closed`, with callbacks `f` and `g`.
    fn promise() -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .property("h", "h")
            .closure("h", "h")
            .internal("context", "module");
        fixture.context("module").variable("closed", "closed");
        fixture
            .object("closed", "Promise")
            .internal("reactions_or_result", "one");
        fixture
            .hidden("one", "system / PromiseReaction")
            .hidden_edge(0, "two");
        fixture
            .hidden_edge(2, "f")
            .hidden("two", "system / PromiseReaction")
            .hidden_edge(2, "g");
        fixture
    }

    #[test]
    fn reactions_are_told_with_promise_and_callback() {
        let mut fixture = promise();
        fixture
            .closure("f", "cleanUp")
            .written_at("/app/connection.js", 9, 3);
        fixture.closure("g", "cleanUp").closure_of("f.shared");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .expect("applies");
        assert_eq!(
            cause.evidence,
            "The promise `closed` hasn't settled and has 12,431 reactions now, 4,000 more than at \
             the first capture, written at connection.js:9; each keeps about 2.8 KB alive."
        );
    }

    #[test]
    fn reactions_that_settle_another_promise_are_those_of_a_race() {
        let mut fixture = promise();
        for (settle, scope) in [("f", "f.scope"), ("g", "g.scope")] {
            let promise = format!("{settle}.promise");
            fixture.closure(settle, "").internal("context", scope);
            fixture
                .context(scope)
                .hidden_edge(1, &promise)
                .object(&promise, "Promise");
        }
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause.evidence.contains("as `Promise.race`"),
            "{}",
            cause.evidence
        );
    }

    #[test]
    fn what_a_settled_promise_holds_is_left_to_other_rules() {
        let mut fixture = heap();
        fixture
            .property("ready", "ready")
            .object("ready", "Promise");
        fixture
            .internal("reactions_or_result", "result")
            .object("result", "Pool");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["result"]).judged_by(recognise).is_none());
    }
}
