//! Calls on a variable or property: which are meant, and which come first.

use heapwatch_source::CallKind::{self, Adds, Asks, Gives, NamesWhatGrows, Once, Passes};
use heapwatch_source::{CallSite, Language, Source};

fn parse(text: &str) -> Source {
    Source::parse(text, Language::JavaScript).expect("parses")
}

/// Kinds and 1-based lines.
fn lines(sites: &[CallSite]) -> Vec<(CallKind, u32)> {
    let lines = sites.iter().map(|site| (site.kind, site.position.line + 1));
    lines.collect()
}

fn of_variable(name: &str, grows: &[&str], text: &str) -> Vec<(CallKind, u32)> {
    lines(&parse(text).variable_calls(name, &[], grows))
}

fn of_property(name: &str, grows: &[&str], text: &str) -> Vec<(CallKind, u32)> {
    lines(&parse(text).property_calls(name, &[], grows))
}

#[test]
fn calls_that_add_come_first_and_those_at_start_last() {
    let text = "const x = create();
        x.configure({ limit: 3 });
        function f(key) {
            const known = x.get(key);
            x.tell();
            once(x, 'end');
            x.load(key);
            x.set(key, 1);
            x.release(key);
            x.delete(key);
        }";
    let expected = [
        (Adds, 8),
        (Gives, 7),
        (Passes, 6),
        (Asks, 4),
        (Asks, 5),
        (Once, 2),
    ];
    assert_eq!(of_variable("x", &[], text), expected);
}

#[test]
fn a_method_that_names_what_grows_or_is_of_that_part_adds() {
    let text = "function f(g, options) {
            x.configure(options);
            x.interceptors.request.insertFirst(g);
            x.createConnection();
            x.store.get(g);
        }";
    let of = |grows: &[&str]| of_variable("x", grows, text)[0];
    assert_eq!(
        of(&["interceptors", "request", "handlers"]),
        (NamesWhatGrows, 3)
    );
    assert_eq!(of(&["connections"]), (NamesWhatGrows, 4));
    assert_eq!(of(&["other"]), (Gives, 2));
}

#[test]
fn a_chain_is_one_of_calls_on_its_first_object() {
    let text = "function f(show) {
            x.pipe(filter(show))
                .subscribe(show);
        }
        const g = (k) => x.get(k)?.spans.push(k);";
    let expected = [(Adds, 3), (Gives, 2), (Asks, 5)];
    assert_eq!(of_variable("x", &[], text), expected);
}

#[test]
fn what_a_value_is_passed_to_is_found() {
    let text = "async function f(job, y) {
            await Promise.race([job, x]);
            await x;
            new Worker(x.port, { x });
            x.then(y);
            f({ a: x });
            f(g(x).y);
        }";
    let expected = [
        (Adds, 5),
        (Passes, 2),
        (Passes, 3),
        (Passes, 4),
        (Passes, 4),
        (Passes, 6),
        (Passes, 7),
    ];
    assert_eq!(of_variable("x", &[], text), expected);
}

#[test]
fn modules_loaded_by_names_that_vary_are_found() {
    let text = "function f(file) {
            require('./a.js');
            require(file);
        }
        const g = (v) => import(`./b.mjs?v=${v}`);";
    assert_eq!(of_variable("require", &[], text), [(Gives, 3), (Asks, 2)]);
    assert_eq!(of_variable("import", &[], text), [(Gives, 5)]);
}

#[test]
fn a_call_is_told_with_its_function() {
    let source = parse("async function f(job) {\n  await x;\n}\nx.on(1);");
    let calls = source.variable_calls("x", &[], &[]);
    let functions = calls
        .iter()
        .map(|call| (call.function.line, call.function.column));
    assert_eq!(functions.collect::<Vec<_>>(), [(0, 16), (0, 0)]);
}

#[test]
fn another_variable_of_that_name_is_not_meant() {
    let text = "const x = create();
        function f(key) { x.load(key); }
        function g(x) { x.load(1); }";
    assert_eq!(of_variable("x", &[], text), [(Gives, 2)]);
    assert_eq!(of_variable("y", &[], text), []);
}

#[test]
fn calls_on_a_property_are_found_through_this_and_through_others() {
    let text = "class A {
            constructor(o) { this.p = new Server(o); }
            open(id) { return this.p.of(id); }
        }
        class B {
            constructor() { this.p = 1; }
            open(id) { this.p.of(id); }
        }
        function f(a) { a.p.load(a); p.load(a); }";
    let source = parse(text);
    let inside = [heapwatch_source::Position {
        line: 1,
        column: 23,
    }];
    let calls = source.property_calls("p", &inside, &[]);
    assert_eq!(lines(&calls), [(Gives, 3), (Gives, 9)]);
    assert_eq!(of_property("q", &[], text), []);
}

/// Calls of a module's exports, by kind and line.
fn of_module(module: &str, wanted: &[&str], text: &str) -> Vec<(CallKind, u32)> {
    lines(&parse(text).module_calls(module, wanted))
}

#[test]
fn calls_of_what_is_imported_are_found_by_the_module() {
    let text = "const session = require('express-session');
        import Pool, { request as ask, Agent } from 'undici';
        import * as http from 'node:http';
        const store = __importDefault(require('store/lib/memory')).default;
        app.use(session({ secret }));
        function f(session) {
            session();
            new Pool(origin);
            return ask(url);
        }
        const f = () => http.get(url);
        class A { b = new Agent(); }
        store.open();";
    assert_eq!(of_module("express-session", &[], text), [(Once, 5)]);
    let undici = [(Gives, 8), (Gives, 9), (Once, 12)];
    assert_eq!(of_module("undici", &[], text), undici);
    assert_eq!(of_module("undici", &["request"], text), [(Gives, 9)]);
    assert_eq!(of_module("http", &["get"], text), [(Gives, 11)]);
    assert_eq!(of_module("http", &["request"], text), []);
    assert_eq!(of_module("store", &[], text), [(Once, 13)]);
    assert_eq!(of_module("stor", &[], text), []);
}

#[test]
fn parts_of_a_required_module_are_told_by_their_exports() {
    let text = "const { get: fetch, Agent } = require('node:http');
        const Server = require('http').Server;
        function f() {
            fetch(url);
            new Agent({ keepAlive: true });
            get(url);
            Server();
        }";
    assert_eq!(of_module("http", &["get"], text), [(Gives, 4)]);
    assert_eq!(of_module("http", &["Agent"], text), [(Gives, 5)]);
    assert_eq!(of_module("http", &["Server"], text), [(Gives, 7)]);
}
