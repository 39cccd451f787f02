//! V8's numbers for the kinds of heap objects, version by version.
//!
//! V8's Torque compiler numbers the classes by their hierarchy: below a class first those that are
//! pinned, then the larger groups, then by name. The binary exports most of the numbers but not
//! those of hash tables, contexts, prototypes and a few others, so the whole order is written down
//! here, as Torque's algorithm (`torque/instance-type-generator.cc`) yields it from the `.tq` files
//! of each version; at detection every number that is exported is compared.

use super::V8Version;
use super::object_type::ObjectType::{self, *};

/// Kinds with consecutive numbers, from the first on.
type Run = (u16, &'static [ObjectType]);

/// Numbers below are strings, whatever their flags.
const FIRST_NON_STRING: u16 = 128;

/// Objects made from templates of the embedder: V8 leaves the choice among these numbers to it.
const FIRST_API_OBJECT: u16 = 1058;
const LAST_API_OBJECT: u16 = 2058;

/// The kind for each number, up to the largest one in use.
pub(super) fn table(version: V8Version) -> Box<[Option<ObjectType>]> {
    let end = numbers(version).map(|(number, _)| usize::from(number) + 1);
    let mut table = vec![None; end.max().unwrap_or(0)];
    table[..usize::from(FIRST_NON_STRING)].fill(Some(String));
    table[usize::from(FIRST_API_OBJECT)..=usize::from(LAST_API_OBJECT)].fill(Some(JSApiObject));
    for (number, kind) in numbers(version) {
        table[usize::from(number)] = Some(kind);
    }
    table.into_boxed_slice()
}

/// The kinds that have one number each, with it.
pub(super) fn numbers(version: V8Version) -> impl Iterator<Item = (u16, ObjectType)> {
    let with_numbers = |(first, kinds): &Run| (*first..).zip(kinds.iter().copied());
    runs(version).iter().flat_map(with_numbers)
}

/// Whether there are binaries that do not export the number of this kind: abstract in V8's own
/// terms, or declared without a layout.
pub(super) fn may_be_unexported(kind: ObjectType) -> bool {
    kind.is_hash_table()
        || kind.is_context()
        || kind.is_js_function() && kind != JSFunction
        || (JSArrayIteratorPrototype..=JSTypedArrayPrototype).contains(&kind)
        || (JSMapKeyIterator..=JSSetValueIterator).contains(&kind)
        || matches!(
            kind,
            BigInt
                | LoadHandler
                | StoreHandler
                | TurboshaftFloat64Type
                | TurboshaftWord32Type
                | TurboshaftWord64Type
                | WasmFunctionData
                | WasmTrustedInstanceData
                | WasmDispatchTable
                | WasmDispatchTableForImports
                | WasmExceptionPackage
                | WasmValueObject
                | WasmInstanceObject
                | ExportedSubClassBase
                | TransitionArray
                | FeedbackMetadata
                | Filler
                | FreeSpace
                | Hole
                | ClosureFeedbackCellArray
                | ObjectBoilerplateDescription
                | ScriptContextTable
                | JSSpecialApiObject
                | JSGeneratorObject
                | JSContextExtensionObject
                | JSDisposableStackBase
                | JSModuleNamespace
        )
}

fn runs(version: V8Version) -> &'static [Run] {
    match version {
        V8Version::V11_3 => V11_3,
        V8Version::V12_4 => V12_4,
        V8Version::V13_6 => V13_6,
        V8Version::V14_6 => V14_6,
    }
}

#[rustfmt::skip]
const V11_3: &[Run] = &[
    (128, &[
        Symbol, BigInt, HeapNumber, Oddball, PromiseFulfillReactionJobTask,
        PromiseRejectReactionJobTask, CallableTask, CallbackTask, PromiseResolveThenableJobTask,
        LoadHandler, StoreHandler, FunctionTemplateInfo, ObjectTemplateInfo, AccessCheckInfo,
        AccessorPair, AliasedArgumentsEntry, AllocationMemento, AllocationSite,
        ArrayBoilerplateDescription, AsmWasmData, AsyncGeneratorRequest, BreakPoint,
        BreakPointInfo, CallSiteInfo, ClassPositions, DebugInfo, EnumCache, ErrorStackData,
        FeedbackCell, FunctionTemplateRareData, InterceptorInfo, InterpreterData, ModuleRequest,
        PromiseCapability, PromiseOnStack, PromiseReaction, PropertyDescriptorObject,
        PrototypeInfo, RegExpBoilerplateDescription, Script, ScriptOrModule,
        SourceTextModuleInfoEntry, StackFrameInfo, TemplateObjectDescription, Tuple2,
        WasmExceptionTag, WasmIndirectFunctionTable, FixedArray, HashTable, EphemeronHashTable,
        GlobalDictionary, NameDictionary, NameToIndexHashTable, NumberDictionary, OrderedHashMap,
        OrderedHashSet, OrderedNameDictionary, RegisteredSymbolTable, SimpleNumberDictionary,
        ClosureFeedbackCellArray, ObjectBoilerplateDescription, ScriptContextTable, ByteArray,
        BytecodeArray, FixedDoubleArray, InternalClassWithSmiElements, SloppyArgumentsElements,
        TurboshaftFloat64Type, TurboshaftFloat64RangeType, TurboshaftFloat64SetType,
        TurboshaftWord32Type, TurboshaftWord32RangeType, TurboshaftWord32SetType,
        TurboshaftWord64Type, TurboshaftWord64RangeType, TurboshaftWord64SetType, Foreign,
        AwaitContext, BlockContext, CatchContext, DebugEvaluateContext, EvalContext,
        FunctionContext, ModuleContext, NativeContext, ScriptContext, WithContext,
        TurbofanBitsetType, TurbofanHeapConstantType, TurbofanOtherNumberConstantType,
        TurbofanRangeType, TurbofanUnionType, UncompiledDataWithPreparseData,
        UncompiledDataWithPreparseDataAndJob, UncompiledDataWithoutPreparseData,
        UncompiledDataWithoutPreparseDataWithJob, WasmFunctionData, WasmCapiFunctionData,
        WasmExportedFunctionData, WasmJSFunctionData, ExportedSubClassBase, ExportedSubClass,
        ExportedSubClass2, SmallOrderedHashMap, SmallOrderedHashSet, SmallOrderedNameDictionary,
        AbstractInternalClassSubclass1, AbstractInternalClassSubclass2, DescriptorArray,
        StrongDescriptorArray, SourceTextModule, SyntheticModule, WeakFixedArray, TransitionArray,
        AccessorInfo, CallHandlerInfo, Cell, Code, CoverageInfo, EmbedderDataArray,
        FeedbackMetadata, FeedbackVector, Filler, FreeSpace, InstructionStream, InternalClass,
        InternalClassWithStructElements, Map, MegaDomHandler, OnHeapBasicBlockProfilerData,
        PreparseData, PropertyArray, PropertyCell, ScopeInfo, SharedFunctionInfo, SmiBox, SmiPair,
        SortState, SwissNameDictionary, WasmApiFunctionRef, WasmContinuationObject,
        WasmInternalFunction, WasmNull, WasmResumeData, WasmStringViewIter, WasmTypeInfo,
        WeakArrayList, WeakCell, WasmArray, WasmStruct, JSProxy, JSGlobalObject, JSGlobalProxy,
        JSModuleNamespace,
    ]),
    (1040, &[
        JSSpecialApiObject, JSPrimitiveWrapper,
    ]),
    (1057, &[
        JSObject,
    ]),
    (2059, &[
        JSDataView, JSRabGsabDataView, JSTypedArray, JSArrayBuffer,
        JSPromise, JSBoundFunction, JSWrappedFunction, JSFunction, Bigint64TypedArrayConstructor,
        Biguint64TypedArrayConstructor, Float32TypedArrayConstructor, Float64TypedArrayConstructor,
        Int16TypedArrayConstructor, Int32TypedArrayConstructor, Int8TypedArrayConstructor,
        Uint16TypedArrayConstructor, Uint32TypedArrayConstructor,
        Uint8ClampedTypedArrayConstructor, Uint8TypedArrayConstructor, JSArrayConstructor,
        JSPromiseConstructor, JSRegExpConstructor, JSClassConstructor, JSArrayIteratorPrototype,
        JSIteratorPrototype, JSMapIteratorPrototype, JSObjectPrototype, JSPromisePrototype,
        JSRegExpPrototype, JSSetIteratorPrototype, JSSetPrototype, JSStringIteratorPrototype,
        JSTypedArrayPrototype, JSMapKeyIterator, JSMapKeyValueIterator, JSMapValueIterator,
        JSSetKeyValueIterator, JSSetValueIterator, JSAtomicsCondition, JSAtomicsMutex,
        JSSharedArray, JSSharedStruct, JSIteratorDropHelper, JSIteratorFilterHelper,
        JSIteratorMapHelper, JSIteratorTakeHelper, JSGeneratorObject, JSAsyncFunctionObject,
        JSAsyncGeneratorObject, JSMap, JSSet, JSWeakMap, JSWeakSet, JSArgumentsObject, JSArray,
        JSArrayIterator, JSAsyncFromSyncIterator, JSCollator, JSContextExtensionObject, JSDate,
        JSDateTimeFormat, JSDisplayNames, JSDurationFormat, JSError, JSExternalObject,
        JSFinalizationRegistry, JSListFormat, JSLocale, JSMessageObject, JSNumberFormat,
        JSPluralRules, JSRawJson, JSRegExp, JSRegExpStringIterator, JSRelativeTimeFormat,
        JSSegmentIterator, JSSegmenter, JSSegments, JSShadowRealm, JSStringIterator,
        JSTemporalCalendar, JSTemporalDuration, JSTemporalInstant, JSTemporalPlainDate,
        JSTemporalPlainDateTime, JSTemporalPlainMonthDay, JSTemporalPlainTime,
        JSTemporalPlainYearMonth, JSTemporalTimeZone, JSTemporalZonedDateTime, JSV8BreakIterator,
        JSValidIteratorWrapper, JSWeakRef, WasmExceptionPackage, WasmGlobalObject,
        WasmInstanceObject, WasmMemoryObject, WasmModuleObject, WasmSuspenderObject,
        WasmTableObject, WasmTagObject, WasmValueObject,
    ]),
];

#[rustfmt::skip]
const V12_4: &[Run] = &[
    (128, &[
        Symbol, BigInt, HeapNumber, Oddball, PromiseFulfillReactionJobTask,
        PromiseRejectReactionJobTask, CallableTask, CallbackTask, PromiseResolveThenableJobTask,
        LoadHandler, StoreHandler, AccessCheckInfo, AccessorPair, AliasedArgumentsEntry,
        AllocationMemento, AllocationSite, ArrayBoilerplateDescription, AsmWasmData,
        AsyncGeneratorRequest, BreakPoint, BreakPointInfo, BytecodeWrapper, CallSiteInfo,
        ClassBoilerplate, ClassPositions, CodeWrapper, DebugInfo, EnumCache, ErrorStackData,
        FeedbackCell, FunctionTemplateRareData, InterceptorInfo, ModuleRequest, PromiseCapability,
        PromiseOnStack, PromiseReaction, PropertyDescriptorObject, PrototypeInfo,
        RegExpBoilerplateDescription, Script, ScriptOrModule, SourceTextModuleInfoEntry,
        StackFrameInfo, TemplateObjectDescription, Tuple2, WasmExceptionTag, FixedArray, HashTable,
        EphemeronHashTable, GlobalDictionary, NameDictionary, NameToIndexHashTable,
        NumberDictionary, OrderedHashMap, OrderedHashSet, OrderedNameDictionary,
        RegisteredSymbolTable, SimpleNumberDictionary, ByteArray, ExternalPointerArray,
        FixedDoubleArray, SloppyArgumentsElements, AwaitContext, BlockContext, CatchContext,
        DebugEvaluateContext, EvalContext, FunctionContext, ModuleContext, NativeContext,
        ScriptContext, WithContext, UncompiledDataWithPreparseData,
        UncompiledDataWithPreparseDataAndJob, UncompiledDataWithoutPreparseData,
        UncompiledDataWithoutPreparseDataWithJob, Foreign, BytecodeArray, Code, InterpreterData,
        WasmApiFunctionRef, WasmTrustedInstanceData, InstructionStream, ProtectedFixedArray,
        TrustedByteArray, TrustedFixedArray, WasmDispatchTable, TurboshaftFloat64Type,
        TurboshaftFloat64RangeType, TurboshaftFloat64SetType, TurboshaftWord32Type,
        TurboshaftWord32RangeType, TurboshaftWord32SetType, TurboshaftWord64Type,
        TurboshaftWord64RangeType, TurboshaftWord64SetType, TurbofanBitsetType,
        TurbofanHeapConstantType, TurbofanOtherNumberConstantType, TurbofanRangeType,
        TurbofanUnionType, WasmFunctionData, WasmCapiFunctionData, WasmExportedFunctionData,
        WasmJSFunctionData, ExportedSubClassBase, ExportedSubClass, ExportedSubClass2,
        SmallOrderedHashMap, SmallOrderedHashSet, SmallOrderedNameDictionary,
        AbstractInternalClassSubclass1, AbstractInternalClassSubclass2, DescriptorArray,
        StrongDescriptorArray, SourceTextModule, SyntheticModule, FunctionTemplateInfo,
        ObjectTemplateInfo, WeakFixedArray, TransitionArray, AccessorInfo, ArrayList, Cell,
        ClosureFeedbackCellArray, ConstTrackingLetCell, CoverageInfo, DictionaryTemplateInfo,
        EmbedderDataArray, FeedbackMetadata, FeedbackVector, Filler, FreeSpace, Hole,
        InternalClass, InternalClassWithStructElements, Map, MegaDomHandler,
        ObjectBoilerplateDescription, OnHeapBasicBlockProfilerData, PreparseData, PropertyArray,
        PropertyCell, RegExpMatchInfo, ScopeInfo, ScriptContextTable, SharedFunctionInfo, SmiBox,
        SmiPair, SortState, SwissNameDictionary, WasmContinuationObject, WasmFastApiCallData,
        WasmFuncRef, WasmInternalFunction, WasmNull, WasmResumeData, WasmStringViewIter,
        WasmTypeInfo, WeakArrayList, WeakCell, WasmArray, WasmStruct, JSProxy, JSGlobalObject,
        JSGlobalProxy, JSModuleNamespace,
    ]),
    (1040, &[
        JSSpecialApiObject, JSPrimitiveWrapper,
    ]),
    (1057, &[
        JSObject,
    ]),
    (2059, &[
        JSDataView, JSRabGsabDataView, JSTypedArray, JSArrayBuffer,
        JSPromise, JSBoundFunction, JSWrappedFunction, JSFunction, Bigint64TypedArrayConstructor,
        Biguint64TypedArrayConstructor, Float16TypedArrayConstructor, Float32TypedArrayConstructor,
        Float64TypedArrayConstructor, Int16TypedArrayConstructor, Int32TypedArrayConstructor,
        Int8TypedArrayConstructor, Uint16TypedArrayConstructor, Uint32TypedArrayConstructor,
        Uint8ClampedTypedArrayConstructor, Uint8TypedArrayConstructor, JSArrayConstructor,
        JSPromiseConstructor, JSRegExpConstructor, JSClassConstructor, JSArrayIteratorPrototype,
        JSIteratorPrototype, JSMapIteratorPrototype, JSObjectPrototype, JSPromisePrototype,
        JSRegExpPrototype, JSSetIteratorPrototype, JSSetPrototype, JSStringIteratorPrototype,
        JSTypedArrayPrototype, JSMapKeyIterator, JSMapKeyValueIterator, JSMapValueIterator,
        JSSetKeyValueIterator, JSSetValueIterator, JSIteratorDropHelper, JSIteratorFilterHelper,
        JSIteratorFlatMapHelper, JSIteratorMapHelper, JSIteratorTakeHelper, JSAtomicsCondition,
        JSAtomicsMutex, JSSharedArray, JSSharedStruct, JSGeneratorObject, JSAsyncFunctionObject,
        JSAsyncGeneratorObject, JSMap, JSSet, JSWeakMap, JSWeakSet, JSArgumentsObject, JSArray,
        JSArrayIterator, JSAsyncFromSyncIterator, JSCollator, JSContextExtensionObject, JSDate,
        JSDateTimeFormat, JSDisplayNames, JSDurationFormat, JSError, JSExternalObject,
        JSFinalizationRegistry, JSListFormat, JSLocale, JSMessageObject, JSNumberFormat,
        JSPluralRules, JSRawJson, JSRegExp, JSRegExpStringIterator, JSRelativeTimeFormat,
        JSSegmentIterator, JSSegmenter, JSSegments, JSShadowRealm, JSStringIterator,
        JSTemporalCalendar, JSTemporalDuration, JSTemporalInstant, JSTemporalPlainDate,
        JSTemporalPlainDateTime, JSTemporalPlainMonthDay, JSTemporalPlainTime,
        JSTemporalPlainYearMonth, JSTemporalTimeZone, JSTemporalZonedDateTime, JSV8BreakIterator,
        JSValidIteratorWrapper, JSWeakRef, WasmExceptionPackage, WasmGlobalObject,
        WasmInstanceObject, WasmMemoryObject, WasmModuleObject, WasmSuspenderObject,
        WasmTableObject, WasmTagObject, WasmValueObject,
    ]),
];

#[rustfmt::skip]
const V13_6: &[Run] = &[
    (128, &[
        Symbol, BigInt, HeapNumber, Oddball, PromiseFulfillReactionJobTask,
        PromiseRejectReactionJobTask, CallableTask, CallbackTask, PromiseResolveThenableJobTask,
        LoadHandler, StoreHandler, AccessCheckInfo, AccessorPair, AliasedArgumentsEntry,
        AllocationMemento, AllocationSite, ArrayBoilerplateDescription, AsmWasmData,
        AsyncGeneratorRequest, BreakPoint, BreakPointInfo, BytecodeWrapper, CallSiteInfo,
        ClassBoilerplate, ClassPositions, CodeWrapper, DebugInfo, EnumCache, ErrorStackData,
        FeedbackCell, FunctionTemplateRareData, InterceptorInfo, ModuleRequest, PromiseCapability,
        PromiseReaction, PropertyDescriptorObject, PrototypeInfo, RegExpBoilerplateDescription,
        RegExpDataWrapper, Script, ScriptOrModule, SourceTextModuleInfoEntry, StackFrameInfo,
        StackTraceInfo, TemplateObjectDescription, Tuple2, WasmExceptionTag,
        UncompiledDataWithPreparseData, UncompiledDataWithPreparseDataAndJob,
        UncompiledDataWithoutPreparseData, UncompiledDataWithoutPreparseDataWithJob,
        WasmFunctionData, WasmCapiFunctionData, WasmExportedFunctionData, WasmJSFunctionData,
        RegExpData, AtomRegExpData, IrRegExpData, BytecodeArray, Code, InterpreterData,
        WasmDispatchTable, WasmInternalFunction, WasmTrustedInstanceData, InstructionStream,
        ProtectedFixedArray, ProtectedWeakFixedArray, SharedFunctionInfoWrapper, TrustedByteArray,
        TrustedFixedArray, TrustedForeign, TrustedWeakFixedArray, WasmImportData,
        ExportedSubClassBase, ExportedSubClass, ExportedSubClass2, Foreign, FixedArray, HashTable,
        EphemeronHashTable, GlobalDictionary, NameDictionary, NameToIndexHashTable,
        NumberDictionary, OrderedHashMap, OrderedHashSet, OrderedNameDictionary,
        RegisteredSymbolTable, SimpleNumberDictionary, ByteArray, FixedDoubleArray,
        SloppyArgumentsElements, AwaitContext, BlockContext, CatchContext, DebugEvaluateContext,
        EvalContext, FunctionContext, ModuleContext, NativeContext, ScriptContext, WithContext,
        TurboshaftFloat64Type, TurboshaftFloat64RangeType, TurboshaftFloat64SetType,
        TurboshaftWord32Type, TurboshaftWord32RangeType, TurboshaftWord32SetType,
        TurboshaftWord64Type, TurboshaftWord64RangeType, TurboshaftWord64SetType,
        TurbofanBitsetType, TurbofanHeapConstantType, TurbofanOtherNumberConstantType,
        TurbofanRangeType, TurbofanUnionType, SmallOrderedHashMap, SmallOrderedHashSet,
        SmallOrderedNameDictionary, FunctionTemplateInfo, ObjectTemplateInfo,
        DictionaryTemplateInfo, AbstractInternalClassSubclass1, AbstractInternalClassSubclass2,
        DescriptorArray, StrongDescriptorArray, SourceTextModule, SyntheticModule, WeakFixedArray,
        TransitionArray, AccessorInfo, ArrayList, Cell, ClosureFeedbackCellArray,
        ContextSidePropertyCell, CoverageInfo, EmbedderDataArray, FeedbackMetadata, FeedbackVector,
        Filler, FreeSpace, Hole, InternalClass, InternalClassWithStructElements, Map,
        MegaDomHandler, ObjectBoilerplateDescription, OnHeapBasicBlockProfilerData, PreparseData,
        PropertyArray, PropertyCell, RegExpMatchInfo, ScopeInfo, ScriptContextTable,
        SharedFunctionInfo, SmiBox, SmiPair, SortState, SwissNameDictionary,
        WasmContinuationObject, WasmFastApiCallData, WasmFuncRef, WasmNull, WasmResumeData,
        WasmStringViewIter, WasmSuspenderObject, WasmTypeInfo, WeakArrayList, WeakCell, WasmArray,
        WasmStruct, JSProxy, JSGlobalObject, JSGlobalProxy, JSModuleNamespace,
    ]),
    (1040, &[
        JSSpecialApiObject, JSPrimitiveWrapper,
    ]),
    (1057, &[
        JSObject,
    ]),
    (2059, &[
        JSDataView, JSRabGsabDataView, JSTypedArray, JSArrayBuffer,
        JSBoundFunction, JSWrappedFunction, JSFunction, Bigint64TypedArrayConstructor,
        Biguint64TypedArrayConstructor, Float16TypedArrayConstructor, Float32TypedArrayConstructor,
        Float64TypedArrayConstructor, Int16TypedArrayConstructor, Int32TypedArrayConstructor,
        Int8TypedArrayConstructor, Uint16TypedArrayConstructor, Uint32TypedArrayConstructor,
        Uint8ClampedTypedArrayConstructor, Uint8TypedArrayConstructor, JSArrayConstructor,
        JSPromiseConstructor, JSRegExpConstructor, JSClassConstructor, JSArrayIteratorPrototype,
        JSIteratorPrototype, JSMapIteratorPrototype, JSObjectPrototype, JSPromisePrototype,
        JSRegExpPrototype, JSSetIteratorPrototype, JSSetPrototype, JSStringIteratorPrototype,
        JSTypedArrayPrototype, JSMapKeyIterator, JSMapKeyValueIterator, JSMapValueIterator,
        JSSetKeyValueIterator, JSSetValueIterator, JSIteratorDropHelper, JSIteratorFilterHelper,
        JSIteratorFlatMapHelper, JSIteratorMapHelper, JSIteratorTakeHelper, JSAtomicsCondition,
        JSAtomicsMutex, JSSharedArray, JSSharedStruct, JSDisposableStackBase,
        JSAsyncDisposableStack, JSSyncDisposableStack, JSGeneratorObject, JSAsyncFunctionObject,
        JSAsyncGeneratorObject, JSMap, JSSet, JSObjectWithEmbedderSlots, JSPromise, JSWeakMap,
        JSWeakSet, JSArgumentsObject, JSArray, JSArrayIterator, JSAsyncFromSyncIterator,
        JSCollator, JSContextExtensionObject, JSDate, JSDateTimeFormat, JSDisplayNames,
        JSDurationFormat, JSError, JSExternalObject, JSFinalizationRegistry, JSListFormat,
        JSLocale, JSMessageObject, JSNumberFormat, JSPluralRules, JSRawJson, JSRegExp,
        JSRegExpStringIterator, JSRelativeTimeFormat, JSSegmentIterator, JSSegmenter, JSSegments,
        JSShadowRealm, JSStringIterator, JSTemporalCalendar, JSTemporalDuration, JSTemporalInstant,
        JSTemporalPlainDate, JSTemporalPlainDateTime, JSTemporalPlainMonthDay, JSTemporalPlainTime,
        JSTemporalPlainYearMonth, JSTemporalTimeZone, JSTemporalZonedDateTime, JSV8BreakIterator,
        JSValidIteratorWrapper, JSWeakRef, WasmExceptionPackage, WasmGlobalObject,
        WasmInstanceObject, WasmMemoryMapDescriptor, WasmMemoryObject, WasmModuleObject,
        WasmSuspendingObject, WasmTableObject, WasmTagObject, WasmValueObject,
    ]),
];

#[rustfmt::skip]
const V14_6: &[Run] = &[
    (128, &[
        Symbol, BigInt, HeapNumber, Oddball, PromiseFulfillReactionJobTask,
        PromiseRejectReactionJobTask, CallableTask, CallbackTask, PromiseResolveThenableJobTask,
        LoadHandler, StoreHandler, AccessCheckInfo, AccessorPair, AliasedArgumentsEntry,
        AllocationMemento, ArrayBoilerplateDescription, AsmWasmData, AsyncGeneratorRequest,
        BreakPoint, BreakPointInfo, BytecodeWrapper, CallSiteInfo, ClassBoilerplate,
        ClassPositions, CodeWrapper, DebugInfo, EnumCache, ErrorStackData, FeedbackCell,
        FunctionTemplateRareData, ModuleRequest, PromiseCapability, PromiseReaction,
        PropertyDescriptorObject, PrototypeInfo, PrototypeSharedClosureInfo,
        RegExpBoilerplateDescription, RegExpDataWrapper, Script, ScriptOrModule,
        SourceTextModuleInfoEntry, StackFrameInfo, StackTraceInfo, TemplateObjectDescription,
        Tuple2, WasmExceptionTag, UncompiledDataWithPreparseData,
        UncompiledDataWithPreparseDataAndJob, UncompiledDataWithoutPreparseData,
        UncompiledDataWithoutPreparseDataWithJob, WasmFunctionData, WasmCapiFunctionData,
        WasmExportedFunctionData, WasmJSFunctionData, RegExpData, AtomRegExpData, IrRegExpData,
        BytecodeArray, Code, InterpreterData, WasmDispatchTable, WasmInternalFunction,
        WasmSuspenderObject, WasmTrustedInstanceData, InstructionStream, ProtectedFixedArray,
        ProtectedWeakFixedArray, SharedFunctionInfoWrapper, TrustedByteArray, TrustedFixedArray,
        TrustedForeign, TrustedWeakFixedArray, WasmDispatchTableForImports, WasmImportData,
        AbstractInternalClassSubclass1, AbstractInternalClassSubclass2, Foreign, FixedArray,
        HashTable, EphemeronHashTable, GlobalDictionary, NameDictionary, NameToIndexHashTable,
        NumberDictionary, OrderedHashMap, OrderedHashSet, OrderedNameDictionary,
        RegisteredSymbolTable, SimpleNameDictionary, SimpleNumberDictionary, ByteArray,
        FixedDoubleArray, SloppyArgumentsElements, AwaitContext, BlockContext, CatchContext,
        DebugEvaluateContext, EvalContext, FunctionContext, ModuleContext, NativeContext,
        ScriptContext, WithContext, TurboshaftFloat64Type, TurboshaftFloat64RangeType,
        TurboshaftFloat64SetType, TurboshaftWord32Type, TurboshaftWord32RangeType,
        TurboshaftWord32SetType, TurboshaftWord64Type, TurboshaftWord64RangeType,
        TurboshaftWord64SetType, TurbofanBitsetType, TurbofanHeapConstantType,
        TurbofanOtherNumberConstantType, TurbofanRangeType, TurbofanUnionType,
        ExportedSubClassBase, ExportedSubClass, ExportedSubClass2, SmallOrderedHashMap,
        SmallOrderedHashSet, SmallOrderedNameDictionary, FunctionTemplateInfo, ObjectTemplateInfo,
        DictionaryTemplateInfo, DescriptorArray, StrongDescriptorArray, SourceTextModule,
        SyntheticModule, WeakFixedArray, TransitionArray, AccessorInfo, AllocationSite, ArrayList,
        Cell, ClosureFeedbackCellArray, ContextCell, CoverageInfo, CppHeapExternalObject,
        DoubleStringCache, EmbedderDataArray, FeedbackMetadata, FeedbackVector, Filler, FreeSpace,
        Hole, InterceptorInfo, InternalClass, InternalClassWithStructElements, Map, MegaDomHandler,
        ObjectBoilerplateDescription, OnHeapBasicBlockProfilerData, PreparseData, PropertyArray,
        PropertyCell, RegExpMatchInfo, ScopeInfo, ScriptContextTable, SharedFunctionInfo, SmiBox,
        SmiPair, SortState, SwissNameDictionary, WasmContinuationObject, WasmFastApiCallData,
        WasmFuncRef, WasmNull, WasmResumeData, WasmStringViewIter, WasmTypeInfo, WeakArrayList,
        WeakCell, WasmArray, WasmStruct, JSProxy, JSModuleNamespace, JSDeferredModuleNamespace,
        JSGlobalObject, JSGlobalProxy,
    ]),
    (1040, &[
        JSSpecialApiObject, JSPrimitiveWrapper,
    ]),
    (1057, &[
        JSObject,
    ]),
    (2059, &[
        JSDataView, JSRabGsabDataView, JSTypedArray, JSDetachedTypedArray,
        JSArrayBuffer, JSBoundFunction, JSWrappedFunction, JSFunction,
        Bigint64TypedArrayConstructor, Biguint64TypedArrayConstructor,
        Float16TypedArrayConstructor, Float32TypedArrayConstructor, Float64TypedArrayConstructor,
        Int16TypedArrayConstructor, Int32TypedArrayConstructor, Int8TypedArrayConstructor,
        Uint16TypedArrayConstructor, Uint32TypedArrayConstructor,
        Uint8ClampedTypedArrayConstructor, Uint8TypedArrayConstructor, JSArrayConstructor,
        JSPromiseConstructor, JSRegExpConstructor, JSClassConstructor, JSArrayIteratorPrototype,
        JSIteratorPrototype, JSMapIteratorPrototype, JSObjectPrototype, JSPromisePrototype,
        JSRegExpPrototype, JSSetIteratorPrototype, JSSetPrototype, JSStringIteratorPrototype,
        JSTypedArrayPrototype, JSIteratorConcatHelper, JSIteratorDropHelper,
        JSIteratorFilterHelper, JSIteratorFlatMapHelper, JSIteratorMapHelper, JSIteratorTakeHelper,
        JSMapKeyIterator, JSMapKeyValueIterator, JSMapValueIterator, JSSetKeyValueIterator,
        JSSetValueIterator, JSAtomicsCondition, JSAtomicsMutex, JSSharedArray, JSSharedStruct,
        JSDisposableStackBase, JSAsyncDisposableStack, JSSyncDisposableStack, JSGeneratorObject,
        JSAsyncFunctionObject, JSAsyncGeneratorObject, JSMap, JSSet, JSObjectWithEmbedderSlots,
        JSPromise, JSWeakMap, JSWeakSet, JSArgumentsObject, JSArray, JSArrayIterator,
        JSAsyncFromSyncIterator, JSCollator, JSContextExtensionObject, JSDate, JSDateTimeFormat,
        JSDisplayNames, JSDurationFormat, JSError, JSExternalObject, JSFinalizationRegistry,
        JSListFormat, JSLocale, JSMessageObject, JSNumberFormat, JSPluralRules, JSRawJson,
        JSRegExp, JSRegExpStringIterator, JSRelativeTimeFormat, JSSegmentIterator, JSSegmenter,
        JSSegments, JSShadowRealm, JSStringIterator, JSTemporalDuration, JSTemporalInstant,
        JSTemporalPlainDate, JSTemporalPlainDateTime, JSTemporalPlainMonthDay, JSTemporalPlainTime,
        JSTemporalPlainYearMonth, JSTemporalZonedDateTime, JSV8BreakIterator,
        JSValidIteratorWrapper, JSWeakRef, WasmExceptionPackage, WasmGlobalObject,
        WasmInstanceObject, WasmMemoryMapDescriptor, WasmMemoryObject, WasmModuleObject,
        WasmSuspendingObject, WasmTableObject, WasmTagObject, WasmValueObject,
    ]),
];
