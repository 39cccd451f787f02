'use strict';

const { isDeepStrictEqual } = require('node:util');
const { isMainThread } = require('node:worker_threads');

const { environmentOptions } = require('./environment.js');
const { expectedObjects } = require('./expected_objects.js');
const { ModuleEmitter } = require('./module_emitter.js');
const { checkOptions, optionError } = require('./options.js');
const { WATCH_OPTIONS } = require('./watch_options.js');
const { Watcher } = require('./watcher.js');

/**
 * The one watcher of this isolate, and the module's own events: listening to one of them starts a
 * watcher with default options, as memwatch did.
 */

const EVENTS = ['leak', 'stats', 'suspect', 'recovered', 'report', 'lastRun', 'error'];

/**
 * `isImplicit`: started by a listener, `isPreset`: by heapwatch/register. Whoever asks for a watcher
 * explicitly gets one with the options of his own in place of either.
 *
 * @type {{ watcher: InstanceType<typeof Watcher>, options: object, isImplicit: boolean,
 *   isPreset: boolean } | null}
 */
let current = null;

/** Hears of every watcher that starts. @type {((watcher: InstanceType<typeof Watcher>) => void) | null} */
let onStart = null;

/** Passes on the events of whichever watcher runs. */
const events = new ModuleEmitter(
  (event) => {
    const isOurs = EVENTS.includes(String(event));
    if (isOurs && current === null) {
      const { options, errors } = withEnvironment('on', undefined);
      start(options, errors, { isImplicit: true });
    }
    if (current !== null) pass(current.watcher, event);
  },
  () => {
    // Nobody listens any more to what nobody asked for explicitly.
    if (current?.isImplicit && EVENTS.every((event) => events.listenerCount(event) === 0)) {
      current.watcher.stop();
    }
  },
);

/** @param {Parameters<typeof expectedObjects.expect>} args */
function expectCollected(...args) {
  expectedObjects.expect(...args);
}
// Listening to what they tell needs no watcher.
expectedObjects.emitters = () => (current === null ? [events] : [events, current.watcher]);

/**
 * @param {import('../index.js').WatchOptions} [options]
 * @returns {InstanceType<typeof Watcher>}
 */
function watch(options) {
  const { options: checked, errors } = withEnvironment('watch', options);
  const isOther = options !== undefined && !isDeepStrictEqual(checked, current?.options);
  if (current?.isImplicit || (current?.isPreset && isOther)) current.watcher.stop();
  if (current === null) return start(checked, errors, {});
  if (isOther) {
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
 * Starts a watcher for a program that knows nothing of it.
 *
 * @param {(watcher: InstanceType<typeof Watcher>) => void} listen called with every watcher
 */
function preset(listen) {
  onStart = listen;
  if (current !== null) return listen(current.watcher);
  const { options, errors } = withEnvironment('register', undefined);
  start(options, errors, { isPreset: true });
}

/**
 * What is given counts more than the environment, and that more than the defaults.
 *
 * @param {string} of
 * @param {import('../index.js').WatchOptions | undefined} given
 */
function withEnvironment(of, given) {
  const checked = checkOptions(of, given, WATCH_OPTIONS);
  const { options, errors } = environmentOptions(process.env, WATCH_OPTIONS);
  for (const [name, value] of Object.entries(options)) {
    const isGiven = /** @type {any} */ (given)?.[name] !== undefined;
    // A variable speaks to the process: its black box is the main thread's.
    const isElsewhere = name === 'blackBox' && !isMainThread;
    if (!isGiven && !isElsewhere) checked[name] = value;
  }
  return { options: checked, errors };
}

/**
 * @param {object} options checked
 * @param {Error[]} errors of the environment
 * @param {{ isImplicit?: boolean, isPreset?: boolean }} how
 */
function start(options, errors, { isImplicit = false, isPreset = false }) {
  const onStop = () => {
    if (current?.watcher === watcher) current = null;
  };
  const watcher = new Watcher(options, onStop, errors);
  current = { watcher, options, isImplicit, isPreset };
  onStart?.(watcher);
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

module.exports = { events, expectCollected, preset, status, stop, watch };
