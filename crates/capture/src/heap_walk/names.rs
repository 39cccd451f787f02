//! Names of nodes and edges, each stored once. Slots have numbers instead.
//!
//! A text gets a number by its content, from a hash table over one arena: O(length) once per
//! distinct text. Names of the heap (strings and symbols) and fixed texts are looked up by address
//! from then on, in a few nanoseconds.
//!
//! The hash of a text has a random key: the texts are data of the service, and its clients may
//! choose them.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};

use rustc_hash::FxHashMap;

use super::heap::Heap;
use super::strings;
use super::tagged::Address;
use crate::v8_layout::{ObjectType, fields};

/// Number of a text in [`Names`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct NameId(pub(crate) u32);

impl NameId {
    /// The empty text.
    pub(crate) const EMPTY: NameId = NameId(0);
}

/// UTF-16 units of a string that V8 takes for a name (`--heap-snapshot-string-limit`).
pub(crate) const NAME_LIMIT: u32 = 1024;
/// Bits of a slot number for fixed texts. The walk uses some 300 of them.
const FIXED_BITS: u32 = 10;

/// A fixed text by its place in the binary.
#[derive(Clone, Copy)]
struct Fixed {
    address: usize,
    length: usize,
    id: NameId,
}

/// The texts of a walk.
pub(crate) struct Names {
    texts: RefCell<Texts>,
    hasher: RandomState,
    fixed: Box<[Cell<Fixed>]>,
    by_address: RefCell<FxHashMap<Address, NameId>>,
    accessors: RefCell<FxHashMap<(NameId, Half), NameId>>,
}

/// A half of an accessor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Half {
    /// The function that reads.
    Getter,
    /// The function that writes.
    Setter,
}

impl Names {
    /// Only the empty text.
    pub(crate) fn new() -> Self {
        let unused = Fixed {
            address: 0,
            length: 0,
            id: NameId::EMPTY,
        };
        let names = Names {
            texts: RefCell::new(Texts::new()),
            hasher: RandomState::new(),
            fixed: vec![Cell::new(unused); 1 << FIXED_BITS].into_boxed_slice(),
            by_address: RefCell::default(),
            accessors: RefCell::default(),
        };
        names.text("");
        names
    }

    /// How many texts there are: the next to come gets this number.
    pub(crate) fn len(&self) -> u32 {
        self.texts.borrow().len()
    }

    /// The number of a fixed text, by its address.
    #[inline]
    pub(crate) fn fixed(&self, text: &'static str) -> NameId {
        let (address, length) = (text.as_ptr() as usize, text.len());
        // Texts lie side by side: spread by a multiplication.
        let spread = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = &self.fixed[(spread >> (64 - FIXED_BITS)) as usize];
        let known = slot.get();
        if known.address == address && known.length == length {
            return known.id;
        }
        let id = self.text(text);
        slot.set(Fixed {
            address,
            length,
            id,
        });
        id
    }

    /// The number of a text, by its content.
    pub(crate) fn text(&self, text: &str) -> NameId {
        let hash = self.hasher.hash_one(text) as u32;
        self.texts.borrow_mut().intern(text, hash)
    }

    /// Reads the text of a number.
    pub(crate) fn with<R>(&self, id: NameId, read: impl FnOnce(&str) -> R) -> R {
        read(self.texts.borrow().get(id))
    }

    /// The text of a number.
    pub(crate) fn get(&self, id: NameId) -> String {
        self.with(id, str::to_owned)
    }

    /// Reads the texts from a number on, in order.
    pub(crate) fn for_each_from(&self, first: NameId, mut read: impl FnMut(&str)) {
        let texts = self.texts.borrow();
        for id in first.0..texts.len() {
            read(texts.get(NameId(id)));
        }
    }

    /// The name that a string or a symbol is, as V8 shows it. What is neither is the empty text.
    pub(crate) fn of_name(&self, heap: &Heap, name: Address) -> NameId {
        if let Some(&id) = self.by_address.borrow().get(&name) {
            return id;
        }
        let mut text = String::new();
        match heap.type_of(name) {
            Some(ObjectType::String) => push_name(heap, name, NAME_LIMIT, &mut text),
            Some(ObjectType::Symbol) => push_symbol(heap, name, &mut text),
            _ => {}
        }
        let id = self.text(&text);
        self.by_address.borrow_mut().insert(name, id);
        id
    }

    /// The text of a string's first `limit` UTF-16 units. Its address is not kept.
    pub(crate) fn text_of(&self, heap: &Heap, string: Address, limit: u32) -> NameId {
        let mut text = String::new();
        push_name(heap, string, limit, &mut text);
        self.text(&text)
    }

    /// What V8 calls the edge to a half of an accessor whose key is a string: "get size".
    pub(crate) fn accessor(&self, property: NameId, half: Half) -> NameId {
        if let Some(&id) = self.accessors.borrow().get(&(property, half)) {
            return id;
        }
        let prefix = match half {
            Half::Getter => "get ",
            Half::Setter => "set ",
        };
        let text = self.with(property, |name| format!("{prefix}{name}"));
        let id = self.text(&text);
        self.accessors.borrow_mut().insert((property, half), id);
        id
    }
}

/// Appends a string's text as a name: V8 writes C strings, so it replaces zeros.
fn push_name(heap: &Heap, string: Address, limit: u32, text: &mut String) {
    let start = text.len();
    strings::push_text(heap, string, limit, text);
    if text[start..].contains('\0') {
        let replaced = text[start..].replace('\0', " ");
        text.truncate(start);
        text.push_str(&replaced);
    }
}

/// Appends a symbol as V8 shows it: `<symbol description>`, and private names (`#secret`) as they
/// are.
fn push_symbol(heap: &Heap, symbol: Address, text: &mut String) {
    let description = heap
        .object_field(symbol, fields::SYMBOL_DESCRIPTION)
        .filter(|&description| strings::is_string(heap, description));
    match description {
        None => text.push_str("<symbol>"),
        Some(description) if is_private_name(heap, symbol) => {
            push_name(heap, description, NAME_LIMIT, text)
        }
        Some(description) => {
            text.push_str("<symbol ");
            push_name(heap, description, NAME_LIMIT, text);
            text.push('>');
        }
    }
}

/// Whether a symbol is the key of a class's private member.
fn is_private_name(heap: &Heap, symbol: Address) -> bool {
    let flags = heap.u32_field(symbol, fields::SYMBOL_FLAGS);
    flags & heap.layout.offsets.symbol_private_name_mask != 0
}

/// Texts by number, and a table from their hash to their number.
struct Texts {
    arena: String,
    /// Where each text ends in the arena.
    ends: Vec<usize>,
    /// Open addressing with linear probing; a power of two, at most half full.
    table: Vec<Slot>,
}

/// A slot of the table. It keeps the hash, so that other texts are rarely looked at and a larger
/// table is filled without a look at any.
#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u32,
    /// The number plus one; zero if the slot is free.
    entry: u32,
}

impl Texts {
    fn new() -> Self {
        Texts {
            arena: String::new(),
            ends: Vec::new(),
            table: vec![Slot::default(); 1024],
        }
    }

    fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    fn get(&self, id: NameId) -> &str {
        let index = id.0 as usize;
        let start = match index {
            0 => 0,
            _ => self.ends.get(index - 1).copied().unwrap_or_default(),
        };
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.arena.get(start..end).unwrap_or_default()
    }

    fn intern(&mut self, text: &str, hash: u32) -> NameId {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.table[at];
            if slot.entry == 0 {
                break;
            }
            let id = NameId(slot.entry - 1);
            if slot.hash == hash && self.get(id) == text {
                return id;
            }
            at = (at + 1) & mask;
        }
        let id = NameId(self.len());
        self.arena.push_str(text);
        self.ends.push(self.arena.len());
        self.table[at] = Slot {
            hash,
            entry: id.0 + 1,
        };
        if self.ends.len() * 2 > self.table.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let size = self.table.len() * 2;
        let old = std::mem::replace(&mut self.table, vec![Slot::default(); size]);
        for slot in old.into_iter().filter(|slot| slot.entry != 0) {
            let mut at = slot.hash as usize & (size - 1);
            while self.table[at].entry != 0 {
                at = (at + 1) & (size - 1);
            }
            self.table[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};
    use crate::v8_layout::V8Version;

    #[test]
    fn a_text_has_one_number_however_it_is_named() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let string = heap.string("elements");
        let names = Names::new();
        assert_eq!(names.text(""), NameId::EMPTY);
        let text = "elements";
        let id = names.fixed(text);
        assert_eq!(names.fixed(text), id);
        assert_eq!(names.text("elements"), id);
        assert_eq!(heap.read(|heap| names.of_name(heap, string)), id);
        assert_ne!(names.fixed(&text[..7]), id, "a part of the same bytes");
        assert_eq!(names.get(id), "elements");
    }

    #[test]
    fn numbers_stay_when_the_table_grows() {
        let names = Names::new();
        let texts: Vec<NameId> = (0..10_000)
            .map(|i| names.text(&format!("text {i}")))
            .collect();
        for (i, &id) in texts.iter().enumerate() {
            assert_eq!(names.text(&format!("text {i}")), id);
        }
        assert_eq!(names.len(), 10_001);

        let mark = NameId(names.len());
        names.text("new");
        let mut new = Vec::new();
        names.for_each_from(mark, |text| new.push(text.to_owned()));
        assert_eq!(new, ["new"]);
        assert_eq!(names.get(NameId(u32::MAX)), "", "no such text");
    }

    #[test]
    fn symbols_are_shown_as_v8_shows_them() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (internal, private_name, brand) = match version < V8Version::V14_6 {
                true => (1, 1 | 1 << 4, 1 | 1 << 4 | 1 << 5),
                false => (1, 2, 3),
            };
            let symbols = [
                (heap.symbol(Some("iterator"), 0), "<symbol iterator>"),
                (heap.symbol(Some(""), 0), "<symbol >"),
                (heap.symbol(None, 0), "<symbol>"),
                (
                    heap.symbol(Some("home_object"), internal),
                    "<symbol home_object>",
                ),
                (heap.symbol(Some("#secret"), private_name), "#secret"),
                (heap.symbol(Some("Account"), brand), "Account"),
            ];
            let names = Names::new();
            for (symbol, shown) in symbols {
                let id = heap.read(|heap| names.of_name(heap, symbol));
                assert_eq!(names.get(id), shown, "{version:?}");
            }
        }
    }

    #[test]
    fn a_name_is_no_longer_than_v8_makes_it_and_has_no_zeros() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let long = heap.string(&"ab".repeat(1000));
        let zero = heap.string("a\0b");
        let number = heap.struct_of(ObjectType::HeapNumber, &[smi(1)]);
        let names = Names::new();
        let show = |name| names.get(heap.read(|heap| names.of_name(heap, name)));
        assert_eq!(show(long), "ab".repeat(512));
        assert_eq!(show(zero), "a b");
        assert_eq!(show(number), "", "no name");
    }

    #[test]
    fn halves_of_an_accessor_have_names_of_their_own() {
        let names = Names::new();
        let size = names.text("size");
        let getter = names.accessor(size, Half::Getter);
        assert_eq!(names.get(getter), "get size");
        assert_eq!(names.accessor(size, Half::Getter), getter);
        assert_eq!(names.get(names.accessor(size, Half::Setter)), "set size");
    }
}
