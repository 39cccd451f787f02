//! From a ranked candidate to a suspect that people can read: owner, path, lines, histogram,
//! evidence, fingerprint.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use heapwatch_graph::{
    AnalyzedHeap, ClassId, EdgeId, EdgeKind, EdgeName, NodeId, NodeKind, PathStep, SourceLocation,
};

use super::ages::Ages;
use super::candidates::{Candidate, Ranked};
use super::owner::{Holding, functions_of_scope, is_dictionary, is_scope};
use crate::causes::{Finding, Listeners, plain_evidence, recognise};
use crate::fingerprint::Fingerprint;
use crate::group_tree::GroupId;
use crate::report::{ClassCount, LocationRole, Owner, ReportLocation, ReportStep, Suspect};
use crate::site_query::SourceSites;

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
/// Milliseconds in an hour.
const HOUR: f64 = 3_600_000.0;

pub(super) struct Describing<'a> {
    heap: &'a AnalyzedHeap,
    ranked: &'a Ranked,
    sources: &'a dyn SourceSites,
    histograms: FxHashMap<GroupId, FxHashMap<ClassId, (u64, u64)>>,
}

impl<'a> Describing<'a> {
    pub(super) fn new(
        heap: &'a AnalyzedHeap,
        ages: &Ages,
        ranked: &'a Ranked,
        sources: &'a dyn SourceSites,
    ) -> Self {
        let histograms = histograms(heap, ages, &ranked.candidates);
        Self {
            heap,
            ranked,
            sources,
            histograms,
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
        let holding = Holding::new(self.heap, candidate);
        let locations = self.locations(candidate, &holding);
        let class = self.member_name(candidate.sample);
        let owner = self.owner(&holding, &locations);
        let gained = candidate.count.saturating_sub(candidate.count_before);
        let finding = Finding {
            class: &class,
            owner_class: &owner.class,
            owner_name: &owner.name,
            listeners: None,
            count: candidate.count,
            gained,
            bytes: candidate.retained,
            line: locations.first().map(|l| file_and_line(&l.location)),
        };
        let emitter = holding.events_step(self.heap).map(|events| {
            let emitter = holding.access_path(self.heap, events - 1);
            (emitter, self.event_name(&holding, events))
        });
        let finding = Finding {
            listeners: emitter.as_ref().map(|(emitter, event)| Listeners {
                emitter,
                event: event.as_deref(),
            }),
            ..finding
        };
        let cause = recognise(&finding);
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
            cause: cause.as_ref().map(|cause| cause.id),
            evidence: match &cause {
                Some(cause) => cause.evidence.clone(),
                None => plain_evidence(&finding),
            },
            advice: cause.map_or_else(|| PLAIN_ADVICE.to_owned(), |cause| cause.advice),
            fingerprint: self.fingerprint(&holding),
            path: self.path(&holding.steps),
            independent_retainers: self.other_holders(&candidate.other_holders),
            histogram: self.histogram(candidate),
            class,
            owner,
            locations,
        }
    }

    fn owner(&self, holding: &Holding, locations: &[ReportLocation]) -> Owner {
        let node = holding.owner_node();
        let declared = locations.iter().find(|l| l.role == LocationRole::Declared);
        let around = || {
            let above = holding.steps[..=holding.owner].iter().rev();
            above.filter_map(|step| self.heap.locate(step.node)).next()
        };
        Owner {
            class: self.member_name(node),
            name: holding.owner_name(self.heap),
            id: self.heap.graph().object_id(node),
            location: declared.map(|l| l.location.clone()).or_else(around),
        }
    }

    /// The event whose listeners accumulate, unless event names are keys.
    fn event_name(&self, holding: &Holding, events: usize) -> Option<String> {
        if is_dictionary(self.heap, holding.steps[events].node) {
            return None;
        }
        let edge = holding.steps.get(events + 1)?.edge?;
        Some(self.heap.graph().edge_label(edge).into_owned())
    }

    /// The lines that matter, the one at fault first.
    fn locations(&self, candidate: &Candidate, holding: &Holding) -> Vec<ReportLocation> {
        let heap = self.heap;
        let mut found = Vec::new();
        let own = match heap.graph().kind(candidate.sample) {
            NodeKind::Closure => LocationRole::Function,
            _ => LocationRole::Class,
        };
        found.extend(
            heap.locate(candidate.sample)
                .map(|location| (own, location)),
        );
        if let Some(query) = holding.site_query(heap) {
            for site in self.sources.sites(&query) {
                let role = if site.grows {
                    LocationRole::Grows
                } else {
                    LocationRole::Declared
                };
                let (line, column) = (site.line + 1, site.column + 1);
                found.push((
                    role,
                    SourceLocation {
                        url: query.url.clone(),
                        line,
                        column,
                    },
                ));
            }
        }
        for (role, location) in self.contained(candidate.sample) {
            found.push((role, location));
        }
        for step in holding.steps[..=holding.owner].iter().rev() {
            if is_scope(heap, step.node) {
                let scope = functions_of_scope(heap, step.node);
                found.extend(scope.into_iter().map(|at| (LocationRole::Scope, at)));
                break;
            }
        }
        one_role_each(found)
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
                let location = self
                    .heap
                    .locate(node)
                    .filter(|at| !at.url.starts_with("node:"));
                found.extend(location.map(|at| (LocationRole::Contained, at)));
            }
        }
        found
    }

    fn path(&self, steps: &[PathStep]) -> Vec<ReportStep> {
        let mut from = None;
        let mut path = Vec::with_capacity(steps.len());
        for step in steps {
            path.push(ReportStep {
                class: self.member_name(step.node),
                edge: step.edge.map(|edge| self.edge_text(from, edge)),
                kind: step.edge.map(|edge| edge.kind.name()),
                location: self.heap.locate(step.node),
            });
            from = Some(step.node);
        }
        path
    }

    fn other_holders(&self, edges: &[EdgeId]) -> Vec<ReportStep> {
        let holder = |&id: &EdgeId| {
            let source = self.heap.graph().edge_source(id);
            let edge = self.heap.graph().edge(id);
            ReportStep {
                class: self.member_name(source),
                edge: Some(self.edge_text(Some(source), edge)),
                kind: Some(edge.kind.name()),
                location: self.heap.locate(source),
            }
        };
        edges.iter().map(holder).collect()
    }

    /// An edge's name; keys of dictionaries and indexes are not told.
    fn edge_text(&self, from: Option<NodeId>, edge: heapwatch_graph::Edge) -> String {
        let is_key = edge.kind == EdgeKind::Property
            && from.is_some_and(|from| is_dictionary(self.heap, from));
        match edge.name() {
            EdgeName::Index(_) => "[*]".to_owned(),
            EdgeName::Name(_) if is_key => "[*]".to_owned(),
            EdgeName::Name(name) => {
                let text = self.heap.graph().strings().get(name);
                let is_slot = text.starts_with(|c: char| c.is_ascii_digit());
                if is_slot {
                    "[*]".to_owned()
                } else {
                    text.to_owned()
                }
            }
        }
    }

    /// What an object is called: functions by name, strings never by content.
    fn member_name(&self, node: NodeId) -> String {
        let graph = self.heap.graph();
        match graph.kind(node) {
            NodeKind::Closure if graph.name(node).is_empty() => "(anonymous function)".to_owned(),
            NodeKind::Closure => format!("{}()", graph.name(node)),
            kind if kind.is_string() => "(string)".to_owned(),
            _ if is_scope(self.heap, node) => "(scope)".to_owned(),
            NodeKind::Synthetic | NodeKind::Hidden if node != NodeId::ROOT => {
                graph.name(node).to_owned()
            }
            NodeKind::Array if !graph.name(node).is_empty() => graph.name(node).to_owned(),
            _ if node == NodeId::ROOT => "(root)".to_owned(),
            _ => self.heap.class_name(node).to_owned(),
        }
    }

    fn fingerprint(&self, holding: &Holding) -> String {
        let steps = &holding.steps;
        let first = steps.len().saturating_sub(FINGERPRINT_STEPS);
        let mut from = first.checked_sub(1).map(|i| steps[i].node);
        let mut hash = Fingerprint::new();
        for step in &steps[first..] {
            hash = hash.text(&self.stable_class(step.node));
            if let Some(edge) = step.edge {
                hash = hash.text(&self.edge_text(from, edge));
            }
            from = Some(step.node);
        }
        format!("{:016x}", hash.get())
    }

    /// A class name that doesn't depend on how common an object's shape is at the moment.
    fn stable_class(&self, node: NodeId) -> String {
        let graph = self.heap.graph();
        match graph.kind(node) {
            NodeKind::Object => graph.name(node).to_owned(),
            _ => self.member_name(node),
        }
    }

    fn histogram(&self, candidate: &Candidate) -> Vec<ClassCount> {
        let mut sums: FxHashMap<ClassId, (u64, u64)> = FxHashMap::default();
        for group in candidate.groups() {
            for (&class, &(count, bytes)) in self.histograms.get(&group).into_iter().flatten() {
                let sum = sums.entry(class).or_default();
                *sum = (sum.0 + count, sum.1 + bytes);
            }
        }
        let mut lines: Vec<ClassCount> = (sums.into_iter())
            .map(|(class, (count, bytes))| ClassCount {
                class: self.heap.classes().summary(class).name.clone(),
                count,
                bytes,
            })
            .collect();
        lines.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.class.cmp(&b.class)));
        lines.truncate(MAX_HISTOGRAM);
        lines
    }
}

const PLAIN_ADVICE: &str = "Follow the path from the owner: whoever adds to it has to remove again, \
                            or the owner has to end with the work it serves.";

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).min(1.0)
    } else {
        0.0
    }
}

/// `orders.js:42`
fn file_and_line(at: &SourceLocation) -> String {
    let file = at.url.rsplit(['/', '\\']).next().unwrap_or(&at.url);
    format!("{file}:{}", at.line)
}

/// Surviving bytes by class, for the groups of the candidates.
fn histograms(
    heap: &AnalyzedHeap,
    ages: &Ages,
    candidates: &[Candidate],
) -> FxHashMap<GroupId, FxHashMap<ClassId, (u64, u64)>> {
    let mut histograms: FxHashMap<_, FxHashMap<ClassId, (u64, u64)>> = candidates
        .iter()
        .flat_map(Candidate::groups)
        .map(|group| (group, FxHashMap::default()))
        .collect();
    for node in heap.graph().nodes() {
        let young = ages.epoch(node) > 0 && (ages.epoch(node) < ages.newest || ages.newest == 1);
        let Some(group) = ages.crossing(node).filter(|_| young || !ages.by_ids) else {
            continue;
        };
        if let Some(histogram) = histograms.get_mut(&group) {
            let line = histogram.entry(heap.classes().of(node)).or_default();
            *line = (line.0 + 1, line.1 + heap.shallow(node));
        }
    }
    histograms
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
