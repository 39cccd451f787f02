'use strict';

/** Shows who is typing, until there was nothing for a while. */
function typing(member) {
  const status = { name: member.name, dots: 0 };
  status.timer = setInterval(() => { // leaks here: timers
    status.dots = (status.dots + 1) % 4;
  }, 500_000);
  status.timer.unref();
  return status;
}

module.exports = { typing };
