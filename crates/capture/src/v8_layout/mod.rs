//! How V8 lays its heap out, for the versions that the heap walk knows.
//!
//! V8 doesn't promise any layout, but it exports some of it for post-mortem debuggers: several
//! hundred constants. [`V8Layout::detect`] takes the tables written down for the version at hand and
//! compares every constant with them. If one is missing or differs, there is no layout and the walk
//! isn't used: a wrong offset would give a wrong graph silently. Detection takes some 400 look-ups
//! of symbols, 1 to 5 ms, once in a process.

mod exported_constants;
pub(crate) mod fields;
mod instance_types;
mod majors;
mod native_context_fields;
mod object_type;
mod symbols;
mod wasm_instance_fields;

pub(crate) use majors::Offsets;
pub(crate) use object_type::ObjectType;

use crate::CaptureError;
use symbols::Symbols;

/// The versions of V8 whose layout is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum V8Version {
    /// Node 20.
    V11_3,
    /// Node 22.
    V12_4,
    /// Node 24.
    V13_6,
    /// Node 26.
    V14_6,
}

impl V8Version {
    /// The version of a text like `12.4.254.21-node.57`.
    fn parse(text: &str) -> Option<V8Version> {
        let mut numbers = text.split('.');
        match (numbers.next()?, numbers.next()?) {
            ("11", "3") => Some(V8Version::V11_3),
            ("12", "4") => Some(V8Version::V12_4),
            ("13", "6") => Some(V8Version::V13_6),
            ("14", "6") => Some(V8Version::V14_6),
            _ => None,
        }
    }
}

/// Where an isolate keeps its roots table: tagged pointers to the objects that V8's own code needs,
/// the read-only ones first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct IsolateLayout {
    /// Offset in bytes of the first root.
    pub(crate) roots_table: u32,
    /// How many there are.
    pub(crate) root_count: u32,
    /// Index of `undefined`; `the_hole` follows it.
    pub(crate) undefined_index: u32,
    /// Bytes of the isolate, as what `malloc` gave for it says.
    pub(crate) size: u32,
}

impl IsolateLayout {
    /// From `execution/isolate-data.h` and `roots/roots.h`.
    const fn of(version: V8Version) -> IsolateLayout {
        let (roots_table, root_count, undefined_index, size) = match version {
            V8Version::V11_3 => (496, 830, 4, 0xf930),
            V8Version::V12_4 => (592, 862, 4, 0x10350),
            V8Version::V13_6 => (640, 1140, 4, 0x11270),
            V8Version::V14_6 => (688, 1156, 0, 0x11640),
        };
        IsolateLayout {
            roots_table,
            root_count,
            undefined_index,
            size,
        }
    }
}

/// The layout of the heap of one version.
#[derive(Debug)]
pub(crate) struct V8Layout {
    pub(crate) version: V8Version,
    /// What differs between versions; what doesn't is in [`fields`].
    pub(crate) offsets: &'static Offsets,
    pub(crate) isolate: IsolateLayout,
    /// Names of a native context's slots, from that behind the global object on.
    pub(crate) native_context_fields: &'static [&'static str],
    /// Names and offsets of the fields of a WebAssembly instance's data.
    pub(crate) wasm_instance_fields: &'static [(&'static str, u32)],
    types: Box<[Option<ObjectType>]>,
}

impl V8Layout {
    /// The layout of the V8 in this process.
    ///
    /// # Errors
    /// [`CaptureError::Unsupported`] if there is none, its version isn't known, or it says anything
    /// about its layout that differs from what is known of the version. The reason names it.
    pub(crate) fn detect() -> Result<V8Layout, CaptureError> {
        V8Layout::from_symbols(&Symbols::of_this_process())
    }

    fn from_symbols(symbols: &Symbols) -> Result<V8Layout, CaptureError> {
        let text = symbols
            .version()
            .ok_or_else(|| unsupported("there is no V8 in this process".into()))?;
        let version = V8Version::parse(text)
            .ok_or_else(|| unsupported(format!("the heap of V8 {text} isn't known")))?;
        let layout = V8Layout::of(version);
        exported_constants::check(symbols, &layout).map_err(|difference| {
            unsupported(format!(
                "V8 {text} differs from what is known of it: {difference}"
            ))
        })?;
        Ok(layout)
    }

    /// What is known of a version.
    pub(crate) fn of(version: V8Version) -> V8Layout {
        V8Layout {
            version,
            offsets: Offsets::of(version),
            isolate: IsolateLayout::of(version),
            native_context_fields: native_context_fields::of(version),
            wasm_instance_fields: wasm_instance_fields::of(version),
            types: instance_types::table(version),
        }
    }

    /// The kind that an instance type stands for.
    #[inline(always)]
    pub(crate) fn object_type(&self, instance_type: u16) -> Option<ObjectType> {
        self.types
            .get(usize::from(instance_type))
            .copied()
            .flatten()
    }

    /// Whether V8 of this version takes the kind for a fixed array, hash tables included.
    pub(crate) fn is_fixed_array(&self, kind: ObjectType) -> bool {
        kind == ObjectType::FixedArray
            || kind.is_hash_table()
            || self.version < V8Version::V12_4
                && matches!(
                    kind,
                    ObjectType::ClosureFeedbackCellArray
                        | ObjectType::ObjectBoilerplateDescription
                        | ObjectType::ScriptContextTable
                )
    }
}

fn unsupported(reason: String) -> CaptureError {
    CaptureError::Unsupported {
        what: "the direct heap walk",
        reason,
    }
}

#[cfg(test)]
mod tests;
