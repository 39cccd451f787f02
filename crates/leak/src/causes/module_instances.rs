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

use heapwatch_graph::NodeId;

use super::{Cause, Finding};
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
    let at = finding.function_below(finding.member());
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
        at: at.and_then(|function| finding.written_at(function)),
        ..Cause::default()
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
