//! A Map, Set or object with a key per request.
//!
//! **What**: the keys of a growing collection look like random ids: UUIDs, hexadecimal text, also
//! after a prefix.
//!
//! **Why it is bad**: each request, user or job has an id of its own, so the collection grows with
//! every one, and an entry is never asked for again.
//!
//! Leaks:
//! ```js
//! const contexts = {};
//! app.use((req, res, next) => { contexts[req.id] = { started: Date.now() }; next(); });
//! ```
//! Clean: delete the entry when the response is finished (`res.on('close')`), a WeakMap keyed by the
//! request, or a bound.
//!
//! **Limits**: counters as keys (`user:17`) may be of something that there are few of, and are told as
//! an unbounded collection. Keys are judged, never told.

use heapwatch_graph::{EdgeKind, EdgeName};

use super::{Cause, Finding};
use crate::text;

/// Keys that are looked at.
const MAX_KEYS: usize = 64;
/// Fewer keys say nothing.
const MIN_KEYS: usize = 8;
/// Of a hundred keys, so many must be ids.
const MIN_PERCENT: usize = 90;
/// Characters of a hexadecimal id: short ones are counters and codes, which a program may have few of.
const MIN_HEX: usize = 16;
/// The same for the part after a prefix, as in `req-8f3a9c01`.
const MIN_LAST_PART: usize = 8;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    if !finding.is_collection() || !matches!(finding.owner_class, "Map" | "Set" | "Object") {
        return None;
    }
    let keys = keys(finding);
    let kind = [Kind::Uuid, Kind::Hex, Kind::Prefixed]
        .into_iter()
        .find(|kind| {
            let alike = keys.iter().filter(|key| kind.fits(key)).count();
            keys.len() >= MIN_KEYS && 100 * alike >= MIN_PERCENT * keys.len()
        })?;
    Some(Cause {
        id: "request-keyed-collection",
        evidence: format!(
            "`{}` ({}) has {} now, {}{}; its keys are {}, one per request or the like; it keeps {} \
             alive.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, "entry", "entries"),
            finding.gain(),
            finding.added(),
            kind.in_words(),
            text::bytes(finding.bytes),
        ),
        advice: format!(
            "Delete the entry from `{}` when the work that its key names ends, errors and \
             disconnects included; or use a WeakMap keyed by the request itself, or a bound.",
            finding.owner_name
        ),
        ..Cause::default()
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Uuid,
    Hex,
    Prefixed,
}

impl Kind {
    fn fits(self, key: &str) -> bool {
        let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
        let is_id = |text: &str, length| {
            text.len() >= length && is_hex(text) && text.contains(|c: char| c.is_ascii_digit())
        };
        match self {
            Self::Uuid => {
                key.len() == 36 && key.split('-').count() == 5 && key.split('-').all(is_hex)
            }
            Self::Hex => is_id(key, MIN_HEX),
            Self::Prefixed => key
                .rsplit_once(['-', ':', '_', '/', '.'])
                .is_some_and(|(_, last)| is_id(last, MIN_LAST_PART)),
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Uuid => "UUIDs",
            Self::Hex => "hexadecimal ids",
            Self::Prefixed => "ids with a prefix",
        }
    }
}

/// Some keys of the owner: texts in the table of a Map or Set, names of an object's properties.
fn keys<'a>(finding: &Finding<'a>) -> Vec<&'a str> {
    let graph = finding.heap.graph();
    let owner = finding.owner();
    if let Some(table) = finding.anatomy().internal(owner, "table") {
        let texts = graph
            .edges(table)
            .filter(|edge| graph.kind(edge.to).is_string());
        let texts = texts
            .map(|edge| graph.name(edge.to))
            .filter(|text| !text.is_empty());
        return texts.take(MAX_KEYS).collect();
    }
    let names = graph
        .edges(owner)
        .filter_map(|edge| match graph.edge_name(edge) {
            EdgeName::Name(name) if edge.kind == EdgeKind::Property => {
                Some(graph.strings().get(name))
            }
            _ => None,
        });
    names
        .filter(|name| *name != "__proto__")
        .take(MAX_KEYS)
        .collect()
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::{Kind, recognise};

    /// What is said of an object with these keys.
    fn evidence(key: impl Fn(usize) -> String) -> Option<String> {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("contexts", "owner")
            .object("owner", "Object");
        for i in 0..30 {
            let entry = format!("entry{i}");
            fixture
                .at("owner")
                .property(&key(i), &entry)
                .object(&entry, "Entry");
        }
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["entry0"]).judged_by(recognise);
        cause.map(|cause| cause.evidence)
    }

    #[test]
    fn keys_like_ids_are_told_by_kind_and_never_shown() {
        let told = evidence(|i| format!("3e7c9a1e-0000-4000-8000-0000000000{i:02}"));
        let told = told.expect("the rule applies");
        assert!(
            told.contains("its keys are UUIDs") && !told.contains("3e7c"),
            "{told}"
        );
    }

    #[test]
    fn words_are_no_ids() {
        let word =
            |i: usize| format!("word {}", (b'a' + (i % 26) as u8) as char).repeat(1 + i / 26);
        assert_eq!(evidence(word), None);
    }

    #[test]
    fn kinds_of_keys() {
        assert!(Kind::Hex.fits("9f86d081884c7d659a2feaa0"));
        assert!(Kind::Prefixed.fits("req-8f3a9c01") && !Kind::Prefixed.fits("user:17"));
        assert!(
            !Kind::Hex.fits("deadbeefdeadbeef"),
            "a word of hexadecimal letters"
        );
    }
}
