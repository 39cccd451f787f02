//! Things that grow in global variables.
//!
//! **What**: what accumulates is reached from the global object by a property that the program
//! added.
//!
//! **Why it is bad**: a global lives as long as the process, and is often made by a forgotten
//! declaration: `results = []` in sloppy code is `globalThis.results`.
//!
//! Leaks:
//! ```js
//! function handle(req) { log = log || []; log.push(req); }       // no `let`
//! global.requests[req.id] = req;
//! ```
//! Clean: a variable of the module or function, `'use strict'`.
//!
//! **Limits**: whether it was meant isn't in a heap.

use heapwatch_graph::EdgeKind;

use super::{Cause, Finding};
use crate::redaction::{ANY_KEY, edge_name, is_field_name};
use crate::text;

/// Objects that the language and Node put there.
const STANDARD: [&str; 18] = [
    "process",
    "console",
    "globalThis",
    "global",
    "performance",
    "crypto",
    "navigator",
    "Math",
    "JSON",
    "Reflect",
    "Atomics",
    "Intl",
    "WebAssembly",
    "Buffer",
    "localStorage",
    "sessionStorage",
    "module",
    "exports",
];
/// References from the global to the owner: more, and the global is only the way there.
const MAX_FIELDS: usize = 3;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let heap = finding.heap;
    let steps = finding.steps();
    let global = steps
        .iter()
        .position(|step| heap.graph().name(step.node).starts_with("global"))?;
    let variable = steps.get(global + 1)?.edge?;
    let fields = &steps[global + 1..=finding.holding.owner.max(global)];
    let is_direct = fields.len() <= MAX_FIELDS
        && fields.iter().all(|step| {
            step.edge
                .is_some_and(|edge| edge.kind == EdgeKind::Property)
        });
    let name = heap.graph().edge_label(variable).into_owned();
    let is_own = variable.kind == EdgeKind::Property
        && !STANDARD.contains(&&name[..])
        && !name.starts_with('<');
    if !is_direct || !is_own {
        return None;
    }
    let told = edge_name(heap, variable);
    let is_one = !fields.is_empty() && told != ANY_KEY && is_field_name(&name);
    let evidence = if is_one {
        format!(
            "`{told}` is a global variable; `{}` ({}) has {} of class {} now, {}{}, and keeps {} alive.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, "member", "members"),
            finding.class,
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes),
        )
    } else {
        format!(
            "The global object has {} of class {} now, {}; they keep {} alive.",
            text::counted(finding.count, "variable", "variables"),
            finding.class,
            finding.gain(),
            text::bytes(finding.bytes),
        )
    };
    Some(Cause {
        id: "unexpected-global",
        evidence,
        advice:
            "Declare the variable in the function or module that it belongs to (`'use strict'` \
                 makes a forgotten declaration an error), and empty it when the work is done."
                .to_owned(),
        ..Cause::default()
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    fn evidence(variable: &str) -> Option<String> {
        let mut fixture = heap();
        fixture
            .property("global", "global")
            .object("global", "global");
        fixture
            .property(variable, "list")
            .js_array("list", &["a"])
            .object("a", "Job");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["a"]).judged_by(recognise);
        cause.map(|cause| cause.evidence)
    }

    #[test]
    fn what_grows_in_a_global_is_told_with_its_variable() {
        let told = evidence("results").expect("the rule applies");
        assert!(
            told.starts_with("`results` is a global variable;"),
            "{told}"
        );
    }

    #[test]
    fn what_nodes_own_globals_hold_is_no_global_variable() {
        assert_eq!(evidence("process"), None);
        assert_eq!(evidence("<symbol undici.globalDispatcher.1>"), None);
    }

    #[test]
    fn globals_under_ever_new_names_are_told_as_such() {
        let mut fixture = heap();
        fixture
            .property("global", "global")
            .object("global", "global");
        fixture.property("tmp:1", "a").property("tmp:2", "b");
        fixture.object("a", "Job").object("b", "Job");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["a", "b"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .starts_with("The global object has 12,431 variables of class Job")
        );
    }
}
