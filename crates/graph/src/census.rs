//! A count of the objects of a heap by class, that can be compared with a later one: which objects
//! are new, which are gone.
//!
//! Of each object it keeps who it is (an address, or V8's object id) and its class, in the order of
//! the former: differences of neighbours and class numbers as LEB128 numbers, two to three bytes an
//! object. Sizes are kept as sums. Two censuses are compared by one merge of both sequences. What
//! holds what is not in it: for that there is [`crate::heap_diff`], at twenty times the memory.
//!
//! Classes go by the names of memwatch's HeapDiff: JavaScript objects by their constructor, all else
//! by its kind. Two constructors of one name are two classes if they are written in different places.
//!
//! Linear time, in the objects and, for a graph, n log n to sort the ids.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::kinds::NodeKind;
use crate::locations::{ScriptLocations, SourceLocation};
use crate::model::HeapGraph;

/// What is counted together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct CensusClass {
    /// Name of the constructor, or of the kind: `Array`, `String`, `Code`.
    pub name: String,
    /// Kind of the objects. All strings are [`NodeKind::String`].
    pub kind: NodeKind,
    /// Where the constructor is written; objects of V8's and Node's own classes have none.
    pub location: Option<SourceLocation>,
}

impl CensusClass {
    /// JavaScript objects of a constructor.
    pub fn of_objects(name: String, location: Option<SourceLocation>) -> Self {
        CensusClass {
            name,
            kind: NodeKind::Object,
            location,
        }
    }

    /// All else of a kind.
    pub fn of_kind(kind: NodeKind) -> Self {
        let (kind, name) = match kind {
            NodeKind::Array => (kind, "Array"),
            NodeKind::String | NodeKind::ConsString | NodeKind::SlicedString => {
                (NodeKind::String, "String")
            }
            NodeKind::Object | NodeKind::WasmObject => (NodeKind::Object, "Object"),
            NodeKind::Code => (kind, "Code"),
            NodeKind::Closure => (kind, "Closure"),
            NodeKind::RegExp => (kind, "RegExp"),
            NodeKind::Number => (kind, "Number"),
            NodeKind::Native => (kind, "Native"),
            NodeKind::Symbol => (kind, "Symbol"),
            NodeKind::BigInt => (kind, "BigInt"),
            NodeKind::ObjectShape => (kind, "ObjectShape"),
            NodeKind::Hidden | NodeKind::Synthetic | NodeKind::Unknown => {
                (NodeKind::Hidden, "Hidden")
            }
        };
        CensusClass {
            name: name.to_owned(),
            kind,
            location: None,
        }
    }
}

/// Objects and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct CensusTotals {
    /// Objects.
    pub nodes: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// The objects of a heap at a moment.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Census {
    classes: Vec<CensusClass>,
    /// Bytes of each class.
    bytes: Vec<u64>,
    /// For each object how far it is from the one before, and the number of its class.
    objects: Vec<u8>,
    nodes: u64,
}

/// Counts objects.
#[derive(Default, Debug)]
pub struct CensusBuilder {
    census: Census,
    numbers: FxHashMap<CensusClass, u32>,
    last: u64,
}

impl CensusBuilder {
    /// Nothing is counted.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of a class.
    pub fn class(&mut self, class: CensusClass) -> u32 {
        if let Some(&number) = self.numbers.get(&class) {
            return number;
        }
        let number = self.census.classes.len() as u32;
        self.census.classes.push(class.clone());
        self.census.bytes.push(0);
        self.numbers.insert(class, number);
        number
    }

    /// Counts an object of a class whose number [`class`](Self::class) gave. `identity` tells it from
    /// all others and must not be smaller than that of the one before.
    #[inline]
    pub fn object(&mut self, identity: u64, class: u32, bytes: u64) {
        debug_assert!(self.last <= identity, "objects come in order");
        let census = &mut self.census;
        push_number(&mut census.objects, identity - self.last);
        push_number(&mut census.objects, class.into());
        census.bytes[class as usize] += bytes;
        census.nodes += 1;
        self.last = identity;
    }

    /// The census.
    pub fn finish(mut self) -> Census {
        self.census.objects.shrink_to_fit();
        self.census
    }
}

/// What became of a class.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassChange {
    /// The class.
    #[serde(flatten)]
    pub class: CensusClass,
    /// Objects that are new.
    pub allocated: u64,
    /// Objects that are gone.
    pub freed: u64,
    /// Bytes now less those before, of all objects of the class: some grow.
    pub size_change: i64,
}

/// What became of a heap.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CensusChange {
    /// The earlier census.
    pub before: CensusTotals,
    /// The later one.
    pub after: CensusTotals,
    /// Objects that are new.
    pub allocated: u64,
    /// Objects that are gone.
    pub freed: u64,
    /// Classes of which something changed, by name. Their numbers add up to those above, and
    /// `allocated` less `freed` is by how much there are more of a class.
    pub classes: Vec<ClassChange>,
}

impl Census {
    /// Counts the objects of a graph by V8's object ids. Roots are no objects.
    pub fn of_graph(graph: &HeapGraph) -> Census {
        let scripts = ScriptLocations::new(graph);
        let mut nodes: Vec<_> = graph
            .nodes()
            .filter(|&node| graph.kind(node) != NodeKind::Synthetic)
            .collect();
        nodes.sort_unstable_by_key(|&node| graph.object_id(node));
        let mut builder = CensusBuilder::new();
        for node in nodes {
            let class = match graph.kind(node) {
                NodeKind::Object | NodeKind::WasmObject => {
                    let name = graph.name(node).to_owned();
                    CensusClass::of_objects(name, scripts.locate(graph, node))
                }
                kind => CensusClass::of_kind(kind),
            };
            let class = builder.class(class);
            builder.object(graph.object_id(node).into(), class, graph.self_size(node));
        }
        builder.finish()
    }

    /// Puts a census together that was taken apart; `None` if the parts don't belong together.
    /// `bytes` has the bytes of each class, `objects` is what [`objects`](Self::objects) gave.
    pub fn from_parts(
        classes: Vec<CensusClass>,
        bytes: Vec<u64>,
        objects: Vec<u8>,
    ) -> Option<Census> {
        let mut census = Census {
            classes,
            bytes,
            objects,
            nodes: 0,
        };
        let mut reader = Reader::new(&census);
        let mut nodes = 0;
        while let Some(object) = reader.next() {
            census.classes.get(object.class as usize)?;
            nodes += 1;
        }
        let is_whole = reader.rest.is_empty() && census.bytes.len() == census.classes.len();
        census.nodes = nodes;
        is_whole.then_some(census)
    }

    /// The classes, in the order of their numbers.
    pub fn classes(&self) -> &[CensusClass] {
        &self.classes
    }

    /// Bytes of the objects of each class.
    pub fn bytes(&self) -> &[u64] {
        &self.bytes
    }

    /// The objects, as bytes.
    pub fn objects(&self) -> &[u8] {
        &self.objects
    }

    /// How many objects there are, and their bytes.
    pub fn totals(&self) -> CensusTotals {
        CensusTotals {
            nodes: self.nodes,
            bytes: self.bytes.iter().sum(),
        }
    }

    /// What became of the objects of an earlier census. An object is the same if identity and class
    /// are.
    pub fn change_since(&self, before: &Census) -> CensusChange {
        let mut rows = Rows::new(before, self);
        let (mut old, mut new) = (Reader::new(before), Reader::new(self));
        let (mut gone, mut come) = (old.next(), new.next());
        loop {
            match (gone, come) {
                (Some(was), Some(is)) if was.identity == is.identity => {
                    rows.replace(was.class, is.class);
                    (gone, come) = (old.next(), new.next());
                }
                (Some(was), is) if is.is_none_or(|is| was.identity < is.identity) => {
                    rows.free(was.class);
                    gone = old.next();
                }
                (_, Some(is)) => {
                    rows.allocate(is.class);
                    come = new.next();
                }
                (_, None) => break,
            }
        }
        rows.finish(before.totals(), self.totals())
    }
}

/// The classes of two censuses, which number them differently.
struct Rows {
    changes: Vec<ClassChange>,
    /// Index of the row by the class number in the earlier census, and in the later one.
    of_old: Vec<usize>,
    of_new: Vec<usize>,
}

impl Rows {
    fn new(before: &Census, after: &Census) -> Self {
        let mut changes: Vec<ClassChange> = Vec::new();
        let mut known = FxHashMap::default();
        let mut row = |class: &CensusClass, bytes: i64| {
            let row = *known.entry(class.clone()).or_insert(changes.len());
            if row == changes.len() {
                changes.push(ClassChange {
                    class: class.clone(),
                    allocated: 0,
                    freed: 0,
                    size_change: 0,
                });
            }
            changes[row].size_change = changes[row].size_change.saturating_add(bytes);
            row
        };
        let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let of_old = (before.classes.iter().zip(&before.bytes))
            .map(|(class, &bytes)| row(class, -signed(bytes)))
            .collect();
        let of_new = (after.classes.iter().zip(&after.bytes))
            .map(|(class, &bytes)| row(class, signed(bytes)))
            .collect();
        Rows {
            changes,
            of_old,
            of_new,
        }
    }

    fn free(&mut self, old_class: u32) {
        self.changes[self.of_old[old_class as usize]].freed += 1;
    }

    fn allocate(&mut self, new_class: u32) {
        self.changes[self.of_new[new_class as usize]].allocated += 1;
    }

    /// What is of another class now was freed, and its place taken.
    fn replace(&mut self, old_class: u32, new_class: u32) {
        if self.of_old[old_class as usize] != self.of_new[new_class as usize] {
            self.free(old_class);
            self.allocate(new_class);
        }
    }

    fn finish(mut self, before: CensusTotals, after: CensusTotals) -> CensusChange {
        self.changes
            .retain(|row| row.allocated > 0 || row.freed > 0 || row.size_change != 0);
        self.changes.sort_by(|a, b| a.class.cmp(&b.class));
        CensusChange {
            before,
            after,
            allocated: self.changes.iter().map(|row| row.allocated).sum(),
            freed: self.changes.iter().map(|row| row.freed).sum(),
            classes: self.changes,
        }
    }
}

#[derive(Clone, Copy)]
struct CountedObject {
    identity: u64,
    class: u32,
}

/// Reads the objects of a census in order.
struct Reader<'a> {
    rest: &'a [u8],
    last: u64,
}

impl<'a> Reader<'a> {
    fn new(census: &'a Census) -> Self {
        Reader {
            rest: &census.objects,
            last: 0,
        }
    }

    /// The next object; `None` at the end, and where there is no whole one.
    #[inline]
    fn next(&mut self) -> Option<CountedObject> {
        let (distance, rest) = read_number(self.rest)?;
        let (class, rest) = read_number(rest)?;
        self.rest = rest;
        self.last = self.last.wrapping_add(distance);
        Some(CountedObject {
            identity: self.last,
            class: u32::try_from(class).unwrap_or(u32::MAX),
        })
    }
}

/// Appends a number in LEB128: seven bits a byte, the lowest first.
#[inline]
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[inline]
fn read_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Some((number, &bytes[i + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Classes by number, the first two of one name.
    fn class(number: u32) -> CensusClass {
        let line = number.max(1);
        let location = SourceLocation {
            url: "/app/a.js".to_owned(),
            line,
            column: 1,
        };
        match number {
            0 | 1 => CensusClass::of_objects("Order".to_owned(), Some(location)),
            2 => CensusClass::of_kind(NodeKind::ConsString),
            3 => CensusClass::of_kind(NodeKind::String),
            _ => CensusClass::of_objects(format!("Class{number}"), None),
        }
    }

    type Objects = BTreeMap<u64, (u32, u64)>;

    /// `reversed`: classes get their numbers in another order.
    fn census(objects: &Objects, reversed: bool) -> Census {
        let mut builder = CensusBuilder::new();
        if reversed {
            for number in (0..9).rev() {
                builder.class(class(number));
            }
        }
        for (&identity, &(number, bytes)) in objects {
            let number = builder.class(class(number));
            builder.object(identity, number, bytes);
        }
        builder.finish()
    }

    /// The change by the rules of [`Census::change_since`], from sets.
    fn naive(before: &Objects, after: &Objects) -> BTreeMap<CensusClass, (u64, u64, i64)> {
        let mut rows: BTreeMap<CensusClass, (u64, u64, i64)> = BTreeMap::new();
        for (objects, other, sign) in [(before, after, -1), (after, before, 1)] {
            for (identity, &(number, bytes)) in objects {
                let is_same = other
                    .get(identity)
                    .is_some_and(|o| class(o.0) == class(number));
                let row = rows.entry(class(number)).or_default();
                row.2 += sign * bytes as i64;
                match sign {
                    1 => row.0 += u64::from(!is_same),
                    _ => row.1 += u64::from(!is_same),
                }
            }
        }
        rows.retain(|_, row| *row != (0, 0, 0));
        rows
    }

    fn any_objects() -> impl Strategy<Value = Objects> {
        let identity = prop_oneof![0..40u64, any::<u64>()];
        proptest::collection::btree_map(identity, (0..9u32, 0..1000u64), 0..60)
    }

    proptest! {
        #[test]
        fn a_change_is_what_sets_say(before in any_objects(), after in any_objects()) {
            let change = census(&after, true).change_since(&census(&before, false));
            let rows: BTreeMap<_, _> = (change.classes.iter())
                .map(|row| (row.class.clone(), (row.allocated, row.freed, row.size_change)))
                .collect();
            prop_assert!(change.classes.is_sorted_by(|a, b| a.class < b.class));
            prop_assert_eq!(rows, naive(&before, &after));
            let bytes: i64 = change.classes.iter().map(|row| row.size_change).sum();
            prop_assert_eq!(bytes, change.after.bytes as i64 - change.before.bytes as i64);
            prop_assert_eq!(
                change.allocated as i64 - change.freed as i64,
                after.len() as i64 - before.len() as i64
            );
        }

        #[test]
        fn parts_make_a_census_again(objects in any_objects()) {
            let whole = census(&objects, false);
            let parts = (whole.classes().to_vec(), whole.bytes().to_vec(), whole.objects().to_vec());
            prop_assert_eq!(Census::from_parts(parts.0, parts.1, parts.2), Some(whole));
        }

        #[test]
        fn no_parts_make_it_panic(objects: Vec<u8>, classes in 0..5u32) {
            let classes: Vec<_> = (0..classes).map(class).collect();
            let bytes = vec![1; classes.len()];
            if let Some(census) = Census::from_parts(classes, bytes, objects) {
                let change = census.change_since(&Census::default());
                prop_assert_eq!(change.allocated, census.totals().nodes);
            }
        }
    }

    #[test]
    fn parts_that_do_not_belong_together_make_none() {
        let classes = vec![class(5)];
        for objects in [vec![1], vec![1, 1], vec![0xff; 12], vec![1, 0, 0x80]] {
            let census = Census::from_parts(classes.clone(), vec![0], objects.clone());
            assert_eq!(census, None, "{objects:?}");
        }
        assert_eq!(Census::from_parts(classes, vec![], vec![1, 0]), None);
    }
}
