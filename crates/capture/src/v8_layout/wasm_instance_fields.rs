//! What an instance of a WebAssembly module holds: the names that V8's snapshots show, and where the
//! fields are in `WasmTrustedInstanceData`.
//!
//! Source: `wasm/wasm-objects.h` of each version, `kTaggedFieldOffsets` and, from 13.6 on,
//! `kProtectedFieldOffsets`. In 11.3 the instance holds them itself and snapshots name none; 12.4
//! shows them as fields of the instance.

use super::V8Version;

/// Name and offset in bytes, in the order of V8's snapshots.
pub(super) const fn of(version: V8Version) -> &'static [(&'static str, u32)] {
    match version {
        V8Version::V11_3 => &[],
        V8Version::V12_4 => V12_4,
        V8Version::V13_6 => V13_6,
        V8Version::V14_6 => V14_6,
    }
}

const V12_4: &[(&str, u32)] = &[
    ("instance_object", 160),
    ("native_context", 168),
    ("memory_objects", 176),
    ("untagged_globals_buffer", 184),
    ("tagged_globals_buffer", 192),
    ("imported_mutable_globals_buffers", 200),
    ("tables", 208),
    ("tags_table", 224),
    ("func_refs", 232),
    ("managed_object_maps", 240),
    ("feedback_vectors", 248),
    ("well_known_imports", 256),
    ("imported_mutable_globals", 24),
    ("imported_function_targets", 32),
    ("memory_bases_and_sizes", 128),
    ("data_segment_starts", 136),
    ("data_segment_sizes", 144),
    ("element_segments", 152),
];

const V13_6: &[(&str, u32)] = &[
    ("instance_object", 152),
    ("native_context", 160),
    ("memory_objects", 176),
    ("untagged_globals_buffer", 184),
    ("tagged_globals_buffer", 192),
    ("imported_mutable_globals_buffers", 200),
    ("tables", 208),
    ("tags_table", 224),
    ("func_refs", 232),
    ("managed_object_maps", 240),
    ("feedback_vectors", 248),
    ("well_known_imports", 256),
    ("imported_mutable_globals", 24),
    ("data_segment_starts", 128),
    ("data_segment_sizes", 136),
    ("element_segments", 144),
    ("shared_part", 168),
    ("memory_bases_and_sizes", 120),
    ("dispatch_table0", 8),
    ("dispatch_tables", 216),
    ("dispatch_table_for_imports", 16),
    ("managed_native_module", 264),
];

const V14_6: &[(&str, u32)] = &[
    ("instance_object", 104),
    ("native_context", 112),
    ("memory_objects", 128),
    ("untagged_globals_buffer", 136),
    ("tagged_globals_buffer", 144),
    ("imported_mutable_globals_buffers", 152),
    ("tables", 160),
    ("tags_table", 176),
    ("func_refs", 184),
    ("managed_object_maps", 192),
    ("feedback_vectors", 200),
    ("well_known_imports", 208),
    ("imported_mutable_globals", 24),
    ("element_segments", 96),
    ("shared_part", 120),
    ("memory_bases_and_sizes", 80),
    ("data_segments", 88),
    ("dispatch_table0", 8),
    ("dispatch_tables", 168),
    ("dispatch_table_for_imports", 16),
    ("managed_native_module", 216),
];
