//! Offsets and constants of V8's heap that are equal in all supported versions.
//!
//! Offsets are in bytes from the start of the object, the map being at 0; an *index* counts tagged
//! words of an array. What differs between versions is in [`Offsets`](super::Offsets). Those that
//! the binary exports are checked at detection.

/// log2 of the bytes of a page, which is also its alignment. Large objects have longer ones.
pub(crate) const PAGE_BITS: u32 = 18;
/// Bytes of a page.
pub(crate) const PAGE_BYTES: u64 = 1 << PAGE_BITS;
/// Bytes of a tagged word.
pub(crate) const WORD: u32 = 8;

// Map: the hidden class of an object.

/// u8: size of an instance in words, 0 if it varies.
pub(crate) const MAP_INSTANCE_SIZE_IN_WORDS: u32 = 8;
/// u8: word at which in-object properties start; of primitives, the constructor's index.
pub(crate) const MAP_INOBJECT_PROPERTIES_START: u32 = 9;
/// u8: from 3 on, the used size of an instance in words; below, unused fields of the property array.
pub(crate) const MAP_USED_OR_UNUSED_FIELDS: u32 = 10;
/// u16: the instance type.
pub(crate) const MAP_INSTANCE_TYPE: u32 = 12;
/// u8.
pub(crate) const MAP_BIT_FIELD: u32 = 14;
/// u8.
pub(crate) const MAP_BIT_FIELD_2: u32 = 15;
/// u32.
pub(crate) const MAP_BIT_FIELD_3: u32 = 16;
/// The prototype of the instances.
pub(crate) const MAP_PROTOTYPE: u32 = 24;
/// Constructor, map it was derived from, function template, or of contexts' maps the native context.
pub(crate) const MAP_CONSTRUCTOR_OR_BACK_POINTER: u32 = 32;
/// The descriptor array.
pub(crate) const MAP_INSTANCE_DESCRIPTORS: u32 = 40;
/// Optimized code that depends on the map.
pub(crate) const MAP_DEPENDENT_CODE: u32 = 48;
/// Cell that is cleared when the prototype chain changes.
pub(crate) const MAP_PROTOTYPE_VALIDITY_CELL: u32 = 56;
/// Transitions, or of prototypes' maps the prototype info.
pub(crate) const MAP_TRANSITIONS_OR_PROTOTYPE_INFO: u32 = 64;

/// `bit_field3`: first bit of the number of own descriptors.
pub(crate) const MAP_OWN_DESCRIPTORS_SHIFT: u32 = 10;
/// `bit_field3`: mask of the number of own descriptors, once shifted.
pub(crate) const MAP_OWN_DESCRIPTORS_MASK: u32 = 0x3ff;
/// `bit_field3`: properties are in a dictionary.
pub(crate) const MAP_IS_DICTIONARY_MAP_BIT: u32 = 21;

/// Kinds of elements, V8's numbers in `bit_field2`.
pub(crate) mod elements_kind {
    /// First bit of the kind in `bit_field2`.
    pub(crate) const SHIFT: u32 = 2;
    /// Any values, none missing.
    pub(crate) const PACKED_ELEMENTS: u8 = 2;
    /// Any values, some missing.
    pub(crate) const HOLEY_ELEMENTS: u8 = 3;
    /// A number dictionary.
    pub(crate) const DICTIONARY_ELEMENTS: u8 = 13;
    /// Those of `Uint8Array`, which the other typed arrays follow.
    pub(crate) const FIRST_TYPED_ARRAY: u8 = 18;
}

// JavaScript's objects.

/// Property array, dictionary, empty fixed array, or the identity hash as a small integer.
pub(crate) const JS_OBJECT_PROPERTIES: u32 = 8;
/// The elements.
pub(crate) const JS_OBJECT_ELEMENTS: u32 = 16;
/// Where what a subclass adds starts.
pub(crate) const JS_OBJECT_HEADER_SIZE: u32 = 24;

/// Of a global object: its global dictionary, where others have their properties.
pub(crate) const JS_GLOBAL_OBJECT_GLOBAL_DICTIONARY: u32 = JS_OBJECT_PROPERTIES;

/// Only in functions that have a prototype slot.
pub(crate) const JS_FUNCTION_PROTOTYPE_OR_INITIAL_MAP: u32 = 56;

pub(crate) const JS_BOUND_FUNCTION_TARGET: u32 = 24;
pub(crate) const JS_BOUND_FUNCTION_THIS: u32 = 32;
pub(crate) const JS_BOUND_FUNCTION_ARGUMENTS: u32 = 40;

/// Small integer or heap number.
pub(crate) const JS_ARRAY_LENGTH: u32 = 24;
pub(crate) const JS_PRIMITIVE_WRAPPER_VALUE: u32 = 24;
pub(crate) const JS_DATE_VALUE: u32 = 24;

/// Of JSMap, JSSet, JSWeakMap, JSWeakSet.
pub(crate) const JS_COLLECTION_TABLE: u32 = 24;

pub(crate) const JS_REG_EXP_SOURCE: u32 = 32;
/// First in-object property.
pub(crate) const JS_REG_EXP_LAST_INDEX: u32 = 48;
/// Flag of an array buffer that has lost its contents.
pub(crate) const JS_ARRAY_BUFFER_WAS_DETACHED: u32 = 1 << 2;
/// Flag of an array buffer that other threads may use.
pub(crate) const JS_ARRAY_BUFFER_IS_SHARED: u32 = 1 << 4;
/// Small integer.
pub(crate) const JS_ARRAY_ITERATOR_KIND: u32 = 40;

pub(crate) const JS_PROMISE_REACTIONS_OR_RESULT: u32 = 24;
/// Small integer; its low two bits are the status.
pub(crate) const JS_PROMISE_FLAGS: u32 = 32;

/// Weak, although tagged as strong.
pub(crate) const JS_WEAK_REF_TARGET: u32 = 24;

/// Link of the list of registries that have something to do: weak.
pub(crate) const JS_FINALIZATION_REGISTRY_NEXT_DIRTY: u32 = 64;

/// Of disposable stacks, which are there from 13.6 on.
pub(crate) const JS_DISPOSABLE_STACK_STACK: u32 = 24;
pub(crate) const JS_DISPOSABLE_STACK_ERROR: u32 = 40;
pub(crate) const JS_DISPOSABLE_STACK_ERROR_MESSAGE: u32 = 48;

/// Of generators and of what async functions run on.
pub(crate) const JS_GENERATOR_FUNCTION: u32 = 24;
pub(crate) const JS_GENERATOR_CONTEXT: u32 = 32;
pub(crate) const JS_GENERATOR_RECEIVER: u32 = 40;
pub(crate) const JS_GENERATOR_PARAMETERS_AND_REGISTERS: u32 = 72;

// Strings, symbols, numbers, oddballs.

/// i32: length in UTF-16 units.
pub(crate) const STRING_LENGTH: u32 = 12;
/// First character of a sequential string.
pub(crate) const SEQ_STRING_CHARS: u32 = 16;
pub(crate) const CONS_STRING_FIRST: u32 = 16;
pub(crate) const CONS_STRING_SECOND: u32 = 24;
pub(crate) const SLICED_STRING_PARENT: u32 = 16;
/// Small integer: where in the parent it starts.
pub(crate) const SLICED_STRING_OFFSET: u32 = 24;
pub(crate) const THIN_STRING_ACTUAL: u32 = 16;
/// Raw pointer to the embedder's resource.
pub(crate) const EXTERNAL_STRING_RESOURCE: u32 = 16;
/// Raw pointer to the characters; absent if the string is uncached.
pub(crate) const EXTERNAL_STRING_DATA: u32 = 24;

/// Strings' flags in the instance type.
pub(crate) mod string_type {
    /// How it is represented.
    pub(crate) const REPRESENTATION_MASK: u16 = 7;
    pub(crate) const SEQUENTIAL: u16 = 0;
    pub(crate) const CONS: u16 = 1;
    pub(crate) const EXTERNAL: u16 = 2;
    pub(crate) const SLICED: u16 = 3;
    pub(crate) const THIN: u16 = 5;
    /// One byte for a character: Latin-1.
    pub(crate) const ONE_BYTE: u16 = 8;
    /// Of external strings: the pointer to the characters is not kept in the string.
    pub(crate) const UNCACHED: u16 = 16;
    /// Set unless the string is internalized.
    pub(crate) const NOT_INTERNALIZED: u16 = 32;
    /// Set if all isolates of a process share the string.
    pub(crate) const SHARED: u16 = 64;
    /// First number that is no string.
    pub(crate) const END: u16 = 128;
}

/// u32.
pub(crate) const SYMBOL_FLAGS: u32 = 12;
/// String or undefined.
pub(crate) const SYMBOL_DESCRIPTION: u32 = 16;

/// f64.
pub(crate) const HEAP_NUMBER_VALUE: u32 = 8;

pub(crate) const ODDBALL_TO_STRING: u32 = 16;
pub(crate) const ODDBALL_TO_NUMBER: u32 = 24;
pub(crate) const ODDBALL_TYPE_OF: u32 = 32;
/// Small integer.
pub(crate) const ODDBALL_KIND: u32 = 40;

/// Values of an oddball's kind that are the same in all versions.
pub(crate) mod oddball_kind {
    pub(crate) const TRUE: i32 = 1;
    pub(crate) const NULL: i32 = 3;
}

// Arrays.

/// Small integer: length of fixed arrays, hash tables, byte arrays, contexts, weak fixed arrays.
pub(crate) const FIXED_ARRAY_LENGTH: u32 = 8;
/// First element of them.
pub(crate) const FIXED_ARRAY_ELEMENTS: u32 = 16;
/// Small integer: those in use.
pub(crate) const WEAK_ARRAY_LIST_LENGTH: u32 = 16;
pub(crate) const WEAK_ARRAY_LIST_ELEMENTS: u32 = 24;
/// Small integer that holds a hash in its upper bits.
pub(crate) const PROPERTY_ARRAY_LENGTH_AND_HASH: u32 = 8;
/// The length in it.
pub(crate) const PROPERTY_ARRAY_LENGTH_MASK: u32 = 0x3ff;
pub(crate) const PROPERTY_ARRAY_ELEMENTS: u32 = 16;

/// Words of a hash table before its prefix: used, deleted, capacity.
pub(crate) const HASH_TABLE_PREFIX_INDEX: u32 = 3;
/// Small integer: entries a hash table has room for.
pub(crate) const HASH_TABLE_CAPACITY_INDEX: u32 = 2;

/// How the entries of a kind of hash table lie in its fixed array. A free entry's key is undefined
/// or the hole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TableShape {
    /// Index of the first entry.
    pub(crate) first: u32,
    /// Words of an entry. The key is the first, the value if any the second.
    pub(crate) entry: u32,
}

/// Words of an entry of a Map's table: key, value, next of the chain. Before the first are three
/// numbers (entries, deleted ones, buckets) and the buckets.
pub(crate) const ORDERED_HASH_MAP_ENTRY: u32 = 3;
/// Of a Set's table: key, next of the chain.
pub(crate) const ORDERED_HASH_SET_ENTRY: u32 = 2;

/// key, value, details.
pub(crate) const NAME_DICTIONARY: TableShape = TableShape { first: 6, entry: 3 };
/// Small integer: bit 0 says that a key may be an interesting symbol. The last word of the prefix.
pub(crate) const NAME_DICTIONARY_FLAGS: u32 = FIXED_ARRAY_ELEMENTS + 5 * WORD;
/// Property cells.
pub(crate) const GLOBAL_DICTIONARY: TableShape = TableShape { first: 5, entry: 1 };
/// key (number), value, details.
pub(crate) const NUMBER_DICTIONARY: TableShape = TableShape { first: 4, entry: 3 };
/// key (number), value.
pub(crate) const SIMPLE_NUMBER_DICTIONARY: TableShape = TableShape { first: 3, entry: 2 };
/// key (held weakly), value.
pub(crate) const EPHEMERON_HASH_TABLE: TableShape = TableShape { first: 3, entry: 2 };
/// name, small integer.
pub(crate) const NAME_TO_INDEX_HASH_TABLE: TableShape = TableShape { first: 3, entry: 2 };

// Descriptors and property details.

/// u16.
pub(crate) const DESCRIPTOR_ARRAY_ALL_DESCRIPTORS: u32 = 8;
/// u16.
pub(crate) const DESCRIPTOR_ARRAY_DESCRIPTORS: u32 = 10;
/// Bytes of a descriptor: key, details, value.
pub(crate) const DESCRIPTOR_SIZE: u32 = 24;
pub(crate) const DESCRIPTOR_KEY: u32 = 0;
/// Small integer.
pub(crate) const DESCRIPTOR_DETAILS: u32 = 8;
/// Value, accessor, or of fields their type.
pub(crate) const DESCRIPTOR_VALUE: u32 = 16;

/// Bits of a property's details.
pub(crate) mod property_details {
    /// Set for accessors.
    pub(crate) const ACCESSOR: u32 = 1;
    pub(crate) const READ_ONLY: u32 = 1 << 2;
    pub(crate) const DONT_ENUM: u32 = 1 << 3;
    pub(crate) const DONT_DELETE: u32 = 1 << 4;
    /// Of fast properties: the value is in the descriptor, not in a field.
    pub(crate) const IN_DESCRIPTOR: u32 = 1 << 5;
    pub(crate) const REPRESENTATION_SHIFT: u32 = 6;
    pub(crate) const REPRESENTATION_MASK: u32 = 7;
    pub(crate) const REPRESENTATION_SMI: u32 = 1;
    pub(crate) const REPRESENTATION_DOUBLE: u32 = 2;
    pub(crate) const REPRESENTATION_HEAP_OBJECT: u32 = 3;
    pub(crate) const REPRESENTATION_TAGGED: u32 = 4;
    pub(crate) const FIELD_INDEX_SHIFT: u32 = 19;
    pub(crate) const FIELD_INDEX_MASK: u32 = 0x3ff;
}

pub(crate) const ENUM_CACHE_KEYS: u32 = 8;
pub(crate) const ENUM_CACHE_INDICES: u32 = 16;

/// Index in a transition array, which is a weak fixed array: 0, or a weak fixed array.
pub(crate) const TRANSITION_ARRAY_PROTOTYPE_TRANSITIONS_INDEX: u32 = 0;

// Cells and small structs.

pub(crate) const CELL_VALUE: u32 = 8;
pub(crate) const PROPERTY_CELL_NAME: u32 = 8;
/// Small integer.
pub(crate) const PROPERTY_CELL_DETAILS: u32 = 16;
pub(crate) const PROPERTY_CELL_VALUE: u32 = 24;
pub(crate) const PROPERTY_CELL_DEPENDENT_CODE: u32 = 32;
pub(crate) const TUPLE2_VALUE1: u32 = 8;
pub(crate) const TUPLE2_VALUE2: u32 = 16;
pub(crate) const ACCESSOR_PAIR_GETTER: u32 = 8;
pub(crate) const ACCESSOR_PAIR_SETTER: u32 = 16;
pub(crate) const PROTOTYPE_INFO_PROTOTYPE_USERS: u32 = 16;
pub(crate) const PROTOTYPE_INFO_PROTOTYPE_CHAIN_ENUM_CACHE: u32 = 24;
pub(crate) const ARRAY_BOILERPLATE_DESCRIPTION_CONSTANT_ELEMENTS: u32 = 16;
pub(crate) const REG_EXP_BOILERPLATE_DESCRIPTION_DATA: u32 = 8;
pub(crate) const ALLOCATION_SITE_TRANSITION_INFO: u32 = 8;
pub(crate) const ALLOCATION_SITE_NESTED_SITE: u32 = 16;
pub(crate) const ALLOCATION_SITE_DEPENDENT_CODE: u32 = 24;
/// Link of the list of all sites: weak. Sites without it are 40 bytes long.
pub(crate) const ALLOCATION_SITE_WEAK_NEXT: u32 = 40;
pub(crate) const ALLOCATION_MEMENTO_ALLOCATION_SITE: u32 = 8;
/// Of load and store handlers: the first of up to three values, which may be weak.
pub(crate) const DATA_HANDLER_DATA: u32 = 24;
pub(crate) const MEGA_DOM_HANDLER_ACCESSOR: u32 = 8;
/// From 13.6 on: what stands for functions in weak lists.
pub(crate) const SHARED_FUNCTION_INFO_WRAPPER_SHARED: u32 = 8;

// Contexts: a length and slots.

/// First slot of a context.
pub(crate) const CONTEXT_SLOTS: u32 = 16;
pub(crate) const CONTEXT_SCOPE_INFO_INDEX: u32 = 0;
pub(crate) const CONTEXT_PREVIOUS_INDEX: u32 = 1;
/// If the scope info says that there is one; of native contexts the global object.
pub(crate) const CONTEXT_EXTENSION_INDEX: u32 = 2;
/// Of native contexts, the first slot that has a name in `V8Layout::native_context_fields`.
pub(crate) const NATIVE_CONTEXT_FIRST_FIELD_INDEX: u32 = 3;
/// Of native contexts.
pub(crate) const NATIVE_CONTEXT_EMBEDDER_DATA_INDEX: u32 = 4;
/// Slots before a context's variables, without an extension.
pub(crate) const CONTEXT_MIN_SLOTS: u32 = 2;

// Scope infos: three words of flags, parameters, local count; then parts that may be absent.

/// Small integer.
pub(crate) const SCOPE_INFO_PARAMETER_COUNT: u32 = 16;
/// Small integer: variables that are in the context.
pub(crate) const SCOPE_INFO_CONTEXT_LOCAL_COUNT: u32 = 24;
/// From so many variables on, their names are in a hash table.
pub(crate) const SCOPE_INFO_MAX_INLINED_LOCAL_NAMES: u32 = 75;

/// Bits of a scope info's flags.
pub(crate) mod scope_flags {
    pub(crate) const SCOPE_TYPE_MASK: u32 = 0xf;
    pub(crate) const STRICT: u32 = 1 << 5;
    pub(crate) const DECLARATION_SCOPE: u32 = 1 << 6;
    pub(crate) const HAS_SAVED_CLASS_VARIABLE: u32 = 1 << 10;
    pub(crate) const FUNCTION_VARIABLE_SHIFT: u32 = 12;
    pub(crate) const FUNCTION_VARIABLE_MASK: u32 = 3;
    pub(crate) const HAS_INFERRED_FUNCTION_NAME: u32 = 1 << 14;
    pub(crate) const HAS_OUTER_SCOPE_INFO: u32 = 1 << 22;
    pub(crate) const HAS_CONTEXT_EXTENSION_SLOT: u32 = 1 << 26;
}

/// Where a variable is: values of a scope info's function and receiver variable.
pub(crate) mod variable_allocation {
    pub(crate) const NONE: u32 = 0;
    pub(crate) const CONTEXT: u32 = 2;
}

// Scripts.

pub(crate) const SCRIPT_SOURCE: u32 = 8;
/// The name, usually a path or URL.
pub(crate) const SCRIPT_NAME: u32 = 16;
/// Small integer: line of the first line.
pub(crate) const SCRIPT_LINE_OFFSET: u32 = 24;
/// Small integer: column of the first character.
pub(crate) const SCRIPT_COLUMN_OFFSET: u32 = 32;
pub(crate) const SCRIPT_CONTEXT_DATA: u32 = 40;
/// Small integer.
pub(crate) const SCRIPT_TYPE: u32 = 48;
/// Fixed array of small integers, or a small integer if it wasn't computed yet.
pub(crate) const SCRIPT_LINE_ENDS: u32 = 56;
/// Small integer.
pub(crate) const SCRIPT_ID: u32 = 64;
pub(crate) const SCRIPT_EVAL_FROM_SHARED_OR_WRAPPED_ARGUMENTS: u32 = 72;
pub(crate) const SCRIPT_EVAL_FROM_POSITION: u32 = 80;
/// Weak fixed array of SharedFunctionInfos (and from 13.6 on ScopeInfos) by literal id.
pub(crate) const SCRIPT_INFOS: u32 = 88;
pub(crate) const SCRIPT_COMPILED_LAZY_FUNCTION_POSITIONS: u32 = 96;

/// Values of a script's type.
pub(crate) mod script_type {
    pub(crate) const WASM: i32 = 3;
}

// Data of functions that are not compiled, and of code.

pub(crate) const UNCOMPILED_DATA_INFERRED_NAME: u32 = 8;
/// i32.
pub(crate) const UNCOMPILED_DATA_START_POSITION: u32 = 16;
/// i32.
pub(crate) const UNCOMPILED_DATA_END_POSITION: u32 = 20;

/// Small integer: bytes of bytecode.
pub(crate) const BYTECODE_ARRAY_LENGTH: u32 = 8;

pub(crate) const FEEDBACK_CELL_VALUE: u32 = 8;
/// i32: number of slots.
pub(crate) const FEEDBACK_VECTOR_LENGTH: u32 = 8;

/// Raw pointer to a code's first instruction.
pub(crate) const CODE_INSTRUCTION_START: u32 = 40;
/// Low bits of a code's flags: its kind.
pub(crate) const CODE_FLAGS_KIND_MASK: u32 = 15;
