//! Named steps of long work, and a way to stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::error::GraphError;

/// A step of the work on a graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// Walking a live heap.
    Walk,
    /// Reading or writing nodes.
    Nodes,
    /// Reading or writing edges.
    Edges,
    /// Reading or writing strings.
    Strings,
    /// Computing dominators and retained sizes.
    Dominators,
    /// Naming classes.
    Classes,
    /// Comparing captures.
    Diagnosis,
    /// Looking through all objects.
    Objects,
    /// Finding paths and naming what was found.
    Paths,
}

impl Stage {
    /// The stage's name, as users see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Nodes => "nodes",
            Self::Edges => "edges",
            Self::Strings => "strings",
            Self::Dominators => "dominators",
            Self::Classes => "classes",
            Self::Diagnosis => "diagnosis",
            Self::Objects => "objects",
            Self::Paths => "paths",
        }
    }
}

/// A flag that asks running work to stop. Clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that has not been cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop; it ends with [`GraphError::Cancelled`] at its next check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Receives progress and carries the cancel flag through long work.
pub struct Progress<'a> {
    cancel: CancelToken,
    report: &'a (dyn Fn(Stage, f64) + Sync),
}

impl<'a> Progress<'a> {
    /// Progress that goes to `report` as (stage, fraction of the stage in 0..=1).
    pub fn new(cancel: CancelToken, report: &'a (dyn Fn(Stage, f64) + Sync)) -> Self {
        Self { cancel, report }
    }

    /// Progress that nobody reads and nobody cancels.
    pub fn none() -> Progress<'static> {
        Progress {
            cancel: CancelToken::new(),
            report: &|_, _| {},
        }
    }

    /// Reports that `done` (0..=1) of a stage is done.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`] if the work was cancelled: callers pass it on.
    pub fn at(&self, stage: Stage, done: f64) -> Result<(), GraphError> {
        (self.report)(stage, done);
        self.check()
    }

    /// # Errors
    /// [`GraphError::Cancelled`] if the work was cancelled.
    pub fn check(&self) -> Result<(), GraphError> {
        if self.cancel.is_cancelled() {
            return Err(GraphError::Cancelled);
        }
        Ok(())
    }
}
