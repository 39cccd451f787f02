'use strict';

const { LRUCache } = require('lru-cache');

const HOUR_MS = 60 * 60 * 1000;

/** Places change rarely; an hour is short enough. */
const places = new LRUCache({ ttl: 24 * HOUR_MS }); // leaks here

function locate(address) {
  const cached = places.get(address);
  if (cached !== undefined) return cached;
  const place = { address, position: [address.length, address.charCodeAt(0)], sources: ['osm'] };
  places.set(address, place); // leaks here
  return place;
}

module.exports = { locate };
