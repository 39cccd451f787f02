use heapwatch_graph::{AnalyzedHeap, CancelToken, GraphError, ObjectIds, Progress};
use heapwatch_testing::{GraphShape, Service, heap, random_graph};

#[test]
fn objects_are_found_by_id() {
    let heap = heap()
        .property("a", "a")
        .object("a", "A")
        .object_id(501)
        .property("b", "b")
        .object("b", "B")
        .object_id(11)
        .analyze();
    assert_eq!(heap.find_object(501), Some(heap["a"]));
    assert_eq!(heap.find_object(11), Some(heap["b"]));
    assert_eq!(heap.find_object(12), None);
    assert_eq!(heap.find_object(u32::MAX), None);
}

#[test]
fn of_two_objects_with_one_id_the_first_is_found() {
    let heap = heap()
        .object("a", "A")
        .object_id(7)
        .object("b", "B")
        .object_id(7)
        .analyze();
    assert_eq!(heap.find_object(7), Some(heap["a"]));
}

#[test]
fn every_object_of_random_graphs_is_found_by_id() {
    for shape in GraphShape::ALL {
        for seed in 0..20 {
            let graph = random_graph(shape, seed);
            let ids = ObjectIds::new(&graph);
            for node in graph.nodes() {
                let found = ids.find(&graph, graph.object_id(node));
                assert_eq!(found, Some(node), "{shape:?} seed {seed}");
            }
        }
    }
}

#[test]
fn the_parts_of_an_analysis_agree() {
    let mut service = Service::new(1001);
    service.cache_users(100);
    service.add_listeners(10);
    let heap = service.capture().analyze();
    let users = heap.classes().summary(heap.classes().of(heap["user 0"]));
    assert_eq!((users.name.as_str(), users.count), ("User", 100));
    assert_eq!(users.location, Some(Service::USER.source_location()));
    assert_eq!(heap.class_name(heap["cache"]), "Map");
    assert_eq!(heap.shallow(heap["cache.table"]), 0);
    assert_eq!(
        heap.locate(heap["listener 3"]),
        Some(Service::LISTENER.source_location())
    );
    assert!(
        heap.dominated()
            .of(heap["cache"])
            .contains(&heap["cache.table"])
    );
    assert!(heap.dominators().retained(heap["bus"]) > 10 * 1000);
}

#[test]
fn a_cancelled_analysis_is_an_error() {
    let cancel = CancelToken::new();
    cancel.clone().cancel();
    let graph = heap().build().into_graph();
    let result = AnalyzedHeap::new(graph, &Progress::new(cancel, &|_, _| {}));
    assert!(matches!(result, Err(GraphError::Cancelled)));
}

#[test]
fn an_analysis_can_be_shared_between_threads() {
    fn assert_shareable<T: Send + Sync>() {}
    assert_shareable::<AnalyzedHeap>();
}
