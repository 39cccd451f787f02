'use strict';

const { HeldEnvironments } = require('./held_environments.js');
const { isLogOpen, log } = require('./held_files_log.js');

/**
 * A test environment of Jest that watches what its test file leaves behind, for the reporter of
 * `heapwatch/jest-reporter`. Without that it is the environment that it extends.
 *
 * Jest loads this module once in each worker, outside of all environments.
 */

const environments = new HeldEnvironments(log);

/**
 * @param {new (config: any, context: any) => any} Environment of Jest
 */
function watched(Environment) {
  return class extends Environment {
    /** @type {string} */
    #file;

    /**
     * @param {any} config
     * @param {any} context
     */
    constructor(config, context) {
      super(config, context);
      this.#file = context.testPath;
    }

    async setup() {
      await super.setup();
      if (isLogOpen()) await environments.enter(this.#file, this.global);
    }
  };
}

/** When all files are done, in the process that they ran in. */
function checkLast() {
  return environments.checkUntilKnown();
}

module.exports = { checkLast, watched };
