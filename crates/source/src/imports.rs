//! What a file imports, and where it calls that: `require`, `import`, and calls on their names.
//!
//! `const { get: fetch } = require('http')` binds `fetch` to the module's `get`; `import pool, { Agent }
//! from 'undici'` binds `pool` to the module and `Agent` to its export. What a binding is called with
//! (`fetch(..)`, `pool.request(..)`, `new Agent(..)`) is where the file makes use of the module.
//!
//! Each declaration is read once and up to a number of names, so all of a file cost time linear in its
//! size.

use tree_sitter::Node;

use crate::expression::{bare, field, first_operand, operand, text_of};
use crate::names::NameId;
use crate::position::Position;
use crate::scope::ScopeId;

/// Names of one import that are looked at: more is a list that a tool wrote.
const MAX_NAMES: usize = 64;
/// Links between `require(..)` and what is taken of it (`require('x').default.Pool`), and wrappers of
/// compilers around it.
const MAX_LINKS: usize = 4;
/// The longest name that the npm registry admits, and some folders.
const MAX_MODULE: usize = 400;

/// A name that an import binds.
#[derive(Debug)]
pub(crate) struct Import {
    /// Without `node:`.
    pub(crate) module: NameId,
    pub(crate) name: NameId,
    /// What it is of the module; `None`: the module itself, or its default.
    pub(crate) exported: Option<NameId>,
}

/// A call of a name, or of a method of it.
#[derive(Debug)]
pub(crate) struct CalledName {
    pub(crate) name: NameId,
    pub(crate) scope: ScopeId,
    pub(crate) method: Option<NameId>,
    pub(crate) position: Position,
    /// Where V8 has the function around it. The start of the file if there is none.
    pub(crate) function: Position,
}

/// What one declaration imports.
pub(crate) struct Imported<'t> {
    pub(crate) module: &'t str,
    /// Names, each with what it is of the module.
    pub(crate) names: Vec<(&'t str, Option<&'t str>)>,
}

/// `import x, * as y, { z as w } from 'module'`.
pub(crate) fn import_statement<'t>(node: Node<'_>, text: &'t str) -> Option<Imported<'t>> {
    let module = module_name(field(node, "source")?, text)?;
    let clause = first_operand(node).filter(|clause| clause.kind() == "import_clause")?;
    let mut names = Vec::new();
    for part in (0..MAX_NAMES).map_while(|n| operand(clause, n)) {
        match part.kind() {
            "identifier" => names.push((text_of(part, text), None)),
            "namespace_import" => {
                names.extend(first_operand(part).map(|name| (text_of(name, text), None)));
            }
            "named_imports" => names.extend(named_imports(part, text)),
            _ => {}
        }
    }
    Some(Imported { module, names })
}

fn named_imports<'t>(node: Node<'_>, text: &'t str) -> Vec<(&'t str, Option<&'t str>)> {
    let specifiers = (0..MAX_NAMES).map_while(|n| operand(node, n));
    let bound = specifiers.filter_map(|specifier| {
        let exported = text_of(field(specifier, "name")?, text);
        let name = field(specifier, "alias").map_or(exported, |alias| text_of(alias, text));
        Some((name, Some(exported).filter(|name| *name != "default")))
    });
    bound.collect()
}

/// `const x = require('module')`, `const { y, z: w } = require('module').part`.
pub(crate) fn required<'t>(
    pattern: Node<'_>,
    value: Node<'_>,
    text: &'t str,
) -> Option<Imported<'t>> {
    let (module, part) = required_module(value, text)?;
    let names = match pattern.kind() {
        "identifier" => vec![(text_of(pattern, text), part)],
        "object_pattern" => {
            let parts = (0..MAX_NAMES).map_while(|n| operand(pattern, n));
            parts.filter_map(|part| bound_part(part, text)).collect()
        }
        _ => return None,
    };
    Some(Imported { module, names })
}

fn bound_part<'t>(part: Node<'_>, text: &'t str) -> Option<(&'t str, Option<&'t str>)> {
    match part.kind() {
        "shorthand_property_identifier_pattern" => {
            let name = text_of(part, text);
            Some((name, Some(name)))
        }
        "pair_pattern" => {
            let name = field(part, "value").filter(|name| name.kind() == "identifier")?;
            Some((
                text_of(name, text),
                Some(text_of(field(part, "key")?, text)),
            ))
        }
        _ => None,
    }
}

/// The module of `require('module')`, and what is taken of it.
fn required_module<'t>(value: Node<'_>, text: &'t str) -> Option<(&'t str, Option<&'t str>)> {
    let mut node = bare(value);
    let mut part = None;
    for _ in 0..MAX_LINKS {
        node = match node.kind() {
            "member_expression" => {
                let name = text_of(field(node, "property")?, text);
                part = Some(name).filter(|name| *name != "default").or(part);
                bare(field(node, "object")?)
            }
            "call_expression" => {
                let callee = field(node, "function").filter(|n| n.kind() == "identifier")?;
                let argument = first_operand(field(node, "arguments")?)?;
                if text_of(callee, text) == "require" {
                    return Some((module_name(argument, text)?, part));
                }
                // `__importDefault(require('module'))`
                bare(argument)
            }
            _ => return None,
        };
    }
    None
}

fn module_name<'t>(node: Node<'_>, text: &'t str) -> Option<&'t str> {
    if node.kind() != "string" || node.byte_range().len() > MAX_MODULE {
        return None;
    }
    let quoted = text_of(node, text);
    let name = quoted.get(1..quoted.len().checked_sub(1)?)?;
    Some(name.strip_prefix("node:").unwrap_or(name))
}

/// The name that `x(..)`, `x.y(..)`, `new x(..)` or `new x.y(..)` calls, the method, and where it stands.
pub(crate) fn called_name<'t, 'n>(
    node: Node<'n>,
    text: &'t str,
) -> Option<(&'t str, Option<&'t str>, Node<'n>)> {
    let callee = field(node, "function").or_else(|| field(node, "constructor"))?;
    let callee = bare(callee);
    match callee.kind() {
        "identifier" => Some((text_of(callee, text), None, callee)),
        "member_expression" => {
            let object = field(callee, "object").map(bare)?;
            let at = field(callee, "property")?;
            (object.kind() == "identifier").then(|| {
                let method = text_of(at, text);
                (text_of(object, text), Some(method), at)
            })
        }
        _ => None,
    }
}

/// Whether an import of `module` means `wanted`: it, or a file of it.
pub(crate) fn is_of_module(module: &str, wanted: &str) -> bool {
    let rest = module.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
