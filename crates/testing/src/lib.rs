//! What tests of heap analyses need, and nothing that ships: a readable way to write small heaps
//! ([`heap`]), seeded random graphs ([`random_graph`]), slow and obviously right versions of the
//! clever algorithms ([`naive`]), what must hold for any input ([`fuzz`]), a simulated process that
//! leaks ([`Service`]), the sizes of one after each major collection ([`SimulatedProcess`]), and a
//! printer for failure messages ([`print_graph`]).
//!
//! Everything here panics on misuse, with a message for the author of the test.

mod fixture;
pub mod fuzz;
pub mod naive;
mod print;
mod random;
mod random_graphs;
mod service;
mod simulated_process;
mod v8_structures;

pub use fixture::{AnalyzedTestHeap, FixtureBuilder, ScriptEdge, TestHeap, heap};
pub use print::print_graph;
pub use random::Random;
pub use random_graphs::{GraphShape, random_graph};
pub use service::{Service, Site};
pub use simulated_process::{Collection, Curve, Noise, Pace, SimulatedProcess};
