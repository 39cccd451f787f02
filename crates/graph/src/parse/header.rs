//! The `snapshot` header: announced counts, and the layout of the sections in `meta`.

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;

use super::Warning;
use crate::error::{GraphError, Section};
use crate::kinds::{EdgeKind, NodeKind};

/// The most fields that a record may have. V8's have 3 to 7; the limit lets a record be a plain
/// array.
pub(super) const MAX_FIELDS: usize = 32;

/// Characters of serde's message that an error quotes: it can repeat a string of the input.
const MESSAGE_CHARS: usize = 120;

/// Names of a record's fields, in their order.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    /// The key in `meta`, for messages.
    key: &'static str,
    names: Vec<String>,
    header_start: u64,
}

impl Fields {
    fn new(
        key: &'static str,
        names: Option<Vec<String>>,
        header_start: u64,
    ) -> Result<Self, GraphError> {
        let names = names.ok_or_else(|| missing(header_start, &format!("'meta.{key}'")))?;
        if names.len() > MAX_FIELDS {
            return Err(GraphError::Syntax {
                section: Section::Snapshot,
                offset: header_start,
                expected: format!("at most {MAX_FIELDS} names in 'meta.{key}'"),
                found: format!("{} names", names.len()),
            });
        }
        Ok(Self {
            key,
            names,
            header_start,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// The position of a field that must be there.
    pub(super) fn require(&self, name: &str) -> Result<usize, GraphError> {
        let missing = || {
            missing(
                self.header_start,
                &format!("'{name}' in 'meta.{}'", self.key),
            )
        };
        self.find(name).ok_or_else(missing)
    }
}

/// The header, checked and with kinds resolved.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) declared_nodes: Option<u64>,
    pub(super) declared_edges: Option<u64>,
    pub(super) extra_native_bytes: Option<u64>,
    pub(super) node_fields: Fields,
    pub(super) node_kinds: Vec<NodeKind>,
    pub(super) edge_fields: Fields,
    pub(super) edge_kinds: Vec<EdgeKind>,
    /// `None`: the snapshot comes from a V8 that records no positions.
    pub(super) location_fields: Option<Fields>,
    pub(super) warnings: Vec<Warning>,
}

impl Header {
    /// Reads the text of the header, which starts at `start` in the input.
    pub(super) fn parse(text: &[u8], start: u64) -> Result<Self, GraphError> {
        let raw: RawHeader =
            serde_json::from_slice(text).map_err(|error| invalid(&error, text, start))?;
        let meta = raw.meta.ok_or_else(|| GraphError::NotASnapshot {
            found: "its 'snapshot' has no 'meta'".to_owned(),
        })?;
        let node_kinds = kind_names(meta.node_types, "'meta.node_types'", start)?;
        let edge_kinds = kind_names(meta.edge_types, "'meta.edge_types'", start)?;
        let location_fields = meta.location_fields;
        Ok(Self {
            declared_nodes: raw.node_count.and_then(|count| count.as_u64()),
            declared_edges: raw.edge_count.and_then(|count| count.as_u64()),
            extra_native_bytes: raw.extra_native_bytes.and_then(|count| count.as_u64()),
            node_fields: Fields::new("node_fields", meta.node_fields, start)?,
            edge_fields: Fields::new("edge_fields", meta.edge_fields, start)?,
            location_fields: location_fields
                .map(|names| Fields::new("location_fields", Some(names), start))
                .transpose()?,
            warnings: unknown_kinds(&node_kinds, &edge_kinds),
            node_kinds: (node_kinds.iter())
                .map(|name| NodeKind::from_name(name).unwrap_or(NodeKind::Unknown))
                .collect(),
            edge_kinds: (edge_kinds.iter())
                .map(|name| EdgeKind::from_name(name).unwrap_or(EdgeKind::Unknown))
                .collect(),
        })
    }
}

/// As in the file. The counts may be anything: they are not relied on.
#[derive(serde::Deserialize)]
struct RawHeader {
    meta: Option<RawMeta>,
    node_count: Option<Value>,
    edge_count: Option<Value>,
    extra_native_bytes: Option<Value>,
}

#[derive(serde::Deserialize)]
struct RawMeta {
    node_fields: Option<Vec<String>>,
    node_types: Option<RawTypes>,
    edge_fields: Option<Vec<String>>,
    edge_types: Option<RawTypes>,
    location_fields: Option<Vec<String>>,
}

/// The types of a record's fields: the first is the list of kinds, the rest doesn't matter.
struct RawTypes(Vec<String>);

impl<'de> Deserialize<'de> for RawTypes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstList;

        impl<'de> Visitor<'de> for FirstList {
            type Value = RawTypes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list that starts with a list of kinds")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawTypes, A::Error> {
                let kinds: Option<Vec<String>> = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(RawTypes(kinds.unwrap_or_default()))
            }
        }

        deserializer.deserialize_seq(FirstList)
    }
}

fn kind_names(types: Option<RawTypes>, key: &str, start: u64) -> Result<Vec<String>, GraphError> {
    match types {
        Some(RawTypes(names)) if !names.is_empty() => Ok(names),
        _ => Err(missing(start, &format!("a list of kinds in {key}"))),
    }
}

fn unknown_kinds(nodes: &[String], edges: &[String]) -> Vec<Warning> {
    let nodes = (nodes.iter())
        .filter(|name| NodeKind::from_name(name).is_none())
        .map(|name| Warning::UnknownNodeKind { name: name.clone() });
    let edges = (edges.iter())
        .filter(|name| EdgeKind::from_name(name).is_none())
        .map(|name| Warning::UnknownEdgeKind { name: name.clone() });
    nodes.chain(edges).collect()
}

fn missing(offset: u64, what: &str) -> GraphError {
    GraphError::Syntax {
        section: Section::Snapshot,
        offset,
        expected: what.to_owned(),
        found: "none".to_owned(),
    }
}

/// Translates serde's line and column to an offset.
fn invalid(error: &serde_json::Error, text: &[u8], start: u64) -> GraphError {
    let line = match error.line() {
        0 | 1 => 0,
        n => memchr::memchr_iter(b'\n', text)
            .nth(n - 2)
            .map_or(0, |at| at + 1),
    };
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    GraphError::Syntax {
        section: Section::Snapshot,
        offset: start + (line + error.column().saturating_sub(1)) as u64,
        expected: "a valid header".to_owned(),
        found: message.chars().take(MESSAGE_CHARS).collect(),
    }
}
