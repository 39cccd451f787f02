//! The constants that V8 leaves in the binary for post-mortem debuggers: data symbols `v8dbg_<name>`,
//! each a C `int`, and the version of V8 (`V8::GetVersion`).
//!
//! Source: V8's `tools/gen-postmortem-metadata.py`. Node exports them on Linux.

use std::ffi::{CStr, CString, c_char, c_int};

/// Where constants are looked up.
enum Source {
    /// The running binary and the libraries it has loaded.
    Process,
    /// A list, for tests.
    #[cfg(test)]
    Text(std::collections::HashMap<String, i32>),
}

/// V8's version and constants.
pub(crate) struct Symbols {
    version: Option<String>,
    source: Source,
}

impl Symbols {
    /// Those of the running process.
    pub(crate) fn of_this_process() -> Symbols {
        Symbols {
            version: version_of_this_process(),
            source: Source::Process,
        }
    }

    /// Those of a text with a name and a value on each line.
    #[cfg(test)]
    pub(crate) fn parse(version: &str, text: &str) -> Symbols {
        let values = text
            .lines()
            .map(|line| {
                let (name, value) = line.split_once(' ').unwrap();
                (name.to_owned(), value.parse().unwrap())
            })
            .collect();
        Symbols {
            version: Some(version.to_owned()),
            source: Source::Text(values),
        }
    }

    /// Changes a constant, or takes it away.
    #[cfg(test)]
    pub(crate) fn set(&mut self, name: &str, value: Option<i32>) {
        if let Source::Text(values) = &mut self.source {
            match value {
                Some(value) => values.insert(name.to_owned(), value),
                None => values.remove(name),
            };
        }
    }

    /// V8's version, as in `12.4.254.21-node.57`; `None` if there is no V8 that says so.
    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The constant of that name, without its prefix.
    pub(crate) fn get(&self, name: &str) -> Option<i32> {
        match &self.source {
            Source::Process => {
                let address = find(&format!("v8dbg_{name}"))?;
                // SAFETY: V8 defines each symbol of this prefix as an `int`, and the binary that
                // has it stays loaded. Read unaligned, since alignment is its linker's choice.
                Some(unsafe { address.cast::<c_int>().read_unaligned() })
            }
            #[cfg(test)]
            Source::Text(values) => values.get(name).copied(),
        }
    }
}

fn version_of_this_process() -> Option<String> {
    let address = find("_ZN2v82V810GetVersionEv")?;
    // SAFETY: the symbol is `static const char* v8::V8::GetVersion()` by its mangled name.
    let version = unsafe {
        std::mem::transmute::<*mut libc::c_void, extern "C" fn() -> *const c_char>(address)
    }();
    if version.is_null() {
        return None;
    }
    // SAFETY: it returns a string that ends with zero and lives as long as the process.
    let version = unsafe { CStr::from_ptr(version) };
    Some(version.to_str().ok()?.to_owned())
}

/// The address of a symbol that the process exports.
fn find(symbol: &str) -> Option<*mut libc::c_void> {
    let symbol = CString::new(symbol).ok()?;
    // SAFETY: a handle that is always valid, and a string that ends with zero.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, symbol.as_ptr()) };
    (!address.is_null()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_without_v8_has_no_version_and_no_constants() {
        let symbols = Symbols::of_this_process();
        assert_eq!(symbols.version(), None);
        assert_eq!(symbols.get("SmiTagMask"), None);
    }

    #[test]
    fn a_symbol_of_the_process_is_found_by_its_name() {
        assert!(find("malloc").is_some());
        assert!(find("there is no such symbol").is_none());
        assert!(find("zero\0inside").is_none());
    }

    #[test]
    fn a_text_has_a_constant_on_each_line() {
        let symbols = Symbols::parse("12.4", "SmiTagMask 1\nIsNotStringMask -128\n");
        assert_eq!(symbols.version(), Some("12.4"));
        assert_eq!(symbols.get("IsNotStringMask"), Some(-128));
        assert_eq!(symbols.get("SmiTag"), None);
    }
}
