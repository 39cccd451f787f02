//! Where the program calls into what holds a leak: the owner is often a field deep inside of a
//! package's object (`places.#valList`), and whoever can change something is who called
//! `places.set(..)`.
//!
//! From the owner outwards, the objects on its path are looked at until the program has a name for one:
//! a variable of its functions, a field of its classes, an export of its modules, a global. The
//! sources are asked for calls on those names, and calls that they are passed to. The names further
//! in (`request.handlers` of `client`) tell which calls are about the part that grows.
//!
//! Bounded by the path's length and the limits below.

use std::collections::BTreeSet;

use heapwatch_graph::{AnalyzedHeap, Edge, EdgeKind, EdgeName, NodeId, NodeKind, PathStep};

use super::owner::{
    Holding, code_around, functions_of_scope, is_application, is_module, is_named,
    scripts_of_program, weak_map_of_entry,
};
use crate::package::PackagePath;
use crate::redaction::{is_plain_object, is_scope};
use crate::site_query::{
    Call, CallLikelihood, Site, SiteEffect, SiteQuery, SiteSubject, SourceSites,
};

/// Objects outwards from the owner that are looked at: packages nest less.
const MAX_OUTWARDS: usize = 10;
/// References to an object that are looked at, and of those the ones that lead to sources.
const MAX_REFERENCES: usize = 1 << 14;
const MAX_NAMES: usize = 16;
/// References to an object of exports, whose module is looked for.
const MAX_EXPORT_REFERENCES: usize = 64;

/// Calls of the program, the likeliest first, and where it declares what they are on.
#[derive(Default)]
pub(super) struct ProgramCalls {
    pub(super) calls: Vec<(SiteQuery, Call)>,
    pub(super) declared: Vec<(SiteQuery, Site)>,
    /// Where nothing but what is done once at the start is known: calls of what the program imports from
    /// the owner's package, which set it up.
    pub(super) of_package: Vec<(SiteQuery, Call)>,
}

impl ProgramCalls {
    /// Those on the innermost object that the program has a name for, or that set up the package: a call
    /// in `kept_script`, the script of a function that each member keeps, since whoever passes a
    /// function to a package calls it there; first one whose result is what the program has a name for.
    pub(super) fn new(
        heap: &AnalyzedHeap,
        holding: &Holding,
        kept_script: Option<&str>,
        sources: &dyn SourceSites,
    ) -> Self {
        let mut found = Self::on_innermost(heap, holding, sources);
        if found.calls.iter().all(|(_, call)| Self::is_weak(call)) {
            let declared = found.declared.first().map(|(query, _)| query.url.as_str());
            let near = kept_script.or(declared).unwrap_or("");
            let mut calls = calls_of_package(heap, holding, near, sources);
            calls.sort_by_key(|(query, call)| !found.declares_at(&query.url, call.line));
            found.of_package = calls;
        }
        found
    }

    fn declares_at(&self, url: &str, line: u32) -> bool {
        let mut declared = self.declared.iter();
        declared.any(|(query, site)| query.url == url && site.line == line)
    }

    fn on_innermost(heap: &AnalyzedHeap, holding: &Holding, sources: &dyn SourceSites) -> Self {
        let mut grows = names_below(heap, holding);
        for at in (1..=holding.owner).rev().take(MAX_OUTWARDS) {
            let step = &holding.steps[at];
            if is_surroundings(heap, step.node) {
                break;
            }
            let names = names_in_program(heap, step);
            let mut found = Self::on_names(&names, &grows, sources);
            if at + 1 == holding.owner && is_plain_object(heap.graph(), step.node) {
                found.add_calls_elsewhere(heap, &names, &grows, sources);
            }
            if !found.calls.is_empty() || !found.declared.is_empty() {
                return found;
            }
            let Some(edge) = step.edge else { break };
            // What a key of a WeakMap is used for says nothing of the value.
            if weak_map_of_entry(heap, edge).is_some() {
                break;
            }
            grows.extend(written_name(heap, edge));
        }
        Self::default()
    }

    fn on_names(names: &[SiteQuery], grows: &[String], sources: &dyn SourceSites) -> Self {
        let mut found = Self::default();
        for query in names {
            let calls = sources.calls(query, grows).into_iter();
            found.calls.extend(calls.map(|call| (query.clone(), call)));
            let sites = sources.sites(query).into_iter();
            let declared = sites.filter(|site| site.effect == SiteEffect::Declares);
            found
                .declared
                .extend(declared.map(|site| (query.clone(), site)));
        }
        found.calls.sort_by_key(|(_, call)| call.likelihood);
        found
    }

    /// A plain object that is handed from module to module goes by one name in all of them: adds the
    /// calls there on the part that grows (`app.jobs.set(..)`), if there is none where it is known.
    fn add_calls_elsewhere(
        &mut self,
        heap: &AnalyzedHeap,
        names: &[SiteQuery],
        grows: &[String],
        sources: &dyn SourceSites,
    ) {
        let names_what_grows = |call: &Call| call.likelihood == CallLikelihood::NamesWhatGrows;
        if self.calls.iter().any(|(_, call)| names_what_grows(call)) {
            return;
        }
        let variables: BTreeSet<&str> = (names.iter())
            .filter(|query| query.subject == SiteSubject::Variable)
            .map(|query| query.name.as_str())
            .collect();
        let near = names.first().map_or("", |query| query.url.as_str());
        for url in scripts_of_program(heap, near) {
            for name in &variables {
                let query = SiteQuery {
                    url: url.to_owned(),
                    subject: SiteSubject::Variable,
                    name: (*name).to_owned(),
                    inside: Vec::new(),
                };
                if names.iter().any(|known| is_of_same_script(known, &query)) {
                    continue;
                }
                let calls = sources.calls(&query, grows).into_iter();
                let of_part = calls.filter(names_what_grows);
                self.calls.extend(of_part.map(|call| (query.clone(), call)));
            }
        }
        self.calls.sort_by_key(|(_, call)| call.likelihood);
    }

    /// Whether a call says no more than that the program has the object.
    pub(super) const fn is_weak(call: &Call) -> bool {
        matches!(call.likelihood, CallLikelihood::Once)
    }
}

/// Calls of what the program imports from the package whose code is nearest to the owner.
fn calls_of_package(
    heap: &AnalyzedHeap,
    holding: &Holding,
    near: &str,
    sources: &dyn SourceSites,
) -> Vec<(SiteQuery, Call)> {
    let mut above = holding.steps[..=holding.owner].iter().rev();
    let code = above.find_map(|step| code_around(heap, step.node));
    let package = code.and_then(|at| Some(PackagePath::of(&at.url)?.package().name));
    package.map_or(Vec::new(), |name| {
        calls_of_module(heap, sources, &name, &[], near)
    })
}

/// Calls of what the program imports from a module, in the first of its scripts that has one in a
/// function, or else any; `wanted` are the exports that are meant, none: all.
pub(crate) fn calls_of_module(
    heap: &AnalyzedHeap,
    sources: &dyn SourceSites,
    module: &str,
    wanted: &[String],
    near: &str,
) -> Vec<(SiteQuery, Call)> {
    let scripts = scripts_of_program(heap, near).into_iter();
    let found = scripts.map(|url| {
        let query = SiteQuery {
            url: url.to_owned(),
            subject: SiteSubject::Module,
            name: module.to_owned(),
            inside: Vec::new(),
        };
        let calls = sources.calls(&query, wanted).into_iter();
        calls.map(|call| (query.clone(), call)).collect::<Vec<_>>()
    });
    let mut only_once = Vec::new();
    for calls in found {
        match calls.first() {
            Some((_, call)) if !ProgramCalls::is_weak(call) => return calls,
            Some(_) if only_once.is_empty() => only_once = calls,
            _ => {}
        }
    }
    only_once
}

fn is_of_same_script(one: &SiteQuery, other: &SiteQuery) -> bool {
    one.url == other.url && one.subject == other.subject && one.name == other.name
}

/// The names of the references by which the owner holds what grows.
fn names_below(heap: &AnalyzedHeap, holding: &Holding) -> Vec<String> {
    let below = &holding.steps[holding.owner + 1..];
    let names = below
        .iter()
        .filter_map(|step| written_name(heap, step.edge?));
    names.collect()
}

/// A property's name. It may be a key of a dictionary: it is compared with the source, not told.
fn written_name(heap: &AnalyzedHeap, edge: Edge) -> Option<String> {
    match (edge.kind, heap.graph().edge_name(edge)) {
        (EdgeKind::Property, EdgeName::Name(name)) => {
            Some(heap.graph().strings().get(name).to_owned())
        }
        _ => None,
    }
}

/// What everything of a process hangs on: what the program does with it says nothing.
fn is_surroundings(heap: &AnalyzedHeap, node: NodeId) -> bool {
    let name = heap.graph().name(node);
    name == "process" || name.starts_with("global") || name == "system / NativeContext"
}

/// Questions about the names that the program has for an object, those of the modules that made it
/// first. The reference on the path is one of them, whatever their number.
fn names_in_program(heap: &AnalyzedHeap, step: &PathStep) -> Vec<SiteQuery> {
    let graph = heap.graph();
    let mut seen = BTreeSet::new();
    let mut exported = Vec::new();
    let mut held = Vec::new();
    let references = heap.retainers().of(step.node).iter().take(MAX_REFERENCES);
    let references = references.map(|&id| graph.edge(id));
    for edge in step.edge.into_iter().chain(references) {
        let EdgeName::Name(name) = graph.edge_name(edge) else {
            continue;
        };
        let from = graph.edge_source(edge.id);
        let name = graph.strings().get(name);
        let (names, found) = match edge.kind {
            EdgeKind::Context if is_scope(heap, from) => (&mut held, variable(heap, from, name)),
            EdgeKind::Property => match exporting_file(heap, from) {
                Some(file) => (&mut exported, export(file, name)),
                None => (&mut held, field(heap, from, name)),
            },
            _ => continue,
        };
        let is_new =
            |query: &SiteQuery| seen.insert((query.url.clone(), query.subject, query.name.clone()));
        names.extend(found.into_iter().filter(is_new));
        if seen.len() >= MAX_NAMES {
            break;
        }
    }
    exported.extend(held);
    exported
}

fn variable(heap: &AnalyzedHeap, scope: NodeId, name: &str) -> Vec<SiteQuery> {
    let functions = functions_of_scope(heap, scope);
    let Some(first) = functions.first().filter(|at| is_application(heap, &at.url)) else {
        return Vec::new();
    };
    let inside = (functions.iter())
        .filter(|at| at.url == first.url)
        .map(|at| (at.line - 1, at.column - 1));
    vec![SiteQuery {
        url: first.url.clone(),
        subject: SiteSubject::Variable,
        name: name.to_owned(),
        inside: inside.collect(),
    }]
}

/// A field of an object whose class is the program's, or a global variable.
fn field(heap: &AnalyzedHeap, from: NodeId, name: &str) -> Vec<SiteQuery> {
    let query = |url: &str, subject, inside| SiteQuery {
        url: url.to_owned(),
        subject,
        name: name.to_owned(),
        inside,
    };
    if heap.graph().name(from).starts_with("global") {
        let subjects = [SiteSubject::Variable, SiteSubject::Property];
        let scripts = scripts_of_program(heap, "").into_iter();
        return scripts
            .flat_map(|url| subjects.map(|subject| query(url, subject, Vec::new())))
            .collect();
    }
    let class = heap.locate(from).filter(|at| is_application(heap, &at.url));
    (class.into_iter())
        .map(|at| {
            let inside = vec![(at.line - 1, at.column - 1)];
            query(&at.url, SiteSubject::Property, inside)
        })
        .collect()
}

/// The file of the program's module whose exports an object is.
fn exporting_file(heap: &AnalyzedHeap, exports: NodeId) -> Option<&str> {
    let graph = heap.graph();
    if graph.kind(exports) != NodeKind::Object {
        return None;
    }
    let references = heap.retainers().of(exports).iter();
    let module = references.take(MAX_EXPORT_REFERENCES).find_map(|&edge| {
        let from = graph.edge_source(edge);
        (is_module(heap, from) && is_named(heap, edge, "exports")).then_some(from)
    })?;
    let file = graph.target(module, EdgeKind::Property, "filename")?;
    Some(graph.name(file)).filter(|file| is_application(heap, file))
}

/// What a module exports is mostly a variable of its file.
fn export(file: &str, name: &str) -> Vec<SiteQuery> {
    let subjects = [SiteSubject::Variable, SiteSubject::Property];
    let query = |subject| SiteQuery {
        url: file.to_owned(),
        subject,
        name: name.to_owned(),
        inside: Vec::new(),
    };
    subjects.map(query).into()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use heapwatch_testing::{AnalyzedTestHeap, FixtureBuilder, heap};

    use super::{Holding, ProgramCalls};
    use crate::site_query::{
        Call, CallLikelihood, Site, SiteEffect, SiteQuery, SiteSubject, SourceSites,
    };

    const PACKAGE: &str = "/app/node_modules/cache/index.js";

    /// Sources with a call on every name that they are asked for.
    #[derive(Default)]
    struct CallsOfAll {
        asked: RefCell<Vec<String>>,
    }

    impl SourceSites for CallsOfAll {
        fn sites(&self, _: &SiteQuery) -> Vec<Site> {
            Vec::new()
        }

        fn calls(&self, query: &SiteQuery, grows: &[String]) -> Vec<Call> {
            let subject = match query.subject {
                SiteSubject::Variable => "",
                SiteSubject::Property => ".",
                SiteSubject::Module => "module ",
            };
            let asked = format!("{} {subject}{} {}", query.url, query.name, grows.join(" "));
            self.asked.borrow_mut().push(asked);
            vec![Call {
                line: 0,
                column: 0,
                function: (0, 0),
                likelihood: CallLikelihood::Gives,
            }]
        }
    }

    /// What the sources are asked for entries of the Map `map`.
    fn asked(heap: &AnalyzedTestHeap) -> Vec<String> {
        let steps = heap.paths().to(heap.graph(), heap["entry"]);
        let holding = Holding::on_path(heap, steps, |node| node == heap["entry"]);
        let sources = CallsOfAll::default();
        let found = ProgramCalls::new(heap, &holding, None, &sources);
        let asked = sources.asked.into_inner();
        assert_eq!(found.calls.len(), asked.len());
        asked
    }

    /// A function in a file, with a scope of its own.
    fn function(fixture: &mut FixtureBuilder, url: &str) {
        fixture
            .property("f", "f")
            .closure("f", "f")
            .written_at(url, 5, 1);
        fixture.internal("context", "scope").context("scope");
    }

    /// An object of a package that keeps its entries in `store.items`.
    fn cache(fixture: &mut FixtureBuilder) {
        fixture.closure("Cache", "Cache").written_at(PACKAGE, 9, 1);
        fixture.object("cache", "Cache").written_at(PACKAGE, 9, 1);
        fixture.property("store", "store").object("store", "Object");
        fixture
            .property("items", "map")
            .map("map", &[("key", "entry")]);
        fixture.string("key", "key").object("entry", "Object");
    }

    #[test]
    fn the_programs_variable_for_a_packages_object_is_asked_for_with_what_grows_in_it() {
        let mut fixture = heap();
        function(&mut fixture, "/app/geo.js");
        fixture.variable("places", "cache");
        cache(&mut fixture);
        let expected = ["/app/geo.js places items store"];
        assert_eq!(asked(&fixture.analyze()), expected);
    }

    #[test]
    fn a_field_of_the_programs_class_is_asked_for_before_the_variable_of_its_object() {
        let mut fixture = heap();
        function(&mut fixture, "/app/main.js");
        fixture.variable("service", "service");
        fixture
            .closure("Service", "Service")
            .written_at("/app/service.js", 3, 1);
        fixture
            .object("service", "Service")
            .written_at("/app/service.js", 3, 1)
            .property("cache", "cache");
        cache(&mut fixture);
        let expected = ["/app/service.js .cache items store"];
        assert_eq!(asked(&fixture.analyze()), expected);
    }

    /// Sources that set up everything once, at the start: what is declared on line 7 is what a call of the
    /// package returns, behind a call of it on line 4 that is in a function.
    struct SetUp;

    impl SourceSites for SetUp {
        fn sites(&self, query: &SiteQuery) -> Vec<Site> {
            let is_places = query.subject == SiteSubject::Variable;
            let declaration = Site {
                line: 7,
                column: 6,
                effect: SiteEffect::Declares,
            };
            (is_places.then_some(declaration)).into_iter().collect()
        }

        fn calls(&self, query: &SiteQuery, _: &[String]) -> Vec<Call> {
            let call = |line, likelihood| Call {
                line,
                column: 0,
                function: (0, 0),
                likelihood,
            };
            let once = CallLikelihood::Once;
            match (query.subject, &query.url[..]) {
                (SiteSubject::Module, _) if query.name != "cache" => Vec::new(),
                (SiteSubject::Module, "/app/geo.js") => {
                    vec![call(4, CallLikelihood::Gives), call(7, once)]
                }
                (SiteSubject::Module, _) => vec![call(9, CallLikelihood::Gives)],
                _ => vec![call(2, once)],
            }
        }
    }

    /// Lines of the package's calls, if members keep a function of this script.
    fn lines_of_package(kept_script: Option<&str>) -> Vec<u32> {
        let mut fixture = heap();
        function(&mut fixture, "/app/geo.js");
        fixture.variable("places", "cache").property("g", "g");
        fixture.closure("g", "g").written_at("/app/map.js", 2, 1);
        cache(&mut fixture);
        let heap = fixture.analyze();
        let steps = heap.paths().to(heap.graph(), heap["entry"]);
        let holding = Holding::on_path(&heap, steps, |node| node == heap["entry"]);
        let found = ProgramCalls::new(&heap, &holding, kept_script, &SetUp);
        found.of_package.iter().map(|(_, call)| call.line).collect()
    }

    #[test]
    fn what_is_only_set_up_is_known_by_the_call_of_the_package_that_returned_it() {
        assert_eq!(lines_of_package(None), [7, 4]);
    }

    #[test]
    fn a_package_that_keeps_functions_is_called_where_they_are_written() {
        assert_eq!(lines_of_package(Some("/app/map.js")), [9]);
    }

    #[test]
    fn an_export_is_asked_for_in_the_file_of_its_module_first() {
        let mut fixture = heap();
        function(&mut fixture, "/app/use.js");
        fixture
            .variable("users", "cache")
            .property("module", "module");
        fixture
            .object("module", "Module")
            .property("filename", "file")
            .property("exports", "exports");
        fixture.string("file", "/app/loaders.js");
        fixture
            .object("exports", "Object")
            .property("loader", "cache");
        cache(&mut fixture);
        let expected = [
            "/app/loaders.js loader items store",
            "/app/loaders.js .loader items store",
            "/app/use.js users items store",
        ];
        assert_eq!(asked(&fixture.analyze()), expected);
    }

    #[test]
    fn a_plain_object_is_asked_for_by_its_name_in_other_scripts_too() {
        let mut fixture = heap();
        function(&mut fixture, "/app/server.js");
        fixture.variable("app", "app").property("g", "g");
        fixture.closure("g", "g").written_at("/app/routes.js", 2, 1);
        fixture.object("app", "Object").property("jobs", "map");
        fixture.map("map", &[("key", "entry")]);
        fixture.string("key", "key").object("entry", "Object");
        let heap = fixture.analyze();
        let steps = heap.paths().to(heap.graph(), heap["entry"]);
        let holding = Holding::on_path(&heap, steps, |node| node == heap["entry"]);
        let sources = CallsOfAll::default();
        ProgramCalls::new(&heap, &holding, None, &sources);
        let expected = ["/app/server.js app jobs", "/app/routes.js app jobs"];
        assert_eq!(sources.asked.into_inner(), expected);
    }

    #[test]
    fn what_the_key_of_a_weak_map_is_used_for_says_nothing_of_the_value() {
        let mut fixture = heap();
        function(&mut fixture, "/app/audit.js");
        fixture
            .variable("tenant", "tenant")
            .variable("histories", "histories");
        fixture.object("tenant", "Tenant");
        fixture.map("map", &[("key", "entry")]);
        fixture.string("key", "key").object("entry", "Object");
        fixture
            .weak_map("histories")
            .weak_map_entry("histories", "tenant", "map");
        let heap = fixture.analyze();
        let steps = heap.paths().to(heap.graph(), heap["entry"]);
        let holding = Holding::on_path(&heap, steps, |node| node == heap["entry"]);
        assert_eq!(holding.owner_name(&heap), "histories[*]");
        let query = holding.site_query(&heap).expect("a variable");
        assert_eq!(query.name, "histories");
        assert_eq!(asked(&heap), [""; 0]);
    }

    #[test]
    fn names_that_only_packages_and_node_have_are_not_asked_for() {
        for url in [PACKAGE, "node:internal/timers"] {
            let mut fixture = heap();
            function(&mut fixture, url);
            fixture.variable("places", "cache");
            cache(&mut fixture);
            assert_eq!(asked(&fixture.analyze()), [""; 0], "{url}");
        }
    }
}
