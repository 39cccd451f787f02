//! Identifiers, each stored once.

use std::collections::HashMap;
use std::sync::Arc;

/// An identifier of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameId(u32);

/// Identifiers by number, and back. The default hasher is kept: the names come from the file.
#[derive(Debug, Default)]
pub(crate) struct Names {
    ids: HashMap<Arc<str>, NameId>,
    texts: Vec<Arc<str>>,
}

impl Names {
    pub(crate) fn intern(&mut self, text: &str) -> NameId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        // A file is shorter than 2^31 bytes, so it has fewer names than that.
        let id = NameId(self.texts.len() as u32);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    pub(crate) fn find(&self, text: &str) -> Option<NameId> {
        self.ids.get(text).copied()
    }

    pub(crate) fn text(&self, id: NameId) -> Option<&str> {
        self.texts.get(id.0 as usize).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_and_the_number_one_name() {
        let mut names = Names::default();
        let cache = names.intern("cache");
        let other = names.intern("other");
        assert_ne!(cache, other);
        assert_eq!(names.intern("cache"), cache);
        assert_eq!(names.find("other"), Some(other));
        assert_eq!(names.find("absent"), None);
        assert_eq!(names.text(cache), Some("cache"));
    }
}
