//! Variables: which binding is meant, where it grows and shrinks.

mod marked;

use heapwatch_source::Language::{self, JavaScript, Tsx, TypeScript};
use heapwatch_source::{Position, Sites};
use marked::{Markers, assert_marked, parse, position_at};

/// Asks for `x` with the functions marked in the source.
fn sites_of_x(source: &str, language: Language) -> Option<Sites> {
    parse(source, language).variable_sites("x", &Markers::of(source).functions)
}

#[track_caller]
fn check(cases: &[(&str, &str)], languages: &[Language]) {
    for (title, source) in cases {
        for &language in languages {
            let title = format!("{title} in {language:?}");
            assert_marked(&title, source, sites_of_x(source, language));
        }
    }
}

const ALL: &[Language] = &[JavaScript, TypeScript, Tsx];

#[test]
fn every_kind_of_declaration_declares() {
    check(
        &[
            (
                "const",
                "const /*D*/x = new Map(); exports.f = function /*F*/(k) { x./*G:Set*/set(k, 1); };",
            ),
            (
                "default import",
                "import /*D*/x from 'a';\nx./*G:Listener*/on('a', f);",
            ),
            (
                "named import",
                "import { y as /*D*/x, z } from 'a';\nx./*G:Listener*/once('a', f);",
            ),
            (
                "import under its name",
                "import z, { /*D*/x } from 'a';\nx./*G:Listener*/prependListener('a', f);",
            ),
            (
                "namespace import",
                "import * as /*D*/x from 'a';\nx./*G:Listener*/addEventListener('a', f);",
            ),
            (
                "parameter",
                "function f(/*D*/x) { return /*F*/() => x./*G:Add*/add(1); }",
            ),
            (
                "bare parameter",
                "const f = /*D*/x => /*F*/y => x./*G:Push*/push(y);",
            ),
            (
                "parameter with default",
                "function f(a, /*D*/x = []) { return /*F*/() => x./*G:Push*/push(a); }",
            ),
            (
                "pattern parameter",
                "function f({ a, b: [c, /*D*/x] = [] }, ...d) { x./*G:Unshift*/unshift(a); }",
            ),
            (
                "shorthand with default",
                "const { a, /*D*/x = [] } = o;\nx./*G:Push*/push(1);",
            ),
            (
                "rest parameter",
                "function f(a, .../*D*/x) { x./*G:Push*/push(1) }",
            ),
            (
                "catch parameter",
                "try { } catch (/*D*/x) { x./*G:Push*/push(1) }",
            ),
            (
                "loop variable",
                "for (const /*D*/x of xs) { fs.push(/*F*/() => x./*G:Push*/push(1)); }",
            ),
            (
                "counting loop",
                "for (let /*D*/x = [], i = 0; i < 9; i++) x./*G:Push*/push(i);",
            ),
            ("class", "class /*D*/x { }\n/*G:IndexAssign*/x[k] = 1;"),
            (
                "function",
                "function /*D*/x() { /*G:IndexAssign*/x[arguments[0]] = 1; }",
            ),
            (
                "function expression's name",
                "f(function /*D*/x() { g(/*F*/() => { x./*G:Listener*/on('a', 1) }) });",
            ),
            (
                "second declarator after a nested one",
                "var a = function () { let b; }, /*D*/x = []; { x./*G:Push*/push(1) }",
            ),
            ("first with a value", "var x; var /*D*/x = [];"),
            (
                "switch",
                "switch (a) { case 1: let /*D*/x = []; x./*G:Push*/push(1); }",
            ),
        ],
        ALL,
    );
}

#[test]
fn var_belongs_to_the_function_and_let_to_the_block() {
    check(
        &[
            (
                "var in a block",
                "function f() { if (a) { var /*D*/x = []; } return /*F*/() => { x./*G:Push*/push(1) }; }",
            ),
            (
                "var in a loop head",
                "function f() { for (var /*D*/x in y) ; x./*G:Push*/push(1) }",
            ),
            (
                "use before the var",
                "x./*G:Push*/push(1); { var /*D*/x = []; }",
            ),
            (
                "var in a static block",
                "class A { static { { var /*D*/x = []; } x./*G:Push*/push(1) } m() { x.push(2) } }",
            ),
            (
                "let in a block",
                "function f() { { let /*D*/x = []; a(/*F*/() => x./*G:Push*/push(1)); } x.push(2) }",
            ),
        ],
        ALL,
    );
}

#[test]
fn a_name_declared_again_further_in_is_another_variable() {
    check(
        &[
            (
                "inner function, parameter, catch, class and loop",
                "const /*D*/x = [];
                function a() { const x = []; x.push(1); }
                function b(x) { x.push(1); }
                function c() { try {} catch (x) { x.push(1) } }
                function d() { class x {} x.push(1); }
                function e() { for (let x = [];;) x.push(1); }
                function g() { x.push(1); { var x = []; } }
                function h() { return x => x.push(1); }
                function i() { function x() {} x.push(1); }
                (function x() { x.push(1); });
                function j() { { let x; } x./*G:Push*/push(1); }
                function k /*F*/() { return () => { x./*G:Push*/push(2); }; }",
            ),
            (
                "the inner one is meant",
                "const x = []; function f() { const /*D*/x = []; return /*F*/() => { x./*G:Push*/push(1) } } x.push(2)",
            ),
            (
                "a function's own variables are not those it shares",
                "function f() { const /*D*/x = []; x./*G:Push*/push(1); return function /*F*/(x) { x.push(2) }; }",
            ),
            (
                "an arrow function's own parameter is not shared either",
                "const f = (/*D*/x) => { x./*G:Push*/push(1); return /*F*/x => x.push(2); }",
            ),
            (
                "one around all functions",
                "const /*D*/x = []; function /*F*/() { } { let x = []; a(/*F*/() => x.push(1)); } x./*G:Push*/push(2)",
            ),
        ],
        ALL,
    );
}

#[test]
fn every_way_to_grow_is_told_apart() {
    check(
        &[(
            "growth",
            "let /*D*/x = make();
            x./*G:Set*/set(1, 2); x./*G:Set*/put(1); x./*G:Add*/add(1); x./*G:Push*/push(1, 2);
            x./*G:Unshift*/unshift(1); x./*G:Splice*/splice(0, 0, 1); x./*G:Splice*/splice(...a);
            /*G:IndexAssign*/x[k] = 1; /*G:IndexAssign*/x[x.length] = 1;
            /*G:IndexAssign*/x[`a${k}`] = 1; (/*G:IndexAssign*/x[k] ||= []).push(1);"
        ),
        (
            "copies and chains",
            "let /*D*/x = make();
            /*G:Append*/x += s; /*G:Append*/x = x + a + b; /*G:Append*/x = a + x;
            /*G:Copy*/x = [...x, 1]; /*G:Copy*/x = { ...x, [k]: 1 }; /*G:Copy*/x = x.concat(a);
            /*G:Link*/x = { a, next: x }; /*G:Link*/x = [a, x]; /*G:Link*/x = new Node(a, x);
            Object./*G:ObjectAssign*/assign(x, a); Object./*G:IndexAssign*/defineProperty(x, k, d);
            x./*G:Push*/push.apply(x, a); Array.prototype./*G:Push*/push.call(x, a);
            [].push.apply(a, x); x?./*G:Set*/set(1, 2); (x)./*G:Add*/add(1); (x ??= [])./*G:Push*/push(1);"
        ),
        (
            "emitters",
            "const /*D*/x = make();
            x./*G:Listener*/on('a', f)
              ./*G:Listener*/once('b', f)
              ./*G:Listener*/addListener('c', f);
            x.setMaxListeners(0)./*G:Listener*/prependOnceListener('d', f);
            x./*G:Listener*/subscribe(f); x./*G:Enqueue*/enqueue(1); x./*G:Enqueue*/append(1);"
        )],
        ALL,
    );
}

#[test]
fn every_way_to_shrink_is_a_removal() {
    check(
        &[
            (
                "removal",
                "let /*D*/x = new Map();
            x./*R*/delete(k); x./*R*/clear(); x./*R*/pop(); x./*R*/shift(); x./*R*/splice(0, 1);
            x./*R*/off('a', f)./*R*/removeListener('a', f); x./*R*/removeEventListener('a', f);
            /*R*/delete x[k]; /*R*/delete x.k; /*R*/x.length = 0; /*R*/x[k] = undefined;
            /*R*/x = new Map(); /*R*/x = x.filter(f); /*R*/x = { ...x, a: 1 };",
            ),
            (
                "the first value of a variable is no removal",
                "let /*D*/x; function f() { x = []; /*R*/x = []; }",
            ),
        ],
        ALL,
    );
}

#[test]
fn what_keeps_or_only_reads_a_collection_is_neither() {
    check(
        &[(
            "neither",
            "let /*D*/x = [];
            x[0] = 1; x['a'] = 1; x.a = 1; x[k]++; x.get(k); x.get(k).push(1); x.a.push(1); x[k].push(1);
            x = x || []; x = x; x ||= []; x += 1; y.x.push(1); x(1); x.length; f(x); delete x;
            x`a`; x.push`a`; Object.assign({}, x); push(x);",
        )],
        ALL,
    );
}

#[test]
fn typescript_types_do_not_hide_a_reference() {
    let cases = &[
        ("casts", "const /*D*/x: Map<string, number[]> = new Map<string, number[]>();
            (x as Foo)./*G:Set*/set(1, 2); x!./*G:Set*/set(1, 2); (x satisfies Foo)!./*G:Set*/set(1);
            /*G:IndexAssign*/(x as any)[k] = 1; x.set<number>;"),
        ("parameters", "function f(this: Foo, a?: number, /*D*/x: string[] = []): void { g(/*F*/() => x./*G:Push*/push('a')) }"),
        ("types of the same name", "type x = number; interface y { x: string } declare function g(x: number): void;
            const /*D*/x = []; x./*G:Push*/push(1);"),
        ("namespaces", "namespace a { export const /*D*/x = []; x./*G:Push*/push(1) } x.push(2);"),
        ("enums", "enum /*D*/x { A } /*G:IndexAssign*/x[k] = 1;"),
        ("import require", "import /*D*/x = require('a'); x./*G:Listener*/on('a', f);"),
        ("abstract class", "abstract class /*D*/x { abstract m(): void } /*G:IndexAssign*/x[k] = 1;"),
        ("overloads", "function f(x: string): void; function f(/*D*/x: string[]) { x./*G:Push*/push(1) }"),
    ];
    check(cases, &[TypeScript, Tsx]);
    check(
        &[("old cast", "const /*D*/x = []; (<any>x)./*G:Push*/push(1);")],
        &[TypeScript],
    );
}

#[test]
fn sites_inside_jsx_are_found() {
    check(
        &[(
            "jsx",
            "const /*D*/x = [];
            const A = () => <div a={/*F*/() => x./*G:Push*/push(1)}>{x.map(y => <B key={y} {...x} />)} text x.push(1)</div>;",
        )],
        &[JavaScript, Tsx],
    );
}

#[test]
fn positions_count_lines_and_utf16_columns_as_v8_does() {
    check(
        &[
            (
                "CRLF",
                "// a\r\nconst /*D*/x = [];\r\n\r\n  x./*G:Push*/push(1);\r\n",
            ),
            ("CR alone", "a\rconst /*D*/x = [];\rx./*G:Push*/push(1);"),
            ("line separator", "a /*\u{2028}*/; const /*D*/x = [];"),
            (
                "byte order mark",
                "\u{FEFF}const /*D*/x = [];\nx./*G:Push*/push(1);",
            ),
            (
                "shebang",
                "#!/usr/bin/env node\nconst /*D*/x = [];\nx./*G:Push*/push(1);",
            ),
            (
                "non-BMP",
                "a('😀é'); const /*D*/x = []; '😀😀'; x./*G:Push*/push(1);",
            ),
            (
                "unicode names",
                "const größe = '變數'; const /*D*/x = []; x./*G:Push*/push(größe);",
            ),
        ],
        ALL,
    );
    // Long enough that characters straddle the chunks in which the parser reads.
    for padding in 0..4 {
        let filler = " ".repeat(padding) + &"'😀é';".repeat(4000);
        let source = format!("{filler}const /*D*/x=[];{filler}x./*G:Push*/push(1);");
        check(&[("minified", &source)], &[JavaScript]);
    }
}

#[test]
fn syntax_errors_leave_the_rest_readable() {
    let source = "const /*D*/x = [];\nfunction broken( { return ;;; ]\n}\nfunction f() { x./*G:Push*/push(1); }";
    assert!(parse(source, JavaScript).has_syntax_errors());
    assert!(!parse("const x = [];", JavaScript).has_syntax_errors());
    check(&[("an error in the middle", source)], &[JavaScript]);
    check(
        &[(
            "an error inside a function",
            "const /*D*/x = [];\nfunction f() { let = = 3; x./*G:Push*/push(1); }\n",
        )],
        ALL,
    );
}

#[test]
fn without_positions_the_only_outermost_declaration_is_meant() {
    let one = "const /*D*/x = []; function f() { const x = {}; } x./*G:Push*/push(1);";
    assert_marked("one", one, sites_of_x(one, JavaScript));
    let two = "function f() { const x = []; } function g() { const x = []; }";
    assert_eq!(sites_of_x(two, JavaScript), None);
    let nowhere = [Position {
        line: 99,
        column: 0,
    }];
    assert_eq!(parse(two, JavaScript).variable_sites("x", &nowhere), None);
    let inner = parse(one, JavaScript).variable_sites("x", &nowhere);
    assert_marked("positions that do not fit", one, inner);
}

#[test]
fn a_global_has_uses_and_no_declaration() {
    let source = "x./*G:Listener*/on('exit', f); function g(x) { x.on('a', f); }";
    // Here `x` is declared, by a function that no position is in.
    assert_eq!(
        parse(source, JavaScript)
            .variable_sites("x", &[])
            .and_then(|sites| sites.declared),
        Some(position_at(source, source.find("x) {").unwrap_or_default())),
    );
    let global = "x./*G:Listener*/on('exit', f); function g() { x./*R*/off('a', f); }";
    assert_marked("global", global, sites_of_x(global, JavaScript));
    assert_eq!(
        parse("f(x); x.y();", JavaScript).variable_sites("x", &[]),
        None
    );
    assert_eq!(parse("", JavaScript).variable_sites("x", &[]), None);
    assert_eq!(
        parse("", TypeScript).variable_sites("", &[Position::default()]),
        None
    );
}

#[test]
fn no_more_sites_are_told_than_a_report_can_show() {
    let source = format!("const x = [];{}", "x.push(1); x.pop();\n".repeat(100));
    let sites = sites_of_x(&source, JavaScript).unwrap_or_default();
    assert_eq!((sites.grows.len(), sites.removes.len()), (16, 16));
    assert_eq!(sites.grows[15].position.line, 15);
}

#[test]
fn parts_of_buffers_are_told_apart_from_other_values() {
    check(
        &[
            (
                "push",
                "const /*D*/x = []; on(/*F*/(b) => x./*G:Part*/push(b.subarray(0, 16)));",
            ),
            (
                "value of a Map",
                "const /*D*/x = new Map(); on(/*F*/(k, b) => x./*G:Part*/set(k, b.slice(4)));",
            ),
            (
                "assignment",
                "const /*D*/x = {}; on(/*F*/(k, b) => { /*G:Part*/x[k] = b.subarray(4); });",
            ),
            (
                "another method",
                "const /*D*/x = []; on(/*F*/(b) => x./*G:Push*/push(b.toString(0, 16)));",
            ),
        ],
        &[JavaScript],
    );
}

#[test]
fn taking_the_oldest_is_a_removal_of_its_own_kind() {
    let source = "const x = []; on(/*F*/(b) => { x.push(b); x.shift(); x.pop(); });";
    let sites = sites_of_x(source, JavaScript).expect("x is found");
    assert_eq!((sites.removes.len(), sites.takes_first.len()), (2, 1));
    let shift = source.find("shift").expect("it is there");
    assert_eq!(sites.takes_first, [position_at(source, shift)]);
}
