'use strict';

const { Semaphore } = require('./semaphore.js');

const printers = new Semaphore(4);

async function printInvoice(invoice) {
  const lines = invoice.items.map((item) => `${item.count} x ${item.name}`);
  await printers.acquire(); // leaks here
  await null;
  // An invoice without an address throws here, and its permit is never given back.
  const address = invoice.address.toUpperCase();
  printers.release();
  return [address, ...lines].join('\n');
}

module.exports = { printInvoice };
