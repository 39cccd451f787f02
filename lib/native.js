'use strict';

/**
 * Finds and loads the addon: the one built in this folder, else the package for this platform.
 *
 * @typedef {{ code: string, message: string, detail: string }} Failure
 * @typedef {{ error?: Failure, heap?: NativeHeap, summary?: NativeSummary, json?: string }} Settled
 * @typedef {(stage: string, done: number) => void} OnProgress
 *
 * @typedef {{ cancel(): void }} CancelHandle
 * @typedef {{}} NativeSummary
 * @typedef {{
 *   info(): string,
 *   classes(order: string, limit?: number, contains?: string): string,
 *   node(id: number): string,
 *   rootId(): string,
 *   edges(id: number, offset: number, limit: number): string,
 *   retainers(id: number, offset: number, limit: number): string,
 *   pathToRoot(id: number): string,
 *   dominator(id: number): string,
 *   distance(id: number): string,
 *   close(): void,
 * }} NativeHeap
 * @typedef {{ readonly path: string, close(): void }} CapturePipe
 * @typedef {{ readonly path: string, remove(): void }} CaptureFile
 * @typedef {{ readonly pauseMs: number }} HeapWalk
 * @typedef {{
 *   walk(collect: () => void): Failure | null,
 *   startReading(pipe: CapturePipe): Failure | null,
 *   finishReading(): Failure | null,
 *   readFile(path: string): Failure | null,
 *   change(): string,
 * }} HeapCensus
 * @typedef {{
 *   push(timeMs: number, bytes: number, limitBytes?: number, work?: number): string,
 *   judgement(): string,
 *   reset(): void,
 * }} NativeTrend
 * @typedef {{ name: string, count: number }} NativeCounter
 * @typedef {{
 *   judge(doses: number[], least: number, between: number): string,
 *   progress(doses: number[]): string,
 *   restart(): void,
 * }} NativeDoseTest
 * @typedef {{
 *   readonly isRunning: boolean,
 *   take(): string | null,
 *   skip(): void,
 *   stop(): void,
 * }} NativeCollectionLog
 * @typedef {{
 *   take(heapBytes: number): string,
 *   record(run: string): void,
 *   takeFailure(): Failure | null,
 *   finish(patienceMs: number): boolean,
 *   stop(): void,
 * }} NativeMemoryWatch
 * @typedef {{
 *   minGrowthBytes?: number,
 *   maxSuspects?: number,
 *   takenAtMs?: number,
 *   readSources: boolean,
 *   compiled?: Record<string, string>,
 * }} NativeDiagnosisOptions
 * @typedef {{
 *   minGrowthBytesPerHour?: number,
 *   fastGrowthFraction?: number,
 *   fastRunwayMs?: number,
 *   fastLevelFraction?: number,
 *   fastLeakBytesPerHour?: number,
 *   fastMinSpanMs?: number,
 * }} NativeTrendOptions
 * @typedef {{
 *   class?: string,
 *   location?: string,
 *   kind?: string,
 *   minRetained: number,
 *   minSelf: number,
 *   limit: number,
 * }} NativeObjectQuery
 * @typedef {{
 *   limit: number,
 *   minWaste: number,
 *   contentLength: number,
 *   exampleLimit: number,
 * }} NativeDuplicatesQuery
 * @typedef {{
 *   CancelHandle: new () => CancelHandle,
 *   HeapCensus: new () => HeapCensus,
 *   NativeCollectionLog: new (known: { heapSizeLimit: number, nativeContexts: number,
 *     totalGlobalHandlesSize: number }) => NativeCollectionLog,
 *   NativeDoseTest: new () => NativeDoseTest,
 *   NativeMemoryWatch: new (blackBoxPath?: string) => NativeMemoryWatch,
 *   NativeTrend: new (options: NativeTrendOptions) => NativeTrend,
 *   openSnapshot(path: string, maxMemoryBytes: number | undefined, cancel: CancelHandle,
 *     onProgress?: OnProgress): Promise<Settled>,
 *   openCapturePipe(): { pipe?: CapturePipe, error?: Failure },
 *   readCapture(pipe: CapturePipe, maxMemoryBytes: number | undefined, cancel: CancelHandle,
 *     onProgress?: OnProgress): Promise<Settled>,
 *   openCaptureFile(): { file?: CaptureFile, error?: Failure },
 *   saveSnapshot(heap: NativeHeap, path: string, blankStrings: boolean, cancel: CancelHandle,
 *     onProgress?: OnProgress): Promise<Settled>,
 *   summarize(heap: NativeHeap, previous: NativeSummary | undefined, takenAtMs: number | undefined,
 *     cancel: CancelHandle): Promise<Settled>,
 *   diagnoseCaptures(earlier: NativeSummary[], heap: NativeHeap, options: NativeDiagnosisOptions,
 *     cancel: CancelHandle, onProgress?: OnProgress): Promise<Settled>,
 *   nodeKinds(): string[],
 *   edgeKinds(): string[],
 *   prepareHeap(heap: NativeHeap, cancel: CancelHandle, onProgress?: OnProgress): Promise<Settled>,
 *   dominatedBy(heap: NativeHeap, id: number, offset: number, limit: number): string,
 *   retainersBesides(heap: NativeHeap, id: number, without: number | undefined,
 *     name: string | undefined, limit: number): string,
 *   findObjects(heap: NativeHeap, query: NativeObjectQuery, cancel: CancelHandle,
 *     onProgress?: OnProgress): Promise<Settled>,
 *   listCollections(heap: NativeHeap, order: string, limit: number, minSize: number,
 *     cancel: CancelHandle, onProgress?: OnProgress): Promise<Settled>,
 *   findDuplicates(heap: NativeHeap, query: NativeDuplicatesQuery, cancel: CancelHandle,
 *     onProgress?: OnProgress): Promise<Settled>,
 *   findExpected(heap: NativeHeap, listClass: string, keys: string[], cancel: CancelHandle):
 *     Promise<Settled>,
 *   compareHeaps(older: NativeHeap, newer: NativeHeap, limit: number, cancel: CancelHandle,
 *     onProgress?: OnProgress): Promise<Settled>,
 *   walkUnsupported(): Failure | null,
 *   startWalk(fork: boolean, usedHeapBytes: number, maxMemoryBytes: number | undefined,
 *     isAwaited: boolean): { walk?: HeapWalk, error?: Failure },
 *   readWalk(walk: HeapWalk, usedHeapBytes: number, maxMemoryBytes: number | undefined,
 *     cancel: CancelHandle, onProgress?: OnProgress): Promise<Settled>,
 *   observeWalk(test: NativeDoseTest, walk: HeapWalk, usedHeapBytes: number,
 *     number: number, counters: NativeCounter[], cancel: CancelHandle): Promise<Settled>,
 *   observeHeap(test: NativeDoseTest, heap: NativeHeap, number: number, counters: NativeCounter[],
 *     cancel: CancelHandle): Promise<Settled>,
 *   countInstances(heap: NativeHeap, property: string, cancel: CancelHandle): Promise<Settled>,
 *   memoryLimits(): string,
 *   setOwnFolder(folder: string): void,
 *   panicForTest(cancel: CancelHandle): Promise<Settled>,
 * }} Native
 */

const path = require('node:path');

const { HeapwatchError } = require('./errors.js');

/** The name napi-rs gives this platform's build. */
function platformName() {
  const { platform, arch } = process;
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  return `${platform}-${arch}`;
}

function isMusl() {
  // Without the network interfaces the report takes a millisecond and does no name look-ups.
  const { report } = /** @type {{ report: any }} */ (process);
  const before = report.excludeNetwork;
  report.excludeNetwork = true;
  const { header } = report.getReport();
  report.excludeNetwork = before;
  return header?.glibcVersionRuntime === undefined;
}

/** @returns {Native} */
function load() {
  const name = platformName();
  const places = [path.join(__dirname, '..', `heapwatch.${name}.node`), `heapwatch-${name}`];
  /** @type {string[]} */
  const tried = [];
  for (const place of places) {
    try {
      return require(place);
    } catch (error) {
      tried.push(`${place}: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
    }
  }
  throw new HeapwatchError(
    'ERR_HEAPWATCH_UNSUPPORTED',
    `heapwatch has no addon for ${name}. If this platform is in the list of supported ones, ` +
      'install again with optional dependencies; in a clone, run `npm run build`.',
    { platform: name, tried },
  );
}

const native = load();
// Our own listeners and watchers hold things, too; paths in reports go around them.
native.setOwnFolder(__dirname + path.sep);

module.exports = native;
