//! From a ranked candidate to a suspect that people can read: owner, path, lines, histogram,
//! evidence, fingerprint.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use heapwatch_graph::{
    AnalyzedHeap, ClassId, Edge, EdgeId, NodeId, NodeKind, PathStep, SourceLocation,
};

use super::ages::Ages;
use super::candidates::{Candidate, Ranked};
use super::owner::{Holding, functions_of_scope};
use super::tally::Tally;
use crate::causes::{Explanation, Finding, explain, file_and_line, is_of_program};
use crate::fingerprint::Fingerprint;
use crate::group_tree::{GroupId, GroupTree};
use crate::redaction::{class_name, edge_name, is_scope, node_name};
use crate::report::{ClassCount, LocationRole, Owner, ReportLocation, ReportStep, Suspect};
use crate::site_query::{SiteEffect, SiteQuery, SourceSites};

/// Lines of a histogram that anyone reads.
const MAX_HISTOGRAM: usize = 8;
/// Source lines of one role.
const MAX_LOCATIONS_OF_A_ROLE: usize = 4;
/// How far below a member functions are looked for, and how many nodes are looked at.
const CONTAINED_DEPTH: usize = 3;
const CONTAINED_NODES: usize = 64;
/// The end of the path that a fingerprint covers: the part nearest to the leak is the part that
/// doesn't change when the program around it does.
const FINGERPRINT_STEPS: usize = 6;
/// Members that the cause rules look at: enough to say what most are, few enough to be free.
const MAX_MEMBERS_SEEN: usize = 32;
/// Milliseconds in an hour.
const HOUR: f64 = 3_600_000.0;

/// Surviving objects of one class: how many, their bytes, and one of them.
#[derive(Clone, Copy)]
struct HistogramLine {
    count: u64,
    bytes: u64,
    example: NodeId,
}

type Histogram = FxHashMap<ClassId, HistogramLine>;

pub(super) struct Describing<'a> {
    heap: &'a AnalyzedHeap,
    tree: &'a GroupTree,
    ranked: &'a Ranked,
    tally: &'a Tally,
    sources: &'a dyn SourceSites,
    histograms: FxHashMap<GroupId, Histogram>,
}

impl<'a> Describing<'a> {
    pub(super) fn new(
        heap: &'a AnalyzedHeap,
        tree: &'a GroupTree,
        ages: &Ages,
        (ranked, tally): (&'a Ranked, &'a Tally),
        sources: &'a dyn SourceSites,
    ) -> Self {
        Self {
            heap,
            tree,
            ranked,
            tally,
            sources,
            histograms: histograms(heap, ages, &ranked.candidates),
        }
    }

    pub(super) fn suspects(&self) -> Vec<Suspect> {
        let mut seen = BTreeSet::new();
        let mut suspects: Vec<Suspect> = (self.ranked.candidates.iter())
            .map(|candidate| self.suspect(candidate))
            .filter(|suspect| seen.insert(suspect.fingerprint.clone()))
            .collect();
        for (i, suspect) in suspects.iter_mut().enumerate() {
            suspect.rank = i + 1;
        }
        suspects
    }

    fn suspect(&self, candidate: &Candidate) -> Suspect {
        let holding = Holding::new(self.heap, self.tree, candidate);
        let sites = self.sites(&holding);
        let mut locations = self.locations(candidate, &holding, &sites);
        let class = node_name(self.heap, candidate.sample).into_owned();
        let mut owner = self.owner(&holding, &locations);
        let explanation =
            self.explanation(candidate, &holding, (&class, &owner), &locations, &sites);
        if let Some(at) = explanation.at {
            locations = with_line_at_fault(at, locations);
        }
        owner.name = explanation.owner.unwrap_or(owner.name);
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
            evidence: explanation.evidence,
            advice: explanation.advice,
            fingerprint: self.fingerprint(candidate, &holding),
            path: report_path(self.heap, &holding.steps),
            independent_retainers: self.other_holders(&candidate.other_holders),
            histogram: self.histogram(candidate),
            class,
            owner,
            locations,
        }
    }

    /// What the cause rules say.
    fn explanation(
        &self,
        candidate: &Candidate,
        holding: &Holding,
        (class, owner): (&str, &Owner),
        locations: &[ReportLocation],
        sites: &[(SiteEffect, SourceLocation)],
    ) -> Explanation {
        let line = locations.first().filter(|first| is_at_fault(first.role));
        let members = self.members(candidate);
        let line_of = |effect| {
            let site = sites.iter().find(|(of_site, _)| *of_site == effect);
            site.map(|(_, at)| file_and_line(at))
        };
        let finding = Finding {
            heap: self.heap,
            holding,
            members: &members,
            class,
            owner_class: &owner.class,
            owner_name: &owner.name,
            count: candidate.count,
            gained: candidate.count.saturating_sub(candidate.count_before),
            kept_all: candidate.kept_all,
            old_ones_go: candidate.old_ones_go,
            first_taken_at: line_of(SiteEffect::TakesFirst),
            adds_parts: line_of(SiteEffect::GrowsByPart).is_some(),
            bytes: candidate.retained,
            line: line.map(|l| file_and_line(&l.location)),
        };
        explain(&finding)
    }

    /// Some members of a candidate, the typical one first.
    fn members(&self, candidate: &Candidate) -> Vec<NodeId> {
        let samples = self.tally.groups.get(&candidate.group);
        let samples = samples.map_or(&[][..], |tallied| tallied.samples.nodes());
        let others = samples
            .iter()
            .copied()
            .filter(|&node| node != candidate.sample);
        let step = samples.len().div_ceil(MAX_MEMBERS_SEEN).max(1);
        std::iter::once(candidate.sample)
            .chain(others.step_by(step))
            .collect()
    }

    fn owner(&self, holding: &Holding, locations: &[ReportLocation]) -> Owner {
        let node = holding.owner_node();
        let declared = locations.iter().find(|l| l.role == LocationRole::Declared);
        let around = || {
            let above = holding.steps[..=holding.owner].iter().rev();
            above.filter_map(|step| self.heap.locate(step.node)).next()
        };
        Owner {
            class: node_name(self.heap, node).into_owned(),
            name: holding.owner_name(self.heap),
            id: self.heap.graph().object_id(node),
            location: declared.map(|l| l.location.clone()).or_else(around),
        }
    }

    /// The lines that matter, the one at fault first.
    fn locations(
        &self,
        candidate: &Candidate,
        holding: &Holding,
        sites: &[(SiteEffect, SourceLocation)],
    ) -> Vec<ReportLocation> {
        let heap = self.heap;
        let own = match heap.graph().kind(candidate.sample) {
            NodeKind::Closure => LocationRole::Function,
            _ => LocationRole::Class,
        };
        // That Node's own class or function accumulates says nothing about who lets it.
        let written = heap.locate(candidate.sample).filter(is_of_program);
        let mut found: Vec<_> = written.map(|at| (own, at)).into_iter().collect();
        found.extend(
            sites
                .iter()
                .filter_map(|(effect, at)| Some((role(*effect)?, at.clone()))),
        );
        found.extend(self.contained(candidate.sample));
        let mut above = holding.steps[..=holding.owner].iter().rev();
        if let Some(scope) = above.find(|step| is_scope(heap, step.node)) {
            let functions = functions_of_scope(heap, scope.node);
            found.extend(functions.into_iter().map(|at| (LocationRole::Scope, at)));
        }
        one_role_each(found)
    }

    /// What the sources say of the variable or property that holds the owner.
    fn sites(&self, holding: &Holding) -> Vec<(SiteEffect, SourceLocation)> {
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

    fn answers(&self, query: &SiteQuery) -> Vec<(SiteEffect, SourceLocation)> {
        let sites = self.sources.sites(query).into_iter();
        sites
            .map(|site| {
                let location = SourceLocation {
                    url: query.url.clone(),
                    line: site.line.saturating_add(1),
                    column: site.column.saturating_add(1),
                };
                (site.effect, location)
            })
            .collect()
    }

    /// Functions and classes among what a member keeps alive.
    fn contained(&self, member: NodeId) -> Vec<(LocationRole, SourceLocation)> {
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
                let location = self.heap.locate(node).filter(is_of_program);
                found.extend(location.map(|at| (LocationRole::Contained, at)));
            }
        }
        found
    }

    fn other_holders(&self, edges: &[EdgeId]) -> Vec<ReportStep> {
        let graph = self.heap.graph();
        let edges = edges.iter();
        edges
            .map(|&id| report_step(self.heap, graph.edge_source(id), Some(graph.edge(id))))
            .collect()
    }

    /// Hash of the path to the owner, of how the owner holds what accumulates, and of its class. How
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
pub(crate) fn report_path(heap: &AnalyzedHeap, steps: &[PathStep]) -> Vec<ReportStep> {
    let steps = steps.iter();
    steps
        .map(|step| report_step(heap, step.node, step.edge))
        .collect()
}

fn report_step(heap: &AnalyzedHeap, node: NodeId, edge: Option<Edge>) -> ReportStep {
    ReportStep {
        class: node_name(heap, node).into_owned(),
        edge: edge.map(|edge| edge_name(heap, edge).into_owned()),
        kind: edge.map(|edge| edge.kind.name()),
        location: heap.locate(node),
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
            let line = histogram.entry(class).or_insert(HistogramLine {
                count: 0,
                bytes: 0,
                example: node,
            });
            line.count += 1;
            line.bytes += heap.shallow(node);
        }
    }
    histograms
}

/// The line that a rule holds to be at fault, and the others after it.
fn with_line_at_fault(at: SourceLocation, mut others: Vec<ReportLocation>) -> Vec<ReportLocation> {
    others.retain(|other| (&other.location.url, other.location.line) != (&at.url, at.line));
    let first = ReportLocation {
        role: LocationRole::Function,
        location: at,
    };
    std::iter::once(first).chain(others).collect()
}

/// Each line once, under its strongest role, with a few of each role.
fn one_role_each(mut found: Vec<(LocationRole, SourceLocation)>) -> Vec<ReportLocation> {
    found.sort_by_key(|(role, _)| *role);
    let mut seen = BTreeSet::new();
    let mut of_role: FxHashMap<LocationRole, usize> = FxHashMap::default();
    let mut locations = Vec::new();
    for (role, location) in found {
        let told = of_role.entry(role).or_insert(0);
        if *told < MAX_LOCATIONS_OF_A_ROLE && seen.insert((location.url.clone(), location.line)) {
            *told += 1;
            locations.push(ReportLocation { role, location });
        }
    }
    locations
}

#[cfg(test)]
mod tests {
    use heapwatch_graph::SourceLocation;

    use super::{LocationRole, MAX_LOCATIONS_OF_A_ROLE, one_role_each};

    fn at(line: u32) -> SourceLocation {
        let url = "/app/a.js".to_owned();
        SourceLocation {
            url,
            line,
            column: 1,
        }
    }

    fn told(found: Vec<(LocationRole, SourceLocation)>) -> Vec<(LocationRole, u32)> {
        let locations = one_role_each(found).into_iter();
        locations.map(|l| (l.role, l.location.line)).collect()
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
    fn only_a_few_lines_of_each_role_are_told() {
        let found = (1..50)
            .map(|line| (LocationRole::Scope, at(line)))
            .collect();
        assert_eq!(told(found).len(), MAX_LOCATIONS_OF_A_ROLE);
    }
}
