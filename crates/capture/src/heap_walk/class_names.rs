//! The names of the constructors that JavaScript objects are shown with.
//!
//! V8's rules (`JSReceiver::GetConstructorName`), in their order: the function that made the hidden
//! class, unless it is a prototype's or a subclass was asked for; a `Symbol.toStringTag` of the
//! object or its prototypes; a `constructor` of the prototypes; the kind of object. A function called
//! `Object` or nothing says too little: the next rule is tried.
//!
//! All of that but the object's own tag follows from the hidden class, and what the prototypes say
//! follows from the first of them: both are looked up once, O(properties of the prototypes), and then
//! O(1) an object.

use std::cell::Cell;

use super::address_table::AddressTable;
use super::functions;
use super::heap::{Heap, HiddenClass};
use super::names::{NameId, Names};
use super::properties::{self, Found, Place};
use super::strings;
use super::tagged::{Address, Tagged};
use crate::v8_layout::{ObjectType, V8Version, fields};

/// Prototypes that are followed; longer chains are made up to be long.
const MAX_PROTOTYPES: u32 = 1000;
/// Maps from a map to the one that began its tree of transitions: at most one for each property.
const MAX_BACK_POINTERS: u32 = 2000;

/// What an object was made by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ClassName {
    /// The name to show.
    pub(crate) name: NameId,
    /// The function that has it; its source is where V8 locates the object.
    pub(crate) constructor: Option<Address>,
}

/// What the hidden class alone says, and where the object itself has a say.
#[derive(Clone, Copy)]
struct OfClass {
    class_name: ClassName,
    tag: OwnTag,
    /// Without a tag it is the value that the object wraps that names it.
    is_wrapper: bool,
}

/// Whether the object has a tag, which if it is a string is its name.
#[derive(Clone, Copy)]
enum OwnTag {
    None,
    At(Place),
    /// Maybe one in its dictionary.
    InDictionary,
}

/// The names of hidden classes that were looked up.
pub(crate) struct ClassNames {
    by_map: AddressTable<OfClass>,
    /// What prototypes say, by the first of them.
    by_prototype: AddressTable<Option<ClassName>>,
    keys: Keys,
}

impl ClassNames {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        ClassNames {
            by_map: AddressTable::new(),
            by_prototype: AddressTable::new(),
            keys: Keys::default(),
        }
    }

    /// What V8 says made a JavaScript object that is no function.
    #[inline]
    pub(crate) fn of(
        &self,
        heap: &Heap,
        names: &Names,
        object: Address,
        class: &HiddenClass,
    ) -> ClassName {
        let of_class = self.of_class(heap, names, class);
        self.own_name(heap, names, object, class, &of_class)
            .unwrap_or(of_class.class_name)
    }

    /// The same for all objects of a class; `None` if they have a say.
    pub(crate) fn of_all(
        &self,
        heap: &Heap,
        names: &Names,
        class: &HiddenClass,
    ) -> Option<ClassName> {
        let of_class = self.of_class(heap, names, class);
        let is_same = matches!(of_class.tag, OwnTag::None) && !of_class.is_wrapper;
        is_same.then_some(of_class.class_name)
    }

    #[inline(always)]
    fn of_class(&self, heap: &Heap, names: &Names, class: &HiddenClass) -> OfClass {
        self.by_map
            .get_or(class.map, || self.look_up(heap, names, class))
    }

    fn look_up(&self, heap: &Heap, names: &Names, class: &HiddenClass) -> OfClass {
        if let Some(class_name) = self.of_constructor(heap, names, class) {
            return OfClass {
                class_name,
                tag: OwnTag::None,
                is_wrapper: false,
            };
        }
        let of_prototypes = self.of_prototypes(heap, names, class);
        OfClass {
            class_name: of_prototypes.unwrap_or_else(|| kind(names, kind_name(heap, class))),
            tag: self.own_tag(heap, class),
            is_wrapper: of_prototypes.is_none() && depends_on_value(class),
        }
    }

    /// The function that made the class or, from 13.6 on, the template.
    fn of_constructor(&self, heap: &Heap, names: &Names, class: &HiddenClass) -> Option<ClassName> {
        // Prototypes lose their constructor when V8 optimizes them.
        if !new_target_is_base(class) || class.is_prototype_map() {
            return None;
        }
        let constructor = constructor(heap, class.map)?;
        let kind = heap.type_of(constructor)?;
        let version = heap.layout.version;
        if kind.is_js_function() {
            let name = match version >= V8Version::V14_6 {
                true => self.function_name(heap, constructor),
                false => functions::debug_name(heap, functions::shared(heap, constructor)?),
            };
            return self.meaningful(heap, names, constructor, name?);
        }
        if kind == ObjectType::FunctionTemplateInfo && version >= V8Version::V13_6 {
            return template_name(heap, names, constructor);
        }
        None
    }

    /// The name of a function for people, which from 14.6 on may be an own property.
    fn function_name(&self, heap: &Heap, function: Address) -> Option<Address> {
        let shared = functions::shared(heap, function)?;
        let class = heap.class_of(function)?;
        let is_name = |key| self.keys.is_name(heap, key);
        // While the second property is the native accessor that all functions begin with, nobody
        // gave the function another name.
        let untouched = !class.is_dictionary_map()
            && properties::descriptors(heap, &class)
                .nth(1)
                .is_some_and(|second| is_name(second.key) && is_native(heap, second.value));
        if !untouched {
            match properties::find(heap, function, &class, is_name) {
                Some(Found::Data(place)) => {
                    let name = properties::value_at(heap, function, place).strong();
                    if let Some(name) = name.filter(|&name| strings::is_string(heap, name)) {
                        return Some(name);
                    }
                }
                // The native accessor elsewhere says the name in the source, even if it is empty.
                Some(Found::Accessor(native)) if is_native(heap, native) => {
                    return functions::name(heap, shared);
                }
                _ => {}
            }
        }
        functions::debug_name(heap, shared)
    }

    /// The name of a constructor, if it says something.
    fn meaningful(
        &self,
        heap: &Heap,
        names: &Names,
        constructor: Address,
        name: Address,
    ) -> Option<ClassName> {
        if strings::length(heap, name) == 0 || strings::is(heap, name, "Object") {
            return None;
        }
        Some(ClassName {
            name: names.of_name(heap, name),
            constructor: Some(constructor),
        })
    }

    /// Where an object of a class has a tag of its own, if it has one.
    fn own_tag(&self, heap: &Heap, class: &HiddenClass) -> OwnTag {
        if class.is_dictionary_map() {
            return OwnTag::InDictionary;
        }
        let is_tag = |key| self.keys.is_symbol_of_string_tag(heap, key);
        match properties::find_fast(heap, class, is_tag) {
            Some(Found::Data(place)) => OwnTag::At(place),
            _ => OwnTag::None,
        }
    }

    /// The name that an object gives itself.
    #[inline]
    fn own_name(
        &self,
        heap: &Heap,
        names: &Names,
        object: Address,
        class: &HiddenClass,
        of_class: &OfClass,
    ) -> Option<ClassName> {
        let tag = match of_class.tag {
            OwnTag::None => None,
            OwnTag::At(place) => as_string(heap, properties::value_at(heap, object, place)),
            OwnTag::InDictionary if !may_have_tag(heap, object) => None,
            OwnTag::InDictionary => self.tag(heap, object, class),
        };
        if let Some(tag) = tag {
            return Some(tagged_name(heap, names, tag));
        }
        if of_class.is_wrapper {
            return Some(kind(names, value_name(heap, object, class)?));
        }
        None
    }

    /// The tag of an object, as its own property.
    fn tag(&self, heap: &Heap, object: Address, class: &HiddenClass) -> Option<Address> {
        let is_tag = |key| self.keys.is_symbol_of_string_tag(heap, key);
        as_string(heap, own_data(heap, object, class, is_tag)?)
    }

    /// What the prototypes of a class say.
    fn of_prototypes(&self, heap: &Heap, names: &Names, class: &HiddenClass) -> Option<ClassName> {
        let first = heap.object_field(class.map, fields::MAP_PROTOTYPE)?;
        let behind_proxy = class.object_type == ObjectType::JSGlobalProxy;
        if behind_proxy {
            return self.along_prototypes(heap, names, first, behind_proxy);
        }
        self.by_prototype.get_or(first, || {
            self.along_prototypes(heap, names, first, behind_proxy)
        })
    }

    fn along_prototypes(
        &self,
        heap: &Heap,
        names: &Names,
        first: Address,
        mut behind_proxy: bool,
    ) -> Option<ClassName> {
        let mut prototype = first;
        for _ in 0..MAX_PROTOTYPES {
            let class = heap.class_of(prototype)?;
            if !class.object_type.is_js_receiver() {
                return None;
            }
            if let Some(found) = self.of_prototype(heap, names, prototype, &class, behind_proxy) {
                return Some(found);
            }
            behind_proxy = class.object_type == ObjectType::JSGlobalProxy;
            prototype = heap.object_field(class.map, fields::MAP_PROTOTYPE)?;
        }
        None
    }

    fn of_prototype(
        &self,
        heap: &Heap,
        names: &Names,
        prototype: Address,
        class: &HiddenClass,
        behind_proxy: bool,
    ) -> Option<ClassName> {
        if let Some(tag) = self.tag(heap, prototype, class) {
            return Some(tagged_name(heap, names, tag));
        }
        if behind_proxy && heap.layout.version >= V8Version::V14_6 {
            let template = constructor(heap, class.map)
                .and_then(|template| template_name(heap, names, template));
            if template.is_some() {
                return template;
            }
        }
        let is_constructor = |key| self.keys.is_constructor(heap, key);
        let constructor = own_data(heap, prototype, class, is_constructor)?.strong()?;
        if !heap.type_of(constructor)?.is_js_function() {
            return None;
        }
        let name = functions::debug_name(heap, functions::shared(heap, constructor)?)?;
        self.meaningful(heap, names, constructor, name)
    }
}

/// Whether the class belongs to the function in it and not to a subclass.
fn new_target_is_base(class: &HiddenClass) -> bool {
    class.bit_field2 & 1 == 1
}

/// What a map's tree of transitions began with: a function or a template, usually.
fn constructor(heap: &Heap, map: Address) -> Option<Address> {
    let mut at = map;
    for _ in 0..MAX_BACK_POINTERS {
        at = heap.object_field(at, fields::MAP_CONSTRUCTOR_OR_BACK_POINTER)?;
        match heap.type_of(at)? {
            ObjectType::Map => {}
            // With the value that the function's `prototype` has, if that is no object.
            ObjectType::Tuple2 => return heap.object_field(at, fields::TUPLE2_VALUE1),
            _ => return Some(at),
        }
    }
    None
}

/// The class name of a function template, even if it is empty.
fn template_name(heap: &Heap, names: &Names, template: Address) -> Option<ClassName> {
    if heap.type_of(template)? != ObjectType::FunctionTemplateInfo {
        return None;
    }
    let field = heap.layout.offsets.function_template_info_class_name;
    let name = as_string(heap, heap.field(template, field))?;
    Some(tagged_name(heap, names, name))
}

/// A name that no function has.
fn tagged_name(heap: &Heap, names: &Names, name: Address) -> ClassName {
    ClassName {
        name: names.of_name(heap, name),
        constructor: None,
    }
}

fn as_string(heap: &Heap, value: Tagged) -> Option<Address> {
    value
        .strong()
        .filter(|&string| strings::is_string(heap, string))
}

/// Whether a value is native code in the place of an accessor.
fn is_native(heap: &Heap, value: Tagged) -> bool {
    let object = value.strong();
    object.is_some_and(|object| heap.type_of(object) == Some(ObjectType::AccessorInfo))
}

/// The value of an own property; `None` if there is none or an accessor. Behind a global proxy is
/// the global object, whose properties pass for its own; proxies and WebAssembly's objects have none.
fn own_data(
    heap: &Heap,
    object: Address,
    class: &HiddenClass,
    is_key: impl Fn(Address) -> bool,
) -> Option<Tagged> {
    if !class.object_type.is_js_object() {
        return None;
    }
    let value = |object, class: &HiddenClass| match properties::find(heap, object, class, &is_key)?
    {
        Found::Data(place) => Some(Some(properties::value_at(heap, object, place))),
        Found::Accessor(_) => Some(None),
    };
    if let Some(found) = value(object, class) {
        return found;
    }
    if class.object_type != ObjectType::JSGlobalProxy {
        return None;
    }
    let global = heap.object_field(class.map, fields::MAP_PROTOTYPE)?;
    let class = heap.class_of(global)?;
    match class.object_type.is_js_object() {
        true => value(global, &class)?,
        false => None,
    }
}

/// Whether an object's dictionary may have a tag. V8 notes it in the dictionary's flags, so that
/// most need not be searched.
fn may_have_tag(heap: &Heap, object: Address) -> bool {
    let Some(table) = heap.object_field(object, fields::JS_OBJECT_PROPERTIES) else {
        return false;
    };
    match heap.type_of(table) {
        Some(ObjectType::NameDictionary) => {
            let flags = heap.smi_field(table, fields::NAME_DICTIONARY_FLAGS);
            flags.unwrap_or(1) & 1 == 1
        }
        Some(ObjectType::GlobalDictionary) => true,
        _ => false,
    }
}

/// Whether the kind of an object depends on what is in it.
fn depends_on_value(class: &HiddenClass) -> bool {
    matches!(
        class.object_type,
        ObjectType::JSPrimitiveWrapper | ObjectType::JSArrayBuffer
    )
}

/// The name of a kind of objects.
fn kind(names: &Names, name: &'static str) -> ClassName {
    ClassName {
        name: names.fixed(name),
        constructor: None,
    }
}

/// The name of the kind of an object, by what is in it.
fn value_name(heap: &Heap, object: Address, class: &HiddenClass) -> Option<&'static str> {
    if class.object_type == ObjectType::JSArrayBuffer {
        let flags = heap.u32_field(object, heap.layout.offsets.js_array_buffer_flags);
        let is_shared = flags & fields::JS_ARRAY_BUFFER_IS_SHARED != 0;
        return is_shared.then_some("SharedArrayBuffer");
    }
    let value = heap.field(object, fields::JS_PRIMITIVE_WRAPPER_VALUE);
    if value.is_smi() {
        return Some("Number");
    }
    Some(match heap.type_of(value.strong()?)? {
        ObjectType::Oddball => "Boolean",
        ObjectType::String => "String",
        ObjectType::HeapNumber => "Number",
        ObjectType::BigInt => "BigInt",
        ObjectType::Symbol => "Symbol",
        ObjectType::Script => "Script",
        _ => return None,
    })
}

/// The name of the kind of an object (V8's `JSReceiver::class_name`).
fn kind_name(heap: &Heap, class: &HiddenClass) -> &'static str {
    match class.object_type {
        kind if kind.is_js_function() => "Function",
        ObjectType::JSBoundFunction | ObjectType::JSWrappedFunction => "Function",
        ObjectType::JSArgumentsObject => "Arguments",
        ObjectType::JSArray => "Array",
        ObjectType::JSArrayBuffer => "ArrayBuffer",
        ObjectType::JSArrayIterator => "Array Iterator",
        ObjectType::JSDate => "Date",
        ObjectType::JSError => "Error",
        ObjectType::JSGeneratorObject
        | ObjectType::JSAsyncFunctionObject
        | ObjectType::JSAsyncGeneratorObject => "Generator",
        ObjectType::JSMap => "Map",
        ObjectType::JSMapKeyIterator
        | ObjectType::JSMapKeyValueIterator
        | ObjectType::JSMapValueIterator => "Map Iterator",
        ObjectType::JSRegExp => "RegExp",
        ObjectType::JSSet => "Set",
        ObjectType::JSSetKeyValueIterator | ObjectType::JSSetValueIterator => "Set Iterator",
        ObjectType::JSTypedArray => typed_array_name(heap, class.elements_kind()),
        ObjectType::JSWeakMap => "WeakMap",
        ObjectType::JSWeakSet => "WeakSet",
        ObjectType::JSGlobalProxy if heap.layout.version < V8Version::V14_6 => "global",
        ObjectType::JSSharedStruct => "SharedStruct",
        ObjectType::JSSharedArray => "SharedArray",
        ObjectType::JSAtomicsMutex => "Atomics.Mutex",
        ObjectType::JSAtomicsCondition => "Atomics.Condition",
        _ => "Object",
    }
}

/// The constructor of typed arrays of a kind of elements. Those that grow with their buffer have
/// kinds of their own, which V8 leaves at "Object".
fn typed_array_name(heap: &Heap, elements_kind: u8) -> &'static str {
    const NAMES: [&str; 12] = [
        "Uint8Array",
        "Int8Array",
        "Uint16Array",
        "Int16Array",
        "Uint32Array",
        "Int32Array",
        "Float32Array",
        "Float64Array",
        "Uint8ClampedArray",
        "BigUint64Array",
        "BigInt64Array",
        "Float16Array",
    ];
    let known = match heap.layout.version >= V8Version::V12_4 {
        true => NAMES.len(),
        false => NAMES.len() - 1,
    };
    usize::from(elements_kind)
        .checked_sub(usize::from(fields::elements_kind::FIRST_TYPED_ARRAY))
        .and_then(|index| NAMES[..known].get(index))
        .copied()
        .unwrap_or("Object")
}

/// The keys that the rules ask for. Each is one object in the whole heap: recognized by its contents
/// once, by its address from then on.
#[derive(Default)]
struct Keys {
    symbol_of_string_tag: Cell<Option<Address>>,
    constructor: Cell<Option<Address>>,
    name: Cell<Option<Address>>,
}

impl Keys {
    fn is_constructor(&self, heap: &Heap, key: Address) -> bool {
        is_known(&self.constructor, key, || is_text(heap, key, "constructor"))
    }

    fn is_name(&self, heap: &Heap, key: Address) -> bool {
        is_known(&self.name, key, || is_text(heap, key, "name"))
    }

    fn is_symbol_of_string_tag(&self, heap: &Heap, key: Address) -> bool {
        is_known(&self.symbol_of_string_tag, key, || is_tag_symbol(heap, key))
    }
}

fn is_known(known: &Cell<Option<Address>>, key: Address, is_it: impl Fn() -> bool) -> bool {
    match known.get() {
        Some(address) => address == key,
        None if is_it() => {
            known.set(Some(key));
            true
        }
        None => false,
    }
}

fn is_text(heap: &Heap, key: Address, text: &str) -> bool {
    strings::length(heap, key) as usize == text.len()
        && strings::is_string(heap, key)
        && strings::is(heap, key, text)
}

/// Whether a key is the well-known symbol `Symbol.toStringTag`. Other symbols may have the same
/// description.
fn is_tag_symbol(heap: &Heap, key: Address) -> bool {
    let flags = heap.u32_field(key, fields::SYMBOL_FLAGS);
    flags & heap.layout.offsets.symbol_well_known != 0
        && heap.type_of(key) == Some(ObjectType::Symbol)
        && heap
            .object_field(key, fields::SYMBOL_DESCRIPTION)
            .is_some_and(|description| is_text(heap, description, "Symbol.toStringTag"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{Row, TestHeap, VERSIONS, field_details, smi};
    use crate::v8_layout::fields::property_details::{ACCESSOR, IN_DESCRIPTOR};

    const OBJECT: u32 = fields::JS_OBJECT_HEADER_SIZE;

    fn class_name(heap: &TestHeap, object: Address) -> (String, Option<Address>) {
        let (names, class_names) = (Names::new(), ClassNames::new());
        let class = heap.class_of(object);
        heap.read(|heap| {
            let first = class_names.of(heap, &names, object, &class);
            assert_eq!(
                class_names.of(heap, &names, object, &class),
                first,
                "once more"
            );
            (names.get(first.name), first.constructor)
        })
    }

    fn function(heap: &mut TestHeap, name: &str) -> Address {
        let name = heap.string(name);
        let shared = heap.shared(name, None);
        heap.function(shared)
    }

    /// A map of objects that a function made.
    fn map_of(heap: &mut TestHeap, constructor: Address, prototype: Address) -> Address {
        let map = heap.map(ObjectType::JSObject, OBJECT + 8);
        heap.set_u8(map, fields::MAP_BIT_FIELD_2, 1);
        heap.set(
            map,
            fields::MAP_CONSTRUCTOR_OR_BACK_POINTER,
            constructor.tagged(),
        );
        heap.set(map, fields::MAP_PROTOTYPE, prototype.tagged());
        map
    }

    /// A prototype with constant properties.
    fn prototype(heap: &mut TestHeap, rows: &[Row], next: Address) -> Address {
        let map = heap.map(ObjectType::JSObject, OBJECT);
        heap.set(map, fields::MAP_PROTOTYPE, next.tagged());
        heap.describe(map, rows);
        heap.object(map, OBJECT)
    }

    fn constant(key: Address, value: Address) -> Row {
        (key, IN_DESCRIPTOR, value.tagged())
    }

    #[test]
    fn the_function_that_made_the_class_is_found_behind_its_transitions() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (user, null) = (function(&mut heap, "User"), heap.undefined());
            let first = map_of(&mut heap, user, null);
            let second = map_of(&mut heap, first, null);
            let third = map_of(&mut heap, second, null);
            let object = heap.object(third, OBJECT + 8);
            assert_eq!(class_name(&heap, object), ("User".to_owned(), Some(user)));

            let tuple = heap.struct_of(ObjectType::Tuple2, &[user.tagged(), smi(1)]);
            heap.set(
                first,
                fields::MAP_CONSTRUCTOR_OR_BACK_POINTER,
                tuple.tagged(),
            );
            assert_eq!(class_name(&heap, object), ("User".to_owned(), Some(user)));

            // A map among its own ancestors ends, too.
            heap.set(
                first,
                fields::MAP_CONSTRUCTOR_OR_BACK_POINTER,
                third.tagged(),
            );
            assert_eq!(class_name(&heap, object), ("Object".to_owned(), None));
        }
    }

    #[test]
    fn a_subclass_is_named_by_its_prototypes() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let null = heap.undefined();
            let (base, derived) = (function(&mut heap, "Base"), function(&mut heap, "Derived"));
            let key = heap.string("constructor");
            let parent = prototype(&mut heap, &[constant(key, base)], null);
            let child = prototype(&mut heap, &[constant(key, derived)], parent);
            let map = map_of(&mut heap, base, child);
            heap.set_u8(map, fields::MAP_BIT_FIELD_2, 0);
            let object = heap.object(map, OBJECT + 8);
            assert_eq!(
                class_name(&heap, object),
                ("Derived".to_owned(), Some(derived))
            );
            // The own `constructor` of a prototype doesn't name the prototype itself.
            assert_eq!(class_name(&heap, child), ("Base".to_owned(), Some(base)));
            assert_eq!(class_name(&heap, parent), ("Object".to_owned(), None));
        }
    }

    #[test]
    fn each_class_has_the_name_of_its_own_prototypes() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let (null, key) = (heap.undefined(), heap.string("constructor"));
        let objects = ["First", "Second", "First"].map(|name| {
            let constructor = function(&mut heap, name);
            let prototype = prototype(&mut heap, &[constant(key, constructor)], null);
            let map = map_of(&mut heap, null, prototype);
            heap.object(map, OBJECT + 8)
        });
        let classes = objects.map(|object| (object, heap.class_of(object)));
        let (names, class_names) = (Names::new(), ClassNames::new());
        heap.read(|heap| {
            let of = |(object, class)| class_names.of(heap, &names, object, &class);
            let [first, second, third] = classes.map(of);
            assert_eq!(names.get(second.name), "Second");
            assert_eq!(first.name, third.name);
            assert_ne!(first.constructor, third.constructor);
            assert_eq!(classes.map(of), [first, second, third], "once more");
        });
    }

    #[test]
    fn a_constructor_called_object_or_nothing_says_too_little() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let null = heap.undefined();
            let made_by = function(&mut heap, "Object");
            let (nameless, named) = (function(&mut heap, ""), function(&mut heap, "Named"));
            let key = heap.string("constructor");
            let last = prototype(&mut heap, &[constant(key, named)], null);
            let first = prototype(&mut heap, &[constant(key, nameless)], last);
            let map = map_of(&mut heap, made_by, first);
            let object = heap.object(map, OBJECT + 8);
            assert_eq!(class_name(&heap, object), ("Named".to_owned(), Some(named)));
        }
    }

    #[test]
    fn a_tag_of_the_object_is_its_own_and_of_a_prototype_that_of_all() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (null, key) = (heap.undefined(), heap.string("constructor"));
            let object_function = function(&mut heap, "Object");
            let impostor = heap.symbol(Some("Symbol.toStringTag"), 0);
            let tag = heap.symbol_of_string_tag();
            let [mine, yours, all] = ["Mine", "Yours", "All"].map(|text| heap.string(text));
            let rows = [
                constant(impostor, mine),
                constant(key, object_function),
                constant(tag, all),
            ];
            let shared = prototype(&mut heap, &rows, null);
            let map = map_of(&mut heap, object_function, shared);
            heap.describe(map, &[(tag, field_details(0), smi(0))]);
            let objects = [mine.tagged(), yours.tagged(), smi(3)].map(|value| {
                let object = heap.object(map, OBJECT + 8);
                heap.set(object, OBJECT, value);
                object
            });
            let found = objects.map(|object| class_name(&heap, object));
            let expected = ["Mine", "Yours", "All"].map(|name| (name.to_owned(), None));
            assert_eq!(found, expected, "{version:?}");
        }
    }

    #[test]
    fn a_tag_in_a_dictionary_is_looked_for_if_the_dictionary_says_so() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (tag, mine) = (heap.symbol_of_string_tag(), heap.string("Mine"));
            let map = heap.dictionary_map(ObjectType::JSObject);
            let object = heap.object(map, OBJECT);
            for (flags, expected) in [(1, "Mine"), (0, "Object")] {
                let rows = [(tag, 0, mine.tagged())];
                let table = heap.name_dictionary(&rows, flags);
                heap.set(object, fields::JS_OBJECT_PROPERTIES, table.tagged());
                assert_eq!(class_name(&heap, object), (expected.to_owned(), None));
            }
        }
    }

    #[test]
    fn objects_of_a_template_have_its_name_from_13_6_on() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let name = heap.string("Wrapper");
            let field = heap.layout.offsets.function_template_info_class_name;
            let template = heap.struct_of(ObjectType::FunctionTemplateInfo, &[smi(0); 16]);
            heap.set(template, field, name.tagged());
            let null = heap.undefined();
            let map = map_of(&mut heap, template, null);
            let object = heap.object(map, OBJECT + 8);
            let expected = match version >= V8Version::V13_6 {
                true => "Wrapper",
                false => "Object",
            };
            assert_eq!(class_name(&heap, object), (expected.to_owned(), None));
        }
    }

    #[test]
    fn a_static_name_counts_in_the_newest_version() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (null, constructor) = (heap.undefined(), function(&mut heap, "Source"));
            let [length, key, own] = ["length", "name", "Own"].map(|text| heap.string(text));
            let native = heap.struct_of(ObjectType::AccessorInfo, &[smi(0); 8]);
            let accessor = IN_DESCRIPTOR | ACCESSOR;
            let map = heap.class_of(constructor).map;
            let object_map = map_of(&mut heap, constructor, null);
            let object = heap.object(object_map, OBJECT + 8);

            let untouched = [
                (length, accessor, native.tagged()),
                (key, accessor, native.tagged()),
            ];
            heap.describe(map, &untouched);
            let source = ("Source".to_owned(), Some(constructor));
            assert_eq!(class_name(&heap, object), source);

            heap.describe(map, &[untouched[0], constant(key, own)]);
            let newest = version == V8Version::V14_6;
            let expected = if newest { "Own" } else { "Source" };
            let expected = (expected.to_owned(), Some(constructor));
            assert_eq!(class_name(&heap, object), expected, "{version:?}");

            // The native accessor says the name in the source wherever it is.
            heap.describe(map, &[untouched[1], untouched[0]]);
            assert_eq!(class_name(&heap, object), source);
            let nothing = heap.string("");
            heap.describe(map, &[constant(key, nothing)]);
            let expected = match newest {
                true => ("Object".to_owned(), None),
                false => source.clone(),
            };
            assert_eq!(class_name(&heap, object), expected, "{version:?}");

            // A value that is no string is no name.
            heap.describe(map, &[constant(key, native), untouched[0]]);
            assert_eq!(class_name(&heap, object), source);
        }
    }

    #[test]
    fn a_function_with_an_inferred_name_has_none_for_its_native_accessor() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (empty, inferred) = (heap.string(""), heap.string("Inferred"));
            let shared = heap.shared(empty, None);
            let kind = ObjectType::UncompiledDataWithoutPreparseData;
            let data = heap.struct_of(kind, &[inferred.tagged(), smi(0)]);
            let offsets = heap.layout.offsets;
            let field = offsets
                .shared_function_info_function_data
                .or(offsets.shared_function_info_trusted_function_data)
                .unwrap();
            heap.set(shared, field, data.tagged());
            let (constructor, null) = (heap.function(shared), heap.undefined());
            let map = map_of(&mut heap, constructor, null);
            let object = heap.object(map, OBJECT + 8);
            let named = ("Inferred".to_owned(), Some(constructor));
            assert_eq!(class_name(&heap, object), named);

            // Not where functions have it: V8 asks for the property.
            let name = heap.string("name");
            let native = heap.struct_of(ObjectType::AccessorInfo, &[smi(0); 8]);
            let function_map = heap.class_of(constructor).map;
            heap.describe(
                function_map,
                &[(name, IN_DESCRIPTOR | ACCESSOR, native.tagged())],
            );
            let expected = match version == V8Version::V14_6 {
                true => ("Object".to_owned(), None),
                false => named,
            };
            assert_eq!(class_name(&heap, object), expected, "{version:?}");
        }
    }

    #[test]
    fn without_prototypes_the_kind_is_the_name() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let mut of_kind = |kind, elements_kind: u8, value: Tagged| {
                let map = heap.map(kind, OBJECT + 8);
                heap.set_u8(map, fields::MAP_BIT_FIELD_2, elements_kind << 2);
                let object = heap.object(map, OBJECT + 8);
                heap.set(object, OBJECT, value);
                class_name(&heap, object).0
            };
            assert_eq!(of_kind(ObjectType::JSArray, 2, smi(0)), "Array");
            assert_eq!(
                of_kind(ObjectType::JSMapKeyIterator, 2, smi(0)),
                "Map Iterator"
            );
            assert_eq!(of_kind(ObjectType::JSTypedArray, 18, smi(0)), "Uint8Array");
            assert_eq!(
                of_kind(ObjectType::JSTypedArray, 28, smi(0)),
                "BigInt64Array"
            );
            let old = version == V8Version::V11_3;
            let half = if old { "Object" } else { "Float16Array" };
            assert_eq!(of_kind(ObjectType::JSTypedArray, 29, smi(0)), half);
            assert_eq!(of_kind(ObjectType::JSTypedArray, 30, smi(0)), "Object");
            assert_eq!(of_kind(ObjectType::JSPrimitiveWrapper, 2, smi(1)), "Number");
            assert_eq!(of_kind(ObjectType::JSObject, 2, smi(0)), "Object");
        }
    }

    #[test]
    fn a_wrapper_with_a_dictionary_may_have_a_tag_or_not() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let map = heap.dictionary_map(ObjectType::JSPrimitiveWrapper);
            let (tag, mine) = (heap.symbol_of_string_tag(), heap.string("Mine"));
            for (rows, expected) in [(&[(tag, 0, mine.tagged())][..], "Mine"), (&[], "String")] {
                let table = heap.name_dictionary(rows, 1);
                let wrapper = heap.object(map, OBJECT + 8);
                heap.set(wrapper, fields::JS_OBJECT_PROPERTIES, table.tagged());
                let field = fields::JS_PRIMITIVE_WRAPPER_VALUE;
                heap.set(wrapper, field, mine.tagged());
                assert_eq!(class_name(&heap, wrapper), (expected.to_owned(), None));
            }
        }
    }

    #[test]
    fn what_a_wrapper_wraps_is_its_own() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let map = heap.map(ObjectType::JSPrimitiveWrapper, OBJECT + 8);
        let (text, symbol) = (heap.string("text"), heap.symbol(None, 0));
        let wrappers = [text, symbol].map(|value| {
            let wrapper = heap.object(map, OBJECT + 8);
            heap.set(wrapper, fields::JS_PRIMITIVE_WRAPPER_VALUE, value.tagged());
            wrapper
        });
        let class = heap.class_of(wrappers[0]);
        let (names, class_names) = (Names::new(), ClassNames::new());
        heap.read(|heap| {
            let of = |object| class_names.of(heap, &names, object, &class).name;
            let found = wrappers.map(|object| names.get(of(object)));
            assert_eq!(found, ["String", "Symbol"]);
        });
    }

    /// A global object with one property, and its proxy.
    fn global_and_proxy(heap: &mut TestHeap, key: Address, value: Address) -> [Address; 2] {
        let words = [key.tagged(), smi(0), value.tagged(), smi(0)];
        let cell = heap.struct_of(ObjectType::PropertyCell, &words);
        let elements = [smi(1), smi(0), smi(1), smi(1), smi(0), cell.tagged()];
        let table = heap.array(ObjectType::GlobalDictionary, &elements);
        let global_map = heap.dictionary_map(ObjectType::JSGlobalObject);
        let global = heap.object(global_map, OBJECT + 16);
        heap.set(global, fields::JS_OBJECT_PROPERTIES, table.tagged());
        let proxy_map = heap.map(ObjectType::JSGlobalProxy, OBJECT + 8);
        heap.set(proxy_map, fields::MAP_PROTOTYPE, global.tagged());
        [global, heap.object(proxy_map, OBJECT + 8)]
    }

    #[test]
    fn properties_of_the_global_object_pass_for_those_of_its_proxy() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (key, named) = (heap.string("constructor"), function(&mut heap, "Named"));
            let [global, proxy] = global_and_proxy(&mut heap, key, named);
            let template = heap.struct_of(ObjectType::FunctionTemplateInfo, &[smi(0); 16]);
            let (field, text) = (
                heap.layout.offsets.function_template_info_class_name,
                heap.string("Template"),
            );
            heap.set(template, field, text.tagged());
            let map = heap.class_of(global).map;
            heap.set(
                map,
                fields::MAP_CONSTRUCTOR_OR_BACK_POINTER,
                template.tagged(),
            );
            let by_constructor = ("Named".to_owned(), Some(named));
            // Of a prototype that is the proxy, the constructor is asked for before what is behind.
            let heir = prototype(&mut heap, &[], proxy);
            assert_eq!(class_name(&heap, heir), by_constructor);
            // The proxy itself has no say in its constructor; from 14.6 on the template counts.
            let expected = match version == V8Version::V14_6 {
                true => ("Template".to_owned(), None),
                false => by_constructor,
            };
            assert_eq!(class_name(&heap, proxy), expected, "{version:?}");
        }
    }

    #[test]
    fn the_tag_of_the_global_object_names_its_proxy_and_a_chain_in_a_circle_ends() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (tag, name) = (heap.symbol_of_string_tag(), heap.string("global"));
            let [global, proxy] = global_and_proxy(&mut heap, tag, name);
            for object in [global, proxy] {
                assert_eq!(class_name(&heap, object), ("global".to_owned(), None));
            }
            let circle = prototype(&mut heap, &[], global);
            let map = heap.class_of(circle).map;
            heap.set(map, fields::MAP_PROTOTYPE, circle.tagged());
            assert_eq!(class_name(&heap, circle), ("Object".to_owned(), None));
        }
    }
}
