//! Sources that carry their expected answers in comments.
//!
//! A marker is a comment; what it marks is the position right after it:
//! `/*D*/` declared, `/*G:Push*/` grows by that operation, `/*R*/` removes, `/*F*/` a function
//! that sees the variable (put it before its `(`, or before an arrow function).

// Each test file takes what it needs.
#![allow(dead_code)]

use heapwatch_source::{GrowthSite, Language, Position, Sites, Source};

/// What the markers of a source say, each in source order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Markers {
    pub(crate) declared: Option<Position>,
    pub(crate) grows: Vec<(Position, String)>,
    pub(crate) removes: Vec<Position>,
    pub(crate) functions: Vec<Position>,
}

impl Markers {
    pub(crate) fn of(source: &str) -> Self {
        let mut markers = Self::default();
        let source = source.strip_prefix('\u{FEFF}').unwrap_or(source);
        for (start, _) in source.match_indices("/*") {
            let Some(length) = source[start..].find("*/") else {
                continue;
            };
            let position = position_at(source, start + length + 2);
            match &source[start + 2..start + length] {
                "D" => assert_eq!(markers.declared.replace(position), None, "two /*D*/"),
                "R" => markers.removes.push(position),
                "F" => markers.functions.push(position),
                other => {
                    if let Some(operation) = other.strip_prefix("G:") {
                        markers.grows.push((position, operation.to_owned()));
                    }
                }
            }
        }
        markers
    }
}

/// Counts lines and UTF-16 columns one character at a time.
pub(crate) fn position_at(source: &str, offset: usize) -> Position {
    let mut position = Position::default();
    let mut before = source[..offset].chars().peekable();
    while let Some(c) = before.next() {
        let line_ends = match c {
            '\r' => before.peek() != Some(&'\n'),
            _ => matches!(c, '\n' | '\u{2028}' | '\u{2029}'),
        };
        if line_ends {
            position = Position {
                line: position.line + 1,
                column: 0,
            };
        } else {
            position.column += c.len_utf16() as u32;
        }
    }
    position
}

pub(crate) fn parse(source: &str, language: Language) -> Source {
    match Source::parse(source, language) {
        Ok(parsed) => parsed,
        Err(error) => panic!("{error}\n{source}"),
    }
}

/// Asserts that an answer is what the markers of `source` say.
#[track_caller]
pub(crate) fn assert_marked(title: &str, source: &str, answer: Option<Sites>) {
    let expected = Markers::of(source);
    let Some(answer) = answer else {
        panic!("{title}: no answer\n{source}")
    };
    let shown = |site: &GrowthSite| (site.position, format!("{:?}", site.operation));
    let actual = Markers {
        declared: answer.declared,
        grows: answer.grows.iter().map(shown).collect(),
        removes: answer.removes,
        functions: expected.functions.clone(),
    };
    assert_eq!(actual, expected, "{title}\n{source}");
}
