'use strict';

/** The ids of all orders that were imported, to refuse doubles. */
const importedIds = [];

/** Reads a file of orders; its first line says which batch it is. */
function importFile(text) {
  const end = text.indexOf('\n');
  const batch = text.slice(0, end);
  importedIds.push(batch); // leaks here
  return text.split('\n').length - 1;
}

const isImported = (batch) => importedIds.includes(batch);

module.exports = { importFile, isImported };
