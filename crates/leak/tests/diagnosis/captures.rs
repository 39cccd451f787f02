//! From fixtures to a diagnosis, in one call.

use heapwatch_graph::{AnalyzedHeap, Progress};
use heapwatch_leak::{CaptureSummary, Diagnosis, DiagnosisOptions, NoSources, Suspect, diagnose};
use heapwatch_testing::{FixtureBuilder, Service};

/// Small enough for the few objects of a fixture.
pub(crate) const OPTIONS: DiagnosisOptions = DiagnosisOptions {
    min_growth_bytes: 4096,
    max_suspects: 10,
    taken_at_ms: None,
    redact: true,
};

/// What happens to the object ids of captures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ids {
    /// As V8 gives them.
    Stable,
    /// Each capture counts anew.
    Renumbered,
    /// There are none.
    Zero,
}

/// Milliseconds between captures that have a clock.
pub(crate) const MINUTE: f64 = 60_000.0;

/// Compares captures, oldest first.
pub(crate) fn compare(captures: &[FixtureBuilder]) -> Diagnosis {
    compare_with(captures, &OPTIONS)
}

pub(crate) fn compare_with(captures: &[FixtureBuilder], options: &DiagnosisOptions) -> Diagnosis {
    let heaps = captures.iter().map(|heap| heap.analyze().into_heap());
    compare_heaps(&heaps.collect::<Vec<_>>(), options)
}

pub(crate) fn compare_heaps(heaps: &[AnalyzedHeap], options: &DiagnosisOptions) -> Diagnosis {
    let (last, earlier) = heaps.split_last().expect("a capture");
    let mut summaries: Vec<CaptureSummary> = Vec::new();
    for (heap, number) in earlier.iter().zip(0u32..) {
        let at = options.taken_at_ms.map(|_| MINUTE * f64::from(number));
        summaries.push(CaptureSummary::new(heap, summaries.last(), at));
    }
    let earlier: Vec<_> = summaries.iter().collect();
    diagnose(&earlier, last, options, &NoSources, &Progress::none()).expect("a diagnosis")
}

/// Captures a service before and after each step of work, `count` times in all.
pub(crate) fn service_captures(
    mut service: Service,
    count: usize,
    ids: Ids,
    mut step: impl FnMut(&mut Service, usize),
) -> Vec<FixtureBuilder> {
    (0..count)
        .map(|i| {
            if i > 0 {
                step(&mut service, i);
            }
            let mut capture = service.fixture();
            match ids {
                Ids::Stable => &mut capture,
                Ids::Renumbered => {
                    // Another number of objects each time before the same ones.
                    capture.renumber(|at, id| {
                        if id % 2 == 1 {
                            (2 * (at + 5 * i) + 1) as u32
                        } else {
                            id
                        }
                    })
                }
                Ids::Zero => capture.renumber(|_, _| 0),
            };
            capture
        })
        .collect()
}

/// `owner / class` of each suspect.
pub(crate) fn told(diagnosis: &Diagnosis) -> Vec<String> {
    let suspects = diagnosis.suspects.iter();
    suspects
        .map(|s| format!("{} / {}", s.owner.name, s.class))
        .collect()
}

/// Everything about the suspects that a failure message should show.
pub(crate) fn printed(diagnosis: &Diagnosis) -> String {
    serde_json::to_string_pretty(diagnosis).expect("a diagnosis is JSON")
}

/// The path of a suspect as `edge class > edge class`.
pub(crate) fn path(suspect: &Suspect) -> String {
    let steps = suspect.path.iter();
    let texts: Vec<_> = steps
        .map(|step| format!("{} {}", step.edge.as_deref().unwrap_or(""), step.class))
        .collect();
    texts.join(" > ")
}
