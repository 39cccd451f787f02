'use strict';

let cache;
let next = 0;

module.exports = {
  about: 'a bounded LRU that is still filling at the first capture and full from then on',
  leaks: [],
  dose: 2000,
  quick: true,
  start() {
    const { ThumbnailCache } = require('./thumbnails.js');
    cache = new ThumbnailCache();
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      cache.get(next++);
      cache.get(Math.max(0, next - 5));
    }
  },
};
