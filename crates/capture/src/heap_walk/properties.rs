//! The named properties of JavaScript objects.
//!
//! Objects with fast properties share a descriptor array by way of their hidden class: the names
//! and where the values are, in the object, in its property array, or in the descriptor itself. What
//! it says is worked out once per class, in O(properties); an object then costs O(1) a property.
//! Other objects have a dictionary of their own, the global object one of property cells.
//!
//! [`Properties::for_each`] shows what V8's own snapshot shows and in its order. [`data_property`]
//! looks a single one up.

use std::cell::RefCell;

use super::address_table::AddressTable;
use super::dictionaries;
use super::heap::{Heap, HiddenClass};
use super::names::{Half, NameId, Names};
use super::strings;
use super::tagged::{Address, Tagged};
use crate::v8_layout::ObjectType;
use crate::v8_layout::fields::{self, WORD, property_details};

/// A property of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Property {
    pub(crate) key: Key,
    pub(crate) value: PropertyValue,
}

/// What a property is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Key {
    /// The name as V8 shows it.
    pub(crate) name: NameId,
    /// Whether the key is a symbol and not a string.
    pub(crate) is_symbol: bool,
}

/// What a property holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PropertyValue {
    /// A value.
    Data {
        value: Tagged,
        /// Offset of the field of the object that has it; elsewhere `None`.
        offset: Option<u32>,
    },
    /// An `AccessorPair`: the functions that read and write the property.
    Accessor { pair: Address },
}

impl Key {
    /// What V8 calls the edge to a half of the property's accessor.
    pub(crate) fn accessor_name(self, names: &Names, half: Half) -> NameId {
        match self.is_symbol {
            true => self.name,
            false => names.accessor(self.name, half),
        }
    }
}

/// The function, or its template, in one half of an `AccessorPair`; `None` if there is none.
pub(crate) fn accessor_half(heap: &Heap, pair: Address, half: Half) -> Option<Address> {
    let offset = match half {
        Half::Getter => fields::ACCESSOR_PAIR_GETTER,
        Half::Setter => fields::ACCESSOR_PAIR_SETTER,
    };
    heap.object_field(pair, offset)
        .filter(|&function| heap.type_of(function) != Some(ObjectType::Oddball))
}

/// Where an object with fast properties has the value of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Offset in the object.
    InObject(u32),
    /// Offset in the property array.
    InArray(u32),
    /// For all objects of the class.
    Constant(Tagged),
}

/// A fast property as the descriptor array describes it.
#[derive(Clone, Copy)]
struct Planned {
    key: Key,
    place: Place,
    is_accessor: bool,
}

/// Some of the planned properties: those of a class.
#[derive(Clone, Copy, Default)]
struct Plan {
    start: u32,
    end: u32,
}

/// The properties of a class whose objects have all of them in themselves, as plain values.
#[derive(Clone, Copy)]
pub(crate) struct InObjectProperties {
    plan: Plan,
    /// A bit for each word of the object that is one of them.
    pub(crate) words: u64,
}

/// What is known of the fast properties of each class.
pub(crate) struct Properties {
    planned: RefCell<Vec<Planned>>,
    /// By hidden class.
    plans: AddressTable<Plan>,
}

impl Properties {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Properties {
            planned: RefCell::default(),
            plans: AddressTable::new(),
        }
    }

    /// Calls `property` with each own named property of a JavaScript object. Numbers that V8 keeps
    /// unboxed or boxed for this one field are left out.
    #[inline]
    pub(crate) fn for_each(
        &self,
        heap: &Heap,
        names: &Names,
        object: Address,
        class: &HiddenClass,
        property: &mut impl FnMut(Property),
    ) {
        if !class.is_dictionary_map() {
            self.for_each_fast(heap, names, object, class, property);
        } else if let Some(table) = heap.object_field(object, fields::JS_OBJECT_PROPERTIES) {
            match heap.type_of(table) {
                Some(ObjectType::NameDictionary) => for_each_slow(heap, names, table, property),
                Some(ObjectType::GlobalDictionary) => for_each_global(heap, names, table, property),
                _ => {}
            }
        }
    }

    fn for_each_fast(
        &self,
        heap: &Heap,
        names: &Names,
        object: Address,
        class: &HiddenClass,
        property: &mut impl FnMut(Property),
    ) {
        let plan = self.plan(heap, names, class);
        if plan.start == plan.end {
            return;
        }
        let array = heap.object_field(object, fields::JS_OBJECT_PROPERTIES);
        for index in plan.start..plan.end {
            // Not borrowed while the caller's code runs, which may come back here.
            let planned = self.planned.borrow().get(index as usize).copied();
            let Some(planned) = planned else { return };
            let offset = match planned.place {
                Place::InObject(offset) => Some(offset),
                _ => None,
            };
            let value = match planned.place {
                Place::InObject(offset) => heap.field(object, offset),
                Place::InArray(offset) => array.map_or(Tagged::ZERO, |array| {
                    property_array_field(heap, array, offset)
                }),
                Place::Constant(value) => value,
            };
            let key = planned.key;
            emit(heap, key, planned.is_accessor, value, offset, property);
        }
    }

    /// The properties of a class with fast properties; `None` if any is elsewhere than in the first
    /// 64 words of the object, or is an accessor.
    pub(crate) fn in_object(
        &self,
        heap: &Heap,
        names: &Names,
        class: &HiddenClass,
    ) -> Option<InObjectProperties> {
        if class.is_dictionary_map() {
            return None;
        }
        let plan = self.plan(heap, names, class);
        let mut words = 0;
        for planned in &self.planned.borrow()[plan.start as usize..plan.end as usize] {
            match planned.place {
                Place::InObject(offset) if !planned.is_accessor && offset < 64 * WORD => {
                    words |= 1 << (offset / WORD);
                }
                _ => return None,
            }
        }
        Some(InObjectProperties { plan, words })
    }

    /// Calls `property` with the key and the offset of each; nothing here is asked by it.
    #[inline(always)]
    pub(crate) fn for_each_in_object(
        &self,
        properties: InObjectProperties,
        mut property: impl FnMut(Key, u32),
    ) {
        let Plan { start, end } = properties.plan;
        for planned in &self.planned.borrow()[start as usize..end as usize] {
            if let Place::InObject(offset) = planned.place {
                property(planned.key, offset);
            }
        }
    }

    #[inline]
    fn plan(&self, heap: &Heap, names: &Names, class: &HiddenClass) -> Plan {
        self.plans
            .get_or(class.map, || self.make_plan(heap, names, class))
    }

    fn make_plan(&self, heap: &Heap, names: &Names, class: &HiddenClass) -> Plan {
        let mut planned = self.planned.borrow_mut();
        let start = planned.len() as u32;
        for descriptor in descriptors(heap, class) {
            let is_accessor = descriptor.is_accessor();
            let is_shown = if is_accessor {
                is_pair(heap, descriptor.value)
            } else {
                !descriptor.is_number()
            };
            if is_shown {
                planned.push(Planned {
                    key: key(heap, names, descriptor.key),
                    place: descriptor.place(class),
                    is_accessor,
                });
            }
        }
        Plan {
            start,
            end: planned.len() as u32,
        }
    }
}

fn key(heap: &Heap, names: &Names, key: Address) -> Key {
    Key {
        name: names.of_name(heap, key),
        is_symbol: heap.type_of(key) == Some(ObjectType::Symbol),
    }
}

/// Whether an accessor consists of functions, or of a template for them, and not of native code.
fn is_pair(heap: &Heap, accessor: Tagged) -> bool {
    let object = accessor.strong();
    object.is_some_and(|object| heap.type_of(object) == Some(ObjectType::AccessorPair))
}

/// Passes a property on. What claims to be an accessor without a pair is native code: V8 shows
/// nothing.
#[inline(always)]
fn emit(
    heap: &Heap,
    key: Key,
    is_accessor: bool,
    value: Tagged,
    offset: Option<u32>,
    property: &mut impl FnMut(Property),
) {
    let value = if is_accessor {
        match value.strong() {
            Some(pair) if is_pair(heap, value) => PropertyValue::Accessor { pair },
            _ => return,
        }
    } else {
        PropertyValue::Data { value, offset }
    };
    property(Property { key, value });
}

/// Passes on a property of a dictionary.
fn emit_slow(
    heap: &Heap,
    key: Key,
    details: u32,
    value: Tagged,
    property: &mut impl FnMut(Property),
) {
    let is_accessor = details & property_details::ACCESSOR != 0;
    emit(heap, key, is_accessor, value, None, property);
}

fn for_each_slow(heap: &Heap, names: &Names, table: Address, property: &mut impl FnMut(Property)) {
    for entry in dictionaries::entries(heap, table, fields::NAME_DICTIONARY) {
        if let Some(name) = live_key(heap, table, entry) {
            let details = details(heap.field(table, entry + 2 * WORD));
            let value = heap.field(table, entry + WORD);
            emit_slow(heap, key(heap, names, name), details, value, property);
        }
    }
}

fn for_each_global(
    heap: &Heap,
    names: &Names,
    table: Address,
    property: &mut impl FnMut(Property),
) {
    for cell in global_cells(heap, table) {
        if let Some(name) = heap.object_field(cell, fields::PROPERTY_CELL_NAME) {
            let details = details(heap.field(cell, fields::PROPERTY_CELL_DETAILS));
            let value = heap.field(cell, fields::PROPERTY_CELL_VALUE);
            emit_slow(heap, key(heap, names, name), details, value, property);
        }
    }
}

/// The property cells of a global dictionary.
fn global_cells(heap: &Heap, table: Address) -> impl Iterator<Item = Address> {
    dictionaries::entries(heap, table, fields::GLOBAL_DICTIONARY)
        .filter_map(move |entry| heap.object_field(table, entry))
        .filter(|&cell| heap.type_of(cell) == Some(ObjectType::PropertyCell))
}

/// The key of a dictionary's entry, unless the entry is free: then it is no name.
fn live_key(heap: &Heap, table: Address, entry: u32) -> Option<Address> {
    heap.object_field(table, entry)
        .filter(|&key| strings::is_name(heap, key))
}

/// The bits that describe a property; none if the word is no small integer.
fn details(word: Tagged) -> u32 {
    word.smi().unwrap_or(0) as u32
}

/// A field of a property array, if it has it. Objects without an array have an empty fixed array
/// there, or a dictionary of another kind.
#[inline(always)]
fn property_array_field(heap: &Heap, array: Address, offset: u32) -> Tagged {
    let length = details(heap.field(array, fields::PROPERTY_ARRAY_LENGTH_AND_HASH));
    let end =
        fields::PROPERTY_ARRAY_ELEMENTS + WORD * (length & fields::PROPERTY_ARRAY_LENGTH_MASK);
    if offset < end {
        heap.field(array, offset)
    } else {
        Tagged::ZERO
    }
}

/// A row of a descriptor array.
#[derive(Clone, Copy)]
pub(crate) struct Descriptor {
    pub(crate) key: Address,
    pub(crate) details: u32,
    pub(crate) value: Tagged,
}

impl Descriptor {
    fn is_accessor(&self) -> bool {
        self.details & property_details::ACCESSOR != 0
    }

    /// Whether the property is a field that can't hold anything but numbers.
    fn is_number(&self) -> bool {
        let representation = self.details >> property_details::REPRESENTATION_SHIFT
            & property_details::REPRESENTATION_MASK;
        self.details & property_details::IN_DESCRIPTOR == 0
            && (representation == property_details::REPRESENTATION_SMI
                || representation == property_details::REPRESENTATION_DOUBLE)
    }

    fn place(&self, class: &HiddenClass) -> Place {
        if self.details & property_details::IN_DESCRIPTOR != 0 {
            return Place::Constant(self.value);
        }
        let index = self.details >> property_details::FIELD_INDEX_SHIFT
            & property_details::FIELD_INDEX_MASK;
        let in_object = class.instance_size.saturating_sub(class.inobject_start()) / WORD;
        match index.checked_sub(in_object) {
            None => Place::InObject(class.inobject_start() + WORD * index),
            Some(index) => Place::InArray(fields::PROPERTY_ARRAY_ELEMENTS + WORD * index),
        }
    }
}

/// The rows of a class's descriptor array that are its own.
pub(crate) fn descriptors(heap: &Heap, class: &HiddenClass) -> impl Iterator<Item = Descriptor> {
    let array = heap.object_field(class.map, fields::MAP_INSTANCE_DESCRIPTORS);
    let own = class.own_descriptors();
    let first = heap.layout.offsets.descriptor_array_descriptors;
    array.into_iter().flat_map(move |array| {
        let all = heap.u16_field(array, fields::DESCRIPTOR_ARRAY_DESCRIPTORS);
        (0..own.min(u32::from(all))).filter_map(move |index| {
            let row = first + fields::DESCRIPTOR_SIZE * index;
            Some(Descriptor {
                key: heap.object_field(array, row + fields::DESCRIPTOR_KEY)?,
                details: details(heap.field(array, row + fields::DESCRIPTOR_DETAILS)),
                value: heap.field(array, row + fields::DESCRIPTOR_VALUE),
            })
        })
    })
}

/// An own property that was looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// A property with a value that is to be read.
    Data(Place),
    /// A property with the value or native code (`AccessorInfo`) or functions (`AccessorPair`) of
    /// an accessor.
    Accessor(Tagged),
}

/// The fast property with the key that `is_key` knows.
pub(crate) fn find_fast(
    heap: &Heap,
    class: &HiddenClass,
    is_key: impl Fn(Address) -> bool,
) -> Option<Found> {
    descriptors(heap, class)
        .find(|descriptor| is_key(descriptor.key))
        .map(|descriptor| {
            if descriptor.is_accessor() {
                Found::Accessor(descriptor.value)
            } else {
                Found::Data(descriptor.place(class))
            }
        })
}

/// The own property with the key that `is_key` knows, of an object with properties of any form. Of
/// a dictionary O(its capacity).
pub(crate) fn find(
    heap: &Heap,
    object: Address,
    class: &HiddenClass,
    is_key: impl Fn(Address) -> bool,
) -> Option<Found> {
    if !class.is_dictionary_map() {
        return find_fast(heap, class, is_key);
    }
    let table = heap.object_field(object, fields::JS_OBJECT_PROPERTIES)?;
    let (details, value) = match heap.type_of(table)? {
        ObjectType::NameDictionary => {
            let mut entries = dictionaries::entries(heap, table, fields::NAME_DICTIONARY);
            let entry = entries.find(|&entry| live_key(heap, table, entry).is_some_and(&is_key))?;
            let details = details(heap.field(table, entry + 2 * WORD));
            (details, heap.field(table, entry + WORD))
        }
        ObjectType::GlobalDictionary => {
            let cell = global_cells(heap, table).find(|&cell| {
                heap.object_field(cell, fields::PROPERTY_CELL_NAME)
                    .is_some_and(&is_key)
            })?;
            let details = details(heap.field(cell, fields::PROPERTY_CELL_DETAILS));
            (details, heap.field(cell, fields::PROPERTY_CELL_VALUE))
        }
        _ => return None,
    };
    Some(if details & property_details::ACCESSOR != 0 {
        Found::Accessor(value)
    } else {
        Found::Data(Place::Constant(value))
    })
}

/// The value of a fast property, or of one in a dictionary, at its place.
pub(crate) fn value_at(heap: &Heap, object: Address, place: Place) -> Tagged {
    match place {
        Place::InObject(offset) => heap.field(object, offset),
        Place::InArray(offset) => heap
            .object_field(object, fields::JS_OBJECT_PROPERTIES)
            .map_or(Tagged::ZERO, |array| {
                property_array_field(heap, array, offset)
            }),
        Place::Constant(value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{Row, TestHeap, VERSIONS, field_details, smi};
    use PropertyValue::{Accessor, Data};

    const CONSTANT: u32 = property_details::IN_DESCRIPTOR;
    const ACCESSOR: u32 = property_details::IN_DESCRIPTOR | property_details::ACCESSOR;

    /// The properties of an object, by name.
    fn properties_of(heap: &TestHeap, object: Address) -> Vec<(String, PropertyValue)> {
        let (names, properties) = (Names::new(), Properties::new());
        let class = heap.class_of(object);
        let mut found = Vec::new();
        heap.read(|heap| {
            // Twice: the second time what is known of the class is used.
            for _ in 0..2 {
                found.clear();
                properties.for_each(heap, &names, object, &class, &mut |property| {
                    found.push((names.get(property.key.name), property.value));
                });
            }
        });
        found
    }

    fn data(value: Address, offset: Option<u32>) -> PropertyValue {
        let value = value.tagged();
        Data { value, offset }
    }

    #[test]
    fn fast_properties_are_in_the_object_its_array_or_the_descriptor() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let map = heap.map(ObjectType::JSObject, 40);
            let [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(|name| heap.string(name));
            let number =
                property_details::REPRESENTATION_DOUBLE << property_details::REPRESENTATION_SHIFT;
            let rows: [Row; 5] = [
                (a, field_details(0), smi(0)),
                (b, 1 << property_details::FIELD_INDEX_SHIFT | number, smi(0)),
                (c, field_details(2), smi(0)),
                (d, field_details(3), smi(0)),
                (e, CONSTANT, b.tagged()),
            ];
            heap.describe(map, &rows);
            let object = heap.object(map, 40);
            let array = heap.struct_of(
                ObjectType::PropertyArray,
                &[smi(1 | 77 << 10), c.tagged(), d.tagged()],
            );
            heap.set(object, fields::JS_OBJECT_PROPERTIES, array.tagged());
            heap.set(object, 24, a.tagged());
            heap.set(object, 32, b.tagged());
            let beyond = Data {
                value: Tagged::ZERO,
                offset: None,
            };
            let expected = [
                ("a".to_owned(), data(a, Some(24))),
                ("c".to_owned(), data(c, None)),
                ("d".to_owned(), beyond),
                ("e".to_owned(), data(b, None)),
            ];
            assert_eq!(properties_of(&heap, object), expected, "{version:?}");
        }
    }

    #[test]
    fn accessors_are_shown_by_their_pair_and_native_ones_not_at_all() {
        let mut heap = TestHeap::new(VERSIONS[3]);
        let (length, size) = (heap.string("length"), heap.string("size"));
        let symbol = heap.symbol(Some("size"), 0);
        let native = heap.struct_of(ObjectType::AccessorInfo, &[smi(0); 8]);
        let shared = heap.shared(size, None);
        let (getter, nothing) = (heap.function(shared), heap.undefined());
        let pair = heap.struct_of(
            ObjectType::AccessorPair,
            &[getter.tagged(), nothing.tagged()],
        );
        let map = heap.map(ObjectType::JSObject, 24);
        let rows = [
            (length, ACCESSOR, native.tagged()),
            (size, ACCESSOR, pair.tagged()),
            (symbol, ACCESSOR, pair.tagged()),
        ];
        heap.describe(map, &rows);
        let object = heap.object(map, 24);
        let expected = [
            ("size".to_owned(), Accessor { pair }),
            ("<symbol size>".to_owned(), Accessor { pair }),
        ];
        assert_eq!(properties_of(&heap, object), expected);
        heap.read(|heap| {
            assert_eq!(accessor_half(heap, pair, Half::Getter), Some(getter));
            assert_eq!(accessor_half(heap, pair, Half::Setter), None);
            let names = Names::new();
            let edge = |object| {
                let name = key(heap, &names, object).accessor_name(&names, Half::Getter);
                names.get(name)
            };
            assert_eq!(edge(size), "get size");
            assert_eq!(edge(symbol), "<symbol size>");
        });
    }

    #[test]
    fn properties_of_a_dictionary_are_its_live_entries() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let map = heap.dictionary_map(ObjectType::JSObject);
            let (x, y) = (heap.string("x"), heap.symbol(Some("y"), 0));
            let rows = [(x, 0, y.tagged()), (y, 0, smi(5))];
            let table = heap.name_dictionary(&rows, 0);
            let object = heap.object(map, 24);
            heap.set(object, fields::JS_OBJECT_PROPERTIES, table.tagged());
            let five = Data {
                value: smi(5),
                offset: None,
            };
            let expected = [
                ("x".to_owned(), data(y, None)),
                ("<symbol y>".to_owned(), five),
            ];
            assert_eq!(properties_of(&heap, object), expected, "{version:?}");
        }
    }

    #[test]
    fn properties_of_the_global_object_are_in_cells() {
        let mut heap = TestHeap::new(VERSIONS[1]);
        let map = heap.dictionary_map(ObjectType::JSGlobalObject);
        let (name, value) = (heap.string("process"), heap.string("value"));
        let words = [name.tagged(), smi(0), value.tagged(), smi(0)];
        let cell = heap.struct_of(ObjectType::PropertyCell, &words);
        let free = heap.undefined();
        let elements = [
            smi(1),
            smi(0),
            smi(2),
            smi(1),
            smi(0),
            free.tagged(),
            cell.tagged(),
        ];
        let table = heap.array(ObjectType::GlobalDictionary, &elements);
        let object = heap.object(map, 24);
        heap.set(object, fields::JS_OBJECT_PROPERTIES, table.tagged());
        let expected = [("process".to_owned(), data(value, None))];
        assert_eq!(properties_of(&heap, object), expected);
    }

    #[test]
    fn a_property_is_found_by_its_key() {
        let mut heap = TestHeap::new(VERSIONS[2]);
        let (x, y, z) = (heap.string("x"), heap.string("y"), heap.string("z"));
        let fast_map = heap.map(ObjectType::JSObject, 32);
        heap.describe(
            fast_map,
            &[(x, field_details(0), smi(0)), (y, ACCESSOR, z.tagged())],
        );
        let fast = heap.object(fast_map, 32);
        heap.set(fast, 24, z.tagged());
        let slow_map = heap.dictionary_map(ObjectType::JSObject);
        let rows = [
            (x, 0, z.tagged()),
            (y, property_details::ACCESSOR, z.tagged()),
        ];
        let table = heap.name_dictionary(&rows, 0);
        let slow = heap.object(slow_map, 24);
        heap.set(slow, fields::JS_OBJECT_PROPERTIES, table.tagged());
        for object in [fast, slow] {
            let class = heap.class_of(object);
            heap.read(|heap| {
                let found = |name| find(heap, object, &class, |key| key == name);
                let Some(Found::Data(place)) = found(x) else {
                    panic!("x is a value");
                };
                assert_eq!(value_at(heap, object, place), z.tagged());
                assert_eq!(found(y), Some(Found::Accessor(z.tagged())));
                assert_eq!(found(z), None);
            });
        }
    }
}
