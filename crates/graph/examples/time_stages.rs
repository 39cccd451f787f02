//! Times each stage of opening a snapshot: `cargo run --release -p heapwatch-graph --example
//! time_stages FILE`. For profiles; `bench/analysers.js` compares with others.
#![allow(clippy::print_stdout)]

use std::fs::File;
use std::time::Instant;

use heapwatch_graph::parse::{ParseLimits, read_snapshot};
use heapwatch_graph::{
    DepthFirstOrder, DominatorTree, EssentialEdges, NamedClasses, Progress, Retainers, RootPaths,
    ScriptLocations, shallow_sizes,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("a .heapsnapshot file is needed")?;
    let progress = Progress::none();
    let mut last = Instant::now();
    let mut stage = |name: &str| {
        println!(
            "{name:20} {:8.1} ms   peak {} MB",
            last.elapsed().as_secs_f64() * 1e3,
            peak_mb()
        );
        last = Instant::now();
    };
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let graph = read_snapshot(&mut file, Some(length), ParseLimits::default(), &progress)?.graph;
    stage("parse");
    let (order, rules) = DepthFirstOrder::new(&graph);
    stage("depth-first pass");
    let essential = EssentialEdges::by_rules(&rules);
    stage("essential edges");
    let tree = DominatorTree::new(order, &rules, &progress)?;
    stage("dominator tree");
    let shallow = shallow_sizes(&graph);
    stage("shallow sizes");
    let scripts = ScriptLocations::new(&graph);
    stage("script locations");
    let classes = NamedClasses::new(&graph, &scripts, &shallow);
    stage("classes named");
    let retained = tree.retained(&shallow);
    stage("retained sizes");
    let outermost = classes.outermost(&shallow, &tree);
    stage("outermost instances");
    let dominators = tree.with_retained(retained);
    stage("dominators by node");
    let classes = classes.sum(&outermost, &dominators);
    stage("classes summed up");
    println!(
        "{} nodes, {} edges, {} classes, {} MB held by the graph",
        graph.node_count(),
        graph.edge_count(),
        classes.len(),
        graph.memory_bytes() >> 20
    );
    let retainers = Retainers::new(&graph);
    stage("retainers (lazy)");
    let paths = RootPaths::new(&graph, &essential, &scripts, None);
    stage("paths (lazy)");
    drop((retainers, paths));
    Ok(())
}

/// Peak resident set of this process so far; 0 where there is no /proc.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) >> 10
}
