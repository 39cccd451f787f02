use heapwatch_graph::{AnalyzedHeap, CancelToken, GraphError, ObjectIds, Progress, Stage};
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
fn objects_are_found_by_ids_that_no_engine_would_give() {
    // Nearly all ids share their upper bits, and some are there twice.
    let ids = |i: u32| match i {
        0 => 1,
        99 => u32::MAX,
        i => (1 << 31) + i / 2,
    };
    let mut fixture = heap();
    fixture.renumber(|i, _| ids(i as u32));
    for i in 1..100 {
        fixture.object(&format!("{i}"), "A").object_id(ids(i));
    }
    let heap = fixture.analyze();
    for i in 2..99 {
        let first = i - i % 2;
        assert_eq!(
            heap.find_object(ids(i)),
            Some(heap[format!("{first}").as_str()])
        );
    }
    assert_eq!(heap.find_object(u32::MAX), Some(heap["99"]));
    assert_eq!(heap.find_object(1), Some(heap["root"]));
    for absent in [0, 2, 1 << 30, (1 << 31) + 50, u32::MAX - 1] {
        assert_eq!(heap.find_object(absent), None, "{absent}");
    }
}

#[test]
fn preparing_tells_its_steps_and_ends_when_cancelled() {
    let heap = heap().property("a", "a").object("a", "A").analyze();
    let token = CancelToken::new();
    let steps = std::sync::Mutex::new(Vec::new());
    let cancel_at_the_third = |stage: Stage, done: f64| {
        let mut steps = steps.lock().unwrap();
        steps.push((stage, done));
        if steps.len() == 3 {
            token.cancel();
        }
    };
    let progress = Progress::new(token.clone(), &cancel_at_the_third);
    let ended = heap.prepare(&progress);
    assert!(matches!(ended, Err(GraphError::Cancelled)));
    let steps = steps.lock().unwrap().clone();
    assert!(steps.iter().all(|(stage, _)| *stage == Stage::Paths));
    assert!(steps.is_sorted_by(|a, b| a.1 < b.1), "{steps:?}");
    assert!(heap.prepare(&Progress::none()).is_ok());
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
