//! Stores of AsyncLocalStorage, and of async hooks, that outlive their request.
//!
//! **What**: most of what the members keep alive is the store of an AsyncLocalStorage; or a
//! collection is filled by the `init` of an async hook.
//!
//! **Why it is bad**: whatever is created inside `run` (a timer, a socket, a reaction to a promise)
//! keeps the store; what lives long keeps the request's store that long. A hook's `destroy` comes
//! only when V8 collects the resource.
//!
//! Leaks:
//! ```js
//! storage.run({ req }, () => { setInterval(poll, 1000); });      // keeps req
//! ```
//! Clean: create what lives long outside of `run` (`storage.exit`, `AsyncResource`), and put an id
//! into the store instead of the request.
//!
//! **Limits**: which of several storages it is can't be named where they are not in a variable.

use heapwatch_graph::{EdgeKind, NodeId};

use super::{Cause, Finding};
use crate::text;

/// Steps from a store up to what goes on with it: a frame, a reaction or a promise.
const HOLDERS: usize = 3;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    (stores(finding))
        .or_else(|| chain_of_stores(finding))
        .or_else(|| filled_by_hook(finding))
}

/// Stores that refer to the store before them.
fn chain_of_stores(finding: &Finding<'_>) -> Option<Cause> {
    let below = &finding.steps()[finding.holding.owner + 1..];
    let is_store = finding.anatomy().is(finding.owner(), "AsyncContextFrame")
        || below
            .iter()
            .any(|step| finding.is_reached_by(step, "<symbol kResourceStore>"));
    if !is_store {
        return None;
    }
    // Who goes on with the store: the function that waits for what has it.
    let holders = finding.steps()[..=finding.holding.owner].iter().rev();
    let mut holders = holders.take(HOLDERS).map(|step| step.node);
    let function = holders.find_map(|holder| finding.function_below(holder));
    Some(Cause {
        id: "async-context-store",
        evidence: format!(
            "The store of an AsyncLocalStorage leads to {} of class {} now, {}; they keep {} alive. \
             Work that never ends, or starts itself anew inside of `run`, takes its store along, and \
             what that refers to.",
            text::counted(finding.count, "object", "objects"),
            finding.class,
            finding.gain(),
            text::bytes(finding.bytes),
        ),
        advice: "Don't refer to the store before from a new one; start work that goes on for ever \
                 outside of `run` (`storage.exit(...)`)."
            .to_owned(),
        at: function.and_then(|function| finding.written_at(function)),
        // What waits at the moment has the newest store, and nothing to do with the chain.
        owner: Some("AsyncLocalStorage store".to_owned()),
        ..Cause::default()
    })
}

fn stores(finding: &Finding<'_>) -> Option<Cause> {
    let anatomy = finding.anatomy();
    let is_mostly_store = |member| {
        let store = store(finding, member);
        store.is_some_and(|store| anatomy.keeps(member, store) && anatomy.is_mostly(member, store))
    };
    if !finding.most(is_mostly_store) {
        return None;
    }
    let kept = store(finding, finding.member())?;
    let class = crate::redaction::class_name(finding.heap, kept);
    let function = finding.function_below(finding.member());
    let at = function.and_then(|function| finding.written_at(function));
    Some(Cause {
        id: "async-context-store",
        evidence: format!(
            "{} of class {} that were created inside `AsyncLocalStorage.run` live on, {}{}, and each \
             keeps the store it was created with alive: {} ({class}).",
            text::counted(finding.count, "object", "objects"),
            finding.class,
            finding.gain(),
            finding.callback_written(at.as_ref()),
            text::bytes(anatomy.retained(kept)),
        ),
        advice:
            "Create what outlives a request outside of it (`storage.exit(...)`, or `run` with an \
                 empty store), end it with the request, or keep an id in the store instead of the \
                 request's objects."
                .to_owned(),
        at,
        ..Cause::default()
    })
}

/// The store that an object was created with: in a property of its own up to Node 22, in an
/// AsyncContextFrame since.
fn store(finding: &Finding<'_>, member: NodeId) -> Option<NodeId> {
    let anatomy = finding.anatomy();
    if let Some(store) = anatomy.property(member, "<symbol kResourceStore>") {
        return Some(store);
    }
    let edges = finding.heap.graph().edges(member);
    let mut held = edges
        .filter(|edge| edge.kind != EdgeKind::Weak)
        .map(|edge| edge.to);
    held.find(|&node| anatomy.is(node, "AsyncContextFrame"))
}

/// A collection in the scope that an async hook's `init` was made in.
fn filled_by_hook(finding: &Finding<'_>) -> Option<Cause> {
    let graph = finding.heap.graph();
    let name = graph.strings().find("AsyncHook")?;
    let hooks = graph.nodes().filter(|&node| graph.name_id(node) == name);
    let init = hooks
        .filter_map(|hook| finding.anatomy().property(hook, "<symbol init>"))
        .find(|&init| sees(finding, init, finding.owner()))?;
    let at = finding.written_at(init);
    Some(Cause {
        id: "async-context-store",
        evidence: format!(
            "`{}` ({}) is filled by an async hook{}: {} now, {}; each keeps about {} alive.",
            finding.owner_name,
            finding.owner_class,
            finding.written(at.as_ref()),
            text::counted(finding.count, "entry", "entries"),
            finding.gain(),
            text::bytes(finding.bytes_each()),
        ),
        advice: "Use AsyncLocalStorage instead of a hook; with a hook, delete in `destroy` and in \
                 `promiseResolve`, and keep no entry for resources that aren't asked about."
            .to_owned(),
        at: at.filter(|_| finding.line.is_none()),
        ..Cause::default()
    })
}

/// Whether a collection is in a variable of the scope that a function was made in.
fn sees(finding: &Finding<'_>, function: NodeId, collection: NodeId) -> bool {
    let Some(scope) = finding.anatomy().scope(function) else {
        return false;
    };
    let edges = finding.heap.graph().edges(scope);
    finding.is_collection()
        && edges
            .into_iter()
            .any(|edge| edge.kind == EdgeKind::Context && edge.to == collection)
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;

    /// Whether a timer is told that has its store of this size by this property.
    fn is_recognised(property: &str, class: &str, size: u64) -> bool {
        let mut fixture = heap();
        fixture
            .property("list", "list")
            .object("list", "TimersList");
        fixture
            .property("_idleNext", "timer")
            .object("timer", "Timeout")
            .size(120);
        fixture
            .property(property, "store")
            .object("store", class)
            .size(size);
        let heap = fixture.analyze();
        Case::new(&heap, &["timer"]).judged_by(recognise).is_some()
    }

    #[test]
    fn objects_that_keep_mostly_their_store_are_told_on_all_versions_of_node() {
        assert!(is_recognised("<symbol kResourceStore>", "Object", 4000));
        assert!(is_recognised(
            "<symbol kAsyncContextFrame>",
            "AsyncContextFrame",
            4000
        ));
    }

    #[test]
    fn a_store_that_is_small_beside_the_object_is_not_why_it_is_there() {
        assert!(!is_recognised("<symbol kResourceStore>", "Object", 16));
        assert!(!is_recognised("lastRequest", "Object", 4000));
    }

    #[test]
    fn stores_that_refer_to_the_one_before_are_told() {
        let mut fixture = heap();
        fixture
            .property("poller", "frame")
            .object("frame", "AsyncContextFrame");
        fixture
            .property("<symbol store>", "b")
            .object("b", "Span")
            .property("parent", "a");
        fixture.object("a", "Span");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["a", "b"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .starts_with("The store of an AsyncLocalStorage leads to 12,431")
        );
        assert_eq!(cause.owner.as_deref(), Some("AsyncLocalStorage store"));
    }

    #[test]
    fn a_map_in_the_scope_of_a_hooks_init_is_told() {
        let mut fixture = heap();
        fixture.property("hook", "hook").object("hook", "AsyncHook");
        fixture
            .property("<symbol init>", "init")
            .closure("init", "init");
        fixture
            .written_at("/app/trace.js", 4, 3)
            .internal("context", "scope");
        fixture.context("scope").variable("contexts", "map");
        fixture
            .map("map", &[("key", "entry")])
            .string("key", "k")
            .object("entry", "Entry");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["entry"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .starts_with("`contexts` (Map) is filled by an async hook")
        );
    }
}
