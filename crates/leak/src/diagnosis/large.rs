//! What is big in one capture, and why.
//!
//! One capture has no growth, so it can't tell a leak from a cache. It can tell where the bytes are,
//! by the dominator tree: an object is *large* if what it keeps alive is a percent of the heap. The
//! large objects are the top of the tree, and all bytes are below one of them. From the root down,
//! each large object's children that are large themselves are followed, and the others are summed by
//! group ([`GroupTree`]): a group with enough bytes is an *accumulation*, held by that object. What is
//! left is the object's own: of one big buffer, or together of the many nodes of a list.
//!
//! Going down to where no child dominates is how Eclipse MAT looks for accumulation points; that small
//! siblings count together is what makes a Map of small entries one of them.
//!
//! Time O(n): each node is looked at as the child of one other, and once for the histograms.

use rustc_hash::FxHashMap;

use heapwatch_graph::{AnalyzedHeap, ClassId, NodeId, NodeKind};

use super::candidates::{Candidate, Ranked};
use super::describe::{Describing, HistogramLine};
use super::owner::Holding;
use super::{DiagnosisError, DiagnosisOptions};
use crate::group_tree::{GroupId, GroupTree};
use crate::package::Origin;
use crate::redaction::is_key;
use crate::report::{AgeMethod, Diagnosis, LargeObjects};
use crate::site_query::SourceSites;
use crate::text;

/// Part of the heap that makes an object large: with less, there would be more than a hundred.
const LARGE_SHARE: u64 = 100;
/// The same for what is V8's or Node's own, such as compiled code and Node's modules: they fill a third
/// of the heap of a small program, and nobody can do anything about them.
const LARGE_SHARE_OF_NODE: f64 = 0.5;
/// And so many bytes at least, several times what Node has in a process that does nothing.
const LARGE_BYTES_OF_NODE: u64 = 32 << 20;
/// So many times the findings that are told are looked at, as Node's own are left out.
const LOOKED_AT: usize = 4;

/// Members of a group and their bytes.
#[derive(Clone, Copy)]
struct Sum {
    bytes: u64,
    count: u64,
    sample: NodeId,
}

impl Sum {
    fn add(sums: &mut FxHashMap<GroupId, Sum>, group: GroupId, other: Sum) {
        let sum = sums.entry(group).or_insert(Sum {
            bytes: 0,
            count: 0,
            sample: other.sample,
        });
        sum.bytes += other.bytes;
        sum.count += other.count;
    }
}

/// Tells what is big in a heap, largest first.
pub(super) fn diagnose_one(
    heap: &AnalyzedHeap,
    options: &DiagnosisOptions,
    sources: &dyn SourceSites,
) -> Result<Diagnosis, DiagnosisError> {
    let tree = GroupTree::new(heap);
    let heap_bytes = heap.graph().total_size();
    let least = (heap_bytes / LARGE_SHARE)
        .max(options.min_growth_bytes)
        .max(1);
    let mut found = large_groups(heap, &tree, least);
    // What hangs on the root by many paths is shared all over the program: strings that are names.
    found.retain(|&(group, sum)| {
        heap.dominators().idom(sum.sample) != NodeId::ROOT || !tree.group(group).is_shared
    });
    found.sort_by(|(a, one), (b, other)| {
        (other.bytes.cmp(&one.bytes)).then(one.sample.cmp(&other.sample).then(a.0.cmp(&b.0)))
    });
    found.truncate(options.max_suspects.saturating_mul(LOOKED_AT));
    let groups: Vec<GroupId> = found.iter().map(|(group, _)| *group).collect();
    let ranked = Ranked {
        candidates: Vec::new(),
        survivor_bytes: 0.0,
    };
    let histograms = histograms(heap, &tree, &groups);
    let describing = Describing::of_one_capture(heap, &tree, &ranked, sources, options, histograms);
    let mut large: Vec<LargeObjects> = (candidates(heap, &tree, &found).iter())
        .map(|candidate| {
            let is_of_v8 = is_of_v8(heap, candidate.sample);
            (large_objects(&describing, heap, &tree, candidate), is_of_v8)
        })
        .filter(|(one, is_of_v8)| {
            let is_too_much =
                one.share_of_heap >= LARGE_SHARE_OF_NODE && one.bytes >= LARGE_BYTES_OF_NODE;
            is_too_much || !(*is_of_v8 || is_of_node(one))
        })
        .map(|(one, _)| one)
        .take(options.max_suspects)
        .collect();
    for (i, one) in large.iter_mut().enumerate() {
        one.rank = i + 1;
    }
    Ok(Diagnosis {
        method: AgeMethod::OneCapture,
        captures: 1,
        heap_bytes,
        heap_growth_bytes: 0,
        survivor_bytes: 0,
        unexplained_bytes: 0,
        suspects: Vec::new(),
        large,
    })
}

/// Groups that keep at least so many bytes, as far as none of their members does so alone.
fn large_groups(heap: &AnalyzedHeap, tree: &GroupTree, least: u64) -> Vec<(GroupId, Sum)> {
    let mut found = FxHashMap::default();
    let mut own: FxHashMap<GroupId, Sum> = FxHashMap::default();
    let mut waiting = vec![NodeId::ROOT];
    let mut small: FxHashMap<GroupId, Sum> = FxHashMap::default();
    while let Some(node) = waiting.pop() {
        let mut left = 0;
        let mut parts = vec![node];
        while let Some(part) = parts.pop() {
            left += heap.shallow(part);
            for &child in heap.dominated().of(part) {
                let bytes = heap.dominators().retained(child);
                if bytes < least {
                    let (count, sample) = (1, child);
                    let one = Sum {
                        bytes,
                        count,
                        sample,
                    };
                    Sum::add(&mut small, tree.of(child), one);
                } else if heap.graph().kind(child) == NodeKind::Array {
                    // The table of a Map, whose bytes are the Map's.
                    parts.push(child);
                } else {
                    waiting.push(child);
                }
            }
        }
        let mut largest: Option<(GroupId, u64)> = None;
        for (group, sum) in small.drain() {
            if sum.bytes < least {
                left += sum.bytes;
                continue;
            }
            Sum::add(&mut found, group, sum);
            if largest.is_none_or(|(other, most)| (sum.bytes, group.0) > (most, other.0)) {
                largest = Some((group, sum.bytes));
            }
        }
        if let Some(accumulation) = largest.and_then(|(group, _)| found.get_mut(&group)) {
            // What a Map has of its own is there for its entries.
            accumulation.bytes += left;
        } else if node != NodeId::ROOT {
            let (bytes, count, sample) = (left, 1, node);
            Sum::add(
                &mut own,
                tree.of(node),
                Sum {
                    bytes,
                    count,
                    sample,
                },
            );
        }
    }
    own.retain(|_, sum| sum.bytes >= least);
    for (group, sum) in own {
        Sum::add(&mut found, group, sum);
    }
    found.into_iter().collect()
}

/// Whether an object is a part of V8 and nothing that a program made.
fn is_of_v8(heap: &AnalyzedHeap, node: NodeId) -> bool {
    matches!(
        heap.graph().kind(node),
        NodeKind::Code | NodeKind::ObjectShape | NodeKind::Hidden | NodeKind::Synthetic
    )
}

/// Whether all code that is known of a finding is Node's, or it hangs on the root or a realm itself.
fn is_of_node(found: &LargeObjects) -> bool {
    let in_path = found.path.iter().filter_map(|step| step.location.as_ref());
    let in_lines = found.locations.iter().map(|line| &line.place);
    let mut origins = in_path
        .chain(in_lines)
        .map(|place| place.origin())
        .peekable();
    let has_code = origins.peek().is_some();
    let is_of_realm = (found.path.iter()).any(|step| step.class == "system / NativeContext")
        || found.owner.class == "(root)";
    (has_code || is_of_realm) && origins.all(|origin| origin == Origin::Node)
}

/// A candidate for each place: entries of one collection, such as the keys and the values of a Map, are
/// told together, as what has most of the bytes.
fn candidates(heap: &AnalyzedHeap, tree: &GroupTree, found: &[(GroupId, Sum)]) -> Vec<Candidate> {
    let is_entry = |candidate: &Candidate| {
        let edge = candidate.edge.map(|edge| heap.graph().edge(edge));
        edge.is_none_or(|edge| is_key(heap, edge))
    };
    let mut places: Vec<Candidate> = Vec::new();
    for &(group, sum) in found {
        let one = candidate(heap, tree, group, sum);
        let is_same = |place: &&mut Candidate| place.owner == one.owner && is_entry(place);
        match places.iter_mut().find(is_same).filter(|_| is_entry(&one)) {
            Some(place) => {
                place.retained += one.retained;
                place.siblings.push(group);
            }
            None => places.push(one),
        }
    }
    places
}

fn candidate(heap: &AnalyzedHeap, tree: &GroupTree, group: GroupId, sum: Sum) -> Candidate {
    Candidate {
        group,
        siblings: Vec::new(),
        sample: sum.sample,
        owner: heap.dominators().idom(sum.sample),
        edge: tree.edge_from_dominator(sum.sample),
        other_holders: Vec::new(),
        survivor_bytes: 0.0,
        score: 0.0,
        count: sum.count,
        count_before: 0,
        retained: sum.bytes,
        survivors: 0,
        survivors_over_ms: None,
        kept_all: false,
        old_ones_go: false,
    }
}

/// By group, what is at or below its members and nearer to them than to those of another group.
fn histograms(
    heap: &AnalyzedHeap,
    tree: &GroupTree,
    groups: &[GroupId],
) -> FxHashMap<GroupId, FxHashMap<ClassId, HistogramLine>> {
    let mut histograms: FxHashMap<GroupId, FxHashMap<ClassId, HistogramLine>> = groups
        .iter()
        .map(|&group| (group, FxHashMap::default()))
        .collect();
    let mut below: Vec<Option<GroupId>> = vec![None; heap.graph().node_count()];
    for node in heap.dominated().top_down().skip(1) {
        let own = tree.of(node);
        let group = if histograms.contains_key(&own) {
            Some(own)
        } else {
            below[heap.dominators().idom(node).index()]
        };
        below[node.index()] = group;
        if let Some(histogram) = group.and_then(|group| histograms.get_mut(&group)) {
            let class = heap.classes().of(node);
            let line = histogram
                .entry(class)
                .or_insert_with(|| HistogramLine::of(node));
            line.add(heap.shallow(node));
        }
    }
    histograms
}

fn large_objects(
    describing: &Describing<'_>,
    heap: &AnalyzedHeap,
    tree: &GroupTree,
    candidate: &Candidate,
) -> LargeObjects {
    let holding = Holding::new(heap, tree, candidate);
    let told = describing.told(candidate, &holding, &describing.sites(&holding));
    let share = candidate.retained as f64 / heap.graph().total_size().max(1) as f64;
    let evidence = evidence(
        candidate,
        &told.class,
        &told.owner.name,
        &told.owner.class,
        share,
    );
    let advice = if holding.is_collection(heap) {
        format!(
            "If `{}` is a cache, it needs a bound; if it is in use, this is what the service takes. \
             Compare with a later capture: only growth tells a leak.",
            told.owner.name
        )
    } else {
        "Ask whether this has to be in memory all the time. Compare with a later capture: only growth \
         tells a leak."
            .to_owned()
    };
    LargeObjects {
        rank: 0,
        share_of_heap: share,
        bytes: candidate.retained,
        count: candidate.count,
        class: told.class,
        owner: told.owner,
        path: told.path,
        locations: told.locations,
        histogram: told.histogram,
        examples: told.examples,
        evidence,
        advice,
        fingerprint: told.fingerprint,
    }
}

fn evidence(
    candidate: &Candidate,
    class: &str,
    owner: &str,
    owner_class: &str,
    share: f64,
) -> String {
    let size = text::bytes(candidate.retained);
    let part = format!("{:.0} % of the heap", 100.0 * share);
    if candidate.count == 1 {
        return format!("One {class} in `{owner}` ({owner_class}) takes {size}, {part}.");
    }
    format!(
        "`{owner}` ({owner_class}) keeps {} {class} alive: {size}, {part}, {} each.",
        text::count(candidate.count),
        text::bytes(candidate.retained / candidate.count),
    )
}
