'use strict';

const { findProduct, skuOf } = require('./catalogue.js');

/**
 * The sessions of the last visitors, least recently used out first. Healthy: nearly every
 * request brings a new visitor and replaces a session, but there are never more than the limit.
 */

const MAX_SESSIONS = 500;
const SUGGESTIONS = 120;

/**
 * @typedef {object} Suggestion
 * @property {string} sku
 * @property {string} name
 * @property {number} price in cents
 * @property {number} score
 * @property {number} position
 * @property {boolean} seen
 */

/**
 * @typedef {object} Session
 * @property {string} visitor
 * @property {Date} startedAt
 * @property {number} requests
 * @property {Suggestion[]} suggestions what the visitor may like
 */

/** @type {Map<string, Session>} */
const sessions = new Map();

/**
 * @param {string} visitor
 * @returns {Session}
 */
function sessionOf(visitor) {
  const session = sessions.get(visitor) ?? startSession(visitor);
  session.requests += 1;
  // A Map keeps the order of insertion: the first entry is the least recently used one.
  sessions.delete(visitor);
  sessions.set(visitor, session);
  if (sessions.size > MAX_SESSIONS) {
    const [oldest] = sessions.keys();
    sessions.delete(oldest);
  }
  return session;
}

/**
 * @param {string} visitor
 * @returns {Session}
 */
function startSession(visitor) {
  const first = Number.parseInt(visitor.slice('visitor-'.length), 10) || 0;
  const suggestions = Array.from({ length: SUGGESTIONS }, (_, position) => {
    const { sku, name, price } = findProduct(skuOf(first + position * 17));
    return { sku, name, price, score: SUGGESTIONS - position, position, seen: false };
  });
  return { visitor, startedAt: new Date(), requests: 0, suggestions };
}

module.exports = { sessionOf };
