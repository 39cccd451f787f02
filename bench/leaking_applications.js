'use strict';

/**
 * Applications and servers from npm under load, with a leak planted by a plugin or a route, and as
 * they are: is the leak found and named, and is nothing else blamed?
 *
 *     node bench/leaking_applications.js [NAME ...] [--method walk|v8] [--node BINARY] [--jobs 1]
 *         [--text]
 *
 * A corpus as that of `__test__/leaks`, whose README says what the table means.
 */

const path = require('node:path');

const { main } = require('../__test__/leaks/run.js');

main(path.join(__dirname, 'leaking_applications'));
