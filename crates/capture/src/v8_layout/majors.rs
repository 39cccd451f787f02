//! What differs between the supported versions of V8: offsets in bytes from the start of an object,
//! bits of flags. One row a field, one column a version; a field that is the same in all of them is
//! here only where those beside it differ.
//!
//! Each group names the file of V8's sources (below `src/`) that defines it. What the binary exports
//! is compared with this table at detection; the rest was read in the sources and is proved by
//! comparing walks with V8's own snapshots.

use super::V8Version;

/// Defines [`Offsets`] and its four tables from one.
macro_rules! offsets {
    ($($(#[$doc:meta])* $field:ident: $type:ty = [$v11_3:expr, $v12_4:expr, $v13_6:expr, $v14_6:expr];)*) => {
        /// Where V8 keeps what, for one version. `None`: this version has no such field.
        #[derive(Debug)]
        pub(crate) struct Offsets {
            $($(#[$doc])* pub(crate) $field: $type,)*
        }

        const V11_3: Offsets = Offsets { $($field: $v11_3,)* };
        const V12_4: Offsets = Offsets { $($field: $v12_4,)* };
        const V13_6: Offsets = Offsets { $($field: $v13_6,)* };
        const V14_6: Offsets = Offsets { $($field: $v14_6,)* };
    };
}

impl Offsets {
    /// The table of a version.
    pub(crate) const fn of(version: V8Version) -> &'static Offsets {
        match version {
            V8Version::V11_3 => &V11_3,
            V8Version::V12_4 => &V12_4,
            V8Version::V13_6 => &V13_6,
            V8Version::V14_6 => &V14_6,
        }
    }
}

offsets! {
    // objects/js-function.tq: JSFunction.

    js_function_shared: u32 = [24, 32, 32, 32];
    js_function_context: u32 = [32, 40, 40, 40];
    js_function_feedback_cell: u32 = [40, 48, 48, 48];
    /// Tagged pointer to the code.
    js_function_code: Option<u32> = [Some(48), Some(24), None, None];
    /// u32: handle of the dispatch table's entry, which has the code.
    js_function_dispatch_handle: Option<u32> = [None, None, Some(24), Some(24)];

    // objects/js-objects.tq: JSGlobalObject, JSGlobalProxy, objects of the embedder.

    js_global_object_native_context: Option<u32> = [Some(24), None, None, None];
    js_global_object_global_proxy: u32 = [32, 24, 32, 32];
    js_global_object_global_proxy_for_api: Option<u32> = [None, None, None, Some(40)];
    /// Native context, or null if the proxy was detached. Later the map's own map has it.
    js_global_proxy_native_context: Option<u32> = [Some(24), None, None, None];
    /// Where fields of the embedder start in an object of a template: each a word, tagged or a raw
    /// pointer aligned to two, which reads as a small integer. Before it is a raw pointer.
    js_api_object_embedder_fields: u32 = [24, 24, 32, 32];

    // objects/js-array-buffer.tq: JSArrayBuffer, JSArrayBufferView, JSTypedArray, JSDataView.

    /// Undefined, or the key; in 14.6 also the views, weakly.
    js_array_buffer_detach_key: u32 = [24, 24, 32, 32];
    /// Raw size.
    js_array_buffer_byte_length: u32 = [32, 32, 40, 40];
    /// Raw pointer.
    js_array_buffer_backing_store: u32 = [48, 48, 56, 56];
    /// u32.
    js_array_buffer_flags: u32 = [64, 64, 72, 72];
    js_array_buffer_view_buffer: u32 = [24, 24, 32, 32];
    js_array_buffer_view_byte_offset: u32 = [32, 32, 48, 48];
    js_array_buffer_view_byte_length: u32 = [40, 40, 56, 56];
    js_typed_array_length: u32 = [56, 56, 64, 64];
    /// Raw pointer.
    js_typed_array_external_pointer: u32 = [64, 64, 72, 72];
    /// Byte array with the elements, or 0 if they are off the heap.
    js_typed_array_base_pointer: u32 = [72, 72, 80, 80];
    /// Where fields of the embedder start in a typed array.
    js_typed_array_size: u32 = [80, 80, 88, 88];
    /// Where fields of the embedder start in a data view.
    js_data_view_size: u32 = [64, 64, 72, 72];

    // objects/js-weak-refs.tq: WeakCell. Both held weakly.

    weak_cell_target: u32 = [16, 16, 16, 24];
    weak_cell_unregister_token: u32 = [24, 24, 24, 32];

    // objects/shared-function-info.tq.

    /// All that the function is made of, in one field.
    shared_function_info_function_data: Option<u32> = [Some(8), Some(8), None, None];
    shared_function_info_trusted_function_data: Option<u32> = [None, None, Some(8), Some(8)];
    shared_function_info_untrusted_function_data: Option<u32> = [None, None, Some(16), Some(16)];
    shared_function_info_name_or_scope_info: u32 = [16, 16, 24, 24];
    shared_function_info_outer_scope_info_or_feedback_metadata: u32 = [24, 24, 32, 32];
    /// Script or undefined; in 11.3 also a debug info, which then has the script.
    shared_function_info_script: u32 = [32, 32, 40, 40];
    /// u16: the function's `length`.
    shared_function_info_length: u32 = [40, 40, 48, 48];
    /// u16.
    shared_function_info_formal_parameter_count: u32 = [42, 42, 50, 50];
    /// u16: distance of the `function` token before the start position; 0xffff if it is too far.
    shared_function_info_function_token_offset: u32 = [44, 44, 52, 52];
    /// u32.
    shared_function_info_flags: u32 = [48, 48, 56, 56];

    // objects/debug-objects.tq: DebugInfo.

    /// What was in `script_or_debug_info` before.
    debug_info_script: Option<u32> = [Some(24), None, None, None];

    // objects/script.tq.

    script_host_defined_options: u32 = [128, 128, 128, 136];

    // objects/scope-info.tq.

    /// u32: the flags. Up to 12.4 they are a small integer, whose value is its upper half.
    scope_info_flags: u32 = [12, 12, 8, 8];
    /// Two small integers, start and end. Before, a part among those that may be absent.
    scope_info_position: Option<u32> = [None, None, Some(32), Some(32)];
    /// First of the parts that may be absent: from 12.4 on the count of module variables, then the
    /// names of the variables.
    scope_info_parts: u32 = [32, 32, 48, 48];
    /// Bit of the flags: no positions.
    scope_flags_is_empty: u32 = [1 << 29, 1 << 29, 1 << 29, 1 << 29];

    // objects/name.tq: Symbol's flags.

    /// Bit of the symbols that V8 counts as well known, as `Symbol.toStringTag`.
    symbol_well_known: u32 = [1 << 1, 1 << 1, 1 << 1, 1 << 2];
    /// The bits of which one is set if the symbol is private.
    symbol_private_mask: u32 = [1, 1, 1, 3];
    /// The bits that tell names of private class members from others...
    symbol_private_name_mask: u32 = [1 << 4, 1 << 4, 1 << 4, 2];

    // objects/code.h, instruction-stream.h.

    code_relocation_info: Option<u32> = [Some(8), None, None, None];
    code_deoptimization_data_or_interpreter_data: u32 = [16, 8, 8, 8];
    code_position_table: u32 = [24, 16, 16, 16];
    code_wrapper: Option<u32> = [None, Some(24), Some(24), Some(24)];
    /// Pointer to the instruction stream, 0 of embedded builtins.
    code_instruction_stream: u32 = [32, 32, 32, 32];
    /// u32.
    code_flags: u32 = [48, 48, 52, 52];
    /// u32: bytes of instructions.
    code_instruction_size: u32 = [56, 52, 56, 56];
    /// Value of the flags' low four bits.
    code_kind_baseline: u32 = [11, 10, 10, 11];
    code_kind_turbofan: u32 = [13, 12, 12, 13];
    code_kind_maglev: u32 = [12, 11, 11, 12];
    code_kind_interpreted_function: u32 = [10, 9, 9, 10];
    /// u32 with the bit that says whether the code holds some objects weakly...
    code_weak_objects_field: u32 = [52, 48, 52, 52];
    /// ... and the bit.
    code_weak_objects_bit: u32 = [2, 31, 8, 9];
    instruction_stream_code: u32 = [8, 8, 8, 8];
    instruction_stream_relocation_info: Option<u32> = [None, Some(16), Some(16), Some(16)];
    /// First instruction.
    instruction_stream_instructions: u32 = [16, 32, 32, 32];

    // codegen/reloc-info.h: modes.

    /// The first of those that have data with them.
    relocation_const_pool: u8 = [12, 13, 15, 15];
    relocation_pc_jump: u8 = [20, 20, 22, 22];

    // objects/bytecode-array.tq.

    bytecode_array_constant_pool: u32 = [16, 40, 40, 40];
    bytecode_array_handler_table: u32 = [24, 32, 32, 32];
    bytecode_array_source_position_table: u32 = [32, 24, 24, 24];
    bytecode_array_wrapper: Option<u32> = [None, Some(16), Some(16), Some(16)];
    /// First byte of bytecode.
    bytecode_array_bytes: u32 = [54, 64, 64, 64];

    // objects/feedback-cell.tq, feedback-vector.tq.

    /// Optimized code, weakly.
    feedback_vector_maybe_optimized_code: Option<u32> = [Some(48), Some(48), None, None];
    /// First slot.
    feedback_vector_slots: u32 = [56, 56, 48, 48];

    // objects/templates.tq, struct.tq, api-callbacks.tq.

    accessor_info_name: u32 = [8, 8, 8, 16];
    accessor_info_data: u32 = [16, 16, 16, 8];
    function_template_info_class_name: u32 = [56, 40, 40, 40];

    // objects/descriptor-array.tq, transitions.h.

    descriptor_array_enum_cache: u32 = [16, 16, 16, 24];
    /// First descriptor.
    descriptor_array_descriptors: u32 = [24, 24, 24, 32];

    // objects/js-regexp.tq: RegExpData.

    reg_exp_data_source: Option<u32> = [None, None, Some(16), Some(16)];
    reg_exp_data_wrapper: Option<u32> = [None, None, Some(32), Some(32)];

    // objects/oddball.h.

    oddball_kind_undefined: u32 = [5, 4, 4, 4];
    /// Later the hole is of a kind of its own.
    oddball_kind_the_hole: Option<u32> = [Some(2), None, None, None];

    // wasm/wasm-objects.h and .tq.

    /// From 12.4 on; before, the instance itself has all.
    wasm_instance_object_trusted_data: Option<u32> = [None, Some(24), Some(24), Some(24)];
    wasm_instance_object_module_object: Option<u32> = [None, Some(32), Some(32), Some(32)];
    wasm_instance_object_exports_object: Option<u32> = [None, Some(40), Some(40), Some(40)];
}
