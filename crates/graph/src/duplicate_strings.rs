//! Equal strings that are in memory more than once.
//!
//! Flat strings are grouped by content and size. A capture has no more of a string than V8 writes:
//! its first 1024 characters (`--heap-snapshot-string-limit`). Longer ones that begin alike and
//! take the same bytes go into one group, which says so: `is_whole` is false. Their lengths agree
//! to 8 bytes; their ends are not known. Strings that are concatenations or slices have no content
//! in a capture and are left out.
//!
//! Linear in the strings and their text; a hash-table entry a distinct string.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use crate::analyzed::AnalyzedHeap;
use crate::error::GraphError;
use crate::ids::{NodeId, StringId};
use crate::kinds::NodeKind;
use crate::progress::{Progress, Stage};

/// V8 cuts strings here unless told otherwise, UTF-16 code units.
const V8_STRING_LIMIT: u64 = 1024;
/// Bytes of a string before its characters: hidden class, hash and length.
const HASH_AND_LENGTH: u64 = 8;
/// Nodes between two looks at the cancel flag: well under a millisecond.
const NODES_PER_CHECK: usize = 1 << 16;

/// What [`duplicate_strings`] gives.
#[derive(Clone, Debug)]
pub struct DuplicatesQuery {
    /// At most this many groups.
    pub limit: usize,
    /// Only groups that waste this many bytes.
    pub min_waste: u64,
    /// At most this many strings of each group.
    pub examples: usize,
}

/// Strings that are equal as far as the capture says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EqualStrings {
    /// The content, as much of it as the capture has.
    pub content: StringId,
    /// Whether that is all of it, so that the strings are equal for sure.
    pub is_whole: bool,
    /// How many there are.
    pub count: u64,
    /// Bytes of all of them.
    pub self_size: u64,
    /// Bytes of all but one.
    pub wasted: u64,
    /// The first few in the order of the graph.
    pub examples: Vec<NodeId>,
}

/// Groups of equal strings, and sums over all that there are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DuplicateStrings {
    /// Most wasteful first.
    pub groups: Vec<EqualStrings>,
    /// Groups that waste enough, the listed ones included.
    pub group_count: usize,
    /// Bytes that those waste.
    pub wasted: u64,
}

#[derive(Default)]
struct Group {
    count: u64,
    examples: Vec<NodeId>,
}

/// Finds equal strings.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn duplicate_strings(
    heap: &AnalyzedHeap,
    query: &DuplicatesQuery,
    progress: &Progress<'_>,
) -> Result<DuplicateStrings, GraphError> {
    let graph = heap.graph();
    // V8 writes each text once, other writers may not: equal texts get one id.
    let mut ids: FxHashMap<&str, StringId> = FxHashMap::default();
    let mut groups: FxHashMap<(StringId, u64), Group> = FxHashMap::default();
    for (i, node) in graph.nodes().enumerate() {
        if i % NODES_PER_CHECK == 0 {
            progress.at(Stage::Objects, i as f64 / graph.node_count() as f64)?;
        }
        if graph.kind(node) != NodeKind::String {
            continue;
        }
        let own = graph.name_id(node);
        let content = *ids.entry(graph.strings().get(own)).or_insert(own);
        let group = groups.entry((content, graph.self_size(node))).or_default();
        group.count += 1;
        if group.examples.len() < query.examples {
            group.examples.push(node);
        }
    }
    let wasteful = (groups.into_iter())
        .filter(|(_, group)| group.count > 1)
        .map(|((content, size), group)| equal_strings(heap, content, size, group))
        .filter(|group| group.wasted >= query.min_waste.max(1));
    Ok(most_wasteful(wasteful.collect(), query.limit))
}

fn equal_strings(heap: &AnalyzedHeap, content: StringId, size: u64, group: Group) -> EqualStrings {
    let text = heap.graph().strings().get(content);
    EqualStrings {
        content,
        is_whole: is_whole(text, size, heap.slot_size().bytes()),
        count: group.count,
        self_size: size.saturating_mul(group.count),
        wasted: size.saturating_mul(group.count - 1),
        examples: group.examples,
    }
}

fn most_wasteful(mut groups: Vec<EqualStrings>, limit: usize) -> DuplicateStrings {
    let group_count = groups.len();
    let wasted = (groups.iter()).fold(0u64, |sum, group| sum.saturating_add(group.wasted));
    groups.sort_unstable_by_key(|group| (Reverse(group.wasted), group.content, group.self_size));
    groups.truncate(limit);
    DuplicateStrings {
        groups,
        group_count,
        wasted,
    }
}

/// Whether a string of `size` bytes has no more characters than `text`. Below the usual limit it
/// may have more if the process had a lower one; then it is larger than the text explains.
fn is_whole(text: &str, size: u64, slot: u64) -> bool {
    let length = text.encode_utf16().count() as u64;
    let fits = |bytes: u64| size <= (slot + HASH_AND_LENGTH + bytes).next_multiple_of(slot);
    let one_byte = text.chars().all(|c| u32::from(c) < 256);
    // A text of one-byte characters may be kept in two bytes each.
    let in_two_bytes = size == (slot + HASH_AND_LENGTH + 2 * length).next_multiple_of(slot);
    let explained = if one_byte {
        fits(length) || in_two_bytes
    } else {
        fits(2 * length)
    };
    // At the limit the padding may hide a few characters more.
    explained && length < V8_STRING_LIMIT
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn a_string_is_whole_if_its_size_says_so() {
        assert!(is_whole("duplicate", 32, 8));
        assert!(is_whole("duplicate", 40, 8), "two bytes a character");
        assert!(is_whole("", 0, 8), "in read-only space, without a size");
        assert!(is_whole("žluť", 24, 8));
        assert!(!is_whole("duplicate", 48, 8));
        assert!(!is_whole(&"x".repeat(1024), 3024, 8));
        assert!(
            !is_whole(&"x".repeat(1024), 1040, 8),
            "1024 characters, or cut there"
        );
    }
}
