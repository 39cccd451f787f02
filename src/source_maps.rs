//! Source maps of scripts, from their files: inline, or in a file beside the script. Of scripts that were
//! compiled in memory, from the text that V8 has.
//!
//! A map that is missing, remote, malformed or too large costs the original position and nothing
//! else. Nothing is fetched, and of the sources that a map names none is opened.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use heapwatch_graph::SourceLocation;
use heapwatch_source::{Position, SourceMap, inline_map, percent_decoded, source_mapping_url};

use crate::source_files::{CompiledScripts, local_path};

/// Scripts and maps up to this size are read: a script may have its map in itself, as base64.
const MAX_BYTES: u64 = 24 << 20;
/// What all scripts and maps of a diagnosis may have together: some tenths of a second.
const MAX_TOTAL_BYTES: u64 = 128 << 20;
/// Segments of all maps that are kept, 28 bytes each; with more, all are dropped first.
const MAX_KEPT_SEGMENTS: usize = 2 << 20;

/// Maps of scripts, each read once while there is room.
#[derive(Default)]
pub(crate) struct SourceMaps {
    compiled: Rc<CompiledScripts>,
    by_script: HashMap<String, Option<Rc<ScriptMap>>>,
    kept_segments: usize,
    bytes_read: u64,
}

/// A map, and the folder that its sources are relative to.
pub(crate) struct ScriptMap {
    pub(crate) map: SourceMap,
    folder: PathBuf,
}

/// Where something was written, by a map.
pub(crate) struct Original {
    pub(crate) location: SourceLocation,
    /// What stood there, if the map has it.
    pub(crate) name: Option<String>,
    /// 0-based columns in the script between the start of the map's segment and the position.
    pub(crate) into_segment: u32,
}

impl SourceMaps {
    pub(crate) fn new(compiled: Rc<CompiledScripts>) -> Self {
        Self {
            compiled,
            ..Self::default()
        }
    }

    /// The original of a position in a script.
    pub(crate) fn original(&mut self, at: &SourceLocation) -> Option<Original> {
        let script = self.of_script(&at.url)?;
        let position = Position {
            line: at.line.checked_sub(1)?,
            column: at.column.checked_sub(1)?,
        };
        let found = script.map.original(position)?;
        Some(Original {
            location: SourceLocation {
                url: script.resolve(found.source),
                line: found.position.line.saturating_add(1),
                column: found.position.column.saturating_add(1),
            },
            name: found.name.map(str::to_owned),
            into_segment: position.column.checked_sub(found.segment.column)?,
        })
    }

    /// The map of a script.
    pub(crate) fn of_script(&mut self, url: &str) -> Option<Rc<ScriptMap>> {
        if let Some(known) = self.by_script.get(url) {
            return known.clone();
        }
        let script = self.read_map(url).map(Rc::new);
        let segments = script.as_ref().map_or(0, |script| script.map.segments());
        if self.kept_segments + segments > MAX_KEPT_SEGMENTS {
            self.by_script.clear();
            self.kept_segments = 0;
        }
        self.kept_segments += segments;
        self.by_script.insert(url.to_owned(), script.clone());
        script
    }

    fn read_map(&mut self, url: &str) -> Option<ScriptMap> {
        let script = local_path(url)?;
        let compiled = Rc::clone(&self.compiled);
        let bytes = match compiled.get(&script) {
            Some(text) => text.as_bytes(),
            None => &self.read(&script)?,
        };
        let text = std::str::from_utf8(bytes).ok()?;
        let map_url = source_mapping_url(text)?;
        if map_url.starts_with("data:") {
            let map = SourceMap::decode(&inline_map(map_url)?).ok()?;
            let folder = script.parent()?.to_owned();
            return Some(ScriptMap { map, folder });
        }
        let file = map_path(script.parent()?, map_url)?;
        let map = SourceMap::decode(&self.read(&file)?).ok()?;
        let folder = file.parent()?.to_owned();
        Some(ScriptMap { map, folder })
    }

    fn read(&mut self, file: &Path) -> Option<Vec<u8>> {
        // Checked before it is opened: opening a pipe would wait for its writer.
        let metadata = std::fs::metadata(file).ok()?;
        let total = self.bytes_read.saturating_add(metadata.len());
        if !metadata.is_file() || metadata.len() > MAX_BYTES || total > MAX_TOTAL_BYTES {
            return None;
        }
        self.bytes_read = total;
        let mut bytes = Vec::new();
        let file = File::open(file).ok()?;
        file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl ScriptMap {
    /// Path or URL of a source that the map names.
    fn resolve(&self, source: &str) -> String {
        if let Some(path) = source.strip_prefix("file://") {
            let path = percent_decoded(path).and_then(|bytes| String::from_utf8(bytes).ok());
            return path.unwrap_or_else(|| source.to_owned());
        }
        if source.contains("://") {
            return source.to_owned();
        }
        without_dots(&self.folder.join(source))
            .to_string_lossy()
            .into_owned()
    }
}

/// The file of a map, if it is on this machine.
fn map_path(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = match url.strip_prefix("file://") {
        Some(path) => path,
        None if url.contains("://") || url.starts_with("//") => return None,
        None => url.split(['?', '#']).next()?,
    };
    let path = String::from_utf8(percent_decoded(path)?).ok()?;
    Some(folder.join(path))
}

/// `/app/dist/../src/a.ts` as `/app/src/a.ts`, without asking the disk.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
