//! A scope that keeps a variable which the living function doesn't need.
//!
//! **What**: a function's scope keeps another one's variable: V8 makes one scope for all functions
//! of a call, with every variable that any of them uses. Told is the chain that this makes, where
//! each scope keeps what the call before had made.
//!
//! **Why it is bad**: as long as one of the functions lives, so does all that any of them uses.
//!
//! Leaks:
//! ```js
//! function replace() {
//!   const original = current;
//!   const unused = () => original;                    // puts `original` into the scope
//!   current = { method() {} };                        // keeps the scope, and so `original`
//! }
//! ```
//! Clean: set the variable to null when it is done with, or make the functions in scopes apart.
//!
//! **Limits**: whether a function uses a variable isn't in a heap; a scope whose variable is large
//! but needed is told by other rules.

use heapwatch_graph::{Edge, EdgeKind, NodeId};

use super::{Cause, Finding};
use crate::redaction::is_scope;
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let heap = finding.heap;
    let member = finding.member();
    let scope = finding.owner();
    let last = finding.steps().last()?.edge?;
    let is_variable = last.kind == EdgeKind::Context && is_scope(heap, scope);
    if !is_variable || !leads_on(finding, member, last) {
        return None;
    }
    let functions = (heap.retainers().of(scope).iter())
        .map(|&edge| heap.graph().edge_source(edge))
        .filter(|&node| finding.anatomy().scope(node) == Some(scope));
    let at = functions
        .filter_map(|function| finding.written_at(function))
        .next();
    Some(Cause {
        id: "shared-closure-context",
        evidence: format!(
            "The scope of a function{} keeps its variable `{}` ({}) alive, and that again a scope \
             with the same variable: a chain of {} now, {}; each keeps {} alive.",
            finding.written(at.as_ref()),
            finding.owner_name,
            crate::redaction::node_name(heap, member),
            text::count(finding.count),
            finding.gain(),
            text::bytes(finding.bytes_each()),
        ),
        advice: format!(
            "All functions made in one call share one scope: set `{}` to null when it is done with, \
             or make the function that lives on in a function of its own that doesn't see it.",
            finding.owner_name
        ),
        at,
        ..Cause::default()
    })
}

/// Whether what a variable holds leads to a scope with a variable of the same name.
fn leads_on(finding: &Finding<'_>, member: NodeId, variable: Edge) -> bool {
    let graph = finding.heap.graph();
    let has_variable = |scope: NodeId| {
        graph.edges(scope).any(|edge| {
            edge.kind == EdgeKind::Context
                && graph.edge_name(edge) == graph.edge_name(variable)
                && edge.to != member
        })
    };
    let scope = finding.anatomy().below(member, |node| {
        is_scope(finding.heap, node) && has_variable(node)
    });
    scope.is_some_and(|scope| scope != finding.owner())
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// Two objects, each of which keeps the one before by the variable `original` of a scope.
    fn chain() -> FixtureBuilder {
        let mut fixture = heap();
        fixture.property("current", "b");
        for (thing, method, scope, before) in
            [("b", "g", "g.scope", "a"), ("a", "f", "f.scope", "z")]
        {
            fixture
                .object(thing, "Blob")
                .size(400)
                .property("method", method);
            fixture.closure(method, "method").internal("context", scope);
            fixture.context(scope).variable("original", before);
        }
        fixture.object("z", "Blob");
        fixture
    }

    #[test]
    fn a_chain_of_scopes_is_told_with_its_variable() {
        let heap = chain().analyze();
        let cause = Case::new(&heap, &["a", "z"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .contains("keeps its variable `original` (Blob) alive"),
            "{}",
            cause.evidence
        );
    }

    #[test]
    fn members_in_fields_are_left_to_other_rules() {
        let mut fixture = chain();
        fixture
            .at("a")
            .property("last", "part")
            .object("part", "Part");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["part"]).judged_by(recognise).is_none());
    }
}
