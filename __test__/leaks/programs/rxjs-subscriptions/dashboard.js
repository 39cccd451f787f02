'use strict';

const { filter, map } = require('rxjs');

const { readings } = require('./readings.js');

/** What one browser sees of the sensors in its room. */
class Dashboard {
  constructor(room) {
    this.room = room;
    this.values = [];
    readings
      .pipe(filter((reading) => reading.room === this.room), map((reading) => reading.value))
      .subscribe((value) => this.show(value)); // leaks here
  }

  show(value) {
    this.values.push(value);
    if (this.values.length > 10) this.values.shift();
  }

  close() {
    this.values = [];
  }
}

module.exports = { Dashboard };
