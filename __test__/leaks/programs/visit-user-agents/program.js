'use strict';

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.1 Safari/605.1.15',
];

let log;

module.exports = {
  about: 'each visit keeps its own copy of one of two long texts',
  leaks: [{ causes: ['duplicate-strings', 'unbounded-collection'], owners: ['visits', 'VisitLog'] }],
  dose: 2500,
  start() {
    ({ log } = require('./visits.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const agent = AGENTS[i % AGENTS.length];
      log.onRequest(JSON.stringify({ 'user-agent': agent, 'accept-language': 'de-DE,de;q=0.9' }));
    }
  },
};
