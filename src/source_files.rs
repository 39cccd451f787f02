//! Answers questions about source code from the files on disk.
//!
//! Only regular files with the ending of a script are read, up to the size limit of the parser; a
//! file that is not there, or is not what the process loaded, costs the answer and nothing else.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use heapwatch_leak::{Site, SiteEffect, SiteQuery, SiteSubject, SourceSites};
use heapwatch_source::{Growth, Language, Position, Source};

/// Files up to this size are read; the parser refuses larger ones.
const MAX_BYTES: u64 = 4 << 20;
/// Parsed files kept: suspects tend to be in the same few. A parsed file takes tens of MB at most.
const MAX_KEPT: usize = 4;

/// Reads and parses source files when asked about them.
#[derive(Default)]
pub(crate) struct SourceFiles {
    parsed: RefCell<HashMap<String, Option<Source>>>,
}

impl SourceSites for SourceFiles {
    fn sites(&self, query: &SiteQuery) -> Vec<Site> {
        let mut parsed = self.parsed.borrow_mut();
        if parsed.len() >= MAX_KEPT && !parsed.contains_key(&query.url) {
            parsed.clear();
        }
        let source = parsed
            .entry(query.url.clone())
            .or_insert_with(|| read(&query.url));
        source
            .as_ref()
            .map_or_else(Vec::new, |source| look_up(source, query))
    }
}

fn look_up(source: &Source, query: &SiteQuery) -> Vec<Site> {
    let inside: Vec<Position> = (query.inside.iter())
        .map(|&(line, column)| Position { line, column })
        .collect();
    let sites = match query.subject {
        SiteSubject::Variable => source.variable_sites(&query.name, &inside),
        SiteSubject::Property => source.property_sites(&query.name, &inside),
    };
    let Some(sites) = sites else {
        return Vec::new();
    };
    let site = |at: Position, effect| Site {
        line: at.line,
        column: at.column,
        effect,
    };
    let declared = (sites.declared).map(|at| site(at, SiteEffect::Declares));
    let grows = sites.grows.iter().map(|growth| {
        let effect = match growth.operation {
            Growth::Part => SiteEffect::GrowsByPart,
            _ => SiteEffect::Grows,
        };
        site(growth.position, effect)
    });
    let takes = (sites.takes_first.iter()).map(|&at| site(at, SiteEffect::TakesFirst));
    declared.into_iter().chain(grows).chain(takes).collect()
}

fn read(url: &str) -> Option<Source> {
    let path = local_path(url)?;
    let language = Language::from_path(path.to_str()?)?;
    // Checked before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let read = File::open(&path)
        .ok()?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .ok()?;
    (read as u64 <= MAX_BYTES).then(|| Source::parse(&text, language).ok())?
}

/// The file of a script's URL: `file:` URLs of ES modules, plain paths of CommonJS ones.
fn local_path(url: &str) -> Option<PathBuf> {
    let path = match url.strip_prefix("file://") {
        Some(path) => PathBuf::from(percent_decoded(path)?),
        None => PathBuf::from(url),
    };
    path.is_absolute().then_some(path)
}

fn percent_decoded(text: &str) -> Option<String> {
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
    String::from_utf8(bytes).ok()
}
