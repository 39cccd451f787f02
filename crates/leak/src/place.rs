//! A source position as reports tell it: what V8 says, what the program's author wrote there, and
//! whose code it is.

use heapwatch_graph::SourceLocation;
use serde::Serialize;

use crate::package::{Origin, Package, PackagePath};
use crate::redaction::{is_field_name, shown_url};

/// A position in a script, in names that may be told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Where V8 has it, in the code that runs.
    #[serde(flatten)]
    pub location: SourceLocation,
    /// Where its author wrote it, if a source map says so.
    pub original: Option<OriginalLocation>,
    /// The installed package that it belongs to.
    pub package: Option<Package>,
}

/// A position in an original source, from a source map.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OriginalLocation {
    /// Position and source.
    #[serde(flatten)]
    pub location: SourceLocation,
    /// What stood there before the code was minified, if the map has it.
    pub name: Option<String>,
}

impl Place {
    /// A position with what is known of its origin.
    pub fn new(
        mut location: SourceLocation,
        mut original: Option<OriginalLocation>,
        package: Option<Package>,
    ) -> Self {
        location.url = shown_url(location.url);
        if let Some(original) = &mut original {
            original.location.url = shown_url(std::mem::take(&mut original.location.url));
            original.name = original.name.take().filter(|name| is_field_name(name));
        }
        Self {
            location,
            original,
            package,
        }
    }

    /// What readers know it as: the original, or else what V8 says.
    pub fn written(&self) -> &SourceLocation {
        (self.original.as_ref()).map_or(&self.location, |original| &original.location)
    }

    /// `orders.js:42`, `index.js:7 in ws 8.1.0`.
    pub fn text(&self) -> String {
        let at = self.written();
        let line = format!("{}:{}", file_name(&at.url), at.line);
        let Some(package) = &self.package else {
            return line;
        };
        let version = (package.version.as_ref()).map(|version| format!(" {version}"));
        format!("{line} in {}{}", package.name, version.unwrap_or_default())
    }

    /// What its author called what stands there, if that is not what runs.
    pub fn original_name(&self) -> Option<&str> {
        self.original.as_ref()?.name.as_deref()
    }

    /// Whose code it is.
    pub fn origin(&self) -> Origin {
        match self.package {
            Some(_) => Origin::Package,
            None => Origin::of(&self.location.url),
        }
    }
}

/// `orders.js`, without a query.
pub(crate) fn file_name(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or(url);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Nothing is known but the URL.
impl From<SourceLocation> for Place {
    fn from(location: SourceLocation) -> Self {
        let package = PackagePath::of(&location.url).map(|path| path.package());
        Self::new(location, None, package)
    }
}
