//! Looking objects up by what they are, and paging through what one holds; largest first.
//!
//! Finding reads two columns a node: linear, about 5 ns a node. A page of the largest is selected
//! before it is sorted: O(n + p log p) for the p objects up to the page's end.

use crate::analyzed::AnalyzedHeap;
use crate::classes::ClassId;
use crate::error::GraphError;
use crate::ids::NodeId;
use crate::kinds::NodeKind;
use crate::progress::{Progress, Stage};

/// Nodes between two looks at the cancel flag: well under a millisecond.
const NODES_PER_CHECK: usize = 1 << 16;

/// A source position to look for: `orders.js`, `orders.js:17`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocationQuery {
    /// Part of the script's URL.
    pub url: String,
    /// Line, 1-based.
    pub line: Option<u32>,
}

impl LocationQuery {
    /// Reads `part of a URL` or `part of a URL:line`.
    pub fn parse(text: &str) -> Self {
        let with_line = text.rsplit_once(':').and_then(|(url, line)| {
            let line = line.parse().ok()?;
            Some(Self {
                url: url.to_owned(),
                line: Some(line),
            })
        });
        with_line.unwrap_or_else(|| Self {
            url: text.to_owned(),
            line: None,
        })
    }

    fn matches(&self, heap: &AnalyzedHeap, node: NodeId) -> bool {
        let Some(location) = heap.graph().location(node) else {
            return false;
        };
        if self
            .line
            .is_some_and(|line| line != location.line.saturating_add(1))
        {
            return false;
        }
        let url = heap.scripts().url(heap.graph(), &location);
        url.is_some_and(|url| url.contains(&self.url))
    }
}

/// What objects to find; what is left open doesn't matter.
#[derive(Clone, Debug, Default)]
pub struct ObjectQuery {
    /// The name of its class.
    pub class: Option<String>,
    /// Where it, or its constructor, is written.
    pub location: Option<LocationQuery>,
    /// Its kind.
    pub kind: Option<NodeKind>,
    /// Least retained bytes.
    pub min_retained: u64,
    /// Least shallow bytes.
    pub min_self: u64,
}

impl ObjectQuery {
    /// The `limit` objects that retain most, largest first, and how many there are in all.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn find(
        &self,
        heap: &AnalyzedHeap,
        limit: usize,
        progress: &Progress<'_>,
    ) -> Result<(Vec<NodeId>, usize), GraphError> {
        let graph = heap.graph();
        let class_matches = self.matching_classes(heap);
        let mut found = Vec::new();
        for (i, node) in graph.nodes().enumerate() {
            if i % NODES_PER_CHECK == 0 {
                progress.at(Stage::Objects, i as f64 / graph.node_count() as f64)?;
            }
            let matches = class_matches[heap.classes().of(node).0 as usize]
                && self.kind.is_none_or(|kind| kind == graph.kind(node))
                && heap.dominators().retained(node) >= self.min_retained
                && heap.shallow(node) >= self.min_self
                && (self.location.as_ref()).is_none_or(|wanted| wanted.matches(heap, node));
            if matches {
                found.push(node);
            }
        }
        let all = found.len();
        Ok((largest(heap, found, 0, limit), all))
    }

    fn matching_classes(&self, heap: &AnalyzedHeap) -> Vec<bool> {
        let classes = heap.classes();
        (0..classes.len() as u32)
            .map(|class| {
                let name = &classes.summary(ClassId(class)).name;
                self.class.as_ref().is_none_or(|wanted| wanted == name)
            })
            .collect()
    }
}

/// A page of the objects that `node` immediately dominates, those that retain most first.
pub fn largest_dominated(
    heap: &AnalyzedHeap,
    node: NodeId,
    offset: usize,
    limit: usize,
) -> Vec<NodeId> {
    largest(heap, heap.dominated().of(node).to_vec(), offset, limit)
}

/// A page of `nodes`, those that retain most first; equal ones in the order of the graph.
fn largest(
    heap: &AnalyzedHeap,
    mut nodes: Vec<NodeId>,
    offset: usize,
    limit: usize,
) -> Vec<NodeId> {
    let key = |&node: &NodeId| (std::cmp::Reverse(heap.dominators().retained(node)), node);
    let end = offset.saturating_add(limit);
    if end < nodes.len() {
        nodes.select_nth_unstable_by_key(end, key);
        nodes.truncate(end);
    }
    nodes.sort_unstable_by_key(key);
    nodes.drain(..offset.min(nodes.len()));
    nodes
}

#[cfg(test)]
mod tests {
    use super::LocationQuery;

    #[test]
    fn a_location_is_part_of_a_url_and_a_line_if_there_is_one() {
        let parsed = |text| {
            let LocationQuery { url, line } = LocationQuery::parse(text);
            (url, line)
        };
        assert_eq!(parsed("a.js"), ("a.js".to_owned(), None));
        assert_eq!(parsed("src/a.js:17"), ("src/a.js".to_owned(), Some(17)));
        assert_eq!(parsed("node:events"), ("node:events".to_owned(), None));
        assert_eq!(parsed("node:events:3"), ("node:events".to_owned(), Some(3)));
        assert_eq!(parsed(""), (String::new(), None));
    }
}
