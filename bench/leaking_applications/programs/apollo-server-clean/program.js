'use strict';

const { dose, packages, start, work } = require('../apollo-server/program.js');

module.exports = { about: 'apollo-server as it is', packages, leaks: [], dose, start: () => start([]), work };
