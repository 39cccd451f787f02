//! Where in a source file a leaking variable or property is declared, and where it grows.
//!
//! A heap snapshot names the closure variable, the property or the emitter that holds the
//! leaked objects, and the position of the functions around it. This crate turns that into
//! source positions: `const receipts = new Map()` declares it, `receipts.set(id, receipt)` makes
//! it grow, `receipts.delete(id)` would make it shrink.
//!
//! # How
//! [`Source::parse`] parses once with tree-sitter (generalised LR: an explicit stack, tolerant of
//! syntax errors), walks the tree once with a cursor, and keeps a compact index of scopes,
//! bindings, properties, functions and sites; tree and text are then dropped. Queries read the
//! index. Scopes follow ECMA-262: `var` and parameters belong to the function, `let`, `const`,
//! `class`, functions in blocks and `catch` parameters to the block.
//!
//! # Promise
//! It runs in other people's production processes, on whatever lies on disk. Whatever the input,
//! it does not panic and does not recurse on the input's nesting, and it stops at [`Limits`]: a
//! time, a size in bytes, a number of tokens (which bounds the parser's memory), and a nesting of
//! brackets (which bounds the parser's work on what it cannot make sense of). Nothing it
//! returns holds source text other than identifiers.
//!
//! # What it does not see
//! Names are followed, values are not: growth through an alias (`const m = receipts; m.set(..)`),
//! a destructured copy, an argument or a re-export (`exports.receipts.set(..)` counts for the
//! *property* `receipts`, not for the variable) is not found, nor are `eval`, `with` and
//! identifiers spelt with unicode escapes. A function declared in a block of sloppy code is not
//! hoisted out of it (ECMA-262 annex B.3.2). A method is judged by its name: `x.add()` grows `x`.

mod calls;
mod error;
mod expression;
mod function;
mod imports;
mod indexer;
mod language;
mod limits;
mod names;
mod position;
mod scope;
mod site_effect;
mod sites;
mod source;
mod source_map;
mod syntax_tree;

pub use calls::{CallKind, CallSite};
pub use error::SourceError;
pub use function::{FunctionKind, FunctionSite};
pub use language::Language;
pub use limits::Limits;
pub use position::Position;
pub use site_effect::Growth;
pub use sites::{GrowthSite, Sites};
pub use source::Source;
pub use source_map::{
    OriginalPosition, SourceMap, inline_map, percent_decoded, source_mapping_url,
};
