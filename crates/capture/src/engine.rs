//! V8 as it runs in this program, called by the names that the program exports.
//!
//! A mangled name says the types of the arguments: a function that takes others has another name, and
//! is not found. What it can't say is the layout of what a pointer leads to.

use std::ffi::{CStr, c_void};

/// Room for any statistics of V8's: those of a heap are 15 numbers at most.
pub(crate) type Statistics = [u64; 64];

/// `void Isolate::GetHeapStatistics(HeapStatistics*)`, and others of its kind.
pub(crate) type GetStatistics = unsafe extern "C" fn(isolate: u64, statistics: *mut Statistics);

/// `Isolate::GetHeapStatistics`.
pub(crate) const GET_HEAP_STATISTICS: &CStr =
    c"_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE";

/// The address of what the program exports by that name.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) fn exported(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name is a C string, and looking a symbol up has no effect on the program.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}

/// Other systems mangle names or pass arguments in other ways.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(crate) fn exported(_name: &CStr) -> Option<*mut c_void> {
    None
}

/// Address of the Isolate that has entered the calling thread.
pub(crate) fn current_isolate() -> Option<u64> {
    let function = exported(c"_ZN2v87Isolate10GetCurrentEv")?;
    // SAFETY: this is `static Isolate* v8::Isolate::GetCurrent()` in all versions of V8: without
    // arguments, it returns a pointer and reads a variable of the thread.
    let isolate = unsafe { std::mem::transmute::<*mut c_void, extern "C" fn() -> u64>(function)() };
    (isolate != 0).then_some(isolate)
}
