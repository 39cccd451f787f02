'use strict';

class AuditLog {
  constructor() {
    /** @type {{ at: number, action: string[] }[]} */
    this.records = [];
  }

  /** @param {number} at */
  record(at) {
    // At fault: the next line.
    this.records.push({ at, action: ['read', String(at)] });
  }
}

const log = new AuditLog();

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) log.record(i);
}

module.exports = { grow, log };
