//! A Map, Set, array, dictionary or linked list that only grows.
//!
//! **What**: the entries of one collection grow in number, and those added stay.
//!
//! **Why it is bad**: a collection that lives as long as the process and has no bound ends when the
//! memory does.
//!
//! Leaks:
//! ```js
//! const receipts = new Map();
//! app.get('/receipt/:id', (req, res) => { receipts.set(req.id, render(req)); ... });
//! ```
//! Clean: a bound (an LRU), an expiry, or a WeakMap keyed by the object the entry belongs to.
//!
//! **Limits**: a cache that is still filling looks the same until it is full.

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    if !finding.is_collection() {
        return finding.is_linked().then(|| list(finding));
    }
    let (one, many) = match finding.owner_class {
        "Map" | "WeakMap" => ("entry", "entries"),
        "Set" | "WeakSet" => ("member", "members"),
        "Array" => ("element", "elements"),
        _ if finding.owner_name.ends_with("[*]") => return None,
        "Object" => ("key", "keys"),
        _ => return None,
    };
    let none_removed = if finding.kept_all {
        " and none of those was removed"
    } else {
        ""
    };
    let line = finding.at_line();
    Some(Cause {
        id: "unbounded-collection",
        evidence: format!(
            "`{}` ({}) has {} with {} now and keeps {} alive; {} were added{line} since the first \
             capture{none_removed}.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, one, many),
            finding.class,
            text::bytes(finding.bytes),
            text::count(finding.gained),
        ),
        advice: format!(
            "Give `{}` a bound (an LRU with a maximum), an expiry, or delete an entry when the work \
             it was added for ends.",
            finding.owner_name
        ),
        ..Cause::default()
    })
}

/// A list that is linked through its members.
fn list(finding: &Finding<'_>) -> Cause {
    Cause {
        id: "unbounded-collection",
        evidence: format!(
            "`{}` ({}) has a list of {} {} now, each of which refers to the next, {}{}; it keeps {} \
             alive.",
            finding.owner_name,
            finding.owner_class,
            text::count(finding.count),
            finding.class,
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes),
        ),
        advice: format!(
            "Give the list in `{}` a bound: cut it after the last member that is needed.",
            finding.owner_name
        ),
        ..Cause::default()
    }
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    #[test]
    fn a_growing_map_is_told_with_owner_count_size_and_line() {
        let mut fixture = heap();
        fixture
            .property("f", "f")
            .closure("f", "f")
            .internal("context", "scope");
        fixture.context("scope").variable("receipts", "map");
        fixture.map("map", &[("key", "receipt")]).string("key", "k");
        fixture.object("receipt", "Receipt");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["receipt"]).judged_by(recognise);
        assert_eq!(
            cause.expect("the rule applies").evidence,
            "`receipts` (Map) has 12,431 entries with Receipt now and keeps 34 MB alive; 4,000 were \
             added at orders.js:42 since the first capture and none of those was removed."
        );
    }

    #[test]
    fn a_list_linked_through_its_members_is_a_collection() {
        let mut fixture = heap();
        fixture
            .property("history", "history")
            .object("history", "History");
        fixture
            .property("last", "a")
            .object("a", "Entry")
            .property("previous", "b");
        fixture
            .object("b", "Entry")
            .property("previous", "c")
            .object("c", "Entry");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["a", "b"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause.evidence.contains("a list of 12,431 Entry now"),
            "{}",
            cause.evidence
        );
        assert!(Case::new(&heap, &["c"]).judged_by(recognise).is_none());
    }

    #[test]
    fn a_plain_object_whose_field_accumulates_is_no_dictionary() {
        let is_recognised = |key: &str| {
            let mut fixture = heap();
            fixture.property("state", "state").object("state", "Object");
            fixture
                .property(key, "receipt")
                .object("receipt", "Receipt");
            let heap = fixture.analyze();
            Case::new(&heap, &["receipt"])
                .judged_by(recognise)
                .is_some()
        };
        assert!(is_recognised("user:17"));
        assert!(!is_recognised("last"));
    }

    #[test]
    fn an_owner_that_is_no_collection_is_left_to_other_rules() {
        let mut fixture = heap();
        fixture.property("link", "link").object("link", "Link");
        fixture
            .property("user:17", "receipt")
            .object("receipt", "Receipt");
        let heap = fixture.analyze();
        assert!(
            Case::new(&heap, &["receipt"])
                .judged_by(recognise)
                .is_none()
        );
    }
}
