//! The fuzz targets without a fuzzer: their seeds, and mutations of those.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use heapwatch_testing::fuzz::{check_graph_of_any_bytes, check_parser_on_any_bytes, mutations};

/// A few seconds each in the dev profile.
const MUTATIONS: usize = 30_000;
const SEED: u64 = 0x6865_6170;

#[test]
fn the_parser_holds_its_promises_on_mutated_snapshots() {
    check_all("parse", check_parser_on_any_bytes);
}

#[test]
fn analyses_of_mutated_graphs_are_those_by_definition() {
    check_all("dominators", check_graph_of_any_bytes);
}

/// An input that fails is left as a file, to be given to the fuzz target or to become a seed.
fn check_all(target: &str, check: fn(&[u8])) {
    let seeds = seeds_of(target);
    let mutated = mutations(&seeds, MUTATIONS, SEED);
    for (i, input) in seeds.iter().cloned().chain(mutated).enumerate() {
        if std::panic::catch_unwind(|| check(&input)).is_err() {
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{target}-{i}"));
            std::fs::write(&file, &input).unwrap();
            panic!("input {i} of seed {SEED} fails: {}", file.display());
        }
    }
}

fn seeds_of(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let files = std::fs::read_dir(folder.join(target)).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    // The order in which a file system lists them is no one's promise.
    files.sort();
    assert!(!files.is_empty(), "no seeds of {target}");
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}
