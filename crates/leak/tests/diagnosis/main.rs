//! Diagnosis over captures of simulated processes: leaks come first and are told right, healthy
//! processes have no suspects, and no graph makes it fail.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod captures;
mod healthy;
mod hostile;
mod large;
mod planted;
mod properties;
mod redaction;
mod shapes;
