'use strict';

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const { listening, load } = require('../../../../__test__/leaks/http_load.js');

/** A flow that answers requests, through some nodes. */
const flow = (types) => {
  const steps = ['http in', ...types, 'http response'];
  const nodes = steps.map((type, i) => ({
    id: `n${i}`, z: 'f', type, x: 100 * i, y: 100, wires: i + 1 < steps.length ? [[`n${i + 1}`]] : [],
    ...(type === 'http in' && { url: '/count', method: 'get' }),
    ...(type === 'template' && { field: 'payload', fieldType: 'msg', syntax: 'plain', template: 'ok' }),
  }));
  return [{ id: 'f', type: 'tab', label: 'counting' }, ...nodes];
};

let server;
let next = 0;

module.exports = {
  about: 'Node-RED with a node that keeps the first message of each sender',
  packages: ['node-red'],
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['senders'] }],
  dose: 500,
  async start(types = ['tally']) {
    const RED = require('node-red');
    const userDir = fs.mkdtempSync(path.join(os.tmpdir(), 'node-red-'));
    process.on('exit', () => fs.rmSync(userDir, { recursive: true, force: true }));
    const flows = flow(types.length > 0 ? types : ['template']);
    fs.writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flows));
    const app = require('express')();
    server = http.createServer(app);
    RED.init(server, {
      userDir,
      flowFile: 'flows.json',
      nodesDir: path.join(__dirname, 'nodes'),
      httpAdminRoot: false,
      httpNodeRoot: '/',
      logging: { console: { level: 'off' } },
      runtimeState: { enabled: false },
    });
    app.use('/', RED.httpNode);
    await RED.start();
    await new Promise((done) => RED.events.once('flows:started', done));
    await listening(server);
  },
  work(units) {
    return load(server, units, () => ({ path: `/count?sender=s${next++}` }));
  },
};
