'use strict';

const net = require('node:net');

/** Asks the licence server, which answers with a line and waits for more. */
function checkLicence(port, customer) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1'); // leaks here
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text) => { // leaks here
      answer += text;
      if (answer.endsWith('\n')) resolve({ customer, isValid: answer === 'ok\n' });
    });
    socket.on('error', reject);
    socket.write(`${customer.name}\n`);
  });
}

module.exports = { checkLicence };
