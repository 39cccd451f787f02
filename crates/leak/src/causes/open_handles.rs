//! Sockets, streams, servers and files that are not closed.
//!
//! **What**: open handles of Node grow in number: held by libuv through `(Global handles)`, or, with
//! the objects around them, by a collection of the program's.
//!
//! **Why it is bad**: an open handle keeps itself alive, with its buffers and listeners, and a file
//! descriptor or a connection of the other side.
//!
//! Leaks:
//! ```js
//! app.get('/', (req, res) => { const socket = net.connect(port); socket.write(ping); res.end(); });
//! ```
//! Clean: `socket.end()` or `socket.destroy()` on every way out; `stream.pipeline` instead of `pipe`.
//!
//! **Limits**: whether a stream was destroyed isn't in every capture: destroyed ones that a
//! collection keeps are told as open.

use heapwatch_graph::{NodeId, NodeKind};

use super::{Cause, Finding};
use crate::text;

/// Handles as libuv's wrappers call them, and what they are called in prose.
const HANDLES: [(&str, &str); 13] = [
    ("TCP", "TCP socket"),
    ("Pipe", "pipe"),
    ("TTY", "terminal"),
    ("UDP", "UDP socket"),
    ("TLSWrap", "TLS socket"),
    ("FSEvent", "file watcher"),
    ("StatWatcher", "file watcher"),
    ("FileHandle", "file"),
    ("Process", "child process"),
    ("HTTPParser", "HTTP connection"),
    ("Http2Session", "HTTP/2 session"),
    ("Zlib", "compression stream"),
    ("ChannelWrap", "DNS resolver"),
];
/// Node's classes around handles.
const STREAMS: [(&str, &str); 12] = [
    ("Socket", "socket"),
    ("TLSSocket", "TLS socket"),
    ("Server", "server"),
    ("ReadStream", "read stream"),
    ("WriteStream", "write stream"),
    ("FSWatcher", "file watcher"),
    ("ChildProcess", "child process"),
    ("ClientRequest", "client request"),
    ("ServerHttp2Session", "HTTP/2 session"),
    ("ClientHttp2Session", "HTTP/2 session"),
    ("FileHandle", "file"),
    ("Gzip", "compression stream"),
];

/// What of Node's modules opens connections: who makes an agent keeps its connections, who requests
/// something may use one of another's.
const OPENS: [(&str, &[&str]); 6] = [
    ("http", &["Agent"]),
    ("https", &["Agent"]),
    ("net", &["Socket", "connect", "createConnection"]),
    ("tls", &["TLSSocket", "connect"]),
    ("http", &["get", "request"]),
    ("https", &["get", "request"]),
];

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let what = kind(finding, finding.member())?;
    if !finding.most(|member| kind(finding, member).is_some()) {
        return None;
    }
    let holder = if finding.is_held_by_roots() {
        "Node itself, because they are open".to_owned()
    } else {
        format!("`{}` ({})", finding.owner_name, finding.owner_class)
    };
    // Whoever opened a connection has to close it, not who was connected to.
    let is_opened = |member: &&NodeId| !is_accepted(finding, **member);
    let opened = finding.members.iter().find(is_opened).copied();
    let function = finding.function_below(opened.unwrap_or(finding.member()));
    let opened_at = || {
        let is_connection = what.ends_with("socket") && opened.is_some();
        is_connection.then(|| finding.calls_of_node(&OPENS))?
    };
    let at = (function.and_then(|function| finding.written_at(function)))
        .or_else(opened_at)
        .filter(|_| finding.line.is_none());
    let owner = finding.is_held_by_roots().then(|| format!("open {what}s"));
    Some(Cause {
        id: "open-handles",
        evidence: format!(
            "{} held by {holder} and not closed, {}{}; each keeps about {} alive.",
            is_or_are(finding.count, what),
            finding.gain(),
            finding.added(),
            text::bytes(finding.bytes_each()),
        ),
        advice: format!(
            "Close each {what} on every way out, errors included (`destroy()`, `close()`, \
             `stream.pipeline` or `finished` to notice the end), and let go of it when it has closed."
        ),
        at,
        owner,
        ..Cause::default()
    })
}

/// `12 sockets are`
fn is_or_are(count: u64, what: &str) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", text::counted(count, what, &format!("{what}s")))
}

/// What kind of handle an object is, or is the stream of. A class of the program's with the name of
/// one of Node's has neither a handle nor Node's state of a stream.
fn kind(finding: &Finding<'_>, node: NodeId) -> Option<&'static str> {
    let anatomy = finding.anatomy();
    let name = anatomy.name(node);
    let of = |table: &[(&str, &'static str)]| {
        let found = table
            .iter()
            .find(|(class, _)| anatomy.is(node, class) && *class == name);
        found.map(|(_, what)| *what)
    };
    if anatomy.property(node, "<symbol owner_symbol>").is_some() || is_native(finding, node) {
        return of(&HANDLES).or_else(|| of(&STREAMS));
    }
    let is_of_node = [
        "_readableState",
        "_writableState",
        "_handle",
        "<symbol kHandle>",
        "_events",
    ]
    .iter()
    .any(|field| anatomy.property(node, field).is_some());
    of(&STREAMS).filter(|_| is_of_node)
}

/// Whether a handle or socket is one that a server accepted.
fn is_accepted(finding: &Finding<'_>, node: NodeId) -> bool {
    let anatomy = finding.anatomy();
    let socket = anatomy
        .property(node, "<symbol owner_symbol>")
        .unwrap_or(node);
    let server = anatomy.property(socket, "server");
    server.is_some_and(|server| finding.heap.graph().kind(server) == NodeKind::Object)
}

/// Whether an object of C++ belongs to this one.
fn is_native(finding: &Finding<'_>, node: NodeId) -> bool {
    finding.is_held_by_roots()
        || finding
            .anatomy()
            .internal(node, "javascript_to_native")
            .is_some()
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::heap;

    use super::super::cases::Case;
    use super::recognise;
    use crate::site_query::{Call, CallLikelihood, Site, SiteQuery, SiteSubject, SourceSites};

    /// A source that asks for something in line 3 and makes an agent in line 8.
    struct Client;

    impl SourceSites for Client {
        fn sites(&self, _: &SiteQuery) -> Vec<Site> {
            Vec::new()
        }

        fn calls(&self, query: &SiteQuery, wanted: &[String]) -> Vec<Call> {
            let is_http = query.subject == SiteSubject::Module && query.name == "http";
            let calls = [("get", 2), ("Agent", 7)].into_iter();
            let meant = calls.filter(|(name, _)| is_http && wanted.iter().any(|w| w == name));
            let call = |(_, line)| Call {
                line,
                column: 0,
                function: (0, 0),
                likelihood: CallLikelihood::Gives,
            };
            meant.map(call).collect()
        }
    }

    #[test]
    fn sockets_that_only_libuv_holds_are_told_as_open() {
        let mut fixture = heap();
        fixture
            .property("client", "client")
            .element(1, "roots")
            .synthetic("roots", "(GC roots)")
            .element(1, "handles");
        fixture
            .synthetic("handles", "(Global handles)")
            .internal("7", "tcp");
        fixture
            .object("tcp", "TCP")
            .property("<symbol owner_symbol>", "socket");
        fixture.object("socket", "Socket");
        fixture
            .closure("client", "client")
            .written_at("/app/client.js", 1, 1);
        let heap = fixture.analyze();
        let mut case = Case::new(&heap, &["tcp"]);
        case.line = None;
        case.sources = &Client;
        let cause = case.judged_by(recognise).expect("applies");
        // Nothing of the program is kept with a socket: the line is where it makes the agent.
        assert_eq!(cause.at.map(|at| at.line), Some(8));
        assert_eq!(
            cause.evidence,
            "12,431 TCP sockets are held by Node itself, because they are open and not closed, 4,000 \
             more than at the first capture; each keeps about 2.8 KB alive."
        );
        assert_eq!(cause.owner.as_deref(), Some("open TCP sockets"));
    }

    #[test]
    fn the_line_is_that_of_who_opened_the_sockets_not_of_who_accepted_them() {
        let mut fixture = heap();
        fixture
            .property("all", "all")
            .set("all", &["accepted", "opened"]);
        fixture.object("server", "Server").object("state", "Object");
        for (socket, line) in [("accepted", 20), ("opened", 8)] {
            let listener = format!("{socket}.listener");
            fixture
                .object(socket, "Socket")
                .property("_handle", "state")
                .property("onread", &listener)
                .closure(&listener, "onData")
                .written_at("/app/a.js", line, 1);
        }
        fixture.at("accepted").property("server", "server");
        let heap = fixture.analyze();
        let mut case = Case::new(&heap, &["accepted", "opened"]);
        case.line = None;
        let cause = case.judged_by(recognise).expect("applies");
        assert_eq!(cause.at.map(|at| at.line), Some(8));
    }

    #[test]
    fn a_class_of_the_program_with_the_name_of_a_stream_is_none() {
        let is_recognised = |field: &str| {
            let mut fixture = heap();
            fixture.property("all", "all").set("all", &["socket"]);
            fixture
                .object("socket", "Socket")
                .property(field, "state")
                .object("state", "Object");
            let heap = fixture.analyze();
            Case::new(&heap, &["socket"]).judged_by(recognise).is_some()
        };
        assert!(is_recognised("_readableState"));
        assert!(!is_recognised("voltage"));
    }
}
