'use strict';

function startReport(id) {
  const rows = Array.from({ length: 10 }, (_, n) => ({ id, n }));
  return { rows, isCancelled: false, cancel() {
    this.isCancelled = true;
  } };
}

module.exports = { startReport };
