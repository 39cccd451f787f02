//! Parsing within a deadline.
//!
//! tree-sitter asks for leave every hundred operations. One operation may still read far (a long
//! token, or comments scanned again and again for a semicolon to insert), so the text is handed
//! out in chunks and ends early once the deadline has passed.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Point, Tree};

use crate::error::SourceError;
use crate::language::Language;
use crate::limits::Deadline;

/// Small enough that a chunk is lexed in well under a millisecond, large enough that reading the
/// clock for each costs nothing.
const CHUNK: usize = 8 << 10;

/// The syntax tree of `text`, with error nodes where it is not `language`.
pub(crate) fn parse(
    text: &str,
    language: Language,
    deadline: &Deadline,
) -> Result<Tree, SourceError> {
    let unusable = SourceError::Parser {
        language: language.name(),
    };
    let mut parser = Parser::new();
    parser
        .set_language(&language.grammar())
        .map_err(|_| unusable.clone())?;

    let bytes = text.as_bytes();
    let mut read = |offset: usize, _: Point| -> &[u8] {
        if deadline.passed() {
            return &[];
        }
        let start = offset.min(bytes.len());
        &bytes[start..(start + CHUNK).min(bytes.len())]
    };
    let mut progress = |_: &ParseState| {
        if deadline.passed() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    // A tree from after the deadline may be one of half the text.
    if deadline.passed() {
        return Err(deadline.error());
    }
    tree.ok_or(unusable)
}
