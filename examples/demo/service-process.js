'use strict';

const { fork } = require('node:child_process');
const path = require('node:path');

const SERVER = path.join(__dirname, '..', 'order-service', 'server.js');
/** Of V8's old space, as a small container would have it. */
const MAX_OLD_SPACE_MB = 256;
/** A service in the middle of a capture cannot answer; there is nothing in it to be saved. */
const END_WITHIN_MS = 2000;
const KEPT_OUTPUT = 4000;

/**
 * The order service in a process of its own. It never outlives this process: it is killed when
 * this one exits, and ends by itself when the IPC channel closes.
 */
class ServiceProcess {
  /**
   * @param {{ leaksFixed: boolean }} options
   * @param {(message: import('../order-service/leak-watch.js').Message) => void} onMessage
   */
  constructor({ leaksFixed }, onMessage) {
    this.output = '';
    this.ending = false;
    this.child = fork(SERVER, [], {
      execArgv: [`--max-old-space-size=${MAX_OLD_SPACE_MB}`],
      env: { ...process.env, LEAK: leaksFixed ? 'off' : 'on', PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.child.stdout?.on('data', (text) => this.#keep(text));
    this.child.stderr?.on('data', (text) => this.#keep(text));
    this.child.on('message', (message) => {
      onMessage(/** @type {import('../order-service/leak-watch.js').Message} */ (message));
    });
    this.killWithUs = () => this.child.kill('SIGKILL');
    process.once('exit', this.killWithUs);
    /** Rejects if the service ends before end() was called. */
    this.crashed = /** @type {Promise<never>} */ (
      new Promise((_resolve, reject) => {
        this.child.once('error', ({ message }) => {
          reject(new Error(`The service did not start: ${message}`));
        });
        this.child.once('close', (code, signal) => {
          process.removeListener('exit', this.killWithUs);
          if (this.ending) return;
          const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
          reject(new Error(`The service ended ${how}.\n${this.output}`.trimEnd()));
        });
      })
    );
    this.crashed.catch(() => {});
  }

  /** Ends the service and waits until it is gone. */
  async end() {
    this.ending = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), END_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }

  /** @param {Buffer} text */
  #keep(text) {
    this.output = (this.output + text).slice(-KEPT_OUTPUT);
  }
}

module.exports = { ServiceProcess, MAX_OLD_SPACE_MB };
