'use strict';

const { skuOf } = require('./catalogue.js');

/**
 * The sessions of the last visitors, least recently used out first. Healthy: nearly every
 * request brings a new visitor and replaces a session, but there are never more than the limit.
 */

const MAX_SESSIONS = 1200;
const VIEWED_PER_VISITOR = 36;

/**
 * @typedef {object} Session
 * @property {string} visitor
 * @property {Date} startedAt
 * @property {number} requests
 * @property {{ sku: string, at: Date }[]} viewed
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
  const startedAt = new Date();
  const first = visitor.length * 31;
  const viewed = Array.from({ length: VIEWED_PER_VISITOR }, (_, index) => ({
    sku: skuOf(first + index),
    at: new Date(startedAt.getTime() - index * 1000),
  }));
  return { visitor, startedAt, requests: 0, viewed };
}

module.exports = { sessionOf };
