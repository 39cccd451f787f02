'use strict';

const schedule = require('node-schedule');

/** Reminds a customer each week, until there is no basket any more. */
function remind(basket, send) {
  const job = schedule.scheduleJob({ dayOfWeek: 1, hour: 7, minute: 30 }, () => { // leaks here
    if (basket.isOrdered) return;
    send(basket.customer, basket.lines);
  });
  basket.reminder = job.name;
  return basket;
}

function order(basket) {
  basket.isOrdered = true;
}

module.exports = { order, remind };
