//! Listeners that pile up on an EventEmitter.
//!
//! **What**: the functions in the `_events` of one emitter grow in number.
//!
//! **Why it is bad**: each listener keeps its scope alive, often a whole request; and every emit
//! calls all of them.
//!
//! Leaks:
//! ```js
//! app.post('/orders', (req, res) => { bus.on('shipped', () => notify(req)); res.end(); });
//! ```
//! Clean:
//! ```js
//! bus.on('shipped', (order) => notify(order));                         // once, at start
//! app.post('/orders', (req, res) => { bus.once('shipped', listener);   // or removed again
//!   res.on('close', () => bus.off('shipped', listener)); });
//! ```
//!
//! **Limits**: says where the listener is written, which is not always where it is added.

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let listeners = finding.listeners()?;
    let event = match &listeners.event {
        Some(event) => format!("for '{event}' "),
        None => String::new(),
    };
    let line =
        (finding.line.as_ref()).map_or(String::new(), |line| format!(" (written at {line})"));
    let none_removed = if finding.kept_all {
        " and none removed"
    } else {
        ""
    };
    let each = finding.kept_by_each(Some(finding.listener()));
    Some(Cause {
        id: "event-listeners",
        evidence: format!(
            "`{}` has {} {event}now, {} more than at the first capture{none_removed}{line}; each \
             keeps {each} alive.",
            listeners.emitter,
            text::counted(finding.count, "listener", "listeners"),
            text::count(finding.gained),
        ),
        advice: format!(
            "Add the listener once instead of per call, use `once`, or remove it with \
             `{}.off(...)` when the work it was added for ends.",
            listeners.emitter
        ),
        at: finding.written_at(finding.listener()),
        ..Cause::default()
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// Listeners `a` and `b` of the module's `bus`, made in a scope that holds `req`.
    fn bus() -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .property("handler", "handler")
            .closure("handler", "handler");
        fixture
            .internal("context", "module")
            .context("module")
            .variable("bus", "bus");
        fixture.event_emitter("bus", "shipped", &["a", "b"]);
        for listener in ["a", "b"] {
            let (scope, request) = (format!("{listener}.scope"), format!("{listener}.req"));
            fixture
                .closure(listener, "onShipped")
                .size(64)
                .internal("context", &scope);
            fixture.context(&scope).size(32).variable("req", &request);
            fixture.object(&request, "IncomingMessage").size(34 << 10);
        }
        fixture
    }

    #[test]
    fn growing_listeners_are_told_with_emitter_event_count_line_and_what_they_keep() {
        let heap = bus().analyze();
        let cause = Case::new(&heap, &["a", "b"]).judged_by(recognise);
        assert_eq!(
            cause.expect("the rule applies").evidence,
            "`bus` has 12,431 listeners for 'shipped' now, 4,000 more than at the first capture and \
             none removed (written at orders.js:42); each keeps its `req` (IncomingMessage, 34 KB) \
             alive."
        );
    }

    #[test]
    fn functions_in_an_array_are_not_listeners() {
        let mut fixture = heap();
        fixture
            .property("hooks", "hooks")
            .js_array("hooks", &["a", "b"]);
        fixture.closure("a", "f").closure("b", "f");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["a", "b"]).judged_by(recognise).is_none());
    }
}
