//! A simulated Node.js service that leaks in known ways, captured as often as wanted.
//!
//! It numbers objects as V8 does: an object keeps its id from capture to capture, ids are odd, and
//! what is created later has a larger one. Backing stores that grow are reallocated and so become
//! young. The module's variables hang off one closure, as in a CommonJS module:
//!
//! ```text
//! root -> global -> process -> mainModule -> exports -> handleRequest -> module scope
//!   cache:    Map of User            cache_users: grows
//!   bus:      EventEmitter           add_listeners: grows, each closure holding a Request
//!   requests: Array of Request       remember_requests: grows
//!   history:  linked list of Entry   extend_history: grows at the tail
//!   lru:      Map of Page            churn_lru: of constant size, but all of it is replaced
//! root -> (GC roots) -> node:internal/timers -> timerListMap -> TimersList of Timeout
//!                                    start_intervals: grows
//! root -> (GC roots) -> (Stack roots) -> Request
//!                                    serve: only what is in flight at this moment
//! ```

use heapwatch_graph::SourceLocation;

use crate::fixture::{FixtureBuilder, TestHeap, heap};

/// Odd ids set aside for what exists from the start.
const BASE_OBJECTS: u32 = 100;
/// Pages of the LRU cache, from the start to the end.
const LRU_PAGES: usize = 64;

/// A position in the service's source, 1-based.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    /// URL of the script.
    pub url: &'static str,
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl Site {
    /// The position as analyses give it.
    pub fn source_location(self) -> SourceLocation {
        SourceLocation {
            url: self.url.to_owned(),
            line: self.line,
            column: self.column,
        }
    }
}

const fn site(url: &'static str, line: u32, column: u32) -> Site {
    Site { url, line, column }
}

/// A backing store: it gets a new id when it has to grow.
#[derive(Clone, Copy, Debug, Default)]
struct Store {
    id: u32,
    capacity: usize,
}

/// The simulated process.
#[derive(Clone, Debug)]
pub struct Service {
    first_id: u32,
    next_id: u32,
    /// First of the ids of each item; an item's parts have the ids that follow.
    users: Vec<u32>,
    listeners: Vec<u32>,
    requests: Vec<u32>,
    entries: Vec<u32>,
    pages: Vec<u32>,
    timers: Vec<u32>,
    in_flight: Vec<u32>,
    user_table: Store,
    listener_store: Store,
    request_store: Store,
    page_table: Store,
}

impl Service {
    /// Where the module's request handler is written.
    pub const HANDLER: Site = site("/app/server.js", 10, 24);
    /// Where the listeners that [`add_listeners`](Self::add_listeners) adds are written.
    pub const LISTENER: Site = site("/app/server.js", 21, 21);
    /// Where the callbacks of [`start_intervals`](Self::start_intervals) are written.
    pub const INTERVAL: Site = site("/app/server.js", 33, 15);
    /// Where class `User` is written.
    pub const USER: Site = site("/app/user.js", 3, 12);
    /// Where class `Request` is written.
    pub const REQUEST: Site = site("/app/request.js", 7, 14);
    /// Where class `Entry` is written.
    pub const ENTRY: Site = site("/app/history.js", 2, 12);
    /// Where class `Page` is written.
    pub const PAGE: Site = site("/app/lru.js", 4, 12);

    /// A service that has just started: its LRU is full, everything else is empty.
    ///
    /// # Panics
    /// If `first_object_id` is even.
    pub fn new(first_object_id: u32) -> Self {
        assert!(
            first_object_id % 2 == 1,
            "ids of JavaScript objects are odd"
        );
        let mut service = Self {
            first_id: first_object_id,
            next_id: first_object_id + 2 * BASE_OBJECTS,
            users: Vec::new(),
            listeners: Vec::new(),
            requests: Vec::new(),
            entries: Vec::new(),
            pages: Vec::new(),
            timers: Vec::new(),
            in_flight: Vec::new(),
            user_table: Store::default(),
            listener_store: Store::default(),
            request_store: Store::default(),
            page_table: Store::default(),
        };
        service.churn_lru(LRU_PAGES);
        service.grow_stores();
        service
    }

    /// Leak: `cache.set('user:<n>', new User())`, never deleted.
    pub fn cache_users(&mut self, count: usize) {
        // key, User, name
        let new = self.allocate(count, 3);
        self.users.extend(new);
        self.grow_stores();
    }

    /// Leak: `bus.on('message', () => request)`, never removed.
    pub fn add_listeners(&mut self, count: usize) {
        // closure, Context, Request, body
        let new = self.allocate(count, 4);
        self.listeners.extend(new);
        self.grow_stores();
    }

    /// Leak: `requests.push(request)`, never emptied.
    pub fn remember_requests(&mut self, count: usize) {
        // Request, body
        let new = self.allocate(count, 2);
        self.requests.extend(new);
        self.grow_stores();
    }

    /// Leak: `history.tail = history.tail.next = new Entry()`.
    pub fn extend_history(&mut self, count: usize) {
        // Entry, text
        let new = self.allocate(count, 2);
        self.entries.extend(new);
    }

    /// Leak: `setInterval(() => state, 1000)`, never cleared.
    pub fn start_intervals(&mut self, count: usize) {
        // Timeout, closure, Context, state
        let new = self.allocate(count, 4);
        self.timers.extend(new);
    }

    /// No leak: as many new pages replace the oldest of the LRU, which stays at 64.
    pub fn churn_lru(&mut self, count: usize) {
        // key, Page
        let new = self.allocate(count, 2);
        self.pages.extend(new);
        let excess = self.pages.len().saturating_sub(LRU_PAGES);
        self.pages.drain(..excess);
    }

    /// No leak: the requests that were in flight are done, and as many new ones are.
    pub fn serve(&mut self, count: usize) {
        self.in_flight = self.allocate(count, 2);
    }

    /// The largest object id so far.
    pub fn newest_object_id(&self) -> u32 {
        self.next_id - 2
    }

    fn allocate(&mut self, items: usize, objects_per_item: u32) -> Vec<u32> {
        let mut first_ids = Vec::with_capacity(items);
        for _ in 0..items {
            first_ids.push(self.next_id);
            self.next_id += 2 * objects_per_item;
        }
        first_ids
    }

    fn grow_stores(&mut self) {
        let stores = [
            (&mut self.user_table, self.users.len()),
            (&mut self.listener_store, self.listeners.len()),
            (&mut self.request_store, self.requests.len()),
            (&mut self.page_table, LRU_PAGES),
        ];
        for (store, len) in stores {
            if len > store.capacity || store.id == 0 {
                store.capacity = len.next_power_of_two();
                store.id = self.next_id;
                self.next_id += 2;
            }
        }
    }
}

/// Captures.
impl Service {
    /// The heap at this moment.
    ///
    /// Labels: `cache`, `bus`, `requests`, `history`, `lru`, `timers`, `module scope`,
    /// `handleRequest`; and by number `user 0`, `listener 0`, `request 0`, `entry 0`, `page 0`,
    /// `timer 0`, `in flight 0`.
    ///
    /// # Panics
    /// If more exists from the start than ids were set aside for.
    pub fn capture(&self) -> TestHeap {
        self.fixture().build()
    }

    /// The heap at this moment, to be varied before it is built.
    ///
    /// # Panics
    /// As [`capture`](Self::capture).
    pub fn fixture(&self) -> FixtureBuilder {
        let mut heap = heap();
        heap.ids_from(self.first_id);
        add_base(&mut heap);
        self.add_users(&mut heap);
        self.add_bus(&mut heap);
        self.add_requests(&mut heap);
        self.add_history(&mut heap);
        self.add_lru(&mut heap);
        self.add_timers(&mut heap);
        self.add_in_flight(&mut heap);
        heap
    }

    /// An object that exists from the start.
    fn base_id(&self, number: u32) -> u32 {
        self.first_id + 2 * (BASE_OBJECTS - 1 - number)
    }

    fn add_users(&self, heap: &mut FixtureBuilder) {
        let labels = numbered("user", self.users.len());
        let keys: Vec<String> = labels.iter().map(|label| format!("{label}.key")).collect();
        let entries: Vec<_> = (keys.iter().map(String::as_str))
            .zip(labels.iter().map(String::as_str))
            .collect();
        heap.map("cache", &entries).object_id(self.base_id(0));
        heap.at("cache.table").object_id(self.user_table.id);
        for (i, (&(key, user), &id)) in entries.iter().zip(&self.users).enumerate() {
            let name = format!("{user}.name");
            heap.string(key, &format!("user:{i}"))
                .object_id(id)
                .size(24);
            add_instance(heap, user, "User", Self::USER, id + 2, 40);
            heap.property("name", &name);
            heap.string(&name, &format!("name {i}")).object_id(id + 4);
        }
    }

    fn add_bus(&self, heap: &mut FixtureBuilder) {
        let labels = numbered("listener", self.listeners.len());
        heap.event_emitter("bus", "message", &texts(&labels))
            .object_id(self.base_id(1));
        heap.at("bus._events").object_id(self.base_id(2));
        if labels.len() > 1 {
            heap.at("bus.message").object_id(self.base_id(3));
            heap.at("bus.message.elements")
                .object_id(self.listener_store.id);
        }
        for (listener, &id) in labels.iter().zip(&self.listeners) {
            let (scope, request) = (format!("{listener}.scope"), format!("{listener}.request"));
            heap.closure(listener, "")
                .object_id(id)
                .size(64)
                .closure_of("listener function")
                .internal("context", &scope);
            heap.context(&scope)
                .object_id(id + 2)
                .size(32)
                .internal("previous", "module scope")
                .variable("request", &request);
            add_request(heap, &request, id + 4);
        }
    }

    fn add_requests(&self, heap: &mut FixtureBuilder) {
        let labels = numbered("request", self.requests.len());
        heap.js_array("requests", &texts(&labels))
            .object_id(self.base_id(4));
        heap.at("requests.elements")
            .object_id(self.request_store.id);
        for (request, &id) in labels.iter().zip(&self.requests) {
            add_request(heap, request, id);
        }
    }

    fn add_history(&self, heap: &mut FixtureBuilder) {
        let labels = numbered("entry", self.entries.len());
        heap.object("history", "History")
            .object_id(self.base_id(5))
            .size(32);
        if let (Some(head), Some(tail)) = (labels.first(), labels.last()) {
            heap.property("head", head).property("tail", tail);
        }
        for (i, &id) in self.entries.iter().enumerate() {
            let text = format!("{}.text", labels[i]);
            add_instance(heap, &labels[i], "Entry", Self::ENTRY, id, 32);
            heap.property("text", &text);
            if let Some(next) = labels.get(i + 1) {
                heap.property("next", next);
            }
            heap.string(&text, "entered").object_id(id + 2).size(200);
        }
    }

    fn add_lru(&self, heap: &mut FixtureBuilder) {
        let labels = numbered("page", self.pages.len());
        let keys: Vec<String> = labels.iter().map(|label| format!("{label}.key")).collect();
        let entries: Vec<_> = (keys.iter().map(String::as_str))
            .zip(labels.iter().map(String::as_str))
            .collect();
        heap.map("lru", &entries).object_id(self.base_id(6));
        heap.at("lru.table").object_id(self.page_table.id);
        for (&(key, page), &id) in entries.iter().zip(&self.pages) {
            heap.string(key, "/page").object_id(id).size(24);
            add_instance(heap, page, "Page", Self::PAGE, id + 2, 2000);
        }
    }

    fn add_timers(&self, heap: &mut FixtureBuilder) {
        let labels = numbered("timer", self.timers.len());
        heap.object("timers", "TimersList")
            .object_id(self.base_id(7))
            .size(64);
        let ring: Vec<&str> = texts(&labels).into_iter().chain(["timers"]).collect();
        heap.property("_idleNext", ring[0])
            .property("_idlePrev", ring[ring.len().saturating_sub(2)]);
        for (i, (timer, &id)) in labels.iter().zip(&self.timers).enumerate() {
            let (callback, scope) = (format!("{timer}.callback"), format!("{timer}.scope"));
            let (state, previous) = (format!("{timer}.state"), i.checked_sub(1));
            heap.object(timer, "Timeout")
                .object_id(id)
                .size(96)
                .property("_idleNext", ring[i + 1])
                .property("_idlePrev", previous.map_or("timers", |at| ring[at]))
                .property("_onTimeout", &callback);
            heap.closure(&callback, "")
                .object_id(id + 2)
                .size(64)
                .closure_of("interval function")
                .internal("context", &scope);
            heap.context(&scope)
                .object_id(id + 4)
                .size(32)
                .internal("previous", "module scope")
                .variable("state", &state);
            heap.object(&state, "Object").object_id(id + 6).size(500);
        }
    }

    fn add_in_flight(&self, heap: &mut FixtureBuilder) {
        for (i, &id) in self.in_flight.iter().enumerate() {
            let request = format!("in flight {i}");
            heap.at("stack").element(i as u32, &request);
            add_request(heap, &request, id);
        }
    }
}

/// Everything that exists from the start and has nothing to do with a leak.
fn add_base(heap: &mut FixtureBuilder) {
    heap.at("root")
        .element(1, "gc roots")
        .shortcut("2", "global")
        .synthetic("gc roots", "(GC roots)")
        .element(0, "stack")
        .element(1, "strong")
        .synthetic("stack", "(Stack roots)")
        .synthetic("strong", "(Strong roots)")
        .property("timers", "processTimers")
        .element(1, "native context");
    heap.hidden("native context", "system / NativeContext")
        .size(2000)
        .internal("global_object", "global");
    heap.object("global", "global")
        .property("process", "process")
        .object("process", "process")
        .property("mainModule", "module")
        .object("module", "Module")
        .property("exports", "exports")
        .object("exports", "Object")
        .property("handleRequest", "handleRequest");
    let Site { url, line, column } = Service::HANDLER;
    heap.closure("handleRequest", "handleRequest")
        .written_at(url, line, column)
        .internal("context", "module scope");
    heap.context("module scope")
        .size(80)
        .internal("previous", "native context")
        .variable("cache", "cache")
        .variable("bus", "bus")
        .variable("requests", "requests")
        .variable("history", "history")
        .variable("lru", "lru");
    heap.closure("processTimers", "processTimers")
        .written_at("node:internal/timers", 520, 30)
        .internal("context", "timers scope")
        .context("timers scope")
        .variable("timerListMap", "timerListMap")
        .object("timerListMap", "Object")
        .property("1000", "timers");
    add_functions(heap);
}

/// What the closures that are created later have in common; one function per script names it.
fn add_functions(heap: &mut FixtureBuilder) {
    let functions = [
        ("listener function", Service::LISTENER),
        ("interval function", Service::INTERVAL),
    ];
    for (label, Site { url, line, column }) in functions {
        heap.function(label, url, line, column);
        heap.at("native context").internal(label, label);
    }
    for class in [
        Service::USER,
        Service::REQUEST,
        Service::ENTRY,
        Service::PAGE,
    ] {
        let constructor = format!("constructor {}", class.url);
        heap.closure(&constructor, "")
            .written_at(class.url, class.line, class.column);
        heap.at("module").property(class.url, &constructor);
    }
}

fn add_instance(
    heap: &mut FixtureBuilder,
    label: &str,
    class: &str,
    constructor: Site,
    object_id: u32,
    bytes: u64,
) {
    heap.object(label, class)
        .object_id(object_id)
        .size(bytes)
        .written_at(constructor.url, constructor.line, constructor.column);
}

/// A Request and its body, with this id and the next.
fn add_request(heap: &mut FixtureBuilder, label: &str, object_id: u32) {
    let body = format!("{label}.body");
    add_instance(heap, label, "Request", Service::REQUEST, object_id, 64);
    heap.property("body", &body);
    heap.string(&body, "body")
        .object_id(object_id + 2)
        .size(1000);
}

fn numbered(what: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{what} {i}")).collect()
}

fn texts(labels: &[String]) -> Vec<&str> {
    labels.iter().map(String::as_str).collect()
}
