'use strict';

let Image;

module.exports = {
  about: 'the held value of a FinalizationRegistry is a closure over the object itself: it never dies',
  leaks: [{ causes: ['finalization-backlog'], owners: ['registry', 'FinalizationRegistry'] }],
  dose: 400,
  start() {
    ({ Image } = require('./images.js'));
  },
  work(units) {
    let pixels = 0;
    for (let i = 0; i < units; i++) pixels += new Image(i + 1).height;
    return void pixels;
  },
};
