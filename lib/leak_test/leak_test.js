'use strict';

const { assertNoLeak } = require('./assert_no_leak.js');
const { assertCollected } = require('./collected.js');
const { findLeaks } = require('./find_leaks.js');
const { countInstances } = require('./instances.js');

module.exports = { assertCollected, assertNoLeak, countInstances, findLeaks };
