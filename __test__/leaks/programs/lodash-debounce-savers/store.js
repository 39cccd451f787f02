'use strict';

let stored = 0;

const store = (draft) => (stored += draft.text.length);

module.exports = { store, stored: () => stored };
