//! Contexts of `node:vm` that are kept.
//!
//! **What**: each member keeps a global object of its own with V8's built-ins.
//!
//! **Why it is bad**: a context takes some hundred KB and slows down every collection; one reference
//! to any object or function made in it keeps all of it.
//!
//! Leaks:
//! ```js
//! sandboxes.push(vm.createContext({ order }));
//! ```
//! Clean: one context that is used again, `vm.Script` in it, or no context (`runInThisContext`).
//!
//! **Limits**: contexts whose only holder is a function or object from inside are told with that.

use heapwatch_graph::NodeId;

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let anatomy = finding.anatomy();
    let is_context = |node: NodeId| anatomy.is(node, "system / NativeContext");
    if !finding.most(|member| anatomy.inside(member, is_context).is_some()) {
        return None;
    }
    let owner = finding
        .is_held_by_roots()
        .then(|| "contexts of node:vm".to_owned());
    let holder = match &owner {
        Some(_) => "Node holds".to_owned(),
        None => format!("`{}` ({}) holds", finding.owner_name, finding.owner_class),
    };
    Some(Cause {
        id: "vm-contexts",
        evidence: format!(
            "{holder} {} of `node:vm` now, {}{}; each keeps about {} alive.",
            text::counted(finding.count, "context", "contexts"),
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes_each()),
        ),
        advice: "Create one context and use it again, or let go of everything that was made in a \
                 context when its work is done: one function from inside keeps all of it."
            .to_owned(),
        owner,
        ..Cause::default()
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    /// Whether sandboxes are told that have a context of their own, or all the same one.
    fn is_recognised(is_shared: bool) -> bool {
        let mut fixture = heap();
        fixture
            .property("list", "list")
            .js_array("list", &["one", "two"]);
        for (sandbox, context) in [("one", "a"), ("two", "b")] {
            let context = if is_shared { "a" } else { context };
            fixture
                .object(sandbox, "Object")
                .internal("native_context", context);
        }
        for context in ["a", "b"] {
            fixture.hidden(context, "system / NativeContext").size(2000);
        }
        let heap = fixture.analyze();
        Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .is_some()
    }

    #[test]
    fn objects_with_a_context_of_their_own_are_told() {
        assert!(is_recognised(false));
    }

    #[test]
    fn objects_of_one_context_are_left_to_other_rules() {
        assert!(!is_recognised(true));
    }
}
