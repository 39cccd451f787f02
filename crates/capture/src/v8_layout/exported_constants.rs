//! What the binary says about its layout, compared with what is known of it.
//!
//! V8 names a constant `class_<Class>__<field>__<type>`, and the type is spelled differently from
//! version to version; hence alternatives. Constants of the stack and of registers, which a walk of
//! the heap doesn't read, aren't compared.

use super::fields::*;
use super::symbols::Symbols;
use super::{ObjectType, V8Layout, V8Version, instance_types};

/// Compares what is exported with the layout; the error says what differs first.
pub(super) fn check(symbols: &Symbols, layout: &V8Layout) -> Result<(), String> {
    for &(name, value) in SAME_IN_ALL {
        compare(symbols, name, value)?;
    }
    for (field, types, value) in fields_of(layout) {
        if let Some(value) = value {
            compare_field(symbols, field, types, value)?;
        }
    }
    for (name, value) in others_of(layout) {
        if let Some(value) = value {
            compare(symbols, name, value)?;
        }
    }
    for (number, kind) in instance_types::numbers(layout.version) {
        compare_type(symbols, kind, number)?;
    }
    Ok(())
}

fn compare(symbols: &Symbols, name: &str, expected: i64) -> Result<(), String> {
    match symbols.get(name) {
        Some(found) if i64::from(found) == expected => Ok(()),
        Some(found) => Err(format!("v8dbg_{name} is {found}, not {expected}")),
        None => Err(format!("v8dbg_{name} is missing, {expected} was expected")),
    }
}

/// Compares a field under each of its names; one must be there.
fn compare_field(
    symbols: &Symbols,
    field: &str,
    types: &[&str],
    expected: u32,
) -> Result<(), String> {
    let mut exported = false;
    for kind in types {
        let name = format!("class_{field}__{kind}");
        if symbols.get(&name).is_some() {
            exported = true;
            compare(symbols, &name, expected.into())?;
        }
    }
    if exported {
        Ok(())
    } else {
        Err(format!(
            "v8dbg_class_{field} is missing, {expected} was expected"
        ))
    }
}

/// Compares the number of a kind.
fn compare_type(symbols: &Symbols, kind: ObjectType, number: u16) -> Result<(), String> {
    let name = format!("type_{}__{}", kind.class_name(), kind.constant());
    if instance_types::may_be_unexported(kind) && symbols.get(&name).is_none() {
        return Ok(());
    }
    compare(symbols, &name, number.into())
}

const fn bits(shift: u32, mask: u32) -> i64 {
    (mask as i64) << shift
}

/// Constants that are the same in all versions.
#[rustfmt::skip]
const SAME_IN_ALL: &[(&str, i64)] = &[
    // Words and tags.
    ("HeapObjectTag", 1),
    ("HeapObjectTagMask", 3),
    ("class_HeapObject__map__Map", 0),
    ("SmiTag", 0),
    ("SmiTagMask", 1),
    ("SmiValueShift", 1),
    ("SmiShiftSize", 31),
    ("SystemPointerSize", 8),
    ("SystemPointerSizeLog2", 3),
    ("TaggedSize", WORD as i64),
    ("TaggedSizeLog2", 3),
    // Instance types.
    ("FirstNonstringType", string_type::END as i64),
    ("IsNotStringMask", -(string_type::END as i64)),
    ("StringTag", 0),
    ("StringRepresentationMask", string_type::REPRESENTATION_MASK as i64),
    ("StringEncodingMask", string_type::ONE_BYTE as i64),
    ("TwoByteStringTag", 0),
    ("OneByteStringTag", string_type::ONE_BYTE as i64),
    ("SeqStringTag", string_type::SEQUENTIAL as i64),
    ("ConsStringTag", string_type::CONS as i64),
    ("ExternalStringTag", string_type::EXTERNAL as i64),
    ("SlicedStringTag", string_type::SLICED as i64),
    ("ThinStringTag", string_type::THIN as i64),
    ("SpecialAPIObjectType", 1040),
    ("APIObjectType", 1058),
    // Maps.
    ("class_Map__instance_size_in_words__char", MAP_INSTANCE_SIZE_IN_WORDS as i64),
    ("class_Map__inobject_properties_start_or_constructor_function_index__char", MAP_INOBJECT_PROPERTIES_START as i64),
    ("class_Map__instance_type__uint16_t", MAP_INSTANCE_TYPE as i64),
    ("class_Map__bit_field__char", MAP_BIT_FIELD as i64),
    ("class_Map__bit_field2__char", MAP_BIT_FIELD_2 as i64),
    ("class_Map__bit_field3__int", MAP_BIT_FIELD_3 as i64),
    ("class_Map__prototype__Object", MAP_PROTOTYPE as i64),
    ("class_Map__instance_descriptors_offset", MAP_INSTANCE_DESCRIPTORS as i64),
    ("bit_field2_elements_kind_shift", elements_kind::SHIFT as i64),
    ("bit_field2_elements_kind_mask", bits(elements_kind::SHIFT, 0x3f)),
    ("bit_field3_number_of_own_descriptors_shift", MAP_OWN_DESCRIPTORS_SHIFT as i64),
    ("bit_field3_number_of_own_descriptors_mask", bits(MAP_OWN_DESCRIPTORS_SHIFT, MAP_OWN_DESCRIPTORS_MASK)),
    ("bit_field3_is_dictionary_map_shift", MAP_IS_DICTIONARY_MAP_BIT as i64),
    ("elements_fast_elements", elements_kind::PACKED_ELEMENTS as i64),
    ("elements_fast_holey_elements", elements_kind::HOLEY_ELEMENTS as i64),
    ("elements_dictionary_elements", elements_kind::DICTIONARY_ELEMENTS as i64),
    // Descriptors and details of properties.
    ("prop_desc_size", (DESCRIPTOR_SIZE / WORD) as i64),
    ("prop_desc_key", (DESCRIPTOR_KEY / WORD) as i64),
    ("prop_desc_details", (DESCRIPTOR_DETAILS / WORD) as i64),
    ("prop_desc_value", (DESCRIPTOR_VALUE / WORD) as i64),
    ("prop_kind_mask", property_details::ACCESSOR as i64),
    ("prop_kind_Data", 0),
    ("prop_kind_Accessor", property_details::ACCESSOR as i64),
    ("prop_location_shift", 5),
    ("prop_location_mask", property_details::IN_DESCRIPTOR as i64),
    ("prop_location_Field", 0),
    ("prop_location_Descriptor", 1),
    ("prop_attributes_shift", 2),
    ("prop_attributes_mask", bits(2, 7)),
    ("prop_attributes_NONE", 0),
    ("prop_attributes_READ_ONLY", (property_details::READ_ONLY >> 2) as i64),
    ("prop_attributes_DONT_ENUM", (property_details::DONT_ENUM >> 2) as i64),
    ("prop_attributes_DONT_DELETE", (property_details::DONT_DELETE >> 2) as i64),
    ("prop_representation_shift", property_details::REPRESENTATION_SHIFT as i64),
    ("prop_representation_mask", bits(property_details::REPRESENTATION_SHIFT, property_details::REPRESENTATION_MASK)),
    ("prop_representation_smi", property_details::REPRESENTATION_SMI as i64),
    ("prop_representation_double", property_details::REPRESENTATION_DOUBLE as i64),
    ("prop_representation_heapobject", property_details::REPRESENTATION_HEAP_OBJECT as i64),
    ("prop_representation_tagged", property_details::REPRESENTATION_TAGGED as i64),
    ("prop_index_shift", property_details::FIELD_INDEX_SHIFT as i64),
    ("prop_index_mask", bits(property_details::FIELD_INDEX_SHIFT, property_details::FIELD_INDEX_MASK)),
    // Arrays and hash tables.
    ("class_FixedArrayBase__length__SMI", FIXED_ARRAY_LENGTH as i64),
    ("class_FixedArray__data__uintptr_t", FIXED_ARRAY_ELEMENTS as i64),
    ("namedictionary_prefix_start_index", HASH_TABLE_PREFIX_INDEX as i64),
    ("namedictionaryshape_prefix_size", (NAME_DICTIONARY.first - HASH_TABLE_PREFIX_INDEX) as i64),
    ("namedictionaryshape_entry_size", NAME_DICTIONARY.entry as i64),
    ("globaldictionaryshape_entry_size", GLOBAL_DICTIONARY.entry as i64),
    ("numberdictionaryshape_prefix_size", (NUMBER_DICTIONARY.first - HASH_TABLE_PREFIX_INDEX) as i64),
    ("numberdictionaryshape_entry_size", NUMBER_DICTIONARY.entry as i64),
    ("simplenumberdictionaryshape_prefix_size", (SIMPLE_NUMBER_DICTIONARY.first - HASH_TABLE_PREFIX_INDEX) as i64),
    ("simplenumberdictionaryshape_entry_size", SIMPLE_NUMBER_DICTIONARY.entry as i64),
    // Strings, symbols, numbers, oddballs.
    ("class_String__length__int32_t", STRING_LENGTH as i64),
    ("class_SeqOneByteString__chars__char", SEQ_STRING_CHARS as i64),
    ("class_SeqTwoByteString__chars__char", SEQ_STRING_CHARS as i64),
    ("class_ConsString__first__String", CONS_STRING_FIRST as i64),
    ("class_ConsString__second__String", CONS_STRING_SECOND as i64),
    ("class_SlicedString__parent__String", SLICED_STRING_PARENT as i64),
    ("class_SlicedString__offset__SMI", SLICED_STRING_OFFSET as i64),
    ("class_ThinString__actual__String", THIN_STRING_ACTUAL as i64),
    ("class_ExternalString__resource__Object", EXTERNAL_STRING_RESOURCE as i64),
    ("class_Symbol__name__Object", SYMBOL_DESCRIPTION as i64),
    ("class_HeapNumber__value__double", HEAP_NUMBER_VALUE as i64),
    ("OddballTrue", oddball_kind::TRUE as i64),
    ("OddballNull", oddball_kind::NULL as i64),
    // JavaScript's objects.
    ("class_JSObject__elements__Object", JS_OBJECT_ELEMENTS as i64),
    ("class_JSObject__internal_fields__uintptr_t", JS_OBJECT_HEADER_SIZE as i64),
    ("class_JSDate__value__Object", JS_DATE_VALUE as i64),
    ("class_JSRegExp__source__Object", JS_REG_EXP_SOURCE as i64),
    ("class_JSArrayIterator__raw_kind__SMI", JS_ARRAY_ITERATOR_KIND as i64),
    ("jsarray_buffer_was_detached_mask", JS_ARRAY_BUFFER_WAS_DETACHED as i64),
    ("jsarray_buffer_was_detached_shift", 2),
    // Functions, scripts, contexts, scopes.
    ("class_Script__source__Object", SCRIPT_SOURCE as i64),
    ("class_Script__name__Object", SCRIPT_NAME as i64),
    ("class_Script__line_ends__Object", SCRIPT_LINE_ENDS as i64),
    ("class_Script__eval_from_position__SMI", SCRIPT_EVAL_FROM_POSITION as i64),
    ("class_UncompiledData__inferred_name__String", UNCOMPILED_DATA_INFERRED_NAME as i64),
    ("class_UncompiledData__start_position__int32_t", UNCOMPILED_DATA_START_POSITION as i64),
    ("class_UncompiledData__end_position__int32_t", UNCOMPILED_DATA_END_POSITION as i64),
    ("scopeinfo_idx_nparams", (SCOPE_INFO_PARAMETER_COUNT / WORD) as i64 - 1),
    ("scopeinfo_idx_ncontextlocals", (SCOPE_INFO_CONTEXT_LOCAL_COUNT / WORD) as i64 - 1),
    ("context_idx_scope_info", CONTEXT_SCOPE_INFO_INDEX as i64),
    ("context_idx_prev", CONTEXT_PREVIOUS_INDEX as i64),
    ("context_min_slots", CONTEXT_MIN_SLOTS as i64),
    ("native_context_embedder_data_offset", (CONTEXT_SLOTS + NATIVE_CONTEXT_EMBEDDER_DATA_INDEX * WORD) as i64),
    ("CodeKindFieldShift", 0),
    ("CodeKindFieldMask", CODE_FLAGS_KIND_MASK as i64),
];

/// What most fields of objects are declared as, in older and in newer versions.
const OBJECT: &[&str] = &["Object", "Tagged_Object_"];

/// Fields by class and name, the types they are declared as, and the offset; no offset where the
/// version doesn't export the field.
#[rustfmt::skip]
fn fields_of(layout: &V8Layout) -> Vec<(&'static str, &'static [&'static str], Option<u32>)> {
    use V8Version::{V11_3, V12_4, V13_6, V14_6};
    let o = layout.offsets;
    let until = |version, offset| (layout.version <= version).then_some(offset);
    let since = |version, offset| (layout.version >= version).then_some(offset);
    vec![
        // Maps.
        ("Map__prototype", &["HeapObject", "Tagged_HeapObject_", "Tagged_JSPrototype_"], Some(MAP_PROTOTYPE)),
        ("Map__constructor_or_back_pointer", OBJECT, Some(MAP_CONSTRUCTOR_OR_BACK_POINTER)),
        ("Map__native_context", &["NativeContext", "Tagged_NativeContext_"], Some(MAP_CONSTRUCTOR_OR_BACK_POINTER)),
        ("Map__native_context_or_null", OBJECT, Some(MAP_CONSTRUCTOR_OR_BACK_POINTER)),
        ("Map__wasm_type_info", &["WasmTypeInfo", "Tagged_WasmTypeInfo_"], Some(MAP_CONSTRUCTOR_OR_BACK_POINTER)),
        ("Map__instance_descriptors", &["DescriptorArray", "Tagged_DescriptorArray_"], Some(MAP_INSTANCE_DESCRIPTORS)),
        ("Map__custom_descriptor", &["Tagged_WasmStruct_"], since(V13_6, MAP_INSTANCE_DESCRIPTORS)),
        ("Map__dependent_code", &["DependentCode", "Tagged_DependentCode_"], Some(MAP_DEPENDENT_CODE)),
        ("Map__immediate_supertype_map", &["Tagged_Map_"], since(V14_6, MAP_DEPENDENT_CODE)),
        ("Map__raw_transitions", &["weak", "Tagged_UnionOf_Smi_MaybeWeak_Map_TransitionArray_"], Some(MAP_TRANSITIONS_OR_PROTOTYPE_INFO)),
        ("Map__prototype_info", &["Object", "Tagged_Object_", "Tagged_UnionOf_Smi_PrototypeInfo_", "Tagged_UnionOf_Smi_PrototypeInfo_PrototypeSharedClosureInfo_"], Some(MAP_TRANSITIONS_OR_PROTOTYPE_INFO)),
        ("DescriptorArray__header_size", &["uintptr_t"], Some(o.descriptor_array_descriptors)),
        // JavaScript's objects.
        ("JSReceiver__raw_properties_or_hash", OBJECT, Some(JS_OBJECT_PROPERTIES)),
        ("JSGlobalObject__global_dictionary", &["GlobalDictionary", "Tagged_GlobalDictionary_"], Some(JS_GLOBAL_OBJECT_GLOBAL_DICTIONARY)),
        ("JSFunction__shared", &["SharedFunctionInfo"], Some(o.js_function_shared)),
        ("JSFunction__context", &["Context", "Tagged_Context_"], Some(o.js_function_context)),
        ("JSFunction__raw_feedback_cell", &["FeedbackCell", "Tagged_FeedbackCell_"], Some(o.js_function_feedback_cell)),
        ("JSFunction__code", &["Tagged_Code_"], o.js_function_code.filter(|_| layout.version == V12_4)),
        ("JSFunction__prototype_or_initial_map", &["HeapObject", "Tagged_HeapObject_", "Tagged_UnionOf_JSPrototype_Map_Hole_", "Tagged_UnionOf_JSPrototype_Map_TheHole_"], Some(JS_FUNCTION_PROTOTYPE_OR_INITIAL_MAP)),
        ("JSRegExp__last_index", OBJECT, Some(JS_REG_EXP_LAST_INDEX)),
        ("JSArrayBuffer__byte_length", &["size_t"], Some(o.js_array_buffer_byte_length)),
        ("JSArrayBuffer__backing_store", &["uintptr_t"], Some(o.js_array_buffer_backing_store)),
        ("JSArrayBuffer__detach_key", OBJECT, until(V13_6, o.js_array_buffer_detach_key)),
        ("JSArrayBuffer__views_or_detach_key", &["Tagged_MaybeObject_"], since(V14_6, o.js_array_buffer_detach_key)),
        ("JSArrayBufferView__byte_offset", &["size_t"], Some(o.js_array_buffer_view_byte_offset)),
        ("JSArrayBufferView__byte_length", &["size_t"], Some(o.js_array_buffer_view_byte_length)),
        ("JSTypedArray__length", OBJECT, until(V13_6, o.js_typed_array_length)),
        ("JSTypedArray__external_pointer", &["uintptr_t"], Some(o.js_typed_array_external_pointer)),
        ("JSTypedArray__base_pointer", OBJECT, Some(o.js_typed_array_base_pointer)),
        // Functions, scripts, scopes.
        ("SharedFunctionInfo__function_data", OBJECT, o.shared_function_info_function_data.filter(|_| layout.version == V11_3)),
        ("SharedFunctionInfo__name_or_scope_info", &["Object", "Tagged_Object_", "Tagged_NameOrScopeInfoT_"], Some(o.shared_function_info_name_or_scope_info)),
        ("SharedFunctionInfo__feedback_metadata", &["FeedbackMetadata", "Tagged_FeedbackMetadata_"], Some(o.shared_function_info_outer_scope_info_or_feedback_metadata)),
        ("SharedFunctionInfo__script_or_debug_info", &["HeapObject"], until(V11_3, o.shared_function_info_script)),
        ("SharedFunctionInfo__script", &["Tagged_HeapObject_"], since(V12_4, o.shared_function_info_script)),
        ("SharedFunctionInfo__raw_script", OBJECT, since(V12_4, o.shared_function_info_script)),
        ("SharedFunctionInfo__length", &["uint16_t"], Some(o.shared_function_info_length)),
        ("SharedFunctionInfo__internal_formal_parameter_count", &["uint16_t"], Some(o.shared_function_info_formal_parameter_count)),
        ("SharedFunctionInfo__raw_function_token_offset", &["int16_t"], Some(o.shared_function_info_function_token_offset)),
        ("SharedFunctionInfo__flags", &["int"], Some(o.shared_function_info_flags)),
        ("Script__type", &["SMI"], until(V11_3, SCRIPT_TYPE)),
        ("Script__eval_from_shared_or_wrapped_arguments", OBJECT, Some(SCRIPT_EVAL_FROM_SHARED_OR_WRAPPED_ARGUMENTS)),
        ("Script__compiled_lazy_function_positions", OBJECT, Some(SCRIPT_COMPILED_LAZY_FUNCTION_POSITIONS)),
        ("Script__wasm_breakpoint_infos", &["FixedArray", "Tagged_FixedArray_"], Some(SCRIPT_EVAL_FROM_SHARED_OR_WRAPPED_ARGUMENTS)),
        ("Script__wasm_managed_native_module", OBJECT, Some(SCRIPT_EVAL_FROM_POSITION)),
        ("Script__wasm_weak_instance_list", &["WeakArrayList", "Tagged_WeakArrayList_"], Some(SCRIPT_INFOS)),
        // Code.
        ("Code__relocation_info", &["ByteArray"], o.code_relocation_info),
        ("Code__deoptimization_data", &["FixedArray"], until(V11_3, o.code_deoptimization_data_or_interpreter_data)),
        ("Code__bytecode_or_interpreter_data", &["HeapObject"], until(V11_3, o.code_deoptimization_data_or_interpreter_data)),
        ("Code__source_position_table", &["ByteArray"], until(V11_3, o.code_position_table)),
        ("Code__bytecode_offset_table", &["ByteArray"], until(V11_3, o.code_position_table)),
        ("Code__wrapper", &["Tagged_CodeWrapper_"], o.code_wrapper),
        ("Code__instruction_stream", &["Tagged_InstructionStream_"], since(V12_4, o.code_instruction_stream)),
        ("Code__instruction_start", &["Address"], since(V12_4, CODE_INSTRUCTION_START)),
        ("Code__flags", &["uint32_t"], since(V12_4, o.code_flags)),
        ("Code__instruction_size", &["int"], since(V12_4, o.code_instruction_size)),
        ("InstructionStream__instruction_start", &["uintptr_t"], Some(o.instruction_stream_instructions)),
        ("BytecodeArray__data", &["uintptr_t"], Some(o.bytecode_array_bytes)),
        ("BytecodeArray__length", &["SMI"], since(V12_4, BYTECODE_ARRAY_LENGTH)),
        ("BytecodeArray__wrapper", &["Tagged_BytecodeWrapper_"], o.bytecode_array_wrapper),
        ("FeedbackCell__value", &["HeapObject", "Tagged_HeapObject_"], Some(FEEDBACK_CELL_VALUE)),
        ("SharedFunctionInfoWrapper__shared_info", &["Tagged_SharedFunctionInfo_"], since(V13_6, SHARED_FUNCTION_INFO_WRAPPER_SHARED)),
        // Small objects.
        ("AccessorPair__getter", OBJECT, until(V13_6, ACCESSOR_PAIR_GETTER)),
        ("AccessorPair__setter", OBJECT, until(V13_6, ACCESSOR_PAIR_SETTER)),
        ("AllocationMemento__allocation_site", OBJECT, until(V13_6, ALLOCATION_MEMENTO_ALLOCATION_SITE)),
        ("AllocationSite__transition_info_or_boilerplate", OBJECT, until(V13_6, ALLOCATION_SITE_TRANSITION_INFO)),
        ("AllocationSite__nested_site", OBJECT, until(V13_6, ALLOCATION_SITE_NESTED_SITE)),
        ("AllocationSite__dependent_code", &["DependentCode", "Tagged_DependentCode_"], until(V13_6, ALLOCATION_SITE_DEPENDENT_CODE)),
        ("AllocationSite__weak_next", OBJECT, until(V13_6, ALLOCATION_SITE_WEAK_NEXT)),
        ("ArrayList__length", &["SMI"], (layout.version == V12_4).then_some(WEAK_ARRAY_LIST_LENGTH)),
        ("DataHandler__data1", &["weak", "Tagged_MaybeObject_"], until(V13_6, DATA_HANDLER_DATA)),
        ("DataHandler__data2", &["weak", "Tagged_MaybeObject_"], until(V13_6, DATA_HANDLER_DATA + WORD)),
        ("DataHandler__data3", &["weak", "Tagged_MaybeObject_"], until(V13_6, DATA_HANDLER_DATA + 2 * WORD)),
        ("MegaDomHandler__accessor", &["Tagged_MaybeObject_"], since(V13_6, MEGA_DOM_HANDLER_ACCESSOR)),
        ("Oddball__kind_offset", &["int"], until(V11_3, ODDBALL_KIND)),
        ("Oddball__kind", &["int"], since(V12_4, ODDBALL_KIND)),
        ("Oddball__to_string", &["String"], until(V11_3, ODDBALL_TO_STRING)),
        ("Oddball__to_number", &["Object"], until(V11_3, ODDBALL_TO_NUMBER)),
        ("Oddball__type_of", &["String"], until(V11_3, ODDBALL_TYPE_OF)),
        ("RegExpData__source", &["Tagged_String_"], o.reg_exp_data_source),
        ("RegExpData__wrapper", &["Tagged_RegExpDataWrapper_"], o.reg_exp_data_wrapper),
    ]
}

/// Constants that differ and are no fields; none where the version doesn't export it.
fn others_of(layout: &V8Layout) -> Vec<(&'static str, Option<i64>)> {
    let o = layout.offsets;
    let number = |kind| {
        let mut numbers = instance_types::numbers(layout.version);
        numbers
            .find(|(_, other)| *other == kind)
            .map(|(number, _)| number.into())
    };
    let functions = layout.version >= V8Version::V12_4;
    vec![
        ("FirstContextType", number(ObjectType::AwaitContext)),
        ("LastContextType", number(ObjectType::WithContext)),
        (
            "FirstJSFunctionType",
            number(ObjectType::JSFunction).filter(|_| functions),
        ),
        (
            "LastJSFunctionType",
            number(ObjectType::JSClassConstructor).filter(|_| functions),
        ),
        ("CodeKindBaseline", Some(o.code_kind_baseline.into())),
        (
            "CodeKindInterpretedFunction",
            Some(o.code_kind_interpreted_function.into()),
        ),
        ("OddballUndefined", Some(o.oddball_kind_undefined.into())),
        ("OddballTheHole", o.oddball_kind_the_hole.map(i64::from)),
        (
            "scopeinfo_idx_first_vars",
            Some((o.scope_info_parts / WORD - 1).into()),
        ),
    ]
}
