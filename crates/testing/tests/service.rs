//! The simulated service behaves between captures as a real process does.

use std::collections::HashMap;

use heapwatch_graph::{HeapGraph, NodeKind};
use heapwatch_testing::{Service, TestHeap};

/// One of each leak, `count` times, and traffic that is none.
fn work(service: &mut Service, count: usize) {
    service.cache_users(count);
    service.add_listeners(count);
    service.remember_requests(count);
    service.extend_history(count);
    service.start_intervals(count);
    service.churn_lru(64);
    service.serve(5);
}

fn two_captures() -> (TestHeap, TestHeap) {
    let mut service = Service::new(1001);
    work(&mut service, 20);
    let first = service.capture();
    work(&mut service, 30);
    (first, service.capture())
}

fn odd_ids(graph: &HeapGraph) -> HashMap<u32, (NodeKind, String)> {
    let mut ids = HashMap::new();
    for node in graph.nodes().filter(|&n| graph.object_id(n) % 2 == 1) {
        let is = (graph.kind(node), graph.name(node).to_owned());
        let before = ids.insert(graph.object_id(node), is);
        assert_eq!(
            before,
            None,
            "two objects have id {}",
            graph.object_id(node)
        );
    }
    ids
}

#[test]
fn an_object_keeps_its_id_and_new_ones_have_larger_ids() {
    let (first, second) = two_captures();
    let newest = first.graph().newest_object_id();
    let (first, second) = (odd_ids(first.graph()), odd_ids(second.graph()));
    let (mut kept, mut new) = (0, 0);
    for (id, is) in &second {
        match first.get(id) {
            Some(was) => {
                assert_eq!(was, is, "id {id}");
                kept += 1;
            }
            None => {
                assert!(
                    *id > newest,
                    "{is:?} is new, with id {id} of at most {newest}"
                );
                new += 1;
            }
        }
    }
    assert!(kept > 100 && new > 100, "{kept} kept, {new} new");
}

#[test]
fn the_lru_is_replaced_and_does_not_grow() {
    let (first, second) = two_captures();
    let newest = first.graph().newest_object_id();
    for page in 0..64 {
        let page = format!("page {page}");
        assert!(second.graph().object_id(second[page.as_str()]) > newest);
    }
    let pages = |heap: &TestHeap| {
        let graph = heap.graph();
        graph
            .nodes()
            .filter(|&node| graph.name(node) == "Page")
            .count()
    };
    assert_eq!((pages(&first), pages(&second)), (64, 64));
}

#[test]
fn what_grows_is_held_by_its_owner_alone() {
    let (_, second) = two_captures();
    let heap = second.analyze();
    let owned = [
        ("user 49", "cache"),
        ("listener 49", "bus"),
        ("request 49", "requests"),
        ("entry 49", "history"),
        ("page 63", "lru"),
    ];
    for (item, owner) in owned {
        let owners: Vec<_> = (heap.dominators().chain(heap[item]))
            .map(|node| heap.label(node))
            .collect();
        assert!(owners.contains(&owner), "{item} is dominated by {owners:?}");
        assert!(
            owners.contains(&"module scope"),
            "{item} is dominated by {owners:?}"
        );
    }
}

#[test]
fn intervals_are_held_by_the_timer_list() {
    let (_, second) = two_captures();
    let heap = second.analyze();
    let owners: Vec<_> = (heap.dominators().chain(heap["timer 49.state"]))
        .map(|node| heap.label(node))
        .collect();
    assert!(owners.contains(&"timer 49"), "{owners:?}");
    assert!(owners.contains(&"timers"), "{owners:?}");
    let located = heap.locate(heap["timer 49.callback"]);
    assert_eq!(located, Some(Service::INTERVAL.source_location()));
}

#[test]
fn an_idle_service_does_not_change() {
    let service = Service::new(1001);
    assert_eq!(service.capture().to_string(), service.capture().to_string());
}

#[test]
fn a_store_that_grows_is_reallocated() {
    let mut service = Service::new(1001);
    service.cache_users(4);
    let id = |service: &Service| {
        let heap = service.capture();
        heap.graph().object_id(heap["cache.table"])
    };
    let before = id(&service);
    service.cache_users(1);
    assert!(id(&service) > before);
    let before = id(&service);
    service.cache_users(1);
    assert_eq!(id(&service), before);
}
