//! Summaries of captures, and their comparison.

use std::collections::HashMap;
use std::sync::Arc;

use heapwatch_leak::{CaptureSummary, DiagnosisOptions, NoSources, SourceSites, diagnose};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::json;

use crate::heap::{NativeHeap, own_folder};
use crate::source_files::{CompiledScripts, SourceFiles};
use crate::task::{CancelHandle, OnProgress, Settled, spawn};

/// What an earlier capture leaves behind.
#[napi]
pub struct NativeSummary {
    summary: Arc<CaptureSummary>,
}

/// Sums up a capture, so that its graph can be closed. `previous` is the summary before it.
#[napi]
pub fn summarize<'env>(
    env: &'env Env,
    heap: &NativeHeap,
    previous: Option<&NativeSummary>,
    taken_at_ms: Option<f64>,
    cancel: &CancelHandle,
) -> Result<Object<'env>> {
    let heap = heap.get();
    let previous = previous.map(|previous| previous.summary.clone());
    spawn(env, cancel, None, move |progress| {
        progress.check()?;
        let summary = CaptureSummary::new(&*heap?, previous.as_deref(), taken_at_ms);
        let summary = Arc::new(summary);
        Ok(Settled {
            summary: Some(NativeSummary { summary }),
            ..Settled::default()
        })
    })
}

/// How `diagnose_captures` decides and where it looks.
#[napi(object, object_to_js = false)]
pub struct NativeDiagnosisOptions {
    /// Least bytes a suspect gained.
    pub min_growth_bytes: Option<f64>,
    /// Most suspects.
    pub max_suspects: Option<u32>,
    /// When the last capture was taken, on the clock of the summaries.
    pub taken_at_ms: Option<f64>,
    /// Whether keys and contents of strings are left out.
    pub redact: bool,
    /// Whether to look for lines in the source files that the graph names.
    pub read_sources: bool,
    /// Scripts that run from another text than their file has: paths and texts.
    pub compiled: Option<HashMap<String, String>>,
}

/// Compares a capture with the summaries of earlier ones, oldest first; settles with JSON.
#[napi]
pub fn diagnose_captures<'env>(
    env: &'env Env,
    earlier: Vec<ClassInstance<'_, NativeSummary>>,
    heap: &NativeHeap,
    options: NativeDiagnosisOptions,
    cancel: &CancelHandle,
    on_progress: Option<OnProgress<'_>>,
) -> Result<Object<'env>> {
    let heap = heap.get();
    let earlier: Vec<_> = earlier
        .iter()
        .map(|summary| summary.summary.clone())
        .collect();
    let defaults = DiagnosisOptions::default();
    let read_sources = options.read_sources;
    let compiled = options.compiled.unwrap_or_default().into_iter();
    let compiled: CompiledScripts = (compiled.map(|(path, text)| (path.into(), text))).collect();
    let options = DiagnosisOptions {
        min_growth_bytes: (options.min_growth_bytes)
            .map_or(defaults.min_growth_bytes, |bytes| bytes as u64),
        max_suspects: options
            .max_suspects
            .map_or(defaults.max_suspects, |n| n as usize),
        taken_at_ms: options.taken_at_ms,
        redact: options.redact,
    };
    spawn(env, cancel, on_progress, move |progress| {
        let files = SourceFiles::new(own_folder(), compiled);
        let sources: &dyn SourceSites = if read_sources { &files } else { &NoSources };
        let earlier: Vec<&CaptureSummary> = earlier.iter().map(AsRef::as_ref).collect();
        let diagnosis = diagnose(&earlier, &*heap?, &options, sources, progress)?;
        Ok(Settled {
            json: Some(json!(diagnosis).to_string()),
            ..Settled::default()
        })
    })
}
