//! Prints what the analyses say about every node of a snapshot, to be compared with other tools:
//! one line a node with its index, its dominator's index, retained bytes, shallow bytes and class
//! (a JSON string), separated by tabs. See `bench/parity`.
//!
//! ```text
//! cargo run --release -p heapwatch-graph --example dump_analysis -- FILE.heapsnapshot
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use heapwatch_graph::parse::{ParseLimits, read_snapshot};
use heapwatch_graph::{AnalyzedHeap, Progress};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or("usage: dump_analysis FILE.heapsnapshot")?;
    let progress = Progress::none();
    let mut file = File::open(path)?;
    let parsed = read_snapshot(&mut file, None, ParseLimits::default(), &progress)?;
    let heap = AnalyzedHeap::new(parsed.graph, &progress)?;
    write_table(&heap, BufWriter::new(io::stdout().lock()))?;
    Ok(())
}

fn write_table(heap: &AnalyzedHeap, mut out: impl Write) -> io::Result<()> {
    let dominators = heap.dominators();
    for node in heap.graph().nodes() {
        let (idom, retained) = (dominators.idom(node), dominators.retained(node));
        let (shallow, class) = (heap.shallow(node), heap.class_name(node));
        // Class names may hold anything; as a JSON string they have neither tabs nor newlines.
        let class = serde_json::to_string(class)?;
        writeln!(
            out,
            "{}\t{}\t{retained}\t{shallow}\t{class}",
            node.0, idom.0
        )?;
    }
    out.flush()
}
