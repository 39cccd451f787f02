//! Why a source file was not indexed.

use thiserror::Error;

/// Why a source file was not indexed. Each variant has a stable [`code`](SourceError::code).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file is larger than [`Limits::max_bytes`](crate::Limits::max_bytes).
    #[error("the source has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Size of the source in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The file has more tokens than [`Limits::max_tokens`](crate::Limits::max_tokens).
    #[error("the source has about {tokens} tokens, more than the limit of {limit}")]
    TooManyTokens {
        /// Estimated number of tokens.
        tokens: usize,
        /// The limit in tokens.
        limit: usize,
    },
    /// The file nests deeper than [`Limits::max_nesting`](crate::Limits::max_nesting).
    #[error("the source has {nesting} brackets open at once, more than the limit of {limit}")]
    TooDeep {
        /// Most brackets open at once.
        nesting: usize,
        /// The limit in brackets.
        limit: usize,
    },
    /// Parsing and indexing took longer than [`Limits::max_time`](crate::Limits::max_time).
    #[error("the source was not analysed within {limit_ms} ms")]
    TimedOut {
        /// The limit in milliseconds.
        limit_ms: u64,
    },
    /// A source map that is none, or that would cost too much.
    #[error("the source map is not valid, or too large to decode")]
    BadMap,
    /// The parser refused its own grammar, or gave no tree: a defect of the build, not the input.
    #[error("the parser for {language} could not be used")]
    Parser {
        /// Name of the language.
        language: &'static str,
    },
}

impl SourceError {
    /// The stable code of this error, the same that JavaScript sees.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. }
            | Self::TooManyTokens { .. }
            | Self::TooDeep { .. }
            | Self::TimedOut { .. }
            | Self::BadMap => "ERR_HEAPWATCH_LIMIT",
            Self::Parser { .. } => "ERR_HEAPWATCH_INTERNAL",
        }
    }
}
