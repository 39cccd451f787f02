/// <reference types="node" />

/**
 * Leak tests: a workload runs in rounds of random length, and what grows exactly with the rounds
 * leaks. For any test runner; `heapwatch/jest` and `heapwatch/vitest` have matchers.
 */

import type { Owner, ReportLocation, ReportStep, SourceLocation } from './index.js';

/**
 * What is tested: does the work once. A generator is run to its end each time. `state` is what
 * `setup` gave.
 */
export type Workload<State = any> = (state: State) => unknown;

export interface LeakTestOptions<State = any> {
  /** How many iterations the rounds of a pass have together, about. Default: 115, fewer (28) if
   * an iteration takes long or leaves more than 140 KB. For a leak of one in ten iterations: 1150 and
   * `perIteration: 0.05`. */
  iterations?: number;
  /** Rounds of a pass, 4 to 8. Each one more makes a false alarm rarer. Default: 5. */
  rounds?: number;
  /** Iterations before the first round. Default: 10. More for code that fills a cache first. */
  warmup?: number;
  /** Leaks of fewer bytes an iteration are not told. Default: 0. */
  minBytes?: number;
  /** What a count must gain an iteration to be told, on average. Default: 0.5. */
  perIteration?: number;
  /** What may grow: names of classes, of owners as reports name them (`sessions`), of packages; or
   * regular expressions for those and for paths of files. */
  allow?: (string | RegExp)[];
  /** Milliseconds for all of it. Give the test runner more. Default: 60 000. */
  timeout?: number;
  /** Repeats the random order of the rounds. Default: a new one each time; results say which. */
  seed?: number;
  /** What to look at. Default: all. */
  track?: ('objects' | 'buffers' | 'listeners' | 'timers' | 'handles')[];
  /** Runs before each round; what it gives goes to the workload. */
  setup?: () => State | Promise<State>;
  /** Runs after each round, before the heap is counted. */
  teardown?: (state: State) => unknown;
}

/** Something that grew by the length of each round. */
export interface GrowingCount {
  /** `entries`: of collections that are held alike; `counter`: open files and active handles. */
  kind: 'instances' | 'functions' | 'entries' | 'counter';
  /** Class, function, or how the collection is held: `sessions (Map)`. */
  name: string;
  /** Where constructor or function are written. */
  location: SourceLocation | null;
  perIteration: number;
  /** Without hidden parts of the objects. */
  bytesPerIteration: number;
  /** By how many it grew in each round of the last pass. */
  growth: number[];
}

export interface Leak {
  /** What accumulates: a class, a function with `()`, `(string)`. */
  class: string;
  perIteration: number;
  /** With all that it keeps alive. */
  bytesPerIteration: number;
  /** What holds it; `null` if that could not be found out. */
  owner: Owner | null;
  /** Id of the rule that recognised the cause. */
  cause: string | null;
  /** From the root to a typical one. */
  path: ReportStep[];
  /** Source lines, the one at fault first. */
  locations: ReportLocation[];
  evidence: string;
  advice: string;
  /** The same for the same leak in another run. */
  fingerprint: string | null;
  /** All counts that followed the rounds, in both passes. */
  counts: GrowingCount[];
}

export interface LeakTestResult {
  /** The largest first; empty if there is none. */
  leaks: Leak[];
  /** Iterations of the rounds of each pass, up to the one after which nothing could be suspected any
   * more. One pass if nothing was. */
  rounds: number[][];
  /** All iterations, those of warm-up and diagnosis included. */
  iterations: number;
  seed: number;
  /** Probability, at most, that code whose growth has nothing to do with the rounds is told to leak. */
  falseAlarmBound: number;
  timings: {
    totalMs: number;
    workloadMs: number;
    /** Waiting for what an iteration left to do. */
    drainMs: number;
    collectMs: number;
    /** For which censuses stopped the test; the rest of them went on beside the next round. */
    censusMs: number;
  };
}

/** A failed {@link assertNoLeak}: an `AssertionError` of `node:assert`. */
export interface LeakError extends Error {
  code: 'ERR_HEAPWATCH_LEAK';
  detail: LeakTestResult;
}

/**
 * Finds out whether a workload leaks.
 *
 * Rejects with what the workload throws; with `ERR_HEAPWATCH_TIMEOUT`, and what is known, if it takes
 * too long; with `ERR_HEAPWATCH_OPTION` for wrong options. A workload that blocks the event loop for
 * ever can't be stopped.
 */
export function findLeaks<State = any>(
  fn: Workload<State>,
  options?: LeakTestOptions<State>,
): Promise<LeakTestResult>;

/** The same, and rejects with a {@link LeakError} if there is a leak. */
export function assertNoLeak<State = any>(
  fn: Workload<State>,
  options?: LeakTestOptions<State>,
): Promise<LeakTestResult>;

export interface CollectedResult {
  isCollected: boolean;
  /** What holds it, from the root; `null` if it is collected or nothing was found. */
  path: ReportStep[] | null;
}

/**
 * Rejects, with the path that holds it, if an object is not collected: that of a WeakRef, or the one
 * that a function makes.
 */
export function assertCollected(
  subject: WeakRef<object> | (() => object | Promise<object>),
): Promise<void>;

/**
 * How many instances of a class are alive, those of subclasses included, in all contexts of this
 * isolate. Collects garbage first.
 */
export function countInstances(ofClass: abstract new (...args: any[]) => unknown): Promise<number>;

/** Matchers of `heapwatch/jest` and `heapwatch/vitest`. All are asynchronous: await them. */
export interface HeapwatchMatchers {
  /** That a workload leaks; with `.not`, that it doesn't. */
  toLeak(options?: LeakTestOptions): Promise<void>;
  /** That the object of a WeakRef, or the one that a function makes, is collected. */
  toBeCollected(): Promise<void>;
  /** That so many instances of a class are alive. */
  toHaveInstances(count: number): Promise<void>;
}
