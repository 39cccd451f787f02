'use strict';

/** Handlers are loaded when they are first needed. */
const handlers = {
  parse: () => require('node:querystring').parse('a=1&b=2'),
  resolve: () => require('node:url').resolve('http://a/b', 'c'),
  zip: () => require('node:zlib').gzipSync('text').length,
  line: () => require('node:readline').clearLine.name,
  cipher: () => require('node:crypto').createHash('sha1').update('x').digest('hex'),
  dns: () => require('node:dns').getServers().length,
  tls: () => require('node:tls').getCiphers().length,
  http2: () => require('node:http2').getDefaultSettings().headerTableSize,
  repl: () => require('node:repl').builtinModules.length,
  inspect: () => require('node:util').inspect({ a: [1, 2] }),
  perf: () => require('node:perf_hooks').createHistogram().count,
  stream: () => require('node:stream/promises').pipeline.name,
};

const names = Object.keys(handlers);

function handle(n) {
  return handlers[names[n % names.length]]();
}

module.exports = { handle, names };
