'use strict';

const { EventEmitter } = require('node:events');

/**
 * An emitter that says when listeners come and go, whichever way they do. Its own events
 * `newListener` and `removeListener` would do, but a call of `removeAllListeners()` takes their
 * listeners away, too.
 */
class ModuleEmitter extends EventEmitter {
  #onCome;
  #onGone;

  /**
   * @param {(event: string | symbol) => void} onCome
   * @param {() => void} onGone
   */
  constructor(onCome, onGone) {
    super();
    this.#onCome = onCome;
    this.#onGone = onGone;
  }

  /**
   * @override
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  on(event, listener) {
    super.on(event, listener);
    this.#onCome(event);
    return this;
  }

  /**
   * @override
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  addListener(event, listener) {
    return this.on(event, listener);
  }

  /**
   * @override
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  prependListener(event, listener) {
    super.prependListener(event, listener);
    this.#onCome(event);
    return this;
  }

  /**
   * @override
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  removeListener(event, listener) {
    super.removeListener(event, listener);
    this.#onGone();
    return this;
  }

  /**
   * @override
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  off(event, listener) {
    return this.removeListener(event, listener);
  }

  /**
   * @override
   * @param {(string | symbol)[]} event
   */
  removeAllListeners(...event) {
    super.removeAllListeners(...event);
    this.#onGone();
    return this;
  }
}

module.exports = { ModuleEmitter };
