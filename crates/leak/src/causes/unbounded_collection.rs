//! A Map, Set, array or dictionary that only grows.
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
    if !finding.is_collection {
        return None;
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
    let line = (finding.line.as_ref()).map_or(String::new(), |line| format!(" at {line}"));
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
    })
}

#[cfg(test)]
mod tests {
    use super::super::cases;
    use super::recognise;

    #[test]
    fn a_growing_map_is_told_with_owner_count_size_and_line() {
        let mut finding = cases::finding();
        (finding.owner_class, finding.owner_name) = ("Map", "receipts");
        let cause = recognise(&finding).expect("the rule applies");
        assert_eq!(
            cause.evidence,
            "`receipts` (Map) has 12,431 entries with Receipt now and keeps 34 MB alive; 4,000 were \
             added at orders.js:42 since the first capture and none of those was removed."
        );
    }

    #[test]
    fn a_plain_object_whose_field_accumulates_is_no_dictionary() {
        let mut finding = cases::finding();
        assert!(recognise(&finding).is_some());
        finding.is_collection = false;
        assert!(recognise(&finding).is_none());
    }

    #[test]
    fn an_owner_that_is_no_collection_is_left_to_other_rules() {
        let mut finding = cases::finding();
        finding.owner_class = "Socket";
        assert!(recognise(&finding).is_none());
    }
}
