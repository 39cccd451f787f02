//! Entries of a WeakMap whose keys never die.
//!
//! **What**: most of what the members keep alive are values of a WeakMap under them as keys.
//!
//! **Why it is bad**: a WeakMap lets go of a value when its key is collected. Keys that something
//! else holds for ever make an ordinary leak of it, which looks safe in the source.
//!
//! Leaks:
//! ```js
//! sockets.add(socket); details.set(socket, parse(head));   // sockets is never cleaned
//! ```
//! Clean: let go of the key, or `delete` the entry when the work is done.
//!
//! **Limits**: told is the holder of the keys; values that hold their own key die with it.

use heapwatch_graph::{Edge, EdgeKind, EdgeName, NodeId};

use super::{Cause, Finding};
use crate::diagnosis::weak_map_of_entry;
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let anatomy = finding.anatomy();
    let is_mostly_value = |key| {
        let value = entry(finding, key).map(|edge| edge.to);
        value.is_some_and(|value| anatomy.keeps(key, value) && anatomy.is_mostly(key, value))
    };
    if !finding.most(is_mostly_value) {
        return None;
    }
    let map = entry(finding, finding.member()).and_then(|edge| name_of_map(finding, edge));
    let map = map.map_or("a WeakMap".to_owned(), |name| {
        format!("the WeakMap `{name}`")
    });
    Some(Cause {
        id: "weak-map-entries",
        evidence: format!(
            "{} of {map} are held by `{}` ({}), {}{}: their values, about {} each, live as long as \
             they do.",
            text::counted(finding.count, "key", "keys"),
            finding.owner_name,
            finding.owner_class,
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes_each()),
        ),
        advice: format!(
            "A WeakMap lets go of nothing while its keys live: take the keys out of `{}` when the \
             work they belong to ends.",
            finding.owner_name
        ),
        ..Cause::default()
    })
}

/// The reference from a key to its value in a WeakMap, the largest if there are several.
fn entry(finding: &Finding<'_>, key: NodeId) -> Option<Edge> {
    let graph = finding.heap.graph();
    let entries = graph.edges(key).filter(|edge| is_entry(finding, *edge));
    entries.max_by_key(|edge| finding.anatomy().retained(edge.to))
}

fn is_entry(finding: &Finding<'_>, edge: Edge) -> bool {
    let name = match finding.heap.graph().edge_name(edge) {
        EdgeName::Name(name) if edge.kind == EdgeKind::Internal => name,
        _ => return false,
    };
    finding
        .heap
        .graph()
        .strings()
        .get(name)
        .contains(" / part of key (")
}

/// How code reaches the WeakMap of an entry.
fn name_of_map(finding: &Finding<'_>, entry: Edge) -> Option<String> {
    let map = weak_map_of_entry(finding.heap, entry)?;
    let paths = heapwatch_graph::AccessPaths::new(finding.heap, heapwatch_graph::Keys::Merged);
    Some(paths.of(map))
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    /// What is said of keys that the module's Set `sockets` holds, with values of this size.
    fn evidence(size: u64) -> Option<String> {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("sockets", "set")
            .variable("details", "map");
        fixture
            .set("set", &["key"])
            .object("key", "Socket")
            .size(400);
        fixture.object("value", "Details").size(size);
        fixture
            .weak_map("map")
            .weak_map_entry("map", "key", "value");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["key"]).judged_by(recognise);
        cause.map(|cause| cause.evidence)
    }

    #[test]
    fn keys_that_keep_mostly_their_value_are_told_with_their_holder() {
        let told = evidence(4000).expect("the rule applies");
        assert_eq!(
            told,
            "12,431 keys of the WeakMap `details` are held by `sockets` (Set), 4,000 more than at \
             the first capture, added at orders.js:42: their values, about 2.8 KB each, live as \
             long as they do."
        );
    }

    #[test]
    fn a_value_that_is_small_beside_its_key_is_not_why_it_grows() {
        assert_eq!(evidence(40), None);
    }
}
