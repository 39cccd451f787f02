'use strict';

/**
 * Are the tools that a build needs there, and new enough?
 *
 * Every answer is null (all well) or one line that says what is wrong and what to do.
 * Kept to the syntax of very old Node versions, so that those can still parse the file
 * and print the line instead of a SyntaxError.
 */

const childProcess = require('child_process');

/** The command line interface of napi-rs, which builds the addon, starts here. */
const MINIMUM_NODE = [20, 17, 0];

/** `rust-version` in Cargo.toml says the same. */
const MINIMUM_RUST = [1, 90, 0];

/**
 * @param {string} text
 * @returns {number[] | null} major, minor, patch of the first version number in the text
 */
function parseVersion(text) {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? null : match.slice(1, 4).map(Number);
}

/**
 * @param {number[]} version
 * @param {number[]} minimum
 */
function isAtLeast(version, minimum) {
  for (let i = 0; i < minimum.length; i += 1) {
    if (version[i] !== minimum[i]) return version[i] > minimum[i];
  }
  return true;
}

/** @param {number[]} version */
function short(version) {
  return version[0] + '.' + version[1];
}

/**
 * @param {string} nodeVersion as in process.versions.node
 * @returns {string | null}
 */
function nodeProblem(nodeVersion) {
  const version = parseVersion(nodeVersion);
  if (version !== null && isAtLeast(version, MINIMUM_NODE)) return null;
  return (
    'heapwatch needs Node.js ' + short(MINIMUM_NODE) + ' or newer, this is ' + nodeVersion +
    ': install a newer one from https://nodejs.org/'
  );
}

/**
 * @param {string} command
 * @returns {string | null} what `command --version` prints, or null if it cannot be run
 */
function versionOutput(command) {
  const result = childProcess.spawnSync(command, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return result.status === 0 ? result.stdout : null;
}

/**
 * @param {(command: string) => string | null} [outputOf]
 * @returns {string | null}
 */
function rustProblem(outputOf) {
  const run = outputOf || versionOutput;
  const need = 'heapwatch needs Rust ' + short(MINIMUM_RUST) + ' or newer to build';
  for (const command of ['rustc', 'cargo']) {
    const output = run(command);
    if (output === null) {
      return need + ', and no working ' + command + ' was found: install Rust from https://rustup.rs/';
    }
    const version = parseVersion(output);
    if (version === null || !isAtLeast(version, MINIMUM_RUST)) {
      return need + ', this is ' + output.trim() + ': run `rustup update stable`';
    }
  }
  return null;
}

/**
 * A linker cannot be looked for beforehand: cargo's configuration may name any. What the
 * failed build printed tells it for certain.
 *
 * @param {string} buildOutput
 * @returns {string | null}
 */
function linkerProblem(buildOutput) {
  const missing =
    /linker `[^`]+` not found/.test(buildOutput) ||
    /failed to find tool|is `[^`]+` installed\?/.test(buildOutput);
  if (!missing) return null;
  const how =
    process.platform === 'darwin'
      ? 'run `xcode-select --install`'
      : process.platform === 'win32'
        ? 'install the Visual Studio C++ build tools'
        : 'install gcc or clang (Debian and Ubuntu: `apt-get install build-essential`)';
  return 'heapwatch needs a C compiler and linker to build, and none was found: ' + how;
}

module.exports = { linkerProblem, nodeProblem, rustProblem };
