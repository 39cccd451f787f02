//! Answers questions about source code from the files on disk, or from the texts that V8 has of scripts
//! which were compiled in memory.
//!
//! Only regular files are read, and up to a size; a file that is not there, or is not what the
//! process loaded, costs the answer and nothing else.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use heapwatch_graph::SourceLocation;
use heapwatch_leak::{
    Call, CallLikelihood, CodeName, OriginalLocation, Package, PackagePath, Place, Site,
    SiteEffect, SiteQuery, SiteSubject, SourceSites,
};
use heapwatch_source::{
    CallKind, CallSite, Growth, Language, Position, Source, SourceMap, percent_decoded,
};

use crate::package_manifests::PackageManifests;
use crate::source_maps::{Original, SourceMaps};

/// Files up to this size are read; the parser refuses larger ones.
const MAX_BYTES: u64 = 4 << 20;
/// Parsed files kept: suspects tend to be in the same few. A parsed file takes tens of MB at most.
const MAX_KEPT: usize = 4;

/// What runs under a script's URL, where that is not what its file has: test runners compile a module in
/// memory and call the result by the name of the file. By path: a debugger is told other URLs than the heap
/// has.
pub(crate) type CompiledScripts = HashMap<PathBuf, String>;

/// Reads and parses source files when asked about them.
#[derive(Default)]
pub(crate) struct SourceFiles {
    /// The folder of heapwatch's own code.
    own_folder: Option<String>,
    compiled: Rc<CompiledScripts>,
    parsed: RefCell<HashMap<String, Option<Source>>>,
    maps: RefCell<SourceMaps>,
    manifests: RefCell<PackageManifests>,
}

impl SourceSites for SourceFiles {
    fn sites(&self, query: &SiteQuery) -> Vec<Site> {
        let sites = self.answers(query, &look_up).into_iter();
        let site = |(at, effect): (Position, SiteEffect)| Site {
            line: at.line,
            column: at.column,
            effect,
        };
        sites.map(site).collect()
    }

    fn calls(&self, query: &SiteQuery, grows: &[String]) -> Vec<Call> {
        let look_up = |source: &Source, query: &SiteQuery| look_up_calls(source, query, grows);
        let calls = self.answers(query, &look_up).into_iter();
        let call = |(at, (likelihood, function)): (Position, (CallLikelihood, Position))| Call {
            line: at.line,
            column: at.column,
            function: (function.line, function.column),
            likelihood,
        };
        calls.map(call).collect()
    }

    fn place(&self, location: SourceLocation, name: CodeName<'_>) -> Place {
        let original = self.maps.borrow_mut().original(&location);
        let original_package = original
            .as_ref()
            .and_then(|original| self.package(&original.location.url));
        let package = original_package.or_else(|| self.package(&location.url));
        let original = original.map(|original| original_location(original, name));
        Place::new(location, original, package)
    }
}

/// What is found in a source, each with its position.
type LookUp<'l, T> = &'l dyn Fn(&Source, &SiteQuery) -> Vec<(Position, T)>;

impl SourceFiles {
    pub(crate) fn new(own_folder: Option<String>, compiled: CompiledScripts) -> Self {
        let compiled = Rc::new(compiled);
        Self {
            own_folder,
            maps: RefCell::new(SourceMaps::new(Rc::clone(&compiled))),
            compiled,
            ..Self::default()
        }
    }

    fn answers<T>(&self, query: &SiteQuery, look_up: LookUp<'_, T>) -> Vec<(Position, T)> {
        let read = || {
            let path = local_path(&query.url)?;
            match self.compiled.get(&path) {
                Some(text) => Source::parse(text, Language::JavaScript).ok(),
                None => read(&path),
            }
        };
        match self.with_parsed(&query.url, read, |source| look_up(source, query)) {
            Some(found) => found,
            None => self.answers_in_original(query, look_up).unwrap_or_default(),
        }
    }

    /// An answer from a source that is parsed the first time; `None` if it can't be.
    fn with_parsed<T>(
        &self,
        key: &str,
        parse: impl FnOnce() -> Option<Source>,
        answer: impl FnOnce(&Source) -> T,
    ) -> Option<T> {
        let mut parsed = self.parsed.borrow_mut();
        if parsed.len() >= MAX_KEPT && !parsed.contains_key(key) {
            parsed.clear();
        }
        let source = parsed.entry(key.to_owned()).or_insert_with(parse);
        source.as_ref().map(answer)
    }

    /// Looks in the texts that the script's source map has of the originals, where the script itself is
    /// too large to be parsed: a bundle of a whole service, of which an original is one file.
    fn answers_in_original<T>(
        &self,
        query: &SiteQuery,
        look_up: LookUp<'_, T>,
    ) -> Option<Vec<(Position, T)>> {
        let script = self.maps.borrow_mut().of_script(&query.url)?;
        let positions = query.inside.iter();
        let originals: Vec<_> = positions
            .filter_map(|&(line, column)| script.map.original(Position { line, column }))
            .collect();
        // A bundle puts modules into one scope, and adds functions of its own.
        let mut sources: Vec<&str> = originals.iter().map(|original| original.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let answers = sources.into_iter().filter_map(|source| {
            let inside = originals
                .iter()
                .filter(|original| original.source == source);
            let query = SiteQuery {
                inside: (inside.map(|at| (at.position.line, at.position.column))).collect(),
                ..query.clone()
            };
            self.answers_in_source(&script.map, source, &query, look_up)
        });
        answers.max_by_key(Vec::len)
    }

    /// Looks in one original, for a query in its positions; answers in those of the script.
    fn answers_in_source<T>(
        &self,
        map: &SourceMap,
        source: &str,
        query: &SiteQuery,
        look_up: LookUp<'_, T>,
    ) -> Option<Vec<(Position, T)>> {
        let parse = || {
            let language = Language::from_path(source)?;
            Source::parse(map.source_text(source)?, language).ok()
        };
        let key = format!("{}\0{source}", query.url);
        let found = self.with_parsed(&key, parse, |parsed| look_up(parsed, query))?;
        let running =
            (found.into_iter()).filter_map(|(at, what)| Some((map.running(source, at)?, what)));
        Some(running.collect())
    }

    /// heapwatch itself is a package wherever it is installed, also as a link to a clone of it.
    fn own_package(&self, url: &str) -> Option<Package> {
        let own = (self.own_folder.as_deref()).filter(|own| url.contains(own))?;
        let package = Path::new(own).parent()?;
        self.manifests.borrow_mut().of_folder(own, package)
    }

    fn package(&self, url: &str) -> Option<Package> {
        if let Some(own) = self.own_package(url) {
            return Some(own);
        }
        let path = PackagePath::of(url)?;
        let folder = local_path(path.folder);
        let manifest = folder.and_then(|folder| {
            let mut manifests = self.manifests.borrow_mut();
            manifests.of_folder(path.folder, &folder)
        });
        Some(manifest.unwrap_or_else(|| path.package()))
    }
}

/// A map's name for a place is the one that is asked for only if it names the same characters: the
/// name of a variable starts at its position, that of a function ends before its parameters.
fn original_location(original: Original, name: CodeName<'_>) -> OriginalLocation {
    let is_named = match name {
        CodeName::None => false,
        CodeName::Variable => original.into_segment == 0,
        CodeName::Function(name) => {
            !name.is_empty() && original.into_segment as usize == name.encode_utf16().count()
        }
    };
    OriginalLocation {
        location: original.location,
        name: original.name.filter(|_| is_named),
    }
}

fn look_up(source: &Source, query: &SiteQuery) -> Vec<(Position, SiteEffect)> {
    let inside = positions(query);
    let sites = match query.subject {
        SiteSubject::Variable => source.variable_sites(&query.name, &inside),
        SiteSubject::Property => source.property_sites(&query.name, &inside),
        SiteSubject::Module => None,
    };
    let Some(sites) = sites else {
        return Vec::new();
    };
    let declared = sites.declared.map(|at| (at, SiteEffect::Declares));
    let grows = sites.grows.iter().map(|growth| {
        let effect = match growth.operation {
            Growth::Part => SiteEffect::GrowsByPart,
            _ => SiteEffect::Grows,
        };
        (growth.position, effect)
    });
    let takes = (sites.takes_first.iter()).map(|&at| (at, SiteEffect::TakesFirst));
    declared.into_iter().chain(grows).chain(takes).collect()
}

fn look_up_calls(
    source: &Source,
    query: &SiteQuery,
    grows: &[String],
) -> Vec<(Position, (CallLikelihood, Position))> {
    let inside = positions(query);
    let grows: Vec<&str> = grows.iter().map(String::as_str).collect();
    let calls = match query.subject {
        SiteSubject::Variable => source.variable_calls(&query.name, &inside, &grows),
        SiteSubject::Property => source.property_calls(&query.name, &inside, &grows),
        SiteSubject::Module => source.module_calls(&query.name, &grows),
    };
    let call = |call: CallSite| (call.position, (likelihood(call.kind), call.function));
    calls.into_iter().map(call).collect()
}

const fn likelihood(kind: CallKind) -> CallLikelihood {
    match kind {
        CallKind::NamesWhatGrows => CallLikelihood::NamesWhatGrows,
        CallKind::Adds => CallLikelihood::Adds,
        CallKind::Gives => CallLikelihood::Gives,
        CallKind::Passes => CallLikelihood::Passes,
        CallKind::Asks => CallLikelihood::Asks,
        CallKind::Once => CallLikelihood::Once,
    }
}

fn positions(query: &SiteQuery) -> Vec<Position> {
    let inside = query.inside.iter();
    inside
        .map(|&(line, column)| Position { line, column })
        .collect()
}

fn read(path: &Path) -> Option<Source> {
    let language = Language::from_path(path.to_str()?)?;
    // Checked before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let read = File::open(path)
        .ok()?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .ok()?;
    (read as u64 <= MAX_BYTES).then(|| Source::parse(&text, language).ok())?
}

/// The file of a script's URL: `file:` URLs of ES modules, plain paths of CommonJS ones.
pub(crate) fn local_path(url: &str) -> Option<PathBuf> {
    let path = match url.strip_prefix("file://") {
        Some(path) => {
            let path = path.split(['?', '#']).next()?;
            PathBuf::from(String::from_utf8(percent_decoded(path)?).ok()?)
        }
        None => PathBuf::from(url),
    };
    path.is_absolute().then_some(path)
}
