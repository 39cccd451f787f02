'use strict';

const trail = [];

/** Notes what was done. The order itself is in the entry: its lines are asked for now and then. */
function audit(order, action) {
  trail.push({ order, action, at: Date.now() }); // leaks here: trail
}

module.exports = { audit };
