//! Short strings that keep long ones.
//!
//! **What**: most of what the members keep alive are the strings that slices were cut from, or the
//! pieces of a string that is put together and never read.
//!
//! **Why it is bad**: `slice`, `substring`, `split` and matches of regular expressions make slices,
//! which keep all of the text that they are cut from: a 20-byte title keeps a document of a
//! megabyte.
//!
//! Leaks:
//! ```js
//! titles.set(id, /<title>(.*?)<\/title>/.exec(page)[1]);
//! ```
//! Clean: copy what is kept: `Buffer.from(title).toString()`, or `structuredClone` of the record.
//!
//! **Limits**: slices are of 13 characters or more; shorter ones are copies anyway.

use heapwatch_graph::{NodeId, NodeKind};

use super::{Cause, Finding};
use crate::text;

/// A parent of fewer bytes than this isn't worth copying out of.
const MIN_PARENT: u64 = 512;
/// Pieces of a string that is put together: fewer are flattened sooner or later.
const MIN_PIECES: usize = 3;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    slices(finding).or_else(|| pieces(finding))
}

fn slices(finding: &Finding<'_>) -> Option<Cause> {
    let anatomy = finding.anatomy();
    let is_mostly_parent = |member| {
        let parent = parent(finding, member);
        parent.is_some_and(|parent| anatomy.is_mostly(member, parent))
    };
    if !finding.most(is_mostly_parent) {
        return None;
    }
    let parent = parent(finding, finding.member())?;
    Some(Cause {
        id: "string-parents",
        evidence: format!(
            "{} in `{}` ({}) are or have slices of longer strings, {}{}; each keeps its whole \
             parent of {} alive.",
            text::counted(finding.count, "member", "members"),
            finding.owner_name,
            finding.owner_class,
            finding.gain(),
            finding.added(),
            text::bytes(anatomy.retained(parent)),
        ),
        advice: "Copy the part that is kept, for example with `Buffer.from(part).toString()` or \
                 `JSON.parse(JSON.stringify(part))`, so that the text it was cut from can go."
            .to_owned(),
        ..Cause::default()
    })
}

/// The string that a slice, the member or something it keeps, was cut from.
fn parent(finding: &Finding<'_>, member: NodeId) -> Option<NodeId> {
    let graph = finding.heap.graph();
    let anatomy = finding.anatomy();
    let is_slice_of_much = |node| {
        graph.kind(node) == NodeKind::SlicedString
            && anatomy.internal(node, "parent").is_some_and(|parent| {
                anatomy.retained(parent) >= MIN_PARENT && anatomy.keeps(member, parent)
            })
    };
    anatomy.internal(anatomy.inside(member, is_slice_of_much)?, "parent")
}

/// A string in one variable or field that is only ever added to.
fn pieces(finding: &Finding<'_>) -> Option<Cause> {
    let graph = finding.heap.graph();
    let is_piece = |node: NodeId| graph.kind(node).is_string();
    let in_pieces = finding
        .members
        .iter()
        .filter(|&&node| graph.kind(node) == NodeKind::ConsString);
    if finding.is_collection() || !finding.most(is_piece) || in_pieces.count() < MIN_PIECES {
        return None;
    }
    Some(Cause {
        id: "string-parents",
        evidence: format!(
            "A string in `{}` is put together from {} now, {}, and keeps {} alive.",
            finding.owner_name,
            text::counted(finding.count, "piece", "pieces"),
            finding.gain(),
            text::bytes(finding.bytes),
        ),
        advice:
            "Write the text out and start anew from time to time; collect pieces in an array that \
                 is joined and emptied."
                .to_owned(),
        ..Cause::default()
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_graph::NodeKind;
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    /// What is said of a slice of a string of this size, in the module's Map `titles`.
    fn evidence(size: u64) -> Option<String> {
        let mut fixture = heap();
        fixture.module_scope("module").variable("titles", "map");
        fixture.map("map", &[("key", "slice")]).string("key", "k");
        fixture
            .node("slice", NodeKind::SlicedString, "(sliced string)")
            .size(32);
        fixture
            .internal("parent", "parent")
            .string("parent", "")
            .size(size);
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["slice"]).judged_by(recognise);
        cause.map(|cause| cause.evidence)
    }

    #[test]
    fn slices_are_told_with_the_size_of_what_they_keep() {
        assert_eq!(
            evidence(20 << 10).expect("the rule applies"),
            "12,431 members in `titles` (Map) are or have slices of longer strings, 4,000 more than \
             at the first capture, added at orders.js:42; each keeps its whole parent of 20 KB alive."
        );
    }

    #[test]
    fn slices_of_short_strings_are_left_to_other_rules() {
        assert_eq!(evidence(100), None);
    }

    #[test]
    fn a_string_that_is_added_to_for_ever_is_told_with_its_pieces() {
        let mut fixture = heap();
        fixture.module_scope("module").variable("log", "c3");
        for (cons, first) in [("c3", "c2"), ("c2", "c1"), ("c1", "start")] {
            fixture.node(cons, NodeKind::ConsString, "(concatenated string)");
            fixture.internal("first", first);
        }
        fixture.string("start", "");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["c1", "c2", "c3"]).judged_by(recognise);
        assert!(
            cause
                .expect("applies")
                .evidence
                .starts_with("A string in `log` is put together")
        );
    }
}
