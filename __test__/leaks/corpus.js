'use strict';

/**
 * The corpus: small programs that leak, or seem to, with what is expected of a diagnosis of them.
 *
 * A program is a folder of a corpus' `programs/`. Its `program.js` exports a {@link Program}: what is expected,
 * and how it is driven. The other files are written as such code is written, mistake included. The
 * line at fault ends with the comment `leaks here`, or `leaks here: <mark>` where a program has
 * several leaks.
 *
 * @typedef {{
 *   about: string,
 *   packages?: string[],
 *   leaks: ExpectedLeak[],
 *   dose: number,
 *   quick?: boolean,
 *   start?: () => Promise<void> | void,
 *   work: (units: number) => Promise<void> | void,
 * }} Program
 *   `about`: what goes wrong, or why it only looks so. `packages`: from npm. `leaks`: none if it is
 *   healthy. `dose`: units of work before each capture. `quick`: part of the subset that is run with
 *   the tests. `start` loads the program: until then nothing of it is there.
 *
 * @typedef {{ causes: string[], owners: string[], members?: string[], mark?: string }} ExpectedLeak
 *   `causes`: ids of rules, the best first; the others are as true. `owners`: names by which a
 *   developer would call what holds the leak: a variable, a property, or a class. `members`: classes of
 *   what accumulates, for handles that nobody holds but the event loop.
 *
 * @typedef {{ name: string, folder: string, program: Program }} Entry
 */

const fs = require('node:fs');
const path = require('node:path');

const MARK = /\/\/ leaks here(?:: (?<mark>[\w-]+))?$/;

/**
 * @param {string} corpus a folder
 * @returns {Entry[]} by name
 */
function allPrograms(corpus) {
  const programs = path.join(corpus, 'programs');
  return fs
    .readdirSync(programs)
    .sort()
    .map((name) => {
      const folder = path.join(programs, name);
      return { name, folder, program: require(path.join(folder, 'program.js')) };
    });
}

/**
 * The lines that are marked as at fault.
 *
 * @param {string} folder of the program
 * @param {string} [mark]
 * @returns {{ file: string, line: number }[]}
 */
function faultyLines(folder, mark) {
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:[cm]?js|ts)$/.test(file));
  return files.flatMap((name) => {
    const file = path.join(folder, name);
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((text, i) => {
      const found = MARK.exec(text);
      return found && found.groups?.mark === mark ? [{ file, line: i + 1 }] : [];
    });
  });
}

module.exports = { allPrograms, faultyLines };
