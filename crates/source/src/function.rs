//! Functions and classes, for messages.

use crate::names::NameId;
use crate::position::Position;

/// What kind of function stands at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FunctionKind {
    /// `function f() {}`, generators included, as declaration or expression.
    Function,
    /// `() => {}`
    Arrow,
    /// A method of a class or an object literal.
    Method,
    /// The `constructor` of a class; its name is the class's.
    Constructor,
    /// `get name() {}`
    Getter,
    /// `set name(value) {}`
    Setter,
    /// A class, where no function of it is nearer.
    Class,
}

/// A function or class in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSite {
    /// Its name, or that of the variable or property it is assigned to.
    pub name: Option<String>,
    /// What it is.
    pub kind: FunctionKind,
    /// Where it starts: at `function`, `async`, `class`, a method's name or modifier, or the
    /// parameters of an arrow function. Decorators are before it.
    pub start: Position,
    /// The first position after it.
    pub end: Position,
}

/// A function as the index keeps it.
#[derive(Debug)]
pub(crate) struct FunctionRecord {
    pub(crate) name: Option<NameId>,
    pub(crate) kind: FunctionKind,
    pub(crate) start: Position,
    pub(crate) end: Position,
}
