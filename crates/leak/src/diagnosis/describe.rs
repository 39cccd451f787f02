//! From a ranked candidate to a suspect that people can read: owner, path, lines, histogram,
//! evidence, fingerprint.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use heapwatch_graph::{
    AnalyzedHeap, ClassId, Edge, EdgeId, EdgeKind, NodeId, NodeKind, PathStep, SourceLocation,
};

use super::DiagnosisOptions;
use super::ages::Ages;
use super::candidates::{Candidate, Ranked};
use super::examples::{examples, raw_name};
use super::owner::{Holding, functions_of_scope};
use super::program_calls::ProgramCalls;
use super::tally::Tally;
use crate::causes::{Explanation, Finding, explain, is_general};
use crate::fingerprint::Fingerprint;
use crate::group_tree::{GroupId, GroupTree};
use crate::package::Origin;
use crate::place::{Place, file_name};
use crate::redaction::{ANY_KEY, class_name, edge_name, is_scope, node_name};
use crate::report::{ClassCount, LocationRole, Owner, ReportLocation, ReportStep, Suspect};
use crate::site_query::{CodeName, SiteEffect, SiteQuery, SiteSubject, SourceSites};

/// Lines of a histogram that anyone reads.
const MAX_HISTOGRAM: usize = 8;
/// Source lines of one role.
const MAX_LOCATIONS_OF_A_ROLE: usize = 4;
/// How far below a member functions are looked for, and how many nodes are looked at.
const CONTAINED_DEPTH: usize = 6;
const CONTAINED_NODES: usize = 256;
/// The end of the path that a fingerprint covers: the part nearest to the leak is the part that
/// doesn't change when the program around it does.
const FINGERPRINT_STEPS: usize = 6;
/// Of the bytes of the part told so far, what a part with a better known cause needs to be told in its
/// place: one that is far smaller may be there for another reason.
const MIN_LEADING: f64 = 0.25;
/// Members that the cause rules look at: enough to say what most are, few enough to be free.
const MAX_MEMBERS_SEEN: usize = 32;
/// Milliseconds in an hour.
const HOUR: f64 = 3_600_000.0;

/// Surviving objects of one class: how many, their bytes, and one of them.
#[derive(Clone, Copy)]
pub(super) struct HistogramLine {
    count: u64,
    bytes: u64,
    example: NodeId,
}

impl HistogramLine {
    pub(super) const fn of(example: NodeId) -> Self {
        Self {
            count: 0,
            bytes: 0,
            example,
        }
    }

    pub(super) const fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

type Histogram = FxHashMap<ClassId, HistogramLine>;

pub(super) struct Describing<'a> {
    heap: &'a AnalyzedHeap,
    tree: &'a GroupTree,
    ranked: &'a Ranked,
    /// Members of the candidates; `None` for one capture.
    tally: Option<&'a Tally>,
    sources: &'a dyn SourceSites,
    redact: bool,
    histograms: FxHashMap<GroupId, Histogram>,
}

/// What is told of a candidate, whether it grows or is just large.
pub(super) struct Told {
    pub(super) class: String,
    pub(super) owner: Owner,
    pub(super) path: Vec<ReportStep>,
    pub(super) locations: Vec<ReportLocation>,
    pub(super) histogram: Vec<ClassCount>,
    pub(super) examples: Vec<String>,
    pub(super) fingerprint: String,
    renamed: Option<RenamedVariable>,
    /// The program's calls into what holds the owner, each with the function around it.
    calls: Vec<(SourceLocation, Place)>,
}

/// One leak while candidates are put together.
struct Leak {
    candidate: Candidate,
    suspect: Suspect,
    /// Whether the candidate got siblings after the suspect was described.
    has_gained: bool,
}

impl Leak {
    /// Adds a candidate that is part of the leak. If it tells a cause of its own where the leak so far is
    /// just a collection, it is told in its place, if what accumulates is the same: one object, or what
    /// one call adds.
    fn add(&mut self, candidate: &Candidate, suspect: Suspect, is_one_object: bool) {
        let leads = (is_one_object || is_by_one_call(&self.suspect, &suspect))
            && is_general(self.suspect.cause)
            && !is_general(suspect.cause)
            && suspect.growth_bytes as f64 >= MIN_LEADING * self.suspect.growth_bytes as f64;
        if leads {
            let before = std::mem::replace(&mut self.candidate, candidate.clone());
            self.candidate.add_sibling(&before);
            self.suspect = suspect;
        } else {
            self.candidate.add_sibling(candidate);
        }
        self.has_gained = true;
    }
}

impl<'a> Describing<'a> {
    pub(super) fn new(
        heap: &'a AnalyzedHeap,
        tree: &'a GroupTree,
        ages: &Ages,
        (ranked, tally): (&'a Ranked, &'a Tally),
        sources: &'a dyn SourceSites,
        options: &DiagnosisOptions,
    ) -> Self {
        let histograms = histograms(heap, ages, &ranked.candidates);
        Self {
            tally: Some(tally),
            ..Self::of_one_capture(heap, tree, ranked, sources, options, histograms)
        }
    }

    pub(super) fn of_one_capture(
        heap: &'a AnalyzedHeap,
        tree: &'a GroupTree,
        ranked: &'a Ranked,
        sources: &'a dyn SourceSites,
        options: &DiagnosisOptions,
        histograms: FxHashMap<GroupId, Histogram>,
    ) -> Self {
        Self {
            heap,
            tree,
            ranked,
            tally: None,
            sources,
            redact: options.redact,
            histograms,
        }
    }

    pub(super) fn suspects(&self) -> Vec<Suspect> {
        let mut leaks: Vec<Leak> = Vec::new();
        for candidate in &self.ranked.candidates {
            let suspect = self.suspect(candidate);
            let is_one_object = |leak: &Leak| self.are_one_object(&leak.candidate, candidate);
            let same = (leaks.iter_mut())
                .find(|leak| is_one_object(leak) || is_same_leak(&leak.suspect, &suspect));
            match same {
                Some(leak) => {
                    let is_one_object = is_one_object(leak);
                    leak.add(candidate, suspect, is_one_object);
                }
                None => leaks.push(Leak {
                    candidate: candidate.clone(),
                    suspect,
                    has_gained: false,
                }),
            }
        }
        let leaks = leaks.into_iter().enumerate();
        leaks
            .map(|(i, leak)| Suspect {
                rank: i + 1,
                ..self.whole(leak)
            })
            .collect()
    }

    /// Whether two hold one object by which all that accumulates hangs, such as the newest of a list whose
    /// members refer to the one before: that is one leak, whoever holds it.
    fn are_one_object(&self, one: &Candidate, other: &Candidate) -> bool {
        let tallied = self.tally.and_then(|tally| tally.groups.get(&one.group));
        one.group == other.group
            && one.sample == other.sample
            && tallied.is_some_and(|tallied| tallied.samples.nodes().len() == 1)
    }

    /// The suspect with all that was added to its candidate.
    fn whole(&self, leak: Leak) -> Suspect {
        if leak.has_gained {
            self.suspect(&leak.candidate)
        } else {
            leak.suspect
        }
    }

    fn suspect(&self, candidate: &Candidate) -> Suspect {
        let holding = Holding::new(self.heap, self.tree, candidate);
        let sites = self.sites(&holding);
        let mut told = self.told(candidate, &holding, &sites);
        let explanation = self.explanation(candidate, &holding, &told, &sites);
        if let Some(at) = explanation.at {
            let inside = call_inside(&at, &told.calls).filter(|_| explanation.is_in_function);
            let at = inside.unwrap_or_else(|| self.sources.place(at, CodeName::None));
            told.locations = with_line_at_fault(at, told.locations);
        }
        told.owner.name = explanation.owner.unwrap_or(told.owner.name);
        let per_hour = |amount: f64| candidate.survivors_over_ms.map(|ms| amount * HOUR / ms);
        Suspect {
            rank: 0,
            share_of_growth: share(candidate.survivor_bytes, self.ranked.survivor_bytes),
            bytes: candidate.retained,
            growth_bytes: candidate.survivor_bytes.round() as u64,
            count: candidate.count,
            count_growth: candidate.count as i64 - candidate.count_before as i64,
            bytes_per_hour: per_hour(candidate.survivor_bytes),
            count_per_hour: per_hour(candidate.survivors as f64),
            cause: explanation.cause,
            evidence: renamed_words(explanation.evidence, told.renamed.as_ref()),
            advice: renamed_words(explanation.advice, told.renamed.as_ref()),
            fingerprint: told.fingerprint,
            path: told.path,
            independent_retainers: self.other_holders(&candidate.other_holders),
            histogram: told.histogram,
            examples: told.examples,
            class: told.class,
            owner: told.owner,
            locations: told.locations,
        }
    }

    pub(super) fn told(
        &self,
        candidate: &Candidate,
        holding: &Holding,
        sites: &[(SiteEffect, Place)],
    ) -> Told {
        let program_calls = self.program_calls(candidate, holding, sites);
        let locations = self.locations(candidate, holding, sites, &program_calls);
        let member = place_of(self.heap, candidate.sample, self.sources);
        let renamed = self.renamed_variable(holding, &locations);
        Told {
            class: told_name(self.heap, candidate.sample, member.as_ref()),
            owner: self.owner(holding, &locations, renamed.as_ref()),
            path: self.path(holding, renamed.as_ref()),
            histogram: self.histogram(candidate),
            examples: if self.redact {
                Vec::new()
            } else {
                examples(self.heap, self.tree, candidate.group)
            },
            fingerprint: self.fingerprint(candidate, holding),
            locations,
            renamed,
            calls: self.calls_in_functions(&program_calls),
        }
    }

    /// The path of a finding, with its keys if they are to be told.
    fn path(&self, holding: &Holding, renamed: Option<&RenamedVariable>) -> Vec<ReportStep> {
        let mut path = report_path(self.heap, &holding.steps, self.sources);
        if let Some(variable) = renamed {
            let is_it = |step: &&mut ReportStep| {
                step.kind == Some(EdgeKind::Context.name())
                    && step.edge.as_ref() == Some(&variable.running)
            };
            for step in path.iter_mut().filter(is_it) {
                step.edge = Some(variable.original.clone());
            }
        }
        if !self.redact {
            for (told, step) in path.iter_mut().zip(&holding.steps) {
                told.edge = step.edge.map(|edge| raw_name(self.heap, edge));
            }
        }
        path
    }

    /// What the cause rules say.
    fn explanation(
        &self,
        candidate: &Candidate,
        holding: &Holding,
        told: &Told,
        sites: &[(SiteEffect, Place)],
    ) -> Explanation {
        let line = (told.locations.iter()).find(|line| is_at_fault(line.role));
        let members = self.members(candidate);
        let line_of = |effect| {
            let site = sites.iter().find(|(of_site, _)| *of_site == effect);
            site.map(|(_, at)| at.text())
        };
        let finding = Finding {
            heap: self.heap,
            sources: self.sources,
            holding,
            members: &members,
            class: &told.class,
            owner_class: &told.owner.class,
            owner_name: &told.owner.name,
            count: candidate.count,
            gained: candidate.count.saturating_sub(candidate.count_before),
            kept_all: candidate.kept_all,
            old_ones_go: candidate.old_ones_go,
            first_taken_at: line_of(SiteEffect::TakesFirst),
            adds_parts: line_of(SiteEffect::GrowsByPart).is_some(),
            bytes: candidate.retained,
            line: line.map(|line| line.place.text()),
        };
        explain(&finding)
    }

    /// Some members of a candidate, the typical one first.
    fn members(&self, candidate: &Candidate) -> Vec<NodeId> {
        let tallied = (self.tally).and_then(|tally| tally.groups.get(&candidate.group));
        let samples = tallied.map_or(&[][..], |tallied| tallied.samples.nodes());
        let others = samples
            .iter()
            .copied()
            .filter(|&node| node != candidate.sample);
        let step = samples.len().div_ceil(MAX_MEMBERS_SEEN).max(1);
        std::iter::once(candidate.sample)
            .chain(others.step_by(step))
            .collect()
    }

    /// The variable that holds the owner, if the code that runs has another name for it than its
    /// author.
    fn renamed_variable(
        &self,
        holding: &Holding,
        locations: &[ReportLocation],
    ) -> Option<RenamedVariable> {
        let query = holding.site_query(self.heap)?;
        let declared = (locations.iter()).find(|line| line.role == LocationRole::Declared)?;
        let original = declared.place.original_name()?.to_owned();
        (query.subject == SiteSubject::Variable && original != query.name).then_some(
            RenamedVariable {
                running: query.name,
                original,
            },
        )
    }

    fn owner(
        &self,
        holding: &Holding,
        locations: &[ReportLocation],
        renamed: Option<&RenamedVariable>,
    ) -> Owner {
        let node = holding.owner_node();
        let declared = locations.iter().find(|l| l.role == LocationRole::Declared);
        let around = || {
            let mut above = holding.steps[..=holding.owner].iter().rev();
            above.find_map(|step| place_of(self.heap, step.node, self.sources))
        };
        Owner {
            class: node_name(self.heap, node).into_owned(),
            name: renamed_access(holding.owner_name(self.heap), renamed),
            id: self.heap.graph().object_id(node),
            location: declared.map(|l| l.place.clone()).or_else(around),
        }
    }

    /// The lines that matter, the one at fault first.
    fn locations(
        &self,
        candidate: &Candidate,
        holding: &Holding,
        sites: &[(SiteEffect, Place)],
        program_calls: &ProgramCalls,
    ) -> Vec<ReportLocation> {
        let heap = self.heap;
        let own = match heap.graph().kind(candidate.sample) {
            NodeKind::Closure => LocationRole::Function,
            _ => LocationRole::Class,
        };
        // That Node's own class or function accumulates says nothing about who lets it.
        let written = self.place_in_program(candidate.sample);
        let mut found: Vec<_> = written.map(|at| (own, at)).into_iter().collect();
        found.extend(
            sites
                .iter()
                .filter_map(|(effect, at)| Some((role(*effect)?, at.clone()))),
        );
        found.extend(self.contained(candidate.sample));
        found.extend(self.lines_of_calls(program_calls, &found));
        let mut above = holding.steps[..=holding.owner].iter().rev();
        if let Some(scope) = above.find(|step| is_scope(heap, step.node)) {
            let functions = functions_of_scope(heap, scope.node).into_iter();
            let places = functions.map(|at| self.sources.place(at, CodeName::None));
            let of_program = places.filter(|place| place.origin() != Origin::Node);
            found.extend(of_program.map(|at| (LocationRole::Scope, at)));
        }
        let mut locations = one_role_each(found);
        if holding.is_collection(heap) && holding.events_step(heap).is_none() {
            put_only_growth_first(&mut locations);
        }
        locations
    }

    /// Where the program calls into what holds the owner, unless it is known where the program itself
    /// adds to it.
    fn program_calls(
        &self,
        candidate: &Candidate,
        holding: &Holding,
        sites: &[(SiteEffect, Place)],
    ) -> ProgramCalls {
        let grows = sites.iter().any(|(effect, at)| {
            role(*effect) == Some(LocationRole::Grows) && is_of_application(at)
        });
        let is_function = self.heap.graph().kind(candidate.sample) == NodeKind::Closure;
        let written = || self.place_in_program(candidate.sample);
        if grows || (is_function && written().is_some_and(|at| is_of_application(&at))) {
            return ProgramCalls::default();
        }
        let kept = self.contained(candidate.sample).into_iter();
        let kept = kept.map(|(_, at)| at).find(is_of_application);
        let kept_script = kept.map(|at| at.location.url);
        ProgramCalls::new(self.heap, holding, kept_script.as_deref(), self.sources)
    }

    /// Where the program calls, and where it declares what it calls. What it does once comes into
    /// question only if nothing of it is known.
    fn lines_of_calls(
        &self,
        of_program: &ProgramCalls,
        found: &[(LocationRole, Place)],
    ) -> Vec<(LocationRole, Place)> {
        let declared = of_program.declared.iter().map(|(query, site)| {
            let at = self.place_of_site(query, site.line, site.column);
            (LocationRole::Declared, at)
        });
        let declared: Vec<_> = declared.collect();
        let is_known = !declared.is_empty() || found.iter().any(|(_, at)| is_of_application(at));
        let calls = (of_program.calls.iter())
            .filter(|(_, call)| !is_known || !ProgramCalls::is_weak(call))
            .map(|(query, call)| {
                let at = self.place_of_site(query, call.line, call.column);
                (LocationRole::Calls, at)
            });
        let of_package = of_program.of_package.iter().map(|(query, call)| {
            let at = self.place_of_site(query, call.line, call.column);
            (LocationRole::Calls, at)
        });
        calls.chain(of_package).chain(declared).collect()
    }

    fn calls_in_functions(&self, of_program: &ProgramCalls) -> Vec<(SourceLocation, Place)> {
        let calls = of_program.calls.iter();
        calls
            .map(|(query, call)| {
                let (line, column) = call.function;
                let function = query.location(line, column);
                (function, self.place_of_site(query, call.line, call.column))
            })
            .collect()
    }

    fn place_in_program(&self, node: NodeId) -> Option<Place> {
        place_of(self.heap, node, self.sources).filter(|place| place.origin() != Origin::Node)
    }

    /// What the sources say of the variable or property that holds the owner.
    pub(super) fn sites(&self, holding: &Holding) -> Vec<(SiteEffect, Place)> {
        if let Some(query) = holding.site_query(self.heap) {
            return self.answers(&query);
        }
        let queries = holding.global_queries(self.heap);
        let mut answers = queries.iter().map(|query| self.answers(query));
        answers
            .find(|sites| {
                sites
                    .iter()
                    .any(|(effect, _)| role(*effect) == Some(LocationRole::Grows))
            })
            .unwrap_or_default()
    }

    fn answers(&self, query: &SiteQuery) -> Vec<(SiteEffect, Place)> {
        let sites = self.sources.sites(query).into_iter();
        sites
            .map(|site| {
                (
                    site.effect,
                    self.place_of_site(query, site.line, site.column),
                )
            })
            .collect()
    }

    fn place_of_site(&self, query: &SiteQuery, line: u32, column: u32) -> Place {
        let location = query.location(line, column);
        let name = match query.subject {
            SiteSubject::Variable => CodeName::Variable,
            SiteSubject::Property | SiteSubject::Module => CodeName::None,
        };
        self.sources.place(location, name)
    }

    /// Functions and classes among what a member keeps alive.
    fn contained(&self, member: NodeId) -> Vec<(LocationRole, Place)> {
        let mut found = Vec::new();
        let mut level = vec![member];
        let mut looked_at = 0;
        for _ in 0..CONTAINED_DEPTH {
            let below = level
                .iter()
                .flat_map(|&node| self.heap.dominated().of(node));
            level = below.copied().take(CONTAINED_NODES - looked_at).collect();
            looked_at += level.len();
            for &node in &level {
                let location = self.place_in_program(node);
                found.extend(location.map(|at| (LocationRole::Contained, at)));
            }
        }
        found
    }

    fn other_holders(&self, edges: &[EdgeId]) -> Vec<ReportStep> {
        let graph = self.heap.graph();
        let edges = edges.iter();
        edges
            .map(|&id| {
                let (node, edge) = (graph.edge_source(id), Some(graph.edge(id)));
                report_step(self.heap, node, edge, self.sources)
            })
            .collect()
    }

    /// Hash of the path to the owner, of the file that it goes through last, of how the owner holds
    /// what accumulates, and of its class. How
    /// far down a list the member is differs from diagnosis to diagnosis, and if the list is linked
    /// both ways, so does the end from which it is nearer.
    fn fingerprint(&self, candidate: &Candidate, holding: &Holding) -> String {
        let is_held_by_one_edge = candidate.edge.is_some();
        let end = holding.owner + 1 + usize::from(is_held_by_one_edge);
        let end = end.min(holding.steps.len());
        let mut hash = Fingerprint::new();
        for step in &holding.steps[end.saturating_sub(FINGERPRINT_STEPS)..end] {
            hash = hash.text(&self.stable_class(step.node));
            if let Some(edge) = step.edge {
                hash = hash.text(&edge_name(self.heap, edge));
            }
        }
        if let Some(member) = holding.steps.last() {
            hash = hash.text(&self.stable_class(member.node));
        }
        // Two modules may call what they hold by the same names.
        let mut above = holding.steps[..=holding.owner].iter().rev();
        if let Some(at) = above.find_map(|step| self.heap.locate(step.node)) {
            hash = hash.text(file_name(&at.url));
        }
        format!("{:016x}", hash.get())
    }

    /// A class name that doesn't depend on how common an object's shape is at the moment.
    fn stable_class(&self, node: NodeId) -> Cow<'_, str> {
        let graph = self.heap.graph();
        match graph.kind(node) {
            NodeKind::Object => graph.name(node).into(),
            _ => node_name(self.heap, node),
        }
    }

    fn histogram(&self, candidate: &Candidate) -> Vec<ClassCount> {
        let mut sums: FxHashMap<String, (u64, u64)> = FxHashMap::default();
        let groups = candidate.groups();
        for line in groups
            .filter_map(|group| self.histograms.get(&group))
            .flat_map(Histogram::values)
        {
            let class = class_name(self.heap, line.example).into_owned();
            let sum = sums.entry(class).or_default();
            *sum = (sum.0 + line.count, sum.1 + line.bytes);
        }
        let mut lines: Vec<ClassCount> = (sums.into_iter())
            .map(|(class, (count, bytes))| ClassCount {
                class,
                count,
                bytes,
            })
            .collect();
        lines.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.class.cmp(&b.class)));
        lines.truncate(MAX_HISTOGRAM);
        lines
    }
}

/// A path in names that may be told.
pub(crate) fn report_path(
    heap: &AnalyzedHeap,
    steps: &[PathStep],
    sources: &dyn SourceSites,
) -> Vec<ReportStep> {
    let steps = steps.iter();
    steps
        .map(|step| report_step(heap, step.node, step.edge, sources))
        .collect()
}

fn report_step(
    heap: &AnalyzedHeap,
    node: NodeId,
    edge: Option<Edge>,
    sources: &dyn SourceSites,
) -> ReportStep {
    let location = place_of(heap, node, sources);
    ReportStep {
        class: told_name(heap, node, location.as_ref()),
        edge: edge.map(|edge| edge_name(heap, edge).into_owned()),
        kind: edge.map(|edge| edge.kind.name()),
        location,
    }
}

/// Where a function is written, or the constructor of an instance.
fn place_of(heap: &AnalyzedHeap, node: NodeId, sources: &dyn SourceSites) -> Option<Place> {
    let name = match heap.graph().kind(node) {
        NodeKind::Closure => CodeName::Function(heap.graph().name(node)),
        _ => CodeName::None,
    };
    Some(sources.place(heap.locate(node)?, name))
}

/// A node's name; that of a function before it was minified.
fn told_name(heap: &AnalyzedHeap, node: NodeId, place: Option<&Place>) -> String {
    match place.and_then(Place::original_name) {
        Some(name) => format!("{name}()"),
        None => node_name(heap, node).into_owned(),
    }
}

/// A variable that was renamed by a minifier.
struct RenamedVariable {
    running: String,
    original: String,
}

/// A text with names in backticks.
fn renamed_words(text: String, renamed: Option<&RenamedVariable>) -> String {
    let renamed_part = |(i, part): (usize, &str)| match i % 2 {
        0 => part.to_owned(),
        _ => renamed_access(part.to_owned(), renamed),
    };
    let parts: Vec<String> = text.split('`').enumerate().map(renamed_part).collect();
    parts.join("`")
}

/// An access path (`t[*].lines`) that starts with the original name of a variable.
fn renamed_access(path: String, renamed: Option<&RenamedVariable>) -> String {
    let Some(variable) = renamed else { return path };
    match path.strip_prefix(&variable.running) {
        Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => {
            format!("{}{rest}", variable.original)
        }
        _ => path,
    }
}

/// The role in a report of a place in the source.
fn role(effect: SiteEffect) -> Option<LocationRole> {
    match effect {
        SiteEffect::Declares => Some(LocationRole::Declared),
        SiteEffect::Grows | SiteEffect::GrowsByPart => Some(LocationRole::Grows),
        SiteEffect::TakesFirst => None,
    }
}

/// Whether a line is where things are added, as opposed to where they are declared or used.
fn is_at_fault(role: LocationRole) -> bool {
    matches!(role, LocationRole::Function | LocationRole::Grows)
}

fn is_of_application(place: &Place) -> bool {
    place.origin() == Origin::Application
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).min(1.0)
    } else {
        0.0
    }
}

/// Surviving objects by class, for the groups of the candidates; without ids, all objects that are
/// in those groups or below.
fn histograms(
    heap: &AnalyzedHeap,
    ages: &Ages,
    candidates: &[Candidate],
) -> FxHashMap<GroupId, Histogram> {
    let groups = candidates.iter().flat_map(Candidate::groups);
    let mut histograms: FxHashMap<GroupId, Histogram> =
        groups.map(|group| (group, Histogram::default())).collect();
    if histograms.is_empty() {
        return histograms;
    }
    for node in heap.graph().nodes() {
        let Some(group) = ages.crossing(node).filter(|_| ages.is_survivor(node)) else {
            continue;
        };
        if let Some(histogram) = histograms.get_mut(&group) {
            let class = heap.classes().of(node);
            let line = (histogram.entry(class)).or_insert_with(|| HistogramLine::of(node));
            line.add(heap.shallow(node));
        }
    }
    histograms
}

/// Whether two suspects are one leak: what accumulates in one owner is told once, such as keys and
/// values, listeners for several events that one line adds, parts of the members of a collection, or
/// what one call of the program adds to several parts of a package's object.
fn is_same_leak(one: &Suspect, other: &Suspect) -> bool {
    let line = |suspect: &Suspect| {
        let first = suspect.locations.first();
        first.map(|at| (at.place.location.url.clone(), at.place.location.line))
    };
    let is_by_one_line = || line(one).is_some() && line(one) == line(other);
    let (one_holder, other_holder) = (holder(&one.owner.name), holder(&other.owner.name));
    let is_part = || {
        let rest = other_holder.strip_prefix(one_holder);
        rest.is_some_and(|rest| rest.starts_with(ANY_KEY))
    };
    is_by_one_call(one, other)
        || one.fingerprint == other.fingerprint
        || (one_holder == other_holder && (one.owner.id == other.owner.id || is_by_one_line()))
        || (is_part() && is_by_one_line())
}

/// Whether one call of the program fills parts of one object, which is a variable of its.
fn is_by_one_call(one: &Suspect, other: &Suspect) -> bool {
    let call = |suspect: &Suspect| {
        let first = suspect.locations.first();
        let call = first.filter(|at| at.role == LocationRole::Calls)?;
        let at = &call.place.location;
        Some((
            at.url.clone(),
            at.line,
            start_of(&suspect.owner.name).to_owned(),
        ))
    };
    call(one).is_some_and(|one| call(other) == Some(one))
}

/// `ajv` of `ajv.scope._values`.
fn start_of(access_path: &str) -> &str {
    access_path.split(['.', '[']).next().unwrap_or(access_path)
}

/// An owner's name; of an emitter's listeners, that of the emitter.
fn holder(owner: &str) -> &str {
    owner
        .split_once("._events")
        .map_or(owner, |(emitter, _)| emitter)
}

/// The first of the program's calls, each with the function around it, that is in a function.
fn call_inside(function: &SourceLocation, calls: &[(SourceLocation, Place)]) -> Option<Place> {
    let inside = calls.iter().find(|(around, _)| around == function);
    inside.map(|(_, call)| call.clone())
}

/// Functions in a collection may come from anywhere; if one line adds them, that is the one at fault.
fn put_only_growth_first(locations: &mut [ReportLocation]) {
    let is_growth =
        |line: &ReportLocation| line.role == LocationRole::Grows && is_of_application(&line.place);
    let growths = locations.iter().filter(|line| is_growth(line)).count();
    if let Some(at) = locations
        .iter()
        .position(is_growth)
        .filter(|_| growths == 1)
    {
        locations[..=at].rotate_right(1);
    }
}

/// The line that a rule holds to be at fault, and the others after it. A place that is known already
/// is better known: by its name.
fn with_line_at_fault(place: Place, mut others: Vec<ReportLocation>) -> Vec<ReportLocation> {
    let line = |place: &Place| (place.location.url.clone(), place.location.line);
    let known = others
        .iter()
        .find(|other| other.place.location == place.location);
    let place = known.map_or(place.clone(), |known| known.place.clone());
    others.retain(|other| line(&other.place) != line(&place));
    // The program's own lines come before those of its packages here, too.
    let is_before = |other: &ReportLocation| {
        other.role != LocationRole::Scope && other.place.origin() < place.origin()
    };
    let at = others.iter().take_while(|other| is_before(other)).count();
    let role = LocationRole::Function;
    others.insert(at, ReportLocation { role, place });
    others
}

/// Each line once, under its strongest role, with a few of each role. The program's own lines come
/// before those of its packages, which it can't change; functions that can merely reach the owner
/// come last in any case. Where nothing of the program is known to add, nor a class of it, a function
/// that is kept alive is nearer to what does than a declaration.
fn one_role_each(mut found: Vec<(LocationRole, Place)>) -> Vec<ReportLocation> {
    let tells =
        |role| is_at_fault(role) || matches!(role, LocationRole::Calls | LocationRole::Class);
    let is_known = found
        .iter()
        .any(|(role, place)| tells(*role) && is_of_application(place));
    let strength = |role| match role {
        LocationRole::Contained if !is_known => LocationRole::Calls,
        role => role,
    };
    found.sort_by_key(|(role, place)| {
        let is_scope = *role == LocationRole::Scope;
        (is_scope, place.origin(), strength(*role))
    });
    let mut seen = BTreeSet::new();
    let mut of_role: FxHashMap<LocationRole, usize> = FxHashMap::default();
    let mut locations = Vec::new();
    for (role, place) in found {
        let told = of_role.entry(role).or_insert(0);
        let written = place.written();
        if *told < MAX_LOCATIONS_OF_A_ROLE && seen.insert((written.url.clone(), written.line)) {
            *told += 1;
            locations.push(ReportLocation { role, place });
        }
    }
    locations
}

#[cfg(test)]
mod tests {
    use heapwatch_graph::{NodeId, SourceLocation};

    use super::{Candidate, GroupId, Leak};
    use super::{LocationRole, MAX_LOCATIONS_OF_A_ROLE, Place, RenamedVariable, call_inside};
    use super::{Owner, ReportLocation, Suspect, is_same_leak, with_line_at_fault};
    use super::{one_role_each, put_only_growth_first, renamed_access, renamed_words};

    fn location(url: &str, line: u32) -> SourceLocation {
        SourceLocation {
            url: url.to_owned(),
            line,
            column: 1,
        }
    }

    fn at(line: u32) -> Place {
        location("/app/a.js", line).into()
    }

    fn told(found: Vec<(LocationRole, Place)>) -> Vec<(LocationRole, u32)> {
        let locations = one_role_each(found).into_iter();
        let told = locations.map(|l| (l.role, l.place.location.line));
        told.collect()
    }

    #[test]
    fn a_line_is_told_once_under_its_strongest_role_the_one_at_fault_first() {
        use LocationRole::{Class, Declared, Function, Grows, Scope};
        let found = vec![
            (Scope, at(7)),
            (Class, at(2)),
            (Declared, at(1)),
            (Grows, at(7)),
            (Function, at(9)),
        ];
        let expected = [(Function, 9), (Grows, 7), (Declared, 1), (Class, 2)];
        assert_eq!(told(found), expected);
    }

    #[test]
    fn the_program_is_blamed_before_its_packages() {
        use LocationRole::{Class, Declared, Grows, Scope};
        let package = |line| location("/app/node_modules/cache/index.js", line).into();
        let found = vec![
            (Grows, package(1)),
            (Class, at(2)),
            (Declared, package(3)),
            (Scope, at(4)),
        ];
        let expected = [(Class, 2), (Grows, 1), (Declared, 3), (Scope, 4)];
        assert_eq!(told(found), expected);
    }

    #[test]
    fn where_the_program_calls_a_package_comes_before_where_the_package_grows() {
        use LocationRole::{Calls, Contained, Declared, Grows};
        let package = |line| location("/app/node_modules/cache/index.js", line).into();
        let found = vec![
            (Grows, package(1)),
            (Declared, at(2)),
            (Contained, at(3)),
            (Calls, at(4)),
            (Calls, at(2)),
        ];
        let expected = [(Calls, 4), (Calls, 2), (Contained, 3), (Grows, 1)];
        assert_eq!(told(found), expected);
    }

    #[test]
    fn a_function_that_is_kept_comes_before_a_declaration_if_nothing_is_known_to_add() {
        use LocationRole::{Contained, Declared, Grows};
        let found = vec![(Declared, at(2)), (Contained, at(3))];
        assert_eq!(told(found.clone()), [(Contained, 3), (Declared, 2)]);
        let found = [found, vec![(Grows, at(4))]].concat();
        assert_eq!(told(found), [(Grows, 4), (Declared, 2), (Contained, 3)]);
    }

    #[test]
    fn a_line_at_fault_is_the_first_unless_it_is_a_packages_and_the_program_has_one() {
        use LocationRole::{Calls, Function, Grows, Scope};
        let package = |line| location("/app/node_modules/cache/index.js", line).into();
        let first = |at_fault: Place, others| {
            let others = one_role_each(others);
            let told = with_line_at_fault(at_fault, others).into_iter();
            told.map(|l| (l.role, l.place.location.line))
                .collect::<Vec<_>>()
        };
        let calls = || vec![(Calls, at(4)), (Grows, package(1)), (Scope, at(5))];
        assert_eq!(
            first(at(9), calls()),
            [(Function, 9), (Calls, 4), (Grows, 1), (Scope, 5)]
        );
        assert_eq!(
            first(package(9), calls()),
            [(Calls, 4), (Function, 9), (Grows, 1), (Scope, 5)]
        );
        assert_eq!(first(package(9), vec![(Scope, at(5))])[0], (Function, 9));
    }

    #[test]
    fn the_only_line_that_adds_to_a_collection_comes_before_what_is_added() {
        use LocationRole::{Declared, Function, Grows};
        let first = |found| {
            let mut locations = one_role_each(found);
            put_only_growth_first(&mut locations);
            locations[0].place.location.line
        };
        let one = vec![(Function, at(16)), (Grows, at(10)), (Declared, at(4))];
        assert_eq!(first(one.clone()), 10);
        assert_eq!(first([one, vec![(Grows, at(12))]].concat()), 16);
        assert_eq!(first(vec![(Function, at(16))]), 16);
    }

    #[test]
    fn the_line_in_a_function_is_the_first_call_that_is_in_it() {
        let function = |line| location("/app/a.js", line);
        let calls = [(3, 4), (8, 9), (8, 10)].map(|(around, call)| (function(around), at(call)));
        assert_eq!(call_inside(&function(8), &calls), Some(at(9)));
        assert_eq!(call_inside(&function(9), &calls), None);
    }

    /// A suspect of the owner `name` whose first line is `line`.
    fn suspect(fingerprint: &str, name: &str, id: u32, line: Option<u32>) -> Suspect {
        let role = LocationRole::Grows;
        Suspect {
            rank: 1,
            class: "Object".to_owned(),
            owner: Owner {
                class: "Array".to_owned(),
                name: name.to_owned(),
                id,
                location: None,
            },
            share_of_growth: 0.5,
            bytes: 1000,
            growth_bytes: 500,
            count: 10,
            count_growth: 5,
            bytes_per_hour: None,
            count_per_hour: None,
            cause: None,
            evidence: String::new(),
            advice: String::new(),
            fingerprint: fingerprint.to_owned(),
            path: Vec::new(),
            locations: (line.into_iter())
                .map(|line| ReportLocation {
                    role,
                    place: at(line),
                })
                .collect(),
            independent_retainers: Vec::new(),
            histogram: Vec::new(),
            examples: Vec::new(),
        }
    }

    #[test]
    fn suspects_are_one_leak_if_one_owner_has_them_or_one_line_adds_them_to_it() {
        let one = suspect("a", "bus._events.sent", 7, Some(3));
        let is_same = |other: Suspect| is_same_leak(&one, &other);
        // The same path, whatever else.
        assert!(is_same(suspect("a", "other", 9, Some(8))));
        // Another event of the emitter: by the same object, or by the same line.
        assert!(is_same(suspect("b", "bus._events.paid", 7, Some(8))));
        assert!(is_same(suspect("b", "bus._events.paid", 9, Some(3))));
        assert!(!is_same(suspect("b", "bus._events.paid", 9, Some(8))));
        // Another owner that the same line fills.
        assert!(!is_same(suspect("b", "log", 9, Some(3))));
    }

    #[test]
    fn what_one_call_adds_to_several_parts_of_a_packages_object_is_one_leak() {
        let suspect = |name, id, line, role| {
            let mut suspect = suspect(name, name, id, Some(line));
            suspect.locations[0].role = role;
            suspect
        };
        use LocationRole::{Calls, Grows};
        let one = suspect("ajv._cache", 7, 3, Calls);
        let is_same = |other: Suspect| is_same_leak(&one, &other);
        assert!(is_same(suspect("ajv.scope._values", 9, 3, Calls)));
        assert!(!is_same(suspect("ajv.scope._values", 9, 4, Calls)));
        assert!(!is_same(suspect("ajv.scope._values", 9, 3, Grows)));
        assert!(!is_same(suspect("ajvs._cache", 9, 3, Calls)));
    }

    #[test]
    fn of_parts_that_one_call_fills_the_one_with_a_better_known_cause_is_told() {
        let part = |name: &str, cause, bytes| {
            let mut suspect = suspect(name, name, 7, Some(3));
            suspect.locations[0].role = LocationRole::Calls;
            suspect.cause = cause;
            suspect.growth_bytes = bytes;
            suspect
        };
        let other = Candidate {
            group: GroupId(1),
            ..candidate()
        };
        let told = |bytes, cause| {
            let mut leak = Leak {
                candidate: candidate(),
                suspect: part("bus.known", Some("unbounded-collection"), 1000),
                has_gained: false,
            };
            leak.add(&other, part("bus.listeners", cause, bytes), false);
            assert_eq!(leak.candidate.siblings.len(), 1);
            leak.suspect.owner.name
        };
        assert_eq!(told(400, Some("event-listeners")), "bus.listeners");
        assert_eq!(told(100, Some("event-listeners")), "bus.known");
        assert_eq!(told(400, None), "bus.known");
    }

    #[test]
    fn a_group_that_two_hold_is_counted_once() {
        let held = |retained| Candidate {
            retained,
            survivor_bytes: 10.0,
            ..candidate()
        };
        let mut one = held(70);
        one.add_sibling(&held(70));
        let groups: Vec<_> = one.groups().collect();
        assert_eq!((one.retained, groups), (70, vec![GroupId::ROOT]));
        assert_eq!(one.survivor_bytes, 20.0);
    }

    /// A candidate of no size.
    fn candidate() -> Candidate {
        Candidate {
            group: GroupId::ROOT,
            siblings: Vec::new(),
            sample: NodeId::ROOT,
            owner: NodeId::ROOT,
            edge: None,
            other_holders: Vec::new(),
            survivor_bytes: 0.0,
            score: 0.0,
            count: 0,
            count_before: 0,
            retained: 0,
            survivors: 0,
            survivors_over_ms: None,
            kept_all: false,
            old_ones_go: false,
        }
    }

    #[test]
    fn parts_of_a_collections_members_are_the_collections_leak_if_one_line_adds_both() {
        let one = suspect("a", "orders", 7, Some(3));
        let is_same = |name, line| is_same_leak(&one, &suspect("b", name, 9, line));
        assert!(is_same("orders[*].lines", Some(3)));
        assert!(!is_same("orders[*].lines", Some(4)));
        assert!(!is_same("orders.lines", Some(3)));
        let unknown = suspect("a", "orders", 7, None);
        let part = suspect("b", "orders[*].lines", 9, None);
        assert!(!is_same_leak(&unknown, &part));
    }

    #[test]
    fn a_line_is_known_by_its_original() {
        let mut place = at(1);
        place.original = Some(crate::place::OriginalLocation {
            location: location("/app/orders.ts", 30),
            name: None,
        });
        assert_eq!(place.text(), "orders.ts:30");
        for (url, told) in [
            (
                "/app/node_modules/.pnpm/ws@8.1.0/node_modules/ws/a.js",
                "a.js:7 in ws 8.1.0",
            ),
            ("/app/node_modules/@x/y/a.js", "a.js:7 in @x/y"),
            (r"C:\app\b.js", "b.js:7"),
        ] {
            assert_eq!(Place::from(location(url, 7)).text(), told);
        }
    }

    #[test]
    fn only_a_few_lines_of_each_role_are_told() {
        let found = (1..50)
            .map(|line| (LocationRole::Scope, at(line)))
            .collect();
        assert_eq!(told(found).len(), MAX_LOCATIONS_OF_A_ROLE);
    }

    #[test]
    fn a_renamed_variable_is_told_by_its_own_name() {
        let renamed = Some(RenamedVariable {
            running: "t".to_owned(),
            original: "bus".to_owned(),
        });
        for (path, told) in [
            ("t", "bus"),
            ("t._events.shipped", "bus._events.shipped"),
            ("t[*]", "bus[*]"),
            ("ta.b", "ta.b"),
            ("a.t", "a.t"),
        ] {
            assert_eq!(renamed_access(path.to_owned(), renamed.as_ref()), told);
        }
        assert_eq!(renamed_access("t".to_owned(), None), "t");
        let words = "`t` has 3; remove it from `t.off` or `ta`, not it";
        assert_eq!(
            renamed_words(words.to_owned(), renamed.as_ref()),
            "`bus` has 3; remove it from `bus.off` or `ta`, not it"
        );
    }
}
