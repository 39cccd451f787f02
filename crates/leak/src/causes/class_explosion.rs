//! Classes and shapes that are made per call.
//!
//! **What**: the members are classes (constructors with a prototype of their own), or V8's hidden
//! classes.
//!
//! **Why it is bad**: each evaluation of a `class` makes a new constructor, prototype and hidden
//! class; V8 optimises for few, and none of it is let go while one instance lives.
//!
//! Leaks:
//! ```js
//! const model = (name) => { class Model { static table = name; } models.push(Model); };
//! ```
//! Clean: one class whose instances differ, or one class per name from a Map.
//!
//! **Limits**: old-style constructors are told only if their prototype has methods.

use heapwatch_graph::{EdgeKind, EdgeName, NodeId, NodeKind};

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let graph = finding.heap.graph();
    let is_shape = |node| graph.kind(node) == NodeKind::ObjectShape;
    let (one, many) = if finding.most(is_shape) {
        ("hidden class of V8", "hidden classes of V8")
    } else if finding.members.len() > 1 && finding.most(|member| is_class(finding, member)) {
        ("class", "classes")
    } else {
        return None;
    };
    let at = finding.written_at(finding.member());
    Some(Cause {
        id: "class-explosion",
        evidence: format!(
            "`{}` ({}) keeps {} now, {}{}; each keeps about {} alive.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, one, many),
            finding.gain(),
            finding.written(at.as_ref()),
            text::bytes(finding.bytes_each()),
        ),
        advice:
            "Define the class once, outside of the function that is called, and put what differs \
                 into instances; objects used as dictionaries with ever new keys belong into a Map."
                .to_owned(),
        ..Cause::default()
    })
}

/// Whether a function is a class: it alone keeps a prototype that has methods, or V8 noted where
/// the class is written.
fn is_class(finding: &Finding<'_>, node: NodeId) -> bool {
    let graph = finding.heap.graph();
    let anatomy = finding.anatomy();
    if graph.kind(node) != NodeKind::Closure {
        return false;
    }
    let has_positions = || {
        let edges = graph.edges(node);
        edges
            .into_iter()
            .any(|edge| anatomy.name(edge.to) == "system / ClassPositions")
    };
    let has_methods = |prototype| {
        graph.edges(prototype).any(|edge| {
            let is_method =
                edge.kind == EdgeKind::Property && graph.kind(edge.to) == NodeKind::Closure;
            let is_constructor = matches!(graph.edge_name(edge), EdgeName::Name(name)
                if matches!(graph.strings().get(name), "constructor" | "__proto__"));
            is_method && !is_constructor
        })
    };
    has_positions() || anatomy.property(node, "prototype").is_some_and(has_methods)
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    /// Whether functions are told whose prototypes have this property.
    fn is_recognised(property: &str) -> bool {
        let mut fixture = heap();
        fixture
            .property("models", "list")
            .js_array("list", &["a", "b"])
            .closure("save", "save");
        for class in ["a", "b"] {
            let prototype = format!("{class}.prototype");
            fixture
                .closure(class, "Model")
                .property("prototype", &prototype);
            fixture
                .object(&prototype, "Object")
                .property(property, "save");
        }
        let heap = fixture.analyze();
        Case::new(&heap, &["a", "b"]).judged_by(recognise).is_some()
    }

    #[test]
    fn constructors_with_methods_are_classes() {
        assert!(is_recognised("save"));
        assert!(!is_recognised("constructor"));
    }
}
