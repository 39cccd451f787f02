//! The parser on every way to cut, shorten and damage a small snapshot.
//!
//! Fed whole, most records are read by the fast reader; fed byte by byte, all by the state machine.
//! So these tests also compare the two.

#![allow(clippy::unwrap_used)]

mod parse_text;

use heapwatch_graph::GraphError;
use parse_text::{STRINGS, describe, document, parse, parse_chunks, small};

#[test]
fn every_split_into_two_chunks_gives_the_same_graph() {
    let text = small();
    let wanted = describe(&parse(&text));
    assert!(wanted.contains("Thing"), "{wanted}");
    for at in 0..=text.len() {
        let (head, tail) = text.as_bytes().split_at(at);
        assert_eq!(
            describe(&parse_chunks([head, tail])),
            wanted,
            "split at {at}"
        );
    }
}

#[test]
fn chunks_of_every_size_give_the_same_graph() {
    let text = small();
    let wanted = describe(&parse(&text));
    for size in 1..200 {
        let chunks = text.as_bytes().chunks(size);
        assert_eq!(describe(&parse_chunks(chunks)), wanted, "chunks of {size}");
    }
}

#[test]
fn a_snapshot_cut_off_anywhere_is_truncated() {
    let text = small();
    for len in 1..text.trim_end().len() {
        match parse(&text.as_bytes()[..len]) {
            Err(GraphError::Truncated { offset, .. }) => assert_eq!(offset, len as u64),
            other => panic!("cut at {len}: {}", describe(&other)),
        }
    }
}

#[test]
fn a_cut_off_snapshot_names_the_section_it_ends_in() {
    let text = small();
    for (before, section) in [
        ("\"meta\"", "snapshot"),
        (",\n\"nodes\"", "document"),
        ("4,0,1,0,2", "nodes"),
        (",\n\"edges\"", "document"),
        (",21\n", "edges"),
        ("true", "other"),
        (",78901", "locations"),
        ("Thing", "strings"),
        ("}\n", "document"),
    ] {
        let at = text.rfind(before).unwrap();
        match parse(&text[..at]) {
            Err(GraphError::Truncated { section: s, .. }) => {
                assert_eq!(s.name(), section, "{before}")
            }
            other => panic!("cut before {before}: {}", describe(&other)),
        }
    }
}

/// Bytes that mean something to the parser, and some that mean nothing.
const MUTATIONS: &[u8] = b"\"\\[]{},:0129-+.eEutn \n\0\x7f\x80\xc3\xff";

#[test]
fn a_changed_byte_gives_the_same_result_whole_and_byte_by_byte() {
    let text = small();
    for at in 0..text.len() {
        for &byte in MUTATIONS {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = byte;
            assert_same(&changed, &format!("byte {at} changed to {byte:#x}"));
        }
    }
}

#[test]
fn an_inserted_or_removed_byte_gives_the_same_result_whole_and_byte_by_byte() {
    let text = small();
    for at in 0..text.len() {
        let mut changed = text.as_bytes().to_vec();
        changed.remove(at);
        assert_same(&changed, &format!("byte {at} removed"));
        for &byte in b"\"\\]},0- \n" {
            let mut changed = text.as_bytes().to_vec();
            changed.insert(at, byte);
            assert_same(&changed, &format!("{byte:#x} inserted at {at}"));
        }
    }
}

fn assert_same(text: &[u8], what: &str) {
    let whole = parse(text);
    if let Err(error) = &whole {
        assert!(error.code().starts_with("ERR_HEAPWATCH_"), "{error}");
        assert!(error.to_string().len() < 400, "{error}");
    }
    let bytewise = parse_chunks(text.chunks(1));
    assert_eq!(describe(&whole), describe(&bytewise), "{what}");
    let sevens = parse_chunks(text.chunks(7));
    assert_eq!(describe(&whole), describe(&sevens), "{what}");
}

/// Sections that are longer than what the fast reader looks at at once, written in several styles.
fn long(separators: &[&str], last_size: &str) -> String {
    const COUNT: usize = 2000;
    let mut nodes = format!("4,0,1,0,{COUNT},0,0");
    let mut edges = String::new();
    for i in 1..=COUNT {
        let separator = separators[i % separators.len()];
        // Numbers of one to fifteen digits, and now and then one that the fast reader leaves.
        let size = match i {
            COUNT => last_size.to_owned(),
            _ if i % 97 == 0 => "1234567890123456".to_owned(),
            _ => "987654321012345"[..1 + i % 15].to_owned(),
        };
        nodes += &format!("{separator}3,{},{},{size},0,0,{}", i % 5, 7 * i, i % 3);
        let before = if i == 1 { "" } else { separator };
        edges += &format!("{before}{},{},{}", i % 3, i % 6, 7 * i);
    }
    document(&nodes, &edges, "", STRINGS)
}

#[test]
fn long_sections_are_the_same_read_at_once_and_byte_by_byte_however_they_are_written() {
    // The first line has the length of the input, which is another in each style.
    let graph = |description: String| description.split_once('\n').unwrap().1.to_owned();
    let wanted = graph(describe(&parse(long(&[","], "8"))));
    assert!(wanted.contains("1234567890123456"), "{wanted}");
    let styles: [&[&str]; 6] = [
        &[","],
        &["\n,"],
        &[",\n"],
        &["\n,\n"],
        &[" , "],
        &["\n,", ",", ",\r\n", "\n\n,", ",\n"],
    ];
    for style in styles {
        let text = long(style, "8");
        for size in [1, 100, 2000, 2048, 5000, text.len()] {
            let chunks = text.as_bytes().chunks(size);
            let found = graph(describe(&parse_chunks(chunks)));
            assert!(found == wanted, "{style:?} in chunks of {size}");
        }
    }
}

#[test]
fn an_error_behind_a_long_section_has_its_offset_however_the_input_is_cut() {
    for bad in ["-1", "01", "9007199254740993", "1.5", "x", "\"1\""] {
        let text = long(&["\n,"], bad);
        let at = text.find(&format!(",{bad},0,0,")).unwrap() as u64 + 1;
        match parse(&text) {
            Err(GraphError::Syntax { offset, .. }) => assert_eq!(offset, at, "{bad}"),
            other => panic!("{bad}: {}", describe(&other)),
        }
        for size in [1, 100, 5000] {
            let cut = parse_chunks(text.as_bytes().chunks(size));
            assert_eq!(describe(&cut), describe(&parse(&text)), "{bad}, {size}");
        }
    }
}
