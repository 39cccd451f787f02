'use strict';

/** Titles of the reports of today, by number: short, and made when somebody looks. */
const titles = [];

function publish(number, rows) {
  const sorted = [...rows].sort((a, b) => b.total - a.total);
  const best = () => sorted[0].customer;
  const summary = `${sorted.length} customers, ${best()} first`;
  titles.push(() => `Report ${number}`); // leaks here
  return summary;
}

const titleOf = (number) => titles[number]();

module.exports = { publish, titleOf };
