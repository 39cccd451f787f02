//! Which names of a heap may be told. Names that a programmer wrote (classes, functions, variables,
//! fields) are what makes a report useful; names that the program made at run time (the keys of an
//! object used as a dictionary) are data, often somebody's. A heap doesn't tell one from the other,
//! so these rules do:
//!
//! - A property is a key if its name doesn't look written (`b7e2-41`, `user:17`, an address), or if
//!   its owner has more properties that lead to things of the same class than anyone writes.
//! - A plain object with very many properties is a dictionary altogether.
//! - A class or function has the name of its source only if that looks written: the name of
//!   `{ [email]: class {} }` is data.
//! - Strings, symbols, numbers and the like go by their kind, never by content.
//! - URLs lose queries, fragments, users and passwords.
//!
//! **Limits**: a small dictionary whose keys all look like identifiers is taken for an object with
//! fields.

use std::borrow::Cow;

use heapwatch_graph::{AnalyzedHeap, Edge, EdgeKind, EdgeName, HeapGraph, NodeId, NodeKind};

/// What stands for an index, a slot or a key.
pub(crate) const ANY_KEY: &str = "[*]";
/// More than this many properties of one class in a plain object are entries of a dictionary, not
/// fields. Few handwritten objects have more fields of one class.
const MAX_LIKE_FIELDS: usize = 8;
/// The same for instances of classes, which are rarely dictionaries and sometimes large; and how
/// many properties of whatever class, functions aside, a plain object may have.
const MAX_FIELDS: usize = 24;
/// Longer names are not written by hand.
const MAX_NAME: usize = 60;
/// More digits than in `base64`, `sha512` or `iso8601` make an id.
const MAX_DIGITS: usize = 4;
/// What a class or function is called whose name is none of its source.
const COMPUTED_NAME: &str = "(computed name)";
/// Characters of a name that are shown: some bundlers and generated classes exceed any line.
const MAX_SHOWN: usize = 120;
/// The same of a URL, whose end matters.
const MAX_URL: usize = 1000;

/// Whether a name looks like one of a field in source code.
pub(crate) fn is_field_name(name: &str) -> bool {
    // V8's names of symbols and of the functions of an accessor.
    if let Some(symbol) = (name.strip_prefix("<symbol ")).and_then(|name| name.strip_suffix('>')) {
        return is_event_name(symbol);
    }
    let name = (name.strip_prefix("get ").or(name.strip_prefix("set "))).unwrap_or(name);
    is_identifier(name.strip_prefix('#').unwrap_or(name))
}

/// Whether a name looks like one of an event in source code: words with separators between.
pub(crate) fn is_event_name(name: &str) -> bool {
    has_few_digits(name) && name.split(['-', ':', '.', '/']).all(is_identifier)
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && has_few_digits(name)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && (name.chars()).all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

fn has_few_digits(name: &str) -> bool {
    name.len() <= MAX_NAME && name.chars().filter(|c| c.is_numeric()).count() <= MAX_DIGITS
}

/// Whether a name looks like one of a class or function: `Order`, `get size`, `Map Iterator`,
/// `<static_initializer>`, `Object.<anonymous>`.
fn is_code_name(name: &str) -> bool {
    const BEFORE: [&str; 5] = ["get ", "set ", "bound ", "async ", "static "];
    let name = (BEFORE.iter())
        .find_map(|word| name.strip_prefix(word))
        .unwrap_or(name);
    let words = name.strip_suffix(" Iterator").unwrap_or(name);
    let mut parts = words.split(['.', '-']);
    let is_iterator = words.len() < name.len();
    let is_written = |part: &str| {
        let inner = part
            .strip_prefix('<')
            .and_then(|part| part.strip_suffix('>'));
        is_identifier(inner.unwrap_or(part.strip_prefix('#').unwrap_or(part)))
    };
    has_few_digits(name)
        && parts.all(|part| is_written(part) || (is_iterator && part.split(' ').all(is_identifier)))
}

/// Whether a node is an object without a class of its own.
pub(crate) fn is_plain_object(graph: &HeapGraph, node: NodeId) -> bool {
    graph.kind(node) == NodeKind::Object && graph.name(node) == "Object"
}

/// How many properties that lead to things of one class an owner may have for them to be fields.
pub(crate) fn max_like_fields(graph: &HeapGraph, owner: NodeId) -> usize {
    if is_plain_object(graph, owner) {
        MAX_LIKE_FIELDS
    } else {
        MAX_FIELDS
    }
}

/// Whether an edge's name is an index, a slot of a table or a key: part of the data.
pub(crate) fn is_key(heap: &AnalyzedHeap, edge: Edge) -> bool {
    let graph = heap.graph();
    let EdgeName::Name(name) = graph.edge_name(edge) else {
        return true;
    };
    let name = graph.strings().get(name);
    match edge.kind {
        EdgeKind::Property => {
            let owner = graph.edge_source(edge.id);
            let is_written = is_field_name(name) || (is_event_name(name) && is_events(heap, owner));
            !is_written || is_dictionary(graph, owner) || has_many_like(heap, owner, edge.to)
        }
        EdgeKind::Context => false,
        EdgeKind::Shortcut => !is_field_name(name),
        _ => starts_with_digit(name),
    }
}

/// Whether a plain object has so many properties that all must be keys. Those under symbols are none:
/// no program makes symbols of its data.
fn is_dictionary(graph: &HeapGraph, node: NodeId) -> bool {
    let is_symbol = |edge: &Edge| match graph.edge_name(*edge) {
        EdgeName::Name(name) => graph.strings().get(name).starts_with("<symbol "),
        EdgeName::Index(_) => false,
    };
    let is_data = |edge: &Edge| {
        edge.kind == EdgeKind::Property
            && graph.kind(edge.to) != NodeKind::Closure
            && !is_symbol(edge)
    };
    is_plain_object(graph, node) && graph.edges(node).filter(is_data).nth(MAX_FIELDS).is_some()
}

/// Whether an owner has more properties that lead to nodes like this one than are fields.
fn has_many_like(heap: &AnalyzedHeap, owner: NodeId, node: NodeId) -> bool {
    let graph = heap.graph();
    let is_like = |edge: &Edge| edge.kind == EdgeKind::Property && are_alike(graph, edge.to, node);
    let limit = max_like_fields(graph, owner);
    graph.edges(owner).filter(is_like).nth(limit).is_some()
}

fn are_alike(graph: &HeapGraph, one: NodeId, other: NodeId) -> bool {
    let kind = graph.kind(one);
    if kind != graph.kind(other) {
        return kind.is_string() && graph.kind(other).is_string();
    }
    let place = |node| {
        graph
            .location(node)
            .map(|at| (at.script_id, at.line, at.column))
    };
    match kind {
        NodeKind::Object | NodeKind::Native => graph.name_id(one) == graph.name_id(other),
        NodeKind::Closure => {
            graph.name_id(one) == graph.name_id(other) && place(one) == place(other)
        }
        _ => true,
    }
}

/// Whether an object is the `_events` of an EventEmitter, whose property names are events.
fn is_events(heap: &AnalyzedHeap, node: NodeId) -> bool {
    let emitter = heap.dominators().idom(node);
    heap.graph().target(emitter, EdgeKind::Property, "_events") == Some(node)
}

pub(crate) fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// An edge as reports name it; indexes, slots and keys are not told.
pub(crate) fn edge_name(heap: &AnalyzedHeap, edge: Edge) -> Cow<'_, str> {
    match heap.graph().edge_name(edge) {
        EdgeName::Name(name) if !is_key(heap, edge) => shown(heap.graph().strings().get(name)),
        _ => ANY_KEY.into(),
    }
}

/// A node as reports name it: functions by name, strings never by content, plain objects by shape
/// unless that would tell keys.
pub(crate) fn node_name(heap: &AnalyzedHeap, node: NodeId) -> Cow<'_, str> {
    let graph = heap.graph();
    let name = graph.name(node);
    match graph.kind(node) {
        _ if node == NodeId::ROOT => "(root)".into(),
        NodeKind::Closure if name.is_empty() => function_name(heap, node),
        NodeKind::Closure => format!("{}()", function_name(heap, node)).into(),
        kind if kind.is_string() => "(string)".into(),
        _ if is_scope(heap, node) => "(scope)".into(),
        NodeKind::Array if name.is_empty() => class_name(heap, node),
        // The name of a script is its URL.
        NodeKind::Synthetic | NodeKind::Hidden | NodeKind::Array => {
            on_one_line(&shown_url(name.to_owned()), MAX_SHOWN)
                .into_owned()
                .into()
        }
        _ => class_name(heap, node),
    }
}

/// The name of a node's class, or `Object` where that is a shape of keys.
pub(crate) fn class_name(heap: &AnalyzedHeap, node: NodeId) -> Cow<'_, str> {
    let graph = heap.graph();
    if is_scope(heap, node) {
        return "(scope)".into();
    }
    let name = heap.class_name(node);
    let has_keys = || {
        is_dictionary(graph, node)
            || (graph.edges(node)).any(|edge| edge.kind == EdgeKind::Property && is_key(heap, edge))
    };
    if is_plain_object(graph, node) && name != "Object" && has_keys() {
        return "Object".into();
    }
    let is_class = graph.kind(node) == NodeKind::Object && !is_plain_object(graph, node);
    if is_class && !is_code_name(name) {
        return COMPUTED_NAME.into();
    }
    shown(name)
}

/// A function's name, without parentheses.
pub(crate) fn function_name(heap: &AnalyzedHeap, node: NodeId) -> Cow<'_, str> {
    match heap.graph().name(node) {
        "" => "(anonymous function)".into(),
        name if is_code_name(name) => shown(name),
        _ => COMPUTED_NAME.into(),
    }
}

/// Whether the node is the scope of a function.
pub(crate) fn is_scope(heap: &AnalyzedHeap, node: NodeId) -> bool {
    heap.graph().name(node) == "system / Context"
}

/// A name fit for one line of a terminal: no control characters, not endless.
fn shown(name: &str) -> Cow<'_, str> {
    on_one_line(name, MAX_SHOWN)
}

fn on_one_line(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most && !text.contains(char::is_control) {
        return text.into();
    }
    let mut line: String = (text.chars().take(most))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line.into()
}

/// The URL of a script without what may be somebody's secret: a query (`?token=`), user and password,
/// a fragment, the content of a `data:` URL. The rest is where the code is.
pub(crate) fn shown_url(url: String) -> String {
    if url.starts_with("data:") {
        return "data:".to_owned();
    }
    let end = url.find('?').unwrap_or(url.len());
    let Some(scheme) = url[..end].find("://") else {
        return on_one_line(&url[..end], MAX_URL).into_owned();
    };
    let authority = scheme + "://".len();
    let end = url[..end].find('#').unwrap_or(end);
    let path = (url[authority..end].find('/')).map_or(end, |at| authority + at);
    let host = url[authority..path]
        .rfind('@')
        .map_or(authority, |at| authority + at + 1);
    on_one_line(
        &format!("{}{}", &url[..authority], &url[host..end]),
        MAX_URL,
    )
    .into_owned()
}

#[cfg(test)]
mod tests {
    use heapwatch_graph::NodeKind;
    use heapwatch_testing::{AnalyzedTestHeap, FixtureBuilder, heap};

    use super::{
        edge_name, is_code_name, is_event_name, is_field_name, node_name, shown, shown_url,
    };

    #[test]
    fn urls_lose_what_may_be_secret() {
        for (url, told) in [
            ("/app/a.js", "/app/a.js"),
            ("/app/#1/a.js", "/app/#1/a.js"),
            ("/app/a.js?token=s", "/app/a.js"),
            ("file:///app/a.mjs?v=1#s", "file:///app/a.mjs"),
            ("https://ann:pw@host:8080/a.js", "https://host:8080/a.js"),
            ("https://ann:p@w@host", "https://host"),
            (
                "webpack://shop/./src/a.ts?ab12",
                "webpack://shop/./src/a.ts",
            ),
            ("webpack://shop/@scope/a.ts", "webpack://shop/@scope/a.ts"),
            ("data:text/javascript,secret()", "data:"),
            ("evalmachine.<anonymous>", "evalmachine.<anonymous>"),
            ("a\nb.js", "a b.js"),
            ("", ""),
        ] {
            assert_eq!(shown_url(url.to_owned()), told);
        }
    }

    #[test]
    fn names_that_code_has_are_fields() {
        for name in [
            "receipts",
            "_events",
            "$el",
            "#private",
            "größe",
            "base64",
            "iso8601",
            "get size",
            "<symbol kHandle>",
            "<symbol nodejs.util.inspect.custom>",
            "__proto__",
        ] {
            assert!(is_field_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_classes_and_functions_look_written() {
        for name in [
            "Order",
            "Uint8ClampedArray",
            "Intl.Collator",
            "RegExp String Iterator",
            "Async-from-Sync Iterator",
            "get size",
            "bound onShipped",
            "#total",
            "<static_initializer>",
            "Object.<anonymous>",
            "_class2",
            "größe",
        ] {
            assert!(is_code_name(name), "{name}");
        }
        for name in [
            "ann@example.org",
            "Session of Ann",
            "4eC39HqLyjWDarjtT1zdp7dc",
            "Ann Iterator 1 2",
            "https://example.org/?token=s",
            "a/b",
            "",
            &"Long".repeat(20),
        ] {
            assert!(!is_code_name(name), "{name}");
        }
    }

    #[test]
    fn names_that_a_program_makes_are_keys() {
        for name in [
            "",
            "12",
            "user:17",
            "ann@example.org",
            "3 / part of key (",
            "two words",
            "a\nb",
            "a\"b",
            "9f86d081884c7d65",
            "f3c1b2a49",
            "/app/user.js",
            "<symbol a b>",
            &"long".repeat(20),
        ] {
            assert!(!is_field_name(name), "{name:?}");
        }
    }

    #[test]
    fn names_of_events_may_have_separators() {
        for name in [
            "shipped",
            "order-shipped",
            "order:shipped",
            "order.shipped",
            "a/b",
        ] {
            assert!(is_event_name(name), "{name}");
        }
        for name in [
            "",
            "order 1",
            "response:81733",
            "ann@example.org",
            "a--b",
            ":a",
        ] {
            assert!(!is_event_name(name), "{name:?}");
        }
    }

    #[test]
    fn names_are_shown_on_one_line_of_bounded_length() {
        assert_eq!(shown("a\n\u{1b}[31mb"), "a  [31mb");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), 121);
    }

    /// `owner` of a class, with these properties, each an object of class `Item`.
    fn owner(class: &str, names: &[&str]) -> AnalyzedTestHeap {
        let mut fixture = heap();
        fixture.property("owner", "owner").object("owner", class);
        add_items(&mut fixture, names);
        fixture.analyze()
    }

    fn add_items(fixture: &mut FixtureBuilder, names: &[&str]) {
        for name in names {
            fixture.at("owner").property(name, name);
            fixture.object(name, "Item");
        }
    }

    fn told(heap: &AnalyzedTestHeap) -> Vec<String> {
        let edges = heap.graph().edges(heap["owner"]);
        edges
            .map(|edge| edge_name(heap, edge).into_owned())
            .collect()
    }

    const LETTERS: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

    #[test]
    fn a_plain_object_has_up_to_eight_fields_of_one_class() {
        assert_eq!(told(&owner("Object", &LETTERS[..8])), LETTERS[..8]);
        assert_eq!(told(&owner("Object", &LETTERS)), ["[*]"; 9]);
    }

    #[test]
    fn an_instance_of_a_class_may_have_more_fields() {
        assert_eq!(told(&owner("Registry", &LETTERS)), LETTERS);
    }

    #[test]
    fn a_plain_object_of_very_many_properties_is_a_dictionary_whatever_they_hold() {
        let names: Vec<String> = (0..25).map(|i| format!("f{i}")).collect();
        let mixed = |count: usize| {
            let mut fixture = heap();
            fixture.property("owner", "owner").object("owner", "Object");
            for (i, name) in names[..count].iter().enumerate() {
                fixture.at("owner").property(name, name);
                fixture.object(name, &format!("Class{}", i % 5));
            }
            told(&fixture.analyze())
        };
        assert_eq!(mixed(24), names[..24]);
        assert_eq!(mixed(25), ["[*]"; 25]);
    }

    #[test]
    fn properties_under_symbols_make_no_dictionary() {
        let symbols: Vec<String> = (0..25).map(|i| format!("<symbol k{i}>")).collect();
        let mut fixture = heap();
        fixture.property("owner", "owner").object("owner", "Object");
        for (i, name) in symbols.iter().enumerate() {
            fixture.at("owner").property(name, name);
            fixture.object(name, &format!("Class{}", i % 5));
        }
        fixture
            .at("owner")
            .property("jobs", "jobs")
            .map("jobs", &[]);
        assert_eq!(told(&fixture.analyze())[25], "jobs");
    }

    #[test]
    fn functions_written_at_different_places_are_fields_however_many() {
        let mut fixture = heap();
        fixture.property("owner", "owner").object("owner", "Object");
        let names: Vec<String> = (0..40).map(|i| format!("f{i}")).collect();
        for (name, line) in names.iter().zip(1..) {
            fixture.at("owner").property(name, name);
            fixture.closure(name, name).written_at("/app/a.js", line, 1);
        }
        assert_eq!(told(&fixture.analyze()), names);
    }

    #[test]
    fn events_with_separators_are_told_only_of_an_emitter() {
        let mut fixture = heap();
        fixture
            .property("bus", "bus")
            .object("bus", "EventEmitter")
            .property("_events", "owner")
            .object("owner", "Object");
        add_items(&mut fixture, &["order:shipped", "user:17123"]);
        assert_eq!(told(&fixture.analyze()), ["order:shipped", "[*]"]);
        assert_eq!(told(&owner("Object", &["order:shipped"])), ["[*]"]);
    }

    #[test]
    fn a_shape_is_told_if_all_of_its_names_are_fields() {
        let mut fixture = heap();
        for (label, property) in [("a", "id"), ("b", "id"), ("c", "id 7"), ("d", "id 7")] {
            fixture.at("root").property(label, label);
            fixture.object(label, "Object").property(property, "text");
        }
        fixture.string("text", "canary");
        fixture.node("symbol", NodeKind::Symbol, "canary");
        let heap = fixture.analyze();
        let names = ["a", "c", "text", "symbol"].map(|label| node_name(&heap, heap[label]));
        assert_eq!(names, ["{id}", "Object", "(string)", "(symbol)"]);
    }
}
