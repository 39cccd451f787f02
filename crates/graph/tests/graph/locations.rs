use heapwatch_graph::SourceLocation;
use heapwatch_testing::{ScriptEdge, heap};

fn at(url: &str, line: u32, column: u32) -> Option<SourceLocation> {
    let url = url.to_owned();
    Some(SourceLocation { url, line, column })
}

#[test]
fn a_function_resolves_over_every_way_to_its_script() {
    let ways = [
        ScriptEdge::Script,
        ScriptEdge::ScriptOrDebugInfo,
        ScriptEdge::ThroughDebugInfo,
    ];
    for way in ways {
        let heap = heap()
            .property("f", "f")
            .script_edge(way)
            .closure("f", "f")
            .written_at("/app/server.js", 10, 4)
            .analyze();
        assert_eq!(
            heap.locate(heap["f"]),
            at("/app/server.js", 10, 4),
            "{way:?}"
        );
    }
}

#[test]
fn an_instance_resolves_over_any_function_of_its_script() {
    let heap = heap()
        .property("user", "user")
        .property("f", "f")
        .object("user", "User")
        .written_at("/app/user.js", 3, 1)
        .closure("f", "unrelated")
        .written_at("/app/user.js", 90, 7)
        .analyze();
    assert_eq!(heap.locate(heap["user"]), at("/app/user.js", 3, 1));
}

#[test]
fn scripts_are_kept_apart() {
    let heap = heap()
        .property("f", "f")
        .property("g", "g")
        .closure("f", "f")
        .written_at("/app/a.js", 1, 1)
        .closure("g", "g")
        .written_at("/app/b.js", 2, 2)
        .analyze();
    assert_eq!(heap.locate(heap["f"]), at("/app/a.js", 1, 1));
    assert_eq!(heap.locate(heap["g"]), at("/app/b.js", 2, 2));
}

#[test]
fn a_position_in_a_script_without_functions_is_unknown() {
    let heap = heap()
        .property("user", "user")
        .object("user", "User")
        .located(77, 3, 1)
        .analyze();
    assert!(heap.graph().location(heap["user"]).is_some());
    assert_eq!(heap.locate(heap["user"]), None);
}

#[test]
fn a_function_whose_chain_to_the_script_is_broken_is_unknown() {
    let heap = heap()
        .property("f", "f")
        .property("g", "g")
        .property("h", "h")
        .closure("f", "f")
        .located(5, 0, 0)
        .closure("g", "g")
        .located(6, 0, 0)
        .internal("shared", "shared")
        .code("shared", "(shared function info)")
        .closure("h", "h")
        .located(7, 0, 0)
        .internal("shared", "shared of h")
        .code("shared of h", "(shared function info)")
        .internal("script_or_debug_info", "debug info")
        .code("debug info", "system / DebugInfo")
        .analyze();
    for label in ["f", "g", "h"] {
        assert_eq!(heap.locate(heap[label]), None, "{label}");
    }
}

#[test]
fn debug_infos_that_refer_to_each_other_are_not_followed_forever() {
    let heap = heap()
        .property("f", "f")
        .closure("f", "f")
        .located(5, 0, 0)
        .internal("shared", "shared")
        .code("shared", "(shared function info)")
        .internal("script_or_debug_info", "a")
        .code("a", "system / DebugInfo")
        .internal("script_or_debug_info", "b")
        .code("b", "system / DebugInfo")
        .internal("script_or_debug_info", "a")
        .analyze();
    assert_eq!(heap.locate(heap["f"]), None);
}

#[test]
fn a_script_without_a_name_is_unknown() {
    let heap = heap()
        .property("f", "f")
        .closure("f", "eval")
        .written_at("", 1, 1)
        .analyze();
    assert_eq!(heap.locate(heap["f"]), None);
}

#[test]
fn another_function_names_a_script_that_the_first_one_cannot() {
    let heap = heap()
        .property("f", "f")
        .property("g", "g")
        .closure("f", "f")
        .located(1, 4, 0)
        .closure("g", "g")
        .written_at("/app/a.js", 9, 9)
        .analyze();
    assert_eq!(heap.locate(heap["f"]), at("/app/a.js", 5, 1));
}

#[test]
fn the_name_that_coming_v8_versions_give_a_script_is_stripped() {
    let heap = heap()
        .property("f", "f")
        .property("g", "g")
        .closure("f", "f")
        .written_at("system / Script / /app/server.js", 10, 4)
        .closure("g", "g")
        .written_at("system / Script", 1, 1)
        .analyze();
    assert_eq!(heap.locate(heap["f"]), at("/app/server.js", 10, 4));
    assert_eq!(heap.locate(heap["g"]), None);
}

#[test]
fn a_node_without_a_position_has_none() {
    let heap = heap().property("a", "a").object("a", "A").analyze();
    assert_eq!(heap.locate(heap["a"]), None);
}

#[test]
fn the_largest_line_and_column_do_not_overflow() {
    let heap = heap()
        .property("f", "f")
        .property("g", "g")
        .closure("f", "f")
        .written_at("/app/a.js", 1, 1)
        .object("g", "G")
        .located(1, u32::MAX, u32::MAX)
        .analyze();
    assert_eq!(heap.locate(heap["g"]), at("/app/a.js", u32::MAX, u32::MAX));
}
