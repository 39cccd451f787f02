//! Timers that are never cleared.
//!
//! **What**: scheduled `Timeout` objects grow in number.
//!
//! **Why it is bad**: an interval lives until it is cleared, and keeps its callback's scope; a long
//! timeout does so until it fires.
//!
//! Leaks:
//! ```js
//! app.get('/', (req, res) => { setInterval(() => refresh(req.user), 60_000); res.end(); });
//! ```
//! Clean: one interval for all, or `clearInterval` when the connection closes.
//!
//! **Limits**: where the timer was started isn't known, only where its callback is written.

use heapwatch_graph::{NodeId, NodeKind};

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    if !finding.most(|member| is_scheduled(finding, member)) {
        return None;
    }
    let member = finding.member();
    let is_interval = finding.most(|member| repeats(finding, member));
    let (start, clear, one, many) = if is_interval {
        ("setInterval", "clearInterval", "interval", "intervals")
    } else {
        ("setTimeout", "clearTimeout", "timeout", "timeouts")
    };
    let function = finding.function_below(member);
    let at = function.and_then(|function| finding.written_at(function));
    let waits = if is_interval {
        "never cleared"
    } else {
        "neither fired nor cleared"
    };
    Some(Cause {
        id: "timers",
        evidence: format!(
            "{} of `{start}` are {waits}, {}{}; each keeps {} alive.",
            text::counted(finding.count, one, many),
            finding.gain(),
            finding.callback_written(at.as_ref()),
            finding.kept_by_each(function),
        ),
        advice: format!(
            "Keep what `{start}` returns and call `{clear}` when the work it belongs to ends, or use \
             one timer for all."
        ),
        at,
        owner: Some(format!("{start}()")),
        ..Cause::default()
    })
}

/// Whether an object is a timer that still has its callback.
fn is_scheduled(finding: &Finding<'_>, member: NodeId) -> bool {
    let anatomy = finding.anatomy();
    anatomy.is(member, "Timeout")
        && anatomy
            .property(member, "_onTimeout")
            .is_some_and(|callback| finding.heap.graph().kind(callback) == NodeKind::Closure)
}

/// Whether a timer starts again after it fired: `_repeat` is null, or a number (which is not in the
/// graph if it is small).
fn repeats(finding: &Finding<'_>, timer: NodeId) -> bool {
    let repeat = finding.anatomy().property(timer, "_repeat");
    repeat.is_none_or(|repeat| finding.heap.graph().kind(repeat) == NodeKind::Number)
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// Two timers in one of Node's lists.
    fn timers() -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .property("f", "f")
            .closure("f", "f")
            .internal("context", "timers");
        fixture.context("timers").variable("timerListMap", "map");
        fixture.object("map", "Object").element(60_000, "list");
        fixture
            .object("list", "TimersList")
            .property("_idleNext", "one");
        for (timer, next, callback) in [("one", "two", "g"), ("two", "list", "h")] {
            fixture.object(timer, "Timeout").property("_idleNext", next);
            fixture.property("_onTimeout", callback);
        }
        fixture
            .closure("g", "refresh")
            .written_at("/app/poll.js", 3, 5);
        fixture.closure("h", "refresh").closure_of("g.shared");
        fixture
    }

    #[test]
    fn intervals_are_told_with_their_callback() {
        let heap = timers().analyze();
        let cause = Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .expect("applies");
        assert_eq!(
            cause.evidence,
            "12,431 intervals of `setInterval` are never cleared, 4,000 more than at the first \
             capture; their callback is written at poll.js:3; each keeps about 2.8 KB alive."
        );
        assert_eq!(cause.owner.as_deref(), Some("setInterval()"));
    }

    #[test]
    fn timers_that_fire_once_are_told_as_such() {
        let mut fixture = timers();
        for timer in ["one", "two"] {
            fixture.at(timer).property("_repeat", "null");
        }
        fixture.hidden("null", "system / Oddball");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .contains("timeouts of `setTimeout` are neither fired nor cleared")
        );
    }

    #[test]
    fn cleared_timers_that_somebody_keeps_are_left_to_other_rules() {
        let mut fixture = heap();
        fixture.property("list", "list").js_array("list", &["one"]);
        fixture
            .object("one", "Timeout")
            .property("_onTimeout", "null");
        fixture.hidden("null", "system / Oddball");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["one"]).judged_by(recognise).is_none());
    }
}
