//! What one parse may cost, and the clock that holds it to that.

use std::time::{Duration, Instant};

use crate::error::SourceError;

/// What parsing and indexing one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest source, in bytes of UTF-8.
    pub max_bytes: usize,
    /// Most tokens, by an estimate that counts words and punctuation, those in comments and
    /// strings included.
    pub max_tokens: usize,
    /// Most brackets open at once, those in comments and strings included.
    pub max_nesting: usize,
    /// Longest wall-clock time for parsing and indexing together. The clock is looked at often;
    /// freeing what was built until then comes on top, and so does what error recovery is at. A
    /// file written to use that to the full has taken another second and 330 MB (measured).
    pub max_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A file of 4 MB is a bundle of a whole service; larger ones are data.
            max_bytes: 4 << 20,
            // The parser needs 120 to 200 bytes a token on real code (measured, tree-sitter
            // 0.26): up to 100 MB, for less than a second. That is 1.1 MB of minified code (2.3
            // bytes a token), or 2 MB and more as people write it.
            max_tokens: 500_000,
            // People nest a few dozen deep, and generated code some hundreds; the rest is for
            // brackets in strings. Unclosed ones cost the parser's error recovery, which cannot be
            // interrupted, some 10 us and 3 kB each (measured).
            max_nesting: 10_000,
            // The largest admitted files take 0.4 to 0.7 s (measured, one busy server core).
            max_time: Duration::from_secs(1),
        }
    }
}

impl Limits {
    /// Refuses a text that is too large, before the parser spends anything on it.
    pub(crate) fn admit(&self, text: &str) -> Result<(), SourceError> {
        // Offsets are 32-bit, here as in the parser.
        let limit = self.max_bytes.min(u32::MAX as usize / 2);
        if text.len() > limit {
            return Err(SourceError::TooLarge {
                bytes: text.len(),
                limit,
            });
        }
        let Estimate { tokens, nesting } = Estimate::of(text);
        if tokens > self.max_tokens {
            return Err(SourceError::TooManyTokens {
                tokens,
                limit: self.max_tokens,
            });
        }
        if nesting > self.max_nesting {
            return Err(SourceError::TooDeep {
                nesting,
                limit: self.max_nesting,
            });
        }
        Ok(())
    }
}

/// What a text will ask of the parser, by a look at its characters. Comments, strings and regular
/// expressions are not told from code, as a file could be written to mislead a scanner that
/// tries to. Brackets that a string closes deceive this one, but cost a few tokens each.
#[derive(Debug, PartialEq, Eq)]
struct Estimate {
    /// Runs of word characters, and single characters of punctuation.
    tokens: usize,
    /// Most brackets open at once.
    nesting: usize,
}

impl Estimate {
    fn of(text: &str) -> Self {
        let mut estimate = Self {
            tokens: 0,
            nesting: 0,
        };
        let mut in_word = false;
        let mut open: usize = 0;
        for byte in text.bytes() {
            let word =
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii();
            let starts_token = if word {
                !in_word
            } else {
                !byte.is_ascii_whitespace()
            };
            estimate.tokens += usize::from(starts_token);
            in_word = word;
            match byte {
                b'(' | b'[' | b'{' => {
                    open += 1;
                    estimate.nesting = estimate.nesting.max(open);
                }
                b')' | b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
        }
        estimate
    }
}

/// The moment by which the work has to end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// `None`: further away than the clock can say.
    at: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self {
            at: Instant::now().checked_add(limit),
            limit,
        }
    }

    pub(crate) fn passed(&self) -> bool {
        self.at.is_some_and(|at| Instant::now() >= at)
    }

    pub(crate) fn error(&self) -> SourceError {
        let limit_ms = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX);
        SourceError::TimedOut { limit_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_punctuation_count_as_one_token_each() {
        for (text, tokens, nesting) in [
            ("const receipts = new Map();\n", 8, 1),
            ("", 0, 0),
            ("(((", 3, 3),
            ("größe + 변수", 3, 0),
            (")]}([{}])(", 10, 3),
        ] {
            assert_eq!(Estimate::of(text), Estimate { tokens, nesting }, "{text}");
        }
    }

    #[test]
    fn a_text_at_a_limit_is_admitted_and_one_beyond_it_is_not() {
        let limits = Limits {
            max_bytes: 8,
            max_tokens: 3,
            max_nesting: 2,
            ..Limits::default()
        };
        assert_eq!(limits.admit("ab cd ef"), Ok(()));
        let too_large = SourceError::TooLarge { bytes: 9, limit: 8 };
        assert_eq!(limits.admit("abcdefghi"), Err(too_large));
        let too_many = SourceError::TooManyTokens {
            tokens: 4,
            limit: 3,
        };
        assert_eq!(limits.admit("a b c d"), Err(too_many));
        assert_eq!(limits.admit("[{}"), Ok(()));
        assert_eq!(
            limits.admit("[[("),
            Err(SourceError::TooDeep {
                nesting: 3,
                limit: 2
            })
        );
    }

    #[test]
    fn a_time_limit_beyond_the_clock_never_passes() {
        assert!(!Deadline::after(Duration::MAX).passed());
        assert!(Deadline::after(Duration::ZERO).passed());
    }
}
