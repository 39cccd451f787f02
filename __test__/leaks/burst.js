'use strict';

/** One large import, kept; nothing after that. */

/** @type {{ row: number, cells: number[] }[]} */
const imported = [];
let calls = 0;

/** @param {number} rows */
function grow(rows) {
  calls++;
  if (calls !== 2) return;
  for (let row = 0; row < rows; row++) imported.push({ row, cells: [row, row] });
}

module.exports = { grow };
