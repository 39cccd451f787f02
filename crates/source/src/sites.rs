//! What is found about a variable or property.

use crate::position::Position;
use crate::site_effect::Growth;

/// Most growth sites, and most removal sites, of one answer: what a report can show.
pub(crate) const MAX_SITES: usize = 16;

/// Where a collection is declared, grows and shrinks in one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sites {
    /// Where it is declared: at its name for a variable, a field or a key of an object literal, at
    /// the start of an assignment for a property that has neither. `None` if this file only uses
    /// it, as with `process.on(..)`.
    pub declared: Option<Position>,
    /// Where it grows, in source order; the first 16.
    pub grows: Vec<GrowthSite>,
    /// Where something is removed from it, or it is replaced, in source order; the first 16.
    /// Empty: nothing in this file does.
    pub removes: Vec<Position>,
    /// Those of `removes` that take the oldest, as from a queue (`x.shift()`).
    pub takes_first: Vec<Position>,
}

/// A place where a collection grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrowthSite {
    /// Where: at the method's name for a call, as in a stack trace of V8; at the start of an
    /// assignment.
    pub position: Position,
    /// How.
    pub operation: Growth,
}
