//! What the records of `nodes`, `edges` and `locations` mean: which numbers are allowed in which
//! field, and how a record becomes rows of the graph.
//!
//! Field positions come from `meta` and are resolved once, when a section starts.

use super::fault::printable;
use super::header::{Fields, Header, MAX_FIELDS};
use crate::builder::{GraphBuilder, NodeRecord};
use crate::error::GraphError;
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::locations::Location;

/// The largest integer that a JavaScript number holds exactly: V8's tools could not read more.
const MAX_SAFE_INTEGER: u64 = 1 << 53;

const MAX_U32: u64 = u32::MAX as u64;

/// Characters of a field's name in a message: names come from the input.
const FIELD_NAME_CHARS: usize = 40;

/// Which numbers a field takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldRule {
    pub(super) max: u64,
    /// 1: any.
    pub(super) multiple_of: u64,
}

impl FieldRule {
    const U32: Self = Self::up_to(MAX_U32);

    const fn up_to(max: u64) -> Self {
        Self {
            max,
            multiple_of: 1,
        }
    }

    pub(super) const fn allows(self, value: u64) -> bool {
        value <= self.max && value.is_multiple_of(self.multiple_of)
    }

    /// What is expected of a field, for a message.
    pub(super) fn expected(self, field: &str) -> String {
        let field: String = field.chars().take(FIELD_NAME_CHARS).collect();
        let (max, field) = (self.max, printable(field.as_bytes()));
        match self.multiple_of {
            1 => format!("an integer from 0 to {max} for '{field}'"),
            n => format!("a multiple of {n} from 0 to {max} for '{field}'"),
        }
    }
}

/// The layout of a section's records.
#[derive(Debug)]
pub(super) struct RecordPlan {
    pub(super) fields: Fields,
    pub(super) rules: Vec<FieldRule>,
}

impl RecordPlan {
    /// A plan that takes any safe integer everywhere.
    fn new(fields: &Fields) -> Self {
        Self {
            rules: vec![FieldRule::up_to(MAX_SAFE_INTEGER); fields.len()],
            fields: fields.clone(),
        }
    }

    /// The position of a field that must be there; it takes numbers by `rule`.
    fn require(&mut self, name: &str, rule: FieldRule) -> Result<usize, GraphError> {
        let at = self.fields.require(name)?;
        self.rules[at] = rule;
        Ok(at)
    }
}

/// Takes the records of a section.
pub(super) trait RecordSink {
    /// Appends a record whose fields keep their maxima. `offset` is where it is in the input.
    /// `false`: a field is not a multiple of what it has to be, and nothing was appended.
    fn push(
        &mut self,
        builder: &mut GraphBuilder,
        record: &[u64],
        offset: u64,
    ) -> Result<bool, GraphError>;
}

/// The largest index seen into a table whose length is not known yet, and where it was seen.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct LargestIndex {
    /// The index plus one; 0: none yet.
    end: u64,
    offset: u64,
}

impl LargestIndex {
    #[inline(always)]
    fn see(&mut self, index: u64, offset: u64) {
        if index >= self.end {
            (self.end, self.offset) = (index + 1, offset);
        }
    }

    /// Index and offset if the index is beyond a table of this length.
    pub(super) fn beyond(self, len: usize) -> Option<(u64, u64)> {
        (self.end > len as u64).then_some((self.end.saturating_sub(1), self.offset))
    }
}

/// Divides 32-bit numbers by one divisor with multiplications: with m = ceil(2^64 / d), `n * m`
/// holds the quotient in its upper half, and its lower half is below m iff d divides n
/// (Lemire, Kaser, Kurz: Faster remainder by direct computation, 2019).
#[derive(Clone, Copy, Debug)]
struct Divisor(u64);

impl Divisor {
    /// `d` is 2 or more: a record of a node has at least 5 fields.
    fn new(d: usize) -> Self {
        Self(u64::MAX / (d as u64).max(2) + 1)
    }

    /// The quotient if there is no remainder.
    #[inline(always)]
    fn exact(self, n: u32) -> Option<u32> {
        let product = u128::from(self.0) * u128::from(n);
        ((product as u64) < self.0).then_some((product >> 64) as u32)
    }
}

/// Takes `nodes`.
#[derive(Debug)]
pub(super) struct NodeSink {
    kinds: Vec<NodeKind>,
    kind: usize,
    name: usize,
    object_id: usize,
    self_size: usize,
    edge_count: usize,
    detachedness: Option<usize>,
    pub(super) names: LargestIndex,
}

impl NodeSink {
    pub(super) fn new(header: &Header) -> Result<(RecordPlan, Self), GraphError> {
        let mut plan = RecordPlan::new(&header.node_fields);
        let last_kind = header.node_kinds.len() as u64 - 1;
        let sink = Self {
            kinds: header.node_kinds.clone(),
            kind: plan.require("type", FieldRule::up_to(last_kind))?,
            name: plan.require("name", FieldRule::U32)?,
            object_id: plan.require("id", FieldRule::U32)?,
            self_size: plan.require("self_size", FieldRule::up_to(MAX_SAFE_INTEGER))?,
            edge_count: plan.require("edge_count", FieldRule::U32)?,
            detachedness: plan.fields.find("detachedness"),
            names: LargestIndex::default(),
        };
        Ok((plan, sink))
    }
}

impl RecordSink for NodeSink {
    #[inline(always)]
    fn push(
        &mut self,
        builder: &mut GraphBuilder,
        record: &[u64],
        offset: u64,
    ) -> Result<bool, GraphError> {
        self.names.see(record[self.name], offset);
        let detachedness = self.detachedness.map_or(0, |at| record[at]);
        builder.push_node(NodeRecord {
            kind: self.kinds[record[self.kind] as usize],
            name: StringId(record[self.name] as u32),
            object_id: record[self.object_id] as u32,
            self_size: record[self.self_size],
            edge_count: record[self.edge_count] as u32,
            detachedness: detachedness.min(u64::from(u8::MAX)) as u8,
        })?;
        Ok(true)
    }
}

/// How far a reference to a node can go: to the last node if `nodes` has been read.
fn node_reference(header: &Header, node_count: Option<usize>) -> FieldRule {
    let stride = header.node_fields.len() as u64;
    let last = node_count.map_or(MAX_U32, |count| (count as u64).saturating_sub(1) * stride);
    FieldRule {
        max: last.min(MAX_U32 / stride * stride),
        multiple_of: stride,
    }
}

/// Takes `edges`.
#[derive(Debug)]
pub(super) struct EdgeSink {
    kinds: Vec<EdgeKind>,
    kind: usize,
    name: usize,
    to: usize,
    stride: Divisor,
    pub(super) names: LargestIndex,
    pub(super) targets: LargestIndex,
}

impl EdgeSink {
    pub(super) fn new(
        header: &Header,
        node_count: Option<usize>,
    ) -> Result<(RecordPlan, Self), GraphError> {
        let mut plan = RecordPlan::new(&header.edge_fields);
        let last_kind = header.edge_kinds.len() as u64 - 1;
        let sink = Self {
            kinds: header.edge_kinds.clone(),
            kind: plan.require("type", FieldRule::up_to(last_kind))?,
            name: plan.require("name_or_index", FieldRule::U32)?,
            to: plan.require("to_node", node_reference(header, node_count))?,
            stride: Divisor::new(header.node_fields.len()),
            names: LargestIndex::default(),
            targets: LargestIndex::default(),
        };
        Ok((plan, sink))
    }
}

impl RecordSink for EdgeSink {
    #[inline(always)]
    fn push(
        &mut self,
        builder: &mut GraphBuilder,
        record: &[u64],
        offset: u64,
    ) -> Result<bool, GraphError> {
        let Some(to) = self.stride.exact(record[self.to] as u32) else {
            return Ok(false);
        };
        let kind = self.kinds[record[self.kind] as usize];
        if !kind.is_indexed() {
            self.names.see(record[self.name], offset);
        }
        self.targets.see(u64::from(to), offset);
        builder.push_edge(kind, record[self.name] as u32, NodeId(to))?;
        Ok(true)
    }
}

/// Takes `locations`.
#[derive(Debug)]
pub(super) struct LocationSink {
    node: usize,
    script_id: usize,
    line: usize,
    column: usize,
    stride: Divisor,
    pub(super) nodes: LargestIndex,
}

impl LocationSink {
    pub(super) fn new(
        header: &Header,
        fields: &Fields,
        node_count: Option<usize>,
    ) -> Result<(RecordPlan, Self), GraphError> {
        let mut plan = RecordPlan::new(fields);
        let sink = Self {
            node: plan.require("object_index", node_reference(header, node_count))?,
            script_id: plan.require("script_id", FieldRule::U32)?,
            line: plan.require("line", FieldRule::U32)?,
            column: plan.require("column", FieldRule::U32)?,
            stride: Divisor::new(header.node_fields.len()),
            nodes: LargestIndex::default(),
        };
        Ok((plan, sink))
    }
}

impl RecordSink for LocationSink {
    fn push(
        &mut self,
        builder: &mut GraphBuilder,
        record: &[u64],
        offset: u64,
    ) -> Result<bool, GraphError> {
        let Some(node) = self.stride.exact(record[self.node] as u32) else {
            return Ok(false);
        };
        self.nodes.see(u64::from(node), offset);
        let (line, column) = (record[self.line], record[self.column]);
        // V8 has -1 for a position that it could not find and prints it as unsigned.
        if line < MAX_U32 && column < MAX_U32 {
            builder.push_location(Location {
                node: NodeId(node),
                script_id: record[self.script_id] as u32,
                line: line as u32,
                column: column as u32,
            });
        }
        Ok(true)
    }
}

/// A record while its fields come in.
pub(super) type Record = [u64; MAX_FIELDS];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_division_agrees_with_the_division_operator() {
        for d in 2..=MAX_FIELDS {
            for n in (0..2000).chain(u32::MAX - 2000..=u32::MAX) {
                let expected = n.is_multiple_of(d as u32).then_some(n / d as u32);
                assert_eq!(Divisor::new(d).exact(n), expected, "{n} / {d}");
            }
        }
    }
}
