'use strict';

let last = 0;
let open = 0;

module.exports = {
  open: (bytes) => {
    open += bytes > 0 ? 1 : 0;
    return ++last;
  },
  close: () => {
    open--;
  },
  count: () => open,
};
