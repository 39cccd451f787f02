//! Properties: whose they are, where they grow and shrink.

mod marked;

use heapwatch_source::Language::{self, JavaScript, Tsx, TypeScript};
use heapwatch_source::Sites;
use marked::{Markers, assert_marked, parse};

/// Asks for the property `name` with the functions marked in the source.
fn sites(name: &str, source: &str, language: Language) -> Option<Sites> {
    parse(source, language).property_sites(name, &Markers::of(source).functions)
}

#[track_caller]
fn check(name: &str, cases: &[(&str, &str)], languages: &[Language]) {
    for (title, source) in cases {
        for &language in languages {
            let title = format!("{title} in {language:?}");
            assert_marked(&title, source, sites(name, source, language));
        }
    }
}

const ALL: &[Language] = &[JavaScript, TypeScript, Tsx];

#[test]
fn every_kind_of_property_is_declared_and_grows() {
    check(
        "p",
        &[
            (
                "field",
                "class A { /*D*/p = []; m() { this.p./*G:Push*/push(1); this?.p./*R*/pop(); } }",
            ),
            (
                "static field",
                "class A { static /*D*/p = new Set(); static m() { A.p./*G:Add*/add(1); this.p./*R*/clear() } }",
            ),
            (
                "constructor",
                "class A { constructor /*F*/() { /*D*/this.p = new Map(); } m() { this.p./*G:Set*/set(1, 2) } }",
            ),
            (
                "field without value",
                "class A { p; constructor() { /*D*/this.p = []; } m() { this.p./*G:Push*/push(1) } }",
            ),
            (
                "static block",
                "class A { static { /*D*/this.p = []; } static m() { this.p./*G:Push*/push(1) } }",
            ),
            (
                "object literal",
                "const a = { /*D*/p: {} }; function f(id) { /*G:IndexAssign*/a.p[id] = 1; /*R*/delete a.p[id]; }",
            ),
            (
                "quoted key",
                "const a = { '/*no*/': 1, /*D*/'p': [] }; a['p']./*G:Push*/push(1); a.b.p./*G:Push*/push(2)",
            ),
            (
                "shorthand",
                "const p = []; const a = { /*D*/p }; a.p./*G:Push*/push(1); p.push(2);",
            ),
            (
                "assignment",
                "/*D*/exports.p = []; exports.p./*G:Push*/push(1);",
            ),
            (
                "lazy",
                "function f(a) { (/*D*/a.p ??= [])./*G:Push*/push(1); }",
            ),
            (
                "emitter",
                "class A { constructor(b) { /*D*/this.p = b; this.p./*G:Listener*/on('a', f)./*G:Listener*/on('b', f) } }",
            ),
            (
                "copy",
                "class A { /*D*/p = []; m(v) { /*G:Copy*/this.p = [...this.p, v]; /*G:Append*/this.p += v; } }",
            ),
            (
                "arrow in a constructor",
                "class A { constructor() { /*D*/this.p = []; a(() => { /*R*/this.p = []; this.p./*G:Push*/push(1) }); } }",
            ),
            (
                "parameters of calls",
                "class A { /*D*/p = []; m() { Object./*G:ObjectAssign*/assign(this.p, a); this.p./*G:Push*/push.apply(this.p, a) } }",
            ),
            (
                "not other names",
                "class A { /*D*/p = []; m() { this.q.push(1); p.push(1); this.p.q.push(1); this.p[k].push(1) } }",
            ),
        ],
        ALL,
    );
}

#[test]
fn a_private_name_is_a_property() {
    check(
        "#p",
        &[(
            "private",
            "class A { /*D*/#p = new Map(); m() { this.#p./*G:Set*/set(1, 2); this.p.set(1) } }",
        )],
        ALL,
    );
}

#[test]
fn a_parameter_property_declares() {
    check(
        "p",
        &[
            (
                "private",
                "class A { constructor(private /*D*/p: Map<string, X>) {} m() { this.p./*G:Set*/set(1, 2) } }",
            ),
            (
                "readonly",
                "class A { constructor(readonly /*D*/p = []) {} m() { this.p!./*G:Push*/push(1) } }",
            ),
            (
                "typed field",
                "@dec() class A { @Inject() private readonly /*D*/p: string[] = []; m() { (this.p as any)./*G:Push*/push(1) } }",
            ),
        ],
        &[TypeScript, Tsx],
    );
    // An ordinary parameter is no property.
    assert_eq!(
        sites("p", "class A { constructor(p: X) {} }", TypeScript),
        None
    );
}

#[test]
fn positions_tell_classes_with_the_same_property_apart() {
    let cases = &[
        (
            "class",
            "class A { p = []; m() { this.p.push(1) } }
            class B { constructor /*F*/() { /*D*/this.p = []; } m() { this.p./*G:Push*/push(1); } r() { /*R*/this.p = []; } }
            function f(o) { o.p./*G:Push*/push(1) }",
        ),
        (
            "class without a constructor, placed at its start",
            "class A { p = [] }\n/*F*/class B { /*D*/p = []; m() { this.p./*G:Push*/push(1) } }",
        ),
        (
            "object literal",
            "const a = { p: [], m() { this.p.push(1) } };
            const b = { /*D*/p: [], m /*F*/() { this.p./*G:Push*/push(1) }, n: function () { this.p./*R*/pop() } };",
        ),
        (
            "constructor function",
            "function A() { this.p = [] }\nfunction B /*F*/() { /*D*/this.p = [] }
            B.prototype.m = function () { this.p./*G:Push*/push(1); };",
        ),
        (
            "inner class",
            "class A { p = []; m() { return class B { /*D*/p = []; constructor /*F*/() { this.p./*G:Push*/push(1) } }; } }",
        ),
    ];
    check("p", cases, ALL);
}

#[test]
fn without_positions_only_plain_evidence_decides() {
    check(
        "p",
        &[
            (
                "a container beats an option",
                "f({ p: 5 }); class A { constructor() { /*D*/this.p = new Map() } m() { this.p./*G:Set*/set(1, 2) } }",
            ),
            (
                "a subclass uses its parent's",
                "class A { /*D*/p = [] } class B extends A { m() { this.p./*G:Push*/push(1) } }",
            ),
            (
                "a prototype's method may reset",
                "function A() { /*D*/this.p = {} } A.prototype.r = function () { /*R*/this.p = {} }",
            ),
        ],
        ALL,
    );
    let two = "class A { p = [] } class B { p = [] }";
    assert_eq!(sites("p", two, JavaScript), None);
}

#[test]
fn a_property_that_is_only_used_has_no_declaration() {
    check(
        "p",
        &[(
            "used",
            "module.exports = a => { a.p./*G:Push*/push(1); /*R*/delete a.p[k]; }",
        )],
        ALL,
    );
    assert_eq!(sites("p", "a.p.q();", JavaScript), None);
    assert_eq!(sites("p", "", JavaScript), None);
}
