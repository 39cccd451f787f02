//! Records that hold the same texts again and again.
//!
//! **What**: more than half of what the members keep alive are strings of equal content.
//!
//! **Why it is bad**: `JSON.parse`, database drivers and `split` make a new string for each value,
//! however often it has come before.
//!
//! Leaks:
//! ```js
//! rows.push({ country: line.slice(0, 40), ... });         // a hundred countries, a million strings
//! ```
//! Clean: a Map from text to the first string of that content, or codes instead of texts; and a
//! bound for the collection.
//!
//! **Limits**: needs the texts, which only V8's snapshots have; walks don't read strings.

use rustc_hash::FxHashMap;

use heapwatch_graph::NodeKind;

use super::{Cause, Finding};
use crate::text;

/// Members without which nothing can be said about repetitions.
const MIN_MEMBERS: usize = 8;
/// Strings with fewer characters are shared by V8 anyway, or too small to matter.
const MIN_LENGTH: usize = 8;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    if finding.members.len() < MIN_MEMBERS {
        return None;
    }
    let heap = finding.heap;
    let mut seen: FxHashMap<&str, u64> = FxHashMap::default();
    let (mut repeated, mut all) = (0, 0);
    for &member in finding.members {
        all += heap.dominators().retained(member);
        for &part in heap.dominated().of(member) {
            let content = heap.graph().name(part);
            if heap.graph().kind(part) == NodeKind::String && content.len() >= MIN_LENGTH {
                let times = seen.entry(content).or_insert(0);
                *times += 1;
                repeated += u64::from(*times > 1) * heap.shallow(part);
            }
        }
    }
    if 2 * repeated <= all {
        return None;
    }
    Some(Cause {
        id: "duplicate-strings",
        evidence: format!(
            "`{}` ({}) has {} with {} now, {}{}, and keeps {} alive; about {} % of that are strings \
             whose text is there before.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, "member", "members"),
            finding.class,
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes),
            100 * repeated / all,
        ),
        advice: format!(
            "Give `{}` a bound, and keep one string per text: look it up in a Map before it is \
             stored, or store a code.",
            finding.owner_name
        ),
        ..Cause::default()
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    /// Whether rows are told whose `country` has one of so many texts.
    fn is_recognised(texts: usize) -> bool {
        let mut fixture = heap();
        let rows: Vec<String> = (0..20).map(|i| format!("row{i}")).collect();
        let rows: Vec<&str> = rows.iter().map(|row| &row[..]).collect();
        fixture.property("rows", "rows").js_array("rows", &rows);
        for (i, row) in rows.iter().enumerate() {
            let country = format!("{row}.country");
            fixture
                .object(row, "Row")
                .size(32)
                .property("country", &country);
            fixture
                .string(&country, &format!("the united kingdom {}", i % texts))
                .size(64);
        }
        let heap = fixture.analyze();
        Case::new(&heap, &rows).judged_by(recognise).is_some()
    }

    #[test]
    fn few_texts_in_many_strings_are_told() {
        assert!(is_recognised(3));
        assert!(!is_recognised(20));
    }
}
