//! What an object's node says of it: kind, name, size, and where in a script its function or class
//! is. The rules are those of V8's snapshot (`V8HeapExplorer::AddEntry`), O(1) an object.
//!
//! Nodes of strings have no name unless they name something, as keys of a Map do: the texts of all
//! would be the memory of the service all over again.
//! Where this differs from V8 otherwise:
//!
//! | what | V8 | here | why |
//! |---|---|---|---|
//! | text of a string | its first 1,024 units | none, or of a key the first 256 | only texts that name something are read |
//! | code of a builtin | "(Abort builtin code)" | "(builtin code)" | the names are in tables of C++ that nothing leads to |
//! | types and fields of WebAssembly | names of the module, if it has any | "$type1", "$field0" | the same |
//! | a native module of WebAssembly | with its machine code | the object alone | the same |
//! | owners of a shared array | by V8's order of pages | by address | the first to tag it decides |

use std::cell::RefCell;

use heapwatch_graph::{HeapGraph, NodeId, NodeKind, SourceLocation};

use super::Walk;
use super::address_table::AddressTable;
use super::class_names::ClassNames;
use super::functions::{self, Functions};
use super::heap::HiddenClass;
use super::inessential::Inessential;
use super::mark_bits::RankedObjects;
use super::names::NameId;
use super::object_body;
use super::roots::RootGroup;
use super::sink::ScriptPosition;
use super::tagged::Address;
use super::tags::{Tagging, Tags};
use super::wasm;
use crate::v8_layout::fields::{self, string_type};
use crate::v8_layout::{ObjectType, V8Version};

/// Bytes that V8 says WebAssembly's null has: the rest of it is a guard that is never touched.
const WASM_NULL_BYTES: u64 = 8;

/// UTF-16 units of a string's text that are read: keys are identifiers, paths and URLs.
const TEXT_LIMIT: u32 = 256;

/// A node without its references.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Description {
    pub(crate) kind: NodeKind,
    pub(crate) name: NameId,
    /// Bytes.
    pub(crate) self_size: u64,
    /// Where the object's function starts: of a function itself, of a generator, of the constructor.
    pub(crate) position: Option<ScriptPosition>,
}

/// What the nodes of all objects of a hidden class have in common.
#[derive(Clone, Copy)]
struct OfClass {
    name: NameId,
    position: Option<ScriptPosition>,
}

/// Describes the objects of a finished walk.
pub(crate) struct Describer<'a, 'm> {
    walk: &'a Walk<'m>,
    objects: &'a RankedObjects,
    /// Number of the first object's node.
    first_object: u32,
    inessential: Inessential,
    tags: Tags,
    class_names: ClassNames,
    functions: Functions,
    /// By hidden class, where its objects have no say.
    plain: AddressTable<Option<OfClass>>,
    /// "system / Cell" and the like by the object's type, once they were needed.
    system_names: RefCell<Vec<Option<NameId>>>,
}

impl<'a, 'm> Describer<'a, 'm> {
    /// Looks at every object once, to collect what objects say about others. The roots are needed
    /// in the order of V8's table.
    pub(crate) fn new(
        walk: &'a Walk<'m>,
        objects: &'a RankedObjects,
        groups: &[RootGroup],
        first_object: u32,
    ) -> Self {
        let roots = groups
            .iter()
            .flat_map(|group| group.targets.iter().copied());
        let inessential = Inessential::among(&walk.heap, roots);
        let tags = Tags::collect(walk, objects, &inessential);
        Describer {
            walk,
            objects,
            first_object,
            inessential,
            tags,
            class_names: ClassNames::new(),
            functions: Functions::new(),
            plain: AddressTable::new(),
            system_names: RefCell::default(),
        }
    }

    pub(super) fn inessential(&self) -> &Inessential {
        &self.inessential
    }

    pub(super) fn tags(&self) -> &Tags {
        &self.tags
    }

    pub(super) fn rank(&self, object: Address) -> Option<u32> {
        self.objects.rank(object)
    }

    /// The id of an object's node; `None` if it has none.
    pub(super) fn object_id(&self, object: Address) -> Option<u32> {
        let rank = self.objects.rank(object)?;
        Some(HeapGraph::numbered_id(NodeId(self.first_object + rank)))
    }

    /// All that the object's node says.
    #[inline]
    pub(crate) fn describe(&self, object: Address, class: &HiddenClass) -> Description {
        let self_size = self.self_size(object, class);
        if is_plain(class.object_type)
            && let Some(OfClass { name, position }) =
                self.plain.get_or(class.map, || self.of_class(class))
        {
            return Description {
                kind: NodeKind::Object,
                name,
                self_size,
                position,
            };
        }
        let (kind, name) = self.kind_and_name(object, class);
        Description {
            kind,
            name,
            self_size,
            position: self.position(object, class),
        }
    }

    fn of_class(&self, class: &HiddenClass) -> Option<OfClass> {
        let (heap, names) = (&self.walk.heap, &self.walk.names);
        let class_name = self.class_names.of_all(heap, names, class)?;
        let function = class_name.constructor;
        Some(OfClass {
            name: class_name.name,
            position: function.and_then(|function| self.position_of(function)),
        })
    }

    fn position(&self, object: Address, class: &HiddenClass) -> Option<ScriptPosition> {
        let kind = class.object_type;
        if !kind.is_js_object() {
            return None;
        }
        let heap = &self.walk.heap;
        let function = if kind.is_js_function() {
            object
        } else if is_generator(kind) {
            heap.object_field(object, fields::JS_GENERATOR_FUNCTION)?
        } else {
            let names = &self.walk.names;
            self.class_names
                .of(heap, names, object, class)
                .constructor?
        };
        self.position_of(function)
    }

    fn position_of(&self, function: Address) -> Option<ScriptPosition> {
        let location = self.functions.location(&self.walk.heap, function)?;
        Some(ScriptPosition {
            script_id: u32::try_from(location.script_id).ok()?,
            line: u32::try_from(location.line).ok()?,
            column: u32::try_from(location.column).ok()?,
        })
    }

    /// The function that made a JavaScript object which is none itself; it tells classes of one name
    /// apart.
    pub(super) fn constructor(&self, object: Address, class: &HiddenClass) -> Option<Address> {
        let (heap, names) = (&self.walk.heap, &self.walk.names);
        match class.object_type.is_js_object() {
            true => self.class_names.of(heap, names, object, class).constructor,
            false => None,
        }
    }

    /// Where a function is written.
    pub(super) fn source_of(&self, function: Address) -> Option<SourceLocation> {
        let (heap, names) = (&self.walk.heap, &self.walk.names);
        let location = self.functions.location(heap, function)?;
        let script = functions::script(heap, functions::shared(heap, function)?)?;
        let url = names.of_name(heap, heap.object_field(script, fields::SCRIPT_NAME)?);
        let from_1 = |number: i32| u32::try_from(number).ok()?.checked_add(1);
        (url != NameId::EMPTY).then_some(SourceLocation {
            url: names.get(url),
            line: from_1(location.line)?,
            column: from_1(location.column)?,
        })
    }

    #[inline]
    pub(super) fn kind_and_name(&self, object: Address, class: &HiddenClass) -> (NodeKind, NameId) {
        match class.object_type {
            kind if kind.is_js_object() => self.js_object(object, class),
            ObjectType::String => self.string(object, class),
            ObjectType::HeapNumber => (NodeKind::Number, self.walk.names.fixed("heap number")),
            _ => self.internal_object(object, class),
        }
    }

    #[inline]
    fn js_object(&self, object: Address, class: &HiddenClass) -> (NodeKind, NameId) {
        let (heap, names) = (&self.walk.heap, &self.walk.names);
        match class.object_type {
            kind if kind.is_js_function() => {
                let shared = functions::shared(heap, object);
                let name = shared.and_then(|shared| functions::name(heap, shared));
                (NodeKind::Closure, self.name_or_empty(name))
            }
            ObjectType::JSBoundFunction => (NodeKind::Closure, names.fixed("native_bind")),
            ObjectType::JSRegExp => {
                let source = heap.object_field(object, fields::JS_REG_EXP_SOURCE);
                (NodeKind::RegExp, self.name_or_empty(source))
            }
            kind => {
                let class_name = self.class_names.of(heap, names, object, class).name;
                let is_global =
                    matches!(kind, ObjectType::JSGlobalObject | ObjectType::JSGlobalProxy);
                let name = match is_global && heap.layout.version >= V8Version::V14_6 {
                    true => self.global_name(class_name, class),
                    false => class_name,
                };
                (NodeKind::Object, name)
            }
        }
    }

    /// V8 14.6 tells the global object from the proxy that programs see.
    fn global_name(&self, class_name: NameId, class: &HiddenClass) -> NameId {
        let suffix = match class.object_type {
            ObjectType::JSGlobalObject => "(global*)",
            _ if self.creation_context(class).is_some() => "(global)",
            _ => "(global) / <detached>",
        };
        let text = self
            .walk
            .names
            .with(class_name, |name| format!("{name} {suffix}"));
        self.walk.names.text(&text)
    }

    /// The native context that objects of a class were made in: from 12.4 on, the map of their map
    /// has it.
    pub(super) fn creation_context(&self, class: &HiddenClass) -> Option<Address> {
        let heap = &self.walk.heap;
        let meta_map = heap.object_field(class.map, 0)?;
        heap.object_field(meta_map, fields::MAP_CONSTRUCTOR_OR_BACK_POINTER)
            .filter(|&context| heap.type_of(context) == Some(ObjectType::NativeContext))
    }

    fn string(&self, object: Address, class: &HiddenClass) -> (NodeKind, NameId) {
        let names = &self.walk.names;
        let names_something = |rank| self.tags.is_text(rank);
        match class.instance_type & string_type::REPRESENTATION_MASK {
            string_type::CONS => (NodeKind::ConsString, names.fixed("(concatenated string)")),
            string_type::SLICED => (NodeKind::SlicedString, names.fixed("(sliced string)")),
            _ if self.rank(object).is_some_and(names_something) => {
                let text = names.text_of(&self.walk.heap, object, TEXT_LIMIT);
                (NodeKind::String, text)
            }
            _ => (NodeKind::String, NameId::EMPTY),
        }
    }

    /// Objects that programs don't see.
    fn internal_object(&self, object: Address, class: &HiddenClass) -> (NodeKind, NameId) {
        use ObjectType as T;
        let (heap, names) = (&self.walk.heap, &self.walk.names);
        let version = heap.layout.version;
        match class.object_type {
            T::Symbol if self.is_private_symbol(object) => {
                (NodeKind::Hidden, names.fixed("private symbol"))
            }
            T::Symbol => (NodeKind::Symbol, names.fixed("symbol")),
            T::BigInt => (NodeKind::BigInt, names.fixed("bigint")),
            T::NativeContext => (NodeKind::Hidden, names.fixed("system / NativeContext")),
            kind if kind.is_context() => (NodeKind::Object, names.fixed("system / Context")),
            T::SharedFunctionInfo => self.shared_function_info(object),
            T::Script => {
                let name = heap.object_field(object, fields::SCRIPT_NAME);
                (NodeKind::Code, self.name_or_empty(name))
            }
            T::Code => self.code(object),
            T::InstructionStream => {
                let tagging = self.tagging(object);
                (NodeKind::Code, tagging.name.unwrap_or(NameId::EMPTY))
            }
            T::Oddball if version >= V8Version::V13_6 => {
                let text = heap.object_field(object, fields::ODDBALL_TO_STRING);
                (NodeKind::Hidden, self.name_or_empty(text))
            }
            T::WasmStruct | T::WasmArray => {
                let kind = match version < V8Version::V12_4 {
                    true => NodeKind::WasmObject,
                    false => NodeKind::Object,
                };
                (kind, names.text(&wasm::type_name(heap, class)))
            }
            T::CppHeapExternalObject => (NodeKind::Object, names.fixed("system / CppHeapExternal")),
            T::Map => self.map(object),
            kind => self.tagged_object(object, kind),
        }
    }

    fn shared_function_info(&self, object: Address) -> (NodeKind, NameId) {
        let heap = &self.walk.heap;
        let name = match functions::name(heap, object) {
            Some(name) => self.name_or_empty(Some(name)),
            // From 12.4 on it tags itself.
            None if heap.layout.version >= V8Version::V12_4 => {
                self.walk.names.fixed("(shared function info)")
            }
            None => self.tagging(object).name.unwrap_or(NameId::EMPTY),
        };
        (NodeKind::Code, name)
    }

    /// Builtins are code whose instructions are not in the heap.
    fn code(&self, object: Address) -> (NodeKind, NameId) {
        let (heap, names) = (&self.walk.heap, &self.walk.names);
        let stream = heap.layout.offsets.code_instruction_stream;
        let name = if let Some(name) = self.tagging(object).name {
            name
        } else if heap.object_field(object, stream).is_some() {
            NameId::EMPTY
        } else if heap.layout.version < V8Version::V12_4 {
            names.fixed("(builtin handle)")
        } else {
            names.fixed("(builtin code)")
        };
        (NodeKind::Code, name)
    }

    /// Hidden classes of V8's own are in the part of the heap that can't be written.
    fn map(&self, map: Address) -> (NodeKind, NameId) {
        let (heap, names) = (&self.walk.heap, &self.walk.names);
        let kind = match heap.memory.is_read_only(map) {
            true => NodeKind::Hidden,
            false => NodeKind::ObjectShape,
        };
        let name = match heap.class(map) {
            Some(class) if class.object_type == ObjectType::String => {
                let class_name = string_class(heap.layout.version, class.instance_type);
                names.text(&format!("system / Map ({class_name})"))
            }
            _ => names.fixed("system / Map"),
        };
        (kind, name)
    }

    /// Everything else is called after its type, unless it is an array without a type of its own.
    fn tagged_object(&self, object: Address, kind: ObjectType) -> (NodeKind, NameId) {
        let tagging = match can_be_tagged(kind) || self.walk.heap.layout.is_fixed_array(kind) {
            true => self.tagging(object),
            false => UNTAGGED,
        };
        let node_kind = tagging.kind.unwrap_or_else(|| self.system_kind(kind));
        let is_nameless = self.is_nameless(kind)
            || kind == ObjectType::TrustedFixedArray && tagging.is_constant_pool;
        let name = match is_nameless {
            true => tagging.name.unwrap_or(NameId::EMPTY),
            false => self.system_name(kind),
        };
        (node_kind, name)
    }

    fn is_nameless(&self, kind: ObjectType) -> bool {
        self.walk.heap.layout.is_fixed_array(kind)
            || matches!(kind, ObjectType::FixedDoubleArray | ObjectType::ByteArray)
    }

    /// The kind of what is neither JavaScript's nor tagged.
    fn system_kind(&self, kind: ObjectType) -> NodeKind {
        use ObjectType as T;
        match kind {
            T::AllocationSite
            | T::ArrayBoilerplateDescription
            | T::BytecodeArray
            | T::ClosureFeedbackCellArray
            | T::FeedbackCell
            | T::FeedbackMetadata
            | T::FeedbackVector
            | T::InterpreterData
            | T::LoadHandler
            | T::ObjectBoilerplateDescription
            | T::PreparseData
            | T::RegExpBoilerplateDescription
            | T::ScopeInfo
            | T::StoreHandler
            | T::TemplateObjectDescription
            | T::TurbofanBitsetType
            | T::TurbofanHeapConstantType
            | T::TurbofanOtherNumberConstantType
            | T::TurbofanRangeType
            | T::TurbofanUnionType
            | T::UncompiledDataWithPreparseData
            | T::UncompiledDataWithPreparseDataAndJob
            | T::UncompiledDataWithoutPreparseData
            | T::UncompiledDataWithoutPreparseDataWithJob => NodeKind::Code,
            T::BytecodeWrapper | T::CodeWrapper
                if self.walk.heap.layout.version >= V8Version::V13_6 =>
            {
                NodeKind::Code
            }
            T::DescriptorArray
            | T::StrongDescriptorArray
            | T::TransitionArray
            | T::PrototypeInfo
            | T::EnumCache => NodeKind::ObjectShape,
            kind if self.is_nameless(kind) => NodeKind::Array,
            _ => NodeKind::Hidden,
        }
    }

    /// "system / Cell".
    fn system_name(&self, kind: ObjectType) -> NameId {
        let mut known = self.system_names.borrow_mut();
        let index = kind as usize;
        if known.len() <= index {
            known.resize(index + 1, None);
        }
        *known[index].get_or_insert_with(|| {
            let text = format!("system / {}", kind.class_name());
            self.walk.names.text(&text)
        })
    }

    fn tagging(&self, object: Address) -> Tagging {
        self.objects
            .rank(object)
            .map_or(UNTAGGED, |rank| self.tags.of(&self.walk.names, rank))
    }

    /// The text of a string or a symbol.
    fn name_or_empty(&self, name: Option<Address>) -> NameId {
        name.map_or(NameId::EMPTY, |name| {
            self.walk.names.of_name(&self.walk.heap, name)
        })
    }

    fn is_private_symbol(&self, symbol: Address) -> bool {
        let heap = &self.walk.heap;
        let flags = heap.u32_field(symbol, fields::SYMBOL_FLAGS);
        flags & heap.layout.offsets.symbol_private_mask != 0
    }

    /// Bytes that the node counts. From 13.6 on that is nothing for what all processes share, and
    /// for strings of the embedder their text too.
    #[inline]
    pub(super) fn self_size(&self, object: Address, class: &HiddenClass) -> u64 {
        let heap = &self.walk.heap;
        let is_new = heap.layout.version >= V8Version::V13_6;
        if is_new && heap.memory.is_read_only(object) {
            return 0;
        }
        if class.object_type == ObjectType::WasmNull {
            return WASM_NULL_BYTES;
        }
        let size = object_body::size(heap, object, class);
        match class.object_type {
            ObjectType::String if is_new => size + self.external_text(object, class),
            _ => size,
        }
    }

    /// Bytes of a string's text that the embedder holds.
    fn external_text(&self, string: Address, class: &HiddenClass) -> u64 {
        let heap = &self.walk.heap;
        let flags = class.instance_type;
        let is_external = flags & string_type::REPRESENTATION_MASK == string_type::EXTERNAL;
        if !is_external || heap.u64_field(string, fields::EXTERNAL_STRING_RESOURCE) == 0 {
            return 0;
        }
        let length = heap.i32_field(string, fields::STRING_LENGTH).max(0) as u64;
        match flags & string_type::ONE_BYTE != 0 {
            true => length,
            false => 2 * length,
        }
    }
}

/// Whether an object is a plain one or an array: these are named by their class names alone.
#[inline(always)]
pub(super) fn is_plain(kind: ObjectType) -> bool {
    matches!(kind, ObjectType::JSObject | ObjectType::JSArray)
}

const UNTAGGED: Tagging = Tagging {
    name: None,
    kind: None,
    is_constant_pool: false,
};

/// Types beside fixed arrays that owners may have a say on.
fn can_be_tagged(kind: ObjectType) -> bool {
    use ObjectType as T;
    matches!(
        kind,
        T::ByteArray
            | T::Cell
            | T::Code
            | T::FixedDoubleArray
            | T::ProtectedFixedArray
            | T::AtomRegExpData
            | T::IrRegExpData
            | T::RegExpData
            | T::TrustedByteArray
            | T::TrustedFixedArray
            | T::TrustedWeakFixedArray
            | T::WeakArrayList
            | T::WeakFixedArray
    )
}

/// Generators, async functions that run, and async generators.
pub(super) fn is_generator(kind: ObjectType) -> bool {
    matches!(
        kind,
        ObjectType::JSGeneratorObject
            | ObjectType::JSAsyncFunctionObject
            | ObjectType::JSAsyncGeneratorObject
    )
}

/// V8's name for the class of a string: "SeqOneByteString", or "OneByteString" up to 11.3.
fn string_class(version: V8Version, flags: u16) -> String {
    let is_new = version >= V8Version::V12_4;
    let is = |flag: u16| flags & flag != 0;
    let is_external = flags & string_type::REPRESENTATION_MASK == string_type::EXTERNAL;
    let internalized = match is(string_type::NOT_INTERNALIZED) {
        true => "",
        false => "Internalized",
    };
    let representation = match flags & string_type::REPRESENTATION_MASK {
        string_type::CONS => "Cons",
        string_type::EXTERNAL => "External",
        string_type::SLICED => "Sliced",
        string_type::THIN => "Thin",
        _ if is_new && internalized.is_empty() => "Seq",
        _ => "",
    };
    let shared = if is(string_type::SHARED) {
        "Shared"
    } else {
        ""
    };
    let uncached = match is_external && is(string_type::UNCACHED) {
        true => "Uncached",
        false => "",
    };
    match (is_new, is(string_type::ONE_BYTE)) {
        (true, true) => format!("{shared}{uncached}{representation}{internalized}OneByteString"),
        (true, false) => format!("{shared}{uncached}{representation}{internalized}TwoByteString"),
        (false, true) => format!("{shared}{uncached}{representation}OneByte{internalized}String"),
        (false, false) => format!("{shared}{uncached}{representation}{internalized}String"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_classes_of_strings_are_called_as_v8_calls_them() {
        for (flags, old, new) in [
            (32, "String", "SeqTwoByteString"),
            (40, "OneByteString", "SeqOneByteString"),
            (0, "InternalizedString", "InternalizedTwoByteString"),
            (8, "OneByteInternalizedString", "InternalizedOneByteString"),
            (33, "ConsString", "ConsTwoByteString"),
            (43, "SlicedOneByteString", "SlicedOneByteString"),
            (37, "ThinString", "ThinTwoByteString"),
            (42, "ExternalOneByteString", "ExternalOneByteString"),
            (
                58,
                "UncachedExternalOneByteString",
                "UncachedExternalOneByteString",
            ),
            (
                10,
                "ExternalOneByteInternalizedString",
                "ExternalInternalizedOneByteString",
            ),
            (104, "SharedOneByteString", "SharedSeqOneByteString"),
        ] {
            assert_eq!(string_class(V8Version::V11_3, flags), old, "{flags}");
            assert_eq!(string_class(V8Version::V14_6, flags), new, "{flags}");
        }
    }
}
