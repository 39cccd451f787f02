'use strict';

const { dose, packages, start, work } = require('../node-red/program.js');

module.exports = { about: 'node-red as it is', packages, leaks: [], dose, start: () => start([]), work };
