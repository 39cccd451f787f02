//! Objects of WebAssembly: their sizes, the references in them, and what V8 calls them.
//!
//! WebAssembly's own data lies unmarked beside references: a field of a struct is a number or a
//! reference by its type, which only V8's C++ objects know, and what calls a function has pointers to
//! machine code, half of which look like references. So a word counts as a reference if it
//! points to an object whose hidden class is one; that a number does by chance is as unlikely as on
//! the stack. Tables of functions, of which large modules have thousands of entries, are known. Names of types and fields, if the module has any, are out of reach too: all get the
//! names that V8 gives to those without one.

use super::heap::{Heap, HiddenClass};
use super::object_body::Slot;
use super::tagged::Address;
use crate::v8_layout::{ObjectType, V8Version, fields};

/// Where the fields of a struct start: behind the map and the properties, which are unused.
const STRUCT_FIELDS: u32 = 16;
/// u32: how many elements an array has.
const ARRAY_LENGTH: u32 = 16;
/// First element of an array.
const ARRAY_ELEMENTS: u32 = 24;
/// i32: entries of a dispatch table that are in use...
const DISPATCH_TABLE_LENGTH: u32 = 8;
/// ... and those that it has room for.
const DISPATCH_TABLE_CAPACITY: u32 = 12;

/// Size of an object whose hidden class doesn't say it. An array's class has the size of an element
/// in place of the size of an instance, a struct's class that of the struct in two bytes.
pub(crate) fn size(heap: &Heap<'_>, object: Address, class: &HiddenClass) -> u64 {
    let count = |offset: u32| u64::from(heap.u32_field(object, offset) & 0x7fff_ffff);
    let version = heap.layout.version;
    match class.object_type {
        ObjectType::WasmStruct => {
            8 * (u64::from(class.byte_10) << 8 | u64::from(class.byte_9)).max(2)
        }
        ObjectType::WasmArray => {
            let elements = u64::from(heap.u32_field(object, ARRAY_LENGTH)) * element_size(class);
            u64::from(ARRAY_ELEMENTS) + elements.next_multiple_of(8)
        }
        ObjectType::WasmTypeInfo => {
            let length = supertypes(version) - 8;
            let length = heap.smi_field(object, length).unwrap_or(0);
            u64::from(supertypes(version)) + 8 * u64::try_from(length).unwrap_or(0)
        }
        ObjectType::WasmDispatchTable => {
            let (first, entry) = dispatch_table_entries(version);
            u64::from(first) + u64::from(entry) * count(DISPATCH_TABLE_CAPACITY)
        }
        // Without a capacity: the length is all there is, then the pointer to data off the heap.
        ObjectType::WasmDispatchTableForImports => 24 + 16 * count(DISPATCH_TABLE_LENGTH),
        _ => 0,
    }
}

/// Calls `visit` with the offset of each reference in a dispatch table: of each entry, the argument that
/// goes with the function (`WasmDispatchTable::BodyDescriptor`).
pub(crate) fn table_slots(
    heap: &Heap<'_>,
    table: Address,
    size: u32,
    visit: &mut impl FnMut(u32, Slot),
) {
    let (first, entry) = dispatch_table_entries(heap.layout.version);
    // From 13.6 on, behind the two lengths, the data off the heap and who uses the table.
    for offset in (16..first.saturating_sub(8)).step_by(8) {
        visit(offset, Slot::Tagged);
    }
    let length = heap.u32_field(table, DISPATCH_TABLE_LENGTH) & 0x7fff_ffff;
    let entries = (first..size.saturating_sub(entry - 1)).step_by(entry as usize);
    for offset in entries.take(length as usize) {
        visit(offset + 8, Slot::Tagged);
    }
}

/// Calls `visit` with the offset of each reference in the body.
pub(crate) fn slots(
    heap: &Heap<'_>,
    object: Address,
    class: &HiddenClass,
    size: u32,
    visit: &mut impl FnMut(u32, Slot),
) {
    let start = match class.object_type {
        ObjectType::WasmStruct => STRUCT_FIELDS,
        ObjectType::WasmArray if element_size(class) != 8 => return,
        ObjectType::WasmArray => ARRAY_ELEMENTS,
        _ => 8,
    };
    for offset in (start..size).step_by(8) {
        if is_reference(heap, object, offset) {
            visit(offset, Slot::Tagged);
        }
    }
}

/// Whether the word in an object points to another one.
fn is_reference(heap: &Heap<'_>, object: Address, offset: u32) -> bool {
    let Some(target) = heap.field(object, offset).target() else {
        return false;
    };
    let Some(map) = readable(heap, target).then(|| heap.object_field(target, 0)) else {
        return false;
    };
    map.is_some_and(|map| readable(heap, map) && heap.class(map).is_some())
}

fn readable(heap: &Heap<'_>, object: Address) -> bool {
    object.0.is_multiple_of(8) && heap.memory.is_readable(object.0, u64::from(fields::WORD))
}

fn element_size(class: &HiddenClass) -> u64 {
    u64::from(class.byte_9)
}

/// Where a type info has its supertypes; their count is in the word before.
fn supertypes(version: V8Version) -> u32 {
    // Before 13.6 a pointer to the type, its index, and the instance come first.
    if version >= V8Version::V13_6 { 24 } else { 40 }
}

/// Where the entries of a dispatch table start, and how long each is.
fn dispatch_table_entries(version: V8Version) -> (u32, u32) {
    match version {
        V8Version::V11_3 | V8Version::V12_4 => (16, 24),
        V8Version::V13_6 => (40, 24),
        V8Version::V14_6 => (40, 16),
    }
}

/// What V8 calls the type of a struct or an array that has no name: before 13.6 by its index in the
/// module, then by the one that all modules share.
pub(crate) fn type_name(heap: &Heap<'_>, class: &HiddenClass) -> String {
    let version = heap.layout.version;
    let info = heap.object_field(class.map, fields::MAP_CONSTRUCTOR_OR_BACK_POINTER);
    let word = |offset| info.map_or(0, |info| heap.u32_field(info, offset));
    if version >= V8Version::V13_6 {
        // A type as 32 bits: its kind in the low eight, then 20 of its index.
        return format!("$canon{} (wasm)", word(8) >> 8 & 0xf_ffff);
    }
    let index = word(16);
    match (version, class.object_type) {
        (V8Version::V11_3, ObjectType::WasmStruct) => format!("wasm struct / $type{index}"),
        (V8Version::V11_3, _) => format!("wasm array / $type{index}"),
        _ => format!("$type{index} (wasm)"),
    }
}

/// What V8 calls a field of a struct that has no name. Its number isn't known, so the word counts
/// that it begins at: right if no field before it is shorter than a word.
pub(crate) fn field_name(offset: u32) -> String {
    format!("$field{}", offset.saturating_sub(STRUCT_FIELDS) / 8)
}

/// Number of an array's element.
pub(crate) fn element_index(offset: u32) -> u32 {
    offset.saturating_sub(ARRAY_ELEMENTS) / 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::object_body;
    use crate::heap_walk::tagged::Tagged;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    /// What looks like a pointer to an object, and is one to machine code.
    const CODE: Tagged = Tagged(0x7f00_1234_5671);

    fn offsets(heap: &TestHeap, object: Address) -> Vec<u32> {
        heap.read(|heap| {
            let class = heap.class_of(object).unwrap();
            let mut found = Vec::new();
            object_body::slots(heap, object, &class, &mut |offset, slot, _| {
                assert_eq!(slot, Slot::Tagged);
                found.push(offset);
            });
            found
        })
    }

    #[test]
    fn pointers_to_machine_code_are_no_references() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let target = heap.string("target").tagged();
            let words = [CODE, target, smi(3), target, CODE];
            let kind = match version {
                V8Version::V11_3 => ObjectType::WasmApiFunctionRef,
                _ => ObjectType::WasmInternalFunction,
            };
            let object = heap.struct_of(kind, &words);
            let map = heap.class_of(object).map;
            heap.set_u8(map, fields::MAP_INSTANCE_SIZE_IN_WORDS, 6);
            assert_eq!(offsets(&heap, object), [16, 32], "{version:?}");
        }
    }

    #[test]
    fn entries_of_a_dispatch_table_refer_by_their_second_word_as_far_as_they_are_used() {
        for version in VERSIONS.into_iter().filter(|&v| v >= V8Version::V12_4) {
            let mut heap = TestHeap::new(version);
            let target = heap.string("target").tagged();
            let (first, entry) = dispatch_table_entries(version);
            let size = first + 3 * entry;
            // Two of three entries are used.
            let mut words = vec![Tagged(3 << 32 | 2)];
            words.resize((first / 8 - 1) as usize, target);
            words.resize((size / 8 - 1) as usize, CODE);
            let object = heap.struct_of(ObjectType::WasmDispatchTable, &words);
            let mut expected = vec![first + 8, first + entry + 8];
            if version >= V8Version::V13_6 {
                expected.splice(..0, [16, 24]);
            }
            assert_eq!(offsets(&heap, object), expected, "{version:?}");
        }
    }
}
