//! Errors that are kept, with their stacks.
//!
//! **What**: the members are Error objects.
//!
//! **Why it is bad**: an error keeps its message, its captured stack (with the functions and the code
//! of every frame until it is first read), its `cause`, and whatever was attached: often a request.
//!
//! Leaks:
//! ```js
//! catch (error) { failures.push(error); }
//! ```
//! Clean: keep the last few, or what is needed of them (`error.message`, a count by code).
//!
//! **Limits**: none known.

use heapwatch_graph::{EdgeKind, EdgeName, NodeId, NodeKind};

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    if !finding.most(|member| is_error(finding, member)) {
        return None;
    }
    Some(Cause {
        id: "error-stacks",
        evidence: format!(
            "`{}` ({}) keeps {} with their stacks, {}{}; each keeps about {} alive.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, "error", "errors"),
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes_each()),
        ),
        advice: format!(
            "Keep the last few errors only, or just what is needed of each (message, code, a count). \
             `{}` keeps stacks and whatever the errors refer to.",
            finding.owner_name
        ),
        ..Cause::default()
    })
}

/// Whether an object has the stack that V8 captures for errors: in a private property, whose symbol
/// is nameless in captures, or under its class's name.
fn is_error(finding: &Finding<'_>, node: NodeId) -> bool {
    let graph = finding.heap.graph();
    let has_stack = || {
        graph.edges(node).any(|edge| {
            let name = match graph.edge_name(edge) {
                EdgeName::Name(name) => graph.strings().get(name),
                EdgeName::Index(_) => return false,
            };
            edge.kind == EdgeKind::Property
                && (name == "<symbol error_stack_symbol>"
                    || name == "<symbol>" && graph.kind(edge.to) == NodeKind::Array)
        })
    };
    graph.kind(node) == NodeKind::Object
        && (has_stack()
            || graph.name(node).ends_with("Error")
                && finding.anatomy().property(node, "message").is_some())
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    fn failures(class: &str) -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("failures", "list")
            .js_array("list", &["error"]);
        fixture
            .string("message", "failed")
            .array("stack")
            .object("error", class);
        fixture
    }

    #[test]
    fn errors_in_a_list_are_told_with_owner_and_line() {
        let mut fixture = failures("Error");
        fixture.property("<symbol>", "stack");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["error"])
            .judged_by(recognise)
            .expect("applies");
        assert_eq!(
            cause.evidence,
            "`failures` (Array) keeps 12,431 errors with their stacks, 4,000 more than at the first \
             capture, added at orders.js:42; each keeps about 2.8 KB alive."
        );
    }

    #[test]
    fn errors_whose_stack_was_read_are_known_by_class_and_message() {
        let is_recognised = |class, property| {
            let mut fixture = failures(class);
            fixture.property(property, "message");
            let heap = fixture.analyze();
            Case::new(&heap, &["error"]).judged_by(recognise).is_some()
        };
        assert!(is_recognised("ValidationError", "message"));
        assert!(!is_recognised("ValidationError", "text"));
        assert!(!is_recognised("Mail", "message"));
    }
}
