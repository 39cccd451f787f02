//! Rules that recognise why something accumulates, one file each.
//!
//! A rule looks at a [`Finding`] and, if it is its case, says so in words with names and numbers.
//! The first rule that recognises a finding wins: rules that know one structure of V8 or Node stand
//! before those that fit any collection. A rule goes by structure (what refers to what by which of
//! V8's and Node's own names), never by names that a program chose.
//!
//! `docs/CAUSES.md` has a paragraph for each id.

mod anatomy;
mod async_context_store;
mod backlog;
mod buffer_views;
mod class_explosion;
mod compiled_code;
mod duplicate_strings;
mod error_stacks;
mod event_listeners;
mod event_target_listeners;
mod finalization_backlog;
mod finding;
mod known_owner;
mod module_instances;
mod open_handles;
mod pending_promises;
mod promise_reactions;
mod request_keyed_collection;
mod shared_closure_context;
mod string_parents;
mod suspended_async;
mod timers;
mod unbounded_collection;
mod unexpected_global;
mod vm_contexts;
mod weak_map_entries;
mod worker_handles;

use heapwatch_graph::SourceLocation;

pub(crate) use finding::Finding;

use crate::text;

/// A rule: the cause, if a finding is its case.
type Rule = fn(&Finding<'_>) -> Option<Cause>;

/// All rules, specific ones first.
const RULES: [Rule; 25] = [
    known_owner::recognise,
    vm_contexts::recognise,
    module_instances::recognise,
    worker_handles::recognise,
    open_handles::recognise,
    finalization_backlog::recognise,
    async_context_store::recognise,
    pending_promises::recognise,
    suspended_async::recognise,
    promise_reactions::recognise,
    timers::recognise,
    event_listeners::recognise,
    event_target_listeners::recognise,
    error_stacks::recognise,
    compiled_code::recognise,
    class_explosion::recognise,
    weak_map_entries::recognise,
    string_parents::recognise,
    buffer_views::recognise,
    backlog::recognise,
    shared_closure_context::recognise,
    unexpected_global::recognise,
    duplicate_strings::recognise,
    request_keyed_collection::recognise,
    unbounded_collection::recognise,
];

/// Whether a cause is what can be said of any collection, or nothing.
pub(crate) fn is_general(cause: Option<&str>) -> bool {
    matches!(
        cause,
        None | Some("unbounded-collection" | "request-keyed-collection")
    )
}

/// A recognised cause.
#[derive(Debug, Default)]
pub(crate) struct Cause {
    /// Stable id, part of the public contract.
    pub(crate) id: &'static str,
    pub(crate) evidence: String,
    pub(crate) advice: String,
    /// The line at fault, where the rule knows better than the search for the owner's variable.
    pub(crate) at: Option<SourceLocation>,
    /// Whether that is a function in which the line is.
    pub(crate) is_in_function: bool,
    /// What to call the owner, where its place in the heap says nothing to the program's author.
    pub(crate) owner: Option<String>,
}

/// A finding in words.
#[derive(Debug)]
pub(crate) struct Explanation {
    /// Id of the rule that recognised the cause.
    pub(crate) cause: Option<&'static str>,
    /// What was seen.
    pub(crate) evidence: String,
    /// What to do.
    pub(crate) advice: String,
    /// The line at fault, if a rule knows it.
    pub(crate) at: Option<SourceLocation>,
    /// Whether that is a function in which the line is.
    pub(crate) is_in_function: bool,
    /// What to call the owner instead of its path.
    pub(crate) owner: Option<String>,
}

/// What the first fitting rule says; if none fits, what can be said of any finding.
pub(crate) fn explain(finding: &Finding<'_>) -> Explanation {
    match RULES.iter().find_map(|rule| rule(finding)) {
        Some(cause) => Explanation {
            cause: Some(cause.id),
            evidence: cause.evidence,
            advice: cause.advice,
            at: cause.at,
            is_in_function: cause.is_in_function,
            owner: cause.owner,
        },
        None => Explanation {
            cause: None,
            evidence: plain_evidence(finding),
            advice: PLAIN_ADVICE.to_owned(),
            at: None,
            is_in_function: false,
            owner: None,
        },
    }
}

const PLAIN_ADVICE: &str = "Follow the path from the owner: whoever adds to it has to remove again, \
                            or the owner has to end with the work it serves.";

fn plain_evidence(finding: &Finding<'_>) -> String {
    let none_gone = if finding.kept_all {
        " and none has gone"
    } else {
        ""
    };
    format!(
        "{} of class {} held by `{}` ({}) keep {} alive; there are {} more than at the first \
         capture{none_gone}.",
        text::counted(finding.count, "object", "objects"),
        finding.class,
        finding.owner_name,
        finding.owner_class,
        text::bytes(finding.bytes),
        text::count(finding.gained),
    )
}

#[cfg(test)]
pub(crate) mod cases {
    //! Small heaps, seen as diagnosis would show them to a rule.

    use heapwatch_graph::{NodeId, PathStep};
    use heapwatch_testing::AnalyzedTestHeap;

    use super::{Cause, Explanation, Finding, Rule, explain};
    use crate::diagnosis::Holding;
    use crate::redaction::node_name;
    use crate::site_query::{NoSources, SourceSites};

    /// Numbers of a finding to vary.
    #[derive(Clone)]
    pub(crate) struct Case<'a> {
        heap: &'a AnalyzedTestHeap,
        members: Vec<NodeId>,
        pub(crate) sources: &'a dyn SourceSites,
        pub(crate) count: u64,
        pub(crate) gained: u64,
        pub(crate) kept_all: bool,
        pub(crate) bytes: u64,
        pub(crate) line: Option<String>,
        pub(crate) old_ones_go: bool,
        pub(crate) first_taken_at: Option<String>,
        pub(crate) adds_parts: bool,
    }

    impl<'a> Case<'a> {
        /// These labels accumulate; the first is the typical one.
        pub(crate) fn new(heap: &'a AnalyzedTestHeap, members: &[&str]) -> Self {
            Self {
                heap,
                members: members.iter().map(|label| heap[*label]).collect(),
                sources: &NoSources,
                count: 12_431,
                gained: 4_000,
                kept_all: true,
                bytes: 34 << 20,
                line: Some("orders.js:42".to_owned()),
                old_ones_go: false,
                first_taken_at: None,
                adds_parts: false,
            }
        }

        /// What one rule says.
        pub(crate) fn judged_by(&self, rule: Rule) -> Option<Cause> {
            self.with_finding(rule)
        }

        /// What all rules together say.
        pub(crate) fn explained(&self) -> Explanation {
            self.with_finding(explain)
        }

        fn with_finding<T>(&self, ask: impl Fn(&Finding<'_>) -> T) -> T {
            let heap: &heapwatch_graph::AnalyzedHeap = self.heap;
            let steps: Vec<PathStep> = heap.paths().to(heap.graph(), self.members[0]);
            let class = node_name(heap, self.members[0]);
            let is_like_member = |node| node_name(heap, node) == class;
            let holding = Holding::on_path(heap, steps, is_like_member);
            let (owner_class, owner_name) = (
                node_name(heap, holding.owner_node()),
                holding.owner_name(heap),
            );
            ask(&Finding {
                heap,
                sources: self.sources,
                holding: &holding,
                members: &self.members,
                class: &class,
                owner_class: &owner_class,
                owner_name: &owner_name,
                count: self.count,
                gained: self.gained,
                kept_all: self.kept_all,
                bytes: self.bytes,
                line: self.line.clone(),
                old_ones_go: self.old_ones_go,
                first_taken_at: self.first_taken_at.clone(),
                adds_parts: self.adds_parts,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::cases::Case;

    #[test]
    fn a_finding_without_a_rule_is_told_with_owner_class_count_and_size() {
        let mut fixture = heap();
        fixture.property("f", "f").closure("f", "f");
        fixture.internal("context", "scope").context("scope");
        fixture.variable("link", "link").object("link", "Link");
        fixture
            .property("last", "receipt")
            .object("receipt", "Receipt");
        let heap = fixture.analyze();
        let mut case = Case::new(&heap, &["receipt"]);
        case.kept_all = false;
        let told = case.explained();
        assert_eq!(told.cause, None);
        assert_eq!(
            told.evidence,
            "12,431 objects of class Receipt held by `link` (Link) keep 34 MB alive; \
             there are 4,000 more than at the first capture."
        );
    }
}
