//! The function or class at a position.

mod marked;

use heapwatch_source::FunctionKind::{
    self, Arrow, Class, Constructor, Function, Getter, Method, Setter,
};
use heapwatch_source::Language::{JavaScript, Tsx, TypeScript};
use heapwatch_source::Position;
use marked::{Markers, parse};

#[test]
fn a_function_has_the_name_it_is_given_or_assigned_to() {
    let cases: &[(&str, Option<&str>, FunctionKind)] = &[
        ("function f/*F*/() {}", Some("f"), Function),
        ("async function* f/*F*/() {}", Some("f"), Function),
        ("export default function /*F*/() {}", None, Function),
        ("const a = function f/*F*/() {}", Some("f"), Function),
        ("const f = function /*F*/() {}", Some("f"), Function),
        ("const f = /*F*/() => 1", Some("f"), Arrow),
        ("const f = /*F*/async x => 1", Some("f"), Arrow),
        ("let f; f = (/*F*/x => 1)", Some("f"), Arrow),
        ("a.b.f = /*F*/() => 1", Some("f"), Arrow),
        ("a.f ??= /*F*/() => 1", Some("f"), Arrow),
        ("a[k] = /*F*/() => 1", None, Arrow),
        ("a({ f: /*F*/() => 1 })", Some("f"), Arrow),
        ("a({ 'f': function /*F*/() {} })", Some("f"), Function),
        ("a({ 'secret text': function /*F*/() {} })", None, Function),
        ("a({ 1: function /*F*/() {} })", None, Function),
        ("function g(f = /*F*/() => 1) {}", Some("f"), Arrow),
        ("const { f = /*F*/() => 1 } = a", None, Arrow),
        ("a(/*F*/() => 1)", None, Arrow),
        ("const a = b(/*F*/() => 1)", None, Arrow),
        ("class A { m/*F*/() {} }", Some("m"), Method),
        ("class A { static async *m/*F*/() {} }", Some("m"), Method),
        ("class A { #m/*F*/() {} }", Some("#m"), Method),
        ("class A { [k]/*F*/() {} }", None, Method),
        ("class A { get m/*F*/() { return 1 } }", Some("m"), Getter),
        ("class A { static set m/*F*/(v) {} }", Some("m"), Setter),
        ("class A { get/*F*/() {} }", Some("get"), Method),
        ("class A { m = /*F*/() => 1 }", Some("m"), Arrow),
        (
            "class A { a() {} b = class {}; constructor/*F*/() {} }",
            Some("A"),
            Constructor,
        ),
        (
            "class A { static constructor/*F*/() {} }",
            Some("constructor"),
            Method,
        ),
        (
            "const A = class { constructor/*F*/() {} }",
            Some("A"),
            Constructor,
        ),
        ("a({ m/*F*/() {} })", Some("m"), Method),
        ("a({ get m/*F*/() { return 1 } })", Some("m"), Getter),
        ("/*F*/class A { m() {} }", Some("A"), Class),
        ("const A = /*F*/class { m() {} }", Some("A"), Class),
        ("class A { a = /*F*/1 }", Some("A"), Class),
        ("function f() { a(() => 1); /*F*/b }", Some("f"), Function),
    ];
    for language in [JavaScript, TypeScript, Tsx] {
        for (source, name, kind) in cases {
            let at = Markers::of(source).functions[0];
            let found = parse(source, language).function_at(at);
            let found = found.as_ref().map(|site| (site.name.as_deref(), site.kind));
            assert_eq!(found, Some((*name, *kind)), "{language:?}: {source}");
        }
    }
}

#[test]
fn a_function_extends_from_its_first_word_to_its_brace() {
    let source = "  async function f() {\n}\n@dec class A { @dec static m() {} }";
    let found = |line, column| parse(source, TypeScript).function_at(Position { line, column });
    let f = found(0, 18).map(|site| (site.start, site.end));
    let expected = (
        Position { line: 0, column: 2 },
        Position { line: 1, column: 1 },
    );
    assert_eq!(f, Some(expected));
    assert_eq!(found(1, 1), None);
    assert_eq!(found(0, 0), None);
    assert_eq!(
        found(2, 5).map(|site| site.start),
        Some(Position { line: 2, column: 5 })
    );
    assert_eq!(
        found(2, 28).map(|site| site.start),
        Some(Position {
            line: 2,
            column: 20
        })
    );
    assert_eq!(found(9, 9), None);
}

#[test]
fn an_empty_file_has_no_function() {
    assert_eq!(parse("", JavaScript).function_at(Position::default()), None);
}
