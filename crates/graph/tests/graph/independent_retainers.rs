use heapwatch_graph::{
    AnalyzedHeap, Cut, EdgeId, EdgeKind, NodeId, NodeKind, Progress, independent_retainers,
};
use heapwatch_testing::{AnalyzedTestHeap, GraphShape, heap, print_graph, random_graph};

fn holders<'h>(heap: &'h AnalyzedTestHeap, node: &str, cut: &Cut) -> Vec<&'h str> {
    let edges = independent_retainers(heap, heap[node], cut);
    let source = |edge: &EdgeId| heap.label(heap.graph().edge_source(*edge));
    edges.iter().map(source).collect()
}

#[test]
fn what_else_holds_an_object_is_told_without_the_reference_that_is_cut() {
    let heap = heap()
        .property("cache", "cache")
        .property("queue", "queue")
        .object("cache", "Cache")
        .property("hit", "order")
        .property("last", "order")
        .object("queue", "Queue")
        .property("next", "order")
        .object("order", "Order")
        .analyze();
    let cache = heap["cache"];
    let hit = Cut::Edge {
        from: cache,
        name: "hit".to_owned(),
    };
    assert_eq!(
        holders(&heap, "order", &Cut::Nothing),
        ["cache", "cache", "queue"]
    );
    assert_eq!(holders(&heap, "order", &Cut::Retainer(cache)), ["queue"]);
    assert_eq!(holders(&heap, "order", &hit), ["cache", "queue"]);
    assert!(holders(&heap, "root", &Cut::Nothing).is_empty());
}

#[test]
fn what_the_object_itself_keeps_alive_and_weak_references_do_not_hold_it() {
    let heap = heap()
        .property("owner", "parent")
        .weak("weak", "parent")
        .object("parent", "Parent")
        .property("child", "child")
        .object("child", "Child")
        .property("parent", "parent")
        .property("grandchild", "grandchild")
        .object("grandchild", "Child")
        .property("grandparent", "parent")
        .analyze();
    assert_eq!(holders(&heap, "parent", &Cut::Nothing), ["root"]);
    assert!(holders(&heap, "parent", &Cut::Retainer(heap["root"])).is_empty());
}

#[test]
fn what_only_weak_references_lead_to_holds_as_it_does_for_retained_sizes() {
    let heap = heap()
        .property("held", "held")
        .weak("weak", "weakly")
        .object("weakly", "Weakly")
        .property("held", "held")
        .object("held", "Held")
        .analyze();
    assert_eq!(holders(&heap, "held", &Cut::Nothing), ["root", "weakly"]);
    assert_eq!(heap.dominators().idom(heap["held"]), NodeId::ROOT);
}

#[test]
fn an_array_and_its_backing_store_are_one_holder() {
    let heap = heap()
        .property("list", "list")
        .property("other", "element")
        .object("element", "X")
        .js_array("list", &["element"])
        .analyze();
    let list = heap["list"];
    let first = Cut::Edge {
        from: list,
        name: "0".to_owned(),
    };
    assert_eq!(holders(&heap, "element", &Cut::Nothing), ["root", "list"]);
    assert_eq!(holders(&heap, "element", &Cut::Retainer(list)), ["root"]);
    assert_eq!(holders(&heap, "element", &first), ["root"]);
}

#[test]
fn a_map_holds_through_its_table() {
    let heap = heap()
        .property("map", "map")
        .property("other", "v")
        .string("k", "k")
        .object("v", "V")
        .map("map", &[("k", "v")])
        .analyze();
    assert_eq!(holders(&heap, "v", &Cut::Nothing), ["root", "map.table"]);
    assert_eq!(holders(&heap, "v", &Cut::Retainer(heap["map"])), ["root"]);
}

/// Nodes found from the root and from what has no strong retainer, never entering `avoided`.
fn search(heap: &AnalyzedHeap, avoided: Option<NodeId>) -> Vec<bool> {
    let graph = heap.graph();
    let is_strong = |edge: EdgeId| heap.essential().contains(edge);
    let unretained = |node: &NodeId| {
        let mut retainers = heap.retainers().of(*node).iter();
        !retainers.any(|&edge| is_strong(edge))
    };
    let mut pending: Vec<NodeId> = graph.nodes().filter(unretained).collect();
    pending.push(NodeId::ROOT);
    let mut reached = vec![false; graph.node_count()];
    while let Some(at) = pending.pop() {
        if Some(at) == avoided || std::mem::replace(&mut reached[at.index()], true) {
            continue;
        }
        let strong = graph.edges(at).filter(|edge| is_strong(edge.id));
        pending.extend(strong.map(|edge| edge.to));
    }
    reached
}

/// By definition: whether a search that never enters `node` finds the source.
fn naive(heap: &AnalyzedHeap, node: NodeId, cut: Option<NodeId>) -> Vec<EdgeId> {
    let graph = heap.graph();
    let (anyway, reached) = (search(heap, None), search(heap, Some(node)));
    // Nodes that only hold each other hang off the root one by one.
    let in_clique = |node: NodeId| !anyway[node.index()];
    (0..graph.edge_count())
        .map(EdgeId::new)
        .filter(|&edge| graph.edge(edge).to == node && heap.essential().contains(edge))
        .filter(|&edge| {
            let source = graph.edge_source(edge);
            (reached[source.index()] || in_clique(source)) && Some(source) != cut
        })
        .collect()
}

#[test]
fn independent_retainers_of_random_graphs_are_those_that_a_search_finds() {
    for shape in GraphShape::ALL {
        for seed in 0..100 {
            let graph = random_graph(shape, seed);
            let heap = AnalyzedHeap::new(graph, &Progress::none()).unwrap();
            // Backing stores count as part of their owners, which the naive search doesn't know.
            let is_store = |node: NodeId| {
                let mut retainers = heap.retainers().of(node).iter();
                heap.graph().kind(node) == NodeKind::Array
                    && retainers.any(|&edge| heap.graph().edge(edge).kind == EdgeKind::Internal)
            };
            // Nothing holds the root: it is in no question.
            for node in heap.graph().nodes().skip(1) {
                let sources: Vec<_> = (heap.retainers().of(node).iter())
                    .map(|&edge| heap.graph().edge_source(edge))
                    .collect();
                if sources.iter().any(|&source| is_store(source)) {
                    continue;
                }
                for cut in sources.into_iter().map(Some).chain([None]) {
                    let asked = cut.map_or(Cut::Nothing, Cut::Retainer);
                    assert_eq!(
                        independent_retainers(&heap, node, &asked),
                        naive(&heap, node, cut),
                        "{shape:?} seed {seed} {node:?} without {cut:?}\n{}",
                        print_graph(heap.graph())
                    );
                }
            }
        }
    }
}
