//! What a fuzzer does to its inputs, without a fuzzer: for tests that run anywhere in seconds.

use crate::Random;

/// Changes of one mutation, at most.
const MAX_CHANGES: usize = 6;
/// Bytes that a change copies or removes, at most.
const MAX_RANGE: usize = 24;
/// Bytes that mean something to parsers of JSON and to counters.
const TELLING_BYTES: &[u8] = b"\0\xff\x7f\x80,:[]{}\"\\-0129e.\n";

/// As many variants of the seeds as asked for, the same for the same `seed`: bytes flipped,
/// replaced, removed, repeated, and taken from another seed.
///
/// # Panics
/// If there are no seeds.
pub fn mutations(seeds: &[Vec<u8>], count: usize, seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut random = Random::new(seed);
    (0..count).map(move |_| {
        let mut input = random.pick(seeds).clone();
        for _ in 0..1 + random.below(MAX_CHANGES) {
            let other: &Vec<u8> = random.pick(seeds);
            change(&mut input, other, &mut random);
        }
        input
    })
}

fn change(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(input.len());
    let len = random.below(MAX_RANGE);
    let end = input.len().min(at + len);
    match random.below(6) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = *random.pick(TELLING_BYTES),
        2 => drop(input.drain(at..end)),
        3 => drop(input.splice(at..at, input[at..end].to_vec())),
        4 => input.truncate(at),
        _ => {
            let from = random.below(other.len());
            let taken = &other[from..other.len().min(from + len)];
            drop(input.splice(at..end, taken.iter().copied()));
        }
    }
}
