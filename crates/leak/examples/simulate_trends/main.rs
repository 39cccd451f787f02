//! Simulated processes, healthy and leaking, judged by the trend and by two simpler rules: how often
//! each raises a false alarm and how long each takes to tell a leak.
//!
//! ```text
//! cargo run --release -p heapwatch-leak --example simulate_trends -- [--runs 200] [--seed 1] [--only TEXT]
//! ```
//!
//! Every run is a process with its own seed, drawn from `--seed`, the scenario's name and its number:
//! the output is the same on every machine and for every number of cores, and a scenario's rows do
//! not change if others are added. `--only` takes those that have the text in "title of the table: name".

mod background;
mod detectors;
mod scenarios;
mod shapes;
mod simulation;
mod tables;

use std::io::{self, Write};
use std::process::ExitCode;

use scenarios::Scenario;
use simulation::Run;

struct Arguments {
    runs: usize,
    seed: u64,
    only: String,
}

fn main() -> ExitCode {
    match arguments(std::env::args().skip(1))
        .and_then(|given| print_tables(&given).map_err(|e| e.to_string()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if this fails, too.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        runs: 200,
        seed: 1,
        only: String::new(),
    };
    while let Some(name) = given.next() {
        let value = given
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| format!("{name} needs a number, found {value}"))
        };
        match name.as_str() {
            "--runs" => arguments.runs = number()?.max(1) as usize,
            "--seed" => arguments.seed = number()?,
            "--only" => arguments.only = value,
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok(arguments)
}

fn print_tables(given: &Arguments) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "seed {}, {} runs a scenario\n", given.seed, given.runs)?;
    for group in scenarios::all() {
        let scenarios: Vec<Scenario> = (group.scenarios.into_iter())
            .filter(|scenario| format!("{}: {}", group.title, scenario.name).contains(&given.only))
            .collect();
        if scenarios.is_empty() {
            continue;
        }
        let runs: Vec<Vec<Run>> = simulation::run_all(&scenarios, given.runs, given.seed);
        writeln!(out, "{}\n", group.title)?;
        out.write_all(tables::render(group.kind, &scenarios, &runs).as_bytes())?;
        writeln!(out)?;
    }
    Ok(())
}
