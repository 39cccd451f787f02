//! Collections and emitters as V8 lays them out, so that tests meet the shapes of real captures.

use crate::fixture::FixtureBuilder;

/// Bytes of a backing store before its slots: hidden class and length.
const HEADER: u64 = 16;
/// Bytes of a slot.
const SLOT: u64 = 8;

impl FixtureBuilder {
    /// A `Map` with these (key, value) labels and its table, labelled `<label>.table`.
    pub fn map(&mut self, label: &str, entries: &[(&str, &str)]) -> &mut Self {
        let buckets = buckets(entries.len());
        let table = format!("{label}.table");
        self.object(label, "Map").size(32).internal("table", &table);
        self.array(&table)
            .size(HEADER + SLOT * (3 + 7 * buckets as u64));
        for (i, (key, value)) in entries.iter().enumerate() {
            let slot = 3 + buckets + 3 * i;
            self.internal(&slot.to_string(), key)
                .internal(&(slot + 1).to_string(), value);
        }
        self.at(label)
    }

    /// A `Set` with these labels and its table, labelled `<label>.table`.
    pub fn set(&mut self, label: &str, members: &[&str]) -> &mut Self {
        let buckets = buckets(members.len());
        let table = format!("{label}.table");
        self.object(label, "Set").size(32).internal("table", &table);
        self.array(&table)
            .size(HEADER + SLOT * (3 + 5 * buckets as u64));
        for (i, member) in members.iter().enumerate() {
            self.internal(&(3 + buckets + 2 * i).to_string(), member);
        }
        self.at(label)
    }

    /// An `Array` with these elements and its backing store, labelled `<label>.elements`, which
    /// refers to them as well.
    pub fn js_array(&mut self, label: &str, elements: &[&str]) -> &mut Self {
        let store = format!("{label}.elements");
        self.object(label, "Array").size(32);
        for (i, element) in elements.iter().enumerate() {
            self.element(i as u32, element);
        }
        self.internal("elements", &store);
        self.node(
            &store,
            heapwatch_graph::NodeKind::Array,
            "(object elements)",
        )
        .size(HEADER + SLOT * elements.len() as u64);
        for (i, element) in elements.iter().enumerate() {
            self.internal(&i.to_string(), element);
        }
        self.at(label)
    }

    /// An `EventEmitter` with these listeners of one event: `_events`, labelled `<label>._events`,
    /// has the listener itself if it is one, else an `Array` labelled `<label>.<event>`.
    pub fn event_emitter(&mut self, label: &str, event: &str, listeners: &[&str]) -> &mut Self {
        let (events, array) = (format!("{label}._events"), format!("{label}.{event}"));
        self.object(label, "EventEmitter")
            .size(104)
            .property("_events", &events);
        self.object(&events, "Object").size(24);
        match listeners {
            [] => {}
            [only] => {
                self.property(event, only);
            }
            many => {
                self.property(event, &array).js_array(&array, many);
            }
        }
        self.at(label)
    }

    /// A `WeakMap` without entries and its table, labelled `<label>.table`.
    pub fn weak_map(&mut self, label: &str) -> &mut Self {
        let table = format!("{label}.table");
        self.object(label, "WeakMap")
            .size(32)
            .internal("table", &table);
        self.array(&table).size(HEADER + SLOT * 8).at(label)
    }

    /// An entry of a WeakMap: weak edges from the table to key and value, and from the table and
    /// from the key an edge to the value under V8's name for the pair. Key and value must have
    /// been declared.
    pub fn weak_map_entry(&mut self, map: &str, key: &str, value: &str) -> &mut Self {
        let table = format!("{map}.table");
        self.at(&table)
            .weak("5", key)
            .weak("6", value)
            .weak_map_edge(key, value, &table);
        self.at(key).weak_map_edge(key, value, &table);
        self.at(map)
    }
}

/// Buckets of a hash table: a power of two, at least 2, with two entries a bucket.
fn buckets(entries: usize) -> usize {
    entries.div_ceil(2).next_power_of_two().max(2)
}
