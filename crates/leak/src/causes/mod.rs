//! Rules that recognise why something accumulates, one file each. A rule looks at a finding and, if
//! it is its case, says so in words with names and numbers. The first rule that recognises a
//! finding wins; more specific ones stand first.

mod event_listeners;
mod unbounded_collection;

use crate::text;

/// What diagnosis found out about a suspect.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    /// Class of the members.
    pub(crate) class: &'a str,
    /// Class of the owner.
    pub(crate) owner_class: &'a str,
    /// How code reaches the owner.
    pub(crate) owner_name: &'a str,
    /// Whether the members are entries of the owner, rather than in fields of it.
    pub(crate) is_collection: bool,
    /// The emitter and event if the members are its listeners.
    pub(crate) listeners: Option<Listeners<'a>>,
    /// Members now, and those gained since the first capture.
    pub(crate) count: u64,
    pub(crate) gained: u64,
    /// Whether it is known that no member was removed between the captures.
    pub(crate) kept_all: bool,
    /// Bytes that the members keep alive.
    pub(crate) bytes: u64,
    /// `file:line` where listeners are written or members are put in, if known.
    pub(crate) line: Option<String>,
}

/// Listeners of an EventEmitter.
#[derive(Debug)]
pub(crate) struct Listeners<'a> {
    /// How code reaches the emitter.
    pub(crate) emitter: &'a str,
    /// The event; `None` if it is spread over many.
    pub(crate) event: Option<&'a str>,
}

/// A recognised cause.
#[derive(Debug)]
pub(crate) struct Cause {
    /// Stable id, part of the public contract.
    pub(crate) id: &'static str,
    pub(crate) evidence: String,
    pub(crate) advice: String,
}

/// A finding in words.
#[derive(Debug)]
pub(crate) struct Explanation {
    /// Id of the rule that recognised the cause.
    pub(crate) cause: Option<&'static str>,
    /// What was seen.
    pub(crate) evidence: String,
    /// What to do.
    pub(crate) advice: String,
}

/// What the first fitting rule says; if none fits, what can be said of any finding.
pub(crate) fn explain(finding: &Finding<'_>) -> Explanation {
    let rules = [event_listeners::recognise, unbounded_collection::recognise];
    match rules.iter().find_map(|rule| rule(finding)) {
        Some(cause) => Explanation {
            cause: Some(cause.id),
            evidence: cause.evidence,
            advice: cause.advice,
        },
        None => Explanation {
            cause: None,
            evidence: plain_evidence(finding),
            advice: PLAIN_ADVICE.to_owned(),
        },
    }
}

const PLAIN_ADVICE: &str = "Follow the path from the owner: whoever adds to it has to remove again, \
                            or the owner has to end with the work it serves.";

fn plain_evidence(finding: &Finding<'_>) -> String {
    let none_gone = if finding.kept_all {
        " and none has gone"
    } else {
        ""
    };
    format!(
        "{} of class {} held by `{}` ({}) keep {} alive; there are {} more than at the first \
         capture{none_gone}.",
        text::counted(finding.count, "object", "objects"),
        finding.class,
        finding.owner_name,
        finding.owner_class,
        text::bytes(finding.bytes),
        text::count(finding.gained),
    )
}

#[cfg(test)]
pub(crate) mod cases {
    //! A finding to vary in the rules' own tests.

    use super::Finding;

    pub(crate) fn finding() -> Finding<'static> {
        Finding {
            class: "Receipt",
            owner_class: "Object",
            owner_name: "state.receipts",
            is_collection: true,
            listeners: None,
            count: 12_431,
            gained: 4_000,
            kept_all: true,
            bytes: 34 << 20,
            line: Some("orders.js:42".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{cases, explain};

    #[test]
    fn a_finding_without_a_rule_is_told_with_owner_class_count_and_size() {
        let mut finding = cases::finding();
        (finding.owner_class, finding.kept_all) = ("Socket", false);
        let told = explain(&finding);
        assert_eq!(told.cause, None);
        assert_eq!(
            told.evidence,
            "12,431 objects of class Receipt held by `state.receipts` (Socket) keep 34 MB alive; \
             there are 4,000 more than at the first capture."
        );
    }
}
