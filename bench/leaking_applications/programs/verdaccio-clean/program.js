'use strict';

const { dose, packages, start, work } = require('../verdaccio/program.js');

module.exports = { about: 'verdaccio as it is', packages, leaks: [], dose, start: () => start([]), work };
