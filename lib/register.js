'use strict';

/**
 * Watches a program that was not written for it:
 *
 *     node --require heapwatch/register app.js
 *     node --import heapwatch/register app.js
 *
 * with options from the environment (environment.js). There may be nobody to listen, so what matters
 * is told the way Node tells such things: as process warnings, which can be listened to
 * (`process.on('warning')`) and turned off (`--no-warnings`, `--disable-warning`). Whatever goes
 * wrong here, the program runs.
 */

try {
  const { renderText } = require('./report/text.js');
  const { preset } = require('./watching.js');

  preset((watcher) => {
    /** @param {string} event */
    const isHeard = (event) => watcher.listenerCount(event) > 1;
    watcher.on('error', (error) => {
      if (!isHeard('error')) warn('HeapwatchError', error);
    });
    watcher.on('leak', ({ reason, report }) => {
      if (isHeard('leak')) return;
      const detail = report === null ? undefined : renderText(report);
      process.emitWarning(reason, { type: 'HeapwatchLeak', code: 'HEAPWATCH_LEAK', detail });
    });
    watcher.on('lastRun', ({ reason }) => {
      if (!isHeard('lastRun')) process.emitWarning(reason, 'HeapwatchLastRun');
    });
  });
} catch (error) {
  warn('HeapwatchError', error);
}

/**
 * @param {string} type
 * @param {any} error
 */
function warn(type, error) {
  const message = error instanceof Error ? error.message : String(error);
  process.emitWarning(message, { type, code: error?.code });
}
