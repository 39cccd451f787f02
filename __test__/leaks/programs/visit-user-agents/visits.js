'use strict';

/** Who was here, for the statistics that are made at night. */
class VisitLog {
  constructor() {
    this.visits = [];
  }

  onRequest(rawHeaders) {
    const headers = JSON.parse(rawHeaders);
    this.visits.push({ agent: headers['user-agent'], language: headers['accept-language'] }); // leaks here
  }
}

module.exports = { log: new VisitLog() };
