'use strict';

let ask;

module.exports = {
  about: 'the ports of each question stay open after the answer',
  leaks: [{
    causes: ['worker-handles', 'open-handles'],
    owners: ['port1', 'port2', 'MessageChannel'],
    members: ['MessagePort', 'MessageChannel'],
  }],
  dose: 300,
  start() {
    ({ ask } = require('./bridge.js'));
  },
  async work(units) {
    const service = (question, port) => port.postMessage({ sum: question.a + question.b });
    for (let i = 0; i < units; i++) await ask(service, { a: i, b: 2, history: [i, i, i] });
  },
};
