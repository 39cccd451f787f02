//! Modules that are loaded again and again.
//!
//! **What**: CommonJS `Module`s or ES `ModuleWrap`s grow in number.
//!
//! **Why it is bad**: a module keeps its code, its exports and its parent's list of children, even
//! after it was deleted from `require.cache`; an ES module that was imported with another query
//! string can't be let go of at all.
//!
//! Leaks:
//! ```js
//! delete require.cache[file]; require(file);          // per reload: module.children keeps the old
//! await import(`./plugin.mjs?v=${Date.now()}`);
//! ```
//! Clean: read data with `JSON.parse(fs.readFileSync())`; reload code in a worker or a process.
//!
//! **Limits**: a program that is still loading lazily looks the same until it has loaded all.

use std::collections::BTreeSet;

use heapwatch_graph::{NodeId, SourceLocation};

use super::{Cause, Finding};
use crate::diagnosis::scripts_of_program;
use crate::site_query::{CallLikelihood, SiteQuery, SiteSubject};
use crate::text;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    // Node's own Map of ES modules, by URL and type.
    let is_in_loader = finding.anatomy().is(finding.owner(), "LoadCache");
    if !is_in_loader && !finding.most(|member| is_module(finding, member)) {
        return None;
    }
    let anatomy = finding.anatomy();
    let files: BTreeSet<&str> = (finding.members.iter())
        .filter_map(|&member| anatomy.property(member, "filename"))
        .map(|file| anatomy.name(file))
        .filter(|file| !file.is_empty())
        .collect();
    let same = if files.len() == 1 && finding.members.len() > 1 {
        ", all of one file"
    } else {
        ""
    };
    let function = finding.function_below(finding.member());
    let inside = (function.and_then(|function| finding.written_at(function)))
        .or_else(|| finding.code_inside(finding.member()));
    let at = loaded_at(finding, inside.as_ref()).or(inside);
    Some(Cause {
        id: "module-instances",
        evidence: format!(
            "`{}` ({}) keeps {} now{same}, {}; each keeps about {} alive: its code and exports.",
            finding.owner_name,
            finding.owner_class,
            text::counted(finding.count, "module", "modules"),
            finding.gain(),
            text::bytes(finding.bytes_each()),
        ),
        advice: "Load a module once. To load anew, use a worker or another process; read data with \
                 `JSON.parse` instead of `require`. Whoever deletes from `require.cache` has to take \
                 the module out of its parent's `children`, too."
            .to_owned(),
        at,
        ..Cause::default()
    })
}

/// Where the program loads modules by names that vary: in the module that has them as its children, or
/// in one near to them.
fn loaded_at(finding: &Finding<'_>, inside: Option<&SourceLocation>) -> Option<SourceLocation> {
    let anatomy = finding.anatomy();
    let above = finding.steps()[..=finding.holding.owner].iter().rev();
    let mut files = above.filter(|step| is_module(finding, step.node));
    let parent = files.find_map(|module| anatomy.property(module.node, "filename"));
    let (scripts, name) = match parent {
        Some(file) => (vec![anatomy.name(file)], "require"),
        None => {
            let near = inside.map_or("", |at| at.url.as_str());
            (scripts_of_program(finding.heap, near), "import")
        }
    };
    scripts.into_iter().find_map(|url| {
        let query = SiteQuery {
            url: url.to_owned(),
            subject: SiteSubject::Variable,
            name: name.to_owned(),
            inside: Vec::new(),
        };
        let calls = finding.sources.calls(&query, &[]);
        let mut varying = (calls.iter()).filter(|call| call.likelihood == CallLikelihood::Gives);
        varying
            .next()
            .map(|call| query.location(call.line, call.column))
    })
}

/// Whether an object is a module of either kind, by the fields that Node gives it.
fn is_module(finding: &Finding<'_>, node: NodeId) -> bool {
    let anatomy = finding.anatomy();
    let has = |name: &str| anatomy.property(node, name).is_some();
    anatomy.is(node, "ModuleWrap")
        || anatomy.is(node, "ModuleJob")
        || anatomy.is(node, "Module") && has("exports") && has("children")
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;
    use crate::site_query::{Call, CallLikelihood, Site, SiteQuery, SourceSites};

    /// A source that loads a fixed module in line 1 and a varying one in line 2.
    struct Loading;

    impl SourceSites for Loading {
        fn sites(&self, _: &SiteQuery) -> Vec<Site> {
            Vec::new()
        }

        fn calls(&self, query: &SiteQuery, _: &[String]) -> Vec<Call> {
            let calls = [(0, CallLikelihood::Asks), (1, CallLikelihood::Gives)];
            let is_asked = query.name == "require" && query.url == "/app/plugins.js";
            let calls = calls.into_iter().filter(|_| is_asked);
            calls
                .map(|(line, likelihood)| Call {
                    line,
                    column: 0,
                    function: (0, 0),
                    likelihood,
                })
                .collect()
        }
    }

    #[test]
    fn the_line_is_where_the_parent_loads_what_varies() {
        let mut fixture = heap();
        fixture
            .property("parent", "parent")
            .object("parent", "Module")
            .property("filename", "file")
            .property("exports", "exports")
            .property("children", "children");
        fixture
            .string("file", "/app/plugins.js")
            .object("exports", "Object");
        fixture
            .js_array("children", &["module"])
            .object("module", "Module");
        fixture
            .property("exports", "exports")
            .property("children", "none");
        fixture.object("none", "Object");
        let heap = fixture.analyze();
        let mut case = Case::new(&heap, &["module"]);
        case.sources = &Loading;
        let at = case.judged_by(recognise).and_then(|cause| cause.at);
        let at = at.expect("a line");
        assert_eq!((at.url.as_str(), at.line), ("/app/plugins.js", 2));
    }

    #[test]
    fn instances_of_one_file_are_told_as_such() {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("children", "list")
            .js_array("list", &["one", "two"]);
        fixture
            .string("file", "/app/plugin.js")
            .object("exports", "Object");
        for module in ["one", "two"] {
            fixture
                .object(module, "Module")
                .property("exports", "exports");
            fixture
                .property("children", "exports")
                .property("filename", "file");
        }
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["one", "two"])
            .judged_by(recognise)
            .expect("applies");
        assert!(
            cause
                .evidence
                .contains("12,431 modules now, all of one file")
        );
    }

    #[test]
    fn entries_of_the_loaders_map_are_modules() {
        let mut fixture = heap();
        fixture
            .property("loader", "cache")
            .object("cache", "LoadCache");
        fixture
            .internal("table", "table")
            .array("table")
            .internal("5", "entry");
        fixture.object("entry", "Object");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["entry"]).judged_by(recognise).is_some());
    }

    #[test]
    fn a_class_of_the_program_named_module_is_none() {
        let mut fixture = heap();
        fixture
            .property("all", "all")
            .set("all", &["one"])
            .object("one", "Module");
        let heap = fixture.analyze();
        assert!(Case::new(&heap, &["one"]).judged_by(recognise).is_none());
    }
}
