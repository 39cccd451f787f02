//! Owners in popular packages that are known to grow when they are misused.
//!
//! **What**: the nearest object of a package above the members is in the table below.
//!
//! **Why it is bad**: see each entry. A package's own name for the thing says more than its fields.
//!
//! Leaks:
//! ```js
//! app.use(session({ secret }));                   // the default MemoryStore, in production
//! ```
//! Clean: what the entry advises.
//!
//! **Limits**: classes are known by name and by the package's folder in `node_modules`; bundled
//! code has no such folder and is told by other rules.
//!
//! To add an entry: package, class (or the variable or field that leads to the members), what it
//! is, what to do.

use heapwatch_graph::{EdgeName, PathStep, SourceLocation};

use super::{Cause, Finding};
use crate::text;

/// How many steps above the members the object of a package may be.
const MAX_STEPS: usize = 8;

struct Known {
    /// Name of the package.
    package: &'static str,
    /// Class of an object, or name of a variable or property, on the way to the members.
    name: &'static str,
    /// What it is.
    what: &'static str,
    /// What to do.
    advice: &'static str,
}

const fn known(
    package: &'static str,
    name: &'static str,
    what: &'static str,
    advice: &'static str,
) -> Known {
    Known {
        package,
        name,
        what,
        advice,
    }
}

/// What a metric of prom-client is, and what to do.
const LABELS: (&str, &str) = (
    "the values of a prom-client metric, one per combination of labels",
    "Use labels of few values only: no ids, no full URLs (the route instead), no messages; call \
     `metric.remove(...)` for those that end.",
);

#[rustfmt::skip]
const TABLE: [Known; 33] = [
    known("express-session", "MemoryStore", "the session store of express-session that is meant for development: it keeps every session in memory until somebody asks for it after it expired",
        "Use a store that expires sessions (connect-redis, memorystore with `checkPeriod`), and `saveUninitialized: false`."),
    known("memorystore", "MemoryStore", "the session store of memorystore, without pruning",
        "Set `checkPeriod`, and `max` if there are many sessions."),
    known("winston", "transports", "the list of transports of a winston logger, to which one is added per call",
        "Create the logger and its transports once at start; use `logger.child({ ... })` for what differs per request."),
    known("winston", "DerivedLogger", "winston loggers that are made per call",
        "Create one logger at start, and `logger.child({ ... })` per request."),
    known("winston", "Container", "winston's container of loggers, one per id",
        "Use one logger and `child`; call `winston.loggers.close(id)` for those that end."),
    known("undici", "Agent", "an undici Agent with a connection pool per origin",
        "Use one Agent for all requests, close those that aren't needed (`agent.close()`), and don't put ids into host names."),
    known("undici", "Pool", "an undici connection Pool: requests wait in it, or clients are made and not closed",
        "Read or discard every response body (`body.dump()`), set `connections` and timeouts, and close the pool."),
    known("undici", "Client", "an undici Client with requests that wait",
        "Read or discard every response body (`body.dump()`), and set `headersTimeout` and `bodyTimeout`."),
    known("mongoose", "connections", "mongoose's list of connections",
        "Connect once at start; close what `createConnection` returns (`connection.close()`) when it isn't needed."),
    known("mongoose", "models", "mongoose's registry of models, with one compiled per call",
        "Compile a schema to a model once; use `connection.deleteModel` for those that end."),
    known("mongoose", "Connection", "a mongoose connection that collects what is added per call",
        "Add models, plugins and listeners once at start."),
    known("prom-client", "hashMap", LABELS.0, LABELS.1),
    known("prom-client", "Counter", LABELS.0, LABELS.1),
    known("prom-client", "Gauge", LABELS.0, LABELS.1),
    known("prom-client", "Histogram", LABELS.0, LABELS.1),
    known("prom-client", "Summary", LABELS.0, LABELS.1),
    known("prom-client", "Registry", "prom-client's registry of metrics",
        "Create each metric once at start."),
    known("dataloader", "DataLoader", "a DataLoader, which remembers every key that it loaded",
        "Make a DataLoader per request, or pass `cache: false` or a `cacheMap` with a bound."),
    known("lru-cache", "LRUCache", "an lru-cache whose bound (`max`, `maxSize`) is higher than what memory allows, or that has only a `ttl`",
        "Set `max` to what fits; with `ttl` alone, entries leave when they are asked for: set `ttlAutopurge` or `max`."),
    known("node-cache", "NodeCache", "a node-cache without `maxKeys` or time to live",
        "Set `stdTTL` and `maxKeys`."),
    known("memory-cache", "Cache", "memory-cache without a time to live",
        "Pass a time to `put`, or use a cache with a bound."),
    known("rxjs", "ReplaySubject", "an RxJS ReplaySubject without bound, which keeps all that it emitted",
        "Pass a buffer size or window to `ReplaySubject` or `shareReplay({ bufferSize, refCount: true })`."),
    known("rxjs", "observers", "the subscribers of an RxJS Subject",
        "Unsubscribe when the work ends (`takeUntil`, `subscription.unsubscribe()`)."),
    known("rxjs", "Subject", "an RxJS Subject with subscribers that don't unsubscribe",
        "Unsubscribe when the work ends (`takeUntil`, `subscription.unsubscribe()`)."),
    known("mobx", "observers_", "the observers of a MobX value",
        "Call what `autorun`, `reaction` or `observe` returned when the work ends."),
    known("redux", "currentListeners", "the subscribers of a Redux store",
        "Call what `subscribe` returned when the work ends."),
    known("axios", "InterceptorManager", "an axios instance's interceptors, added per call",
        "Add interceptors once, after creating the instance, or `eject` them."),
    known("lodash", "MapCache", "the cache of a function that lodash's `memoize` made, without bound",
        "Memoize functions of few arguments only, clear `fn.cache`, or give it a cache with a bound."),
    known("mongoose", "Mongoose", "mongoose's registry of connections and models",
        "Connect and compile once at start; close the connections that aren't needed."),
    known("node-cache", "data", "the entries of a node-cache without `maxKeys` or time to live",
        "Set `stdTTL` and `maxKeys`."),
    known("ioredis", "commandQueue", "ioredis commands that wait for the connection",
        "See why the server doesn't answer; set `enableOfflineQueue: false`, `commandTimeout` and `maxRetriesPerRequest`."),
    known("ajv", "_cache", "ajv's cache of compiled schemas, one per schema object",
        "Compile each schema once at start and keep the function; don't build schemas per request; use one Ajv."),
    known("ajv", "schemas", "ajv's schemas, added per call",
        "Add and compile each schema once at start; `removeSchema` those that end."),
];

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let steps = &finding.steps()[..=finding.holding.owner];
    let near = steps.len().saturating_sub(MAX_STEPS);
    let known = (near..steps.len())
        .rev()
        .find_map(|at| entry(finding, &steps[near..], at - near))?;
    Some(Cause {
        id: "known-owner",
        evidence: format!(
            "`{}` is {} (package {}): {} of class {} now, {}{}; they keep {} alive.",
            finding.owner_name,
            known.what,
            known.package,
            text::counted(finding.count, "member", "members"),
            finding.class,
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes),
        ),
        advice: known.advice.to_owned(),
        ..Cause::default()
    })
}

/// The entry for a step: an object of a known class whose code is in the package, or a variable or
/// property of a known name right below code or an object of the package.
fn entry(finding: &Finding<'_>, steps: &[PathStep], at: usize) -> Option<&'static Known> {
    let heap = finding.heap;
    let graph = heap.graph();
    let class = graph.name(steps[at].node);
    let name = steps[at].edge.and_then(|edge| match graph.edge_name(edge) {
        EdgeName::Name(name) => Some(graph.strings().get(name)),
        EdgeName::Index(_) => None,
    });
    let is_in = |step: &PathStep, package: &str| {
        finding
            .near(step.node)
            .is_some_and(|at| is_of_package(&at, package))
    };
    TABLE.iter().find(|known| {
        (class == known.name && is_in(&steps[at], known.package))
            || (name == Some(known.name) && at > 0 && is_in(&steps[at - 1], known.package))
    })
}

fn is_of_package(at: &SourceLocation, package: &str) -> bool {
    let url = at.url.replace('\\', "/");
    let inside = url.rsplit_once("/node_modules/").map(|(_, inside)| inside);
    inside.is_some_and(|inside| {
        inside
            .strip_prefix(package)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::{TABLE, recognise};

    /// What is said of sessions in a store whose class is written at `url`.
    fn evidence(url: &str) -> Option<String> {
        let mut fixture = heap();
        fixture.module_scope("module").variable("store", "store");
        fixture
            .closure("MemoryStore", "MemoryStore")
            .written_at(url, 30, 1);
        fixture
            .object("store", "MemoryStore")
            .written_at(url, 30, 1);
        fixture
            .property("sessions", "sessions")
            .object("sessions", "Object");
        fixture
            .property("sid:1", "session")
            .object("session", "Session");
        let heap = fixture.analyze();
        let cause = Case::new(&heap, &["session"]).judged_by(recognise);
        cause.map(|cause| cause.evidence)
    }

    #[test]
    fn a_known_class_in_its_package_is_told_by_what_it_is() {
        let told = evidence("/app/node_modules/express-session/session/memory.js");
        assert!(
            told.expect("applies")
                .contains("is the session store of express-session")
        );
    }

    #[test]
    fn a_class_of_that_name_elsewhere_is_none() {
        assert_eq!(evidence("/app/session/memory.js"), None);
        assert_eq!(
            evidence("/app/node_modules/express-session-x/memory.js"),
            None
        );
    }

    #[test]
    fn entries_are_sentences() {
        for known in &TABLE {
            assert!(
                known.advice.ends_with('.') && !known.what.ends_with('.'),
                "{}",
                known.name
            );
        }
    }
}
