'use strict';

/** What was done for a tenant, for as long as the tenant is there. */
const histories = new WeakMap();

function record(tenant, action) {
  let history = histories.get(tenant);
  if (history === undefined) {
    history = [];
    histories.set(tenant, history); // leaks here
  }
  history.push({ action, at: Date.now(), by: tenant.owner }); // leaks here
}

module.exports = { record };
