//! Interfaces: plain objects named by the properties they have, `{id, items}`.
//!
//! The rules are those of DevTools. Each plain object proposes its properties, in order and as far
//! as a name of [`MAX_NAME`] shows them; proposals that enough objects make are interfaces. An
//! object then belongs to the interface with the most properties of those whose properties it all
//! has, in any order; of equals to the most popular.
//!
//! Both steps are done once per distinct list of properties instead of once per object: there are
//! a few hundred lists in millions of objects. Only dictionaries, each with keys of its own, have
//! a list each. Time is linear in the properties, plus one subset test for each list and each
//! interface whose rarest property the list has. Temporaries: 4 bytes a plain object and about
//! 50 a distinct list.

use std::borrow::Cow;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::model::{EdgeName, HeapGraph};

/// An interface has at least this many objects ...
const MIN_OBJECTS: u64 = 2;
/// ... and at least one in this many plain objects (DevTools' value: keeps one-offs together).
const MIN_PROPORTION: u64 = 1000;
/// UTF-16 units of an interface's name up to which properties are added (DevTools' value).
const MAX_NAME: usize = 120;

/// Stands for no interface, and for no list.
const NONE: u32 = u32::MAX;

/// The interfaces of a graph, and which plain object belongs to which.
#[derive(Debug)]
pub(crate) struct Interfaces {
    names: Vec<String>,
    /// One entry a plain object, in the order of the nodes.
    of_objects: Vec<u32>,
}

impl Interfaces {
    /// Infers the interfaces of all objects named `plain_object`, and applies them.
    pub(crate) fn new(graph: &HeapGraph, plain_object: StringId) -> Self {
        let lists = PropertyLists::new(graph, plain_object);
        let definitions = infer(&lists);
        Self::apply(definitions, lists)
    }

    /// Applies the interfaces of another graph to the objects of this one.
    pub(crate) fn of_other(graph: &HeapGraph, plain_object: StringId, other: &HeapGraph) -> Self {
        let plain_object_there = other.strings().find("Object");
        let definitions = plain_object_there.map_or_else(Vec::new, |plain_object| {
            let definitions = infer(&PropertyLists::new(other, plain_object));
            translated(definitions, other, graph)
        });
        Self::apply(definitions, PropertyLists::new(graph, plain_object))
    }

    fn apply(definitions: Vec<Definition>, lists: PropertyLists<'_>) -> Self {
        let mut matcher = Matcher::new(&definitions);
        let of_lists: Vec<u32> = (lists.lists.iter())
            .map(|list| matcher.best(lists.properties(list)))
            .collect();
        let of_list = |list: u32| of_lists.get(list as usize).copied().unwrap_or(NONE);
        Self {
            names: definitions.into_iter().map(|d| d.name).collect(),
            of_objects: lists.of_objects.into_iter().map(of_list).collect(),
        }
    }

    /// The interface of each plain object, in the order of the nodes.
    pub(crate) fn of_objects(&self) -> impl Iterator<Item = Option<u32>> + '_ {
        (self.of_objects.iter()).map(|&interface| (interface != NONE).then_some(interface))
    }

    /// The name of an interface.
    pub(crate) fn name(&self, interface: u32) -> &str {
        &self.names[interface as usize]
    }
}

/// The property names of an object, in order; all of them, `__proto__` too.
fn properties(graph: &HeapGraph, node: NodeId) -> impl Iterator<Item = StringId> + Clone + '_ {
    (graph.edges(node))
        .filter(|edge| edge.kind == EdgeKind::Property)
        .filter_map(|edge| match graph.edge_name(edge) {
            EdgeName::Name(name) => Some(name),
            EdgeName::Index(_) => None,
        })
}

/// The distinct lists of properties that plain objects have.
struct PropertyLists<'g> {
    graph: &'g HeapGraph,
    lists: Vec<PropertyList>,
    /// The list of each plain object; `NONE` if it has no properties.
    of_objects: Vec<u32>,
    /// The latest list of each hash; older ones are chained to it.
    by_hash: FxHashMap<u64, u32>,
}

struct PropertyList {
    /// The first object that has it: lists are not copied.
    object: NodeId,
    objects: u32,
    same_hash: u32,
}

impl<'g> PropertyLists<'g> {
    fn new(graph: &'g HeapGraph, plain_object: StringId) -> Self {
        let mut all = Self {
            graph,
            lists: Vec::new(),
            of_objects: Vec::new(),
            by_hash: FxHashMap::default(),
        };
        for node in graph.nodes() {
            if graph.kind(node) == NodeKind::Object && graph.name_id(node) == plain_object {
                let list = all.list_of(node);
                all.of_objects.push(list);
            }
        }
        all
    }

    fn list_of(&mut self, object: NodeId) -> u32 {
        let Some(hash) = hash(properties(self.graph, object)) else {
            return NONE;
        };
        let latest = self.by_hash.get(&hash).copied().unwrap_or(NONE);
        let mut at = latest;
        while let Some(list) = self.lists.get_mut(at as usize) {
            if properties(self.graph, list.object).eq(properties(self.graph, object)) {
                list.objects += 1;
                return at;
            }
            at = list.same_hash;
        }
        let list = self.lists.len() as u32;
        self.lists.push(PropertyList {
            object,
            objects: 1,
            same_hash: latest,
        });
        self.by_hash.insert(hash, list);
        list
    }

    fn properties(&self, list: &PropertyList) -> impl Iterator<Item = StringId> + Clone + 'g {
        properties(self.graph, list.object)
    }
}

fn hash(properties: impl Iterator<Item = StringId>) -> Option<u64> {
    let mut hasher = FxHasher::default();
    let mut is_empty = true;
    for name in properties {
        hasher.write_u32(name.0);
        is_empty = false;
    }
    (!is_empty).then(|| hasher.finish())
}

/// What an object has to have to belong to an interface, and how that is called.
struct Definition {
    name: String,
    properties: Vec<StringId>,
}

/// A definition that has been proposed by objects.
struct Proposal {
    properties: Vec<StringId>,
    objects: u64,
}

/// The definitions that enough objects propose, most popular first.
fn infer(lists: &PropertyLists<'_>) -> Vec<Definition> {
    let proto = lists.graph.strings().find("__proto__");
    let total = lists.of_objects.len() as u64;
    let is_enough = |objects: u64| objects >= MIN_OBJECTS && objects * MIN_PROPORTION >= total;
    let shown: Vec<_> = (lists.lists.iter())
        .map(|list| hash(shown_properties(lists, list, proto)))
        .collect();
    let mut objects_by_hash: FxHashMap<u64, u64> = FxHashMap::default();
    for (list, hash) in lists.lists.iter().zip(&shown) {
        if let Some(hash) = hash {
            *objects_by_hash.entry(*hash).or_default() += u64::from(list.objects);
        }
    }
    let mut proposals: Vec<Proposal> = Vec::new();
    let mut by_name: FxHashMap<Vec<StringId>, usize> = FxHashMap::default();
    for (list, hash) in lists.lists.iter().zip(&shown) {
        // Equal hashes only choose what is looked at; equal names decide.
        if hash.is_some_and(|hash| is_enough(objects_by_hash[&hash])) {
            let properties: Vec<_> = shown_properties(lists, list, proto).collect();
            let name = named_part(lists.graph, &properties).to_vec();
            let at = *by_name.entry(name).or_insert(proposals.len());
            if at == proposals.len() {
                let objects = 0;
                proposals.push(Proposal {
                    properties,
                    objects,
                });
            }
            proposals[at].objects += u64::from(list.objects);
        }
    }
    proposals.retain(|proposal| is_enough(proposal.objects));
    // A stable sort: of equally popular ones the first seen stays first.
    proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.objects));
    let define = |proposal: Proposal| Definition {
        name: interface_name(lists.graph, &proposal.properties),
        properties: proposal.properties,
    };
    proposals.into_iter().map(define).collect()
}

/// Definitions with the properties' ids in another graph; those with properties that it does not
/// have are left out, since none of its objects can match.
fn translated(definitions: Vec<Definition>, from: &HeapGraph, to: &HeapGraph) -> Vec<Definition> {
    let mut ids: FxHashMap<&str, Option<StringId>> = (definitions.iter())
        .flat_map(|definition| &definition.properties)
        .map(|&property| (from.strings().get(property), None))
        .collect();
    for (id, text) in to.strings().iter() {
        if let Some(found @ None) = ids.get_mut(text) {
            *found = Some(id);
        }
    }
    let translate = |definition: Definition| {
        let ids = (definition.properties.iter()).map(|&id| ids[from.strings().get(id)]);
        Some(Definition {
            properties: ids.collect::<Option<_>>()?,
            name: definition.name,
        })
    };
    definitions.into_iter().filter_map(translate).collect()
}

/// The properties of a list that an interface's name shows.
fn shown_properties<'g>(
    lists: &PropertyLists<'g>,
    list: &PropertyList,
    proto: Option<StringId>,
) -> impl Iterator<Item = StringId> + 'g {
    let strings = lists.graph.strings();
    let mut length = 1;
    (lists.properties(list))
        .filter(move |&name| Some(name) != proto)
        .take_while(move |&name| {
            let added = utf16_length(&property_label(strings.get(name)));
            let fits = length <= 1 || length + added <= MAX_NAME;
            length += added + if length > 1 { ", ".len() } else { 0 };
            fits
        })
}

/// The properties that leave a trace in the name: leading empty ones don't, not even a comma.
fn named_part<'p>(graph: &HeapGraph, properties: &'p [StringId]) -> &'p [StringId] {
    let is_empty = |name: &&StringId| graph.strings().get(**name).is_empty();
    let unnamed = properties.iter().take_while(is_empty).count();
    &properties[unnamed..]
}

fn interface_name(graph: &HeapGraph, properties: &[StringId]) -> String {
    let labels: Vec<_> = (named_part(graph, properties).iter())
        .map(|&name| property_label(graph.strings().get(name)))
        .collect();
    format!("{{{}}}", labels.join(", "))
}

/// A property name as an interface shows it: quoted if it would be ambiguous.
fn property_label(name: &str) -> Cow<'_, str> {
    if name.contains([',', '\'', '"', '{', '}']) {
        serde_json::Value::from(name).to_string().into()
    } else {
        name.into()
    }
}

fn utf16_length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

/// Finds the best interface for a list of properties.
struct Matcher {
    /// A small number for each property that some definition asks for.
    numbers: FxHashMap<StringId, u32>,
    /// Definitions in the order of preference.
    definitions: Vec<Requirement>,
    /// Under its rarest property each definition, by rank.
    by_rarest: Vec<Vec<u32>>,
    /// How often the list at hand has each property; zeros between lists.
    counts: Vec<u32>,
}

/// What a definition asks for.
struct Requirement {
    interface: u32,
    /// Properties with how often each must be there: symbols can share a description.
    properties: Vec<(u32, u32)>,
}

impl Matcher {
    fn new(definitions: &[Definition]) -> Self {
        let mut ranked: Vec<usize> = (0..definitions.len()).collect();
        ranked.sort_by_key(|&d| std::cmp::Reverse(definitions[d].properties.len()));
        let mut numbers = FxHashMap::default();
        let definitions: Vec<_> = (ranked.into_iter())
            .map(|d| Requirement {
                interface: d as u32,
                properties: counted(&definitions[d].properties, &mut numbers),
            })
            .collect();
        let mut users = vec![0; numbers.len()];
        for (property, _) in definitions.iter().flat_map(|d| &d.properties) {
            users[*property as usize] += 1;
        }
        let mut by_rarest = vec![Vec::new(); numbers.len()];
        for (rank, definition) in definitions.iter().enumerate() {
            let properties = definition.properties.iter().map(|&(property, _)| property);
            if let Some(rarest) = properties.min_by_key(|&property| users[property as usize]) {
                by_rarest[rarest as usize].push(rank as u32);
            }
        }
        Self {
            counts: vec![0; numbers.len()],
            numbers,
            definitions,
            by_rarest,
        }
    }

    /// The best interface for an object with these properties; `NONE` if it matches none.
    fn best(&mut self, properties: impl Iterator<Item = StringId> + Clone) -> u32 {
        let numbers = &self.numbers;
        let known = properties.filter_map(|name| numbers.get(&name).map(|&n| n as usize));
        for property in known.clone() {
            self.counts[property] += 1;
        }
        let mut best = NONE;
        for property in known.clone() {
            let better = self.by_rarest[property].iter().take_while(|&&r| r < best);
            let matching = better.copied().find(|&rank| {
                let mut required = self.definitions[rank as usize].properties.iter();
                required.all(|&(property, times)| self.counts[property as usize] >= times)
            });
            best = matching.unwrap_or(best);
        }
        for property in known {
            self.counts[property] = 0;
        }
        (self.definitions.get(best as usize)).map_or(NONE, |definition| definition.interface)
    }
}

/// Numbers the properties that are new, and counts how often each occurs.
fn counted(properties: &[StringId], numbers: &mut FxHashMap<StringId, u32>) -> Vec<(u32, u32)> {
    let mut sorted: Vec<u32> = (properties.iter())
        .map(|&name| {
            let next = numbers.len() as u32;
            *numbers.entry(name).or_insert(next)
        })
        .collect();
    sorted.sort_unstable();
    (sorted.chunk_by(|a, b| a == b))
        .map(|same| (same[0], same.len() as u32))
        .collect()
}
