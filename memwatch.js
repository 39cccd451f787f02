'use strict';

// memwatch-next's module by a name of its own: the same object, with the types of what memwatch had.
module.exports = require('./index.js');
