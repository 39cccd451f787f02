'use strict';

/**
 * How many iterations each round of a leak test has: distinct primes, times a scale, in a random order
 * that a seed repeats. Primes, so that no period of the code under test fits several rounds.
 */

/** Far apart: what a round holds by chance must not bring two into the wrong order. */
const PRIMES = [7, 13, 23, 31, 41, 53, 67, 79];
/** For workloads that take long or leave much: the fewest iterations that five rounds can have. */
const SMALL_PRIMES = [2, 3, 5, 7, 11, 13, 17, 19];

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/**
 * @param {number} rounds
 * @param {number | undefined} iterations wanted in all rounds together
 * @param {number} affordable iterations for which there is time
 * @returns {number[]}
 */
function dosesOf(rounds, iterations, affordable) {
  const primes = PRIMES.slice(0, rounds);
  if (iterations !== undefined) {
    if (iterations < sum(primes)) return fewestDoses(rounds);
    const scale = Math.round(iterations / sum(primes));
    return primes.map((prime) => prime * scale);
  }
  return sum(primes) <= affordable ? primes : fewestDoses(rounds);
}

/** @param {number} rounds */
function fewestDoses(rounds) {
  return SMALL_PRIMES.slice(0, rounds);
}

/**
 * Numbers from 0 up to 1 that a seed repeats (mulberry32, Tommy Ettinger, public domain).
 *
 * @param {number} seed
 * @returns {() => number}
 */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @template T
 * @param {T[]} items
 * @param {() => number} random
 * @returns {T[]} a copy, each order as likely as any other (Fisher and Yates)
 */
function shuffled(items, random) {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

module.exports = { dosesOf, fewestDoses, randomOf, shuffled, sum };
