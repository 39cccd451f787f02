'use strict';

const { fileURLToPath } = require('node:url');

/**
 * Texts of scripts that were compiled in memory: test runners transform a module (TypeScript, Babel,
 * coverage) and run the result under the name of the file. V8's positions are those of the result, and only
 * V8 has that: it tells a debugger. The source map in it leads to what the author wrote.
 *
 * For a moment there is a debugger: it sets no breakpoint, and functions go on as they were compiled.
 * Milliseconds for each thousand scripts.
 */

/** Characters of all texts: more than a large project has, and not what a test process can't bear. */
const MAX_TOTAL_LENGTH = 64 * 2 ** 20;

/** @returns {Record<string, string>} texts by the path of the file */
function compiledScripts() {
  const session = connected();
  if (session === null) return {};
  try {
    return texts(session, scriptsWithMaps(session));
  } finally {
    session.disconnect();
  }
}

/** @returns {import('node:inspector').Session | null} `null` in a Node that was built without */
function connected() {
  try {
    const { Session } = require('node:inspector');
    const session = new Session();
    session.connect();
    return session;
  } catch {
    return null;
  }
}

/**
 * Scripts of files whose source map is in their text. Of those of one file the last counts: it is compiled
 * again for each test file, and most often to the same.
 *
 * @param {import('node:inspector').Session} session
 * @returns {Map<string, string>} their ids by path
 */
function scriptsWithMaps(session) {
  /** @type {Map<string, string>} */
  const ids = new Map();
  session.on('Debugger.scriptParsed', ({ params: { url, scriptId, sourceMapURL } }) => {
    // Node tells a debugger URLs, whatever the scripts are called.
    if (url.startsWith('file:') && sourceMapURL?.startsWith('data:')) ids.set(fileURLToPath(url), scriptId);
  });
  // Answers come before the calls return.
  session.post('Debugger.enable');
  return ids;
}

/**
 * @param {import('node:inspector').Session} session
 * @param {Map<string, string>} ids
 */
function texts(session, ids) {
  /** @type {Record<string, string>} */
  const byPath = {};
  let length = 0;
  for (const [path, scriptId] of ids) {
    session.post('Debugger.getScriptSource', { scriptId }, (error, answer) => {
      if (error !== null || length + answer.scriptSource.length > MAX_TOTAL_LENGTH) return;
      byPath[path] = answer.scriptSource;
      length += answer.scriptSource.length;
    });
  }
  return byPath;
}

module.exports = { compiledScripts };
