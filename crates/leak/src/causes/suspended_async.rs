//! Async functions that wait for ever.
//!
//! **What**: suspended calls of one async function grow in number: what they wait for doesn't
//! settle.
//!
//! **Why it is bad**: a suspended call keeps its arguments and local variables, and so do those that
//! wait for it.
//!
//! Leaks:
//! ```js
//! async function handle(order) { await once(bus, `done-${order.id}`); ... }   // never emitted
//! ```
//! Clean: a limit of time (`AbortSignal.timeout`), or a signal that ends the waiting.
//!
//! **Limits**: which `await` of the function it is isn't in the heap. Calls that wait for promises
//! whose `resolve` the program keeps in a collection are `pending-promises`.

use heapwatch_graph::{NodeId, NodeKind};

use super::{Cause, Finding};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let function = waiting(finding, finding.member())?;
    if !finding.most(|member| waiting(finding, member).is_some()) {
        return None;
    }
    let at = finding.written_at(function);
    let what = match finding.nearest_of(&["Promise"]) {
        Some(promise) => format!("the promise `{}`", finding.name_of(promise)),
        None => match finding.listeners() {
            Some(listeners) => format!("an event of `{}`", listeners.emitter),
            None => "what doesn't happen".to_owned(),
        },
    };
    Some(Cause {
        id: "suspended-async",
        evidence: format!(
            "{} of the async function {} wait for {what}, {}; each keeps about {} alive: its \
             arguments and local variables.",
            text::counted(finding.count, "call", "calls"),
            finding.function_in_words(function),
            finding.gain(),
            text::bytes(finding.bytes_each()),
        ),
        advice:
            "Let the waiting end: a limit of time (`AbortSignal.timeout`), a signal of the work \
                 that it belongs to, or settle the promise on every way out, errors included."
                .to_owned(),
        at,
        is_in_function: true,
        ..Cause::default()
    })
}

/// The async function of the program that waits below a member, unless the member is a function or
/// object of the program's own that merely leads there.
fn waiting(finding: &Finding<'_>, member: NodeId) -> Option<NodeId> {
    let anatomy = finding.anatomy();
    let is_program = |function| finding.written_at(function).is_some();
    if let Some(function) = anatomy.suspended_function(member) {
        return Some(function).filter(|&function| is_program(function));
    }
    if is_program(member) {
        return None;
    }
    let waits = |node| {
        let function = anatomy.awaiting_function(node);
        function.is_some_and(is_program)
    };
    let closure = anatomy.below(member, waits)?;
    let generator = anatomy.internal(anatomy.scope(closure)?, "extension")?;
    // A reaction keeps those after it, too, and two listeners of Node's own (`once` has one for
    // errors) share what waits for them.
    let is_part = matches!(
        finding.heap.graph().kind(member),
        NodeKind::Closure | NodeKind::Hidden
    );
    let is_most =
        is_part || anatomy.keeps(member, generator) && anatomy.is_mostly(member, generator);
    anatomy.awaiting_function(closure).filter(|_| is_most)
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// Two calls of `worker` that wait for the module's promise `gate`.
    fn gate() -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .property("worker", "worker")
            .closure("worker", "worker");
        fixture
            .written_at("/app/worker.js", 2, 1)
            .internal("context", "module");
        fixture.context("module").variable("gate", "gate");
        fixture
            .object("gate", "Promise")
            .internal("reactions_or_result", "one");
        for (reaction, next) in [("one", Some("two")), ("two", None)] {
            let [go_on, scope, locals, registers] =
                ["go on", "scope", "locals", "registers"].map(|part| format!("{reaction} {part}"));
            fixture.hidden(reaction, "system / PromiseReaction");
            if let Some(next) = next {
                fixture.hidden_edge(0, next);
            }
            fixture
                .hidden_edge(1, &go_on)
                .closure(&go_on, "")
                .internal("context", &scope);
            fixture.context(&scope).internal("extension", &locals);
            fixture
                .object(&locals, "Generator")
                .internal("function", "worker");
            fixture.internal("parameters_and_registers", &registers);
            fixture.array(&registers).size(640);
        }
        fixture
    }

    #[test]
    fn suspended_calls_are_told_with_function_line_and_what_they_wait_for() {
        let heap = gate().analyze();
        let cause = Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .expect("applies");
        assert_eq!(
            cause.evidence,
            "12,431 calls of the async function `worker` (worker.js:2) wait for the promise `gate`, \
             4,000 more than at the first capture; each keeps about 2.8 KB alive: its arguments and \
             local variables."
        );
        assert_eq!(cause.at.expect("a line").line, 2);
    }

    #[test]
    fn reactions_without_a_suspended_function_are_left_to_other_rules() {
        let mut fixture = gate();
        fixture.at("gate").property("other", "other");
        fixture.hidden("other", "system / PromiseReaction");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["other"]).judged_by(recognise).is_none());
    }
}
