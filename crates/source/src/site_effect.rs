//! What a call, an assignment or a `delete` does to the collection it refers to.
//!
//! One node is judged by its own shape and its operands' names; no node looks into statements
//! inside it, so all nodes of a file together cost time linear in its size.

use tree_sitter::Node;

use crate::expression::{Reference, bare, field, first_operand, operand, reference, text_of};

/// How a collection grows at a place in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Growth {
    /// `x.set(key, value)`, `x.put(key, value)`
    Set,
    /// `x.add(value)`
    Add,
    /// `x.push(value)`, also through `apply`, `call` and `Array.prototype`
    Push,
    /// `x.unshift(value)`
    Unshift,
    /// `x.splice(start, count, value)`
    Splice,
    /// `x[key] = value`, `x[x.length] = value`, `Object.defineProperty(x, key, ..)`
    IndexAssign,
    /// `Object.assign(x, ..)`
    ObjectAssign,
    /// `x += value`, `x = x + value`
    Append,
    /// `x = [...x, value]`, `x = {...x, [key]: value}`, `x = x.concat(value)`
    Copy,
    /// `x = {value, next: x}`, `x = [value, x]`, `x = new Node(value, x)`
    Link,
    /// `x.on(event, listener)` and its kin, `x.addEventListener(..)`, `x.subscribe(..)`
    Listener,
    /// `x.enqueue(value)`, `x.append(value)`, `x.insert(value)`
    Enqueue,
    /// `x.push(y.subarray(..))`, `x.set(key, y.slice(..))`, `x[key] = y.subarray(..)`: of a buffer, the
    /// part shares the memory of the whole.
    Part,
}

/// What happens to the collection that a node refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Grows(Growth),
    Removes,
    /// The oldest is removed, as from a queue.
    TakesFirst,
    /// All of it is let go for another value, or it gets its first one.
    Replaces,
}

/// An effect, on what, and where: the method's name (as in a stack trace of V8), or the start of
/// an assignment or `delete`.
pub(crate) struct Site<'t, 'n> {
    pub(crate) target: Reference<'t>,
    pub(crate) effect: Effect,
    pub(crate) at: Node<'n>,
}

/// What `node` does, if it is of a kind that does anything.
pub(crate) fn site<'t, 'n>(node: Node<'n>, text: &'t str) -> Option<Site<'t, 'n>> {
    match node.kind() {
        "call_expression" => call(node, text),
        "assignment_expression" => assignment(node, text),
        "augmented_assignment_expression" => augmented_assignment(node, text),
        "unary_expression" => deletion(node, text),
        _ => None,
    }
}

fn call<'t, 'n>(node: Node<'n>, text: &'t str) -> Option<Site<'t, 'n>> {
    let callee = bare(field(node, "function")?);
    if callee.kind() != "member_expression" {
        return None;
    }
    let arguments = field(node, "arguments").filter(|n| n.kind() == "arguments")?;
    let object = field(callee, "object")?;
    let at = field(callee, "property")?;
    match text_of(at, text) {
        "apply" | "call" => indirect_call(object, arguments, text),
        "assign" if bare_text(object, text) == "Object" => {
            let target = reference(first_operand(arguments)?, text)?;
            Some(Site {
                target,
                effect: Effect::Grows(Growth::ObjectAssign),
                at,
            })
        }
        "defineProperty" if bare_text(object, text) == "Object" => {
            let target = reference(first_operand(arguments)?, text)?;
            varies(operand(arguments, 1)?, text).then_some(())?;
            Some(Site {
                target,
                effect: Effect::Grows(Growth::IndexAssign),
                at,
            })
        }
        method => {
            let effect = method_effect(method, arguments, text)?;
            Some(Site {
                target: reference(object, text)?,
                effect,
                at,
            })
        }
    }
}

/// `x.push.apply(x, values)`, `Array.prototype.push.apply(x, values)`, `[].push.call(x, value)`.
fn indirect_call<'t, 'n>(
    function: Node<'n>,
    arguments: Node<'n>,
    text: &'t str,
) -> Option<Site<'t, 'n>> {
    let function = bare(function);
    if function.kind() != "member_expression" {
        return None;
    }
    let at = field(function, "property")?;
    let method = text_of(at, text);
    // The arguments are not the method's own here; `splice` cannot be told.
    let effect = match method {
        "splice" => None,
        _ => method_effect(method, arguments, text),
    }?;
    Some(Site {
        target: reference(first_operand(arguments)?, text)?,
        effect,
        at,
    })
}

/// What a method does by its name.
pub(crate) fn method_effect(method: &str, arguments: Node<'_>, text: &str) -> Option<Effect> {
    let adds_part = || {
        let operands = (0..2).filter_map(|n| operand(arguments, n));
        operands.into_iter().any(|value| is_part(value, text))
    };
    let growth = match method {
        "set" | "put" | "add" | "push" | "unshift" if adds_part() => Growth::Part,
        "set" | "put" => Growth::Set,
        "add" => Growth::Add,
        "push" => Growth::Push,
        "unshift" => Growth::Unshift,
        "splice" => return Some(splice_effect(arguments)),
        "on"
        | "once"
        | "addListener"
        | "prependListener"
        | "prependOnceListener"
        | "addEventListener"
        | "subscribe" => Growth::Listener,
        "enqueue" | "append" | "insert" => Growth::Enqueue,
        "delete"
        | "clear"
        | "pop"
        | "off"
        | "removeListener"
        | "removeEventListener"
        | "removeAllListeners"
        | "unsubscribe"
        | "remove" => {
            return Some(Effect::Removes);
        }
        "shift" | "dequeue" => return Some(Effect::TakesFirst),
        _ => return None,
    };
    Some(Effect::Grows(growth))
}

/// Whether a value is `y.subarray(..)` or `y.slice(..)`.
fn is_part(value: Node<'_>, text: &str) -> bool {
    let value = bare(value);
    let callee = (value.kind() == "call_expression").then(|| field(value, "function"));
    let method = callee
        .flatten()
        .and_then(|callee| field(bare(callee), "property"));
    method.is_some_and(|method| matches!(text_of(method, text), "subarray" | "slice"))
}

/// `splice(start, count)` removes; with more arguments, or any number of them, it inserts.
fn splice_effect(arguments: Node<'_>) -> Effect {
    let spreads = (0..2)
        .filter_map(|n| operand(arguments, n))
        .any(|argument| argument.kind() == "spread_element");
    if spreads || operand(arguments, 2).is_some() {
        Effect::Grows(Growth::Splice)
    } else {
        Effect::Removes
    }
}

fn assignment<'t, 'n>(node: Node<'n>, text: &'t str) -> Option<Site<'t, 'n>> {
    let left = bare(field(node, "left")?);
    let right = bare(field(node, "right")?);
    if let Some(target) = indexed(left, text) {
        // `x[key] = undefined` is how some code drops a value.
        let effect = match right.kind() {
            "undefined" | "null" => Effect::Removes,
            _ if is_part(right, text) => Effect::Grows(Growth::Part),
            _ => Effect::Grows(Growth::IndexAssign),
        };
        return Some(Site {
            target,
            effect,
            at: node,
        });
    }
    if let Some(target) = length_of(left, text) {
        return Some(Site {
            target,
            effect: Effect::Removes,
            at: node,
        });
    }
    let target = reference(left, text)?;
    let effect = replacement(target, right, text)?;
    Some(Site {
        target,
        effect,
        at: node,
    })
}

/// `x` of `x[key]`, where the key is not a fixed one.
fn indexed<'t>(left: Node<'_>, text: &'t str) -> Option<Reference<'t>> {
    if left.kind() != "subscript_expression" || !varies(field(left, "index")?, text) {
        return None;
    }
    reference(field(left, "object")?, text)
}

fn varies(key: Node<'_>, text: &str) -> bool {
    let key = bare(key);
    match key.kind() {
        "string" | "number" => false,
        "template_string" => text_of(key, text).contains("${"),
        _ => true,
    }
}

/// `x` of `x.length`.
fn length_of<'t>(left: Node<'_>, text: &'t str) -> Option<Reference<'t>> {
    if left.kind() != "member_expression" || text_of(field(left, "property")?, text) != "length" {
        return None;
    }
    reference(field(left, "object")?, text)
}

/// What `target = right` does to what `target` held.
fn replacement(target: Reference<'_>, right: Node<'_>, text: &str) -> Option<Effect> {
    let same = |node: Node<'_>| reference(node, text) == Some(target);
    match right.kind() {
        "array" | "object" => Some(copy_effect(right, same)),
        "binary_expression" => {
            let keeps = leftmost(right).is_some_and(same);
            let operator = field(right, "operator").map_or("", |node| text_of(node, text));
            match operator {
                // `x = x || []` keeps what there is.
                "||" | "??" if keeps => None,
                "+" if keeps || field(right, "right").is_some_and(same) => {
                    Some(Effect::Grows(Growth::Append))
                }
                _ => Some(Effect::Replaces),
            }
        }
        "new_expression" if is_given(right, same) => Some(Effect::Grows(Growth::Link)),
        "call_expression" if concatenates(right, same, text) => Some(Effect::Grows(Growth::Copy)),
        _ if same(right) => None,
        _ => Some(Effect::Replaces),
    }
}

/// Elements of a literal that are looked at for `...x`: it is written first or last, and a
/// literal may be a data file.
const MAX_ELEMENTS: u32 = 32;

/// `[...x, value]` or `{...x, [key]: value}`, as against any other literal.
fn copy_effect(literal: Node<'_>, same: impl Fn(Node<'_>) -> bool) -> Effect {
    let (mut spreads_target, mut adds, mut links) = (false, false, false);
    for element in (0..MAX_ELEMENTS).map_while(|i| literal.named_child(i)) {
        match element.kind() {
            "comment" => {}
            "spread_element" if first_operand(element).is_some_and(&same) => spreads_target = true,
            // A fixed key is overwritten each time.
            "pair" => {
                let key = field(element, "key");
                adds |= key.is_some_and(|key| key.kind() == "computed_property_name");
                links |= field(element, "value").is_some_and(&same);
            }
            "shorthand_property_identifier" | "method_definition" => {}
            _ if same(element) => links = true,
            _ => adds = true,
        }
    }
    if links {
        Effect::Grows(Growth::Link)
    } else if spreads_target && adds {
        Effect::Grows(Growth::Copy)
    } else {
        Effect::Replaces
    }
}

/// Arguments of a constructor that are looked at for the rest of a list.
const MAX_ARGUMENTS: usize = 4;

/// Whether `new Node(value, x)` is given `x`.
fn is_given(call: Node<'_>, same: impl Fn(Node<'_>) -> bool) -> bool {
    let Some(arguments) = field(call, "arguments") else {
        return false;
    };
    let mut given = (0..MAX_ARGUMENTS).map_while(|n| operand(arguments, n));
    given.any(same)
}

/// `x` of `x + a + b`, which is `(x + a) + b`.
fn leftmost(mut node: Node<'_>) -> Option<Node<'_>> {
    // As many terms as anyone writes by hand.
    for _ in 0..32 {
        if node.kind() != "binary_expression" {
            return Some(node);
        }
        node = bare(field(node, "left")?);
    }
    None
}

/// `x.concat(value)`.
fn concatenates(call: Node<'_>, same: impl Fn(Node<'_>) -> bool, text: &str) -> bool {
    let callee = field(call, "function").filter(|n| n.kind() == "member_expression");
    callee.is_some_and(|callee| {
        field(callee, "property").is_some_and(|name| text_of(name, text) == "concat")
            && field(callee, "object").is_some_and(same)
    })
}

fn augmented_assignment<'t, 'n>(node: Node<'n>, text: &'t str) -> Option<Site<'t, 'n>> {
    let left = bare(field(node, "left")?);
    let right = bare(field(node, "right")?);
    let target = match text_of(field(node, "operator")?, text) {
        "||=" | "??=" => {
            let target = indexed(left, text)?;
            return Some(Site {
                target,
                effect: Effect::Grows(Growth::IndexAssign),
                at: node,
            });
        }
        "+=" => reference(left, text)?,
        _ => return None,
    };
    // A counter holds no memory.
    if right.kind() == "number" {
        return None;
    }
    Some(Site {
        target,
        effect: Effect::Grows(Growth::Append),
        at: node,
    })
}

/// `delete x[key]`, `delete x.key`.
fn deletion<'t, 'n>(node: Node<'n>, text: &'t str) -> Option<Site<'t, 'n>> {
    if text_of(field(node, "operator")?, text) != "delete" {
        return None;
    }
    let argument = bare(field(node, "argument")?);
    if !matches!(
        argument.kind(),
        "member_expression" | "subscript_expression"
    ) {
        return None;
    }
    let target = reference(field(argument, "object")?, text)?;
    Some(Site {
        target,
        effect: Effect::Removes,
        at: node,
    })
}

/// The text of a name, and nothing of longer expressions.
fn bare_text<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    match node.kind() {
        "identifier" => text_of(node, text),
        _ => "",
    }
}
