'use strict';

const { dose, packages, start, work } = require('../json-server/program.js');

module.exports = { about: 'json-server as it is', packages, leaks: [], dose, start: () => start([]), work };
