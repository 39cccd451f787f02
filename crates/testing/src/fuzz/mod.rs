//! What must hold for any input whatsoever. Each function takes bytes and panics if it doesn't
//! hold: the fuzz targets in `fuzz/` call them for hours, the crates' tests for the inputs in
//! `fuzz/seeds` and some thousand [`mutations`] of them.

mod any_graph;
mod any_snapshot;
mod mutations;

pub use any_graph::check_graph_of_any_bytes;
pub use any_snapshot::check_parser_on_any_bytes;
pub use mutations::mutations;
