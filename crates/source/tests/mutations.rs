//! Files that are almost a program: whatever is broken, no answer panics or points outside.

mod marked;

use std::panic::{self, AssertUnwindSafe};

use heapwatch_source::Language::{self, JavaScript, Tsx, TypeScript};
use heapwatch_source::{Position, Sites, Source};
use marked::position_at;

const PROGRAM: &str = "#!/usr/bin/env node
import bus, { receipts as x } from './a';
class Orders extends EventEmitter {
  static pending = new Set(); #cache = new Map(); listeners = [];
  constructor(private db, { limit = 10, ...rest } = {}) { super(); this.entries = Object.create(null); }
  get size() { return this.#cache.size }
  static { for (const [k, v] of x) { this.pending.add(k) } }
  async add(id, order = () => ({ ...id })) {
    this.#cache.set(id, order); this.entries[id] = `é${order}😀`; (this.listeners ||= []).push(id);
    bus.on('shipped', async x => { x.push?.(id); delete this.entries[id] }).once('a', function f() {});
    try { var late = [...late, id]; late = late.concat(1) } catch ({ message: x }) { x += message }
    switch (id) { case 1: let x = {}; Object.assign(x, rest); default: x.length = 0 }
    return <div a={x => x.push.apply(x, rest)}>{id}</div>;
  }
}\r\nexports.Orders = Orders; namespace N { export const x: Map<a, b>[] = []; (x as any)!.unshift(1) }
";

const NAMES: [&str; 8] = [
    "x",
    "bus",
    "late",
    "entries",
    "listeners",
    "#cache",
    "pending",
    "id",
];

/// xorshift64*, so that a failure can be repeated from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

/// Removes, repeats, swaps and inserts a few stretches of characters.
fn mutate(program: &str, random: &mut Random) -> String {
    let mut text: Vec<char> = program.chars().collect();
    for _ in 0..=random.below(6) {
        let start = random.below(text.len() + 1);
        let end = (start + random.below(30)).min(text.len());
        match random.below(4) {
            0 => drop(text.drain(start..end)),
            1 => {
                let stretch = text[start..end].to_vec();
                let to = random.below(text.len() + 1);
                text.splice(to..to, stretch).for_each(drop);
            }
            2 => text.truncate(end.max(1)),
            _ => {
                let inserted = [
                    '{', '}', '(', '`', '\'', '/', '\0', '😀', '\r', '\u{2028}', '#',
                ];
                text.insert(start, inserted[random.below(inserted.len())]);
            }
        }
    }
    text.into_iter().collect()
}

fn assert_within(sites: &Sites, end: Position) {
    let grows: Vec<_> = sites.grows.iter().map(|site| site.position).collect();
    assert!(grows.is_sorted() && sites.removes.is_sorted());
    assert!(grows.len() <= 16 && sites.removes.len() <= 16);
    let mut all = grows.iter().chain(&sites.removes).chain(&sites.declared);
    assert!(
        all.all(|position| *position < end),
        "{sites:?} beyond {end:?}"
    );
}

fn exercise(text: &str, language: Language) {
    let Ok(source) = Source::parse(text, language) else {
        return;
    };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let end = position_at(text, text.len());
    for line in 0..=end.line {
        let position = Position {
            line,
            column: (line * 7) % 60,
        };
        let function = source.function_at(position);
        assert!(function.is_none_or(|f| f.start <= position && position < f.end && f.end <= end));
        for name in NAMES {
            for inside in [&[][..], &[position][..]] {
                let variable = source.variable_sites(name, inside);
                let property = source.property_sites(name, inside);
                variable
                    .iter()
                    .chain(&property)
                    .for_each(|sites| assert_within(sites, end));
            }
        }
    }
}

#[track_caller]
fn exercise_seed(seed: u64, text: &str) {
    for language in [JavaScript, TypeScript, Tsx] {
        let result = panic::catch_unwind(AssertUnwindSafe(|| exercise(text, language)));
        assert!(result.is_ok(), "seed {seed}, {language:?}:\n{text}");
    }
}

#[test]
fn mutations_of_a_program_never_panic() {
    exercise_seed(0, PROGRAM);
    for seed in 1..600 {
        exercise_seed(seed, &mutate(PROGRAM, &mut Random(seed)));
    }
}

#[test]
fn random_text_never_panics() {
    for seed in 1..100 {
        let mut random = Random(seed);
        let bytes: Vec<u8> = (0..2000).map(|_| random.below(256) as u8).collect();
        exercise_seed(seed, &String::from_utf8_lossy(&bytes));
        let ascii: String = (0..2000).map(|_| random.below(128) as u8 as char).collect();
        exercise_seed(seed, &ascii);
    }
}
