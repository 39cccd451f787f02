//! Names of objects that have none of their own, from the objects that refer to them.
//!
//! An array is "(object elements)" because an object has it for its elements. The owner may come
//! after the array, so a pass over all objects collects these tags before the first node is written.
//! It looks only at objects that can have something to tag: O(objects), some nanoseconds each, and
//! O(1) for each object tagged. The first owner decides on the name, the last that has a say on the
//! kind. Memory: a byte for each object, and an entry for each name that is not fixed.
//!
//! The pass also tells which strings name something, so that their text is read: keys of Maps, Sets
//! and dictionaries, and names of scripts.
//!
//! It collects the entries of weak collections by key, too, since an entry is shown with
//! its key as well as with its table.

use heapwatch_graph::NodeKind;
use rustc_hash::FxHashMap;

use super::Walk;
use super::dictionaries;
use super::functions;
use super::heap::{Heap, HiddenClass, array_length};
use super::inessential::Inessential;
use super::mark_bits::RankedObjects;
use super::names::{NameId, Names};
use super::tagged::Address;
use crate::v8_layout::fields::{self, WORD};
use crate::v8_layout::{ObjectType, V8Version};

/// What an object is to its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Tag {
    ObjectElements = 1,
    ObjectProperties,
    BoundArguments,
    SharedFunctionInfo,
    PrototypeTransitions,
    PrototypeValidityCell,
    ScriptLineEnds,
    ScriptInfos,
    HostDefinedOptions,
    DependentCode,
    BytecodeOffsetTable,
    DeoptimizationData,
    SourcePositionTable,
    Code,
    RelocationInfo,
    PrototypeChainEnumCache,
    PrototypeUsers,
    ConstantElements,
    RegExpData,
    ConstantPool,
    HandlerTable,
    ContextLocalNames,
    Feedback,
    EnumCache,
    /// The name is in a table of its own.
    Named,
    /// The string's text names something: it is read.
    Text,
}

impl Tag {
    const ALL: [Tag; 26] = [
        Tag::ObjectElements,
        Tag::ObjectProperties,
        Tag::BoundArguments,
        Tag::SharedFunctionInfo,
        Tag::PrototypeTransitions,
        Tag::PrototypeValidityCell,
        Tag::ScriptLineEnds,
        Tag::ScriptInfos,
        Tag::HostDefinedOptions,
        Tag::DependentCode,
        Tag::BytecodeOffsetTable,
        Tag::DeoptimizationData,
        Tag::SourcePositionTable,
        Tag::Code,
        Tag::RelocationInfo,
        Tag::PrototypeChainEnumCache,
        Tag::PrototypeUsers,
        Tag::ConstantElements,
        Tag::RegExpData,
        Tag::ConstantPool,
        Tag::HandlerTable,
        Tag::ContextLocalNames,
        Tag::Feedback,
        Tag::EnumCache,
        Tag::Named,
        Tag::Text,
    ];

    /// V8's text for it.
    const fn text(self) -> &'static str {
        match self {
            Tag::ObjectElements => "(object elements)",
            Tag::ObjectProperties => "(object properties)",
            Tag::BoundArguments => "(bound arguments)",
            Tag::SharedFunctionInfo => "(shared function info)",
            Tag::PrototypeTransitions => "(prototype transitions)",
            Tag::PrototypeValidityCell => "(prototype validity cell)",
            Tag::ScriptLineEnds => "(script line ends)",
            Tag::ScriptInfos => "(infos)",
            Tag::HostDefinedOptions => "(host-defined options)",
            Tag::DependentCode => "(dependent code)",
            Tag::BytecodeOffsetTable => "(bytecode offset table)",
            Tag::DeoptimizationData => "(code deopt data)",
            Tag::SourcePositionTable => "(source position table)",
            Tag::Code => "(code)",
            Tag::RelocationInfo => "(code relocation info)",
            Tag::PrototypeChainEnumCache => "(prototype chain enum cache)",
            Tag::PrototypeUsers => "(prototype users)",
            Tag::ConstantElements => "(constant elements)",
            Tag::RegExpData => "(RegExp data)",
            Tag::ConstantPool => "(constant pool)",
            Tag::HandlerTable => "(handler table)",
            Tag::ContextLocalNames => "(context local names)",
            Tag::Feedback => "(feedback)",
            Tag::EnumCache => "(enum cache)",
            Tag::Named | Tag::Text => "",
        }
    }

    /// The kind that the object gets, whatever it was.
    const fn kind(self) -> TagKind {
        match self {
            Tag::ObjectElements
            | Tag::ObjectProperties
            | Tag::BoundArguments
            | Tag::SharedFunctionInfo
            | Tag::Named
            | Tag::Text => TagKind::Unchanged,
            Tag::PrototypeTransitions
            | Tag::PrototypeValidityCell
            | Tag::PrototypeChainEnumCache
            | Tag::PrototypeUsers
            | Tag::EnumCache => TagKind::ObjectShape,
            _ => TagKind::Code,
        }
    }
}

/// A kind of node in two bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TagKind {
    Unchanged = 0,
    Code = 1,
    ObjectShape = 2,
}

/// Keys of one Map or Set whose texts are read: enough to tell what such a table is for.
const MAX_KEYS_OF_TABLE: u32 = 100;
/// The same of all tables together: some megabytes of texts.
const MAX_KEYS: u32 = 1 << 17;

/// Bits of an object's byte: number of its tag, its kind, and whether it is the key of an ephemeron.
const TAG_MASK: u8 = 0x1f;
const KIND_SHIFT: u32 = 5;
const KIND_MASK: u8 = 3 << KIND_SHIFT;
const IS_KEY: u8 = 0x80;

/// An entry of a weak collection: its value lives while both its key and its table do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ephemeron {
    pub(crate) key: Address,
    pub(crate) value: Address,
    pub(crate) table: Address,
}

/// What an object's owners say about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tagging {
    /// The name, if the object has none of its own.
    pub(crate) name: Option<NameId>,
    /// The kind, whatever its own is.
    pub(crate) kind: Option<NodeKind>,
    /// Whether the name counts even if the object has one.
    pub(crate) is_constant_pool: bool,
}

/// The tags of all objects.
pub(crate) struct Tags {
    by_rank: Vec<u8>,
    named: FxHashMap<u32, NameId>,
    /// By key.
    ephemerons: Vec<Ephemeron>,
}

impl Tags {
    /// Collects the tags of all marked objects.
    pub(crate) fn collect(
        walk: &Walk<'_>,
        objects: &RankedObjects,
        inessential: &Inessential,
    ) -> Self {
        let mut collector = Collector {
            heap: &walk.heap,
            names: &walk.names,
            objects,
            inessential,
            tags: Tags {
                by_rank: vec![0; objects.count() as usize],
                named: FxHashMap::default(),
                ephemerons: Vec::new(),
            },
            keys_left: MAX_KEYS,
        };
        for object in objects.iter() {
            if let Some(class) = walk.heap.class_of(object) {
                collector.visit(object, &class);
            }
        }
        let mut tags = collector.tags;
        tags.ephemerons
            .sort_unstable_by_key(|entry| (entry.key, entry.table));
        tags
    }

    /// What was said about the object with a number among the marked ones.
    pub(crate) fn of(&self, names: &Names, rank: u32) -> Tagging {
        let byte = self.byte(rank);
        let tag = Tag::ALL.get(usize::from(byte & TAG_MASK).wrapping_sub(1));
        let name = match tag {
            None => None,
            Some(Tag::Named) => self.named.get(&rank).copied(),
            Some(tag) => Some(names.fixed(tag.text())),
        };
        let kind = match (byte & KIND_MASK) >> KIND_SHIFT {
            1 => Some(NodeKind::Code),
            2 => Some(NodeKind::ObjectShape),
            _ => None,
        };
        Tagging {
            name,
            kind,
            is_constant_pool: tag == Some(&Tag::ConstantPool),
        }
    }

    /// Whether any weak collection has an entry.
    #[inline]
    pub(crate) fn has_ephemerons(&self) -> bool {
        !self.ephemerons.is_empty()
    }

    /// Whether the object with a number is a string that names something.
    pub(crate) fn is_text(&self, rank: u32) -> bool {
        self.byte(rank) & TAG_MASK == Tag::Text as u8
    }

    /// The entries of weak collections whose key is the object with this number and address.
    pub(crate) fn ephemerons_of(&self, rank: u32, key: Address) -> &[Ephemeron] {
        if self.byte(rank) & IS_KEY == 0 {
            return &[];
        }
        let start = self.ephemerons.partition_point(|entry| entry.key < key);
        let rest = &self.ephemerons[start..];
        &rest[..rest.partition_point(|entry| entry.key == key)]
    }

    fn byte(&self, rank: u32) -> u8 {
        self.by_rank.get(rank as usize).copied().unwrap_or(0)
    }
}

struct Collector<'a, 'm> {
    heap: &'a Heap<'m>,
    names: &'a Names,
    objects: &'a RankedObjects,
    inessential: &'a Inessential,
    tags: Tags,
    keys_left: u32,
}

impl Collector<'_, '_> {
    /// Tags what an object owns.
    #[inline]
    fn visit(&mut self, object: Address, class: &HiddenClass) {
        use ObjectType as T;
        match class.object_type {
            T::JSGlobalProxy | T::JSArrayBuffer => {}
            kind if kind.is_js_object() => self.js_object(object, class),
            T::String | T::HeapNumber | T::FixedArray => {}
            T::EphemeronHashTable => self.ephemerons(object),
            T::OrderedHashMap => self.keys(object, fields::ORDERED_HASH_MAP_ENTRY),
            T::OrderedHashSet => self.keys(object, fields::ORDERED_HASH_SET_ENTRY),
            T::NameDictionary => self.names(object),
            T::Map => {
                let cell = fields::MAP_PROTOTYPE_VALIDITY_CELL;
                self.tag_field(object, cell, Tag::PrototypeValidityCell);
            }
            T::SharedFunctionInfo => self.baseline_code(object),
            T::Script => self.script(object),
            T::Code => self.code(object),
            T::InstructionStream => self.instruction_stream(object),
            T::BytecodeArray => self.bytecode_array(object),
            T::ScopeInfo => self.scope_info(object),
            T::FeedbackVector => self.feedback_vector(object),
            T::PrototypeInfo => {
                let cache = fields::PROTOTYPE_INFO_PROTOTYPE_CHAIN_ENUM_CACHE;
                self.tag_field(object, cache, Tag::PrototypeChainEnumCache);
                let users = fields::PROTOTYPE_INFO_PROTOTYPE_USERS;
                self.tag_field(object, users, Tag::PrototypeUsers);
            }
            T::AllocationSite => {
                let code = fields::ALLOCATION_SITE_DEPENDENT_CODE;
                self.tag_field(object, code, Tag::DependentCode);
            }
            T::ArrayBoilerplateDescription => {
                let elements = fields::ARRAY_BOILERPLATE_DESCRIPTION_CONSTANT_ELEMENTS;
                self.tag_field(object, elements, Tag::ConstantElements);
            }
            T::RegExpBoilerplateDescription => {
                let data = fields::REG_EXP_BOILERPLATE_DESCRIPTION_DATA;
                self.tag_field(object, data, Tag::RegExpData);
            }
            T::EnumCache => {
                self.tag_field(object, fields::ENUM_CACHE_KEYS, Tag::EnumCache);
                self.tag_field(object, fields::ENUM_CACHE_INDICES, Tag::EnumCache);
            }
            T::TransitionArray => {
                let transitions = fields::FIXED_ARRAY_ELEMENTS
                    + WORD * fields::TRANSITION_ARRAY_PROTOTYPE_TRANSITIONS_INDEX;
                self.tag_field(object, transitions, Tag::PrototypeTransitions);
            }
            _ => {}
        }
    }

    #[inline]
    fn js_object(&mut self, object: Address, class: &HiddenClass) {
        match class.object_type {
            ObjectType::JSBoundFunction => {
                let arguments = fields::JS_BOUND_FUNCTION_ARGUMENTS;
                self.tag_field(object, arguments, Tag::BoundArguments);
            }
            kind if kind.is_js_function() && self.heap.layout.version < V8Version::V12_4 => {
                let shared = self.heap.layout.offsets.js_function_shared;
                self.tag_field(object, shared, Tag::SharedFunctionInfo);
            }
            _ => {}
        }
        // Property arrays have a name of their own.
        if class.is_dictionary_map() {
            self.tag_field(object, fields::JS_OBJECT_PROPERTIES, Tag::ObjectProperties);
        }
        self.tag_field(object, fields::JS_OBJECT_ELEMENTS, Tag::ObjectElements);
    }

    /// Entries of Maps and Sets are called after their keys. `entry`: words of one.
    fn keys(&mut self, table: Address, entry: u32) {
        let word = |index| {
            self.heap
                .smi_field(table, fields::FIXED_ARRAY_ELEMENTS + WORD * index)
        };
        let [Some(present), Some(deleted), Some(buckets)] = [0, 1, 2].map(word) else {
            return;
        };
        let used = u32::try_from(present.saturating_add(deleted)).unwrap_or(0);
        let first = u32::try_from(buckets).map_or(u32::MAX, |buckets| buckets.saturating_add(3));
        let room = array_length(self.heap, table).saturating_sub(first) / entry;
        let count = used.min(room).min(MAX_KEYS_OF_TABLE).min(self.keys_left);
        self.keys_left -= count;
        for index in 0..count {
            self.text(
                table,
                fields::FIXED_ARRAY_ELEMENTS + WORD * (first + entry * index),
            );
        }
    }

    /// Keys of an object that is a dictionary: they name properties, so they are read anyway.
    fn names(&mut self, table: Address) {
        for entry in dictionaries::entries(self.heap, table, fields::NAME_DICTIONARY) {
            self.text(table, entry);
        }
    }

    /// Tags a string in a field as one that names something.
    fn text(&mut self, owner: Address, offset: u32) {
        if let Some(string) = self.heap.object_field(owner, offset)
            && self.heap.type_of(string) == Some(ObjectType::String)
        {
            self.tag(string, Tag::Text);
        }
    }

    fn script(&mut self, script: Address) {
        // Modules have this string as their file's name.
        self.text(script, fields::SCRIPT_NAME);
        let options = self.heap.layout.offsets.script_host_defined_options;
        self.tag_field(script, fields::SCRIPT_LINE_ENDS, Tag::ScriptLineEnds);
        self.tag_field(script, options, Tag::HostDefinedOptions);
        // Those of WebAssembly have instances there.
        let kind = self.heap.smi_field(script, fields::SCRIPT_TYPE);
        if kind != Some(fields::script_type::WASM) {
            self.tag_field(script, fields::SCRIPT_INFOS, Tag::ScriptInfos);
        }
    }

    /// The code of a function that was compiled without optimization is called after the function.
    /// Up to 11.3 that is the code's instructions.
    fn baseline_code(&mut self, shared: Address) {
        let offsets = self.heap.layout.offsets;
        let data = offsets
            .shared_function_info_trusted_function_data
            .or(offsets.shared_function_info_function_data)
            .and_then(|data| self.heap.object_field(shared, data));
        let Some(code) = data.filter(|&data| self.heap.type_of(data) == Some(ObjectType::Code))
        else {
            return;
        };
        let name = functions::debug_name(self.heap, shared)
            .map(|name| self.names.get(self.names.of_name(self.heap, name)));
        let text = |what: &str| match &name {
            Some(name) => format!("({what} for {name})"),
            None => format!("(BASELINE {what})"),
        };
        let stream = self
            .heap
            .object_field(code, offsets.code_instruction_stream);
        if self.heap.layout.version < V8Version::V12_4 {
            return self.tag_named(stream.unwrap_or(code), &text("code"));
        }
        self.tag_named(code, &text("code"));
        if let Some(stream) = stream {
            self.tag_named(stream, &text("instruction stream"));
        }
    }

    fn code(&mut self, code: Address) {
        let offsets = self.heap.layout.offsets;
        let stream = offsets.code_instruction_stream;
        if self.heap.object_field(code, stream).is_none() {
            return;
        }
        if let Some(relocation_info) = offsets.code_relocation_info {
            self.tag_field(code, relocation_info, Tag::RelocationInfo);
        }
        let table = offsets.code_position_table;
        if is_baseline(self.heap, code) {
            self.tag_field(code, table, Tag::BytecodeOffsetTable);
        } else if uses_deoptimization_data(self.heap, code) {
            self.deoptimization_data(code);
            self.tag_field(code, table, Tag::SourcePositionTable);
        }
    }

    fn deoptimization_data(&mut self, code: Address) {
        let offset = self
            .heap
            .layout
            .offsets
            .code_deoptimization_data_or_interpreter_data;
        let Some(data) = self.heap.object_field(code, offset) else {
            return;
        };
        self.tag(data, Tag::DeoptimizationData);
        if array_length(self.heap, data) == 0 {
            return;
        }
        for index in deoptimization_parts(self.heap.layout.version) {
            let part = fields::FIXED_ARRAY_ELEMENTS + WORD * index;
            self.tag_field(data, part, Tag::DeoptimizationData);
        }
    }

    fn instruction_stream(&mut self, stream: Address) {
        let offsets = self.heap.layout.offsets;
        // Up to 11.3 V8 forgets to.
        if let Some(relocation_info) = offsets.instruction_stream_relocation_info {
            self.tag_field(stream, offsets.instruction_stream_code, Tag::Code);
            self.tag_field(stream, relocation_info, Tag::RelocationInfo);
        }
    }

    fn bytecode_array(&mut self, bytecode: Address) {
        let offsets = self.heap.layout.offsets;
        let table = offsets.bytecode_array_handler_table;
        self.tag_field(bytecode, table, Tag::HandlerTable);
        let table = offsets.bytecode_array_source_position_table;
        self.tag_field(bytecode, table, Tag::SourcePositionTable);
        let pool = offsets.bytecode_array_constant_pool;
        if let Some(pool) = self.heap.object_field(bytecode, pool) {
            self.constant_pool(pool);
        }
    }

    /// Tags the pool, the arrays in it, and those in them.
    fn constant_pool(&mut self, pool: Address) {
        for i in 0..self.constants(pool) {
            let Some(inner) = self.element(pool, i) else {
                continue;
            };
            for j in 0..self.constants(inner) {
                if let Some(innermost) = self.element(inner, j) {
                    self.constants(innermost);
                }
            }
        }
    }

    /// Tags a part of a constant pool, and says how many elements of it are to be looked at: none if
    /// that was done before.
    fn constants(&mut self, part: Address) -> u32 {
        let kind = self.heap.type_of(part);
        let is_array = matches!(
            kind,
            Some(ObjectType::FixedArray | ObjectType::TrustedFixedArray)
        );
        let is_dictionary = matches!(
            kind,
            Some(ObjectType::NameDictionary | ObjectType::NumberDictionary)
        );
        if !is_array && !is_dictionary {
            return 0;
        }
        let is_new = self.tag(part, Tag::ConstantPool);
        match is_array && is_new {
            true => array_length(self.heap, part),
            false => 0,
        }
    }

    fn element(&self, array: Address, index: u32) -> Option<Address> {
        let offset = fields::FIXED_ARRAY_ELEMENTS + WORD * index;
        self.heap.object_field(array, offset)
    }

    /// Names of many variables are in a hash table.
    fn scope_info(&mut self, scope_info: Address) {
        let count = fields::SCOPE_INFO_CONTEXT_LOCAL_COUNT;
        let count = self.heap.smi_field(scope_info, count).unwrap_or(0);
        if count < fields::SCOPE_INFO_MAX_INLINED_LOCAL_NAMES as i32 {
            return;
        }
        // In modules a count comes before it.
        let parts = self.heap.layout.offsets.scope_info_parts;
        for offset in [parts, parts + WORD] {
            if let Some(table) = self.heap.object_field(scope_info, offset)
                && self.heap.type_of(table) == Some(ObjectType::NameToIndexHashTable)
            {
                self.tag(table, Tag::ContextLocalNames);
            }
        }
    }

    fn feedback_vector(&mut self, vector: Address) {
        let first = self.heap.layout.offsets.feedback_vector_slots;
        let length = self.heap.u32_field(vector, fields::FEEDBACK_VECTOR_LENGTH);
        let bytes = u64::from(first) + u64::from(length) * u64::from(WORD);
        if !self.heap.memory.is_readable(vector.0, bytes) {
            return;
        }
        for slot in 0..length {
            let Some(feedback) = self.heap.object_field(vector, first + WORD * slot) else {
                continue;
            };
            if let Some(ObjectType::FixedArray | ObjectType::WeakFixedArray) =
                self.heap.type_of(feedback)
            {
                self.tag(feedback, Tag::Feedback);
            }
        }
    }

    fn ephemerons(&mut self, table: Address) {
        for entry in dictionaries::entries(self.heap, table, fields::EPHEMERON_HASH_TABLE) {
            let key = self.heap.object_field(table, entry);
            let value = self.heap.object_field(table, entry + WORD);
            if let (Some(key), Some(value)) = (key, value)
                && !self.inessential.contains(key)
                && let Some(rank) = self.objects.rank(key)
            {
                self.tags.by_rank[rank as usize] |= IS_KEY;
                self.tags.ephemerons.push(Ephemeron { key, value, table });
            }
        }
    }

    #[inline]
    fn tag_field(&mut self, owner: Address, offset: u32, tag: Tag) {
        if let Some(target) = self.heap.object_field(owner, offset) {
            self.tag(target, tag);
        }
    }

    /// Tags an object; says whether it did not have just this tag before.
    #[inline]
    fn tag(&mut self, target: Address, tag: Tag) -> bool {
        if self.inessential.contains(target) {
            return false;
        }
        let Some(rank) = self.objects.rank(target) else {
            return false;
        };
        let byte = &mut self.tags.by_rank[rank as usize];
        let is_new = *byte & TAG_MASK != tag as u8;
        if *byte & TAG_MASK == 0 {
            *byte |= tag as u8;
        }
        if tag.kind() != TagKind::Unchanged {
            *byte = *byte & !KIND_MASK | (tag.kind() as u8) << KIND_SHIFT;
        }
        is_new
    }

    fn tag_named(&mut self, target: Address, text: &str) {
        let Some(rank) = self.objects.rank(target) else {
            return;
        };
        if self.tags.by_rank[rank as usize] & TAG_MASK == 0 {
            self.tag(target, Tag::Named);
            let name = self.names.text(text);
            self.tags.named.insert(rank, name);
        }
    }
}

/// V8's number of a code object's kind.
fn code_kind(heap: &Heap<'_>, code: Address) -> u32 {
    heap.u32_field(code, heap.layout.offsets.code_flags) & fields::CODE_FLAGS_KIND_MASK
}

/// Whether code was compiled from bytecode without optimization.
pub(crate) fn is_baseline(heap: &Heap<'_>, code: Address) -> bool {
    code_kind(heap, code) == heap.layout.offsets.code_kind_baseline
}

/// Whether a code object that is no baseline code has data for when it must be given up. Up to 11.3
/// V8 shows the field of all others as if it were that.
pub(crate) fn uses_deoptimization_data(heap: &Heap<'_>, code: Address) -> bool {
    let (kind, offsets) = (code_kind(heap, code), heap.layout.offsets);
    heap.layout.version < V8Version::V12_4
        || kind == offsets.code_kind_turbofan
        || kind == offsets.code_kind_maglev
}

/// Indexes of the parts of deoptimization data that V8 tags: translations, literals, and positions of
/// inlined functions.
const fn deoptimization_parts(version: V8Version) -> [u32; 3] {
    match version {
        V8Version::V11_3 | V8Version::V12_4 => [0, 2, 7],
        V8Version::V13_6 | V8Version::V14_6 => [0, 3, 8],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tag_is_found_by_its_number_and_fits_in_its_bits() {
        for (i, tag) in Tag::ALL.into_iter().enumerate() {
            assert_eq!(tag as usize, i + 1, "{tag:?}");
            assert_eq!(tag as u8 & !TAG_MASK, 0, "{tag:?}");
        }
    }

    use crate::heap_walk::mark_bits::MarkBits;
    use crate::heap_walk::tagged::Tagged;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    /// Collects the tags of some objects, and reads something of each by its number.
    fn collected<R>(
        heap: &TestHeap,
        objects: &[Address],
        read: impl Fn(&Tags, &Names, u32) -> R,
    ) -> Vec<R> {
        heap.read(|reading| {
            let walk = Walk::new(reading.memory, reading.layout);
            let mut marks = MarkBits::new();
            for &object in objects {
                marks.mark(object);
            }
            let ranked = marks.rank();
            let none = Inessential::among(&walk.heap, std::iter::empty());
            let tags = Tags::collect(&walk, &ranked, &none);
            let read = |&object: &Address| read(&tags, &walk.names, ranked.rank(object).unwrap());
            objects.iter().map(read).collect()
        })
    }

    /// Name and kind that objects have from their owners.
    fn tags_of(heap: &TestHeap, objects: &[Address]) -> Vec<(Option<String>, Option<NodeKind>)> {
        collected(heap, objects, |tags, names, rank| {
            let tagging = tags.of(names, rank);
            (tagging.name.map(|name| names.get(name)), tagging.kind)
        })
    }

    #[test]
    fn the_first_owner_names_an_array_and_the_last_with_a_say_makes_it_code() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let elements = heap.array(ObjectType::FixedArray, &[smi(1)]);
            let map = heap.map(ObjectType::JSArray, 32);
            let array = heap.object(map, 32);
            heap.set(array, fields::JS_OBJECT_ELEMENTS, elements.tagged());
            let words = [smi(0), elements.tagged()];
            let literal = heap.struct_of(ObjectType::ArrayBoilerplateDescription, &words);
            let found = tags_of(&heap, &[elements, array, literal]);
            let name = Some("(object elements)".to_owned());
            assert_eq!(found[0], (name, Some(NodeKind::Code)), "{version:?}");
            assert_eq!(found[1], (None, None));
            assert_eq!(found[2], (None, None));
        }
    }

    #[test]
    fn constant_pools_are_tagged_three_levels_deep() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let array = |heap: &mut TestHeap, elements: &[Tagged]| {
                heap.array(ObjectType::FixedArray, elements)
            };
            let fourth = array(&mut heap, &[]);
            let third = array(&mut heap, &[fourth.tagged()]);
            let second = array(&mut heap, &[third.tagged(), smi(3)]);
            let pool = array(&mut heap, &[second.tagged(), second.tagged()]);
            let bytecode = heap.struct_of(ObjectType::BytecodeArray, &[smi(0); 8]);
            let offset = heap.layout.offsets.bytecode_array_constant_pool;
            heap.set(bytecode, offset, pool.tagged());
            let found = tags_of(&heap, &[pool, second, third, fourth, bytecode]);
            let name = Some("(constant pool)".to_owned());
            for part in &found[..3] {
                assert_eq!(*part, (name.clone(), Some(NodeKind::Code)), "{version:?}");
            }
            assert_eq!(found[3], (None, None), "{version:?}");
        }
    }

    /// Which of the objects are strings that name something.
    fn texts_of(heap: &TestHeap, objects: &[Address]) -> Vec<bool> {
        collected(heap, objects, |tags, _, rank| tags.is_text(rank))
    }

    #[test]
    fn the_first_keys_of_a_map_are_read_and_no_values() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let keys: Vec<_> = (0..=MAX_KEYS_OF_TABLE)
                .map(|index| heap.string(&format!("key {index}")))
                .collect();
            let value = heap.string("value");
            let mut words = vec![smi(keys.len() as i32), smi(0), smi(2), smi(0), smi(0)];
            for key in &keys {
                words.extend([key.tagged(), value.tagged(), smi(0)]);
            }
            let map = heap.array(ObjectType::OrderedHashMap, &words);
            let member = heap.string("member");
            let words = [smi(1), smi(0), smi(1), smi(0), member.tagged(), smi(0)];
            let set = heap.array(ObjectType::OrderedHashSet, &words);
            let last = keys.len() - 1;
            let objects = [map, set, value, keys[0], keys[last - 1], keys[last], member];
            let expected = [false, false, false, true, true, false, true];
            assert_eq!(texts_of(&heap, &objects), expected, "{version:?}");
        }
    }

    #[test]
    fn a_table_that_says_that_it_has_more_than_it_has_room_for_is_read_to_its_end() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let key = heap.string("key");
            for words in [
                [
                    smi(i32::MAX),
                    smi(i32::MAX),
                    smi(1),
                    smi(0),
                    key.tagged(),
                    smi(0),
                    smi(0),
                ],
                [
                    smi(-5),
                    smi(0),
                    smi(1),
                    smi(0),
                    key.tagged(),
                    smi(0),
                    smi(0),
                ],
                [
                    smi(1),
                    smi(0),
                    smi(-1),
                    smi(0),
                    key.tagged(),
                    smi(0),
                    smi(0),
                ],
            ] {
                let map = heap.array(ObjectType::OrderedHashMap, &words);
                let has_first = words[0] == smi(i32::MAX);
                assert_eq!(
                    texts_of(&heap, &[map, key]),
                    [false, has_first],
                    "{version:?}"
                );
            }
        }
    }
}
