//! What is different between two heaps: per class, and per collection.
//!
//! **Classes** are compared as in DevTools. Plain objects of both heaps go by the interfaces of the
//! newer one, and objects without bytes don't count. If both heaps are captures of one process,
//! classes are merged by key, and ids tell which objects are new and which are gone: within each
//! class both lists are sorted by id and merged. Otherwise classes are merged by name and source
//! position, and only the difference of the counts is known.
//!
//! Whether ids agree is checked, not assumed: of the objects with an odd id in both heaps, nearly
//! all must have the same kind and name. (Even ids belong to V8's and Node's own nodes; DevTools
//! compares them as well, and so does this, though V8 may number those anew.)
//!
//! **Collections** are merged by how code reaches them ([`access_paths`](crate::access_paths)) and
//! class: the sum over all instances of `OrderStore` is in `OrderStore.pending`.
//!
//! O(n log n) for the sort of ids within classes; 8 bytes a node of both heaps.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::access_paths::{AccessPaths, Keys};
use crate::analyzed::AnalyzedHeap;
use crate::classes::{ClassId, ClassSummary, Classes};
use crate::collections::{CollectionKind, all_collections};
use crate::error::GraphError;
use crate::ids::NodeId;
use crate::locations::SourceLocation;
use crate::progress::{Progress, Stage};

/// Part of the objects with a common id that must be the same in both heaps. V8 reuses addresses,
/// so a few objects carry the id of another; heaps of different processes agree on far fewer.
const MIN_AGREEMENT: f64 = 0.98;
/// One object in this many is compared for that.
const SAMPLED_ONE_IN: u32 = 64;
/// Nodes up to which all are compared.
const SAMPLE_ALL_UP_TO: usize = 1 << 16;
/// Collections between two looks at the cancel flag: about a millisecond.
const COLLECTIONS_PER_CHECK: usize = 1 << 10;

/// How objects were told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiffMethod {
    /// By id: the heaps are of one process.
    ObjectIds,
    /// Not at all: `added` and `removed` are differences of counts.
    Counts,
}

/// A class that is different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassDiff {
    /// As in [`ClassSummary`].
    pub name: String,
    /// As in [`ClassSummary`], of the newer heap if both have the class.
    pub key: String,
    /// As in [`ClassSummary`].
    pub location: Option<SourceLocation>,
    /// Objects that are only in the newer heap.
    pub added: u64,
    /// Objects that are only in the older heap.
    pub removed: u64,
    /// Shallow bytes of the added ones.
    pub added_bytes: u64,
    /// Shallow bytes of the removed ones.
    pub removed_bytes: u64,
    /// Objects in the newer heap.
    pub count: u64,
    /// Objects in the older heap.
    pub count_before: u64,
    /// Shallow bytes in the newer heap.
    #[serde(rename = "self")]
    pub self_size: u64,
    /// Shallow bytes in the older heap.
    pub self_before: u64,
}

/// Collections that are reached alike and have more or fewer entries.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionDiff {
    /// How code reaches them.
    pub name: String,
    /// Name of their class.
    pub class: String,
    /// What they are.
    pub kind: CollectionKind,
    /// Visible entries in the older heap.
    pub before: u64,
    /// Visible entries in the newer heap.
    pub after: u64,
    /// `after` less `before`.
    pub delta: i64,
    /// Collections in the older heap.
    pub instances_before: u64,
    /// Collections in the newer heap.
    pub instances: u64,
}

/// Both heaps as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiffTotals {
    /// Objects that are only in the newer heap.
    pub added: u64,
    /// Objects that are only in the older heap.
    pub removed: u64,
    /// Shallow bytes of the added ones.
    pub added_bytes: u64,
    /// Shallow bytes of the removed ones.
    pub removed_bytes: u64,
    /// Bytes of the newer heap.
    #[serde(rename = "self")]
    pub self_size: u64,
    /// Bytes of the older heap.
    pub self_before: u64,
}

/// What is different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HeapDiff {
    /// How objects were told apart.
    pub method: DiffMethod,
    /// Classes that differ, those that gained most bytes first.
    pub classes: Vec<ClassDiff>,
    /// Collections that differ, by number of entries, the largest difference first.
    pub collections: Vec<CollectionDiff>,
    /// Sums over all classes.
    pub totals: DiffTotals,
}

/// Compares a heap with an older one.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn heap_diff(
    older: &AnalyzedHeap,
    newer: &AnalyzedHeap,
    progress: &Progress<'_>,
) -> Result<HeapDiff, GraphError> {
    progress.at(Stage::Classes, 0.0)?;
    let method = match ids_agree(older, newer) {
        true => DiffMethod::ObjectIds,
        false => DiffMethod::Counts,
    };
    let mut classes = class_diffs(older, newer, method, progress)?;
    let totals = totals(&classes, older, newer);
    classes.retain(|class| {
        class.added > 0 || class.removed > 0 || class.self_size != class.self_before
    });
    classes.sort_by_cached_key(|class| {
        let gained = i128::from(class.added_bytes) - i128::from(class.removed_bytes);
        (Reverse(gained), class.name.clone(), class.location.clone())
    });
    Ok(HeapDiff {
        method,
        classes,
        collections: collection_diffs(older, newer, progress)?,
        totals,
    })
}

/// Whether an id means the same object in both heaps. O(n).
fn ids_agree(older: &AnalyzedHeap, newer: &AnalyzedHeap) -> bool {
    let (old, new) = (older.graph(), newer.graph());
    if old.newest_object_id() == 0 || new.newest_object_id() < old.newest_object_id() {
        return false;
    }
    let one_in = if old.node_count() > SAMPLE_ALL_UP_TO {
        SAMPLED_ONE_IN
    } else {
        1
    };
    let (mut shared, mut same) = (0u32, 0u32);
    for node in old.nodes() {
        let id = old.object_id(node);
        if id % 2 == 0 || !is_program_object(old.kind(node)) || (id / 2) % one_in != 0 {
            continue;
        }
        if let Some(twin) = newer.find_object(id) {
            shared += 1;
            same += u32::from(old.kind(node) == new.kind(twin) && old.name(node) == new.name(twin));
        }
    }
    shared > 0 && f64::from(same) >= MIN_AGREEMENT * f64::from(shared)
}

/// Kinds whose names don't change: V8 flattens strings and renames its own parts.
fn is_program_object(kind: crate::kinds::NodeKind) -> bool {
    kind.is_js_object()
}

/// What makes two classes one.
#[derive(PartialEq, Eq, Hash)]
enum ClassKey<'h> {
    /// The key: scripts have the same ids in all captures of a process.
    OneProcess(&'h str),
    /// Name and position.
    Any(&'h str, Option<&'h SourceLocation>),
}

impl<'h> ClassKey<'h> {
    fn new(class: &'h ClassSummary, method: DiffMethod) -> Self {
        match method {
            DiffMethod::ObjectIds => Self::OneProcess(&class.key),
            DiffMethod::Counts => Self::Any(&class.name, class.location.as_ref()),
        }
    }
}

/// All classes of both heaps.
fn class_diffs(
    older: &AnalyzedHeap,
    newer: &AnalyzedHeap,
    method: DiffMethod,
    progress: &Progress<'_>,
) -> Result<Vec<ClassDiff>, GraphError> {
    let before = Classes::by_interfaces_of(newer.graph(), older.graph(), older.scripts());
    progress.at(Stage::Classes, 0.3)?;
    let mut positions = FxHashMap::default();
    let mut diffs = Vec::new();
    let mut after = members(newer, newer.classes(), method, &mut positions, &mut diffs);
    let mut before = members(older, &before, method, &mut positions, &mut diffs);
    after.resize_with(diffs.len(), Vec::new);
    progress.at(Stage::Classes, 0.6)?;
    for ((diff, before), after) in diffs.iter_mut().zip(&mut before).zip(&mut after) {
        progress.check()?;
        diff.count_before = before.len() as u64;
        diff.count = after.len() as u64;
        diff.self_before = bytes(older, before);
        diff.self_size = bytes(newer, after);
        match method {
            DiffMethod::ObjectIds => compare_ids(diff, (older, before), (newer, after)),
            DiffMethod::Counts => compare_counts(diff),
        }
    }
    progress.at(Stage::Classes, 1.0)?;
    Ok(diffs)
}

/// The nodes with bytes of each class, at the class's position in `diffs`.
fn members<'h>(
    heap: &AnalyzedHeap,
    classes: &'h Classes,
    method: DiffMethod,
    positions: &mut FxHashMap<ClassKey<'h>, usize>,
    diffs: &mut Vec<ClassDiff>,
) -> Vec<Vec<NodeId>> {
    let here: Vec<usize> = (0..classes.len() as u32)
        .map(|class| {
            let summary = classes.summary(ClassId(class));
            let next = diffs.len();
            let position = *(positions.entry(ClassKey::new(summary, method))).or_insert(next);
            if position == next {
                diffs.push(empty_diff(summary));
            }
            position
        })
        .collect();
    let mut members = vec![Vec::new(); diffs.len()];
    for node in heap.graph().nodes().filter(|&node| heap.shallow(node) > 0) {
        members[here[classes.of(node).0 as usize]].push(node);
    }
    members
}

fn empty_diff(class: &ClassSummary) -> ClassDiff {
    ClassDiff {
        name: class.name.clone(),
        key: class.key.clone(),
        location: class.location.clone(),
        added: 0,
        removed: 0,
        added_bytes: 0,
        removed_bytes: 0,
        count: 0,
        count_before: 0,
        self_size: 0,
        self_before: 0,
    }
}

fn bytes(heap: &AnalyzedHeap, nodes: &[NodeId]) -> u64 {
    (nodes.iter()).fold(0, |sum, &node| sum.saturating_add(heap.shallow(node)))
}

/// Merges the objects of a class by id.
fn compare_ids(
    diff: &mut ClassDiff,
    (older, before): (&AnalyzedHeap, &mut [NodeId]),
    (newer, after): (&AnalyzedHeap, &mut [NodeId]),
) {
    before.sort_unstable_by_key(|&node| older.graph().object_id(node));
    after.sort_unstable_by_key(|&node| newer.graph().object_id(node));
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let old_id = before.peek().map(|&&node| older.graph().object_id(node));
        let new_id = after.peek().map(|&&node| newer.graph().object_id(node));
        match (old_id, new_id) {
            (None, None) => break,
            (Some(old), Some(new)) if old == new => {
                before.next();
                after.next();
            }
            (Some(old), new) if new.is_none_or(|new| old < new) => {
                diff.removed += 1;
                let size = before.next().map_or(0, |&node| older.shallow(node));
                diff.removed_bytes = diff.removed_bytes.saturating_add(size);
            }
            _ => {
                diff.added += 1;
                let size = after.next().map_or(0, |&node| newer.shallow(node));
                diff.added_bytes = diff.added_bytes.saturating_add(size);
            }
        }
    }
}

fn compare_counts(diff: &mut ClassDiff) {
    diff.added = diff.count.saturating_sub(diff.count_before);
    diff.removed = diff.count_before.saturating_sub(diff.count);
    diff.added_bytes = diff.self_size.saturating_sub(diff.self_before);
    diff.removed_bytes = diff.self_before.saturating_sub(diff.self_size);
}

fn totals(classes: &[ClassDiff], older: &AnalyzedHeap, newer: &AnalyzedHeap) -> DiffTotals {
    let sum = |of: fn(&ClassDiff) -> u64| {
        (classes.iter()).fold(0u64, |sum, class| sum.saturating_add(of(class)))
    };
    DiffTotals {
        added: sum(|class| class.added),
        removed: sum(|class| class.removed),
        added_bytes: sum(|class| class.added_bytes),
        removed_bytes: sum(|class| class.removed_bytes),
        self_size: newer.graph().total_size(),
        self_before: older.graph().total_size(),
    }
}

#[derive(Clone, Copy, Default)]
struct Entries {
    size: u64,
    instances: u64,
}

type CollectionKey = (String, String, CollectionKind);

fn collection_diffs(
    older: &AnalyzedHeap,
    newer: &AnalyzedHeap,
    progress: &Progress<'_>,
) -> Result<Vec<CollectionDiff>, GraphError> {
    let mut both: FxHashMap<CollectionKey, [Entries; 2]> = FxHashMap::default();
    for (i, heap) in [older, newer].into_iter().enumerate() {
        let found = all_collections(heap, progress)?;
        progress.at(Stage::Paths, i as f64 / 2.0)?;
        let names = AccessPaths::new(heap, Keys::Merged);
        for (done, collection) in found.iter().enumerate() {
            if done % COLLECTIONS_PER_CHECK == 0 {
                progress.check()?;
            }
            let class = heap.class_name(collection.node).to_owned();
            let key = (names.of(collection.node), class, collection.kind);
            let entries = &mut both.entry(key).or_default()[i];
            let size = collection.contents.size.unwrap_or(0);
            entries.size = entries.size.saturating_add(size);
            entries.instances += 1;
        }
    }
    progress.at(Stage::Paths, 1.0)?;
    let mut diffs: Vec<_> = (both.into_iter())
        .map(|(key, [before, after])| collection_diff(key, before, after))
        .filter(|diff| diff.delta != 0)
        .collect();
    diffs.sort_by(|a, b| {
        let key = |d: &CollectionDiff| (Reverse(d.delta.unsigned_abs()), d.kind);
        (key(a), &a.name, &a.class).cmp(&(key(b), &b.name, &b.class))
    });
    Ok(diffs)
}

fn collection_diff(
    (name, class, kind): CollectionKey,
    before: Entries,
    after: Entries,
) -> CollectionDiff {
    let signed = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
    CollectionDiff {
        name,
        class,
        kind,
        before: before.size,
        after: after.size,
        delta: signed(after.size) - signed(before.size),
        instances_before: before.instances,
        instances: after.instances,
    }
}
