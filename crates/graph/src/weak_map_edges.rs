//! The edges of WeakMap entries, which only their names tell from others.
//!
//! V8 writes two edges to the value of an entry, one from the table and one from the key, both
//! named `N / part of key (K @id) -> value (V @id) pair in WeakMap (table @id)`, each with an `N`
//! of its own. Names are matched exactly as DevTools matches them. So an entry whose key's or
//! value's name has a line break in it (a value can be a string) counts as two ordinary edges.

/// One half of a WeakMap entry, read from the name of its edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WeakMapEdge<'n> {
    /// Object id of the table.
    pub(crate) table: u32,
    /// What the names of both halves have in common.
    pub(crate) entry: &'n str,
}

impl<'n> WeakMapEdge<'n> {
    /// The entry that an edge's name tells of; `None` for every other name.
    pub(crate) fn from_name(name: &'n str) -> Option<Self> {
        let entry = without_leading_digits(name)?;
        let parts = entry.strip_prefix(" / part of key (")?.strip_suffix(')')?;
        let (pair, table) = parts.rsplit_once(") pair in WeakMap (table @")?;
        let table = is_number(table).then(|| table.parse().ok())??;
        let arrow = ") -> value (";
        let has_both = ends_with_id(pair)
            && pair.match_indices(arrow).any(|(at, _)| {
                ends_with_id(&pair[..at]) && ends_with_id(&pair[at + arrow.len()..])
            });
        (has_both && !pair.contains(LINE_BREAKS)).then_some(Self { table, entry })
    }
}

/// What the dot of a JavaScript regular expression does not match.
const LINE_BREAKS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

fn without_leading_digits(name: &str) -> Option<&str> {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < name.len()).then_some(rest)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a node's name is followed by its id: `Foo @17`.
fn ends_with_id(text: &str) -> bool {
    text.rsplit_once(" @").is_some_and(|(_, id)| is_number(id))
}

#[cfg(test)]
mod tests {
    use super::WeakMapEdge;

    #[test]
    fn table_and_entry_are_read_from_the_name_of_a_weak_map_edge() {
        let entry = " / part of key (Key @17) -> value (Value (x) @19) pair in WeakMap (table @45)";
        for number in ["3", "0", "4294967296"] {
            let name = format!("{number}{entry}");
            let expected = Some(WeakMapEdge { table: 45, entry });
            assert_eq!(WeakMapEdge::from_name(&name), expected);
        }
    }

    #[test]
    fn names_of_keys_and_values_may_look_like_what_stands_around_them() {
        for (key, value) in [
            ("a) -> value (b", "c"),
            ("a @1) -> value (b", "c"),
            ("", ""),
            ("k", "v @1) pair in WeakMap (table @2)"),
        ] {
            let name = format!(
                "1 / part of key ({key} @1) -> value ({value} @2) pair in WeakMap (table @3)"
            );
            assert_eq!(
                WeakMapEdge::from_name(&name).map(|e| e.table),
                Some(3),
                "{name}"
            );
        }
    }

    #[test]
    fn other_names_are_no_weak_map_edges() {
        for name in [
            "",
            "3",
            "table",
            "3 / part of key (a @1)",
            "x / part of key (a @1) -> value (b @2) pair in WeakMap (table @3)",
            " / part of key (a @1) -> value (b @2) pair in WeakMap (table @3)",
            "1 / part of key (a) -> value (b @2) pair in WeakMap (table @3)",
            "1 / part of key (a @1) -> value (b) pair in WeakMap (table @3)",
            "1 / part of key (a @1) -> value (b @2) pair in WeakMap (table @)",
            "1 / part of key (a @1) -> value (b @2) pair in WeakMap (table @+3)",
            "1 / part of key (a @1) -> value (b\n @2) pair in WeakMap (table @3)",
            "1 / part of key (a\u{2028} @1) -> value (b @2) pair in WeakMap (table @3)",
        ] {
            assert_eq!(WeakMapEdge::from_name(name), None, "{name}");
        }
    }
}
