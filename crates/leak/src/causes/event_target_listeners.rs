//! Listeners that pile up on an EventTarget or an AbortSignal.
//!
//! **What**: the `Listener` objects of Node's EventTarget grow in number under one target; or
//! signals made by `AbortSignal.any` or `AbortSignal.timeout` that Node keeps alive because
//! somebody listens.
//!
//! **Why it is bad**: a long-lived signal (shutdown, a client's lifetime) keeps every listener, and
//! each listener its scope, until it aborts, which it rarely does.
//!
//! Leaks:
//! ```js
//! const shutdown = new AbortController();
//! app.get('/', (req, res) => shutdown.signal.addEventListener('abort', () => res.destroy()));
//! ```
//! Clean:
//! ```js
//! app.get('/', (req, res) => {
//!   const stop = () => res.destroy();
//!   shutdown.signal.addEventListener('abort', stop, { once: true });
//!   res.on('close', () => shutdown.signal.removeEventListener('abort', stop));
//! });
//! ```
//!
//! **Limits**: a listener that a library adds (`fetch(url, { signal })`) is told with the
//! library's line.

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    composed_signals(finding).or_else(|| listeners(finding))
}

fn listeners(finding: &Finding<'_>) -> Option<Cause> {
    let member = finding.member();
    if !finding.anatomy().is(member, "Listener") {
        return None;
    }
    let events = finding.reached_by("<symbol kEvents>")?;
    let target = events.checked_sub(1)?;
    let name = finding.name_of(target);
    let is_signal = finding
        .anatomy()
        .is(finding.steps()[target].node, "AbortSignal");
    let kind = if is_signal {
        "AbortSignal"
    } else {
        "EventTarget"
    };
    let event = if is_signal { "'abort' " } else { "" };
    let function = finding.function_below(member);
    let at = function.and_then(|function| finding.written_at(function));
    Some(Cause {
        id: "event-target-listeners",
        evidence: format!(
            "The {kind} `{name}` has {} now, {}{}; each keeps {} alive.",
            text::counted(
                finding.count,
                &format!("{event}listener"),
                &format!("{event}listeners")
            ),
            finding.gain(),
            finding.written(at.as_ref()),
            finding.kept_by_each(function),
        ),
        advice: format!(
            "Remove the listener when the work it was added for ends: `{name}.removeEventListener(...)` \
             with the same function, or pass `{{ signal }}` of that work to `addEventListener`."
        ),
        at,
        ..Cause::default()
    })
}

/// Signals that Node's `AbortSignal.any` and `AbortSignal.timeout` keep for their listeners.
fn composed_signals(finding: &Finding<'_>) -> Option<Cause> {
    if !finding.most(|member| finding.anatomy().is(member, "AbortSignal")) {
        return None;
    }
    let set = ["gcPersistentSignals", "<symbol kDependantSignals>"];
    set.iter().find_map(|name| finding.reached_by(name))?;
    let function = finding.function_below(finding.member());
    let at = function.and_then(|function| finding.written_at(function));
    Some(Cause {
        id: "event-target-listeners",
        evidence: format!(
            "Node keeps {} alive for their listeners, {}{}; each keeps {} alive. A signal composed \
             by `AbortSignal.any` lives, with its listeners, as long as the signals it follows.",
            text::counted(finding.count, "AbortSignal", "AbortSignals"),
            finding.gain(),
            finding.written(at.as_ref()),
            finding.kept_by_each(function),
        ),
        advice: "Remove the listeners of the composed signal when the work it belongs to ends, or \
                 compose it once and not per call."
            .to_owned(),
        at,
        ..Cause::default()
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// Two listeners of a target of this class, in the module's variable `target`.
    fn target(class: &str) -> FixtureBuilder {
        let mut fixture = heap();
        fixture.module_scope("module").variable("target", "target");
        fixture
            .object("target", class)
            .property("<symbol kEvents>", "events");
        fixture
            .map("events", &[("type", "root listener")])
            .string("type", "abort");
        fixture
            .object("root listener", "Object")
            .property("next", "one");
        fixture
            .object("one", "Listener")
            .property("next", "two")
            .property("callback", "g");
        fixture.object("two", "Listener").property("callback", "h");
        fixture
            .closure("g", "stop")
            .written_at("/app/jobs.js", 7, 3);
        fixture.closure("h", "stop").closure_of("g.shared");
        fixture
    }

    #[test]
    fn listeners_of_a_signal_are_told_with_signal_and_line() {
        let heap = target("AbortSignal").analyze();
        let cause = Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .expect("applies");
        assert_eq!(cause.id, "event-target-listeners");
        assert_eq!(
            cause.evidence,
            "The AbortSignal `target` has 12,431 'abort' listeners now, 4,000 more than at the first \
             capture, written at jobs.js:7; each keeps about 2.8 KB alive."
        );
        assert_eq!(cause.at.expect("a line").line, 7);
    }

    #[test]
    fn objects_that_a_target_merely_has_are_not_its_listeners() {
        let mut fixture = target("EventTarget");
        fixture
            .at("target")
            .property("last", "job")
            .object("job", "Job");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["job"]).judged_by(recognise).is_none());
    }

    #[test]
    fn composed_signals_that_node_keeps_are_told() {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("gcPersistentSignals", "signals");
        fixture
            .set("signals", &["a", "b"])
            .object("a", "AbortSignal")
            .object("b", "AbortSignal");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["a", "b"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .starts_with("Node keeps 12,431 AbortSignals alive")
        );
        let mut fixture = heap_of_signals();
        fixture.at("root").property("g", "signals");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["a", "b"]).judged_by(recognise).is_none());
    }

    /// Signals that the program itself keeps in a Set.
    fn heap_of_signals() -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .set("signals", &["a", "b"])
            .object("a", "AbortSignal")
            .object("b", "AbortSignal");
        fixture
    }
}
