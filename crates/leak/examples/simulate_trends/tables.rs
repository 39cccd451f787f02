//! The results as Markdown.

use std::fmt::Write;

use crate::scenarios::{Kind, Scenario};
use crate::shapes::{HOUR, MINUTE};
use crate::simulation::Run;

pub(crate) fn render(kind: Kind, scenarios: &[Scenario], runs: &[Vec<Run>]) -> String {
    let rows = scenarios.iter().zip(runs);
    match kind {
        Kind::Healthy => {
            let head = [
                "healthy process",
                "watched",
                "suspect",
                "confirmed",
                "five growths",
                "Mann-Kendall",
            ];
            align(
                &head,
                rows.map(|(scenario, runs)| false_alarms(scenario, runs))
                    .collect(),
            )
        }
        Kind::Leaking | Kind::LeakingFast => {
            let head = [
                "leak",
                "confirmed",
                "after: median",
                "90 % by",
                "all by",
                if kind == Kind::Leaking {
                    "suspect after"
                } else {
                    "in 60 s"
                },
                "five growths",
                "Mann-Kendall",
            ];
            let rows = rows.map(|(scenario, runs)| delays(kind, scenario, runs));
            align(&head, rows.collect())
        }
    }
}

fn false_alarms(scenario: &Scenario, runs: &[Run]) -> Vec<String> {
    let share =
        |of: fn(&Run) -> Option<f64>| percent(runs.iter().filter_map(of).count(), runs.len());
    vec![
        scenario.name.clone(),
        duration(scenario.hours * HOUR),
        share(|run| run.suspect),
        share(|run| run.confirmed),
        share(|run| run.five_growths),
        share(|run| run.mann_kendall),
    ]
}

fn delays(kind: Kind, scenario: &Scenario, runs: &[Run]) -> Vec<String> {
    let sorted = |of: fn(&Run) -> Option<f64>| {
        let mut delays: Vec<f64> = runs.iter().filter_map(of).collect();
        delays.sort_by(f64::total_cmp);
        delays
    };
    let rival = |of| {
        let delays = sorted(of);
        format!(
            "{}, {}",
            percent(delays.len(), runs.len()),
            quantile(&delays, runs.len(), 0.5)
        )
    };
    let confirmed = sorted(|run| run.confirmed);
    let fifth = if kind == Kind::Leaking {
        quantile(&sorted(|run| run.suspect), runs.len(), 0.5)
    } else {
        percent(
            confirmed.partition_point(|&delay| delay <= MINUTE),
            runs.len(),
        )
    };
    vec![
        scenario.name.clone(),
        percent(confirmed.len(), runs.len()),
        quantile(&confirmed, runs.len(), 0.5),
        quantile(&confirmed, runs.len(), 0.9),
        quantile(&confirmed, runs.len(), 1.0),
        fifth,
        rival(|run| run.five_growths),
        rival(|run| run.mann_kendall),
    ]
}

/// The delay that so many of all runs kept to, those included that never told.
fn quantile(sorted: &[f64], runs: usize, share: f64) -> String {
    let needed = ((runs as f64 * share).ceil() as usize).max(1);
    sorted
        .get(needed - 1)
        .map_or("-".into(), |&seconds| duration(seconds))
}

fn percent(part: usize, whole: usize) -> String {
    let percent = 100.0 * part as f64 / whole as f64;
    if percent == percent.round() {
        format!("{percent} %")
    } else {
        format!("{percent:.1} %")
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 3.0 * MINUTE {
        format!("{seconds:.0} s")
    } else if seconds < 3.0 * HOUR {
        format!("{:.0} min", seconds / MINUTE)
    } else {
        format!("{:.1} h", seconds / HOUR)
    }
}

fn align(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut out = String::new();
    let mut line = |cells: &[String]| {
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let _ = if column == 0 {
                write!(out, "| {cell:<width$} ")
            } else {
                write!(out, "| {cell:>width$} ")
            };
        }
        out.push_str("|\n");
    };
    line(&head.iter().map(ToString::to_string).collect::<Vec<_>>());
    let rules = widths.iter().enumerate().map(|(column, &width)| {
        if column == 0 {
            "-".repeat(width)
        } else {
            "-".repeat(width - 1) + ":"
        }
    });
    line(&rules.collect::<Vec<_>>());
    rows.iter().for_each(|row| line(row));
    out
}
