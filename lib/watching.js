'use strict';

const { EventEmitter } = require('node:events');
const { isDeepStrictEqual } = require('node:util');

const { checkOptions, optionError } = require('./options.js');
const { Watcher, WATCH_OPTIONS } = require('./watcher.js');

/**
 * The one watcher of this isolate, and the module's own events: listening to one of them starts a
 * watcher with default options, as memwatch did.
 */

const EVENTS = ['leak', 'stats', 'suspect', 'recovered', 'report', 'error'];

/** @type {{ watcher: InstanceType<typeof Watcher>, options: object, isImplicit: boolean } | null} */
let current = null;

/** Passes on the events of whichever watcher runs. */
const events = new EventEmitter();
events.on('newListener', (event) => {
  if (EVENTS.includes(event) && current === null) start(checkOptions('on', {}, WATCH_OPTIONS), true);
  if (current !== null) pass(current.watcher, event);
});
events.on('removeListener', () => {
  // Nobody listens any more to what nobody asked for explicitly.
  if (current?.isImplicit && EVENTS.every((event) => events.listenerCount(event) === 0)) {
    current.watcher.stop();
  }
});

/**
 * @param {import('../index.js').WatchOptions} [options]
 * @returns {InstanceType<typeof Watcher>}
 */
function watch(options) {
  const checked = checkOptions('watch', options, WATCH_OPTIONS);
  if (current?.isImplicit) current.watcher.stop();
  if (current === null) return start(checked, false);
  if (options !== undefined && !isDeepStrictEqual(checked, current.options)) {
    throw optionError(
      'watch',
      'options',
      options,
      'the options of the watcher that is running; stop it first to change them',
    );
  }
  return current.watcher;
}

/**
 * @param {object} options checked
 * @param {boolean} isImplicit
 */
function start(options, isImplicit) {
  const watcher = new Watcher(options, () => {
    if (current?.watcher === watcher) current = null;
  });
  current = { watcher, options, isImplicit };
  for (const event of EVENTS) {
    if (events.listenerCount(event) > 0) pass(watcher, event);
  }
  return watcher;
}

/**
 * Passes an event on to the module's listeners, once per watcher. Only events that someone listens
 * to: the watcher does no work for others.
 *
 * @param {InstanceType<typeof Watcher>} watcher
 * @param {string | symbol} event
 */
function pass(watcher, event) {
  if (typeof event !== 'string' || !EVENTS.includes(event) || passed(watcher).has(event)) return;
  passed(watcher).add(event);
  watcher.on(event, (/** @type {unknown} */ payload) => {
    if (event !== 'error' || events.listenerCount('error') > 0) events.emit(event, payload);
  });
}

/** @type {WeakMap<InstanceType<typeof Watcher>, Set<string>>} */
const passedEvents = new WeakMap();

/** @param {InstanceType<typeof Watcher>} watcher */
function passed(watcher) {
  const known = passedEvents.get(watcher) ?? new Set();
  passedEvents.set(watcher, known);
  return known;
}

/** The running watcher's status; `null` without one. */
function status() {
  return current?.watcher.status() ?? null;
}

/** Stops the running watcher, if there is one. */
function stop() {
  current?.watcher.stop();
}

module.exports = { events, status, stop, watch };
