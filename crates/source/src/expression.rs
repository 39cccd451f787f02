//! What an expression refers to, by name.

use tree_sitter::Node;

/// Links followed of a chain like `bus.on(..).on(..)`, more than are written by hand. Each link is
/// looked at from its own end, so an unlimited walk would make a long chain quadratic.
const MAX_LINKS: usize = 64;

/// Parentheses and casts followed around one expression, for the same reason.
const MAX_WRAPPERS: usize = 16;

/// Comments passed over in search of an operand.
const MAX_COMMENTS: usize = 8;

/// Methods that return their receiver, so that a chain of them refers to its first object.
const RETURNS_RECEIVER: [&str; 12] = [
    "add",
    "addListener",
    "off",
    "on",
    "once",
    "prependListener",
    "prependOnceListener",
    "removeAllListeners",
    "removeListener",
    "set",
    "setMaxListeners",
    "subscribe",
];

/// A variable or a property that an expression refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference<'t> {
    /// `name`
    Variable(&'t str),
    /// `this.name`, or `x.name` of any other object.
    Property {
        /// The property, with `#` if it is private.
        name: &'t str,
        /// Whether the object is `this`.
        of_this: bool,
    },
}

/// The text of a node.
pub(crate) fn text_of<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The child in a field of a node.
pub(crate) fn field<'n>(node: Node<'n>, name: &str) -> Option<Node<'n>> {
    node.child_by_field_name(name)
}

/// The first named child that is no comment.
pub(crate) fn first_operand(node: Node<'_>) -> Option<Node<'_>> {
    operand(node, 0)
}

/// The `n`th named child, comments not counted. For nodes with few children, and small `n`.
pub(crate) fn operand(node: Node<'_>, n: usize) -> Option<Node<'_>> {
    // By number: asking a node for its sibling walks down from the root.
    (0..n + MAX_COMMENTS)
        .map_while(|i| node.named_child(i as u32))
        .filter(|child| child.kind() != "comment")
        .nth(n)
}

/// An expression without the parentheses and type operators around it.
pub(crate) fn bare(mut node: Node<'_>) -> Node<'_> {
    for _ in 0..MAX_WRAPPERS {
        let inner = match node.kind() {
            "parenthesized_expression"
            | "non_null_expression"
            | "as_expression"
            | "satisfies_expression" => first_operand(node),
            // `<T>x`: the type comes first.
            "type_assertion" => operand(node, 1),
            _ => return node,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
    node
}

/// What `node` refers to, if it is a name, a property, or something that evaluates to one.
pub(crate) fn reference<'t>(node: Node<'_>, text: &'t str) -> Option<Reference<'t>> {
    let mut node = node;
    for _ in 0..MAX_LINKS {
        node = bare(node);
        node = match node.kind() {
            "identifier" => return Some(Reference::Variable(text_of(node, text))),
            "member_expression" => {
                let name = text_of(field(node, "property")?, text);
                return Some(Reference::Property {
                    name,
                    of_this: object_is_this(node),
                });
            }
            "subscript_expression" => {
                let name = literal_key(field(node, "index")?, text)?;
                return Some(Reference::Property {
                    name,
                    of_this: object_is_this(node),
                });
            }
            // `(x ??= []).push(v)`
            "assignment_expression" | "augmented_assignment_expression" => field(node, "left")?,
            "call_expression" => chain_receiver(node, text)?,
            _ => return None,
        };
    }
    None
}

fn object_is_this(member: Node<'_>) -> bool {
    field(member, "object").is_some_and(|object| bare(object).kind() == "this")
}

/// `bus` of `bus.on(..)`.
fn chain_receiver<'n>(call: Node<'n>, text: &str) -> Option<Node<'n>> {
    let callee = bare(field(call, "function")?);
    if callee.kind() != "member_expression" {
        return None;
    }
    let method = text_of(field(callee, "property")?, text);
    RETURNS_RECEIVER.contains(&method).then_some(())?;
    field(callee, "object")
}

/// The name that a string literal spells, if it could be written as an identifier. Other strings
/// may be anything, and are not repeated.
pub(crate) fn literal_key<'t>(node: Node<'_>, text: &'t str) -> Option<&'t str> {
    if node.kind() != "string" {
        return None;
    }
    let quoted = text_of(node, text);
    let name = quoted.get(1..quoted.len().checked_sub(1)?)?;
    is_identifier(name).then_some(name)
}

fn is_identifier(name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    name.starts_with(|c: char| part(c) && !c.is_numeric()) && name.chars().all(part)
}

/// The name of a property, method or field as it is declared: an identifier, a private name, or
/// a string that could be one. `None` if it is computed or a number.
pub(crate) fn declared_key<'t>(key: Node<'_>, text: &'t str) -> Option<&'t str> {
    match key.kind() {
        "property_identifier" | "private_property_identifier" | "identifier" => {
            Some(text_of(key, text))
        }
        _ => literal_key(key, text),
    }
}

/// Whether an expression makes a new container: `[]`, `{}`, `new X(..)`, `Object.create(..)`,
/// `Array(..)`.
pub(crate) fn makes_container(node: Node<'_>, text: &str) -> bool {
    let node = bare(node);
    match node.kind() {
        "array" | "object" | "new_expression" => true,
        "call_expression" => field(node, "function").is_some_and(|callee| {
            // A callee may be a whole program; the ones looked for are short.
            let range = callee.byte_range();
            range.len() <= 16
                && matches!(
                    text_of(callee, text),
                    "Object.create" | "Array" | "Array.from"
                )
        }),
        _ => false,
    }
}
