//! The kinds of heap objects, over all supported versions of V8.
//!
//! V8 numbers its kinds ("instance types") anew in each version; [`ObjectType`] names them once.
//! The order is that of V8's class hierarchy in the newest version, as V8 itself orders its numbers,
//! so that a class with its subclasses is a range: that is what the predicates check.

/// Defines [`ObjectType`] and V8's names for it from one table.
macro_rules! object_types {
    ($($variant:ident = $name:literal,)*) => {
        /// What kind of object V8 says it is: the instance type, by V8's name for the class.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub(crate) enum ObjectType {
            $($variant,)*
        }

        impl ObjectType {
            /// V8's constant for the kind, as in `JS_MAP_TYPE`; of strings, which have many, one.
            pub(crate) fn constant(self) -> &'static str {
                match self {
                    $(ObjectType::$variant => $name,)*
                }
            }

            /// V8's class for the kind, as its snapshots show it: `JSMap`; but of `BigInt`, which
            /// they don't show so, the class is `BigIntBase`.
            pub(crate) fn class_name(self) -> &'static str {
                match self {
                    $(ObjectType::$variant => stringify!($variant),)*
                }
            }
        }
    };
}

object_types! {
    // Any string: how it is represented is in flags of its instance type.
    String = "STRING_TYPE",
    // Names, numbers, oddballs.
    Symbol = "SYMBOL_TYPE",
    BigInt = "BIG_INT_BASE_TYPE",
    HeapNumber = "HEAP_NUMBER_TYPE",
    Oddball = "ODDBALL_TYPE",
    // Structs: microtasks, handlers, records of the compiler and the debugger.
    PromiseFulfillReactionJobTask = "PROMISE_FULFILL_REACTION_JOB_TASK_TYPE",
    PromiseRejectReactionJobTask = "PROMISE_REJECT_REACTION_JOB_TASK_TYPE",
    CallableTask = "CALLABLE_TASK_TYPE",
    CallbackTask = "CALLBACK_TASK_TYPE",
    PromiseResolveThenableJobTask = "PROMISE_RESOLVE_THENABLE_JOB_TASK_TYPE",
    LoadHandler = "LOAD_HANDLER_TYPE",
    StoreHandler = "STORE_HANDLER_TYPE",
    AccessCheckInfo = "ACCESS_CHECK_INFO_TYPE",
    AccessorPair = "ACCESSOR_PAIR_TYPE",
    AliasedArgumentsEntry = "ALIASED_ARGUMENTS_ENTRY_TYPE",
    AllocationMemento = "ALLOCATION_MEMENTO_TYPE",
    ArrayBoilerplateDescription = "ARRAY_BOILERPLATE_DESCRIPTION_TYPE",
    AsmWasmData = "ASM_WASM_DATA_TYPE",
    AsyncGeneratorRequest = "ASYNC_GENERATOR_REQUEST_TYPE",
    BreakPoint = "BREAK_POINT_TYPE",
    BreakPointInfo = "BREAK_POINT_INFO_TYPE",
    BytecodeWrapper = "BYTECODE_WRAPPER_TYPE",
    CallSiteInfo = "CALL_SITE_INFO_TYPE",
    ClassBoilerplate = "CLASS_BOILERPLATE_TYPE",
    ClassPositions = "CLASS_POSITIONS_TYPE",
    CodeWrapper = "CODE_WRAPPER_TYPE",
    DebugInfo = "DEBUG_INFO_TYPE",
    EnumCache = "ENUM_CACHE_TYPE",
    ErrorStackData = "ERROR_STACK_DATA_TYPE",
    FeedbackCell = "FEEDBACK_CELL_TYPE",
    FunctionTemplateRareData = "FUNCTION_TEMPLATE_RARE_DATA_TYPE",
    ModuleRequest = "MODULE_REQUEST_TYPE",
    PromiseCapability = "PROMISE_CAPABILITY_TYPE",
    PromiseOnStack = "PROMISE_ON_STACK_TYPE",
    PromiseReaction = "PROMISE_REACTION_TYPE",
    PropertyDescriptorObject = "PROPERTY_DESCRIPTOR_OBJECT_TYPE",
    PrototypeInfo = "PROTOTYPE_INFO_TYPE",
    PrototypeSharedClosureInfo = "PROTOTYPE_SHARED_CLOSURE_INFO_TYPE",
    RegExpBoilerplateDescription = "REG_EXP_BOILERPLATE_DESCRIPTION_TYPE",
    RegExpDataWrapper = "REG_EXP_DATA_WRAPPER_TYPE",
    Script = "SCRIPT_TYPE",
    ScriptOrModule = "SCRIPT_OR_MODULE_TYPE",
    SourceTextModuleInfoEntry = "SOURCE_TEXT_MODULE_INFO_ENTRY_TYPE",
    StackFrameInfo = "STACK_FRAME_INFO_TYPE",
    StackTraceInfo = "STACK_TRACE_INFO_TYPE",
    TemplateObjectDescription = "TEMPLATE_OBJECT_DESCRIPTION_TYPE",
    Tuple2 = "TUPLE2_TYPE",
    WasmExceptionTag = "WASM_EXCEPTION_TAG_TYPE",
    WasmIndirectFunctionTable = "WASM_INDIRECT_FUNCTION_TABLE_TYPE",
    // Data of functions and code; from Node 24 on in a space of their own.
    UncompiledDataWithPreparseData = "UNCOMPILED_DATA_WITH_PREPARSE_DATA_TYPE",
    UncompiledDataWithPreparseDataAndJob = "UNCOMPILED_DATA_WITH_PREPARSE_DATA_AND_JOB_TYPE",
    UncompiledDataWithoutPreparseData = "UNCOMPILED_DATA_WITHOUT_PREPARSE_DATA_TYPE",
    UncompiledDataWithoutPreparseDataWithJob = "UNCOMPILED_DATA_WITHOUT_PREPARSE_DATA_WITH_JOB_TYPE",
    WasmFunctionData = "WASM_FUNCTION_DATA_TYPE",
    WasmCapiFunctionData = "WASM_CAPI_FUNCTION_DATA_TYPE",
    WasmExportedFunctionData = "WASM_EXPORTED_FUNCTION_DATA_TYPE",
    WasmJSFunctionData = "WASM_JS_FUNCTION_DATA_TYPE",
    RegExpData = "REG_EXP_DATA_TYPE",
    AtomRegExpData = "ATOM_REG_EXP_DATA_TYPE",
    IrRegExpData = "IR_REG_EXP_DATA_TYPE",
    BytecodeArray = "BYTECODE_ARRAY_TYPE",
    Code = "CODE_TYPE",
    InterpreterData = "INTERPRETER_DATA_TYPE",
    WasmDispatchTable = "WASM_DISPATCH_TABLE_TYPE",
    WasmInternalFunction = "WASM_INTERNAL_FUNCTION_TYPE",
    WasmSuspenderObject = "WASM_SUSPENDER_OBJECT_TYPE",
    WasmTrustedInstanceData = "WASM_TRUSTED_INSTANCE_DATA_TYPE",
    InstructionStream = "INSTRUCTION_STREAM_TYPE",
    ProtectedFixedArray = "PROTECTED_FIXED_ARRAY_TYPE",
    ProtectedWeakFixedArray = "PROTECTED_WEAK_FIXED_ARRAY_TYPE",
    SharedFunctionInfoWrapper = "SHARED_FUNCTION_INFO_WRAPPER_TYPE",
    TrustedByteArray = "TRUSTED_BYTE_ARRAY_TYPE",
    TrustedFixedArray = "TRUSTED_FIXED_ARRAY_TYPE",
    TrustedForeign = "TRUSTED_FOREIGN_TYPE",
    TrustedWeakFixedArray = "TRUSTED_WEAK_FIXED_ARRAY_TYPE",
    WasmDispatchTableForImports = "WASM_DISPATCH_TABLE_FOR_IMPORTS_TYPE",
    WasmImportData = "WASM_IMPORT_DATA_TYPE",
    // V8's tests of its own generator.
    AbstractInternalClassSubclass1 = "ABSTRACT_INTERNAL_CLASS_SUBCLASS1_TYPE",
    AbstractInternalClassSubclass2 = "ABSTRACT_INTERNAL_CLASS_SUBCLASS2_TYPE",
    // A pointer out of the heap.
    Foreign = "FOREIGN_TYPE",
    // Fixed arrays and hash tables.
    FixedArray = "FIXED_ARRAY_TYPE",
    HashTable = "HASH_TABLE_TYPE",
    EphemeronHashTable = "EPHEMERON_HASH_TABLE_TYPE",
    GlobalDictionary = "GLOBAL_DICTIONARY_TYPE",
    NameDictionary = "NAME_DICTIONARY_TYPE",
    NameToIndexHashTable = "NAME_TO_INDEX_HASH_TABLE_TYPE",
    NumberDictionary = "NUMBER_DICTIONARY_TYPE",
    OrderedHashMap = "ORDERED_HASH_MAP_TYPE",
    OrderedHashSet = "ORDERED_HASH_SET_TYPE",
    OrderedNameDictionary = "ORDERED_NAME_DICTIONARY_TYPE",
    RegisteredSymbolTable = "REGISTERED_SYMBOL_TABLE_TYPE",
    SimpleNameDictionary = "SIMPLE_NAME_DICTIONARY_TYPE",
    SimpleNumberDictionary = "SIMPLE_NUMBER_DICTIONARY_TYPE",
    // Arrays that are no fixed arrays.
    ByteArray = "BYTE_ARRAY_TYPE",
    FixedDoubleArray = "FIXED_DOUBLE_ARRAY_TYPE",
    SloppyArgumentsElements = "SLOPPY_ARGUMENTS_ELEMENTS_TYPE",
    InternalClassWithSmiElements = "INTERNAL_CLASS_WITH_SMI_ELEMENTS_TYPE",
    // Contexts.
    AwaitContext = "AWAIT_CONTEXT_TYPE",
    BlockContext = "BLOCK_CONTEXT_TYPE",
    CatchContext = "CATCH_CONTEXT_TYPE",
    DebugEvaluateContext = "DEBUG_EVALUATE_CONTEXT_TYPE",
    EvalContext = "EVAL_CONTEXT_TYPE",
    FunctionContext = "FUNCTION_CONTEXT_TYPE",
    ModuleContext = "MODULE_CONTEXT_TYPE",
    NativeContext = "NATIVE_CONTEXT_TYPE",
    ScriptContext = "SCRIPT_CONTEXT_TYPE",
    WithContext = "WITH_CONTEXT_TYPE",
    // Types of the optimizing compilers.
    TurboshaftFloat64Type = "TURBOSHAFT_FLOAT64_TYPE_TYPE",
    TurboshaftFloat64RangeType = "TURBOSHAFT_FLOAT64_RANGE_TYPE_TYPE",
    TurboshaftFloat64SetType = "TURBOSHAFT_FLOAT64_SET_TYPE_TYPE",
    TurboshaftWord32Type = "TURBOSHAFT_WORD32_TYPE_TYPE",
    TurboshaftWord32RangeType = "TURBOSHAFT_WORD32_RANGE_TYPE_TYPE",
    TurboshaftWord32SetType = "TURBOSHAFT_WORD32_SET_TYPE_TYPE",
    TurboshaftWord64Type = "TURBOSHAFT_WORD64_TYPE_TYPE",
    TurboshaftWord64RangeType = "TURBOSHAFT_WORD64_RANGE_TYPE_TYPE",
    TurboshaftWord64SetType = "TURBOSHAFT_WORD64_SET_TYPE_TYPE",
    TurbofanBitsetType = "TURBOFAN_BITSET_TYPE_TYPE",
    TurbofanHeapConstantType = "TURBOFAN_HEAP_CONSTANT_TYPE_TYPE",
    TurbofanOtherNumberConstantType = "TURBOFAN_OTHER_NUMBER_CONSTANT_TYPE_TYPE",
    TurbofanRangeType = "TURBOFAN_RANGE_TYPE_TYPE",
    TurbofanUnionType = "TURBOFAN_UNION_TYPE_TYPE",
    // V8's tests of its own generator.
    ExportedSubClassBase = "EXPORTED_SUB_CLASS_BASE_TYPE",
    ExportedSubClass = "EXPORTED_SUB_CLASS_TYPE",
    ExportedSubClass2 = "EXPORTED_SUB_CLASS2_TYPE",
    // Small hash tables, templates, descriptors, modules.
    SmallOrderedHashMap = "SMALL_ORDERED_HASH_MAP_TYPE",
    SmallOrderedHashSet = "SMALL_ORDERED_HASH_SET_TYPE",
    SmallOrderedNameDictionary = "SMALL_ORDERED_NAME_DICTIONARY_TYPE",
    FunctionTemplateInfo = "FUNCTION_TEMPLATE_INFO_TYPE",
    ObjectTemplateInfo = "OBJECT_TEMPLATE_INFO_TYPE",
    DictionaryTemplateInfo = "DICTIONARY_TEMPLATE_INFO_TYPE",
    DescriptorArray = "DESCRIPTOR_ARRAY_TYPE",
    StrongDescriptorArray = "STRONG_DESCRIPTOR_ARRAY_TYPE",
    SourceTextModule = "SOURCE_TEXT_MODULE_TYPE",
    SyntheticModule = "SYNTHETIC_MODULE_TYPE",
    WeakFixedArray = "WEAK_FIXED_ARRAY_TYPE",
    TransitionArray = "TRANSITION_ARRAY_TYPE",
    // The rest of V8's internal objects.
    AccessorInfo = "ACCESSOR_INFO_TYPE",
    CallHandlerInfo = "CALL_HANDLER_INFO_TYPE",
    AllocationSite = "ALLOCATION_SITE_TYPE",
    ArrayList = "ARRAY_LIST_TYPE",
    Cell = "CELL_TYPE",
    ClosureFeedbackCellArray = "CLOSURE_FEEDBACK_CELL_ARRAY_TYPE",
    ContextCell = "CONTEXT_CELL_TYPE",
    ContextSidePropertyCell = "CONTEXT_SIDE_PROPERTY_CELL_TYPE",
    ConstTrackingLetCell = "CONST_TRACKING_LET_CELL_TYPE",
    CoverageInfo = "COVERAGE_INFO_TYPE",
    CppHeapExternalObject = "CPP_HEAP_EXTERNAL_OBJECT_TYPE",
    DoubleStringCache = "DOUBLE_STRING_CACHE_TYPE",
    EmbedderDataArray = "EMBEDDER_DATA_ARRAY_TYPE",
    ExternalPointerArray = "EXTERNAL_POINTER_ARRAY_TYPE",
    FeedbackMetadata = "FEEDBACK_METADATA_TYPE",
    FeedbackVector = "FEEDBACK_VECTOR_TYPE",
    Filler = "FILLER_TYPE",
    FreeSpace = "FREE_SPACE_TYPE",
    Hole = "HOLE_TYPE",
    InterceptorInfo = "INTERCEPTOR_INFO_TYPE",
    InternalClass = "INTERNAL_CLASS_TYPE",
    InternalClassWithStructElements = "INTERNAL_CLASS_WITH_STRUCT_ELEMENTS_TYPE",
    Map = "MAP_TYPE",
    MegaDomHandler = "MEGA_DOM_HANDLER_TYPE",
    ObjectBoilerplateDescription = "OBJECT_BOILERPLATE_DESCRIPTION_TYPE",
    OnHeapBasicBlockProfilerData = "ON_HEAP_BASIC_BLOCK_PROFILER_DATA_TYPE",
    PreparseData = "PREPARSE_DATA_TYPE",
    PropertyArray = "PROPERTY_ARRAY_TYPE",
    PropertyCell = "PROPERTY_CELL_TYPE",
    RegExpMatchInfo = "REG_EXP_MATCH_INFO_TYPE",
    ScopeInfo = "SCOPE_INFO_TYPE",
    ScriptContextTable = "SCRIPT_CONTEXT_TABLE_TYPE",
    SharedFunctionInfo = "SHARED_FUNCTION_INFO_TYPE",
    SmiBox = "SMI_BOX_TYPE",
    SmiPair = "SMI_PAIR_TYPE",
    SortState = "SORT_STATE_TYPE",
    SwissNameDictionary = "SWISS_NAME_DICTIONARY_TYPE",
    WasmContinuationObject = "WASM_CONTINUATION_OBJECT_TYPE",
    WasmApiFunctionRef = "WASM_API_FUNCTION_REF_TYPE",
    WasmFastApiCallData = "WASM_FAST_API_CALL_DATA_TYPE",
    WasmFuncRef = "WASM_FUNC_REF_TYPE",
    WasmNull = "WASM_NULL_TYPE",
    WasmResumeData = "WASM_RESUME_DATA_TYPE",
    WasmStringViewIter = "WASM_STRING_VIEW_ITER_TYPE",
    WasmTypeInfo = "WASM_TYPE_INFO_TYPE",
    WeakArrayList = "WEAK_ARRAY_LIST_TYPE",
    WeakCell = "WEAK_CELL_TYPE",
    // JavaScript's receivers: from here on.
    WasmArray = "WASM_ARRAY_TYPE",
    WasmStruct = "WASM_STRUCT_TYPE",
    JSProxy = "JS_PROXY_TYPE",
    // JavaScript's objects: from here on.
    JSModuleNamespace = "JS_MODULE_NAMESPACE_TYPE",
    JSDeferredModuleNamespace = "JS_DEFERRED_MODULE_NAMESPACE_TYPE",
    JSGlobalObject = "JS_GLOBAL_OBJECT_TYPE",
    JSGlobalProxy = "JS_GLOBAL_PROXY_TYPE",
    JSSpecialApiObject = "JS_SPECIAL_API_OBJECT_TYPE",
    JSPrimitiveWrapper = "JS_PRIMITIVE_WRAPPER_TYPE",
    JSObject = "JS_OBJECT_TYPE",
    JSApiObject = "JS_API_OBJECT_TYPE",
    JSDataView = "JS_DATA_VIEW_TYPE",
    JSRabGsabDataView = "JS_RAB_GSAB_DATA_VIEW_TYPE",
    JSTypedArray = "JS_TYPED_ARRAY_TYPE",
    JSDetachedTypedArray = "JS_DETACHED_TYPED_ARRAY_TYPE",
    JSArrayBuffer = "JS_ARRAY_BUFFER_TYPE",
    JSBoundFunction = "JS_BOUND_FUNCTION_TYPE",
    JSWrappedFunction = "JS_WRAPPED_FUNCTION_TYPE",
    // Functions and constructors.
    JSFunction = "JS_FUNCTION_TYPE",
    Bigint64TypedArrayConstructor = "BIGINT64_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Biguint64TypedArrayConstructor = "BIGUINT64_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Float16TypedArrayConstructor = "FLOAT16_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Float32TypedArrayConstructor = "FLOAT32_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Float64TypedArrayConstructor = "FLOAT64_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Int16TypedArrayConstructor = "INT16_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Int32TypedArrayConstructor = "INT32_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Int8TypedArrayConstructor = "INT8_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Uint16TypedArrayConstructor = "UINT16_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Uint32TypedArrayConstructor = "UINT32_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Uint8ClampedTypedArrayConstructor = "UINT8_CLAMPED_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    Uint8TypedArrayConstructor = "UINT8_TYPED_ARRAY_CONSTRUCTOR_TYPE",
    JSArrayConstructor = "JS_ARRAY_CONSTRUCTOR_TYPE",
    JSPromiseConstructor = "JS_PROMISE_CONSTRUCTOR_TYPE",
    JSRegExpConstructor = "JS_REG_EXP_CONSTRUCTOR_TYPE",
    JSClassConstructor = "JS_CLASS_CONSTRUCTOR_TYPE",
    // Prototypes.
    JSArrayIteratorPrototype = "JS_ARRAY_ITERATOR_PROTOTYPE_TYPE",
    JSIteratorPrototype = "JS_ITERATOR_PROTOTYPE_TYPE",
    JSMapIteratorPrototype = "JS_MAP_ITERATOR_PROTOTYPE_TYPE",
    JSObjectPrototype = "JS_OBJECT_PROTOTYPE_TYPE",
    JSPromisePrototype = "JS_PROMISE_PROTOTYPE_TYPE",
    JSRegExpPrototype = "JS_REG_EXP_PROTOTYPE_TYPE",
    JSSetIteratorPrototype = "JS_SET_ITERATOR_PROTOTYPE_TYPE",
    JSSetPrototype = "JS_SET_PROTOTYPE_TYPE",
    JSStringIteratorPrototype = "JS_STRING_ITERATOR_PROTOTYPE_TYPE",
    JSTypedArrayPrototype = "JS_TYPED_ARRAY_PROTOTYPE_TYPE",
    JSIteratorConcatHelper = "JS_ITERATOR_CONCAT_HELPER_TYPE",
    JSIteratorDropHelper = "JS_ITERATOR_DROP_HELPER_TYPE",
    JSIteratorFilterHelper = "JS_ITERATOR_FILTER_HELPER_TYPE",
    JSIteratorFlatMapHelper = "JS_ITERATOR_FLAT_MAP_HELPER_TYPE",
    JSIteratorMapHelper = "JS_ITERATOR_MAP_HELPER_TYPE",
    JSIteratorTakeHelper = "JS_ITERATOR_TAKE_HELPER_TYPE",
    // Iterators.
    JSMapKeyIterator = "JS_MAP_KEY_ITERATOR_TYPE",
    JSMapKeyValueIterator = "JS_MAP_KEY_VALUE_ITERATOR_TYPE",
    JSMapValueIterator = "JS_MAP_VALUE_ITERATOR_TYPE",
    JSSetKeyValueIterator = "JS_SET_KEY_VALUE_ITERATOR_TYPE",
    JSSetValueIterator = "JS_SET_VALUE_ITERATOR_TYPE",
    // Shared objects.
    JSAtomicsCondition = "JS_ATOMICS_CONDITION_TYPE",
    JSAtomicsMutex = "JS_ATOMICS_MUTEX_TYPE",
    JSSharedArray = "JS_SHARED_ARRAY_TYPE",
    JSSharedStruct = "JS_SHARED_STRUCT_TYPE",
    // Other JavaScript objects, by name.
    JSDisposableStackBase = "JS_DISPOSABLE_STACK_BASE_TYPE",
    JSAsyncDisposableStack = "JS_ASYNC_DISPOSABLE_STACK_TYPE",
    JSSyncDisposableStack = "JS_SYNC_DISPOSABLE_STACK_TYPE",
    JSGeneratorObject = "JS_GENERATOR_OBJECT_TYPE",
    JSAsyncFunctionObject = "JS_ASYNC_FUNCTION_OBJECT_TYPE",
    JSAsyncGeneratorObject = "JS_ASYNC_GENERATOR_OBJECT_TYPE",
    JSMap = "JS_MAP_TYPE",
    JSSet = "JS_SET_TYPE",
    JSObjectWithEmbedderSlots = "JS_OBJECT_WITH_EMBEDDER_SLOTS_TYPE",
    JSPromise = "JS_PROMISE_TYPE",
    JSWeakMap = "JS_WEAK_MAP_TYPE",
    JSWeakSet = "JS_WEAK_SET_TYPE",
    JSArgumentsObject = "JS_ARGUMENTS_OBJECT_TYPE",
    JSArray = "JS_ARRAY_TYPE",
    JSArrayIterator = "JS_ARRAY_ITERATOR_TYPE",
    JSAsyncFromSyncIterator = "JS_ASYNC_FROM_SYNC_ITERATOR_TYPE",
    JSCollator = "JS_COLLATOR_TYPE",
    JSContextExtensionObject = "JS_CONTEXT_EXTENSION_OBJECT_TYPE",
    JSDate = "JS_DATE_TYPE",
    JSDateTimeFormat = "JS_DATE_TIME_FORMAT_TYPE",
    JSDisplayNames = "JS_DISPLAY_NAMES_TYPE",
    JSDurationFormat = "JS_DURATION_FORMAT_TYPE",
    JSError = "JS_ERROR_TYPE",
    JSExternalObject = "JS_EXTERNAL_OBJECT_TYPE",
    JSFinalizationRegistry = "JS_FINALIZATION_REGISTRY_TYPE",
    JSListFormat = "JS_LIST_FORMAT_TYPE",
    JSLocale = "JS_LOCALE_TYPE",
    JSMessageObject = "JS_MESSAGE_OBJECT_TYPE",
    JSNumberFormat = "JS_NUMBER_FORMAT_TYPE",
    JSPluralRules = "JS_PLURAL_RULES_TYPE",
    JSRawJson = "JS_RAW_JSON_TYPE",
    JSRegExp = "JS_REG_EXP_TYPE",
    JSRegExpStringIterator = "JS_REG_EXP_STRING_ITERATOR_TYPE",
    JSRelativeTimeFormat = "JS_RELATIVE_TIME_FORMAT_TYPE",
    JSSegmentIterator = "JS_SEGMENT_ITERATOR_TYPE",
    JSSegmenter = "JS_SEGMENTER_TYPE",
    JSSegments = "JS_SEGMENTS_TYPE",
    JSShadowRealm = "JS_SHADOW_REALM_TYPE",
    JSStringIterator = "JS_STRING_ITERATOR_TYPE",
    JSTemporalTimeZone = "JS_TEMPORAL_TIME_ZONE_TYPE",
    JSTemporalCalendar = "JS_TEMPORAL_CALENDAR_TYPE",
    JSTemporalDuration = "JS_TEMPORAL_DURATION_TYPE",
    JSTemporalInstant = "JS_TEMPORAL_INSTANT_TYPE",
    JSTemporalPlainDate = "JS_TEMPORAL_PLAIN_DATE_TYPE",
    JSTemporalPlainDateTime = "JS_TEMPORAL_PLAIN_DATE_TIME_TYPE",
    JSTemporalPlainMonthDay = "JS_TEMPORAL_PLAIN_MONTH_DAY_TYPE",
    JSTemporalPlainTime = "JS_TEMPORAL_PLAIN_TIME_TYPE",
    JSTemporalPlainYearMonth = "JS_TEMPORAL_PLAIN_YEAR_MONTH_TYPE",
    JSTemporalZonedDateTime = "JS_TEMPORAL_ZONED_DATE_TIME_TYPE",
    JSV8BreakIterator = "JS_V8_BREAK_ITERATOR_TYPE",
    JSValidIteratorWrapper = "JS_VALID_ITERATOR_WRAPPER_TYPE",
    JSWeakRef = "JS_WEAK_REF_TYPE",
    // WebAssembly's objects.
    WasmExceptionPackage = "WASM_EXCEPTION_PACKAGE_TYPE",
    WasmGlobalObject = "WASM_GLOBAL_OBJECT_TYPE",
    WasmInstanceObject = "WASM_INSTANCE_OBJECT_TYPE",
    WasmMemoryMapDescriptor = "WASM_MEMORY_MAP_DESCRIPTOR_TYPE",
    WasmMemoryObject = "WASM_MEMORY_OBJECT_TYPE",
    WasmModuleObject = "WASM_MODULE_OBJECT_TYPE",
    WasmSuspendingObject = "WASM_SUSPENDING_OBJECT_TYPE",
    WasmTableObject = "WASM_TABLE_OBJECT_TYPE",
    WasmTagObject = "WASM_TAG_OBJECT_TYPE",
    WasmValueObject = "WASM_VALUE_OBJECT_TYPE",
}

impl ObjectType {
    /// Whether the kind is one of those from `first` to `last` in the table.
    #[inline(always)]
    const fn between(self, first: ObjectType, last: ObjectType) -> bool {
        first as u16 <= self as u16 && self as u16 <= last as u16
    }

    /// A JavaScript object, a proxy, or an object of WebAssembly's garbage collection.
    #[inline(always)]
    pub(crate) const fn is_js_receiver(self) -> bool {
        self as u16 >= ObjectType::WasmArray as u16
    }

    /// A receiver that has properties and elements of its own: no proxy, no WebAssembly object.
    #[inline(always)]
    pub(crate) const fn is_js_object(self) -> bool {
        self as u16 >= ObjectType::JSModuleNamespace as u16
    }

    /// A function, whose class may be that of a built-in constructor.
    #[inline(always)]
    pub(crate) const fn is_js_function(self) -> bool {
        self.between(ObjectType::JSFunction, ObjectType::JSClassConstructor)
    }

    /// A context: a block of variables that closures share, or what a realm or a script holds.
    #[inline(always)]
    pub(crate) const fn is_context(self) -> bool {
        self.between(ObjectType::AwaitContext, ObjectType::WithContext)
    }

    /// A hash table in a fixed array, ordered or not.
    #[inline(always)]
    pub(crate) const fn is_hash_table(self) -> bool {
        self.between(ObjectType::HashTable, ObjectType::SimpleNumberDictionary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_the_names_that_v8_gives_it() {
        assert_eq!(
            ObjectType::SharedFunctionInfo.class_name(),
            "SharedFunctionInfo"
        );
        assert_eq!(ObjectType::JSMap.constant(), "JS_MAP_TYPE");
    }

    #[test]
    fn predicates_include_the_ends_of_their_ranges_and_nothing_beyond() {
        assert!(ObjectType::JSProxy.is_js_receiver() && !ObjectType::JSProxy.is_js_object());
        assert!(ObjectType::WasmStruct.is_js_receiver() && !ObjectType::WasmStruct.is_js_object());
        assert!(ObjectType::JSModuleNamespace.is_js_object());
        assert!(ObjectType::WasmTagObject.is_js_object());
        assert!(!ObjectType::WeakCell.is_js_receiver());

        assert!(ObjectType::JSFunction.is_js_function());
        assert!(ObjectType::JSClassConstructor.is_js_function());
        assert!(!ObjectType::JSWrappedFunction.is_js_function());
        assert!(!ObjectType::JSArrayIteratorPrototype.is_js_function());

        assert!(
            ObjectType::NativeContext.is_context()
                && !ObjectType::SloppyArgumentsElements.is_context()
        );
        assert!(
            ObjectType::OrderedHashMap.is_hash_table() && !ObjectType::FixedArray.is_hash_table()
        );
        assert!(!ObjectType::ByteArray.is_hash_table());
    }
}
