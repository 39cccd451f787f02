//! Questions to the source code: where is this variable or property declared, and where does it
//! grow? A heap tells who holds what, not which line put it there; a source file does. Diagnosis
//! asks through [`SourceSites`] and works without an answer.

use heapwatch_graph::SourceLocation;

use crate::place::Place;

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SiteSubject {
    /// A variable of a scope.
    Variable,
    /// A property of an object or class.
    Property,
    /// A package or module of Node's, by the name that it is imported by; only calls are asked for.
    Module,
}

/// A question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteQuery {
    /// The script.
    pub url: String,
    /// Variable or property.
    pub subject: SiteSubject,
    /// Its name.
    pub name: String,
    /// 0-based (line, column) of functions that can see it.
    pub inside: Vec<(u32, u32)>,
}

impl SiteQuery {
    /// A line and column in the file, both 0-based, as people count them.
    pub(crate) fn location(&self, line: u32, column: u32) -> SourceLocation {
        SourceLocation {
            url: self.url.clone(),
            line: line.saturating_add(1),
            column: column.saturating_add(1),
        }
    }
}

/// An answer: one place in the script of the question, 0-based.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    /// Line, 0-based.
    pub line: u32,
    /// Column, 0-based, UTF-16 code units.
    pub column: u32,
    /// What happens here.
    pub effect: SiteEffect,
}

/// What a place in the source does to a variable or property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SiteEffect {
    /// It is declared.
    Declares,
    /// It grows.
    Grows,
    /// It grows by a part of something, which of a buffer shares the memory of the whole.
    GrowsByPart,
    /// Its oldest member is taken out, as from a queue.
    TakesFirst,
}

/// A call on a variable or property, or one that it is passed to; 0-based.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call {
    /// Line, 0-based.
    pub line: u32,
    /// Column, 0-based, UTF-16 code units.
    pub column: u32,
    /// Line and column of the function around it, as V8 gives them, 0-based.
    pub function: (u32, u32),
    /// How likely it is to make grow what the subject leads to.
    pub likelihood: CallLikelihood,
}

/// What the look of a call says, the likeliest first. What a method does is not known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CallLikelihood {
    /// Its method is named after what grows, or belongs to that part of the subject.
    NamesWhatGrows,
    /// Its method adds, by its name.
    Adds,
    /// It gives the subject something.
    Gives,
    /// It gets the subject.
    Passes,
    /// It seems to ask or tell something.
    Asks,
    /// It is outside of any function, where it happens once.
    Once,
}

/// Answers questions about source code.
pub trait SourceSites {
    /// Places where the subject is declared and where it grows; empty if unknown.
    fn sites(&self, query: &SiteQuery) -> Vec<Site>;

    /// Calls on the subject and with it, the likeliest to make it grow first; `grows` are the names of
    /// the properties by which it leads to what grows, of a module the exports that are meant (none:
    /// all).
    fn calls(&self, _query: &SiteQuery, _grows: &[String]) -> Vec<Call> {
        Vec::new()
    }

    /// What is known of a position beyond the script's URL: its original, its package. `name` is what
    /// the code that runs has there.
    fn place(&self, location: SourceLocation, _name: CodeName<'_>) -> Place {
        location.into()
    }
}

/// A name at a position in code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeName<'n> {
    /// Of a variable: it starts at the position.
    Variable,
    /// Of a function: it ends at the position, which is that of the parameters.
    Function(&'n str),
    /// There is none, or nobody knows where.
    None,
}

/// Knows no sources.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSources;

impl SourceSites for NoSources {
    fn sites(&self, _: &SiteQuery) -> Vec<Site> {
        Vec::new()
    }
}
