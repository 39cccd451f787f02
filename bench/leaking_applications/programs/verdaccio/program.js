'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { listening, load } = require('../../../../__test__/leaks/http_load.js');

let server;
let next = 0;

module.exports = {
  about: 'Verdaccio with a plugin that counts downloads by client',
  packages: ['verdaccio'],
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['byClient'] }],
  dose: 500,
  async start(middlewares = ['downloads']) {
    const { runServer } = require('verdaccio');
    const storage = fs.mkdtempSync(path.join(os.tmpdir(), 'verdaccio-'));
    process.on('exit', () => fs.rmSync(storage, { recursive: true, force: true }));
    server = await listening(
      await runServer({
        storage,
        self_path: storage,
        plugins: path.join(__dirname, 'plugins'),
        middlewares: Object.fromEntries(middlewares.map((name) => [name, { enabled: true }])),
        auth: { htpasswd: { file: path.join(storage, 'htpasswd') } },
        uplinks: {},
        packages: { '**': { access: '$all', publish: '$authenticated' } },
        log: { type: 'stdout', format: 'pretty', level: 'fatal' },
        web: { enable: false },
        userRateLimit: { windowMs: 1000, max: 1_000_000 },
      }),
    );
  },
  work(units) {
    return load(server, units, (i) => ({
      path: i % 2 ? `/package-${i % 30}` : '/-/ping', headers: { 'x-client': `client-${next++}` },
    }));
  },
};
