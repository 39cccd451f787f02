//! Whose code a script is: the program's, an installed package's, or Node's own.
//!
//! Packages are told by their place below a `node_modules`: the last one counts, as packages nest
//! (`a/node_modules/b`) and pnpm links from one to another (`.pnpm/b@1.0.0/node_modules/b`). Yarn's
//! Plug'n'Play keeps them in archives, below a `node_modules` in there
//! (`b-npm-1.0.0-0123456789-8.zip/node_modules/b`). The last two carry the version in the path; else
//! only the package's own manifest has it.

use serde::Serialize;

/// More than this is no version that anyone published.
const MAX_VERSION: usize = 64;

/// Who wrote a line, in the order in which readers want to see them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Origin {
    /// The program.
    Application,
    /// A package below a `node_modules`.
    Package,
    /// Node itself.
    Node,
}

impl Origin {
    /// The origin of a script by its URL.
    pub fn of(url: &str) -> Self {
        if url.starts_with("node:") {
            Self::Node
        } else if PackagePath::of(url).is_some() {
            Self::Package
        } else {
            Self::Application
        }
    }
}

/// An installed package.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Package {
    /// `express`, `@nestjs/core`.
    pub name: String,
    /// `5.1.0`; `None` if neither the path nor a manifest tells.
    pub version: Option<String>,
}

/// Where the URL of a script says that a package is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PackagePath<'u> {
    /// Path or URL of the package's folder.
    pub folder: &'u str,
    name: &'u str,
    /// What is before its `node_modules`.
    parent: &'u str,
}

impl<'u> PackagePath<'u> {
    /// The package that the script belongs to. Linear in the URL.
    pub fn of(url: &'u str) -> Option<Self> {
        let folders = (url.match_indices("node_modules")).filter_map(|(at, folder)| {
            let start = at + folder.len();
            let is_folder = at == 0 || is_separator(url.as_bytes()[at - 1]);
            let is_end = url
                .as_bytes()
                .get(start)
                .is_some_and(|&byte| is_separator(byte));
            (is_folder && is_end).then_some((at, start + 1))
        });
        let (at, start) = folders.last()?;
        let rest = &url[start..];
        let mut ends = (rest.bytes().enumerate())
            .filter(|&(_, byte)| is_separator(byte))
            .map(|(i, _)| i);
        let first = ends.next()?;
        let end = if rest.starts_with('@') {
            ends.next()?
        } else {
            first
        };
        let name = &rest[..end];
        (first > 0 && !name.starts_with('.')).then_some(Self {
            folder: &url[..start + end],
            name,
            parent: url[..at].trim_end_matches(['/', '\\']),
        })
    }

    /// The package as far as the path tells.
    pub fn package(&self) -> Package {
        Package {
            name: self.name.replace('\\', "/"),
            version: self.version_in_path().map(str::to_owned),
        }
    }

    fn version_in_path(&self) -> Option<&'u str> {
        let (above, folder) = self.parent.rsplit_once(['/', '\\'])?;
        if above.ends_with(".pnpm") {
            // `@scope+name@1.0.0_peer@2.0.0` or `name@1.0.0(peer@2.0.0)`
            let (_, version) = folder.get(1..)?.split_once('@')?;
            return plausible_version(version.split(['_', '(']).next()?);
        }
        let archive = folder.strip_suffix(".zip")?;
        let (_, version) = archive.rsplit_once("-npm-")?;
        // The ends of the archive's name are a hash and the format's number.
        let version = version.rsplitn(3, '-').nth(2)?;
        plausible_version(version)
    }
}

/// A text that looks like a version: whatever else a manifest says is not told.
pub fn plausible_version(text: &str) -> Option<&str> {
    let is_version = text.len() <= MAX_VERSION
        && text.starts_with(|c: char| c.is_ascii_digit())
        && (text.bytes()).all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    is_version.then_some(text)
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::{Origin, PackagePath, plausible_version};

    fn told(url: &str) -> Option<(String, Option<String>, &str)> {
        let path = PackagePath::of(url)?;
        let package = path.package();
        Some((package.name, package.version, path.folder))
    }

    #[test]
    fn a_package_is_told_by_the_last_node_modules_of_its_path() {
        for (url, name, version, folder) in [
            (
                "/app/node_modules/ws/lib/a.js",
                "ws",
                None,
                "/app/node_modules/ws",
            ),
            (
                "file:///app/node_modules/@nestjs/core/a.mjs",
                "@nestjs/core",
                None,
                "file:///app/node_modules/@nestjs/core",
            ),
            (
                "/app/node_modules/a/node_modules/b/index.js",
                "b",
                None,
                "/app/node_modules/a/node_modules/b",
            ),
            (
                "/app/node_modules/.pnpm/koa@2.15.0/node_modules/koa/a.js",
                "koa",
                Some("2.15.0"),
                "/app/node_modules/.pnpm/koa@2.15.0/node_modules/koa",
            ),
            (
                "/app/node_modules/.pnpm/@a+b@1.2.3-rc.1_c@4.0.0/node_modules/@a/b/x.js",
                "@a/b",
                Some("1.2.3-rc.1"),
                "/app/node_modules/.pnpm/@a+b@1.2.3-rc.1_c@4.0.0/node_modules/@a/b",
            ),
            (
                "/app/.yarn/cache/ws-npm-8.1.0-rc-2-0f3ab1-10.zip/node_modules/ws/a.js",
                "ws",
                Some("8.1.0-rc-2"),
                "/app/.yarn/cache/ws-npm-8.1.0-rc-2-0f3ab1-10.zip/node_modules/ws",
            ),
            (
                r"C:\app\node_modules\@x\y\a.js",
                "@x/y",
                None,
                r"C:\app\node_modules\@x\y",
            ),
            (
                "webpack://shop/./node_modules/ws/a.js",
                "ws",
                None,
                "webpack://shop/./node_modules/ws",
            ),
        ] {
            let expected = (name.to_owned(), version.map(str::to_owned), folder);
            assert_eq!(told(url), Some(expected), "{url}");
        }
    }

    #[test]
    fn what_is_below_no_package_has_none() {
        for url in [
            "/app/server.js",
            "node:internal/timers",
            "/app/node_modules",
            "/app/node_modules/",
            "/app/node_modules//a.js",
            "/app/node_modules/a.js",
            "/app/node_modules/@scope/a.js",
            "/app/node_modules/.bin/a.js",
            "/app/my_node_modules/a/b.js",
            "/app/node_modules_old/a/b.js",
            "",
        ] {
            assert_eq!(told(url), None, "{url}");
        }
    }

    #[test]
    fn the_program_comes_before_its_packages_and_those_before_node() {
        let mut urls = ["node:events", "/app/node_modules/a/b.js", "/app/a.js"];
        urls.sort_by_key(|url| Origin::of(url));
        assert_eq!(
            urls,
            ["/app/a.js", "/app/node_modules/a/b.js", "node:events"]
        );
    }

    #[test]
    fn a_version_looks_like_one() {
        for version in ["1.0.0", "0.0.0-experimental-a1b2", "1.2.3+build.5"] {
            assert_eq!(plausible_version(version), Some(version));
        }
        for text in ["", "latest", "1.0.0 secret", "1/2", &"1".repeat(65)] {
            assert_eq!(plausible_version(text), None, "{text}");
        }
    }
}
