'use strict';

const { dose, packages, start, work } = require('../nest/program.js');

module.exports = { about: 'nest as it is', packages, leaks: [], dose, start: () => start([]), work };
