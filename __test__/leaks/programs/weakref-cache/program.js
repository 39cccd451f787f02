'use strict';

let cache;
let next = 0;

module.exports = {
  about: 'the values of a cache are weak, but its keys and WeakRefs stay for ever',
  leaks: [{ causes: ['unbounded-collection'], owners: ['#pictures', 'cache', 'PictureCache'] }],
  dose: 3000,
  start() {
    const { PictureCache } = require('./picture_cache.js');
    cache = new PictureCache();
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      cache.get(`/pictures/holiday/${next++}.jpg`, (path) => ({ path, pixels: [1, 2, 3] }));
    }
  },
};
