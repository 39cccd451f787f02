'use strict';

/** A Next.js service in its development mode, which compiles its pages when they are asked for. */

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const { FOLDER, installed } = require('./installed.js');
const { startLoad } = require('./load.js');

const SITE = path.join(FOLDER, 'site');

const PAGES = {
  'index.js': `export default function Home() {
  return <main>Orders</main>;
}
`,
  'order/[id].js': `export function getServerSideProps({ params }) {
  return { props: { id: params.id, lines: Array.from({ length: 20 }, (_, line) => ({ line })) } };
}

export default function Order({ id, lines }) {
  return <ul id={id}>{lines.map(({ line }) => <li key={line}>{line}</li>)}</ul>;
}
`,
};

async function plant() {
  for (const [name, text] of Object.entries(PAGES)) {
    const file = path.join(SITE, 'pages', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  process.env.NEXT_TELEMETRY_DISABLED = '1';
  // Its output is the program's, which tells results on stdout.
  console.log = console.error;
  const app = installed('next')({ dev: true, dir: SITE });
  await app.prepare();
  const server = http.createServer(app.getRequestHandler());
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const load = await startLoad(port, ['/', '/order/1', '/order/2'], 1000);
  return { app, server, load };
}

module.exports = { plant };
