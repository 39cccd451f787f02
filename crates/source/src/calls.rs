//! Calls on what a variable or property holds, and calls that it is passed to: where the code that
//! owns a package's object makes it grow, which growth by name (`x.push(..)`) doesn't find.
//!
//! `client.interceptors.request.use(f)` is a call on the variable `client` and on the property
//! `request`, by the method `use`; `Promise.race([x, y])` passes `x` and `y`. What a method does is
//! not known here, so calls are ordered by what their look says ([`CallKind`]).
//!
//! Each call looks at no more than a bounded number of links and arguments, so all calls of a file
//! cost time linear in its size.

use tree_sitter::Node;

use crate::expression::{Reference, bare, field, first_operand, operand, text_of};
use crate::names::{NameId, Names};
use crate::position::Position;
use crate::scope::{OwnerId, ScopeId};
use crate::site_effect::{Effect, method_effect};

/// Links followed of `x.y.z()`, more than are written by hand.
const MAX_LINKS: usize = 64;
/// Arguments and elements of a list that are looked at.
const MAX_ARGUMENTS: usize = 8;
/// Letters that two words must share to be about one thing.
const MIN_WORD: usize = 3;
/// Letters by which forms of one word differ (`job`, `jobs`; `schedule`, `scheduled`).
const MAX_SUFFIX: usize = 3;

/// What the look of a call says of its part in a growth, the likeliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// Its method names what grows (`x.createJob()` for `jobs`), or adds to that part of `x` which
    /// grows (`x.jobs.start(..)`).
    NamesWhatGrows,
    /// Its method adds by its name: `x.on(..)`.
    Adds,
    /// It gives something to `x`: `x.load(key)`.
    Gives,
    /// `x` is passed on: `once(x, 'end')`, `await x`.
    Passes,
    /// It gives nothing, or asks or tells something: `x.get(key)`, `x.emit(..)`.
    Asks,
    /// It is outside of any function, where it happens once.
    Once,
}

/// A call of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallSite {
    /// Where: at the name of the method or function, at an `await`.
    pub position: Position,
    /// What it looks like.
    pub kind: CallKind,
    /// Where V8 has the function around it: at its parameters. The start of the file if there is none.
    pub function: Position,
}

/// What a call is on, or passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallSubject {
    Variable(ScopeId),
    /// Of `this`, if its class is known.
    Property(Option<OwnerId>),
}

/// A call as the index keeps it.
#[derive(Debug)]
pub(crate) struct CallRecord {
    pub(crate) name: NameId,
    pub(crate) subject: CallSubject,
    pub(crate) position: Position,
    function: Position,
    /// The property whose method is called, and the method.
    receiver: Option<NameId>,
    method: Option<NameId>,
    kind: CallKind,
}

impl CallRecord {
    pub(crate) fn new(
        name: NameId,
        subject: CallSubject,
        (position, function): (Position, Position),
        call: &Call<'_, '_>,
        names: &mut Names,
    ) -> Self {
        Self {
            name,
            subject,
            position,
            function,
            receiver: call.receiver.map(|receiver| names.intern(receiver)),
            method: call.method.map(|method| names.intern(method)),
            kind: call.kind,
        }
    }

    /// The call as seen by someone who knows the names of what grows inside of its subject.
    pub(crate) fn site(&self, grows: &[&str], names: &Names) -> CallSite {
        let text = |id: Option<NameId>| id.and_then(|id| names.text(id));
        let is_on_part = text(self.receiver).is_some_and(|part| grows.contains(&part));
        let names_part = || {
            let method = text(self.method);
            method.is_some_and(|method| grows.iter().any(|part| share_a_word(method, part)))
        };
        let kind = match self.kind {
            CallKind::Adds | CallKind::Gives if is_on_part || names_part() => {
                CallKind::NamesWhatGrows
            }
            CallKind::Asks if is_on_part => CallKind::Gives,
            CallKind::Asks if names_part() => CallKind::NamesWhatGrows,
            kind => kind,
        };
        CallSite {
            position: self.position,
            kind,
            function: self.function,
        }
    }
}

/// A call on, or with, something.
pub(crate) struct Call<'t, 'n> {
    /// What it is on or passes; of `x.y.z()` both `x` and `y`.
    pub(crate) subjects: Vec<Reference<'t>>,
    receiver: Option<&'t str>,
    method: Option<&'t str>,
    pub(crate) kind: CallKind,
    pub(crate) at: Node<'n>,
}

/// What `node` calls and passes, if it is of a kind that does.
pub(crate) fn calls<'t, 'n>(node: Node<'n>, text: &'t str) -> Vec<Call<'t, 'n>> {
    match node.kind() {
        "call_expression" => {
            let Some(callee) = field(node, "function").map(bare) else {
                return Vec::new();
            };
            let arguments = field(node, "arguments").filter(|n| n.kind() == "arguments");
            let called = arguments.and_then(|arguments| call_on(callee, arguments, text));
            let at = field(callee, "property").unwrap_or(callee);
            let passed = arguments.and_then(|arguments| passing(arguments, at, text));
            called.into_iter().chain(passed).collect()
        }
        "new_expression" => {
            let at = field(node, "constructor").unwrap_or(node);
            let passed =
                field(node, "arguments").and_then(|arguments| passing(arguments, at, text));
            passed.into_iter().collect()
        }
        "await_expression" => {
            let awaited = first_operand(node).map(|value| plain_references(value, text));
            let awaited = awaited.filter(|subjects| !subjects.is_empty());
            (awaited.into_iter())
                .map(|subjects| passed(subjects, node))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn passed<'t, 'n>(subjects: Vec<Reference<'t>>, at: Node<'n>) -> Call<'t, 'n> {
    Call {
        subjects,
        receiver: None,
        method: None,
        kind: CallKind::Passes,
        at,
    }
}

/// `x.method(..)`; of functions only those that load modules.
fn call_on<'t, 'n>(callee: Node<'n>, arguments: Node<'n>, text: &'t str) -> Option<Call<'t, 'n>> {
    let first = operand(arguments, 0);
    if callee.kind() == "import" || text_of_name(callee, text) == "require" {
        // What is loaded by a fixed name is loaded once.
        let kind = match first?.kind() {
            "string" => CallKind::Asks,
            _ => CallKind::Gives,
        };
        return Some(Call {
            subjects: vec![Reference::Variable(text_of(callee, text))],
            receiver: None,
            method: None,
            kind,
            at: callee,
        });
    }
    let gives = if first.is_some() {
        CallKind::Gives
    } else {
        CallKind::Asks
    };
    let object = (callee.kind() == "member_expression").then(|| field(callee, "object"))??;
    let at = field(callee, "property")?;
    let method = text_of(at, text);
    let kind = match method_effect(method, arguments, text) {
        Some(Effect::Grows(_)) => CallKind::Adds,
        Some(_) => return None,
        None => kind_by_name(method, gives)?,
    };
    let (subjects, receiver) = receivers(object, text);
    Some(Call {
        subjects,
        receiver,
        method: Some(method),
        kind,
        at,
    })
}

/// What the names of methods say by the conventions of the language, of Node and of most packages;
/// `None`: it removes.
fn kind_by_name(method: &str, otherwise: CallKind) -> Option<CallKind> {
    match method {
        "then" | "catch" | "finally" | "use" | "register" => Some(CallKind::Adds),
        "get" | "has" | "find" | "at" | "keys" | "values" | "entries" | "forEach" | "map"
        | "filter" | "some" | "every" | "reduce" | "includes" | "indexOf" | "slice" | "join"
        | "peek" | "listeners" | "listenerCount" | "setMaxListeners" | "emit" | "publish"
        | "next" | "dispatch" | "notify" | "trigger" | "fire" | "toString" | "toJSON" => {
            Some(CallKind::Asks)
        }
        "release" | "close" | "end" | "destroy" | "dispose" | "cancel" | "stop" | "abort"
        | "reset" | "eject" | "unregister" | "disconnect" | "evict" | "prune" => None,
        _ => Some(otherwise),
    }
}

/// The names at both ends of `x.y.z` in `x.y.z.method()`: the first, and the one whose method it is.
/// What `x.get(key)` returns is not part of `x`.
fn receivers<'t>(object: Node<'_>, text: &'t str) -> (Vec<Reference<'t>>, Option<&'t str>) {
    let mut nearest = None;
    let mut last = None;
    let mut node = object;
    let mut first = None;
    for _ in 0..MAX_LINKS {
        node = bare(node);
        let inner = match node.kind() {
            "identifier" => {
                first = Some(Reference::Variable(text_of(node, text)));
                break;
            }
            "this" => {
                first = last.map(|name| Reference::Property {
                    name,
                    of_this: true,
                });
                break;
            }
            "member_expression" => {
                last = field(node, "property").map(|name| text_of(name, text));
                nearest = nearest.or(last);
                field(node, "object")
            }
            "subscript_expression" => field(node, "object"),
            "call_expression" => field(node, "function").filter(|callee| !asks(*callee, text)),
            "await_expression" => first_operand(node),
            _ => None,
        };
        let Some(inner) = inner else { break };
        node = inner;
    }
    let is_of_this =
        matches!(first, Some(Reference::Property { name, .. }) if Some(name) == nearest);
    let part = nearest.filter(|_| !is_of_this).map(|name| {
        let of_this = false;
        Reference::Property { name, of_this }
    });
    (first.into_iter().chain(part).collect(), nearest)
}

/// Whether a function is a method that asks or removes by its name.
fn asks(callee: Node<'_>, text: &str) -> bool {
    let method = field(bare(callee), "property").map_or("", |method| text_of(method, text));
    !matches!(
        kind_by_name(method, CallKind::Gives),
        Some(CallKind::Gives | CallKind::Adds)
    )
}

/// What a call gives to a function, as such or in a literal.
fn passing<'t, 'n>(arguments: Node<'n>, at: Node<'n>, text: &'t str) -> Option<Call<'t, 'n>> {
    let mut subjects = Vec::new();
    for argument in (0..MAX_ARGUMENTS).map_while(|n| operand(arguments, n)) {
        match argument.kind() {
            "array" => {
                let elements = (0..MAX_ARGUMENTS).map_while(|n| operand(argument, n));
                subjects.extend(elements.flat_map(|element| plain_references(element, text)));
            }
            "object" => {
                let members = (0..MAX_ARGUMENTS).map_while(|n| operand(argument, n));
                subjects.extend(members.flat_map(|member| values_of(member, text)));
            }
            _ => subjects.extend(plain_references(argument, text)),
        }
    }
    (!subjects.is_empty()).then(|| passed(subjects, at))
}

/// What a member of an object literal refers to.
fn values_of<'t>(member: Node<'_>, text: &'t str) -> Vec<Reference<'t>> {
    match member.kind() {
        "shorthand_property_identifier" => vec![Reference::Variable(text_of(member, text))],
        "pair" => field(member, "value").map_or(Vec::new(), |value| plain_references(value, text)),
        _ => Vec::new(),
    }
}

/// The names at both ends of `x.y.z`; none of the result of a call.
fn plain_references<'t>(node: Node<'_>, text: &'t str) -> Vec<Reference<'t>> {
    let node = bare(node);
    match node.kind() {
        "identifier" | "member_expression" => receivers(node, text).0,
        _ => Vec::new(),
    }
}

/// The text of a name, and nothing of longer expressions.
fn text_of_name<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    match node.kind() {
        "identifier" => text_of(node, text),
        _ => "",
    }
}

/// Whether two names in camel case have a word in common, in any of its forms.
fn share_a_word(one: &str, other: &str) -> bool {
    let others: Vec<String> = words(other).collect();
    words(one).any(|word| others.iter().any(|other| are_forms(&word, other)))
}

fn are_forms(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    short.len() >= MIN_WORD && long.starts_with(short) && long.len() - short.len() <= MAX_SUFFIX
}

/// `create`, `connection` of `createConnection`.
fn words(name: &str) -> impl Iterator<Item = String> + '_ {
    let is_break = |(i, c): &(usize, char)| *i > 0 && (c.is_uppercase() || !c.is_alphanumeric());
    let starts = std::iter::once(0).chain(name.char_indices().filter(is_break).map(|(i, _)| i));
    let ends = (name.char_indices().filter(is_break).map(|(i, _)| i)).chain([name.len()]);
    starts.zip(ends).map(|(start, end)| {
        let word = name[start..end].trim_matches(|c: char| !c.is_alphanumeric());
        word.to_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use super::share_a_word;

    #[test]
    fn names_share_words_in_their_forms() {
        for (one, other) in [
            ("createConnection", "connections"),
            ("scheduleJob", "scheduledJobs"),
            ("job", "#jobs"),
            ("add_user", "users"),
        ] {
            assert!(share_a_word(one, other), "{one} {other}");
            assert!(share_a_word(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("asyncIterator", "subscriptions"),
            ("is", "isReady"),
            ("get", "_set"),
            ("", ""),
        ] {
            assert!(!share_a_word(one, other), "{one} {other}");
        }
    }
}
