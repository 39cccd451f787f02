use heapwatch_graph::{EdgeId, Retainers};
use heapwatch_testing::{GraphShape, heap, print_graph, random_graph};

#[test]
fn retainers_are_all_incoming_edges_weak_ones_included() {
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .property("b", "b")
        .weak("b again", "b")
        .object("b", "B")
        .property("self", "b")
        .analyze();
    let graph = heap.graph();
    let retainers: Vec<_> = (heap.retainers().of(heap["b"]).iter())
        .map(|&edge| {
            let label = graph.edge_label(graph.edge(edge)).into_owned();
            (heap.label(graph.edge_source(edge)), label)
        })
        .collect();
    let expected = [("a", "b"), ("a", "b again"), ("b", "self")];
    assert_eq!(
        retainers,
        expected.map(|(from, name)| (from, name.to_owned()))
    );
    assert!(heap.retainers().of(heap["root"]).is_empty());
}

#[test]
fn retainers_of_random_graphs_are_the_edges_turned_around() {
    for shape in GraphShape::ALL {
        for seed in 0..100 {
            let graph = random_graph(shape, seed);
            let retainers = Retainers::new(&graph);
            for node in graph.nodes() {
                let expected: Vec<_> = (0..graph.edge_count())
                    .map(EdgeId::new)
                    .filter(|&edge| graph.edge(edge).to == node)
                    .collect();
                assert_eq!(
                    retainers.of(node),
                    expected,
                    "{shape:?} seed {seed} {node:?}\n{}",
                    print_graph(&graph)
                );
            }
        }
    }
}
