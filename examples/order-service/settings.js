'use strict';

/**
 * LEAK=off runs the service with both leaks fixed the way a developer would fix them; everything
 * else, the load included, stays the same.
 */
const leaksFixed = process.env.LEAK === 'off';

module.exports = { leaksFixed };
