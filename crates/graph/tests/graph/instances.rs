use heapwatch_graph::instances;
use heapwatch_testing::heap;

#[test]
fn instances_of_subclasses_count_and_prototypes_do_not() {
    let heap = heap()
        .property("Base", "Base")
        .property("Derived", "Derived")
        .property("Other", "Other")
        .closure("Base", "Base")
        .property("prototype", "Base.prototype")
        .closure("Derived", "Derived")
        .property("prototype", "Derived.prototype")
        .closure("Other", "Base")
        .property("prototype", "Other.prototype")
        .object("Base.prototype", "Object")
        .object("Derived.prototype", "Base")
        .property("__proto__", "Base.prototype")
        .object("Other.prototype", "Object")
        .object("base", "Base")
        .property("__proto__", "Base.prototype")
        .object("derived", "Derived")
        .property("__proto__", "Derived.prototype")
        .object("other", "Base")
        .property("__proto__", "Other.prototype")
        .build();
    let of = |class: &str| instances(heap.graph(), heap[class]);
    assert_eq!(of("Base").len(), 2);
    assert_eq!(of("Derived"), [heap["derived"]]);
    assert_eq!(of("Other"), [heap["other"]]);
}

#[test]
fn a_function_without_a_prototype_has_no_instances() {
    let heap = heap()
        .property("arrow", "arrow")
        .closure("arrow", "arrow")
        .build();
    assert_eq!(instances(heap.graph(), heap["arrow"]), []);
}
