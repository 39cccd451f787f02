'use strict';

const { autorun } = require('mobx');

const { store } = require('./store.js');

/** What a user sees; it is drawn again when the store changes. */
function openPanel(user) {
  const panel = { user, drawn: [], title: '' };
  autorun(() => { // leaks here
    panel.title = `${store.title} of ${user.name}`;
    if (panel.drawn.length < 5) panel.drawn.push(panel.title);
  });
  return panel;
}

module.exports = { openPanel };
