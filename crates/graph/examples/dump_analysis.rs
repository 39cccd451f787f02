//! Writes what the analyses say about every node of a snapshot, to be compared with other tools
//! (`__test__/parity`): a line of JSON with `nodes` and `classes` (of each its sums), then one
//! column after the other, little-endian: object ids (u32), immediate dominators (u32, an index),
//! retained bytes (f64), shallow bytes (f64), distances (i32, -5 for none, as DevTools has it),
//! classes (u32).
//!
//! ```text
//! cargo run --release -p heapwatch-graph --example dump_analysis -- FILE.heapsnapshot
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use heapwatch_graph::parse::{ParseLimits, read_snapshot};
use heapwatch_graph::{AnalyzedHeap, ClassId, NodeId, Progress};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or("usage: dump_analysis FILE.heapsnapshot")?;
    let progress = Progress::none();
    let mut file = File::open(path)?;
    let parsed = read_snapshot(&mut file, None, ParseLimits::default(), &progress)?;
    let heap = AnalyzedHeap::new(parsed.graph, &progress)?;
    let mut out = BufWriter::new(io::stdout().lock());
    write_header(&heap, &mut out)?;
    write_columns(&heap, &mut out)?;
    out.flush()?;
    Ok(())
}

fn write_header(heap: &AnalyzedHeap, out: &mut impl Write) -> io::Result<()> {
    let classes: Vec<_> = (0..heap.classes().len() as u32)
        .map(|class| heap.classes().summary(ClassId(class)))
        .collect();
    let header = json!({ "nodes": heap.graph().node_count(), "classes": classes });
    writeln!(out, "{header}")
}

fn write_columns(heap: &AnalyzedHeap, out: &mut impl Write) -> io::Result<()> {
    let (dominators, distances) = (heap.dominators(), heap.distances());
    let distance = |node| distances.of(node).map_or(-5, |distance| distance as i32);
    write_column(heap, out, |node| heap.graph().object_id(node).to_le_bytes())?;
    write_column(heap, out, |node| dominators.idom(node).0.to_le_bytes())?;
    write_column(heap, out, |node| {
        (dominators.retained(node) as f64).to_le_bytes()
    })?;
    write_column(heap, out, |node| (heap.shallow(node) as f64).to_le_bytes())?;
    write_column(heap, out, |node| distance(node).to_le_bytes())?;
    write_column(heap, out, |node| heap.classes().of(node).0.to_le_bytes())
}

fn write_column<const N: usize>(
    heap: &AnalyzedHeap,
    out: &mut impl Write,
    value: impl Fn(NodeId) -> [u8; N],
) -> io::Result<()> {
    heap.graph()
        .nodes()
        .try_for_each(|node| out.write_all(&value(node)))
}
