'use strict';

/** Code that was compiled, bundled or minified is told by the lines and names that its author wrote. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const esbuild = require('esbuild');

const { resultsOf } = require('./child_program.js');
const { lineOf } = require('./source_line.js');
const { temporaryFolder } = require('./temporary_folder.js');

const ROOT = path.join(__dirname, '..');
const SOURCES = path.join(__dirname, 'compiled');
const ORDERS = path.join(SOURCES, 'orders.ts');
const TSC = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

const FILLED = lineOf(ORDERS, 'fills the Map');
const LISTENS = lineOf(ORDERS, 'is never removed');

/**
 * @param {string} folder
 * @param {string[]} options
 * @returns {string} the compiled program
 */
function compiledByTsc(folder, options) {
  const args = ['--outDir', folder, '--module', 'commonjs', '--target', 'es2022', '--types', 'node',
    '--typeRoots', path.join(ROOT, 'node_modules', '@types'), '--skipLibCheck', '--ignoreConfig', '--rootDir', SOURCES, ...options];
  execFileSync(process.execPath, [TSC, ...args, path.join(SOURCES, 'main.ts')], { stdio: 'pipe' });
  return path.join(folder, 'main.js');
}

/**
 * @param {string} folder
 * @param {import('esbuild').BuildOptions} options
 * @returns {string} the bundle
 */
function bundledByEsbuild(folder, options) {
  const outfile = path.join(folder, 'dist', 'shop.js');
  esbuild.buildSync({ entryPoints: [path.join(SOURCES, 'main.ts')], outfile, bundle: true,
    platform: 'node', ...options });
  return outfile;
}

/**
 * @param {string} program
 * @param {string[]} [nodeArgs]
 * @returns {Promise<{ report: import('..').LeakReport, text: string }>}
 */
async function told(program, nodeArgs = []) {
  const [result] = await resultsOf(program, { args: [ROOT], nodeArgs });
  return result;
}

/**
 * @param {import('..').LeakReport} report
 * @param {string} cause
 */
function suspectOf(report, cause) {
  const suspect = report.suspects.find((each) => each.cause === cause);
  assert.ok(suspect, JSON.stringify(report.suspects.map(({ owner }) => owner)));
  return suspect;
}

/**
 * @param {{ report: import('..').LeakReport, text: string }} result
 * @param {string} url of the source
 */
function assertOriginalLines({ report, text }, url) {
  const filled = suspectOf(report, 'unbounded-collection').locations[0];
  assert.deepEqual([filled.original?.url, filled.original?.line, filled.role], [url, FILLED, 'grows']);
  const listens = suspectOf(report, 'event-listeners').locations[0];
  assert.deepEqual([listens.original?.url, listens.original?.line, listens.role], [url, LISTENS, 'function']);
  assert.match(suspectOf(report, 'unbounded-collection').evidence, new RegExp(`orders\\.ts:${FILLED}\\b`));
  assert.ok(text.includes(`orders.ts:${LISTENS}:`), text);
}

test('TypeScript compiled by tsc, its map in a file', async (t) => {
  const folder = temporaryFolder(t);
  const result = await told(compiledByTsc(folder, ['--sourceMap']));
  assertOriginalLines(result, ORDERS);
  const [{ url, line }] = suspectOf(result.report, 'unbounded-collection').locations;
  assert.equal(url, path.join(folder, 'orders.js'));
  assert.notEqual(line, FILLED, 'the position in what runs is told, too');
});

test('TypeScript compiled by tsc, its map inline, under --enable-source-maps', async (t) => {
  const program = compiledByTsc(temporaryFolder(t), ['--inlineSourceMap']);
  assertOriginalLines(await told(program, ['--enable-source-maps']), ORDERS);
});

/** @type {import('esbuild').BuildOptions['sourcemap'][]} */
const KINDS = ['linked', 'inline'];
for (const sourcemap of KINDS) {
  test(`a minified bundle of esbuild, ${sourcemap}: lines and names are the author's`, async (t) => {
    const bundle = bundledByEsbuild(temporaryFolder(t), { minify: true, sourcemap });
    const result = await told(bundle);
    assertOriginalLines(result, ORDERS);
    const { report } = result;
    assert.equal(suspectOf(report, 'unbounded-collection').owner.name, 'receipts');
    const listeners = suspectOf(report, 'event-listeners');
    assert.equal(listeners.class, 'notifyCustomer()');
    assert.equal(listeners.owner.name, 'bus._events.shipped');
    assert.match(listeners.evidence, /^`bus` has /);
    assert.equal(listeners.locations[0].original?.name, 'notifyCustomer');
    assert.ok(listeners.path.some(({ edge, kind }) => edge === 'bus' && kind === 'context'));
  });
}

test('a bundle that is too large to be parsed: the map has the texts of its sources', async (t) => {
  const ballast = `;[${'1,'.repeat(300_000)}];`;
  const bundle = bundledByEsbuild(temporaryFolder(t), { sourcemap: 'linked', banner: { js: ballast } });
  const result = await told(bundle);
  assertOriginalLines(result, ORDERS);
});

test('what bundlers call a file of the project is told as that file', async (t) => {
  const bundle = bundledByEsbuild(temporaryFolder(t), { sourcemap: 'linked' });
  const map = JSON.parse(fs.readFileSync(`${bundle}.map`, 'utf8'));
  map.sources = map.sources.map((/** @type {string} */ source) =>
    `webpack://shop/./src/${path.basename(source)}?ab12`);
  fs.writeFileSync(`${bundle}.map`, JSON.stringify(map));
  const { report, text } = await told(bundle);
  const [filled] = suspectOf(report, 'unbounded-collection').locations;
  assert.equal(filled.original?.url, 'webpack://shop/./src/orders.ts');
  assert.ok(text.includes(` src/orders.ts:${FILLED}:`), text);
});

test('a package in a bundle is told by its name', async (t) => {
  const bundle = bundledByEsbuild(temporaryFolder(t), { sourcemap: 'linked' });
  const map = JSON.parse(fs.readFileSync(`${bundle}.map`, 'utf8'));
  map.sources = map.sources.map((/** @type {string} */ source) =>
    `../node_modules/@shop/orders/${path.basename(source)}`);
  fs.writeFileSync(`${bundle}.map`, JSON.stringify(map));
  const manifest = path.join(path.dirname(bundle), '../node_modules/@shop/orders/package.json');
  fs.mkdirSync(path.dirname(manifest), { recursive: true });
  fs.writeFileSync(manifest, JSON.stringify({ name: '@shop/orders', version: '1.2.3' }));
  const { report, text } = await told(bundle);
  const [filled] = suspectOf(report, 'unbounded-collection').locations;
  assert.deepEqual(filled.package, { name: '@shop/orders', version: '1.2.3' });
  assert.ok(text.replace(/\s+/g, ' ').includes('(@shop/orders 1.2.3)'), text);
});

test('bad, missing and remote maps cost the original position and nothing else', async (t) => {
  const folder = temporaryFolder(t);
  fs.writeFileSync(path.join(folder, 'truncated.map'), '{"version":3,"sources":["a.ts"],"mapp');
  fs.writeFileSync(path.join(folder, 'types.map'), '{"version":3,"sources":7,"mappings":[]}');
  fs.writeFileSync(path.join(folder, 'binary.map'), Buffer.alloc(1000, 0xfe));
  fs.writeFileSync(path.join(folder, 'loop.map'), '//# sourceMappingURL=loop.map');
  fs.writeFileSync(path.join(folder, 'huge.map'), '');
  fs.truncateSync(path.join(folder, 'huge.map'), 4 * 2 ** 30);
  fs.mkdirSync(path.join(folder, 'folder.map'));
  if (process.platform !== 'win32') execFileSync('mkfifo', [path.join(folder, 'pipe.map')]);
  fs.writeFileSync(path.join(folder, 'far.map'),
    JSON.stringify({ version: 3, sources: ['../../../../../../../../etc/passwd'], mappings: ';;;AAAA' }));
  const urls = ['truncated.map', 'types.map', 'binary.map', 'loop.map', 'huge.map', 'folder.map', 'pipe.map',
    'missing.map', '/dev/zero', 'https://example.org/a.map', '//example.org/a.map', 'data:application/json;base64,e30',
    'data:application/json,%', '../'.repeat(50) + 'etc/passwd', '%00.map', 'far.map'];
  const scripts = urls.map((url, i) => {
    const file = path.join(folder, `script${i}.js`);
    const fill = `exports.grow = () => {\n  for (let i = 0; i < 3000; i++) kept.push({ i, of: ${i} });\n};`;
    fs.writeFileSync(file, `'use strict';\nconst kept = [];\n${fill}\n//# sourceMappingURL=${url}\n`);
    return file;
  });
  const [report] = await resultsOf('grow_and_diagnose.js', { args: scripts });
  assert.equal(report.suspects.length, urls.length, JSON.stringify(report.suspects));
  for (const { locations: [first] } of report.suspects) {
    assert.deepEqual([first.role, first.line], ['grows', 4]);
    const url = urls[scripts.indexOf(first.url)];
    const original = first.original && { url: first.original.url, line: first.original.line };
    // Nothing is read of the file that it names.
    const expected = url === 'far.map' ? { url: path.resolve('/etc/passwd'), line: 1 } : null;
    assert.deepEqual(original, expected, url);
  }
});
