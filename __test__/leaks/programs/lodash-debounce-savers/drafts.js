'use strict';

const { debounce } = require('lodash');

const { store } = require('./store.js');

const PAUSE_MS = 30_000;

/** A function for each draft that saves it when nobody has typed for a while. */
const savers = {};

function edit(draft) {
  savers[draft.id] ??= debounce(store, PAUSE_MS, { leading: true, trailing: false }); // leaks here
  savers[draft.id](draft);
}

module.exports = { edit };
