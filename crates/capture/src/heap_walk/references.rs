//! The references of an object, as V8's snapshot shows them.
//!
//! V8 shows the references it has names for (properties, elements, variables, and the fields of its
//! own objects that it knows), and notes the words of the object that hold them. Then it passes over
//! the object's body and shows each other reference with a number, hidden, or weak if it is. Small
//! integers are no references, and V8's own references to constants that nearly everything refers
//! to are left out ([`Inessential`]). O(references) an object; memory: a bit for each word of the
//! object at hand.
//!
//! The rules are those of `V8HeapExplorer::ExtractReferences`. Where this differs:
//!
//! | what | V8 | here | why |
//! |---|---|---|---|
//! | deleted entries of weak collections | an edge from the hole to the hole | none | there is nothing to see |
//! | entries of weak collections | numbered by edges so far, in the order met | by the object's own edges | tables and keys come by address |
//! | data of WebAssembly's instances on 12.4 | the instance's edges, and some of the next object's hidden | the instance's edges | a defect of that version |
//! | fields of WebAssembly's structs | by their number | by their word | the type is out of reach |

use heapwatch_graph::EdgeKind;

use super::Walk;
use super::address_table::AddressTable;
use super::describe::{Describer, is_generator, is_plain};
use super::dictionaries;
use super::embedded_objects;
use super::heap::{Heap, HiddenClass, array_length};
use super::inessential::Inessential;
use super::memory::Words;
use super::names::{Half, NameId, Names};
use super::object_body;
use super::properties::{self, InObjectProperties, Properties, Property, PropertyValue};
use super::scope_info::ScopeInfo;
use super::tagged::{Address, Tagged};
use super::tags::{Ephemeron, is_baseline, uses_deoptimization_data};
use super::wasm;
use crate::v8_layout::fields::{self, WORD, elements_kind, string_type};
use crate::v8_layout::{ObjectType, V8Version};

/// Map to map by way of back pointers: at most one for each property.
const MAX_BACK_POINTERS: u32 = 2000;
/// `bit_field` of a function's map: its prototype is no object, and is where the constructor
/// usually is.
const HAS_NON_INSTANCE_PROTOTYPE: u8 = 1;

/// What a reference is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum EdgeName {
    /// By a name.
    Name(NameId),
    /// By a number: elements, hidden references and slots.
    Index(u32),
}

/// What takes the references of an object.
pub(crate) trait ReferenceSink {
    /// A reference to another object of the heap. Those to objects that were not found are to be
    /// dropped.
    fn reference(&mut self, kind: EdgeKind, name: EdgeName, target: Address);

    /// A reference to `bytes` of memory outside of the heap, at the address `key`: objects that
    /// share it refer to one node, called `node_name`.
    fn native(&mut self, name: NameId, node_name: NameId, bytes: u64, key: u64);
}

/// Finds the references of objects.
pub(crate) struct References<'a, 'm> {
    walk: &'a Walk<'m>,
    describer: &'a Describer<'a, 'm>,
    properties: Properties,
    plain: AddressTable<Option<PlainClass>>,
    scratch: Scratch,
}

/// A class of objects with nothing special about them: plain ones and arrays, with their properties in
/// themselves. Those are most objects with references of many heaps.
#[derive(Clone, Copy)]
struct PlainClass {
    properties: InObjectProperties,
    prototype: Tagged,
}

impl<'a, 'm> References<'a, 'm> {
    pub(crate) fn new(walk: &'a Walk<'m>, describer: &'a Describer<'a, 'm>) -> Self {
        References {
            walk,
            describer,
            properties: Properties::new(),
            plain: AddressTable::new(),
            scratch: Scratch::default(),
        }
    }

    /// Passes the references of an object to a sink.
    #[inline]
    pub(crate) fn of(
        &mut self,
        object: Address,
        class: &HiddenClass,
        sink: &mut impl ReferenceSink,
    ) {
        let mut extraction = Extraction {
            walk: self.walk,
            heap: &self.walk.heap,
            names: &self.walk.names,
            describer: self.describer,
            inessential: self.describer.inessential(),
            properties: &self.properties,
            scratch: &mut self.scratch,
            sink,
            object,
            count: 0,
        };
        if is_plain(class.object_type)
            && let Some(plain) = self
                .plain
                .get_or(class.map, || PlainClass::of(&extraction, class))
            && let Some(body) = self.walk.heap.memory.words(object, class.instance_size)
        {
            extraction.plain_object(class, plain, body);
            return extraction.ephemerons_of_key();
        }
        if self.walk.is_cleared_cache(object, class) {
            return extraction.internal("map", class.map.tagged(), 0);
        }
        extraction.named(class);
        extraction.internal("map", class.map.tagged(), 0);
        // All references of a plain array are among those with names.
        if class.object_type != ObjectType::FixedArray {
            extraction.remaining(class);
        }
        if can_be_weak_key(class.object_type) {
            extraction.ephemerons_of_key();
        }
        self.scratch.visited.clear();
    }
}

/// Whether weak collections may have such a key: those of programs, and of V8's own scripts (of
/// template literals) and templates (of objects of native code).
#[inline]
fn can_be_weak_key(kind: ObjectType) -> bool {
    use ObjectType as T;
    kind.is_js_receiver()
        || matches!(
            kind,
            T::Symbol | T::Script | T::FunctionTemplateInfo | T::ObjectTemplateInfo
        )
}

/// What is used again from object to object.
#[derive(Default)]
struct Scratch {
    visited: Visited,
    /// Names of the arguments of bound functions.
    bound_arguments: Vec<NameId>,
}

/// The words of an object that were shown by name.
#[derive(Default)]
struct Visited {
    /// A bit for each of the first 64: all of most objects.
    first: u64,
    /// 64 in each, those of `first` unused.
    words: Vec<u64>,
    used: usize,
}

impl Visited {
    #[inline]
    fn mark(&mut self, offset: u32) {
        let (index, bit) = place(offset);
        if index == 0 {
            self.first |= bit;
            return;
        }
        if index >= self.words.len() {
            self.words.resize(index + 1, 0);
        }
        self.words[index] |= bit;
        self.used = self.used.max(index + 1);
    }

    #[inline]
    fn contains(&self, offset: u32) -> bool {
        let (index, bit) = place(offset);
        let word = match index {
            0 => self.first,
            _ => self.words.get(index).copied().unwrap_or(0),
        };
        word & bit != 0
    }

    #[inline]
    fn clear(&mut self) {
        self.first = 0;
        self.words[..self.used].fill(0);
        self.used = 0;
    }
}

#[inline]
const fn place(offset: u32) -> (usize, u64) {
    let word = offset / WORD;
    ((word / 64) as usize, 1 << (word % 64))
}

/// The references of one object.
struct Extraction<'e, 'm, S> {
    walk: &'e Walk<'m>,
    heap: &'e Heap<'m>,
    names: &'e Names,
    describer: &'e Describer<'e, 'm>,
    inessential: &'e Inessential,
    properties: &'e Properties,
    scratch: &'e mut Scratch,
    sink: &'e mut S,
    object: Address,
    /// References shown so far.
    count: u32,
}

impl PlainClass {
    /// `None` if the class is not such a one.
    fn of<S>(extraction: &Extraction<'_, '_, S>, class: &HiddenClass) -> Option<Self> {
        let Extraction { heap, names, .. } = *extraction;
        let properties = extraction.properties.in_object(heap, names, class)?;
        (class.instance_size > 0).then(|| PlainClass {
            properties,
            prototype: heap.field(class.map, fields::MAP_PROTOTYPE),
        })
    }
}

/// How each kind of reference is shown.
impl<S: ReferenceSink> Extraction<'_, '_, S> {
    #[inline]
    fn emit(&mut self, kind: EdgeKind, name: EdgeName, target: Address) {
        self.count += 1;
        self.sink.reference(kind, name, target);
    }

    /// One of V8's own, held in the object's word at `offset`.
    #[inline]
    fn internal(&mut self, name: &'static str, value: Tagged, offset: u32) {
        if let Some(target) = self.essential(value) {
            let name = EdgeName::Name(self.names.fixed(name));
            self.emit(EdgeKind::Internal, name, target);
            self.scratch.visited.mark(offset);
        }
    }

    /// The same, of the word at `offset`.
    #[inline]
    fn field(&mut self, name: &'static str, offset: u32) {
        let value = self.heap.field(self.object, offset);
        self.internal(name, value, offset);
    }

    /// One of V8's own that doesn't keep its target alive, although its word may look so.
    fn weak_field(&mut self, name: &'static str, offset: u32) {
        let target = self.heap.field(self.object, offset).target();
        if let Some(target) = target.filter(|&target| !self.inessential.contains(target)) {
            let name = EdgeName::Name(self.names.fixed(name));
            self.emit(EdgeKind::Weak, name, target);
            self.scratch.visited.mark(offset);
        }
    }

    /// The same with a number for a name.
    #[inline]
    fn numbered_field(&mut self, number: u32, offset: u32) {
        if self.numbered(number, offset) {
            self.scratch.visited.mark(offset);
        }
    }

    /// Shows a word by a number, but does not note that it was shown. The word says whether it keeps
    /// its target alive. Says whether there is anything to show.
    #[inline]
    fn numbered(&mut self, number: u32, offset: u32) -> bool {
        let value = self.heap.field(self.object, offset);
        let (kind, target) = match (value.strong(), value.weak()) {
            (Some(target), _) => (EdgeKind::Internal, target),
            (_, Some(target)) => (EdgeKind::Weak, target),
            _ => return false,
        };
        if self.inessential.contains(target) {
            return false;
        }
        self.emit(kind, EdgeName::Index(number), target);
        true
    }

    /// A property. One without a name is none of the program's.
    #[inline]
    fn property(&mut self, name: NameId, is_symbol: bool, value: Tagged, offset: Option<u32>) {
        let Some(target) = value.strong() else {
            return;
        };
        let kind = match is_symbol || name != NameId::EMPTY {
            true => EdgeKind::Property,
            false => EdgeKind::Internal,
        };
        self.emit(kind, EdgeName::Name(name), target);
        if let Some(offset) = offset {
            self.scratch.visited.mark(offset);
        }
    }

    #[inline]
    fn element(&mut self, index: u32, value: Tagged) {
        if let Some(target) = value.strong() {
            self.emit(EdgeKind::Element, EdgeName::Index(index), target);
        }
    }

    fn shortcut(&mut self, name: NameId, target: Option<Address>) {
        if let Some(target) = target {
            self.emit(EdgeKind::Shortcut, EdgeName::Name(name), target);
        }
    }

    #[inline]
    fn essential(&self, value: Tagged) -> Option<Address> {
        value
            .strong()
            .filter(|&target| !self.inessential.contains(target))
    }

    fn bound_argument(&mut self, index: u32) -> NameId {
        let known = self.scratch.bound_arguments.len() as u32;
        for next in known..=index {
            let name = self.names.text(&format!("bound_argument_{next}"));
            self.scratch.bound_arguments.push(name);
        }
        self.scratch.bound_arguments[index as usize]
    }

    /// The body's references that were not shown by name, numbered; constants count, but are not
    /// shown.
    #[inline]
    fn remaining(&mut self, class: &HiddenClass) {
        let (heap, object) = (self.heap, self.object);
        let hidden_offset = self.never_shown(class.object_type);
        let mut index = u32::from(!self.scratch.visited.contains(0));
        object_body::slots(heap, object, class, &mut |offset, _, value| {
            if !self.scratch.visited.contains(offset) {
                self.unnamed(value, &mut index, hidden_offset == Some(offset));
            }
        });
        if class.object_type == ObjectType::InstructionStream {
            self.embedded_objects(index);
        }
    }

    /// A word that was not shown by name, if it is a reference: those are numbered.
    #[inline(always)]
    fn unnamed(&mut self, value: Tagged, index: &mut u32, is_hidden: bool) {
        let (target, is_strong) = match (value.strong(), value.weak()) {
            (Some(target), _) => (target, true),
            (_, Some(target)) => (target, false),
            _ => return,
        };
        if !(self.inessential.contains(target) || is_strong && is_hidden) {
            self.without_name(target, is_strong, *index);
        }
        *index += 1;
    }

    /// Shows a reference by its number, as hidden unless it is weak.
    #[inline(always)]
    fn without_name(&mut self, target: Address, is_strong: bool, index: u32) {
        let kind = match is_strong {
            true => EdgeKind::Hidden,
            false => EdgeKind::Weak,
        };
        self.emit(kind, EdgeName::Index(index), target);
    }

    /// What machine code has in its instructions, numbered from `index` on.
    fn embedded_objects(&mut self, mut index: u32) {
        embedded_objects::for_each(self.heap, self.object, |target, is_strong| {
            if !self.inessential.contains(target) {
                self.without_name(target, is_strong, index);
            }
            index += 1;
        });
    }

    /// The word that links V8's lists of objects of such a type.
    #[inline]
    fn never_shown(&self, kind: ObjectType) -> Option<u32> {
        match kind {
            ObjectType::AllocationSite => Some(fields::ALLOCATION_SITE_WEAK_NEXT),
            ObjectType::JSFinalizationRegistry => Some(fields::JS_FINALIZATION_REGISTRY_NEXT_DIRTY),
            kind if kind.is_context() => {
                let named = self.heap.layout.native_context_fields.len() as u32;
                Some(context_slot(
                    fields::NATIVE_CONTEXT_FIRST_FIELD_INDEX + named,
                ))
            }
            _ => None,
        }
    }
}

const fn context_slot(index: u32) -> u32 {
    fields::CONTEXT_SLOTS + WORD * index
}

/// What is shown of each type.
impl<S: ReferenceSink> Extraction<'_, '_, S> {
    #[inline]
    fn named(&mut self, class: &HiddenClass) {
        use ObjectType as T;
        match class.object_type {
            T::JSGlobalProxy => self.global_proxy(class),
            T::JSArrayBuffer => self.array_buffer(),
            kind if kind.is_js_object() => {
                self.special_js_object(kind);
                self.js_object(class);
            }
            T::FixedArray => self.plain_array(),
            T::String => self.string(class),
            T::HeapNumber => {}
            kind => self.internal_object(kind, class),
        }
    }

    /// Objects that programs don't see.
    fn internal_object(&mut self, kind: ObjectType, class: &HiddenClass) {
        use ObjectType as T;
        let offsets = self.heap.layout.offsets;
        match kind {
            T::Symbol => self.field("name", fields::SYMBOL_DESCRIPTION),
            T::Map => self.map(),
            T::SharedFunctionInfo => self.shared_function_info(),
            T::Script => self.script(),
            T::AccessorInfo => {
                self.field("name", offsets.accessor_info_name);
                self.field("data", offsets.accessor_info_data);
            }
            T::AccessorPair => {
                self.field("getter", fields::ACCESSOR_PAIR_GETTER);
                self.field("setter", fields::ACCESSOR_PAIR_SETTER);
            }
            T::Code => self.code(),
            T::InstructionStream => {
                // Up to 11.3 V8 names nothing in it.
                if let Some(relocation_info) = offsets.instruction_stream_relocation_info {
                    self.field("code", offsets.instruction_stream_code);
                    self.field("relocation_info", relocation_info);
                }
            }
            T::Cell => match self.heap.field(self.object, fields::CELL_VALUE).weak() {
                Some(_) => self.weak_field("value", fields::CELL_VALUE),
                None => self.field("value", fields::CELL_VALUE),
            },
            T::FeedbackCell => self.field("value", fields::FEEDBACK_CELL_VALUE),
            T::PropertyCell => {
                self.field("value", fields::PROPERTY_CELL_VALUE);
                self.field("dependent_code", fields::PROPERTY_CELL_DEPENDENT_CODE);
            }
            T::AllocationSite => {
                self.field("transition_info", fields::ALLOCATION_SITE_TRANSITION_INFO);
                self.field("nested_site", fields::ALLOCATION_SITE_NESTED_SITE);
                self.field("dependent_code", fields::ALLOCATION_SITE_DEPENDENT_CODE);
            }
            T::ArrayBoilerplateDescription => {
                let elements = fields::ARRAY_BOILERPLATE_DESCRIPTION_CONSTANT_ELEMENTS;
                self.field("constant_elements", elements);
            }
            T::FeedbackVector => {
                if let Some(code) = offsets.feedback_vector_maybe_optimized_code
                    && self.heap.field(self.object, code).weak().is_some()
                {
                    self.weak_field("optimized code", code);
                }
            }
            T::DescriptorArray | T::StrongDescriptorArray => self.descriptor_array(),
            T::WeakFixedArray => self.array(fields::FIXED_ARRAY_ELEMENTS),
            T::WeakArrayList => self.weak_array_list(),
            kind if kind.is_context() => self.context(kind),
            T::EphemeronHashTable => self.ephemeron_table(),
            kind if self.heap.layout.is_fixed_array(kind) => {
                self.array(fields::FIXED_ARRAY_ELEMENTS);
            }
            T::WeakCell => {
                self.weak_field("target", offsets.weak_cell_target);
                self.weak_field("unregister_token", offsets.weak_cell_unregister_token);
            }
            T::WasmStruct => self.wasm_struct(class),
            T::WasmArray => self.wasm_array(class),
            T::WasmTrustedInstanceData if self.heap.layout.version >= V8Version::V13_6 => {
                self.wasm_instance_data(self.object);
            }
            _ => {}
        }
    }

    fn string(&mut self, class: &HiddenClass) {
        match class.instance_type & string_type::REPRESENTATION_MASK {
            string_type::CONS => {
                self.field("first", fields::CONS_STRING_FIRST);
                self.field("second", fields::CONS_STRING_SECOND);
            }
            string_type::SLICED => self.field("parent", fields::SLICED_STRING_PARENT),
            string_type::THIN => self.field("actual", fields::THIN_STRING_ACTUAL),
            _ => {}
        }
    }

    /// An array of nothing but references, each called by its index.
    fn plain_array(&mut self) {
        for index in 0..array_length(self.heap, self.object) {
            self.numbered(index, fields::FIXED_ARRAY_ELEMENTS + WORD * index);
        }
    }

    /// An array of references from `first` on, each called by its index.
    fn array(&mut self, first: u32) {
        for index in 0..array_length(self.heap, self.object) {
            self.numbered_field(index, first + WORD * index);
        }
    }

    fn weak_array_list(&mut self) {
        let first = fields::WEAK_ARRAY_LIST_ELEMENTS;
        let length = fields::WEAK_ARRAY_LIST_LENGTH;
        let length = self.heap.smi_field(self.object, length).unwrap_or(0);
        let length = u32::try_from(length).unwrap_or(0);
        let bytes = u64::from(first) + 8 * u64::from(length);
        if self.heap.memory.is_readable(self.object.0, bytes) {
            for index in 0..length {
                self.numbered_field(index, first + WORD * index);
            }
        }
    }

    fn descriptor_array(&mut self) {
        let offsets = self.heap.layout.offsets;
        self.field("enum_cache", offsets.descriptor_array_enum_cache);
        let all = fields::DESCRIPTOR_ARRAY_ALL_DESCRIPTORS;
        let words =
            u32::from(self.heap.u16_field(self.object, all)) * (fields::DESCRIPTOR_SIZE / WORD);
        for index in 0..words {
            let offset = offsets.descriptor_array_descriptors + WORD * index;
            self.numbered_field(index, offset);
        }
    }

    fn map(&mut self) {
        self.map_transitions();
        let map = self.object;
        let Some(class) = self.heap.class(map) else {
            return;
        };
        let version = self.heap.layout.version;
        if version < V8Version::V14_6 || class.object_type.is_js_object() {
            self.field("descriptors", fields::MAP_INSTANCE_DESCRIPTORS);
        }
        self.field("prototype", fields::MAP_PROTOTYPE);
        let constructor = fields::MAP_CONSTRUCTOR_OR_BACK_POINTER;
        let is_meta_map = class.object_type == ObjectType::Map && version >= V8Version::V12_4;
        let name = if class.object_type.is_context() || is_meta_map {
            "native_context"
        } else {
            let target = self.heap.object_field(map, constructor);
            match target.and_then(|target| self.heap.type_of(target)) {
                Some(ObjectType::Map) => "back_pointer",
                Some(ObjectType::FunctionTemplateInfo) => "constructor_function_data",
                _ => "constructor",
            }
        };
        self.field(name, constructor);
        self.field("dependent_code", fields::MAP_DEPENDENT_CODE);
    }

    /// One word has the map's transitions or the one it has, or what V8 knows of a prototype.
    fn map_transitions(&mut self) {
        let offset = fields::MAP_TRANSITIONS_OR_PROTOTYPE_INFO;
        let value = self.heap.field(self.object, offset);
        if value.weak().is_some() {
            return self.weak_field("transition", offset);
        }
        let Some(kind) = value.strong().and_then(|target| self.heap.type_of(target)) else {
            return;
        };
        let is_prototype_map = || {
            let class = self.heap.class(self.object);
            class.is_some_and(|class| class.is_prototype_map())
        };
        if kind == ObjectType::TransitionArray {
            self.field("transitions", offset);
        } else if self.heap.layout.is_fixed_array(kind) {
            self.field("transition", offset);
        } else if is_prototype_map() {
            self.field("prototype_info", offset);
        }
    }

    fn shared_function_info(&mut self) {
        let offsets = self.heap.layout.offsets;
        let name = offsets.shared_function_info_name_or_scope_info;
        self.field("name_or_scope_info", name);
        let script = match self.heap.layout.version < V8Version::V12_4 {
            true => "script_or_debug_info",
            false => "script",
        };
        self.field(script, offsets.shared_function_info_script);
        for (name, offset) in [
            ("function_data", offsets.shared_function_info_function_data),
            (
                "trusted_function_data",
                offsets.shared_function_info_trusted_function_data,
            ),
            (
                "untrusted_function_data",
                offsets.shared_function_info_untrusted_function_data,
            ),
        ] {
            if let Some(offset) = offset {
                self.field(name, offset);
            }
        }
        self.field(
            "raw_outer_scope_info_or_feedback_metadata",
            offsets.shared_function_info_outer_scope_info_or_feedback_metadata,
        );
    }

    fn script(&mut self) {
        self.field("source", fields::SCRIPT_SOURCE);
        self.field("name", fields::SCRIPT_NAME);
        self.field("context_data", fields::SCRIPT_CONTEXT_DATA);
        self.field("line_ends", fields::SCRIPT_LINE_ENDS);
        let kind = self.heap.smi_field(self.object, fields::SCRIPT_TYPE);
        if kind == Some(fields::script_type::WASM) && self.heap.layout.version >= V8Version::V13_6 {
            // Such scripts have other data in words that they don't need.
            let breakpoints = fields::SCRIPT_EVAL_FROM_SHARED_OR_WRAPPED_ARGUMENTS;
            self.field("wasm_breakpoint_infos", breakpoints);
            let module = fields::SCRIPT_EVAL_FROM_POSITION;
            self.field("wasm_managed_native_module", module);
            self.field("wasm_weak_instance_list", fields::SCRIPT_INFOS);
        }
    }

    fn code(&mut self) {
        let (code, offsets) = (self.object, self.heap.layout.offsets);
        let stream = offsets.code_instruction_stream;
        if self.heap.object_field(code, stream).is_none() {
            return;
        }
        match offsets.code_relocation_info {
            Some(relocation_info) => self.field("relocation_info", relocation_info),
            None => self.field("instruction_stream", stream),
        }
        let data = offsets.code_deoptimization_data_or_interpreter_data;
        let table = offsets.code_position_table;
        if is_baseline(self.heap, code) {
            self.field("interpreter_data", data);
            self.field("bytecode_offset_table", table);
        } else if uses_deoptimization_data(self.heap, code) {
            self.field("deoptimization_data", data);
            self.field("source_position_table", table);
        }
    }

    fn context(&mut self, kind: ObjectType) {
        let scope_info = context_slot(fields::CONTEXT_SCOPE_INFO_INDEX);
        let scope = self.heap.object_field(self.object, scope_info);
        let scope = scope.and_then(|scope| ScopeInfo::at(self.heap, scope));
        let is_native = kind == ObjectType::NativeContext;
        if let Some(scope) = scope.filter(|scope| !is_native && has_variables(kind, scope)) {
            self.variables(&scope);
        }
        self.field("scope_info", scope_info);
        self.field("previous", context_slot(fields::CONTEXT_PREVIOUS_INDEX));
        let extension = context_slot(fields::CONTEXT_EXTENSION_INDEX);
        if is_native && self.heap.layout.version >= V8Version::V14_6 {
            self.field("global_object", extension);
        } else if scope.is_some_and(|scope| scope.has_context_extension_slot()) {
            self.field("extension", extension);
        }
        if is_native {
            for (index, &name) in (fields::NATIVE_CONTEXT_FIRST_FIELD_INDEX..)
                .zip(self.heap.layout.native_context_fields)
            {
                self.field(name, context_slot(index));
            }
        }
    }

    /// The variables of the function that a context is of, and the function's own name in itself.
    fn variables(&mut self, scope: &ScopeInfo) {
        let heap = self.heap;
        let slots = array_length(heap, self.object);
        let header = scope.context_header_length();
        scope.for_each_context_local(heap, |name, index| {
            if let Some(index) = header.checked_add(index).filter(|&index| index < slots) {
                self.variable(name, index);
            }
        });
        if let Some((name, index)) = scope.function_name_in_context(heap)
            && index < slots
        {
            self.variable(name, index);
        }
    }

    fn variable(&mut self, name: Address, index: u32) {
        let offset = context_slot(index);
        if let Some(target) = self.heap.object_field(self.object, offset) {
            let name = EdgeName::Name(self.names.of_name(self.heap, name));
            self.emit(EdgeKind::Context, name, target);
            self.scratch.visited.mark(offset);
        }
    }
}

/// Whether V8 names the variables of such a context: those in which `var` may declare some.
fn has_variables(kind: ObjectType, scope: &ScopeInfo) -> bool {
    match kind {
        ObjectType::FunctionContext | ObjectType::ScriptContext | ObjectType::ModuleContext => true,
        ObjectType::EvalContext => scope.is_strict(),
        ObjectType::BlockContext => scope.is_declaration_scope(),
        _ => false,
    }
}

/// Objects of JavaScript.
impl<S: ReferenceSink> Extraction<'_, '_, S> {
    /// What V8 shows of some kinds of objects before their properties.
    #[inline]
    fn special_js_object(&mut self, kind: ObjectType) {
        use ObjectType as T;
        let version = self.heap.layout.version;
        match kind {
            T::JSObject | T::JSArray => {}
            T::JSWeakSet | T::JSWeakMap | T::JSSet | T::JSMap => {
                self.field("table", fields::JS_COLLECTION_TABLE);
            }
            T::JSPromise => {
                let offset = fields::JS_PROMISE_REACTIONS_OR_RESULT;
                self.field("reactions_or_result", offset);
            }
            kind if is_generator(kind) => {
                self.field("function", fields::JS_GENERATOR_FUNCTION);
                self.field("context", fields::JS_GENERATOR_CONTEXT);
                self.field("receiver", fields::JS_GENERATOR_RECEIVER);
                let registers = fields::JS_GENERATOR_PARAMETERS_AND_REGISTERS;
                self.field("parameters_and_registers", registers);
            }
            T::JSWeakRef => self.weak_field("target", fields::JS_WEAK_REF_TARGET),
            T::JSDisposableStackBase | T::JSAsyncDisposableStack | T::JSSyncDisposableStack
                if version >= V8Version::V14_6 =>
            {
                self.field("stack", fields::JS_DISPOSABLE_STACK_STACK);
                self.field("error", fields::JS_DISPOSABLE_STACK_ERROR);
                let message = fields::JS_DISPOSABLE_STACK_ERROR_MESSAGE;
                self.field("error_message", message);
            }
            T::WasmInstanceObject => self.wasm_instance(),
            T::WasmModuleObject if version >= V8Version::V13_6 => {
                self.field("managed_native_module", fields::JS_OBJECT_HEADER_SIZE);
                self.field("script", fields::JS_OBJECT_HEADER_SIZE + WORD);
            }
            _ => {}
        }
    }

    /// The same as [`js_object`](Self::js_object) and [`remaining`](Self::remaining) for a class of
    /// which it is known where everything is.
    #[inline]
    fn plain_object(&mut self, class: &HiddenClass, plain: PlainClass, body: Words<'_>) {
        let all = self.properties;
        all.for_each_in_object(plain.properties, |key, offset| {
            self.property(key.name, key.is_symbol, body.tagged(offset), None);
        });
        self.elements(class);
        let name = self.names.fixed("__proto__");
        self.property(name, false, plain.prototype, None);
        let mut shown = plain.properties.words;
        for (name, offset) in [
            ("properties", fields::JS_OBJECT_PROPERTIES),
            ("elements", fields::JS_OBJECT_ELEMENTS),
        ] {
            if let Some(target) = self.essential(body.tagged(offset)) {
                let name = EdgeName::Name(self.names.fixed(name));
                self.emit(EdgeKind::Internal, name, target);
                shown |= 1 << (offset / WORD);
            }
        }
        let is_map_shown = self.essential(class.map.tagged()).is_some();
        if is_map_shown {
            let name = EdgeName::Name(self.names.fixed("map"));
            self.emit(EdgeKind::Internal, name, class.map);
        }
        let mut index = u32::from(!is_map_shown);
        for offset in (WORD..class.instance_size).step_by(WORD as usize) {
            let value = body.tagged(offset);
            let is_shown = offset < 64 * WORD && shown >> (offset / WORD) & 1 == 1;
            if !is_shown || value.strong().is_none() {
                self.unnamed(value, &mut index, false);
            }
        }
    }

    #[inline]
    fn js_object(&mut self, class: &HiddenClass) {
        self.properties(class);
        self.elements(class);
        self.embedder_fields(class);
        let prototype = self.heap.field(class.map, fields::MAP_PROTOTYPE);
        let name = self.names.fixed("__proto__");
        self.property(name, false, prototype, None);
        let offsets = self.heap.layout.offsets;
        match class.object_type {
            ObjectType::JSBoundFunction => self.bound_function(),
            kind if kind.is_js_function() => self.function(class),
            ObjectType::JSGlobalObject => {
                if let Some(context) = offsets.js_global_object_native_context {
                    self.field("native_context", context);
                }
                self.field("global_proxy", offsets.js_global_object_global_proxy);
            }
            ObjectType::JSTypedArray
            | ObjectType::JSDetachedTypedArray
            | ObjectType::JSDataView
            | ObjectType::JSRabGsabDataView => {
                self.field("buffer", offsets.js_array_buffer_view_buffer);
            }
            _ => {}
        }
        self.field("properties", fields::JS_OBJECT_PROPERTIES);
        self.field("elements", fields::JS_OBJECT_ELEMENTS);
    }

    #[inline]
    fn properties(&mut self, class: &HiddenClass) {
        let (heap, names, object) = (self.heap, self.names, self.object);
        let properties = self.properties;
        properties.for_each(heap, names, object, class, &mut |property: Property| {
            let key = property.key;
            match property.value {
                PropertyValue::Data { value, offset } => {
                    self.property(key.name, key.is_symbol, value, offset);
                }
                PropertyValue::Accessor { pair } => {
                    self.property(key.name, key.is_symbol, pair.tagged(), None);
                    for half in [Half::Getter, Half::Setter] {
                        if let Some(function) = properties::accessor_half(heap, pair, half) {
                            let name = key.accessor_name(names, half);
                            self.property(name, key.is_symbol, function.tagged(), None);
                        }
                    }
                }
            }
        });
    }

    #[inline]
    fn elements(&mut self, class: &HiddenClass) {
        let is_array = class.object_type == ObjectType::JSArray;
        match class.elements_kind() {
            elements_kind::PACKED_ELEMENTS | elements_kind::HOLEY_ELEMENTS => {
                self.fast_elements(is_array);
            }
            elements_kind::DICTIONARY_ELEMENTS => self.dictionary_elements(),
            _ => {}
        }
    }

    fn fast_elements(&mut self, is_array: bool) {
        let heap = self.heap;
        let Some(elements) = heap.object_field(self.object, fields::JS_OBJECT_ELEMENTS) else {
            return;
        };
        if self.inessential.contains(elements)
            || heap.type_of(elements) != Some(ObjectType::FixedArray)
        {
            return;
        }
        let mut length = array_length(heap, elements);
        if is_array {
            // What is behind it is room to grow.
            let used = heap.smi_field(self.object, fields::JS_ARRAY_LENGTH);
            length = length.min(u32::try_from(used.unwrap_or(0)).unwrap_or(0));
        }
        for index in 0..length {
            let value = heap.field(elements, fields::FIXED_ARRAY_ELEMENTS + WORD * index);
            if let Some(target) = value.strong()
                && !self.inessential.is_hole(target)
            {
                self.element(index, value);
            }
        }
    }

    fn dictionary_elements(&mut self) {
        let heap = self.heap;
        let Some(table) = heap.object_field(self.object, fields::JS_OBJECT_ELEMENTS) else {
            return;
        };
        if heap.type_of(table) != Some(ObjectType::NumberDictionary) {
            return;
        }
        for entry in dictionaries::entries(heap, table, fields::NUMBER_DICTIONARY) {
            if let Some(index) = self.element_number(heap.field(table, entry)) {
                self.element(index, heap.field(table, entry + WORD));
            }
        }
    }

    /// The index that a dictionary's key stands for; `None` of a free entry.
    fn element_number(&self, key: Tagged) -> Option<u32> {
        if let Some(index) = key.smi() {
            return u32::try_from(index).ok();
        }
        let number = key.strong()?;
        (self.heap.type_of(number) == Some(ObjectType::HeapNumber)).then(|| {
            let bits = self.heap.u64_field(number, fields::HEAP_NUMBER_VALUE);
            f64::from_bits(bits) as u32
        })
    }

    /// What native code left in an object of its own: between the header and the properties.
    #[inline]
    fn embedder_fields(&mut self, class: &HiddenClass) {
        let Some(start) = self.embedder_start(class.object_type) else {
            return;
        };
        let end = class.inobject_start().min(class.instance_size);
        for (index, offset) in (0..).zip((start..end).step_by(WORD as usize)) {
            // Strong pointers alone: pointers of C++ are aligned.
            if self.heap.field(self.object, offset).strong().is_some() {
                self.numbered_field(index, offset);
            }
        }
    }

    fn embedder_start(&self, kind: ObjectType) -> Option<u32> {
        let offsets = self.heap.layout.offsets;
        match kind {
            ObjectType::JSApiObject | ObjectType::JSSpecialApiObject => {
                Some(offsets.js_api_object_embedder_fields)
            }
            ObjectType::JSGlobalObject => {
                let last = offsets.js_global_object_global_proxy;
                Some(
                    offsets
                        .js_global_object_global_proxy_for_api
                        .unwrap_or(last)
                        + WORD,
                )
            }
            ObjectType::JSPromise => Some(fields::JS_PROMISE_FLAGS + WORD),
            ObjectType::JSTypedArray | ObjectType::JSDetachedTypedArray => {
                Some(offsets.js_typed_array_size)
            }
            ObjectType::JSDataView | ObjectType::JSRabGsabDataView => {
                Some(offsets.js_data_view_size)
            }
            _ => None,
        }
    }

    fn bound_function(&mut self) {
        self.field("bindings", fields::JS_BOUND_FUNCTION_ARGUMENTS);
        self.field("bound_this", fields::JS_BOUND_FUNCTION_THIS);
        self.field("bound_function", fields::JS_BOUND_FUNCTION_TARGET);
        let heap = self.heap;
        let arguments = heap.object_field(self.object, fields::JS_BOUND_FUNCTION_ARGUMENTS);
        let Some(arguments) =
            arguments.filter(|&it| heap.type_of(it) == Some(ObjectType::FixedArray))
        else {
            return;
        };
        for index in 0..array_length(heap, arguments) {
            let offset = fields::FIXED_ARRAY_ELEMENTS + WORD * index;
            if let Some(argument) = heap.object_field(arguments, offset) {
                let name = self.bound_argument(index);
                self.shortcut(name, Some(argument));
            }
        }
    }

    fn function(&mut self, class: &HiddenClass) {
        let (function, offsets) = (self.object, self.heap.layout.offsets);
        if class.has_prototype_slot() {
            self.function_prototype(class);
        }
        self.field("feedback_cell", offsets.js_function_feedback_cell);
        self.field("shared", offsets.js_function_shared);
        self.field("context", offsets.js_function_context);
        if let Some(code) = offsets.js_function_code {
            self.field("code", code);
        } else if let Some(handle) = offsets.js_function_dispatch_handle
            && let Some(table) = self.walk.dispatch_table
            && let Some(code) = table.code(self.heap, self.heap.u32_field(function, handle))
        {
            self.internal("code", code.tagged(), handle);
        }
    }

    /// A function has its `prototype`, or once it made an object, the object's hidden class with it.
    fn function_prototype(&mut self, class: &HiddenClass) {
        let heap = self.heap;
        let offset = fields::JS_FUNCTION_PROTOTYPE_OR_INITIAL_MAP;
        let value = heap.field(self.object, offset);
        let Some(target) = value.strong().filter(|&it| !self.inessential.is_hole(it)) else {
            return;
        };
        let name = self.names.fixed("prototype");
        if heap.type_of(target) != Some(ObjectType::Map) {
            return self.property(name, false, value, Some(offset));
        }
        let prototype = match class.bit_field & HAS_NON_INSTANCE_PROTOTYPE != 0 {
            true => non_instance_prototype(heap, class.map),
            false => heap.field(target, fields::MAP_PROTOTYPE),
        };
        self.property(name, false, prototype, None);
        self.internal("initial_map", value, offset);
    }

    fn global_proxy(&mut self, class: &HiddenClass) {
        if let Some(context) = self.heap.layout.offsets.js_global_proxy_native_context {
            self.field("native_context", context);
        } else if self.heap.layout.version >= V8Version::V14_6
            && let Some(context) = self.describer.creation_context(class)
        {
            let name = self.names.fixed("native_context");
            self.shortcut(name, Some(context));
            let global = context_slot(fields::CONTEXT_EXTENSION_INDEX);
            let name = self.names.fixed("global_object");
            self.shortcut(name, self.heap.object_field(context, global));
        }
    }

    /// Of the properties of an array buffer V8 shows none.
    fn array_buffer(&mut self) {
        if let Some((store, bytes)) = object_body::backing_store(self.heap, self.object) {
            let name = self.names.fixed("backing_store");
            let node_name = self.names.fixed("system / JSArrayBufferData");
            self.count += 1;
            self.sink.native(name, node_name, bytes, store);
        }
    }
}

/// The prototype of a function that is no object: where the constructor of the map's first ancestor
/// usually is; from 12.4 on in a pair with it.
fn non_instance_prototype(heap: &Heap<'_>, mut map: Address) -> Tagged {
    let offset = fields::MAP_CONSTRUCTOR_OR_BACK_POINTER;
    for _ in 0..MAX_BACK_POINTERS {
        let value = heap.field(map, offset);
        let Some(target) = value.strong() else {
            return value;
        };
        match heap.type_of(target) {
            Some(ObjectType::Map) => map = target,
            Some(ObjectType::Tuple2) => return heap.field(target, fields::TUPLE2_VALUE2),
            _ => return value,
        }
    }
    Tagged::ZERO
}

/// Entries of weak collections, and WebAssembly.
impl<S: ReferenceSink> Extraction<'_, '_, S> {
    /// A table shows the keys and values weakly, and each value once more by the entry.
    fn ephemeron_table(&mut self) {
        let (heap, table) = (self.heap, self.object);
        for entry in dictionaries::entries(heap, table, fields::EPHEMERON_HASH_TABLE) {
            let index = (entry - fields::FIXED_ARRAY_ELEMENTS) / WORD;
            for word in 0..2 {
                let offset = entry + WORD * word;
                if let Some(target) = self.essential(heap.field(table, offset)) {
                    self.emit(EdgeKind::Weak, EdgeName::Index(index + word), target);
                    self.scratch.visited.mark(offset);
                }
            }
            let key = self.essential(heap.field(table, entry));
            if let (Some(key), Some(value)) = (key, heap.object_field(table, entry + WORD)) {
                self.ephemeron(Ephemeron { key, value, table });
            }
        }
    }

    /// The values of entries that the object is the key of.
    #[inline]
    fn ephemerons_of_key(&mut self) {
        let describer = self.describer;
        if !describer.tags().has_ephemerons() {
            return;
        }
        let Some(rank) = describer.rank(self.object) else {
            return;
        };
        for &entry in describer.tags().ephemerons_of(rank, self.object) {
            self.ephemeron(entry);
        }
    }

    /// The value of an entry. The name says what it takes: both the key and the table.
    fn ephemeron(&mut self, entry: Ephemeron) {
        let (Some((key, key_id)), Some((value, value_id)), Some(table_id)) = (
            self.node_name(entry.key),
            self.node_name(entry.value),
            self.describer.object_id(entry.table),
        ) else {
            return;
        };
        let number = self.count + 1;
        let text = format!(
            "{number} / part of key ({key} @{key_id}) -> value ({value} @{value_id}) pair in \
             WeakMap (table @{table_id})"
        );
        let name = EdgeName::Name(self.names.text(&text));
        self.emit(EdgeKind::Internal, name, entry.value);
    }

    /// Name and id of an object's node.
    fn node_name(&self, object: Address) -> Option<(String, u32)> {
        let id = self.describer.object_id(object)?;
        let class = self.heap.class_of(object)?;
        let (_, name) = self.describer.kind_and_name(object, &class);
        Some((self.names.get(name), id))
    }

    fn wasm_struct(&mut self, class: &HiddenClass) {
        object_body::slots(self.heap, self.object, class, &mut |offset, _, value| {
            let name = self.names.text(&wasm::field_name(offset));
            self.property(name, false, value, Some(offset));
        });
    }

    /// Of an array, V8 leaves out what is null.
    fn wasm_array(&mut self, class: &HiddenClass) {
        let (heap, object) = (self.heap, self.object);
        object_body::slots(heap, object, class, &mut |offset, _, value| {
            let target = value.strong();
            let kind = target.and_then(|target| heap.type_of(target));
            if kind != Some(ObjectType::WasmNull) {
                self.element(wasm::element_index(offset), value);
            }
            self.scratch.visited.mark(offset);
        });
    }

    /// On 12.4 V8 shows the data's fields as if the instance had them.
    fn wasm_instance(&mut self) {
        let offsets = self.heap.layout.offsets;
        let Some(data) = offsets.wasm_instance_object_trusted_data else {
            return;
        };
        if self.heap.layout.version < V8Version::V13_6 {
            if let Some(data) = self.heap.object_field(self.object, data) {
                self.wasm_instance_data(data);
            }
            return;
        }
        self.field("trusted_data", data);
        if let Some(module) = offsets.wasm_instance_object_module_object {
            self.field("module_object", module);
        }
        if let Some(exports) = offsets.wasm_instance_object_exports_object {
            self.field("exports", exports);
        }
    }

    /// The fields of an instance's data, as those of the object at hand.
    fn wasm_instance_data(&mut self, data: Address) {
        for &(name, offset) in self.heap.layout.wasm_instance_fields {
            let value = self.heap.field(data, offset);
            if data == self.object {
                self.internal(name, value, offset);
            } else if let Some(target) = self.essential(value) {
                let name = EdgeName::Name(self.names.fixed(name));
                self.emit(EdgeKind::Internal, name, target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::mark_bits::MarkBits;
    use crate::heap_walk::roots::RootGroup;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, field_details, smi};

    /// References as texts, targets by their place in a list.
    struct Listed<'a> {
        names: &'a Names,
        objects: &'a [Address],
        lines: Vec<String>,
    }

    impl ReferenceSink for Listed<'_> {
        fn reference(&mut self, kind: EdgeKind, name: EdgeName, target: Address) {
            let name = match name {
                EdgeName::Name(name) => self.names.get(name),
                EdgeName::Index(index) => index.to_string(),
            };
            if let Some(place) = self.objects.iter().position(|&object| object == target) {
                self.lines
                    .push(format!("{} {name} -> {place}", kind.name()));
            }
        }

        fn native(&mut self, name: NameId, node_name: NameId, bytes: u64, _key: u64) {
            let (name, node_name) = (self.names.get(name), self.names.get(node_name));
            self.lines
                .push(format!("native {name} -> {node_name}, {bytes} bytes"));
        }
    }

    /// The references of `object` to the objects listed. `roots` are the constants.
    fn references(
        heap: &TestHeap,
        object: Address,
        objects: &[Address],
        roots: &[Address],
    ) -> Vec<String> {
        references_if(true, heap, object, objects, roots)
    }

    /// The same; whether objects of a plain class may be taken for that.
    fn references_if(
        knows_plain: bool,
        heap: &TestHeap,
        object: Address,
        objects: &[Address],
        roots: &[Address],
    ) -> Vec<String> {
        heap.read(|reading| {
            let walk = Walk::new(reading.memory, reading.layout);
            let mut marks = MarkBits::new();
            for &marked in objects.iter().chain([&object]) {
                marks.mark(marked);
            }
            let groups = [RootGroup {
                name: "(Strong root list)",
                targets: roots.to_vec(),
                is_strong: true,
                is_secondary: false,
            }];
            let ranked = marks.rank();
            let describer = Describer::new(&walk, &ranked, &groups, 2);
            let mut references = References::new(&walk, &describer);
            let mut listed = Listed {
                names: &walk.names,
                objects,
                lines: Vec::new(),
            };
            let class = walk.heap.class_of(object).unwrap();
            if !knows_plain {
                references.plain.get_or(class.map, || None);
            }
            references.of(object, &class, &mut listed);
            listed.lines
        })
    }

    /// An object of a random class: some of its words are properties, any may hold anything.
    fn random_object(
        heap: &mut TestHeap,
        words: &[Tagged],
        random: &mut impl FnMut(u32) -> u32,
    ) -> Address {
        let kind = [ObjectType::JSObject, ObjectType::JSArray][random(2) as usize];
        let size = 24 + 8 * [random(5), random(5), 60 + random(9)][random(3) as usize];
        let map = heap.map(kind, size);
        let rows: Vec<_> = (0..random(5).min((size - 24) / 8))
            .map(|index| {
                (
                    heap.string(&format!("p{index}")),
                    field_details(index),
                    smi(0),
                )
            })
            .collect();
        heap.describe(map, &rows);
        let kinds = [
            elements_kind::PACKED_ELEMENTS,
            elements_kind::HOLEY_ELEMENTS,
            elements_kind::DICTIONARY_ELEMENTS,
            0,
        ];
        let elements_kind = kinds[random(4) as usize];
        heap.set_u8(
            map,
            fields::MAP_BIT_FIELD_2,
            elements_kind << elements_kind::SHIFT,
        );
        heap.set(map, fields::MAP_PROTOTYPE, words[random(3) as usize]);
        let object = heap.object(map, size);
        for offset in (8..size).step_by(8) {
            heap.set(object, offset, words[random(words.len() as u32) as usize]);
        }
        object
    }

    #[test]
    fn plain_objects_show_what_they_would_if_they_were_not_known_to_be_plain() {
        let mut state = 1u64;
        let mut random = |below: u32| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            (state >> 33) as u32 % below
        };
        let mut plain = 0;
        for turn in 0..2_000 {
            let mut heap = TestHeap::new(VERSIONS[turn % VERSIONS.len()]);
            let roots = constants(&mut heap);
            let string = heap.string("target");
            let inner = [
                string.tagged(),
                roots[1].tagged(),
                smi(3),
                roots[0].tagged(),
            ];
            let array = heap.array(ObjectType::FixedArray, &inner);
            let mut words: Vec<_> = roots.iter().map(|root| root.tagged()).collect();
            words.extend([
                string.tagged(),
                array.tagged(),
                smi(1),
                Tagged(string.0 | 3),
                Tagged(3),
            ]);
            let object = random_object(&mut heap, &words, &mut random);
            let objects = [string, array, roots[0], roots[1], roots[2], object];
            let [fast, slow] = [true, false]
                .map(|knows_plain| references_if(knows_plain, &heap, object, &objects, &roots));
            assert_eq!(fast, slow, "turn {turn}");
            plain += usize::from(!fast.is_empty());
        }
        assert!(plain > 1_500, "{plain}");
    }

    /// Like V8's: `undefined`, the hole, and the empty array.
    fn constants(heap: &mut TestHeap) -> [Address; 3] {
        let kind = match heap.layout.version {
            V8Version::V11_3 => smi(5),
            _ => smi(4),
        };
        let words = [smi(0), smi(0), smi(0), smi(0), kind];
        let undefined = heap.struct_of(ObjectType::Oddball, &words);
        let hole = heap.struct_of(ObjectType::Oddball, &[smi(0); 5]);
        let empty = heap.array(ObjectType::FixedArray, &[]);
        [undefined, hole, empty]
    }

    #[test]
    fn an_object_shows_its_properties_elements_and_prototype_once() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let roots = constants(&mut heap);
            let [undefined, hole, empty] = roots;
            let value = heap.string("value");
            let prototype = heap.struct_of(ObjectType::JSObject, &[empty.tagged(), empty.tagged()]);
            let elements = [value.tagged(), hole.tagged(), smi(7), undefined.tagged()];
            let elements = heap.array(ObjectType::FixedArray, &elements);
            let map = heap.map(ObjectType::JSObject, 48);
            let name = |heap: &mut TestHeap, index| (heap.string(index), index);
            let rows: Vec<_> = ["a", "b"]
                .into_iter()
                .zip(0..)
                .map(|(text, index)| (name(&mut heap, text).0, field_details(index), smi(0)))
                .collect();
            heap.describe(map, &rows);
            heap.set_u8(
                map,
                fields::MAP_BIT_FIELD_2,
                elements_kind::HOLEY_ELEMENTS << 2,
            );
            heap.set(map, fields::MAP_PROTOTYPE, prototype.tagged());
            let object = heap.object(map, 48);
            heap.set(object, fields::JS_OBJECT_PROPERTIES, empty.tagged());
            heap.set(object, fields::JS_OBJECT_ELEMENTS, elements.tagged());
            heap.set(object, 24, value.tagged());
            heap.set(object, 32, undefined.tagged());
            heap.set(object, 40, prototype.tagged());
            let objects = [value, prototype, elements, map, undefined, empty, hole];
            assert_eq!(
                references(&heap, object, &objects, &roots),
                [
                    "property a -> 0",
                    "property b -> 4",
                    "element 0 -> 0",
                    "element 3 -> 4",
                    "property __proto__ -> 1",
                    "internal elements -> 2",
                    "internal map -> 3",
                    // The empty array is counted, but not shown.
                    "hidden 1 -> 1",
                ],
                "{version:?}"
            );
        }
    }

    #[test]
    fn references_without_a_name_are_numbered_and_weak_ones_told_apart() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let roots = constants(&mut heap);
            let target = heap.string("target");
            let words = [
                smi(3),
                roots[0].tagged(),
                target.tagged(),
                Tagged(target.0 | 3),
                Tagged(3),
                target.tagged(),
            ];
            let map = heap.map(ObjectType::SortState, 56);
            let object = heap.object(map, 56);
            for (offset, word) in (8..).step_by(8).zip(words) {
                heap.set(object, offset, word);
            }
            assert_eq!(
                references(&heap, object, &[target, roots[0]], &roots),
                ["hidden 1 -> 0", "weak 2 -> 0", "hidden 3 -> 0"],
                "{version:?}"
            );
        }
    }

    #[test]
    fn an_entry_of_a_weak_collection_is_shown_with_its_key_and_with_its_table() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let roots = constants(&mut heap);
            let [undefined, hole, _] = roots;
            let key = heap.struct_of(ObjectType::JSObject, &[smi(0), smi(0)]);
            let value = heap.string("value");
            let table = [
                smi(1),
                smi(1),
                smi(3),
                hole.tagged(),
                hole.tagged(),
                key.tagged(),
                value.tagged(),
                undefined.tagged(),
                undefined.tagged(),
            ];
            let table = heap.array(ObjectType::EphemeronHashTable, &table);
            let objects = [key, value, table, hole, undefined];
            let of_table = references(&heap, table, &objects, &roots);
            let of_key = references(&heap, key, &objects, &roots);
            assert_eq!(of_table[..2], ["weak 5 -> 0", "weak 6 -> 1"], "{version:?}");
            let entry = |line: &String| {
                let (number, entry) = line.split_once(" / part of key (").unwrap();
                assert!(number.starts_with("internal "), "{line}");
                let (entry, target) = entry.rsplit_once(" -> ").unwrap();
                assert!(entry.contains(") pair in WeakMap (table @"), "{line}");
                (entry.to_owned(), target.to_owned())
            };
            assert_eq!(of_table.len(), 3, "{of_table:?}");
            assert_eq!(of_key.len(), 1, "{of_key:?}");
            assert_eq!(entry(&of_table[2]), entry(&of_key[0]), "{version:?}");
            assert_eq!(entry(&of_key[0]).1, "1", "{version:?}");
        }
    }

    #[test]
    fn arrays_show_what_they_hold_by_index_weak_ones_weakly() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let roots = constants(&mut heap);
            let [undefined, ..] = roots;
            let target = heap.string("target");
            let elements = [
                smi(1),
                target.tagged(),
                undefined.tagged(),
                Tagged(target.0 | 3),
            ];
            let array = heap.array(ObjectType::WeakFixedArray, &elements);
            let objects = [target, undefined];
            assert_eq!(
                references(&heap, array, &objects, &roots),
                ["internal 1 -> 0", "weak 3 -> 0"],
                "{version:?}"
            );
        }
    }

    #[test]
    fn an_array_that_claims_to_be_longer_than_memory_shows_nothing() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let roots = constants(&mut heap);
            let target = heap.string("target");
            let array = heap.array(ObjectType::FixedArray, &[target.tagged()]);
            heap.set(array, fields::FIXED_ARRAY_LENGTH, smi(i32::MAX));
            let shown = references(&heap, array, &[target], &roots);
            assert!(
                shown.iter().all(|line| !line.starts_with("internal 0")),
                "{shown:?}"
            );
        }
    }

    #[test]
    fn an_array_buffer_refers_to_its_memory() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let roots = constants(&mut heap);
            let offsets = heap.layout.offsets;
            let map = heap.map(ObjectType::JSArrayBuffer, 80);
            let buffer = heap.object(map, 80);
            assert_eq!(references(&heap, buffer, &[], &roots), [""; 0], "detached");
            heap.set(buffer, offsets.js_array_buffer_byte_length, Tagged(12_345));
            heap.set(
                buffer,
                offsets.js_array_buffer_backing_store,
                Tagged(0x7f00_0000),
            );
            assert_eq!(
                references(&heap, buffer, &[], &roots),
                ["native backing_store -> system / JSArrayBufferData, 12345 bytes"],
                "{version:?}"
            );
        }
    }
}
