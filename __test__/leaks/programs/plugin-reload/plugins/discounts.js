'use strict';

const table = Array.from({ length: 200 }, (_, i) => ({ from: i * 10, percent: i % 30 }));

function discountOf(total) {
  return table.findLast(({ from }) => from <= total)?.percent ?? 0;
}

module.exports = { discountOf };
