//! Names and versions of installed packages, from their own manifests.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use heapwatch_leak::{Package, plausible_version};
use serde_json::Value;

/// Manifests are a few kilobytes; a large one is no manifest that anybody wrote.
const MAX_BYTES: u64 = 1 << 20;
/// The longest name that the npm registry admits.
const MAX_NAME: usize = 214;

/// Reads manifests, each once.
#[derive(Default)]
pub(crate) struct PackageManifests {
    read: HashMap<String, Option<Package>>,
}

impl PackageManifests {
    /// What the manifest in a folder says; `None` if there is none, or it says nothing.
    pub(crate) fn of_folder(&mut self, folder: &str, path: &Path) -> Option<Package> {
        if let Some(package) = self.read.get(folder) {
            return package.clone();
        }
        let package = read(&path.join("package.json"));
        self.read.insert(folder.to_owned(), package.clone());
        package
    }
}

fn read(manifest: &Path) -> Option<Package> {
    // Checked before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(manifest).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = File::open(manifest).ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let fields: Value = serde_json::from_str(&text).ok()?;
    let name = fields.get("name")?.as_str().filter(|name| is_name(name))?;
    let version = fields.get("version").and_then(Value::as_str);
    Some(Package {
        name: name.to_owned(),
        version: version.and_then(plausible_version).map(str::to_owned),
    })
}

fn is_name(name: &str) -> bool {
    let is_written = |b: u8| b.is_ascii_alphanumeric() || b"@/-_.~!'()*".contains(&b);
    !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(is_written)
}
