//! The snapshot parser on arbitrary input in arbitrary chunks: `cargo fuzz run parse`. See
//! `heapwatch_testing::fuzz` for what has to hold, and README.md here for how to run it.

#![no_main]

use heapwatch_testing::fuzz::check_parser_on_any_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| check_parser_on_any_bytes(input));
