//! What a capture leaves behind for later ones, so that its graph can be freed: the number of
//! members of each group, the newest object id, and a sample of objects that proves whether object
//! ids mean the same in a later capture.

use rustc_hash::FxHashMap;

use heapwatch_graph::{AnalyzedHeap, NodeId, NodeKind};

use crate::fingerprint::Fingerprint;
use crate::group_tree::GroupTree;

/// One object in this many is kept to check ids by. A few thousand of a few million are plenty to
/// tell 98 % from chance.
const SAMPLED_ONE_IN: u64 = 512;
/// At most so many, whatever the size of the heap.
const MAX_SAMPLED: usize = 4096;
/// Of the sampled objects that are still there, so many must still be of the same kind and name
/// for the ids to be taken as stable: one process stays above 0.99, unrelated ones far below.
const MIN_AGREEMENT: f64 = 0.98;

/// Sizes of one group in one capture.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GroupSize {
    pub(crate) count: u64,
    pub(crate) retained: u64,
    /// Members that appeared since the capture before.
    pub(crate) new: u64,
}

/// An earlier capture, reduced to what diagnosis needs of it.
#[derive(Debug)]
pub struct CaptureSummary {
    pub(crate) taken_at_ms: Option<f64>,
    pub(crate) newest_object_id: u32,
    pub(crate) total_size: u64,
    pub(crate) groups: FxHashMap<u64, GroupSize>,
    sample: FxHashMap<u32, u64>,
}

impl CaptureSummary {
    /// Sums up a capture. `previous` is the summary of the capture before it, `taken_at_ms` any
    /// steady clock, the same for all captures.
    pub fn new(
        heap: &AnalyzedHeap,
        previous: Option<&CaptureSummary>,
        taken_at_ms: Option<f64>,
    ) -> Self {
        let tree = GroupTree::new(heap);
        let graph = heap.graph();
        let mut new = vec![0u64; tree.groups.len()];
        let newest_before = previous.map_or(u32::MAX, |p| p.newest_object_id);
        for node in graph.nodes() {
            let id = graph.object_id(node);
            if id % 2 == 1 && id > newest_before {
                new[tree.of(node).index()] += 1;
            }
        }
        let sizes = (tree.groups.iter().zip(new)).map(|(group, new)| {
            let (count, retained) = (group.count, group.retained);
            (
                group.key,
                GroupSize {
                    count,
                    retained,
                    new,
                },
            )
        });
        Self {
            taken_at_ms,
            newest_object_id: graph.newest_object_id(),
            total_size: graph.total_size(),
            groups: sizes.collect(),
            sample: sample(heap),
        }
    }

    /// Whether object ids of a later capture mean the same objects: that the later one's newest id
    /// is not older, and that the sampled objects which still exist have not changed.
    pub(crate) fn ids_agree_with(&self, later: &AnalyzedHeap) -> bool {
        let graph = later.graph();
        if self.newest_object_id == 0 || graph.newest_object_id() < self.newest_object_id {
            return false;
        }
        let (mut found, mut same) = (0u32, 0u32);
        for node in graph.nodes() {
            if let Some(&identity) = self.sample.get(&graph.object_id(node)) {
                found += 1;
                same += u32::from(identity == identity_of(later, node));
            }
        }
        // Without a single survivor nothing can be proved, and nothing is: every heap has some.
        found > 0 && f64::from(same) >= MIN_AGREEMENT * f64::from(found)
    }

    /// Bytes of memory held, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.groups.capacity() * (size_of::<(u64, GroupSize)>() + 1)
            + self.sample.capacity() * (size_of::<(u32, u64)>() + 1)
    }
}

/// Objects spread over all ages: the choice depends on the id alone.
fn sample(heap: &AnalyzedHeap) -> FxHashMap<u32, u64> {
    let graph = heap.graph();
    let one_in = SAMPLED_ONE_IN.min(1 + graph.node_count() as u64 / 64);
    (graph.nodes())
        .filter(|&node| {
            let id = graph.object_id(node);
            id % 2 == 1 && Fingerprint::new().number(u64::from(id)).get() % one_in == 0
        })
        .take(MAX_SAMPLED)
        .map(|node| (graph.object_id(node), identity_of(heap, node)))
        .collect()
}

fn identity_of(heap: &AnalyzedHeap, node: NodeId) -> u64 {
    let graph = heap.graph();
    let kind = graph.kind(node);
    // A string that is flattened changes its kind, and V8 may rename its own parts.
    let name = match kind {
        NodeKind::Object | NodeKind::Closure => graph.name(node),
        _ => "",
    };
    let kind = if kind.is_string() {
        NodeKind::String
    } else {
        kind
    };
    Fingerprint::new().text(name).number(kind as u64).get()
}
