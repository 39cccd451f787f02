//! The languages that can be read.

/// A language that [`Source::parse`](crate::Source::parse) reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// JavaScript, JSX included.
    JavaScript,
    /// TypeScript without JSX.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
}

impl Language {
    /// The language of a file by the extension of its path or URL; `None` if it is another.
    /// A query or fragment (`file:///app/a.mjs?v=1`) is not looked at.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let (stem, extension) = file.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        match extension.to_ascii_lowercase().as_str() {
            "js" | "mjs" | "cjs" | "jsx" => Some(Self::JavaScript),
            "ts" | "mts" | "cts" => Some(Self::TypeScript),
            "tsx" => Some(Self::Tsx),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Tsx => "TSX",
        }
    }

    pub(crate) fn grammar(self) -> tree_sitter::Language {
        match self {
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, JavaScript, Tsx, TypeScript};

    #[test]
    fn the_extension_of_a_path_or_url_tells_the_language() {
        for (path, language) in [
            ("/app/orders.js", Some(JavaScript)),
            ("orders.mjs", Some(JavaScript)),
            ("C:\\app\\orders.cjs", Some(JavaScript)),
            ("view.JSX", Some(JavaScript)),
            ("file:///app/a.mts?v=1.js#x", Some(TypeScript)),
            ("a.d.ts", Some(TypeScript)),
            ("a.cts", Some(TypeScript)),
            ("a.tsx", Some(Tsx)),
            ("a.json", None),
            ("/app.js/orders", None),
            (".js", None),
            ("js", None),
            ("", None),
        ] {
            assert_eq!(Language::from_path(path), language, "{path}");
        }
    }
}
