//! How large an object is, and which of its words are references.
//!
//! Most objects are a row of tagged words behind their map. Those with raw data in them (numbers,
//! text, bytecode, pointers of C++) are told apart by type: raw data is never read as a pointer.
//! The rules are those of V8's body descriptors (`objects-body-descriptors-inl.h`) and of
//! `HeapObject::SizeFromMap`. What they leave open is the raw words of WebAssembly's and shared
//! objects: small numbers and aligned pointers, which as tagged words point to nothing.

use super::heap::{Heap, HiddenClass};
use super::tagged::{Address, Tagged};
use crate::v8_layout::{ObjectType, V8Version, fields};

/// What a word of an object's body means for its target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slot {
    /// The word's own tag says whether it keeps its target alive.
    Tagged,
    /// The word looks strong, but the garbage collector treats it as weak.
    Weak,
    /// A key of an ephemeron table; its value is the next word.
    EphemeronKey,
    /// The value of the key before it: alive while table and key are.
    EphemeronValue,
}

/// Of a table of names with bytes that say which entries may match: header and the bytes behind the
/// last group, then key, value and two bytes for each entry.
const SWISS_TABLE_BYTES: u64 = 40;
const SWISS_ENTRY_BYTES: u64 = 18;

/// Objects from here on are looked at as a whole: what a stale word leads to may say any length.
/// The size of a page of V8's, so few objects are.
const LARGE: u64 = 1 << 18;

/// Exact size of an object in bytes; 0 if it can't be told, because the object is of a kind that
/// does not occur in Node, or says that it is longer than what can be read.
#[inline]
pub(crate) fn size(heap: &Heap<'_>, object: Address, class: &HiddenClass) -> u64 {
    match class.instance_size {
        0 => match variable_size(heap, object, class) {
            size if size > LARGE && !heap.memory.is_readable(object.0, size) => 0,
            size => size,
        },
        size => u64::from(size),
    }
}

/// Calls `visit` with the offset, the meaning and the value of each word that may be a reference. The
/// map's word is not among them.
#[inline]
pub(crate) fn slots(
    heap: &Heap<'_>,
    object: Address,
    class: &HiddenClass,
    visit: &mut impl FnMut(u32, Slot, Tagged),
) {
    let size = size(heap, object, class).min(u64::from(u32::MAX)) as u32;
    if has_only_references(class.object_type)
        && let Some(body) = heap.memory.words(object, size)
    {
        return words(8, size, &mut |offset, slot| {
            visit(offset, slot, body.tagged(offset));
        });
    }
    special_slots(heap, object, class, size, &mut |offset, slot| {
        visit(offset, slot, heap.field(object, offset));
    });
}

/// Whether all words of such objects are tagged: of most objects.
#[inline(always)]
fn has_only_references(kind: ObjectType) -> bool {
    matches!(
        kind,
        ObjectType::JSObject | ObjectType::JSArray | ObjectType::FixedArray
    )
}

#[inline(always)]
fn words(start: u32, end: u32, visit: &mut impl FnMut(u32, Slot)) {
    for offset in (start..end).step_by(8) {
        visit(offset, Slot::Tagged);
    }
}

fn special_slots(
    heap: &Heap<'_>,
    object: Address,
    class: &HiddenClass,
    size: u32,
    visit: &mut impl FnMut(u32, Slot),
) {
    use ObjectType as T;
    use fields::string_type;
    let version = heap.layout.version;
    let offsets = &heap.layout.offsets;
    match class.object_type {
        T::String => match class.instance_type & string_type::REPRESENTATION_MASK {
            string_type::SEQUENTIAL | string_type::EXTERNAL => {}
            _ => words(16, size, visit),
        },
        T::HeapNumber
        | T::BigInt
        | T::ByteArray
        | T::TrustedByteArray
        | T::FixedDoubleArray
        | T::FeedbackMetadata
        | T::CoverageInfo
        | T::Foreign
        | T::TrustedForeign
        | T::CppHeapExternalObject
        | T::ExternalPointerArray
        | T::Filler
        | T::FreeSpace
        | T::Hole
        | T::WasmNull => {}
        T::Symbol | T::Oddball => words(16, size, visit),
        // A hash and the capacity come first, bytes last.
        T::SwissNameDictionary => {
            let entries = heap
                .u32_field(object, 12)
                .min(size / SWISS_ENTRY_BYTES as u32);
            words(16, 24 + 16 * entries, visit);
        }
        T::Map => words(fields::MAP_PROTOTYPE, size, visit),
        T::DescriptorArray | T::StrongDescriptorArray => {
            words(offsets.descriptor_array_enum_cache, size, visit);
        }
        T::FeedbackCell | T::ContextCell => words(8, 24.min(size), &mut |offset, slot| {
            if class.object_type != T::FeedbackCell || offset == 8 {
                visit(offset, slot);
            }
        }),
        T::FeedbackVector => words(24, size, visit),
        T::ScopeInfo if version >= V8Version::V13_6 => words(16, size, visit),
        T::AccessorInfo => words(8, 24, visit),
        T::InterceptorInfo if version >= V8Version::V14_6 => words(8, 16, visit),
        T::FunctionTemplateInfo => {
            words(
                8,
                function_template_raw_start(version).unwrap_or(size),
                visit,
            );
        }
        T::SharedFunctionInfo => words(8, offsets.shared_function_info_script + 8, visit),
        T::UncompiledDataWithoutPreparseData | T::UncompiledDataWithoutPreparseDataWithJob => {
            words(8, 16, visit);
        }
        T::UncompiledDataWithPreparseData | T::UncompiledDataWithPreparseDataAndJob => {
            visit(8, Slot::Tagged);
            visit(24, Slot::Tagged);
        }
        T::PreparseData => words(preparse_children(heap, object), size, visit),
        T::BytecodeArray => words(8, if version == V8Version::V11_3 { 40 } else { 48 }, visit),
        T::Code => words(8, 40, visit),
        T::InstructionStream => words(8, if version == V8Version::V11_3 { 16 } else { 24 }, visit),
        T::AllocationSite => {
            words(8, 32, visit);
            if size > fields::ALLOCATION_SITE_WEAK_NEXT {
                visit(fields::ALLOCATION_SITE_WEAK_NEXT, Slot::Weak);
            }
        }
        T::DoubleStringCache => {
            for offset in (16..size).step_by(16) {
                visit(offset + 8, Slot::Tagged);
            }
        }
        T::EphemeronHashTable => ephemeron_slots(size, visit),
        T::NativeContext => native_context_slots(size, visit),
        T::WeakCell => words(8, size, &mut |offset, slot| {
            let is_weak =
                offset == offsets.weak_cell_target || offset == offsets.weak_cell_unregister_token;
            visit(offset, if is_weak { Slot::Weak } else { slot });
        }),
        // V8 passes over the code, or the data, twice.
        T::CallSiteInfo if version == V8Version::V12_4 => {
            visit(8, Slot::Tagged);
            words(8, size, visit);
        }
        T::RegExpBoilerplateDescription if version == V8Version::V13_6 => {
            words(8, size, visit);
            visit(8, Slot::Tagged);
        }
        // The data comes last.
        T::RegExpBoilerplateDescription if version == V8Version::V14_6 => {
            words(16, size, visit);
            visit(8, Slot::Tagged);
        }
        T::JSWeakRef => one_weak(fields::JS_WEAK_REF_TARGET, size, visit),
        T::JSFinalizationRegistry => {
            one_weak(fields::JS_FINALIZATION_REGISTRY_NEXT_DIRTY, size, visit);
        }
        T::JSDate if version >= V8Version::V13_6 => {
            words(8, fields::JS_DATE_VALUE, visit);
            words(fields::JS_DATE_VALUE + 8, size, visit);
        }
        T::JSArrayBuffer => {
            // The lengths are before the backing store, the extension and flags behind it.
            let backing_store = offsets.js_array_buffer_backing_store;
            words(8, backing_store - 16, visit);
            words(backing_store + 24, size, visit);
        }
        T::JSTypedArray | T::JSDetachedTypedArray => {
            let buffer = offsets.js_array_buffer_view_buffer;
            words(8, buffer + 8, visit);
            words(buffer + 48, size, visit);
        }
        T::JSDataView | T::JSRabGsabDataView => {
            let buffer = offsets.js_array_buffer_view_buffer;
            words(8, buffer + 8, visit);
            words(buffer + 40, size, visit);
        }
        T::JSExternalObject | T::JSAtomicsCondition | T::JSAtomicsMutex => words(8, 24, visit),
        T::WasmDispatchTable => super::wasm::table_slots(heap, object, size, visit),
        T::WasmStruct
        | T::WasmArray
        | T::WasmApiFunctionRef
        | T::WasmDispatchTableForImports
        | T::WasmImportData
        | T::WasmInternalFunction
        | T::WasmTrustedInstanceData => super::wasm::slots(heap, object, class, size, visit),
        kind if kind.is_js_function() => function_slots(heap, size, visit),
        _ => words(8, size, visit),
    }
}

/// On versions with a dispatch table a function holds the number of an entry, not its code.
fn function_slots(heap: &Heap<'_>, size: u32, visit: &mut impl FnMut(u32, Slot)) {
    match heap.layout.offsets.js_function_dispatch_handle {
        Some(handle) => {
            words(8, handle, visit);
            words(handle + 8, size, visit);
        }
        None => words(8, size, visit),
    }
}

fn one_weak(weak: u32, size: u32, visit: &mut impl FnMut(u32, Slot)) {
    words(8, size, &mut |offset, slot| {
        visit(offset, if offset == weak { Slot::Weak } else { slot });
    });
}

/// A table's header is three numbers; then key and value take turns.
fn ephemeron_slots(size: u32, visit: &mut impl FnMut(u32, Slot)) {
    let table = fields::EPHEMERON_HASH_TABLE;
    let first = fields::FIXED_ARRAY_ELEMENTS + 8 * table.first;
    words(8, first.min(size), visit);
    for key in (first..size.saturating_sub(8)).step_by(8 * table.entry as usize) {
        visit(key, Slot::EphemeronKey);
        visit(key + 8, Slot::EphemeronValue);
    }
}

/// Address and bytes of the memory that an array buffer has outside of the heap.
pub(crate) fn backing_store(heap: &Heap<'_>, buffer: Address) -> Option<(u64, u64)> {
    let offsets = &heap.layout.offsets;
    let store = heap.u64_field(buffer, offsets.js_array_buffer_backing_store);
    let bytes = heap.u64_field(buffer, offsets.js_array_buffer_byte_length);
    (store != 0).then_some((store, bytes))
}

/// The last slot of a native context links the list of contexts weakly; behind it is a pointer of
/// C++ to the queue of microtasks.
fn native_context_slots(size: u32, visit: &mut impl FnMut(u32, Slot)) {
    let next_context = size.saturating_sub(16);
    words(8, next_context, visit);
    visit(next_context, Slot::Weak);
}

const fn aligned(bytes: u64) -> u64 {
    (bytes + 7) & !7
}

fn length(heap: &Heap<'_>, object: Address) -> u64 {
    let length = heap.smi_field(object, fields::FIXED_ARRAY_LENGTH);
    u64::try_from(length.unwrap_or(0)).unwrap_or(0)
}

fn preparse_children(heap: &Heap<'_>, object: Address) -> u32 {
    let bytes = heap.u32_field(object, 8).min(1 << 30);
    16 + ((bytes + 7) & !7)
}

fn variable_size(heap: &Heap<'_>, object: Address, class: &HiddenClass) -> u64 {
    use ObjectType as T;
    use fields::string_type;
    let version = heap.layout.version;
    let offsets = &heap.layout.offsets;
    let count = |offset: u32| u64::from(heap.u32_field(object, offset) & 0x7fff_ffff);
    match class.object_type {
        T::String => {
            let length = count(fields::STRING_LENGTH);
            aligned(
                16 + if class.instance_type & string_type::ONE_BYTE != 0 {
                    length
                } else {
                    2 * length
                },
            )
        }
        T::FixedDoubleArray => 16 + 8 * length(heap, object),
        T::ByteArray | T::TrustedByteArray => aligned(16 + length(heap, object)),
        T::DoubleStringCache => 16 + 16 * count(8),
        T::WeakArrayList => 24 + 8 * length(heap, object),
        T::ArrayList if version >= V8Version::V12_4 => 24 + 8 * length(heap, object),
        T::ObjectBoilerplateDescription | T::ScriptContextTable if version >= V8Version::V12_4 => {
            32 + 8 * length(heap, object)
        }
        T::RegExpMatchInfo if version >= V8Version::V12_4 => 40 + 8 * length(heap, object),
        T::SloppyArgumentsElements => 32 + 8 * length(heap, object),
        T::NativeContext => 24 + 8 * length(heap, object),
        T::BigInt => 16 + 8 * (u64::from(heap.u32_field(object, 8)) >> 1),
        T::BytecodeArray => aligned(u64::from(offsets.bytecode_array_bytes) + length(heap, object)),
        T::PreparseData => u64::from(preparse_children(heap, object)) + 8 * count(12),
        T::FeedbackMetadata => {
            let words = 4 * count(8).div_ceil(6);
            let created_closures = match version >= V8Version::V13_6 {
                true => 2 * count(12),
                false => 0,
            };
            aligned(16 + words + created_closures)
        }
        T::FeedbackVector => u64::from(offsets.feedback_vector_slots) + 8 * count(8),
        T::DescriptorArray | T::StrongDescriptorArray => {
            let all = u64::from(heap.u16_field(object, 8));
            u64::from(offsets.descriptor_array_enum_cache) + 8 + 24 * all
        }
        T::PropertyArray => {
            let length_and_hash = heap.smi_field(object, fields::FIXED_ARRAY_LENGTH);
            16 + 8 * (length_and_hash.unwrap_or(0) as u64 & 0x3ff)
        }
        T::ScopeInfo => super::scope_info::size(heap, object),
        T::CoverageInfo => 16 + 16 * count(8),
        T::InstructionStream => instruction_stream_size(heap, object),
        T::WasmStruct
        | T::WasmArray
        | T::WasmTypeInfo
        | T::WasmDispatchTable
        | T::WasmDispatchTableForImports => super::wasm::size(heap, object, class),
        T::FreeSpace => length(heap, object),
        T::Hole => 16,
        // Kinds that only V8's own tests and unused build options make.
        T::SmallOrderedHashMap | T::SmallOrderedHashSet | T::SmallOrderedNameDictionary => 0,
        T::SwissNameDictionary => aligned(SWISS_TABLE_BYTES + SWISS_ENTRY_BYTES * count(12)),
        // All others of variable size are fixed arrays: the length, then the elements.
        _ => 16 + 8 * length(heap, object),
    }
}

fn instruction_stream_size(heap: &Heap<'_>, object: Address) -> u64 {
    let body = match heap.layout.version {
        V8Version::V11_3 => {
            let Some(code) = heap.object_field(object, 8) else {
                return 0;
            };
            let instructions = u64::from(heap.u32_field(code, 56) & 0x7fff_ffff);
            16 + instructions + u64::from(heap.u32_field(code, 60) & 0x7fff_ffff)
        }
        _ => 32 + u64::from(heap.u32_field(object, 24) & 0x7fff_ffff),
    };
    body.next_multiple_of(64)
}

/// Behind what is tagged, a template has numbers from Node 22 on.
fn function_template_raw_start(version: V8Version) -> Option<u32> {
    match version {
        V8Version::V11_3 => None,
        V8Version::V12_4 => Some(88),
        V8Version::V13_6 | V8Version::V14_6 => Some(96),
    }
}
