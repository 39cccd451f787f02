'use strict';

/** What belongs to the users of a program is in no output, unless that is asked for. */

const assert = require('node:assert/strict');
const test = require('node:test');

const { resultsOf } = require('./child_program.js');
const { MUST_WALK } = require('./where_walks_work.js');

/** In no name of the program, of Node or of V8, and nothing that a report makes. */
const TOKEN = 'xKq9wZ';

/** @type {('v8' | 'walk')[]} */
const METHODS = MUST_WALK ? ['v8', 'walk'] : ['v8'];

/** Variables that hold what is secret. */
const HOLDERS = ['sessions', 'carts', 'accounts', 'failures', 'classes', 'scripts', 'symbols', 'urls',
  'patterns', 'oddities', 'global[*]'];

for (const method of METHODS) {
  test(`secrets are in no output, method ${method}`, async () => {
    const [{ told, suspects, large, withData }] =
      await resultsOf('leak_secrets.js', { args: [method, TOKEN] });
    // V8's stack may refer to the table that a Set had before it grew: then its strings are the roots'.
    const holders = method === 'walk' ? [...HOLDERS, 'visitors'] : HOLDERS;
    for (const holder of holders) {
      assert.ok(suspects.some((/** @type {string} */ name) => name.startsWith(holder)), `${holder} in ${suspects}`);
    }
    assert.ok(large.includes('sessions'), large);
    assertNoSecret(told, 'told');
    for (const format of ['json', 'text', 'markdown']) {
      if (method === 'v8') assert.ok(withData[format].includes(TOKEN), `unredacted ${format}`);
    }
    assert.ok(told.compared.text.includes('failures'), told.compared.text);
    assert.equal(JSON.parse(told.compared.json).redacted, true);
    assert.equal(JSON.parse(withData.json).redacted, false);
    assert.match(withData.text, /NOT REDACTED/);
    assert.match(withData.markdown, /NOT REDACTED/);
  });
}

/**
 * @param {unknown} value
 * @param {string} where
 */
function assertNoSecret(value, where) {
  if (typeof value === 'string') {
    const at = value.indexOf(TOKEN);
    assert.equal(at, -1, `${where}: ${value.slice(Math.max(0, at - 200), at + 40)}`);
    assert.ok(!value.includes('4111-'), where);
    return;
  }
  for (const [key, part] of Object.entries(value ?? {})) assertNoSecret(part, `${where}.${key}`);
}
