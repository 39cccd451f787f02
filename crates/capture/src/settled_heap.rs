//! A heap in which objects can be known again by their address, and free memory is told from objects.
//!
//! A full collection puts what it keeps into the old generation, where objects stay, unless V8 makes
//! pages with many holes compact: that is turned off for this one collection. Afterwards V8 sweeps in
//! the background; asked for statistics of its code it first finishes that.
//!
//! V8 is called by the names that the program exports. In JavaScript all this would be part of what is
//! measured: the functions are compiled and collect feedback, their results have hidden classes.

use std::ffi::{CStr, c_char, c_void};

use crate::engine::{self, GET_HEAP_STATISTICS, GetStatistics, Statistics, current_isolate};
use crate::live_heap::unsupported;
use crate::{CaptureError, LiveHeap};

/// `static void V8::SetFlagsFromString(const char*)`.
type SetFlags = unsafe extern "C" fn(*const c_char);

/// Where heap statistics have the bytes of the heap in use.
const USED_HEAP_SIZE: usize = 4;

impl LiveHeap {
    /// Makes the heap of the calling thread's engine ready to be counted, and gives the bytes in use.
    /// `collect` makes a full collection.
    ///
    /// # Errors
    /// [`CaptureError::Unsupported`] if the thread runs no engine, or the program doesn't export what
    /// this needs.
    pub fn settle(&self, collect: impl FnOnce()) -> Result<u64, CaptureError> {
        let isolate = current_isolate()
            .ok_or_else(|| unsupported("no JavaScript engine runs on this thread"))?;
        let set_flags = exported(c"_ZN2v82V818SetFlagsFromStringEPKc")?;
        let sweep = exported(
            c"_ZN2v87Isolate32GetHeapCodeAndMetadataStatisticsEPNS_18HeapCodeStatisticsE",
        )?;
        let statistics = exported(GET_HEAP_STATISTICS)?;
        // SAFETY: these are the functions that the types say, in all versions of V8 that are known.
        let (set_flags, sweep, statistics) = unsafe {
            (
                std::mem::transmute::<*mut c_void, SetFlags>(set_flags),
                std::mem::transmute::<*mut c_void, GetStatistics>(sweep),
                std::mem::transmute::<*mut c_void, GetStatistics>(statistics),
            )
        };
        let mut numbers: Statistics = [0; 64];
        // SAFETY: the flags are C strings that V8 knows, and this thread has entered the Isolate. The
        // flag is read by no other thread than those that collect: there its value is of no harm.
        unsafe {
            set_flags(c"--no-compact".as_ptr());
            collect();
            set_flags(c"--compact".as_ptr());
            sweep(isolate, &mut numbers);
            statistics(isolate, &mut numbers);
        }
        Ok(numbers[USED_HEAP_SIZE])
    }
}

fn exported(name: &CStr) -> Result<*mut c_void, CaptureError> {
    engine::exported(name).ok_or_else(|| unsupported("this program doesn't export what V8 does"))
}
