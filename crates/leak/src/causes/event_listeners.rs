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
    let listeners = finding.listeners.as_ref()?;
    let event = match listeners.event {
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
    let each = finding.bytes / finding.count.max(1);
    Some(Cause {
        id: "event-listeners",
        evidence: format!(
            "`{}` has {} {event}now, {} more than at the first capture{none_removed}{line}; each \
             keeps about {} alive.",
            listeners.emitter,
            text::counted(finding.count, "listener", "listeners"),
            text::count(finding.gained),
            text::bytes(each),
        ),
        advice: format!(
            "Add the listener once instead of per call, use `once`, or remove it with \
             `{}.off(...)` when the work it was added for ends.",
            listeners.emitter
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Listeners, cases};
    use super::recognise;

    #[test]
    fn growing_listeners_are_told_with_emitter_event_count_and_line() {
        let mut finding = cases::finding();
        finding.listeners = Some(Listeners {
            emitter: "bus",
            event: Some("shipped"),
        });
        let cause = recognise(&finding).expect("the rule applies");
        assert_eq!(
            cause.evidence,
            "`bus` has 12,431 listeners for 'shipped' now, 4,000 more than at the first capture and \
             none removed (written at orders.js:42); each keeps about 2.8 KB alive."
        );
    }

    #[test]
    fn other_functions_are_not_listeners() {
        assert!(recognise(&cases::finding()).is_none());
    }
}
