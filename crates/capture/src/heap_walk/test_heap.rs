//! A heap for tests, built object by object as V8 of any known version lays it out.

use std::collections::HashMap;

use super::heap::{Heap, HiddenClass};
use super::memory::{Memory, ReadableRange};
use super::tagged::{Address, Tagged};
use crate::v8_layout::fields::{self, WORD, property_details, string_type};
use crate::v8_layout::{ObjectType, V8Layout, V8Version};

/// All versions.
pub(crate) const VERSIONS: [V8Version; 4] = [
    V8Version::V11_3,
    V8Version::V12_4,
    V8Version::V13_6,
    V8Version::V14_6,
];

/// Words of the memory: 4 MiB.
const WORDS: usize = 1 << 19;

const MAP_SIZE: u32 = 80;
const CONS_STRING_SIZE: u32 = 32;
/// That of the newest version, which is the largest.
const SHARED_FUNCTION_INFO_SIZE: u32 = 72;

/// Memory with objects in it.
pub(crate) struct TestHeap {
    pub(crate) layout: V8Layout,
    words: Box<[u64]>,
    used: usize,
    meta_map: Address,
    maps: HashMap<u16, Address>,
    strings: HashMap<String, Address>,
}

/// The small integer as a word.
pub(crate) fn smi(value: i32) -> Tagged {
    Tagged((value as u32 as u64) << 32)
}

/// The details of a fast property in the field of that index.
pub(crate) fn field_details(index: u32) -> u32 {
    let tagged = property_details::REPRESENTATION_TAGGED << property_details::REPRESENTATION_SHIFT;
    index << property_details::FIELD_INDEX_SHIFT | tagged
}

/// A row of a descriptor array: key, details, value.
pub(crate) type Row = (Address, u32, Tagged);

impl TestHeap {
    pub(crate) fn new(version: V8Version) -> Self {
        let mut heap = TestHeap {
            layout: V8Layout::of(version),
            words: vec![0; WORDS].into_boxed_slice(),
            used: 0,
            meta_map: Address(0),
            maps: HashMap::new(),
            strings: HashMap::new(),
        };
        // The map of maps is its own map.
        let meta_map = heap.next();
        heap.meta_map = meta_map;
        heap.map(ObjectType::Map, MAP_SIZE);
        heap
    }

    /// Reads the heap.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Heap) -> R) -> R {
        let range = ReadableRange {
            start: self.words.as_ptr() as u64,
            end: self.words.as_ptr_range().end as u64,
            read_only: false,
        };
        // SAFETY: the words outlive the memory.
        let memory = unsafe { Memory::new(&[range]) };
        read(&Heap::new(&memory, &self.layout))
    }

    /// The hidden class of an object.
    pub(crate) fn class_of(&self, object: Address) -> HiddenClass {
        self.read(|heap| heap.class_of(object)).unwrap()
    }

    fn next(&self) -> Address {
        Address(self.words[self.used..].as_ptr() as u64)
    }

    /// An object full of the small integer 0.
    pub(crate) fn object(&mut self, map: Address, bytes: u32) -> Address {
        let object = self.next();
        self.used += bytes.div_ceil(WORD) as usize;
        assert!(self.used < WORDS, "the test heap is full");
        self.set(object, 0, map.tagged());
        object
    }

    fn bytes_mut(&mut self, object: Address, offset: u32, bytes: &[u8]) {
        let start = object.0 as usize - self.words.as_ptr() as usize + offset as usize;
        for (at, &byte) in (start..).zip(bytes) {
            let shift = at % 8 * 8;
            let word = &mut self.words[at / 8];
            *word = *word & !(0xff << shift) | u64::from(byte) << shift;
        }
    }

    pub(crate) fn set(&mut self, object: Address, offset: u32, value: Tagged) {
        self.bytes_mut(object, offset, &value.0.to_le_bytes());
    }

    pub(crate) fn set_u32(&mut self, object: Address, offset: u32, value: u32) {
        self.bytes_mut(object, offset, &value.to_le_bytes());
    }

    pub(crate) fn set_u16(&mut self, object: Address, offset: u32, value: u16) {
        self.bytes_mut(object, offset, &value.to_le_bytes());
    }

    pub(crate) fn set_u8(&mut self, object: Address, offset: u32, value: u8) {
        self.bytes_mut(object, offset, &[value]);
    }

    /// V8's number of a kind.
    pub(crate) fn instance_type(&self, kind: ObjectType) -> u16 {
        (0..u16::MAX)
            .find(|&number| self.layout.object_type(number) == Some(kind))
            .unwrap()
    }

    /// A new map of objects of that size, which have properties in them from word 3 on if they are
    /// JavaScript's.
    pub(crate) fn map(&mut self, kind: ObjectType, instance_size: u32) -> Address {
        let number = self.instance_type(kind);
        self.map_of_number(number, instance_size)
    }

    fn map_of_number(&mut self, number: u16, instance_size: u32) -> Address {
        let map = self.object(self.meta_map, MAP_SIZE);
        let words = (instance_size / WORD) as u8;
        self.set_u8(map, fields::MAP_INSTANCE_SIZE_IN_WORDS, words);
        self.set_u8(map, fields::MAP_INOBJECT_PROPERTIES_START, words.min(3));
        self.set_u8(map, fields::MAP_USED_OR_UNUSED_FIELDS, words);
        self.set_u16(map, fields::MAP_INSTANCE_TYPE, number);
        map
    }

    /// The map of objects that differ only in their length.
    fn shared_map(&mut self, number: u16) -> Address {
        if let Some(&map) = self.maps.get(&number) {
            return map;
        }
        let map = self.map_of_number(number, 0);
        self.maps.insert(number, map);
        map
    }

    /// An object of a kind with the words behind the map.
    pub(crate) fn struct_of(&mut self, kind: ObjectType, words: &[Tagged]) -> Address {
        let number = self.instance_type(kind);
        let map = self.shared_map(number);
        let object = self.object(map, WORD * (1 + words.len() as u32));
        for (offset, &word) in (WORD..).step_by(8).zip(words) {
            self.set(object, offset, word);
        }
        object
    }

    /// A fixed array or hash table.
    pub(crate) fn array(&mut self, kind: ObjectType, elements: &[Tagged]) -> Address {
        let words = [&[smi(elements.len() as i32)], elements].concat();
        self.struct_of(kind, &words)
    }

    /// A sequential string of that representation. Latin-1 if it can be.
    fn sequential(&mut self, text: &str, flags: u16) -> Address {
        let units: Vec<u16> = text.encode_utf16().collect();
        let one_byte = units.iter().all(|&unit| unit < 256);
        let flag = if one_byte { string_type::ONE_BYTE } else { 0 };
        let map = self.shared_map(flags | flag);
        let string = self.object(map, fields::SEQ_STRING_CHARS + 2 * units.len() as u32);
        self.set_u32(string, fields::STRING_LENGTH, units.len() as u32);
        for (index, &unit) in (0..).zip(&units) {
            match one_byte {
                true => self.set_u8(string, fields::SEQ_STRING_CHARS + index, unit as u8),
                false => self.set_u16(string, fields::SEQ_STRING_CHARS + 2 * index, unit),
            }
        }
        string
    }

    /// The internalized string of that text.
    pub(crate) fn string(&mut self, text: &str) -> Address {
        if let Some(&string) = self.strings.get(text) {
            return string;
        }
        let string = self.sequential(text, string_type::SEQUENTIAL);
        self.strings.insert(text.to_owned(), string);
        string
    }

    /// A two-byte string of these units, surrogates without partners too.
    pub(crate) fn string_of_units(&mut self, units: &[u16]) -> Address {
        let map = self.shared_map(string_type::SEQUENTIAL | string_type::NOT_INTERNALIZED);
        let string = self.object(map, fields::SEQ_STRING_CHARS + 2 * units.len() as u32);
        self.set_u32(string, fields::STRING_LENGTH, units.len() as u32);
        for (index, &unit) in (0..).zip(units) {
            self.set_u16(string, fields::SEQ_STRING_CHARS + 2 * index, unit);
        }
        string
    }

    /// A string made of others: representation, length, and two words.
    pub(crate) fn string_of(&mut self, flags: u16, length: u32, words: [Tagged; 2]) -> Address {
        let map = self.shared_map(flags | string_type::NOT_INTERNALIZED);
        let string = self.object(map, CONS_STRING_SIZE);
        self.set_u32(string, fields::STRING_LENGTH, length);
        self.set(string, fields::CONS_STRING_FIRST, words[0]);
        self.set(string, fields::CONS_STRING_SECOND, words[1]);
        string
    }

    /// A concatenation.
    pub(crate) fn cons(&mut self, first: Address, second: Address) -> Address {
        let length = |heap: &Heap, string| heap.u32_field(string, fields::STRING_LENGTH);
        let length = self.read(|heap| length(heap, first) + length(heap, second));
        self.string_of(string_type::CONS, length, [first.tagged(), second.tagged()])
    }

    /// A symbol.
    pub(crate) fn symbol(&mut self, description: Option<&str>, flags: u32) -> Address {
        let symbol = self.struct_of(ObjectType::Symbol, &[smi(0), smi(0)]);
        self.set_u32(symbol, fields::SYMBOL_FLAGS, flags);
        if let Some(text) = description {
            let text = self.string(text);
            self.set(symbol, fields::SYMBOL_DESCRIPTION, text.tagged());
        }
        symbol
    }

    /// The well-known symbol `Symbol.toStringTag`.
    pub(crate) fn symbol_of_string_tag(&mut self) -> Address {
        let flags = self.layout.offsets.symbol_well_known;
        self.symbol(Some("Symbol.toStringTag"), flags)
    }

    /// Gives a map its fast properties.
    pub(crate) fn describe(&mut self, map: Address, rows: &[Row]) {
        let first = self.layout.offsets.descriptor_array_descriptors;
        let number = self.instance_type(ObjectType::DescriptorArray);
        let array_map = self.shared_map(number);
        let size = first + fields::DESCRIPTOR_SIZE * rows.len() as u32;
        let array = self.object(array_map, size);
        let count = rows.len() as u16;
        self.set_u16(array, fields::DESCRIPTOR_ARRAY_ALL_DESCRIPTORS, count);
        self.set_u16(array, fields::DESCRIPTOR_ARRAY_DESCRIPTORS, count);
        for (row, &(key, details, value)) in (first..).step_by(24).zip(rows) {
            self.set(array, row + fields::DESCRIPTOR_KEY, key.tagged());
            self.set(array, row + fields::DESCRIPTOR_DETAILS, smi(details as i32));
            self.set(array, row + fields::DESCRIPTOR_VALUE, value);
        }
        self.set(map, fields::MAP_INSTANCE_DESCRIPTORS, array.tagged());
        let own = u32::from(count) << fields::MAP_OWN_DESCRIPTORS_SHIFT;
        self.set_u32(map, fields::MAP_BIT_FIELD_3, own);
    }

    /// A dictionary with room for twice its entries: key, details, value.
    pub(crate) fn name_dictionary(&mut self, rows: &[Row], flags: i32) -> Address {
        let capacity = 2 * rows.len();
        let undefined = self.undefined().tagged();
        let mut elements = vec![
            smi(0),
            smi(0),
            smi(capacity as i32),
            smi(1),
            smi(0),
            smi(flags),
        ];
        for index in 0..capacity {
            match rows.get(index / 2) {
                Some(&(key, details, value)) if index % 2 == 1 => {
                    elements.extend([key.tagged(), value, smi(details as i32)]);
                }
                _ => elements.extend([undefined, undefined, smi(0)]),
            }
        }
        self.array(ObjectType::NameDictionary, &elements)
    }

    /// The map of objects whose properties are in dictionaries.
    pub(crate) fn dictionary_map(&mut self, kind: ObjectType) -> Address {
        let map = self.map(kind, fields::JS_OBJECT_HEADER_SIZE);
        let flag = 1 << fields::MAP_IS_DICTIONARY_MAP_BIT;
        self.set_u32(map, fields::MAP_BIT_FIELD_3, flag);
        map
    }

    /// A new oddball.
    pub(crate) fn undefined(&mut self) -> Address {
        self.struct_of(ObjectType::Oddball, &[smi(0); 5])
    }

    /// A closure of a function; its map has no properties.
    pub(crate) fn function(&mut self, shared: Address) -> Address {
        let map = self.map(
            ObjectType::JSFunction,
            fields::JS_FUNCTION_PROTOTYPE_OR_INITIAL_MAP,
        );
        let function = self.object(map, fields::JS_FUNCTION_PROTOTYPE_OR_INITIAL_MAP);
        let offset = self.layout.offsets.js_function_shared;
        self.set(function, offset, shared.tagged());
        function
    }

    /// What closures of a function share: its name or scope info, and its script.
    pub(crate) fn shared(&mut self, name: Address, script: Option<Address>) -> Address {
        let offsets = self.layout.offsets;
        let map = self.map(ObjectType::SharedFunctionInfo, SHARED_FUNCTION_INFO_SIZE);
        let shared = self.object(map, SHARED_FUNCTION_INFO_SIZE);
        let name_field = offsets.shared_function_info_name_or_scope_info;
        self.set(shared, name_field, name.tagged());
        let script = script.unwrap_or_else(|| self.undefined());
        self.set(shared, offsets.shared_function_info_script, script.tagged());
        shared
    }
}
