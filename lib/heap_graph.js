'use strict';

const { HeapwatchError, valueOf } = require('./errors.js');
const queries = require('./graph_queries.js');
const native = require('./native.js');
const { checkOptions, integer, oneOf, optionError, text } = require('./options.js');
const { save } = require('./save.js');

/** @typedef {import('../index.js').CaptureInfo} CaptureInfo */

/** Ids are 32 bits wide, as are counts of edges. */
const MAX_ID = 2 ** 32 - 1;

const PAGE = {
  offset: { check: integer(0, MAX_ID), default: 0 },
  limit: { check: integer(0, MAX_ID), default: 1000 },
};

/**
 * A heap as a graph: a handle to memory outside of the JavaScript heap. All sizes are bytes. See
 * index.d.ts for what each method gives.
 */
class HeapGraph {
  #native;
  #info;

  /**
   * @param {import('./native.js').NativeHeap} native
   * @param {Partial<CaptureInfo>} captureInfo
   */
  constructor(native, captureInfo) {
    this.#native = native;
    this.#info = valueOf(native.info());
    const { durationMs, memoryBytes, warnings, walk } = this.#info;
    /** @type {CaptureInfo} */
    this.captureInfo = Object.freeze({
      method: 'file',
      takenAt: null,
      pauseMs: null,
      durationMs,
      memoryBytes,
      warnings,
      walk,
      walkRefused: null,
      ...captureInfo,
    });
  }

  /** @returns {number} */
  get nodeCount() {
    return this.#info.nodeCount;
  }

  /** @returns {number} */
  get edgeCount() {
    return this.#info.edgeCount;
  }

  /** @returns {number} bytes */
  get totalSize() {
    return this.#info.totalSize;
  }

  /** @returns {number} */
  get rootId() {
    return valueOf(this.#native.rootId());
  }

  /**
   * @param {object} [options]
   * @returns {import('../index.js').ClassSummary[]}
   */
  classes(options) {
    const { sort, limit, filter } = checkOptions('classes', options, {
      sort: { check: oneOf('retained', 'self', 'count'), default: 'retained' },
      limit: { check: integer(0, MAX_ID) },
      filter: { check: text },
    });
    return valueOf(this.#native.classes(sort, limit, filter));
  }

  /**
   * @param {number} id
   * @returns {import('../index.js').HeapNode | null}
   */
  node(id) {
    return valueOf(this.#native.node(checkId(id)));
  }

  /**
   * @param {number} id
   * @param {object} [page]
   * @returns {import('../index.js').HeapEdge[] | null}
   */
  edges(id, page) {
    const { offset, limit } = checkOptions('edges', page, PAGE);
    return valueOf(this.#native.edges(checkId(id), offset, limit));
  }

  /**
   * @param {number} id
   * @param {object} [page]
   * @returns {import('../index.js').HeapEdge[] | null}
   */
  retainers(id, page) {
    const { offset, limit } = checkOptions('retainers', page, PAGE);
    return valueOf(this.#native.retainers(checkId(id), offset, limit));
  }

  /**
   * @param {number} id
   * @returns {import('../index.js').PathStep[] | null}
   */
  pathToRoot(id) {
    return valueOf(this.#native.pathToRoot(checkId(id)));
  }

  /**
   * @param {number} id
   * @returns {import('../index.js').HeapNode | null}
   */
  dominator(id) {
    return valueOf(this.#native.dominator(checkId(id)));
  }

  /**
   * @param {number} id
   * @param {object} [page]
   * @returns {import('../index.js').HeapNode[] | null}
   */
  dominated(id, page) {
    const { offset, limit } = checkOptions('dominated', page, PAGE);
    return valueOf(native.dominatedBy(this.#native, checkId(id), offset, limit));
  }

  /**
   * @param {number} id
   * @param {import('../index.js').IndependentRetainersOptions} [options]
   * @returns {import('../index.js').HeapEdge[] | null}
   */
  independentRetainers(id, options) {
    const of = 'independentRetainers';
    const checked = checkOptions(of, options, queries.INDEPENDENT_RETAINERS);
    return valueOf(queries.independentRetainers(this.#native, checkId(id), checked));
  }

  /**
   * @param {import('../index.js').QueryOptions} [options]
   * @returns {Promise<void>}
   */
  async prepare(options) {
    await queries.prepare(this.#native, checkOptions('prepare', options, queries.PREPARE));
  }

  /**
   * @param {import('../index.js').FindOptions} [options]
   * @returns {Promise<import('../index.js').FoundObjects>}
   */
  async find(options) {
    return queries.find(this.#native, checkOptions('find', options, queries.FIND));
  }

  /**
   * @param {import('../index.js').CollectionsOptions} [options]
   * @returns {Promise<import('../index.js').Collection[]>}
   */
  async collections(options) {
    const checked = checkOptions('collections', options, queries.COLLECTIONS);
    return queries.collections(this.#native, checked);
  }

  /**
   * @param {import('../index.js').DuplicatesOptions} [options]
   * @returns {Promise<import('../index.js').DuplicateStrings>}
   */
  async duplicates(options) {
    const checked = checkOptions('duplicates', options, queries.DUPLICATES);
    if (this.captureInfo.method === 'walk') {
      throw new HeapwatchError(
        'ERR_HEAPWATCH_UNSUPPORTED',
        "a walk reads no contents of strings, so it can't say which are equal; capture with method 'v8'",
        { method: 'walk' },
      );
    }
    return queries.duplicates(this.#native, checked);
  }

  /**
   * @param {HeapGraph} older
   * @param {import('../index.js').DiffOptions} [options]
   * @returns {Promise<import('../index.js').HeapDiff>}
   */
  async diff(older, options) {
    const checked = checkOptions('diff', options, queries.DIFF);
    return queries.diff(HeapGraph.nativeOf(older), this.#native, checked, older);
  }

  /**
   * @param {number} id
   * @returns {number | null}
   */
  distance(id) {
    return valueOf(this.#native.distance(checkId(id)));
  }

  /**
   * @param {string | URL} file
   * @param {import('../index.js').SaveOptions} [options]
   */
  async save(file, options) {
    await save(this.#native, file, options);
  }

  close() {
    this.#native.close();
  }

  /**
   * The native handle of a graph of this copy of the package.
   *
   * @param {unknown} graph
   * @returns {import('./native.js').NativeHeap | null}
   */
  static nativeOf(graph) {
    return typeof graph === 'object' && graph !== null && #native in graph ? graph.#native : null;
  }
}

const checkNodeId = integer(0, MAX_ID);

/**
 * @param {any} id
 * @returns {number}
 */
function checkId(id) {
  const wanted = checkNodeId(id);
  if (wanted !== null) throw optionError('graph', 'id', id, wanted, 'bad argument');
  return id;
}

module.exports = { HeapGraph };
