'use strict';

const { POOLS } = require('./growth.js');

/**
 * What is told of each pool, and what was told already.
 *
 * A suspicion is told when it begins. A confirmed leak is looked into first, which can withdraw it,
 * and told if it is news: the fingerprints of what was told are remembered until it has recovered.
 * After a look into a pool there is no other for the cooldown. Whatever was told is taken back
 * once when the pool is healthy again.
 *
 * @typedef {import('../index.js').Pool} Pool
 * @typedef {import('../index.js').PoolJudgement} PoolJudgement
 * @typedef {import('../index.js').LeakInfo} LeakInfo
 */

class Alarms {
  #cooldownMs;
  #listener;
  /** @type {Record<Pool, string>} */
  #states = /** @type {any} */ (Object.fromEntries(POOLS.map((pool) => [pool, 'learning'])));
  /** Pools of which a suspicion or leak was told and not taken back. @type {Set<Pool>} */
  #alarmed = new Set();
  /** Fingerprints of leaks that were told, with their pool. @type {Map<string, Pool>} */
  #known = new Map();
  /** When a pool may be looked into again. @type {Map<Pool, number>} */
  #quietUntilMs = new Map();

  /**
   * @param {{
   *   cooldownMs: number,
   *   onSuspect: (pool: Pool, judgement: PoolJudgement) => void,
   *   onConfirmed: (pool: Pool, judgement: PoolJudgement) => void,
   *   onRecovered: (pool: Pool, judgement: PoolJudgement) => void,
   * }} listener
   */
  constructor({ cooldownMs, ...listener }) {
    this.#cooldownMs = cooldownMs;
    this.#listener = listener;
  }

  /** Whether something is suspected or told, and not taken back. */
  get isAlarmed() {
    return this.#alarmed.size > 0;
  }

  /**
   * @param {Record<Pool, PoolJudgement>} judgements
   * @param {boolean} isBusy whether a leak is being looked into
   */
  follow(judgements, isBusy) {
    const now = performance.now();
    let mayLook = !isBusy;
    for (const pool of POOLS) {
      const judgement = judgements[pool];
      const before = this.#states[pool];
      this.#states[pool] = judgement.state;
      if (judgement.state === 'confirmed') {
        if (!mayLook || now < (this.#quietUntilMs.get(pool) ?? 0)) continue;
        mayLook = false;
        this.#quietUntilMs.set(pool, now + this.#cooldownMs);
        this.#listener.onConfirmed(pool, judgement);
      } else if (judgement.state === 'suspect' && before !== 'suspect' && before !== 'confirmed') {
        this.#alarmed.add(pool);
        this.#listener.onSuspect(pool, judgement);
      } else if (judgement.state === 'healthy') {
        this.takeBack(pool, judgement);
      }
    }
  }

  /**
   * Nothing grows any more: told once for each alarm.
   *
   * @param {Pool} pool
   * @param {PoolJudgement} judgement
   */
  takeBack(pool, judgement) {
    if (!this.#alarmed.delete(pool)) return;
    for (const [print, of] of this.#known) if (of === pool) this.#known.delete(print);
    this.#listener.onRecovered(pool, judgement);
  }

  /**
   * What was told of one pool is the other's: it has not recovered.
   *
   * @param {Pool} from
   */
  disown(from) {
    this.#alarmed.delete(from);
  }

  /**
   * Remembers a leak.
   *
   * @param {LeakInfo} info
   * @returns {boolean} whether it is news
   */
  isNews({ pool, report, fingerprint }) {
    const prints = report?.suspects.map((suspect) => suspect.fingerprint) ?? [];
    if (prints.length === 0) prints.push(fingerprint);
    const isNews = prints.some((print) => !this.#known.has(print));
    for (const print of prints) this.#known.set(print, pool);
    this.#alarmed.add(pool);
    return isNews;
  }
}

module.exports = { Alarms };
