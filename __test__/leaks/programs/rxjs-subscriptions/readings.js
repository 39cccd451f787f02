'use strict';

const { Subject } = require('rxjs');

/** All readings of all sensors. */
const readings = new Subject();

module.exports = { readings };
