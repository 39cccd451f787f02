'use strict';

const { queue } = require('async');

/** Makes small pictures, two at a time. */
function createThumbnails(resize) {
  const tasks = queue((picture, done) => resize(picture, done), 2);
  return {
    add(picture) {
      tasks.push({ ...picture, sizes: [64, 128, 256] }); // leaks here
    },
  };
}

module.exports = { createThumbnails };
