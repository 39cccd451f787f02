//! From positions in code that runs to positions in the code that its author wrote: source maps
//! (ECMA-426, formerly revision 3).
//!
//! Maps are decoded by Sentry's `sourcemap` crate. They lie beside code that anyone may have
//! installed, so what a map may cost is known before it is decoded: its size, its segments, and its
//! `sourceRoot`, which is put before each source. Maps of Hermes and range mappings (a proposal) are
//! refused, maps in maps nest once. What still makes the decoder panic costs the map and nothing else.
//!
//! Decoding is linear but for a sort of the segments, at most 0.1 s for a map at the limits; 28 bytes
//! a segment stay, and the sources' texts. A lookup takes O(log segments).

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Deserialize;
use serde::de::IgnoredAny;
use sourcemap::{DecodedMap, SourceMapSection, Token};

use crate::error::SourceError;
use crate::position::Position;

/// Largest map, in bytes: several times what the bundle of a large service has, its sources included.
const MAX_BYTES: usize = 16 << 20;
/// Most segments: 28 MB. A minified bundle of 4 MB, the largest that is parsed, has fewer.
const MAX_SEGMENTS: usize = 1 << 20;
/// Most bytes of `sourceRoot` in all sources together.
const MAX_ROOT_BYTES: usize = 1 << 20;
/// Base64 of the largest map, and its prefix.
const MAX_DATA_URL: usize = MAX_BYTES / 3 * 4 + 100;

/// A decoded source map.
#[derive(Debug)]
pub struct SourceMap {
    map: DecodedMap,
    segments: usize,
}

/// What a map says of one position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OriginalPosition<'m> {
    /// The source as the map names it, its `sourceRoot` included.
    pub source: &'m str,
    /// Where in it.
    pub position: Position,
    /// What stood there, if the map has it.
    pub name: Option<&'m str>,
    /// Where in the code that runs the segment starts that covers the position.
    pub segment: Position,
}

/// As much of a map as tells what it costs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline<'a> {
    #[serde(borrow)]
    mappings: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source_root: Option<Cow<'a, str>>,
    #[serde(default)]
    sources: Option<Vec<IgnoredAny>>,
    #[serde(borrow)]
    sections: Option<Vec<OutlineSection<'a>>>,
    range_mappings: Option<IgnoredAny>,
    #[serde(rename = "x_facebook_sources")]
    hermes: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct OutlineSection<'a> {
    #[serde(borrow)]
    map: Option<Outline<'a>>,
}

impl Outline<'_> {
    /// Segments, or `None` for a map that is not decoded.
    fn segments(&self, nests: bool) -> Option<usize> {
        let root = self.source_root.as_ref().map_or(0, |root| root.len());
        let sources = self.sources.as_ref().map_or(0, Vec::len);
        let is_plain = self.range_mappings.is_none() && self.hermes.is_none();
        if !is_plain || root.saturating_mul(sources) > MAX_ROOT_BYTES {
            return None;
        }
        let own = (self.mappings.iter().flat_map(|text| text.bytes()))
            .filter(|byte| matches!(byte, b',' | b';'))
            .count();
        let sections = self.sections.iter().flatten();
        let maps = sections.filter_map(|section| section.map.as_ref());
        maps.map(|map| if nests { map.segments(false) } else { None })
            .try_fold(own + 1, |sum, segments| Some(sum + segments?))
            .filter(|&all| all <= MAX_SEGMENTS)
    }
}

impl SourceMap {
    /// Decodes a map from its JSON.
    ///
    /// # Errors
    /// When it is no map, or exceeds a limit.
    pub fn decode(json: &[u8]) -> Result<Self, SourceError> {
        if json.len() > MAX_BYTES {
            return Err(SourceError::TooLarge {
                bytes: json.len(),
                limit: MAX_BYTES,
            });
        }
        // What servers put before JSON so that it can't be run as a script.
        let json = match json.strip_prefix(b")]}'") {
            Some(rest) => rest,
            None => json,
        };
        let outline: Outline<'_> = serde_json::from_slice(json).map_err(|_| SourceError::BadMap)?;
        let segments = outline.segments(true).ok_or(SourceError::BadMap)?;
        drop(outline);
        let decoded = catch_unwind(|| sourcemap::decode_slice(json));
        match decoded {
            Ok(Ok(map)) => Ok(Self { map, segments }),
            _ => Err(SourceError::BadMap),
        }
    }

    /// Where the code at a position was written; `None` if the map doesn't say.
    pub fn original(&self, at: Position) -> Option<OriginalPosition<'_>> {
        let find = || token_at(&self.map, at);
        let (token, segment) = catch_unwind(AssertUnwindSafe(find)).ok()??;
        let source = token.get_source().filter(|source| !source.is_empty())?;
        Some(OriginalPosition {
            source,
            position: Position {
                line: token.get_src_line(),
                column: token.get_src_col(),
            },
            name: token.get_name().filter(|name| !name.is_empty()),
            segment,
        })
    }

    /// The text of a source, by its name in [`original`](Self::original); `None` if the map has it not,
    /// and for maps of sections.
    #[must_use]
    pub fn source_text(&self, source: &str) -> Option<&str> {
        let DecodedMap::Regular(map) = &self.map else {
            return None;
        };
        map.get_source_contents(index_of(map, source)?)
    }

    /// Where the code that was written at a position of a source runs: the start of the segment that
    /// covers it. The way back from [`original`](Self::original), and linear in the segments; `None` for
    /// maps of sections.
    #[must_use]
    pub fn running(&self, source: &str, at: Position) -> Option<Position> {
        let DecodedMap::Regular(map) = &self.map else {
            return None;
        };
        let index = index_of(map, source)?;
        let token = map
            .tokens()
            .filter(|token| token.get_src_id() == index && token.get_src_line() == at.line)
            .filter(|token| token.get_src_col() <= at.column)
            // The first of those that are as near, as code may be copied.
            .min_by_key(|token| at.column - token.get_src_col())?;
        Some(Position {
            line: token.get_dst_line(),
            column: token.get_dst_col(),
        })
    }

    /// How many segments it has, at most.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.segments
    }
}

fn index_of(map: &sourcemap::SourceMap, source: &str) -> Option<u32> {
    (0..map.get_source_count()).find(|&index| map.get_source(index) == Some(source))
}

/// The segment that covers a position, and where it starts.
fn token_at(map: &DecodedMap, at: Position) -> Option<(Token<'_>, Position)> {
    let (map, offset) = match map {
        DecodedMap::Index(index) => {
            let is_before =
                |section: &&SourceMapSection| section.get_offset() <= (at.line, at.column);
            let section = index.sections().take_while(is_before).last()?;
            (section.get_sourcemap()?, section.get_offset())
        }
        map => (map, (0, 0)),
    };
    let line = at.line - offset.0;
    let column_offset = if line == 0 { offset.1 } else { 0 };
    let token = map.lookup_token(line, at.column - column_offset)?;
    // A segment ends with its line.
    (token.get_dst_line() == line).then(|| {
        let column = token.get_dst_col().saturating_add(column_offset);
        let start = Position {
            line: at.line,
            column,
        };
        (token, start)
    })
}

/// Where the map of a script is: what the last `//# sourceMappingURL=` in its text says, if nothing
/// but white space, comments of one line and closing brackets follow: those are of a function that a test
/// runner (Jest 29) puts around a module and compiles with it. Linear in the text's end.
#[must_use]
pub fn source_mapping_url(text: &str) -> Option<&str> {
    for line in text.lines().rev().map(str::trim) {
        if line.chars().all(|c| matches!(c, '}' | ')' | ';')) {
            continue;
        }
        let Some(at) = line
            .rfind("//# sourceMappingURL=")
            .or(line.rfind("//@ sourceMappingURL="))
        else {
            if line.starts_with("//") {
                continue;
            }
            return None;
        };
        let url = line[at + "//# sourceMappingURL=".len()..].trim();
        let is_url = !url.is_empty() && !url.contains(['"', '\'', '`', ' ']);
        return is_url.then_some(url);
    }
    None
}

/// The JSON of a map that is in its URL; `None` if the URL is no `data:` URL of such.
#[must_use]
pub fn inline_map(url: &str) -> Option<Vec<u8>> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(',')?;
    if url.len() > MAX_DATA_URL || !kind.starts_with("application/json") {
        return None;
    }
    if kind.ends_with(";base64") {
        let data = data.trim_end_matches('=').as_bytes();
        return data_encoding::BASE64_NOPAD.decode(data).ok();
    }
    percent_decoded(data)
}

/// A text with `%41` for `A`; `None` if a `%` is followed by anything else.
#[must_use]
pub fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{MAX_SEGMENTS, OriginalPosition, SourceMap, inline_map, source_mapping_url};
    use crate::position::Position;

    const fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    /// `function n(` at column 0 and 9, from line 2 of `a.ts`, where `handle` was its name.
    const MAP: &str =
        r#"{"version":3,"sources":["a.ts"],"names":["handle"],"mappings":"AAEA,SAASA,EAAE;"}"#;

    #[test]
    fn positions_and_names_are_mapped() {
        let map = SourceMap::decode(MAP.as_bytes()).expect("a map");
        let original = |column| map.original(at(0, column));
        assert_eq!(
            original(9),
            Some(OriginalPosition {
                source: "a.ts",
                position: at(2, 9),
                name: Some("handle"),
                segment: at(0, 9),
            })
        );
        assert_eq!(original(10).and_then(|found| found.name), Some("handle"));
        assert_eq!(original(11).map(|found| found.position), Some(at(2, 11)));
        assert_eq!(original(3).and_then(|found| found.name), None);
        assert_eq!(map.original(at(1, 0)), None, "a segment ends with its line");
    }

    #[test]
    fn the_way_back_leads_to_the_segment_and_to_the_text() {
        let with_text = MAP.replacen('{', r#"{"sourcesContent":["// a.ts"],"#, 1);
        let map = SourceMap::decode(with_text.as_bytes()).expect("a map");
        assert_eq!(map.source_text("a.ts"), Some("// a.ts"));
        assert_eq!(map.source_text("b.ts"), None);
        assert_eq!(map.running("a.ts", at(2, 10)), Some(at(0, 9)));
        assert_eq!(map.running("a.ts", at(2, 8)), Some(at(0, 0)));
        assert_eq!(map.running("a.ts", at(1, 0)), None);
        assert_eq!(map.running("b.ts", at(2, 0)), None);
        let without = SourceMap::decode(MAP.as_bytes()).expect("a map");
        assert_eq!(without.source_text("a.ts"), None);
    }

    #[test]
    fn a_source_root_and_sections_are_followed() {
        let root = MAP.replacen('{', r#"{"sourceRoot":"../src/","#, 1);
        let map = SourceMap::decode(root.as_bytes()).expect("a map");
        assert_eq!(
            map.original(at(0, 0)).map(|o| o.source),
            Some("../src/a.ts")
        );
        let sections = format!(
            r#"{{"version":3,"sections":[{{"offset":{{"line":4,"column":2}},"map":{MAP}}}]}}"#
        );
        let map = SourceMap::decode(sections.as_bytes()).expect("a map");
        assert_eq!(map.original(at(4, 11)).map(|o| o.position), Some(at(2, 9)));
        assert_eq!(map.original(at(3, 11)), None);
        assert_eq!(map.original(at(4, 1)), None);
    }

    #[test]
    fn whatever_a_file_holds_it_is_a_map_or_none() {
        let deep = "[".repeat(100_000);
        let nested = (0..200).fold("{}".to_owned(), |inner, _| {
            format!(r#"{{"sections":[{{"offset":{{"line":0,"column":0}},"map":{inner}}}]}}"#)
        });
        let root = format!(
            r#"{{"sourceRoot":"{}","sources":[{}""],"mappings":""}}"#,
            "x".repeat(100_000),
            r#""a","#.repeat(100_000)
        );
        let many = format!(
            r#"{{"sources":["a"],"mappings":"{}"}}"#,
            ";".repeat(MAX_SEGMENTS + 1)
        );
        for json in [
            "",
            "{",
            "null",
            "[]",
            "\0\u{1}",
            r#"{"mappings":7}"#,
            r#"{"sources":"a","mappings":"A"}"#,
            r#"{"sources":[7],"mappings":"AAAA"}"#,
            r#"{"sources":["a"],"mappings":"AACA,AC"}"#,
            r#"{"sources":["a"],"mappings":"AAA!"}"#,
            r#"{"sources":["a"],"mappings":"+/+/+/+/+/+/+/+/+/+/A"}"#,
            r#"{"sources":[],"mappings":"AAAA"}"#,
            r#"{"sources":["a"],"names":[],"mappings":"AAAAA"}"#,
            r#"{"sources":["a"],"mappings":"AAAA","rangeMappings":"!!"}"#,
            r#"{"sources":["a"],"mappings":"AAAA","x_facebook_sources":[[{"names":[],"mappings":""}]]}"#,
            &MAP[..MAP.len() / 2],
            &deep,
            &nested,
            &root,
            &many,
        ] {
            let short = &json[..json.len().min(80)];
            assert!(SourceMap::decode(json.as_bytes()).is_err(), "{short}");
        }
    }

    #[test]
    fn a_map_with_its_bytes_changed_is_read_or_refused() {
        for i in 0..MAP.len() {
            for byte in [0u8, b'"', b'/', b'9', b'}', 0xff] {
                let mut changed = MAP.as_bytes().to_vec();
                changed[i] = byte;
                let Ok(map) = SourceMap::decode(&changed) else {
                    continue;
                };
                for column in [0, 9, u32::MAX] {
                    let found = map.original(at(0, column));
                    assert!(found.is_none_or(|o| o.segment.column <= column));
                }
            }
        }
    }

    #[test]
    fn the_last_comment_names_the_map() {
        for (text, url) in [
            ("a()\n//# sourceMappingURL=a.js.map", Some("a.js.map")),
            (
                "a()\n//# sourceMappingURL=a.js.map\n\n// end\n",
                Some("a.js.map"),
            ),
            ("a()//# sourceMappingURL=a.map\r\n", Some("a.map")),
            ("//@ sourceMappingURL=old.map", Some("old.map")),
            (
                "//# sourceMappingURL=1.map\n//# sourceMappingURL=2.map",
                Some("2.map"),
            ),
            ("//# sourceMappingURL=a.map\nlater()", None),
            ("//# sourceMappingURL=a.map\n}});\n", Some("a.map")),
            ("x = '//# sourceMappingURL=' + name", None),
            ("//# sourceMappingURL=", None),
            ("", None),
        ] {
            assert_eq!(source_mapping_url(text), url, "{text}");
        }
    }

    #[test]
    fn a_map_may_be_in_its_url() {
        for (url, json) in [
            ("data:application/json;base64,e30=", Some("{}")),
            ("data:application/json;charset=utf-8;base64,e30", Some("{}")),
            ("data:application/json,%7B%7D", Some("{}")),
            ("data:application/json;base64,***", None),
            ("data:application/json,%7", None),
            ("data:text/html;base64,e30=", None),
            ("data:application/json", None),
            ("a.js.map", None),
        ] {
            assert_eq!(inline_map(url).as_deref(), json.map(str::as_bytes), "{url}");
        }
    }
}
