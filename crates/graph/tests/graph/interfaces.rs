//! Plain objects go by the properties that they have.

use std::cmp::Reverse;

use heapwatch_testing::{AnalyzedTestHeap, FixtureBuilder, Random, heap};

fn name<'h>(heap: &'h AnalyzedTestHeap, label: &str) -> &'h str {
    heap.class_name(heap[label])
}

fn plain<S: AsRef<str>>(heap: &mut FixtureBuilder, label: &str, properties: &[S]) {
    heap.object(label, "Object");
    for property in properties {
        heap.property(property.as_ref(), "root");
    }
}

/// Plain objects labelled 0, 1, ... with these properties.
fn plain_objects<S: AsRef<str>>(objects: &[&[S]]) -> AnalyzedTestHeap {
    let mut heap = heap();
    for (i, properties) in objects.iter().enumerate() {
        plain(&mut heap, &i.to_string(), properties);
    }
    heap.analyze()
}

fn names<S: AsRef<str>>(objects: &[&[S]]) -> Vec<String> {
    let heap = plain_objects(objects);
    let labels = (0..objects.len()).map(|i| i.to_string());
    labels.map(|label| name(&heap, &label).to_owned()).collect()
}

#[test]
fn properties_that_two_objects_have_are_an_interface() {
    assert_eq!(
        names(&[&["id", "items"], &["id", "items"], &["id"], &[]]),
        ["{id, items}", "{id, items}", "Object", "Object"]
    );
}

#[test]
fn objects_with_more_properties_belong_to_an_interface_too() {
    assert_eq!(
        names(&[&["a", "b"], &["a", "b"], &["c", "b", "a"], &["b", "c"]]),
        ["{a, b}", "{a, b}", "{a, b}", "Object"]
    );
}

#[test]
fn the_interface_with_the_most_properties_wins() {
    let objects: &[&[&str]] = &[
        &["a"],
        &["a"],
        &["a"],
        &["b", "c"],
        &["b", "c"],
        &["c", "b", "a"],
    ];
    assert_eq!(names(objects)[5], "{b, c}");
}

#[test]
fn of_equally_large_interfaces_the_most_popular_wins_and_then_the_first() {
    assert_eq!(
        names(&[&["a"], &["b"], &["a"], &["b"], &["b", "a"]])[4],
        "{a}"
    );
    assert_eq!(
        names(&[&["a"], &["b"], &["a"], &["b"], &["b"], &["b", "a"]])[5],
        "{b}"
    );
}

#[test]
fn the_most_popular_order_names_an_interface() {
    let objects: &[&[&str]] = &[
        &["a", "b"],
        &["a", "b"],
        &["b", "a"],
        &["b", "a"],
        &["b", "a"],
    ];
    assert_eq!(names(objects), ["{b, a}"; 5]);
}

#[test]
fn neither_the_prototype_nor_what_v8_keeps_is_a_property() {
    let mut heap = heap();
    for label in ["a", "b"] {
        plain(&mut heap, label, &["__proto__", "id"]);
        heap.internal("properties", "root").element(0, "root");
    }
    assert_eq!(name(&heap.analyze(), "a"), "{id}");
}

#[test]
fn objects_of_other_classes_have_no_interface() {
    let heap = heap()
        .object("a", "User")
        .property("id", "root")
        .object("b", "User")
        .property("id", "root")
        .analyze();
    assert_eq!(name(&heap, "a"), "User");
}

#[test]
fn property_names_that_would_be_ambiguous_are_quoted_as_in_json() {
    for (property, label) in [
        ("x, y", r#""x, y""#),
        ("it's", r#""it's""#),
        ("{", r#""{""#),
        ("a\"\n\u{1}\\", r#""a\"\n\u0001\\""#),
        ("line\nbreak", "line\nbreak"),
        ("größe", "größe"),
    ] {
        let named = names(&[&[property, "z"], &[property, "z"]]);
        assert_eq!(named[0], format!("{{{label}, z}}"));
    }
}

#[test]
fn empty_property_names_only_show_after_others() {
    assert_eq!(names(&[&[""], &[""]])[0], "{}");
    assert_eq!(names(&[&["a", ""], &["a", ""]])[0], "{a, }");
    // Both propose `{a}`, the first says what it takes.
    assert_eq!(names(&[&["", "a"], &["a"]]), ["{a}", "Object"]);
    assert_eq!(names(&[&["a"], &["", "a"]]), ["{a}", "{a}"]);
}

#[test]
fn symbols_of_one_description_count_each() {
    let twice: &[&str] = &["<symbol s>", "<symbol s>"];
    assert_eq!(
        names(&[twice, twice, &["<symbol s>"]]),
        [
            "{<symbol s>, <symbol s>}",
            "{<symbol s>, <symbol s>}",
            "Object"
        ]
    );
}

#[test]
fn properties_beyond_a_length_of_the_name_are_neither_shown_nor_asked_for() {
    // `{` and 60 and 59 are 120: the comma between is not counted in advance.
    let (first, second) = ("x".repeat(60), "y".repeat(59));
    let fits: &[&str] = &[&first, &second, "z"];
    let named = names(&[fits, fits, &[&first, &second]]);
    assert_eq!(named, vec![format!("{{{first}, {second}}}"); 3]);
    let too_long = "y".repeat(60);
    let cut: &[&str] = &[&first, &too_long];
    assert_eq!(names(&[cut, cut]), vec![format!("{{{first}}}"); 2]);
    let single = "x".repeat(500);
    assert_eq!(names(&[&[&single], &[&single]])[0], format!("{{{single}}}"));
}

#[test]
fn lengths_of_names_are_counted_in_utf16() {
    // 61 and 29 characters of 2 units each, in 4 bytes.
    let (first, second) = ("x".repeat(61), "💥".repeat(29));
    let fits: &[&str] = &[&first, &second];
    assert_eq!(names(&[fits, fits])[0], format!("{{{first}, {second}}}"));
    let longer = format!("{second}y");
    let cut: &[&str] = &[&first, &longer];
    assert_eq!(names(&[cut, cut])[0], format!("{{{first}}}"));
}

#[test]
fn an_interface_must_be_as_common_as_one_plain_object_in_a_thousand() {
    let mut heap = heap();
    for i in 0..3991 {
        plain(&mut heap, &format!("common {i}"), &["common"]);
    }
    for i in 0..4 {
        plain(&mut heap, &format!("rare {i}"), &["rare"]);
        plain(&mut heap, &format!("enough {i}"), &["enough"]);
    }
    plain(&mut heap, "enough 4", &["enough"]);
    let thousands = heap.clone().analyze();
    assert_eq!(name(&thousands, "rare 0"), "{rare}");
    plain(&mut heap, "one more", &["more"]);
    let heap = heap.analyze();
    assert_eq!(name(&heap, "rare 0"), "Object");
    assert_eq!(name(&heap, "enough 0"), "{enough}");
    assert_eq!(name(&heap, "common 0"), "{common}");
}

/// By definition: tries every interface on every object.
fn naive_names(objects: &[Vec<String>]) -> Vec<String> {
    let mut proposed: Vec<(&Vec<String>, usize)> = Vec::new();
    for properties in objects.iter().filter(|properties| !properties.is_empty()) {
        match proposed.iter_mut().find(|(known, _)| *known == properties) {
            Some((_, count)) => *count += 1,
            None => proposed.push((properties, 1)),
        }
    }
    proposed.retain(|(_, count)| *count >= 2);
    proposed.sort_by_key(|(_, count)| Reverse(*count));
    let has = |object: &[String], wanted: &[String]| wanted.iter().all(|p| object.contains(p));
    (objects.iter())
        .map(|object| {
            let matching = || proposed.iter().filter(|(wanted, _)| has(object, wanted));
            let most = matching().map(|(wanted, _)| wanted.len()).max();
            let best = matching().find(|(wanted, _)| Some(wanted.len()) == most);
            best.map_or("Object".to_owned(), |(wanted, _)| {
                format!("{{{}}}", wanted.join(", "))
            })
        })
        .collect()
}

#[test]
fn random_objects_belong_to_the_interfaces_of_the_definition() {
    let letters = ["a", "b", "c", "d", "e", "f"];
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let alphabet = &letters[..1 + random.below(letters.len())];
        let objects: Vec<Vec<String>> = (0..random.below(40))
            .map(|_| {
                let mut properties: Vec<String> = Vec::new();
                for _ in 0..random.below(6) {
                    let letter = (*random.pick(alphabet)).to_owned();
                    if !properties.contains(&letter) {
                        properties.push(letter);
                    }
                }
                properties
            })
            .collect();
        let slices: Vec<&[String]> = objects.iter().map(Vec::as_slice).collect();
        assert_eq!(
            names(&slices),
            naive_names(&objects),
            "seed {seed}: {objects:?}"
        );
    }
}
