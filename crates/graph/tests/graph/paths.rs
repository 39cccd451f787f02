use heapwatch_graph::{
    AnalyzedHeap, EssentialEdges, NodeId, Progress, RootPaths, ScriptLocations, StepCosts,
};
use heapwatch_testing::naive::naive_path_costs;
use heapwatch_testing::{AnalyzedTestHeap, GraphShape, Service, heap, print_graph, random_graph};

/// The labels on the path to a node, the root first.
fn path<'h>(heap: &'h AnalyzedTestHeap, to: &str) -> Vec<&'h str> {
    let steps = heap.paths().to(heap.graph(), heap[to]);
    steps.iter().map(|step| heap.label(step.node)).collect()
}

#[test]
fn the_path_names_every_edge_it_takes() {
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .element(3, "b")
        .object("b", "B")
        .analyze();
    let steps = heap.paths().to(heap.graph(), heap["b"]);
    let labels: Vec<_> = (steps.iter())
        .map(|step| {
            step.edge
                .map(|edge| heap.graph().edge_label(edge).into_owned())
        })
        .collect();
    assert_eq!(labels, [None, Some("a".to_owned()), Some("3".to_owned())]);
    assert_eq!(path(&heap, "b"), ["root", "a", "b"]);
}

#[test]
fn the_path_to_the_root_is_the_root() {
    let heap = heap().property("self", "root").analyze();
    assert_eq!(path(&heap, "root"), ["root"]);
}

#[test]
fn a_node_that_nothing_holds_is_a_path_of_its_own() {
    let heap = heap().weak("a", "a").object("a", "A").analyze();
    assert_eq!(path(&heap, "a"), ["a"]);
}

#[test]
fn a_weak_edge_is_never_taken() {
    let heap = heap()
        .weak("short", "target")
        .property("a", "a")
        .object("a", "A")
        .property("b", "b")
        .object("b", "B")
        .property("target", "target")
        .object("target", "Target")
        .analyze();
    assert_eq!(path(&heap, "target"), ["root", "a", "b", "target"]);
}

#[test]
fn of_paths_that_say_as_much_the_shortest_is_taken() {
    let heap = heap()
        .property("a", "a")
        .property("c", "c")
        .object("a", "A")
        .property("b", "b")
        .object("b", "B")
        .property("target", "target")
        .object("c", "C")
        .property("target", "target")
        .object("target", "Target")
        .analyze();
    assert_eq!(path(&heap, "target"), ["root", "c", "target"]);
}

#[test]
fn a_longer_path_through_the_application_beats_one_through_a_timer_list() {
    let heap = heap()
        .property("timers", "timers")
        .property("app", "app")
        .object("timers", "TimersList")
        .property("_idleNext", "timer")
        .object("app", "App")
        .property("services", "services")
        .object("services", "Array")
        .element(0, "poller")
        .object("poller", "Poller")
        .property("timer", "timer")
        .object("timer", "Timeout")
        .analyze();
    let expected = ["root", "app", "services", "poller", "timer"];
    assert_eq!(path(&heap, "timer"), expected);
}

#[test]
fn a_timer_that_only_the_list_holds_is_still_reached() {
    let heap = heap()
        .property("timers", "timers")
        .object("timers", "TimersList")
        .property("_idleNext", "timer")
        .object("timer", "Timeout")
        .analyze();
    assert_eq!(path(&heap, "timer"), ["root", "timers", "timer"]);
}

#[test]
fn the_stack_is_the_last_choice() {
    let heap = heap()
        .element(0, "stack")
        .property("app", "app")
        .synthetic("stack", "(Stack roots)")
        .element(0, "request")
        .object("app", "App")
        .property("queue", "queue")
        .object("queue", "Array")
        .internal("elements", "elements")
        .array("elements")
        .internal("0", "request")
        .object("request", "Request")
        .analyze();
    let expected = ["root", "app", "queue", "elements", "request"];
    assert_eq!(path(&heap, "request"), expected);
}

/// While V8 compiles a function on another thread, its job holds what the function uses as
/// `(Strong roots)`: the shortest path there is, and gone a moment later.
#[test]
fn a_job_of_the_compiler_does_not_hide_who_holds_an_object_for_good() {
    let mut heap = heap();
    heap.element(0, "strong")
        .property("scope0", "scope0")
        .synthetic("strong", "(Strong roots)")
        .element(0, "kept");
    let scopes: Vec<String> = (0..9).map(|i| format!("scope{i}")).collect();
    for inner in scopes.windows(2) {
        let closure = format!("in {}", inner[0]);
        heap.context(&inner[0])
            .variable("f", &closure)
            .closure(&closure, "f")
            .internal("context", &inner[1]);
    }
    heap.context("scope8")
        .variable("kept", "kept")
        .object("kept", "Array");
    let heap = heap.analyze();
    let path = path(&heap, "kept");
    assert_eq!(path[path.len() - 2..], ["scope8", "kept"], "{path:?}");
}

#[test]
fn the_scope_that_has_the_variable_beats_the_scope_around_it() {
    let heap = heap()
        .property("f", "f")
        .property("g", "g")
        .closure("f", "f")
        .internal("context", "inner")
        .context("inner")
        .internal("previous", "outer")
        .closure("g", "g")
        .internal("context", "middle")
        .context("middle")
        .variable("helper", "h")
        .closure("h", "h")
        .internal("context", "outer")
        .context("outer")
        .analyze();
    assert_eq!(path(&heap, "outer"), ["root", "g", "middle", "h", "outer"]);
}

#[test]
fn functions_of_the_application_beat_those_of_node() {
    let heap = heap()
        .property("a", "node's")
        .property("b", "ours")
        .closure("node's", "emit")
        .written_at("node:events", 1, 1)
        .property("target", "target")
        .closure("ours", "handle")
        .written_at("/app/server.js", 1, 1)
        .property("state", "state")
        .object("state", "State")
        .property("target", "target")
        .object("target", "Target")
        .analyze();
    assert_eq!(path(&heap, "target"), ["root", "ours", "state", "target"]);
}

#[test]
fn functions_of_the_application_beat_those_of_packages() {
    let heap = heap()
        .property("a", "package's")
        .property("b", "ours")
        .closure("package's", "emit")
        .written_at("/app/node_modules/p/index.js", 1, 1)
        .property("target", "target")
        .closure("ours", "handle")
        .written_at("/app/server.js", 1, 1)
        .property("state", "state")
        .object("state", "State")
        .property("target", "target")
        .object("target", "Target")
        .analyze();
    assert_eq!(path(&heap, "target"), ["root", "ours", "state", "target"]);
}

#[test]
fn the_code_of_the_observer_is_avoided_wherever_it_is() {
    let listing = || {
        let mut heap = heap();
        heap.property("a", "watcher")
            .property("b", "app")
            .closure("watcher", "watch")
            .written_at("/opt/observer/lib/watcher.js", 1, 1)
            .property("target", "target")
            .object("app", "App")
            .property("state", "state")
            .object("state", "State")
            .property("target", "target")
            .object("target", "Target");
        heap.build()
    };
    let analyze = |observer: Option<&str>| {
        let heap = listing();
        let target = heap["target"];
        let heap = AnalyzedHeap::new(heap.into_graph(), &Progress::none()).unwrap();
        let heap = heap.observed_from(observer.map(str::to_owned));
        let steps = heap.paths().to(heap.graph(), target);
        (steps
            .iter()
            .map(|step| heap.graph().name(step.node).to_owned()))
        .collect::<Vec<_>>()
    };
    assert_eq!(analyze(None), ["", "watch", "Target"]);
    assert_eq!(
        analyze(Some("/opt/observer/")),
        ["", "App", "State", "Target"]
    );
}

#[test]
fn compiled_code_and_prototypes_are_avoided() {
    let heap = heap()
        .property("f", "f")
        .property("C", "C")
        .property("app", "app")
        .closure("f", "f")
        .internal("code", "code")
        .code("code", "(code)")
        .internal("target", "target")
        .closure("C", "C")
        .property("prototype", "target")
        .object("app", "App")
        .property("a", "a")
        .object("a", "A")
        .property("b", "b")
        .object("b", "B")
        .property("target", "target")
        .object("target", "Target")
        .analyze();
    assert_eq!(path(&heap, "target"), ["root", "app", "a", "b", "target"]);
}

#[test]
fn a_variable_may_be_called_like_an_avoided_edge() {
    let heap = heap()
        .property("f", "f")
        .property("a", "a")
        .closure("f", "f")
        .internal("context", "scope")
        .context("scope")
        .variable("previous", "target")
        .object("a", "A")
        .property("b", "b")
        .object("b", "B")
        .property("c", "c")
        .object("c", "C")
        .property("d", "d")
        .object("d", "D")
        .property("target", "target")
        .object("target", "Target")
        .analyze();
    assert_eq!(path(&heap, "target"), ["root", "f", "scope", "target"]);
}

#[test]
fn the_path_into_a_module_goes_through_its_exports() {
    let mut service = Service::new(1001);
    service.cache_users(3);
    let heap = service.capture().analyze();
    let expected = [
        "root",
        "global",
        "process",
        "module",
        "exports",
        "handleRequest",
        "module scope",
        "cache",
        "cache.table",
        "user 1",
    ];
    assert_eq!(path(&heap, "user 1"), expected);
}

#[test]
fn paths_of_random_graphs_are_the_cheapest() {
    for shape in GraphShape::ALL {
        for seed in 0..300 {
            let graph = random_graph(shape, seed);
            let essential = EssentialEdges::new(&graph);
            let scripts = ScriptLocations::new(&graph);
            let costs = StepCosts::new(&graph, &scripts, None);
            let paths = RootPaths::new(&graph, &essential, &scripts, None);
            let expected = naive_path_costs(
                &graph,
                |edge| essential.contains(edge),
                |edge| costs.of(&graph, edge),
            );
            for node in graph.nodes() {
                let what = || format!("{shape:?} seed {seed} {node:?}\n{}", print_graph(&graph));
                let steps = paths.to(&graph, node);
                assert_eq!(steps.last().unwrap().node, node, "{}", what());
                let starts_at_root = steps[0].node == NodeId::ROOT;
                assert_eq!(
                    starts_at_root,
                    expected[node.index()].is_some(),
                    "{}",
                    what()
                );
                let mut cost = 0;
                for pair in steps.windows(2) {
                    let edge = pair[1].edge.unwrap();
                    assert_eq!(graph.edge_source(edge.id), pair[0].node, "{}", what());
                    assert_eq!(edge.to, pair[1].node, "{}", what());
                    assert!(essential.contains(edge.id), "{}", what());
                    cost += costs.of(&graph, edge);
                }
                assert_eq!(cost, expected[node.index()].unwrap_or(0), "{}", what());
            }
        }
    }
}
