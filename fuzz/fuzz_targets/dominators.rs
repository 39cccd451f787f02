//! Essential edges, shallow sizes, dominators and retained sizes of arbitrary graphs beside their
//! naive twins: `cargo fuzz run dominators`. See `heapwatch_testing::fuzz` for how bytes become a
//! graph, and README.md here for how to run it.

#![no_main]

use heapwatch_testing::fuzz::check_graph_of_any_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| check_graph_of_any_bytes(input));
