/// <reference types="node" />

import { EventEmitter } from 'node:events';

/**
 * heapwatch finds memory leaks in running Node.js services. Sizes are bytes, lines and columns are
 * 1-based (columns in UTF-16 code units), unless a name says otherwise.
 *
 * Every error is a {@link HeapwatchError} with a literal `code`.
 */

// ---------------------------------------------------------------------------------------------
// In a service

/** Events of a watcher, and of the module itself. */
export interface WatcherEvents {
  /** Growth that looks like a leak and is not yet sure to be one. */
  suspect: [info: LeakInfo];
  /** A leak. Told once; again only if other objects leak. */
  leak: [info: LeakInfo];
  /** Growth that had been suspected or told has ended. */
  recovered: [info: LeakInfo];
  /** After each major garbage collection of V8. */
  stats: [stats: Stats];
  /** Objects that {@link expectCollected} was told of are still there. Needs no watcher. */
  retained: [info: RetainedInfo];
  /** A diagnosis, right after the `leak` event that has it, and again while the leak goes on. */
  report: [report: LeakReport];
  /** The run before this one died: what its black box says. Told once, to the first that listens; see
   * {@link WatchOptions.blackBox}. */
  lastRun: [lastRun: LastRun];
  /** Something in heapwatch failed (a capture was refused, `work` threw). Without a listener such
   * errors are dropped: they never end the process. */
  error: [error: Error];
}

type EventName = keyof WatcherEvents;
type Listener<E extends EventName> = (...args: WatcherEvents[E]) => void;
type Module = typeof import('./index.js');

// The module is an EventEmitter, as memwatch-next's was: it passes on the events of the watcher that
// runs. All of its methods work without `this`.

/** Starts the default watcher if none runs; see {@link watch}. The default watcher stops when its
 * last listener is removed. */
export function on<E extends EventName>(event: E, listener: Listener<E>): Module;
export function once<E extends EventName>(event: E, listener: Listener<E>): Module;
export function off<E extends EventName>(event: E, listener: Listener<E>): Module;
export { on as addListener, off as removeListener };
/** Like {@link on}, before the listeners that are there. */
export function prependListener<E extends EventName>(event: E, listener: Listener<E>): Module;
export function prependOnceListener<E extends EventName>(event: E, listener: Listener<E>): Module;
export function removeAllListeners(event?: EventName): Module;
/** Calls the module's own listeners; watchers hear nothing of it. */
export function emit<E extends EventName>(event: E, ...args: WatcherEvents[E]): boolean;
export function listeners(event: EventName): Function[];
export function rawListeners(event: EventName): Function[];
export function listenerCount(event: EventName): number;
export function eventNames(): (string | symbol)[];
export function getMaxListeners(): number;
export function setMaxListeners(count: number): Module;

/**
 * Watches the memory of this isolate (the main thread, or the worker that calls it). There is one
 * watcher an isolate: a second call without options or with the same ones returns it.
 *
 * A watcher samples the heap after each major garbage collection, and judges growth in native code.
 * When it is sure of a leak it takes captures, spaced by growth, compares them off the main thread
 * and emits `leak`. Nothing it holds keeps the process alive.
 *
 * @throws {HeapwatchError} `ERR_HEAPWATCH_OPTION` for a bad option, or if a watcher with other
 *   options is running.
 */
export function watch(options?: WatchOptions): Watcher;

/** The running watcher's status; `null` if none runs. */
export function status(): WatcherStatus | null;

/** Stops the running watcher, if there is one. */
export function stop(): void;

/** A full garbage collection, synchronously; no flag needed. `stats` follows in the same turn of the
 * event loop. */
export function gc(): void;

/**
 * What was allocated and freed between two moments, synchronously.
 *
 * Each end stops the event loop for a full garbage collection and a walk of the heap, some 0.3 µs an
 * object together; between them it keeps 3 bytes an object. Where there is no walk (see
 * {@link CaptureOptions.method}) it takes V8's snapshot: some 10 µs and 500 bytes an object.
 *
 * @throws {HeapwatchError} `ERR_HEAPWATCH_CAPTURE`, or `ERR_HEAPWATCH_LIMIT` if there is no memory for
 *   it.
 */
export class HeapDiff {
  constructor();
  /** May be called once: after that it throws an Error. */
  end(): HeapDiffResult;
}

/** Names and texts are memwatch's; a size as text is `1.78 mb`, `-2.07 kb` or `512 bytes`. */
export interface HeapDiffResult {
  before: HeapDiffMoment;
  after: HeapDiffMoment;
  change: {
    size_bytes: number;
    size: string;
    /** Objects that are gone. */
    freed_nodes: number;
    /** Objects that are new. */
    allocated_nodes: number;
    /** Classes of which something changed, by name. Their numbers add up to those above. */
    details: HeapDiffDetail[];
  };
}

export interface HeapDiffMoment {
  /** Objects. */
  nodes: number;
  size_bytes: number;
  size: string;
  time: Date;
}

/** What became of a class. The difference of `+` and `-` is exact. By itself each of them takes an
 * object at the same place and of the same class for the same: what V8 moved between the two moments
 * counts in both, what took the place of one of its kind in neither. */
export interface HeapDiffDetail {
  /** Name of the constructor, or of the kind: `Array`, `String`, `Code`. */
  what: string;
  size_bytes: number;
  size: string;
  /** Objects that are new. */
  '+': number;
  /** Objects that are gone. */
  '-': number;
  /** Tells JavaScript's arrays (`object`) from the stores of V8's (`array`). */
  kind: NodeKind;
  /** Where the constructor is written: two classes of one name are two rows. */
  location: SourceLocation | null;
}

/** Each option but `work` can also be given by an environment variable: `maxPauseMs` is
 * `HEAPWATCH_MAX_PAUSE_MS`, `blackBox` is `HEAPWATCH_BLACK_BOX`. What the program gives counts more. A
 * variable that is wrong is told as `error` (`ERR_HEAPWATCH_OPTION`) and counts as not set. */
export interface WatchOptions {
  /**
   * How the heap is captured.
   * - `'walk'`: the process forks, and the heap is read directly in the child. The event loop stops
   *   for the fork alone, some ten milliseconds. Linux x86-64 with glibc, Node 20, 22, 24 and 26.
   * - `'v8'`: V8's own snapshot, read through a pipe: stops the event loop for seconds where there
   *   are millions of objects, and takes hundreds of bytes for each.
   * - `'auto'`: the walk; where processes can't fork, the walk in place if its pause stays within
   *   `maxPauseMs`; where it isn't supported or fails, V8's snapshot within the limits below.
   * - `'none'`: never; leaks are told without suspects.
   * @default 'auto'
   */
  method?: 'auto' | 'v8' | 'walk' | 'none';
  /** Captures that are compared, 2 to 4. Two can't tell what stays from what is in use.
   * @default 3 */
  captures?: number;
  /**
   * A capture that would block the event loop for longer, by estimate, is not taken, milliseconds.
   * V8's snapshot takes up to 100 ms a megabyte of heap; after the first capture its own pause is
   * the estimate. The default fits health checks with a timeout of a second.
   * @default 1000
   */
  maxPauseMs?: number;
  /**
   * A capture that would take more memory, by estimate, is not taken, bytes. V8's snapshot takes up
   * to 12 times the heap while it is made. Whatever this option says, no capture is taken that
   * would not fit into the cgroup or the machine.
   * @default 512 MiB
   */
  maxMemoryBytes?: number;
  /** Longest wait for growth between two captures, milliseconds. @default 600000 */
  maxSpacingMs?: number;
  /** After a diagnosis of a pool's growth no other of it is made for so long, milliseconds.
   * @default 1800000 */
  cooldownMs?: number;
  /**
   * Counts what the heap consists of at this rhythm and keeps the counts in
   * {@link WatcherStatus.census}: milliseconds from 1000 on, or `'30s'`, `'10m'`, `'1h'`. By the walk
   * alone: where there is none, `error` says so once. Each count stops the event loop for the fork,
   * and uses a processor for about four seconds for each 5 million objects.
   * @default no census
   */
  census?: number | string;
  /** A counter of work done since the start (requests, jobs). Growth is then also judged per unit
   * of work, and a rise in load is not taken for a leak. Called after each major collection and with
   * each reading. */
  work?: () => number;
  /** Look for lines in the source files that the heap names. Reads those files on a thread.
   * @default true */
  sources?: boolean;
  /** Suspects that gained fewer bytes between the captures are not told. @default 65536 */
  minGrowthBytes?: number;
  /** At most this many suspects, 1 to 100. @default 10 */
  maxSuspects?: number;
  /** Growth below this is not material, bytes an hour. @default 300000 */
  minGrowthBytesPerHour?: number;
  /** Fast alarm: growth that is needed, as a part of the limit, 0..1; where less is left of the limit,
   * down to half of it. @default 0.1 */
  fastGrowthFraction?: number;
  /** Fast alarm: the limit is nearer than this, milliseconds. @default 1800000 */
  fastRunwayMs?: number;
  /** Fast alarm: or the heap is above this part of the limit, 0..1. @default 0.7 */
  fastLevelFraction?: number;
  /** Fast alarm: growth of the heap, of contexts or of global handles at this pace is told however far
   * the limit is, bytes an hour. The default of 0.1 MB/s fills a gigabyte in 3 hours; caches that fill
   * evenly for several minutes look the same. @default 360000000 */
  fastLeakBytesPerHour?: number;
  /**
   * Notes where objects are allocated, by V8's sampling heap profiler at 512 KiB, and tells the
   * functions whose live objects keep growing in reports and with leaks. Buffers' contents are not
   * sampled. A reading blocks the event loop for a full garbage collection: on a suspicion, before
   * and after the captures of a diagnosis, on demand, and otherwise 30 seconds after the start and
   * then every five minutes.
   *
   * There is one such profiler for an isolate: where somebody else runs it, or stops ours, `error`
   * says so (`ERR_HEAPWATCH_PROFILER`, `detail.reason`: `taken`, `stopped` or `unavailable`) and the
   * watcher goes on without.
   * @default false
   */
  allocationSites?: boolean;
  /** Fast alarm: shortest time that is judged, milliseconds. @default 20000 */
  fastMinSpanMs?: number;
  /** The memory that the process may take, where something other than its cgroup limits it (a
   * supervisor that restarts it, say), bytes. The smallest limit counts.
   * @default the smallest limit of the cgroups, else the memory of the machine */
  memoryLimitBytes?: number;
  /** How often the memory outside of the JavaScript heap is read between collections, milliseconds
   * from 10 on. A reading takes some 30 us. @default 5000 */
  readingEveryMs?: number;
  /**
   * A file for the last samples, judgements and suspects of this run, at most 64 KB, for its owner
   * only (mode 0600). A thread writes it, a second after there is news at the latest, also while the
   * event loop is blocked. If the process dies (killed by the kernel for its memory, V8 out of
   * memory, any signal that it doesn't handle), the next run with the same path tells `lastRun`.
   *
   * A path belongs to one process: if another that lives writes to it, `error` says so
   * (`ERR_HEAPWATCH_BLACK_BOX`), and there is no black box. Workers of a cluster get files of their
   * own beside it (`path.worker-1`). In a worker thread `error` says that there is none.
   * @default no black box
   */
  blackBox?: string;
}

export interface Watcher extends EventEmitter<WatcherEvents> {
  /** What the watcher thinks right now. Cheap. */
  status(): WatcherStatus;
  /**
   * Takes captures now and compares them, whatever the growth.
   * @throws {HeapwatchError} `ERR_HEAPWATCH_LIMIT` if a capture exceeds a limit of the watcher,
   *   `ERR_HEAPWATCH_CAPTURE`, `ERR_HEAPWATCH_CANCELLED` (also by `stop()`).
   */
  diagnose(options?: WatcherDiagnoseOptions): Promise<LeakReport>;
  /**
   * Where all live objects were allocated, as V8's sampling heap profiler has it: `'pprof'` (gzip,
   * sample types `inuse_objects`/`count`, of which V8 tells only estimates, and `inuse_space`/`bytes`)
   * for pprof, Pyroscope and Parca, `'heapprofile'` for Chrome DevTools. Blocks the event loop for a
   * full garbage collection. Holds names of functions and URLs of scripts, as they are.
   *
   * @throws {HeapwatchError} `ERR_HEAPWATCH_OPTION` without {@link WatchOptions.allocationSites},
   *   `ERR_HEAPWATCH_PROFILER` if there is no profiler, or somebody else stopped it.
   */
  allocationProfile(options?: AllocationProfileOptions): Promise<Buffer>;
  /** Stops watching and emits nothing more. With `allocationSites` it takes two full garbage
   * collections. */
  stop(): void;
}

export interface AllocationProfileOptions {
  /** @default 'pprof' */
  format?: 'pprof' | 'heapprofile';
}

/** The sampling of allocations. */
export interface AllocationSitesStatus {
  /** `false`: there is no profiler to be had, or somebody else stopped it; `error` said so. */
  isSampling: boolean;
  readings: number;
  /** How long the readings blocked the event loop, all of them, milliseconds. */
  blockedMs: number;
}

export interface WatcherDiagnoseOptions {
  /** 2 to 4. @default the watcher's */
  captures?: number;
  /** Longest wait for growth between two captures, milliseconds. @default 30000 */
  maxSpacingMs?: number;
  signal?: AbortSignal;
}

/**
 * A pool of memory whose growth is judged by itself.
 * - `js-heap`: objects in V8's heap, after each major collection.
 * - `array-buffers`: contents of ArrayBuffers, and so of Buffers.
 * - `external`: other memory outside of V8's heap that JavaScript objects own: large strings from
 *   native code, WebAssembly memory, objects of addons that tell V8 their size.
 * - `native`: the rest of the process, in three {@link NativePart parts}. Main thread only, but for
 *   V8's own.
 * - `contexts`: native contexts (`vm.createContext` and the like). They are counted, and judged in
 *   bytes by what an empty one takes at least, 145 KB; growth of the JavaScript heap that goes with
 *   their number is put down to them.
 */
export type Pool = 'js-heap' | 'array-buffers' | 'external' | 'native' | 'contexts';

/** `rest`: resident set less heaps and external memory: an addon, or fragmentation of the allocator.
 * `malloced`: what V8 itself allocated. `global-handles`: V8's global handles, by which native code
 * holds JavaScript objects. */
export type NativePart = 'rest' | 'malloced' | 'global-handles';

/**
 * One word on the memory of the process.
 * - `learning`: too few collections to tell.
 * - `healthy`: nothing grows.
 * - a pool: that grows. `native-or-fragmentation` if it is native memory that V8 knows nothing of,
 *   `native` if it is V8's own or global handles.
 * - `worker`: the heaps of other isolates grow, each judged by its own watcher.
 * - `limit-misconfigured`: nothing grows, but V8's heap may get larger than the smallest limit of the
 *   cgroups: the kernel kills before V8 collects harder. Set `--max-old-space-size`.
 */
export type Verdict =
  | 'learning' | 'healthy' | Pool | 'native-or-fragmentation' | 'worker' | 'limit-misconfigured';

/** `learning`: too few collections to tell. */
export type GrowthState = 'learning' | 'healthy' | 'suspect' | 'confirmed';

/** An estimate with its 95 % confidence interval. */
export interface Interval {
  low: number;
  mid: number;
  high: number;
}

/** The judgement over one series of sizes. */
export interface Judgement {
  state: GrowthState;
  /** Which test the numbers come from. */
  path: 'fast' | { level: number } | null;
  /** Samples judged so far: major collections; for array buffers and external memory also the
   * readings between them, for the rest of native memory those alone. */
  samples: number;
  /** Samples whose numbers made no sense. */
  ignoredSamples: number;
  /** Fitted growth from `startMs` to `endMs`, bytes; negative if it fell. */
  growthBytes: number;
  /** Milliseconds since the epoch. */
  startMs: number;
  /** Milliseconds since the epoch. */
  endMs: number;
  startBytes: number;
  /** As of the last sample. */
  currentBytes: number;
  bytesPerHour: Interval | null;
  /** Per unit of `work`. */
  bytesPerWork: Interval | null;
  /** Until the limit is reached at this rate. */
  timeToLimitSeconds: { low: number; high: number } | null;
  /** What the pool can grow to: for `js-heap` and `contexts` the smallest limit of the heap, for the
   * others the limit of the process less all else in it. */
  limitBytes: number | null;
  /** 0..1: how well the series fits a leak. Not a probability. */
  confidence: number;
}

/** The judgement over a pool; over the worst of its parts if it has some. */
export interface PoolJudgement extends Judgement {
  /** `null` for all pools but `native`. */
  part: NativePart | null;
}

/** Which isolate of which process. */
export interface ProcessLabel {
  pid: number;
  /** 0 in the main thread. */
  threadId: number;
  isMainThread: boolean;
  /** Number of the `cluster` worker; `null` in a process that is none. */
  clusterWorkerId: number | null;
}

/** What memwatch-next and @airbnb/node-memwatch told with `stats`, by their names. Collections are
 * counted while there is a watcher; those of a {@link HeapDiff} are not. */
export interface MemwatchStats {
  /** Full collections. */
  num_full_gc: number;
  /** Other collections, and steps of full ones. */
  num_inc_gc: number;
  /** The same as `num_full_gc`. */
  heap_compactions: number;
  /** By how many per cent the average of the last 10 full collections is above that of the last 120;
   * one decimal. */
  usage_trend: number;
  /** Average of the last 10 full collections, bytes. */
  estimated_base: number;
  /** After this collection, bytes. */
  current_base: number;
  /** Smallest after a full collection, without the first two, bytes. */
  min: number;
  /** Largest after a full collection, without the first two, bytes. */
  max: number;
  /** Microseconds since the epoch. */
  gc_ts: number;
  gcScavengeCount: number;
  /** Nanoseconds, as all times here. */
  gcScavengeTime: number;
  gcMarkSweepCompactCount: number;
  gcMarkSweepCompactTime: number;
  gcIncrementalMarkingCount: number;
  gcIncrementalMarkingTime: number;
  gcProcessWeakCallbacksCount: number;
  gcProcessWeakCallbacksTime: number;
  /** Of V8's heap statistics, bytes, as all sizes here. */
  total_heap_size: number;
  total_heap_size_executable: number;
  total_physical_size: number;
  total_available_size: number;
  used_heap_size: number;
  heap_size_limit: number;
  malloced_memory: number;
  peak_malloced_memory: number;
  /** How long this collection took. */
  gc_time: number;
}

/** Read right after a major collection; the sizes of the JavaScript heap, V8's own memory and global
 * handles are exactly those at its end. */
export interface Stats extends MemwatchStats {
  time: Date;
  /** JavaScript heap. */
  heapUsedBytes: number;
  arrayBuffersBytes: number;
  /** Memory outside of the heap that JavaScript objects own, without array buffers. */
  externalBytes: number;
  /** Memory that V8 itself allocated. */
  mallocedBytes: number;
  globalHandlesBytes: number;
  /** Resident set of the process, now. */
  rssBytes: number;
  /** Its least and most since the last sample or reading. Read every second, also while the event
   * loop is blocked, where there is a /proc. */
  lowestRssBytes: number;
  highestRssBytes: number;
  /** Number of native contexts; those that lost their global object among them. */
  contexts: number;
  detachedContexts: number;
  /** The smallest limit of the JavaScript heap: V8's or the cgroup's. */
  limitBytes: number;
  /** The worst state of all pools. */
  state: GrowthState;
  verdict: Verdict;
  pools: Record<Pool, PoolJudgement>;
  label: ProcessLabel;
}

export interface WatcherStatus {
  running: boolean;
  /** The worst state of all pools, and the pool that is in it; if several grow the one that grows
   * most. */
  state: GrowthState;
  pool: Pool;
  verdict: Verdict;
  pools: Record<Pool, PoolJudgement>;
  /** Whether captures are being taken or compared. */
  diagnosing: boolean;
  /** The smallest limit of the JavaScript heap: V8's or the process's. */
  limitBytes: number;
  limits: {
    /** V8's own limit of the heap. */
    heapBytes: number;
    /** The smallest limit of the process: {@link WatchOptions.memoryLimitBytes}, the cgroups' or the
     * machine's; `null` if none is known. */
    memoryBytes: number | null;
    /** The smallest limit of the whole chain of cgroups (version 1 and 2); `null` without one. */
    cgroupBytes: number | null;
  };
  label: ProcessLabel;
  /** What the run before left, if it died; `null` without a black box. */
  lastRun: LastRun | null;
  /** Time the watcher itself has spent on the event loop, without captures, milliseconds. */
  ownTimeMs: number;
  /** The last 48 counts, the oldest first; `null` without {@link WatchOptions.census}. */
  census: Census[] | null;
  expected: ExpectedObjectsStatus;
  /** `null` without {@link WatchOptions.allocationSites}. */
  allocationSites: AllocationSitesStatus | null;
}

/** What the heap consisted of at a moment. Names and numbers alone. */
export interface Census {
  time: Date;
  /** How long the event loop was stopped, milliseconds. */
  pauseMs: number;
  /** Bytes of all that was reachable. */
  totalSize: number;
  /** The 50 classes that retain the most. */
  classes: { name: string; count: number; self: number; retained: number }[];
  /** The 20 collections that retain the most, by the way code reaches them; see
   * {@link Collection}. */
  collections: { name: string; class: string; size: number | null; retained: number }[];
}

/** What the black box of a run says that died. Numbers are those of its last record; `null` where it
 * doesn't say. */
export interface LastRun {
  pid: number | null;
  startedAt: Date | null;
  /** When the black box was last written: it died after that, by 10 seconds at most. */
  endedAt: Date;
  /** In a sentence: when, while what grew, how full it was. */
  reason: string;
  /** Whether heap or resident set were at 90 % of their limit and more. A heap that fills in one go
   * is not seen. */
  outOfMemory: boolean;
  verdict: Verdict;
  state: GrowthState;
  /** What grew; by its samples alone if `state` is `learning` or `healthy`. */
  pool: Pool | null;
  /** Of that pool, if it was judged. */
  bytesPerHour: number | null;
  /** The last reading of the resident set. */
  rssBytes: number | null;
  memoryLimitBytes: number | null;
  heapUsedBytes: number | null;
  /** What old objects could fill of it. */
  heapLimitBytes: number | null;
  /** Sizes after its last major collections, the oldest first: as in {@link Stats}, with `timeMs`
   * since the epoch. */
  samples: object[];
  /** Leaks that were told, the latest last: as {@link LeakInfo}, without reports. */
  leaks: object[];
  /** The first suspects of its last report. */
  suspects: object[];
  /** What other parts of heapwatch added. */
  sections: Record<string, unknown>;
}

/** Objects given to {@link expectCollected}. */
export interface ExpectedObjectsStatus {
  /** Those that are waited for: neither gone nor told. */
  pending: number;
  /** Those that were not taken, since 100,000 were pending. */
  skipped: number;
  /** Those that outlived what was expected of them. */
  retained: number;
}

export interface LeakInfo {
  pool: Pool;
  /** For `native`: which part of it. */
  part: NativePart | null;
  /** Bytes from `start` to `end`. */
  growth: number;
  /** One or two sentences: how much, how fast, what; and why there is no report if there is none. */
  reason: string;
  start: Date;
  end: Date;
  bytesPerHour: Interval | null;
  /** 0..1. */
  confidence: number;
  /** Bytes now. */
  current: number;
  /** What the pool can grow to, bytes; see {@link Judgement.limitBytes}. */
  limit: number | null;
  /** Seconds. */
  timeToLimit: { low: number; high: number } | null;
  label: ProcessLabel;
  /** `null` before a diagnosis, or if none could be made. */
  report: LeakReport | null;
  /** As in the report, also where there is none. */
  allocationSites: AllocationSite[] | null;
  /** The same for the same leak in another run. */
  fingerprint: string;
}

// ---------------------------------------------------------------------------------------------
// Objects that should be gone

/**
 * Expects that an object is garbage soon: at the end of a request, after a component was closed. If
 * it outlives `afterCollections` major garbage collections and `afterMs`, the event `retained` says
 * so, once for all objects of a label that are found to be late at the same time.
 *
 * The object is held weakly. A call takes about a microsecond; after each major collection the
 * objects that are waited for are looked at, 2000 in a turn of the event loop. At most 100,000 are
 * waited for, see {@link ExpectedObjectsStatus.skipped}. Each call counts, also for an object that
 * was given before. No watcher is needed, and nothing keeps the process alive.
 *
 * @param object an object, a function, or a symbol that is not registered
 * @param label says what it is; part of the event. Of more than 50 labels at a time the others are
 *   told together, as `(other labels)`.
 * @throws {HeapwatchError} `ERR_HEAPWATCH_OPTION`
 */
export function expectCollected(
  object: WeakKey,
  label: string,
  options?: ExpectCollectedOptions,
): void;

export interface ExpectCollectedOptions {
  /** Major garbage collections that the object may outlive, 1 to 1000. One that V8 is in the middle
   * of doesn't find all garbage. @default 3 */
  afterCollections?: number;
  /** Time that it may live on in any case, milliseconds. @default 5000 */
  afterMs?: number;
  /**
   * Where the heap can be walked (see {@link WatchOptions.method}) and someone listens, a walk finds
   * the path by which the object is held, unless one did so within this time, milliseconds.
   * `Infinity`: never.
   * @default 600000
   */
  pathCooldownMs?: number;
}

/** Objects that should be gone by now. */
export interface RetainedInfo {
  label: string;
  /** Objects with this label that were found at the same time. */
  count: number;
  /** Since the first of them was given to {@link expectCollected}, milliseconds. */
  ageMs: number;
  /** Major garbage collections since. */
  collections: number;
  /** From the root to one of them, in names that a report may tell. `null` if only weak references
   * hold them by then, or if no walk was taken: then the event comes again, with the path, after the
   * next capture that a watcher takes. */
  path: ReportStep[] | null;
  /** Which isolate of which process tells. */
  process: ProcessLabel;
}

// ---------------------------------------------------------------------------------------------
// Reports

/**
 * The result of comparing captures, or of one. Holds class names, property names, positions, sizes and
 * counts; no environment and no arguments, and no contents of strings and no keys of dictionaries
 * unless it was asked for with `redact: false`. `heapwatch/leak-report.schema.json` is its JSON Schema.
 */
export interface LeakReport {
  schemaVersion: 1;
  /** ISO 8601. */
  createdAt: string;
  /** `null` for saved snapshots. */
  process: ProcessFacts | null;
  /** The growth that led to the diagnosis; `null` if a watcher had no part in it. */
  growth: ReportGrowth | null;
  /** What grows; `null` if a watcher had no part in it. */
  verdict: Verdict | null;
  /** `object-ids`: ages of objects are known. `group-growth`: the captures are of different
   * processes; only net growth of groups is known. `one-capture`: there is no growth; the report
   * says what is big. */
  method: 'object-ids' | 'group-growth' | 'one-capture';
  /** Size of the last capture. */
  heapBytes: number;
  /** Size of the last capture less that of the first. */
  heapGrowthBytes: number;
  /** Bytes that appeared between the captures and were still there in the last, less what made room
   * for them: what a full cache keeps in place of what it let go is no growth. */
  survivorBytes: number;
  /** The part of them that no suspect explains. */
  unexplainedBytes: number;
  /** What accumulates, best first; empty for one capture. */
  suspects: Suspect[];
  /** What is big in a single capture, largest first; empty if captures were compared. */
  large: LargeObjects[];
  captures: ReportCapture[];
  /** Functions whose live objects keep growing, those that grew most first, up to 10; `null` without
   * {@link WatchOptions.allocationSites}. */
  allocationSites: AllocationSite[] | null;
  /** `false`: keys and contents of strings are in it, see {@link DiagnoseOptions.redact}. */
  redacted: boolean;
}

export interface ReportGrowth extends PoolJudgement {
  pool: Pool;
}

export interface ProcessFacts {
  pid: number;
  /** `null` in the main thread. */
  threadId: number | null;
  /** Version of Node. */
  node: string;
  platform: string;
  cpus: number;
  uptimeSeconds: number;
}

/** A function on a stack. */
export interface AllocationFrame {
  /** Its name; `(anonymous function)` without. */
  function: string;
  /** Absolute path or URL of the script; empty for V8's own functions. */
  url: string;
  /** Where the function is written: V8 doesn't tell which of its lines allocated. 0 if unknown. */
  line: number;
  column: number;
}

/** A function of the program that allocates what stays, itself or through Node and V8. */
export interface AllocationSite extends AllocationFrame {
  /** Of all live objects that were allocated there, an estimate from `samples`: those make it exact
   * to a part of 1 / √samples. */
  bytes: number;
  /** Live objects of which V8 noted where they were allocated, one in 512 KiB. */
  samples: number;
  /** How the ages of the live objects spread: in how many tenths of all allocations since the
   * sampling began there are some, 0..1. What leaks from the beginning has 1, what is in use at the
   * moment 0.1. */
  ageSpread: number;
  /** `bytes` less those at the reading that it was compared with. */
  growthBytes: number;
  bytesPerHour: number | null;
  /** The functions of the program that called it, innermost first, up to 7: on the stack that
   * allocated most. */
  callers: AllocationFrame[];
}

/** Objects that accumulate in one place. */
export interface Suspect {
  rank: number;
  /** Part of all surviving bytes, 0..1. */
  shareOfGrowth: number;
  /** Bytes that all of them keep alive now. */
  bytes: number;
  /** Bytes of those that survived between the captures. */
  growthBytes: number;
  /** Objects now. */
  count: number;
  /** Objects now less those in the first capture. */
  countGrowth: number;
  bytesPerHour: number | null;
  countPerHour: number | null;
  /** What they are: a class, a function with `()`, `(string)`. */
  class: string;
  owner: Owner;
  /** Why they accumulate, if a rule recognised it. */
  cause: Cause | null;
  /** From the root to a typical one. */
  path: ReportStep[];
  /** Source lines, the one at fault first. */
  locations: ReportLocation[];
  /** What else keeps a typical one alive. */
  independentRetainers: ReportStep[];
  /** What the surviving bytes consist of. */
  histogram: ClassCount[];
  /** Keys and strings of some of them; empty in a redacted report. */
  examples: string[];
  /** What was seen, in words. */
  evidence: string;
  /** What to do, in words. */
  advice: string;
  /** The same for the same leak in another run. */
  fingerprint: string;
}

/** Ids of the rules that recognise causes; `docs/CAUSES.md` has a paragraph for each. */
export type Cause =
  | 'event-listeners'
  | 'event-target-listeners'
  | 'timers'
  | 'pending-promises'
  | 'promise-reactions'
  | 'suspended-async'
  | 'async-context-store'
  | 'unbounded-collection'
  | 'request-keyed-collection'
  | 'weak-map-entries'
  | 'unexpected-global'
  | 'backlog'
  | 'finalization-backlog'
  | 'known-owner'
  | 'shared-closure-context'
  | 'buffer-views'
  | 'string-parents'
  | 'duplicate-strings'
  | 'error-stacks'
  | 'module-instances'
  | 'class-explosion'
  | 'compiled-code'
  | 'vm-contexts'
  | 'open-handles'
  | 'worker-handles';

/** Objects in one place that take a large part of the heap: many small ones, a few large ones, or a
 * list. Whether that is a leak, one capture can't tell. */
export interface LargeObjects {
  rank: number;
  /** Part of the heap, 0..1. */
  shareOfHeap: number;
  /** Bytes that they keep alive, less those of others in the report. */
  bytes: number;
  count: number;
  /** What they are: a class, a function with `()`, `(string)`. */
  class: string;
  owner: Owner;
  /** From the root to one of them. */
  path: ReportStep[];
  /** Source lines, the one that adds them first. */
  locations: ReportLocation[];
  /** What their bytes consist of. */
  histogram: ClassCount[];
  /** Keys and strings of some of them; empty in a redacted report. */
  examples: string[];
  /** What was seen, in words. */
  evidence: string;
  /** What to do, in words. */
  advice: string;
  /** The same for the same place in another run. */
  fingerprint: string;
}

export interface ClassCount {
  class: string;
  count: number;
  /** Shallow. */
  bytes: number;
}

/** The object that holds what accumulates. */
export interface Owner {
  class: string;
  /** How code reaches it, such as `bus._events.shipped`. */
  name: string;
  /** V8's id of it in the last capture. */
  id: number;
  location: CodeLocation | null;
}

export interface ReportStep {
  class: string;
  /** `null` for the first step; `[*]` for indexes and keys. */
  edge: string | null;
  kind: EdgeKind | null;
  location: CodeLocation | null;
}

export interface SourceLocation {
  /** Absolute path or URL of the script. */
  url: string;
  line: number;
  column: number;
}

/** A source position and what is known of it. Queries, fragments, users and passwords of URLs are
 * left out. */
export interface CodeLocation extends SourceLocation {
  /** Where its author wrote it, by the script's source map; `null` without. */
  original: OriginalLocation | null;
  /** The installed package that it is part of; `null` for the program's own code and for Node's. */
  package: Package | null;
}

/** A position in a source that was compiled, bundled or minified. */
export interface OriginalLocation extends SourceLocation {
  /** The name of the function or variable before it was minified; `null` if the map has none. */
  name: string | null;
}

export interface Package {
  name: string;
  /** `null` if neither its `package.json` nor its path tells. */
  version: string | null;
}

export interface ReportLocation extends CodeLocation {
  /**
   * `function`: what accumulates is a function, written here. `grows`: the owner is filled here.
   * `calls`: the program calls here into what holds the owner, such as an object of a package, or
   * passes it on. `declared`: the variable or property of the owner, or of what holds it, is declared
   * here. `class`: the class of what accumulates. `contained`: a function that is kept alive by it.
   * `scope`: a function that can reach the owner.
   */
  role: 'function' | 'grows' | 'calls' | 'declared' | 'class' | 'contained' | 'scope';
}

export interface ReportCapture {
  method: CaptureMethod;
  /** ISO 8601; `null` for files. */
  takenAt: string | null;
  pauseMs: number | null;
  durationMs: number;
  memoryBytes: number;
}

export interface RenderOptions {
  /** Paths below it are shown relative to it. @default the working directory */
  root?: string;
}

export interface RenderTextOptions extends RenderOptions {
  /**
   * Where the text goes. A terminal gives its width, and colours unless `NO_COLOR` is set;
   * `FORCE_COLOR` gives them to any stream.
   * @default none: no colours, 100 columns
   */
  stream?: { isTTY?: boolean; columns?: number };
  /** Columns, at least 40. Words that are longer are not broken. @default those of `stream`, or 100 */
  width?: number;
  /** Overrides what `stream` and the environment say. */
  color?: boolean;
}

export interface RenderMarkdownOptions extends RenderOptions {
  /** @default 3 */
  maxSuspects?: number;
}

/** A report as text for a terminal or a log, its conclusion first. */
export function renderText(report: LeakReport, options?: RenderTextOptions): string;

/** A report as short Markdown, for an issue tracker or a language model. */
export function renderMarkdown(report: LeakReport, options?: RenderMarkdownOptions): string;

/** A report as a JSON document. */
export function renderJson(report: LeakReport): string;

// ---------------------------------------------------------------------------------------------
// The heap as a graph

export type CaptureMethod = 'walk' | 'v8' | 'file';

export interface OpenOptions {
  /** Ends the work with `ERR_HEAPWATCH_CANCELLED`. */
  signal?: AbortSignal;
  /** Steps `walk`, `nodes`, `edges`, `strings`, `dominators`, `classes`, `diagnosis`; `done` is the
   * part of the step, 0..1 (of a walk an estimate). At most about ten calls a second. */
  onProgress?: (progress: { stage: string; done: number }) => void;
  /** Reading ends with `ERR_HEAPWATCH_LIMIT` when the graph takes more; in any case when it takes more
   * than nine tenths of what the cgroup or the machine has left. @default no other limit */
  maxMemoryBytes?: number;
}

export interface CaptureOptions extends OpenOptions {
  /** See {@link WatchOptions.method}. @default 'auto' */
  method?: 'auto' | 'v8' | 'walk';
  /** Whether a walk forks. Without, the event loop stops for the whole walk, about a quarter of a
   * second for each million objects: for places where processes can't fork. @default true */
  fork?: boolean;
  /** Refuse V8's snapshot if it would block the event loop for longer, by estimate, milliseconds.
   * @default no limit */
  maxPauseMs?: number;
  /** Refuse V8's snapshot if it would take more, by estimate, and any graph that does. What the cgroup
   * or the machine has left is a limit in any case. @default no other limit */
  maxMemoryBytes?: number;
}

/**
 * Takes the heap of this isolate, of a worker thread as well. Reading and analysing go on beside the
 * event loop on a thread.
 *
 * A walk finds what is reachable at that moment, without a collection before it. What only holds an
 * object in a finished function's frame may still count as held. Its objects have no ids that
 * another capture could be compared by, and strings have no contents but those that serve as names.
 *
 * @throws {HeapwatchError} `ERR_HEAPWATCH_LIMIT` (refused), `ERR_HEAPWATCH_CAPTURE`,
 *   `ERR_HEAPWATCH_UNSUPPORTED`, `ERR_HEAPWATCH_CANCELLED`, `ERR_HEAPWATCH_OPTION`.
 */
export function capture(options?: CaptureOptions): Promise<HeapGraph>;

/**
 * Reads a saved `.heapsnapshot` of any supported Node, or of Chrome.
 *
 * @throws {HeapwatchError} `ERR_HEAPWATCH_NOT_A_SNAPSHOT`, `ERR_HEAPWATCH_SNAPSHOT_SYNTAX` and
 *   `ERR_HEAPWATCH_SNAPSHOT_TRUNCATED` (both with `detail.section` and `detail.offset`),
 *   `ERR_HEAPWATCH_LIMIT`, `ERR_HEAPWATCH_CAPTURE` (reading failed), `ERR_HEAPWATCH_CANCELLED`.
 */
export function open(file: string | URL, options?: OpenOptions): Promise<HeapGraph>;

export interface CaptureInfo {
  method: CaptureMethod;
  /** `null` for files. */
  takenAt: Date | null;
  /** How long the event loop was blocked, milliseconds; `null` for files. */
  pauseMs: number | null;
  /** Until the graph was ready, milliseconds. */
  durationMs: number;
  /** Memory that the graph holds outside of the JavaScript heap. */
  memoryBytes: number;
  /** What was odd about the file and did no harm, such as wrong counts in its header. */
  warnings: string[];
  /** What a walk found; `null` for other methods. */
  walk: WalkInfo | null;
  /** Why method `'auto'` did not walk in a child; `null` if it did, or for other methods. */
  walkRefused: string | null;
}

export interface WalkInfo {
  /** Objects of the heap. */
  objects: number;
  /** Bytes of those in the part of the heap that can be written: what V8 counts as used, garbage
   * excluded. */
  heapBytes: number;
  /** References that led to no object, as stale ones on the stack do. The walk is refused when they
   * are more than one in a thousand objects. */
  unknown: number;
  /** Reads that were not allowed, because no memory was there. */
  unreadable: number;
}

/**
 * A handle to a heap in native memory, freed by `close()` or by the garbage collector. Objects go by
 * the ids that V8 gives them, `@123` in DevTools: stable across captures of one process.
 *
 * Every method throws `ERR_HEAPWATCH_CLOSED` after `close()`.
 */
export class HeapGraph {
  private constructor();
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** Sum of all objects' own sizes. */
  readonly totalSize: number;
  readonly captureInfo: CaptureInfo;
  /** Id of the root. */
  readonly rootId: number;
  /** Classes, largest first. `filter`: only names that contain it. */
  classes(options?: {
    sort?: 'retained' | 'self' | 'count';
    limit?: number;
    filter?: string;
  }): ClassSummary[];
  /** `null` if there is no object with this id; so for the methods below. The first call by id
   * builds an index, linear in the objects: 70 ms for 5 million. */
  node(id: number): HeapNode | null;
  /** References from an object, a page at a time (default: the first 1000). */
  edges(id: number, page?: Page): HeapEdge[] | null;
  /** References to an object; `node` is where each comes from. The first call builds an index,
   * linear in the references: 0.7 s for 5 million objects with 20 million. See
   * {@link HeapGraph.prepare}. */
  retainers(id: number, page?: Page): HeapEdge[] | null;
  /** The shortest strong path from the root that leads through application code where it can, root
   * first. Just the object itself if nothing holds it. The first call computes all paths, linear
   * in the references: 1.1 s for 20 million. */
  pathToRoot(id: number): PathStep[] | null;
  /** The immediate dominator: the nearest object through which all paths from the root lead. */
  dominator(id: number): HeapNode | null;
  /** How many references away from the program's own roots (its global objects) the object is.
   * 100,000,000 and more: only V8's own roots lead to it. Null if nothing does but weak references.
   * Paths through a WeakMap go through the farther of key and table. The first call computes all
   * distances, linear in the references: 0.6 s for 20 million; 4 bytes an object stay. */
  distance(id: number): number | null;
  /** What would go if the object went: the objects whose immediate dominator it is, those that
   * retain most first, a page at a time (default: the first 1000). The first call turns the
   * dominator tree around, linear in the objects: 0.1 s for 5 million. */
  dominated(id: number, page?: Page): HeapNode[] | null;
  /** References that keep an object alive by themselves: if all others were cut, `without` among
   * them, the root would still reach it (what only weak references reach counts as held by the
   * root, as in dominators). References from what the object itself keeps alive don't
   * count. `node` is where each comes from. The first call builds an index and all paths, linear in
   * the references. */
  independentRetainers(id: number, options?: IndependentRetainersOptions): HeapEdge[] | null;
  /** Builds on a thread what the first call of each method above would build while the event loop
   * waits. Worth it for a large graph in a process that has to answer meanwhile. Takes 28 bytes an
   * object and 4 a reference, until `close()`. */
  prepare(options?: QueryOptions): Promise<void>;
  /** Objects by what they are, those that retain most first. On a thread. */
  find(options?: FindOptions): Promise<FoundObjects>;
  /** Maps, Sets, arrays, buffers and objects that are used as dictionaries. On a thread. */
  collections(options?: CollectionsOptions): Promise<Collection[]>;
  /** Equal strings that are in memory more than once. On a thread. Walks have no contents of strings:
   * `ERR_HEAPWATCH_UNSUPPORTED`. */
  duplicates(options?: DuplicatesOptions): Promise<DuplicateStrings>;
  /** What is different from an older graph. On a thread. */
  diff(older: HeapGraph, options?: DiffOptions): Promise<HeapDiff>;
  /**
   * Writes the graph as a `.heapsnapshot` that Chrome DevTools opens with the same objects and sizes.
   * Works on a thread; the graph may be closed meanwhile.
   *
   * The file holds the contents of strings unless `strings` is `'blank'`. It is written under another
   * name in the same folder, mode 0600, and takes the place of `file` when it is complete: an error
   * leaves what was there. A symbolic link is replaced, not followed.
   *
   * @throws {HeapwatchError} `ERR_HEAPWATCH_CAPTURE` (not written: `detail.path`, and `detail.step`
   *   and `detail.errno` of what failed), `ERR_HEAPWATCH_CANCELLED`, `ERR_HEAPWATCH_CLOSED`,
   *   `ERR_HEAPWATCH_OPTION`.
   */
  save(file: string | URL, options?: SaveOptions): Promise<void>;
  /** Frees the graph. Work that is using it goes on to its end. */
  close(): void;
}

export interface SaveOptions {
  /**
   * `'blank'` replaces values by `(blanked)`: contents of strings, descriptions of symbols, numbers,
   * big integers, sources of regular expressions. Names stay: of classes, functions and variables,
   * URLs of scripts, and names of properties, even where a program uses data as keys of an object.
   * Sizes, references and counts stay, too.
   *
   * @default 'keep'
   */
  strings?: 'keep' | 'blank';
  /** Ends the work with `ERR_HEAPWATCH_CANCELLED`; nothing is left behind. */
  signal?: AbortSignal;
  /** Steps `nodes`, `edges`, `strings`; `done` is the part of the step, 0..1. */
  onProgress?: (progress: { stage: string; done: number }) => void;
}

export interface Page {
  offset?: number;
  limit?: number;
}

export interface QueryOptions {
  /** Ends the work with `ERR_HEAPWATCH_CANCELLED`. */
  signal?: AbortSignal;
  /** Steps `objects`, `classes`, `paths`; `done` is the part of the step, 0..1. */
  onProgress?: (progress: { stage: string; done: number }) => void;
}

export interface IndependentRetainersOptions {
  /** References that are thought away: all from this object and its table or backing store, or the
   * one with this name. @default none */
  without?: number | { from: number; name: string | number };
  /** @default 1000 */
  limit?: number;
}

export interface FindOptions extends QueryOptions {
  /** Name of the class, whole. */
  class?: string;
  /** Part of the script's URL, `orders.js`, or that and a line, `orders.js:17`: where a function,
   * or the class of an instance, is written. */
  location?: string;
  kind?: NodeKind;
  /** Bytes. @default 0 */
  minRetained?: number;
  /** Bytes. @default 0 */
  minSelf?: number;
  /** @default 100 */
  limit?: number;
}

export interface FoundObjects {
  objects: HeapNode[];
  /** How many there are, the listed ones included. */
  count: number;
}

export interface CollectionsOptions extends QueryOptions {
  /** Largest first by this. @default 'retained' */
  sort?: 'retained' | 'self' | 'size' | 'wasted';
  /** @default 100 */
  limit?: number;
  /** Least entries (bytes of an `array-buffer`); 0 lists those of unknown size as well.
   * @default 0 */
  minSize?: number;
}

/** `dictionary`: an object whose properties are in a hash table, or a plain one that has numbered
 * properties. `array`: also
 * instances of other classes that have elements. */
export type CollectionKind =
  | 'map' | 'set' | 'weak-map' | 'weak-set' | 'array' | 'array-buffer' | 'typed-array'
  | 'dictionary';

export interface Collection {
  id: number;
  kind: CollectionKind;
  class: string;
  /** How code reaches it: `receipts`, `OrderStore.pending`, `listeners["order"]`. */
  name: string;
  /** Entries, bytes of an `array-buffer`. V8 shows no small integers, booleans, `null` and
   * `undefined` in a capture: entries that consist of them are missing. `null` if it can't be
   * known: arrays and large tables of which nothing is visible, typed arrays. */
  size: number | null;
  /** `false`: there can be more entries than `size`, and less waste than `wasted`. */
  isExact: boolean;
  /** Entries that fit without growing. */
  capacity: number | null;
  /** Bytes of the room that is not used. Hash tables are never full: some is by design. */
  wasted: number | null;
  /** Bytes of the object itself with its hidden parts. */
  self: number;
  /** Bytes that would go if it went. */
  retained: number;
}

export interface DuplicatesOptions extends QueryOptions {
  /** @default 100 */
  limit?: number;
  /** Only groups that waste at least this many bytes. @default 0 */
  minWaste?: number;
  /** Characters of each string that are given; 0 for none. @default 64 */
  contentLength?: number;
  /** Ids given of each group, up to 1000. @default 3 */
  exampleLimit?: number;
}

export interface DuplicateStrings {
  /** Most wasteful first. */
  groups: EqualStrings[];
  /** Groups that waste at least `minWaste`, the listed ones included. */
  groupCount: number;
  /** Bytes that all of those waste. */
  wasted: number;
}

export interface EqualStrings {
  /** The first `contentLength` characters. */
  content: string;
  /** `false`: V8 cut the content (after 1024 characters by default). The strings begin alike and
   * take the same number of bytes; whether they end alike is not known. */
  isWhole: boolean;
  count: number;
  /** Bytes of all of them. */
  self: number;
  /** Bytes of all but one. */
  wasted: number;
  /** A few of them. */
  ids: number[];
}

export interface DiffOptions extends QueryOptions {
  /** Most classes and most collections. @default 1000 */
  limit?: number;
}

export interface HeapDiff {
  /** `object-ids`: the graphs are of one process, objects are told apart by id. `counts`: they are
   * not; `added` and `removed` are differences of counts, of bytes likewise. */
  method: 'object-ids' | 'counts';
  /** Classes that differ, those that gained most bytes first. */
  classes: ClassDiff[];
  /** Collections with more or fewer visible entries, the largest difference first. */
  collections: CollectionDiff[];
  totals: DiffTotals;
}

export interface DiffTotals {
  /** Objects that are only in the newer graph. */
  added: number;
  /** Objects that are only in the older graph. */
  removed: number;
  /** Own bytes of the added ones. */
  addedBytes: number;
  /** Own bytes of the removed ones. */
  removedBytes: number;
  /** Own bytes now, and before. */
  self: number;
  selfBefore: number;
}

/** Plain objects of both graphs are named by the shapes of the newer one, and objects that have no
 * bytes don't count: as in Chrome DevTools. */
export interface ClassDiff extends DiffTotals {
  name: string;
  /** As {@link ClassSummary.key}, in the newer graph if both have the class. */
  key: string;
  location: SourceLocation | null;
  /** Objects now, and before. */
  count: number;
  countBefore: number;
}

/** All collections of a class that code reaches the same way, such as the `pending` of every
 * `OrderStore`. */
export interface CollectionDiff {
  /** As {@link Collection.name}, with `[*]` for keys and indexes. */
  name: string;
  class: string;
  kind: CollectionKind;
  /** Visible entries of all of them, bytes of an `array-buffer`. */
  before: number;
  after: number;
  /** `after` less `before`. */
  delta: number;
  /** Collections now, and before. */
  instances: number;
  instancesBefore: number;
}

export interface ClassSummary {
  /** Constructor name; `{a, b}` for plain objects that have these properties, if many do;
   * `Detached ...` for native objects that are detached; `(system)` and the like for V8's own
   * parts. */
  name: string;
  /** Tells the class from the others of the capture and finds it in others of the same process:
   * `,name`, or `script id,line,column,name` (0-based) where the constructor's position is known.
   * Chrome DevTools' key; one of V8's groups and a class of that name have the same. */
  key: string;
  /** Where the class is written, for classes of user code. */
  location: SourceLocation | null;
  /** Objects that have bytes: V8's read-only ones, and hidden parts whose size counts with their
   * owner, have none. */
  count: number;
  /** Bytes of the objects themselves with their hidden parts. */
  self: number;
  /** Bytes that would go if all of them went, without counting one twice that holds another. */
  retained: number;
}

export type NodeKind =
  | 'hidden' | 'array' | 'string' | 'object' | 'code' | 'closure' | 'regexp' | 'number' | 'native'
  | 'synthetic' | 'concatenated string' | 'sliced string' | 'symbol' | 'bigint' | 'object shape'
  | 'wasm object' | 'unknown';

export type EdgeKind =
  | 'context' | 'element' | 'property' | 'internal' | 'hidden' | 'shortcut' | 'weak' | 'unknown';

export interface HeapNode {
  id: number;
  kind: NodeKind;
  /** Constructor or function name, contents of a string, by kind. */
  name: string;
  class: string;
  /** Bytes of the object itself with its hidden parts. */
  self: number;
  /** Bytes that would go if it went. */
  retained: number;
  edgeCount: number;
  detached: boolean;
  /** Of a function, or of the class of an instance. */
  location: SourceLocation | null;
}

export interface HeapEdge {
  kind: EdgeKind;
  /** A number for elements and hidden references. */
  name: string | number;
  /** As code would have it: `.pending`, `[3]`, `Map["key"]`, `Map[*]` for keys that are no strings,
   * `Set{*}`, a variable's name; `<table>` for V8's own. Ends in `<detached>` if V8 says so of the
   * target. */
  label: string;
  /** Whether it counts for retained sizes (weak references and the like don't). */
  retains: boolean;
  /** The object at the other end. */
  node: HeapNode;
}

export interface PathStep {
  node: HeapNode;
  /** The reference from the step before; `null` for the first. */
  edge: { kind: EdgeKind; name: string | number; label: string; retains: boolean } | null;
  /** How code reaches the object, from the nearest variable, class or function on:
   * `listeners["order"][3]`. */
  access: string;
}

export interface DiagnoseOptions {
  signal?: AbortSignal;
  onProgress?: (progress: { stage: string; done: number }) => void;
  /** See {@link WatchOptions.minGrowthBytes}. */
  minGrowthBytes?: number;
  /** See {@link WatchOptions.maxSuspects}. */
  maxSuspects?: number;
  /** See {@link WatchOptions.sources}. @default true for captures of this process, else false */
  sources?: boolean;
  /** `false`: the report has keys of Maps and dictionaries and contents of strings, as examples and in
   * paths, and says so in {@link LeakReport.redacted}. Never on by default. @default true */
  redact?: boolean;
}

/**
 * Finds what accumulates between captures of one process, oldest first; two or more, better three. Of
 * a single capture, says what is big and why (`method: 'one-capture'`).
 * Works on a thread and leaves the graphs open.
 *
 * @throws {HeapwatchError} `ERR_HEAPWATCH_OPTION`, `ERR_HEAPWATCH_CLOSED`,
 *   `ERR_HEAPWATCH_CANCELLED`.
 */
export function diagnose(graphs: HeapGraph[], options?: DiagnoseOptions): Promise<LeakReport>;

// ---------------------------------------------------------------------------------------------
// Errors

export type ErrorCode =
  | 'ERR_HEAPWATCH_OPTION'
  | 'ERR_HEAPWATCH_SNAPSHOT_SYNTAX'
  | 'ERR_HEAPWATCH_SNAPSHOT_TRUNCATED'
  | 'ERR_HEAPWATCH_NOT_A_SNAPSHOT'
  | 'ERR_HEAPWATCH_LIMIT'
  | 'ERR_HEAPWATCH_CAPTURE'
  | 'ERR_HEAPWATCH_PROFILER'
  | 'ERR_HEAPWATCH_UNSUPPORTED'
  | 'ERR_HEAPWATCH_CANCELLED'
  | 'ERR_HEAPWATCH_CLOSED'
  | 'ERR_HEAPWATCH_BLACK_BOX'
  | 'ERR_HEAPWATCH_TIMEOUT'
  | 'ERR_HEAPWATCH_INTERNAL';

export class HeapwatchError extends Error {
  private constructor();
  readonly name: 'HeapwatchError';
  readonly code: ErrorCode;
  /** The particulars: numbers of a limit, section and offset in a file, the name of an option. */
  readonly detail: Record<string, unknown>;
}
