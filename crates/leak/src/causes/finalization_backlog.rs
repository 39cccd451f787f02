//! Entries that pile up in a FinalizationRegistry.
//!
//! **What**: registrations of one FinalizationRegistry grow in number.
//!
//! **Why it is bad**: each keeps its held value until its object is collected. A held value that
//! leads to the object itself keeps it for ever; objects that live keep their entries; and an event
//! loop that is never idle doesn't run the callbacks.
//!
//! Leaks:
//! ```js
//! registry.register(connection, () => connection.close());     // the callback holds the connection
//! ```
//! Clean: hold only what cleaning up needs (a descriptor, an id), and `unregister` on a regular end.
//!
//! **Limits**: entries whose object has gone and whose callback waits look like those of living ones.

use heapwatch_graph::{EdgeKind, NodeId};

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let anatomy = finding.anatomy();
    let registry = finding.nearest_of(&["FinalizationRegistry"])?;
    if !finding.most(|member| anatomy.is(member, "system / WeakCell")) {
        return None;
    }
    let name = finding.name_of(registry);
    let keeps_itself = finding
        .most(|cell| target(finding, cell).is_some_and(|object| anatomy.keeps(cell, object)));
    let (why, advice) = if keeps_itself {
        (
            "; the value held for each leads back to the object itself, which so can't be collected",
            "Hold a value that doesn't lead to the object: an id, a path, a descriptor, not a \
             function or field that reaches it.",
        )
    } else {
        (
            "",
            "Call `unregister` when an object ends in the regular way, and see why the registered \
             objects live on; hold small values.",
        )
    };
    let function = finding
        .function_below(finding.member())
        .filter(|_| keeps_itself);
    Some(Cause {
        id: "finalization-backlog",
        evidence: format!(
            "The FinalizationRegistry `{name}` has {} now, {}{why}; each keeps about {} alive.",
            text::counted(finding.count, "registration", "registrations"),
            finding.gain(),
            text::bytes(finding.bytes_each()),
        ),
        advice: advice.to_owned(),
        at: function.and_then(|function| finding.written_at(function)),
        ..Cause::default()
    })
}

/// The object that was registered.
fn target(finding: &Finding<'_>, cell: NodeId) -> Option<NodeId> {
    finding.heap.graph().target(cell, EdgeKind::Weak, "target")
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    /// What is said of a registration whose held value leads to `leads_to`.
    fn evidence(leads_to: &str) -> String {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("registry", "registry")
            .variable("live", "live");
        fixture
            .object("live", "Object")
            .object("target", "Connection");
        fixture
            .object("registry", "FinalizationRegistry")
            .hidden_edge(4, "cell");
        fixture
            .hidden("cell", "system / WeakCell")
            .weak("target", "target");
        fixture
            .hidden_edge(2, "held")
            .object("held", "Object")
            .property("of", leads_to);
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["cell"]).judged_by(recognise);
        cause.expect("the rule applies").evidence
    }

    #[test]
    fn registrations_are_told_with_their_registry() {
        assert_eq!(
            evidence("live"),
            "The FinalizationRegistry `registry` has 12,431 registrations now, 4,000 more than at \
             the first capture; each keeps about 2.8 KB alive."
        );
    }

    #[test]
    fn held_values_that_lead_to_the_object_itself_are_told() {
        assert!(evidence("target").contains("leads back to the object itself"));
    }
}
