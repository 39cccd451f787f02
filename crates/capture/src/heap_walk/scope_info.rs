//! What V8 records of a scope: the names of its variables that live in a context, the name of its
//! function, and where it is in the source.
//!
//! The parts of a `ScopeInfo` follow each other without gaps, and flags say which of them there
//! are; the order differs by version. All lookups are O(1), the names O(variables).

use super::dictionaries;
use super::heap::Heap;
use super::strings;
use super::tagged::{Address, Tagged};
use crate::v8_layout::fields::{self, WORD, scope_flags, variable_allocation};
use crate::v8_layout::{ObjectType, V8Version};

/// Variables of a scope that are believed. V8 itself allows more; generated code stays far below.
const MAX_VARIABLES: u32 = 1 << 20;

/// A `ScopeInfo` of the heap.
#[derive(Clone, Copy)]
pub(crate) struct ScopeInfo {
    object: Address,
    flags: u32,
    /// Variables that live in the context.
    variables: u32,
    /// Offset of the first of their names, or of the hash table with them.
    names: u32,
}

impl ScopeInfo {
    /// The scope info at an address; `None` if there is none.
    pub(crate) fn at(heap: &Heap, object: Address) -> Option<ScopeInfo> {
        if heap.type_of(object) != Some(ObjectType::ScopeInfo) {
            return None;
        }
        let (version, offsets) = (heap.layout.version, heap.layout.offsets);
        let flags = heap.u32_field(object, offsets.scope_info_flags);
        let variables = heap.smi_field(object, fields::SCOPE_INFO_CONTEXT_LOCAL_COUNT)?;
        let variables = u32::try_from(variables)
            .ok()
            .filter(|&n| n <= MAX_VARIABLES)?;
        let is_module = flags & scope_flags::SCOPE_TYPE_MASK == module_scope(version);
        let counts_module_variables = version >= V8Version::V12_4 && is_module;
        Some(ScopeInfo {
            object,
            flags,
            variables,
            names: offsets.scope_info_parts + WORD * u32::from(counts_module_variables),
        })
    }

    /// Whether it stands for no scope at all.
    pub(crate) fn is_empty(&self, heap: &Heap) -> bool {
        self.flags & heap.layout.offsets.scope_flags_is_empty != 0
    }

    /// Whether `var` and functions may be declared in it: no block.
    pub(crate) fn is_declaration_scope(&self) -> bool {
        self.flags & scope_flags::DECLARATION_SCOPE != 0
    }

    /// Whether its code is in strict mode.
    pub(crate) fn is_strict(&self) -> bool {
        self.flags & scope_flags::STRICT != 0
    }

    /// Whether its contexts have a slot for more: of the global scope the global object.
    pub(crate) fn has_context_extension_slot(&self) -> bool {
        self.flags & scope_flags::HAS_CONTEXT_EXTENSION_SLOT != 0
    }

    /// How many slots its contexts have before the first variable.
    pub(crate) fn context_header_length(&self) -> u32 {
        fields::CONTEXT_MIN_SLOTS + u32::from(self.has_context_extension_slot())
    }

    /// Calls `variable` with the name of each variable in the context and its index among them; its
    /// slot is [`context_header_length`](Self::context_header_length) further.
    pub(crate) fn for_each_context_local(
        &self,
        heap: &Heap,
        mut variable: impl FnMut(Address, u32),
    ) {
        if self.has_inlined_names() {
            for index in 0..self.variables {
                if let Some(name) = heap.object_field(self.object, self.names + WORD * index) {
                    variable(name, index);
                }
            }
        } else if let Some(table) = heap.object_field(self.object, self.names) {
            for_each_hashed_name(heap, table, self.variables, variable);
        }
    }

    /// What is recorded as the function's name: a string, or the small integer 0 if closures of the
    /// function have names of their own. `None` if nothing is.
    pub(crate) fn function_name(&self, heap: &Heap) -> Option<Tagged> {
        (self.function_variable() != variable_allocation::NONE)
            .then(|| heap.field(self.object, self.function_name_offset()))
    }

    /// The name of a function expression and the slot of the context that holds the function, if
    /// one does.
    pub(crate) fn function_name_in_context(&self, heap: &Heap) -> Option<(Address, u32)> {
        if self.function_variable() != variable_allocation::CONTEXT {
            return None;
        }
        let offset = self.function_name_offset();
        let name = heap.object_field(self.object, offset)?;
        let slot = heap.smi_field(self.object, offset + WORD)?;
        Some((name, u32::try_from(slot).ok()?))
    }

    /// The name that V8 made up for a function from what it is assigned to.
    pub(crate) fn inferred_function_name(&self, heap: &Heap) -> Option<Address> {
        if !self.has_inferred_name() {
            return None;
        }
        heap.object_field(self.object, self.inferred_name_offset())
    }

    /// Where the scope starts in the source, in UTF-16 units.
    pub(crate) fn start_position(&self, heap: &Heap) -> Option<i32> {
        if self.is_empty(heap) {
            return None;
        }
        if let Some(offset) = heap.layout.offsets.scope_info_position {
            return heap.smi_field(self.object, offset);
        }
        // Up to 12.4 these have positions: class, eval, function, module, script.
        if self.flags & scope_flags::SCOPE_TYPE_MASK > 4 {
            return None;
        }
        let offset = self.inferred_name_offset() + WORD * u32::from(self.has_inferred_name());
        heap.smi_field(self.object, offset)
    }

    fn has_inlined_names(&self) -> bool {
        self.variables < fields::SCOPE_INFO_MAX_INLINED_LOCAL_NAMES
    }

    fn has_inferred_name(&self) -> bool {
        self.flags & scope_flags::HAS_INFERRED_FUNCTION_NAME != 0
    }

    fn function_variable(&self) -> u32 {
        self.flags >> scope_flags::FUNCTION_VARIABLE_SHIFT & scope_flags::FUNCTION_VARIABLE_MASK
    }

    fn function_name_offset(&self) -> u32 {
        let names = match self.has_inlined_names() {
            true => self.variables,
            false => 1,
        };
        let class_variable = self.flags & scope_flags::HAS_SAVED_CLASS_VARIABLE != 0;
        // Each variable also has a small integer with its properties.
        self.names + WORD * (names + self.variables + u32::from(class_variable))
    }

    fn inferred_name_offset(&self) -> u32 {
        // The function's name is followed by the slot of its variable.
        let function_name = self.function_variable() != variable_allocation::NONE;
        self.function_name_offset() + 2 * WORD * u32::from(function_name)
    }
}

/// Exact size in bytes of the `ScopeInfo` at an address: the end of its last part.
pub(crate) fn size(heap: &Heap, object: Address) -> u64 {
    ScopeInfo::at(heap, object).map_or(0, |info| u64::from(info.end(heap)))
}

/// Flag up to 12.4: a hash table with the variables on the stack that a block hides is there.
const HAS_LOCALS_BLOCK_LIST: u32 = 1 << 28;
/// Flag: `eval` can add variables to the scope.
const EVAL_CAN_ADD_VARIABLES: u32 = 1 << 4;
/// Words of a module variable: name, index in the module, properties.
const MODULE_VARIABLE_WORDS: u32 = 3;

impl ScopeInfo {
    fn end(&self, heap: &Heap) -> u32 {
        let version = heap.layout.version;
        let has = |flag: u32| u32::from(self.flags & flag != 0);
        let scope_type = self.flags & scope_flags::SCOPE_TYPE_MASK;
        let is_module = scope_type == module_scope(version);
        let mut words = u32::from(self.has_inferred_name());
        words += has(scope_flags::HAS_OUTER_SCOPE_INFO) + u32::from(is_module);
        if version < V8Version::V13_6 {
            let has_position = scope_type <= LAST_SCOPE_WITH_POSITION
                && !(scope_type == CLASS_SCOPE && self.is_empty(heap))
                || scope_type == SHADOW_REALM_SCOPE;
            words += 2 * u32::from(has_position) + has(HAS_LOCALS_BLOCK_LIST);
        } else {
            words += has(EVAL_CAN_ADD_VARIABLES);
        }
        if version >= V8Version::V14_6 {
            words += u32::from(scope_type == FUNCTION_SCOPE_V14_6);
        }
        if is_module {
            words += self.module_variable_words(heap, words);
        }
        self.inferred_name_offset() + WORD * words
    }

    /// Words for the variables of a module, and up to 11.3 for their count, which is behind all else.
    fn module_variable_words(&self, heap: &Heap, words_before: u32) -> u32 {
        let is_count_last = heap.layout.version < V8Version::V12_4;
        let count = match is_count_last {
            true => self.inferred_name_offset() + WORD * words_before,
            false => self.names - WORD,
        };
        let count = heap.smi_field(self.object, count).unwrap_or(0);
        let count = u32::try_from(count).unwrap_or(0).min(MAX_VARIABLES);
        count * MODULE_VARIABLE_WORDS + u32::from(is_count_last)
    }
}

/// V8's numbers for scopes up to 12.4: a class's is the first, a script's the last of those that
/// have a position, besides a shadow realm's.
const CLASS_SCOPE: u32 = 0;
const LAST_SCOPE_WITH_POSITION: u32 = 4;
const SHADOW_REALM_SCOPE: u32 = 8;
/// V8's number for a function's scope in 14.6.
const FUNCTION_SCOPE_V14_6: u32 = 4;

/// V8's number for the scope of a module.
fn module_scope(version: V8Version) -> u32 {
    if version >= V8Version::V13_6 { 5 } else { 3 }
}

/// The keys of a hash table with their values, which are indexes below `limit`.
fn for_each_hashed_name(
    heap: &Heap,
    table: Address,
    limit: u32,
    mut name: impl FnMut(Address, u32),
) {
    if heap.type_of(table) != Some(ObjectType::NameToIndexHashTable) {
        return;
    }
    for entry in dictionaries::entries(heap, table, fields::NAME_TO_INDEX_HASH_TABLE) {
        let index = heap.smi_field(table, entry + WORD);
        let index = index.and_then(|index| u32::try_from(index).ok());
        if let (Some(key), Some(index)) = (heap.object_field(table, entry), index)
            && index < limit
            && strings::is_string(heap, key)
        {
            name(key, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};
    use scope_flags::{
        DECLARATION_SCOPE, FUNCTION_VARIABLE_SHIFT, HAS_CONTEXT_EXTENSION_SLOT,
        HAS_INFERRED_FUNCTION_NAME, HAS_SAVED_CLASS_VARIABLE,
    };
    use variable_allocation::CONTEXT;

    /// The parts of a scope info that may be absent, in V8's order; `module` has a count of
    /// variables if its version counts them first.
    struct Parts<'a> {
        scope_type: u32,
        flags: u32,
        names: &'a [Tagged],
        variables: u32,
        behind: &'a [Tagged],
        position: [i32; 2],
    }

    fn scope_info(heap: &mut TestHeap, parts: &Parts) -> ScopeInfo {
        let version = heap.layout.version;
        let mut words = vec![smi(0), smi(2), smi(parts.variables as i32)];
        let position = parts.position.map(smi);
        if version >= V8Version::V13_6 {
            words.extend(position);
        }
        if version >= V8Version::V12_4 && parts.scope_type == module_scope(version) {
            words.push(smi(0));
        }
        words.extend(parts.names);
        words.extend((0..parts.variables).map(|_| smi(0)));
        words.extend(parts.behind);
        if version < V8Version::V13_6 {
            words.extend(position);
        }
        let object = heap.struct_of(ObjectType::ScopeInfo, &words);
        let flags = parts.scope_type | parts.flags;
        heap.set_u32(object, heap.layout.offsets.scope_info_flags, flags);
        heap.read(|heap| ScopeInfo::at(heap, object)).unwrap()
    }

    fn function_scope(version: V8Version) -> u32 {
        if version >= V8Version::V13_6 { 4 } else { 2 }
    }

    fn locals(heap: &TestHeap, scope: ScopeInfo) -> Vec<(Address, u32)> {
        let mut locals = Vec::new();
        heap.read(|heap| {
            scope.for_each_context_local(heap, |name, index| locals.push((name, index)));
        });
        locals
    }

    #[test]
    fn a_function_with_all_parts() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let [a, b, own, inferred] = ["a", "b", "own", "inferred"].map(|name| heap.string(name));
            let parts = Parts {
                scope_type: function_scope(version),
                flags: DECLARATION_SCOPE
                    | HAS_CONTEXT_EXTENSION_SLOT
                    | HAS_SAVED_CLASS_VARIABLE
                    | HAS_INFERRED_FUNCTION_NAME
                    | CONTEXT << FUNCTION_VARIABLE_SHIFT,
                names: &[a.tagged(), b.tagged()],
                variables: 2,
                behind: &[smi(9), own.tagged(), smi(5), inferred.tagged()],
                position: [120, 340],
            };
            let scope = scope_info(&mut heap, &parts);
            assert!(scope.is_declaration_scope());
            assert_eq!(scope.context_header_length(), 3);
            assert_eq!(locals(&heap, scope), [(a, 0), (b, 1)]);
            heap.read(|heap| {
                assert!(!scope.is_empty(heap));
                assert_eq!(scope.function_name(heap), Some(own.tagged()));
                assert_eq!(scope.function_name_in_context(heap), Some((own, 5)));
                assert_eq!(scope.inferred_function_name(heap), Some(inferred));
                assert_eq!(scope.start_position(heap), Some(120), "{version:?}");
            });
        }
    }

    #[test]
    fn a_scope_without_those_parts() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let parts = Parts {
                scope_type: function_scope(version),
                flags: 0,
                names: &[],
                variables: 0,
                behind: &[],
                position: [7, 8],
            };
            let scope = scope_info(&mut heap, &parts);
            assert!(!scope.is_declaration_scope());
            assert_eq!(scope.context_header_length(), 2);
            assert!(locals(&heap, scope).is_empty());
            heap.read(|heap| {
                assert_eq!(scope.function_name(heap), None);
                assert_eq!(scope.function_name_in_context(heap), None);
                assert_eq!(scope.inferred_function_name(heap), None);
                assert_eq!(scope.start_position(heap), Some(7));
            });
            let empty = Parts {
                flags: heap.layout.offsets.scope_flags_is_empty,
                ..parts
            };
            let empty = scope_info(&mut heap, &empty);
            assert_eq!(heap.read(|heap| empty.start_position(heap)), None);
            let block = if version >= V8Version::V13_6 { 7 } else { 6 };
            let block = Parts {
                scope_type: block,
                ..parts
            };
            let block = scope_info(&mut heap, &block);
            let expected = (version >= V8Version::V13_6).then_some(7);
            assert_eq!(heap.read(|heap| block.start_position(heap)), expected);
        }
    }

    #[test]
    fn names_of_a_module_and_of_many_variables() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let name = heap.string("exported");
            let parts = Parts {
                scope_type: module_scope(version),
                flags: 0,
                names: &[name.tagged()],
                variables: 1,
                behind: &[],
                position: [0, 0],
            };
            let module = scope_info(&mut heap, &parts);
            assert_eq!(locals(&heap, module), [(name, 0)], "{version:?}");

            let (first, other) = (heap.string("first"), heap.string("other"));
            let free = heap.undefined().tagged();
            let entries = [
                other.tagged(),
                smi(79),
                free,
                smi(0),
                first.tagged(),
                smi(0),
            ];
            let too_far = [name.tagged(), smi(80)];
            let elements = [&[smi(3), smi(0), smi(4)], &entries[..], &too_far].concat();
            let table = heap.array(ObjectType::NameToIndexHashTable, &elements);
            let parts = Parts {
                scope_type: function_scope(version),
                flags: 0,
                names: &[table.tagged()],
                variables: 80,
                behind: &[],
                position: [31, 41],
            };
            let scope = scope_info(&mut heap, &parts);
            assert_eq!(locals(&heap, scope), [(other, 79), (first, 0)]);
            assert_eq!(heap.read(|heap| scope.start_position(heap)), Some(31));
        }
    }

    #[test]
    fn what_is_no_scope_info_is_none() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let array = heap.array(ObjectType::FixedArray, &[]);
        assert!(heap.read(|heap| ScopeInfo::at(heap, array)).is_none());
        let words = [smi(0), smi(0), smi(i32::MAX)];
        let huge = heap.struct_of(ObjectType::ScopeInfo, &words);
        assert!(heap.read(|heap| ScopeInfo::at(heap, huge)).is_none());
    }
}
