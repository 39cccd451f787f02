use std::collections::HashSet;

use super::*;

/// What Node 20, 22, 24 and 26 export, as `scripts/v8-constants.js` writes it.
const NODES: [(V8Version, &str, &str); 4] = [
    (
        V8Version::V11_3,
        "11.3.244.8-node.38",
        include_str!("testdata/v11.3.txt"),
    ),
    (
        V8Version::V12_4,
        "12.4.254.21-node.57",
        include_str!("testdata/v12.4.txt"),
    ),
    (
        V8Version::V13_6,
        "13.6.233.17-node.53",
        include_str!("testdata/v13.6.txt"),
    ),
    (
        V8Version::V14_6,
        "14.6.202.34-node.40",
        include_str!("testdata/v14.6.txt"),
    ),
];

fn detect(symbols: &Symbols) -> Result<V8Version, String> {
    V8Layout::from_symbols(symbols)
        .map(|layout| layout.version)
        .map_err(|error| error.to_string())
}

#[test]
fn the_layout_of_each_node_is_detected() {
    for (version, text, constants) in NODES {
        assert_eq!(detect(&Symbols::parse(text, constants)), Ok(version));
    }
}

#[test]
fn every_exported_number_of_a_kind_leads_back_to_it() {
    for (version, _, constants) in NODES {
        let layout = V8Layout::of(version);
        let mut kinds = 0;
        for line in constants.lines().filter(|line| line.starts_with("type_")) {
            let (name, number) = line.split_once(' ').unwrap();
            let kind = layout.object_type(number.parse().unwrap()).unwrap();
            if name.ends_with("STRING_TYPE") {
                assert_eq!(kind, ObjectType::String, "{version:?} {line}");
            } else if name != "type_DependentCode__DEPENDENT_CODE_TYPE" {
                let expected = format!("type_{}__{}", kind.class_name(), kind.constant());
                assert_eq!(name, expected, "{version:?} {line}");
                kinds += 1;
            }
        }
        assert!(kinds >= 180, "{version:?} {kinds}");
    }
}

#[test]
fn numbers_beyond_the_table_and_in_its_gaps_are_no_kind() {
    for (version, ..) in NODES {
        let layout = V8Layout::of(version);
        assert_eq!(layout.object_type(127), Some(ObjectType::String));
        assert_eq!(layout.object_type(1057), Some(ObjectType::JSObject));
        assert_eq!(layout.object_type(1058), Some(ObjectType::JSApiObject));
        assert_eq!(layout.object_type(2058), Some(ObjectType::JSApiObject));
        assert_eq!(layout.object_type(2059), Some(ObjectType::JSDataView));
        assert_eq!(layout.object_type(1039), None);
        assert_eq!(layout.object_type(1056), None);
        assert_eq!(layout.object_type(2200), None);
        assert_eq!(layout.object_type(u16::MAX), None);
    }
}

#[test]
fn some_kinds_became_fixed_arrays_no_longer() {
    let first = V8Layout::of(V8Version::V11_3);
    let second = V8Layout::of(V8Version::V12_4);
    for layout in [&first, &second] {
        assert!(layout.is_fixed_array(ObjectType::FixedArray));
        assert!(layout.is_fixed_array(ObjectType::NameDictionary));
        assert!(!layout.is_fixed_array(ObjectType::ByteArray));
    }
    assert!(first.is_fixed_array(ObjectType::ScriptContextTable));
    assert!(!second.is_fixed_array(ObjectType::ScriptContextTable));
}

#[test]
fn embedder_data_is_in_the_slot_of_native_contexts_that_the_binary_says() {
    for (version, ..) in NODES {
        let names = V8Layout::of(version).native_context_fields;
        let position = names
            .iter()
            .position(|name| *name == "embedder_data")
            .unwrap();
        let index = fields::NATIVE_CONTEXT_FIRST_FIELD_INDEX + position as u32;
        assert_eq!(index, fields::NATIVE_CONTEXT_EMBEDDER_DATA_INDEX);
    }
}

#[test]
fn no_two_names_of_native_contexts_or_instances_share_a_slot() {
    for (version, ..) in NODES {
        let layout = V8Layout::of(version);
        let names: HashSet<_> = layout.native_context_fields.iter().collect();
        assert_eq!(names.len(), layout.native_context_fields.len());
        let instance = layout.wasm_instance_fields;
        let names: HashSet<_> = instance.iter().map(|(name, _)| name).collect();
        let offsets: HashSet<_> = instance.iter().map(|(_, offset)| offset).collect();
        assert_eq!(
            (names.len(), offsets.len()),
            (instance.len(), instance.len())
        );
        assert!(
            offsets
                .iter()
                .all(|offset| offset.is_multiple_of(fields::WORD))
        );
    }
}

/// Whether detection compares a constant. Left out are fields that the walk doesn't
/// read, a second name of a kind, and the types of strings, of which the bits are compared.
fn is_compared(name: &str) -> bool {
    const NOT_COMPARED: [&str; 12] = [
        "class_JSMessageObject",
        "class_JSIteratorResult",
        "class_JSUint8Array",
        "class_AtomRegExpData",
        "class_IrRegExpData",
        "CodeKindBytecodeHandler",
        "type_DependentCode",
        "OddballArgumentsMarker",
        "OddballException",
        "OddballFalse",
        "OddballOther",
        "OddballUninitialized",
    ];
    !name.ends_with("STRING_TYPE") && !NOT_COMPARED.iter().any(|other| name.starts_with(other))
}

/// Detects with each constant changed in turn; gives `check` its name, value and the outcome.
fn with_each_constant(
    change: impl Fn(i32) -> Option<i32>,
    check: impl Fn(&str, i32, Result<V8Version, String>),
) {
    for (_, text, constants) in NODES {
        let mut symbols = Symbols::parse(text, constants);
        for line in constants.lines() {
            let (name, value) = line.split_once(' ').unwrap();
            if is_compared(name) {
                let value: i32 = value.parse().unwrap();
                symbols.set(name, change(value));
                check(name, value, detect(&symbols));
                symbols.set(name, Some(value));
            }
        }
    }
}

#[test]
fn a_constant_that_differs_is_refused_with_what_was_expected_and_found() {
    with_each_constant(
        |value| Some(value + 8),
        |name, value, outcome| {
            let reason = outcome.expect_err(name);
            let difference = format!("v8dbg_{name} is {}, not {value}", value + 8);
            assert!(reason.ends_with(&difference), "{reason}");
        },
    );
}

#[test]
fn a_constant_that_is_missing_is_refused_unless_another_says_the_same() {
    // Fields under two names, and kinds that not all versions export.
    const MAY_BE_MISSING: [&str; 8] = [
        "class_JSFunction__context",
        "type_ClosureFeedbackCellArray",
        "type_FreeSpace",
        "type_Hole",
        "type_JSModuleNamespace",
        "type_ObjectBoilerplateDescription",
        "type_ScriptContextTable",
        "type_WasmInstanceObject",
    ];
    with_each_constant(
        |_| None,
        |name, _, outcome| match outcome {
            Ok(_) => assert!(
                MAY_BE_MISSING.iter().any(|other| name.starts_with(other)),
                "{name}"
            ),
            Err(reason) => {
                let (field, _) = name.rsplit_once("__").unwrap_or((name, ""));
                assert!(
                    reason.contains(&format!("v8dbg_{field}")),
                    "{name}: {reason}"
                );
                assert!(reason.contains("is missing"), "{name}: {reason}");
            }
        },
    );
}

#[test]
fn a_kind_too_many_shifts_those_behind_it_and_is_refused() {
    let (_, text, constants) = NODES[2];
    let mut symbols = Symbols::parse(text, constants);
    for line in constants.lines().filter(|line| line.starts_with("type_")) {
        let (name, number) = line.split_once(' ').unwrap();
        let number: i32 = number.parse().unwrap();
        symbols.set(name, Some(number + i32::from(number >= 200)));
    }
    symbols.set(
        "FirstContextType",
        symbols.get("FirstContextType").map(|first| first + 1),
    );
    symbols.set(
        "LastContextType",
        symbols.get("LastContextType").map(|last| last + 1),
    );
    symbols.set("FirstJSFunctionType", Some(2065));
    symbols.set("LastJSFunctionType", Some(2081));
    let reason = detect(&symbols).unwrap_err();
    assert!(
        reason.contains("FirstContextType is 221, not 220"),
        "{reason}"
    );
}

#[test]
fn other_versions_and_processes_without_v8_are_refused() {
    for text in ["11.8.172.17-node.20", "12.40.1", "14.6", "15.0.1", "14", ""] {
        let (_, _, constants) = NODES[3];
        let outcome = detect(&Symbols::parse(text, constants));
        if text == "14.6" {
            assert_eq!(outcome, Ok(V8Version::V14_6));
        } else {
            let expected = format!(
                "the direct heap walk is not supported here: the heap of V8 {text} isn't known"
            );
            assert_eq!(outcome, Err(expected));
        }
    }
    let error = V8Layout::detect().unwrap_err();
    assert_eq!(error.code(), "ERR_HEAPWATCH_UNSUPPORTED");
    assert!(
        error
            .to_string()
            .ends_with("there is no V8 in this process"),
        "{error}"
    );
}
