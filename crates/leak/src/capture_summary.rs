//! What a capture leaves behind for later ones, so that its graph can be freed: the number of
//! members of each group, the newest object id, and a sample of objects that proves whether object
//! ids mean the same in a later capture.

use rustc_hash::FxHashMap;

use heapwatch_graph::{AnalyzedHeap, NodeId, NodeKind};

use crate::fingerprint::Fingerprint;
use crate::group_tree::GroupTree;

/// Objects that are kept to check ids by; all of a heap that has fewer. A few thousand are plenty to
/// tell 98 % from chance.
const SAMPLED: u64 = 4096;
/// Of the sampled objects that are still there, so many must still be of the same kind and name
/// for the ids to be taken as stable: one process stays above 0.99, unrelated ones far below.
const MIN_AGREEMENT: f64 = 0.98;
/// Of the objects with an id that was in use at the earlier capture, so many must have existed
/// then. V8 gives about 0.3 % of new objects the id of one that is gone, so this is far from one
/// process even if most of the heap was replaced, and far from two.
const MIN_KNOWN: f64 = 0.5;

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
    /// Of groups, and of their members of one shape.
    groups: FxHashMap<u64, GroupSize>,
    sample: IdSample,
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
        let shapes = (tree.shapes.iter()).map(|(&shape, &(_, count))| {
            let size = GroupSize {
                count,
                ..GroupSize::default()
            };
            (shape, size)
        });
        Self {
            taken_at_ms,
            newest_object_id: graph.newest_object_id(),
            total_size: graph.total_size(),
            groups: sizes.chain(shapes).collect(),
            sample: IdSample::new(heap),
        }
    }

    /// A group's size; zero if it had no members.
    pub(crate) fn size(&self, key: u64) -> GroupSize {
        self.groups.get(&key).copied().unwrap_or_default()
    }

    /// Whether object ids of a later capture mean the same objects: that the later one's newest id
    /// is not older, and that sampled objects neither changed nor came into being since.
    pub(crate) fn ids_agree_with(&self, later: &AnalyzedHeap) -> bool {
        self.newest_object_id != 0
            && later.graph().newest_object_id() >= self.newest_object_id
            && self.sample.agrees_with(later, self.newest_object_id)
    }

    /// Bytes of memory held, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.groups.capacity() * (size_of::<(u64, GroupSize)>() + 1)
            + self.sample.identities.capacity() * (size_of::<(u32, u64)>() + 1)
    }
}

/// Identities of objects spread over all ages: the choice depends on the id alone.
#[derive(Debug)]
struct IdSample {
    one_in: u64,
    identities: FxHashMap<u32, u64>,
}

impl IdSample {
    fn new(heap: &AnalyzedHeap) -> Self {
        let graph = heap.graph();
        let one_in = 1 + graph.node_count() as u64 / SAMPLED;
        let chosen = graph
            .nodes()
            .filter(|&node| is_chosen(graph.object_id(node), one_in));
        let identities = chosen.map(|node| (graph.object_id(node), identity_of(heap, node)));
        Self {
            one_in,
            identities: identities.collect(),
        }
    }

    fn agrees_with(&self, later: &AnalyzedHeap, newest_id: u32) -> bool {
        let graph = later.graph();
        let (mut known, mut unknown, mut same) = (0u32, 0u32, 0u32);
        for node in graph.nodes() {
            let id = graph.object_id(node);
            if id > newest_id || !is_chosen(id, self.one_in) {
                continue;
            }
            match self.identities.get(&id) {
                Some(&identity) => {
                    known += 1;
                    same += u32::from(identity == identity_of(later, node));
                }
                None => unknown += 1,
            }
        }
        // Without a single survivor nothing can be proved, and nothing is: every heap has some.
        known > 0
            && f64::from(same) >= MIN_AGREEMENT * f64::from(known)
            && f64::from(known) >= MIN_KNOWN * f64::from(known + unknown)
    }
}

fn is_chosen(id: u32, one_in: u64) -> bool {
    id % 2 == 1 && (Fingerprint::new().number(u64::from(id)).get()).is_multiple_of(one_in)
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

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, Service, heap};

    use super::CaptureSummary;

    fn agree(earlier: &FixtureBuilder, later: &FixtureBuilder) -> bool {
        CaptureSummary::new(&earlier.analyze(), None, None).ids_agree_with(&later.analyze())
    }

    #[test]
    fn ids_of_one_process_agree() {
        let mut service = Service::new(1001);
        service.cache_users(3000);
        let before = service.fixture();
        assert!(agree(&before, &before));
        service.cache_users(3000);
        service.churn_lru(64);
        assert!(agree(&before, &service.fixture()));
        assert!(
            !agree(&service.fixture(), &before),
            "a later capture has newer ids"
        );
    }

    #[test]
    fn ids_of_different_processes_do_not_agree() {
        let (mut one, mut other) = (Service::new(1001), Service::new(1001));
        one.cache_users(100);
        other.remember_requests(150);
        other.cache_users(200);
        assert!(!agree(&one.fixture(), &other.fixture()));
        let mut renumbered = one.fixture();
        renumbered.renumber(|at, _| 2 * at as u32 + 20_001);
        assert!(
            !agree(&one.fixture(), &renumbered),
            "nothing is left of the first"
        );
    }

    #[test]
    fn objects_that_should_have_been_there_before_tell_of_another_process() {
        // All objects look alike: only that most of the later ones are unknown shows it.
        let capture = |ids: fn(u32) -> u32| {
            let mut fixture = heap();
            for i in 0..200 {
                let label = i.to_string();
                fixture.at("root").property(&format!("p{i}"), &label);
                fixture.object(&label, "Item").object_id(ids(i));
            }
            fixture
        };
        let sparse = capture(|i| 20 * i + 101);
        assert!(agree(&sparse, &sparse));
        assert!(!agree(&sparse, &capture(|i| 2 * i + 3801)));
        assert!(agree(&sparse, &capture(|i| 20 * (i + 50) + 101)));
    }

    #[test]
    fn without_odd_ids_nothing_agrees() {
        let mut fixture = Service::new(1001).fixture();
        for renumbered in [|_, _| 0, |at, _| 2 * at as u32] {
            fixture.renumber(renumbered);
            assert!(!agree(&fixture, &fixture));
        }
    }

    #[test]
    fn members_that_are_new_since_the_summary_before_are_counted() {
        let mut service = Service::new(1001);
        service.remember_requests(40);
        let first = CaptureSummary::new(&service.capture().analyze(), None, None);
        service.remember_requests(25);
        let second = CaptureSummary::new(&service.capture().analyze(), Some(&first), None);
        let (mut keys, mut new) = (0, 0);
        for (key, size) in &second.groups {
            assert_eq!(first.size(*key).new, 0);
            keys += u32::from(size.count == 65 && first.size(*key).count == 40);
            new += u64::from(size.new == 25);
        }
        // Requests, and their bodies.
        assert_eq!((keys, new), (2, 2));
        assert_eq!(second.size(1).count, 0, "an unknown group has no members");
    }
}
