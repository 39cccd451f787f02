'use strict';

/** Tenants are read once and stay. */
const tenants = ['north', 'south', 'east', 'west'].map((name) => ({ name, owner: `${name}@shop` }));

module.exports = { tenants };
