//! Rules that recognise why something accumulates, one file each. A rule looks at a finding and, if
//! it is its case, says so in words with names and numbers. The first rule that recognises a
//! finding wins; more specific ones stand first.

mod event_listeners;
mod unbounded_collection;

/// What diagnosis found out about a suspect.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    /// Class of the members.
    pub(crate) class: &'a str,
    /// Class of the owner.
    pub(crate) owner_class: &'a str,
    /// How code reaches the owner.
    pub(crate) owner_name: &'a str,
    /// The emitter and event if the members are its listeners.
    pub(crate) listeners: Option<Listeners<'a>>,
    /// Members now, and those gained since the first capture.
    pub(crate) count: u64,
    pub(crate) gained: u64,
    /// Bytes that the members keep alive.
    pub(crate) bytes: u64,
    /// `file:line` where the members are made or put in, if known.
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

/// What the first fitting rule says.
pub(crate) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let rules = [event_listeners::recognise, unbounded_collection::recognise];
    rules.iter().find_map(|rule| rule(finding))
}

/// Evidence for a finding that no rule recognises.
pub(crate) fn plain_evidence(finding: &Finding<'_>) -> String {
    use crate::text;
    format!(
        "{} of class {} held by `{}` ({}) keep {} alive; {} were added since the first capture and \
         are still there.",
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
            listeners: None,
            count: 12_431,
            gained: 4_000,
            bytes: 34 << 20,
            line: Some("orders.js:42".to_owned()),
        }
    }
}
