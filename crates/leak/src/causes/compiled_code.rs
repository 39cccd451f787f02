//! Code that is compiled per call.
//!
//! **What**: the members are functions that each have code of their own, compiled scripts, or
//! V8's compiled code.
//!
//! **Why it is bad**: `new Function`, `eval`, `vm.Script` and the compilers of templates and schemas
//! make code that is compiled, optimised and kept as long as one of its functions is.
//!
//! Leaks:
//! ```js
//! validators.set(id, ajv.compile(schema));            // per request, under an ever new key
//! ```
//! Clean: compile once per schema or template and keep it under what it is made from.
//!
//! **Limits**: whether it was `new Function` or a library that calls it isn't told.

use heapwatch_graph::{EdgeName, NodeId, NodeKind};

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let graph = finding.heap.graph();
    let anatomy = finding.anatomy();
    let is_code = |node| graph.kind(node) == NodeKind::Code;
    let is_script = |node| anatomy.is(node, "ContextifyScript") || anatomy.is(node, "Script");
    let what = if finding.most(is_code) {
        ("piece of compiled code", "pieces of compiled code")
    } else if finding.most(is_script) {
        ("compiled script", "compiled scripts")
    } else if finding.most(|member| has_own_code(finding, member)) {
        (
            "function compiled on its own",
            "functions compiled on their own",
        )
    } else {
        return None;
    };
    let owner = finding
        .is_held_by_roots()
        .then(|| "compiled code".to_owned());
    let holder = match &owner {
        Some(_) => "V8 keeps".to_owned(),
        None => format!("`{}` ({}) keeps", finding.owner_name, finding.owner_class),
    };
    Some(Cause {
        id: "compiled-code",
        evidence: format!(
            "{holder} {} now, {}{}; each keeps about {} alive.",
            text::counted(finding.count, what.0, what.1),
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes_each()),
        ),
        advice: "Compile once per source (template, schema, expression) and keep the result under \
                 that source, with a bound; pass what differs as arguments."
            .to_owned(),
        owner,
        ..Cause::default()
    })
}

/// Whether a function, or one in a field of an object, alone keeps its code: functions of one place
/// in the source share it.
fn has_own_code(finding: &Finding<'_>, member: NodeId) -> bool {
    let graph = finding.heap.graph();
    let anatomy = finding.anatomy();
    let is_own = |function: NodeId| {
        graph.kind(function) == NodeKind::Closure
            && anatomy.internal(function, "shared").is_some_and(|code| {
                anatomy.keeps(function, code) && keeps_script(finding, function)
            })
    };
    is_own(member)
        || graph.kind(member) == NodeKind::Object
            && graph.edges(member).any(|edge| {
                matches!(graph.edge_name(edge), EdgeName::Name(_))
                    && is_own(edge.to)
                    && anatomy.keeps(member, edge.to)
            })
}

/// Whether a function keeps its script, too: the only function of a script that was compiled for it.
fn keeps_script(finding: &Finding<'_>, function: NodeId) -> bool {
    let anatomy = finding.anatomy();
    let script = |shared| {
        (anatomy.internal(shared, "script"))
            .or_else(|| anatomy.internal(shared, "script_or_debug_info"))
    };
    let script = anatomy.internal(function, "shared").and_then(script);
    script.is_some_and(|script| anatomy.keeps(function, script))
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    #[test]
    fn functions_with_a_script_of_their_own_are_told() {
        let mut fixture = heap();
        fixture
            .property("compiled", "list")
            .js_array("list", &["a", "b"]);
        for function in ["a", "b"] {
            let [shared, script] = ["shared", "script"].map(|part| format!("{function}.{part}"));
            fixture
                .closure(function, "anonymous")
                .internal("shared", &shared);
            fixture
                .code(&shared, "anonymous")
                .internal("script", &script);
            fixture.code(&script, "");
        }
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["a", "b"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .contains("12,431 functions compiled on their own")
        );
    }

    #[test]
    fn functions_of_one_place_in_the_source_share_their_code() {
        let mut fixture = heap();
        fixture
            .property("hooks", "list")
            .js_array("list", &["a", "b"]);
        fixture
            .closure("a", "hook")
            .written_at("/app/hooks.js", 3, 1);
        fixture.closure("b", "hook").closure_of("a.shared");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["a", "b"]).judged_by(recognise).is_none());
    }
}
