'use strict';

const { valueOf } = require('./errors.js');
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
    const { durationMs, memoryBytes, warnings } = this.#info;
    /** @type {CaptureInfo} */
    this.captureInfo = Object.freeze({
      method: 'file',
      takenAt: null,
      pauseMs: null,
      durationMs,
      memoryBytes,
      warnings,
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
