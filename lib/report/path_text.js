'use strict';

/** The references that keep an object alive, as people read them. */

const { placeText } = require('./place_text.js');

/** @typedef {import('../../index.js').ReportStep} ReportStep */

/** Steps that are shown: the end of a path explains, its start is Node's. */
const SHOWN_STEPS = 8;

/**
 * The end of a path, without V8's tables on the way.
 *
 * @param {ReportStep[]} steps
 * @param {string} root
 * @returns {string} on one line
 */
function pathText(steps, root) {
  const told = steps.filter((step) => !isPlumbing(step));
  const shown = told.slice(-SHOWN_STEPS).map((step, i) => stepText(step, root, i === 0));
  return `${told.length > SHOWN_STEPS ? '… ' : ''}${shown.join(' ')}`;
}

/** @param {ReportStep} step */
function isPlumbing(step) {
  return step.kind === 'internal' && ['table', 'elements', 'properties'].includes(step.edge ?? '');
}

/**
 * @param {ReportStep} step
 * @param {string} root
 * @param {boolean} isFirst
 */
function stepText(step, root, isFirst) {
  const at = step.location !== null && !step.location.url.startsWith('node:');
  const object = at
    ? `${step.class} (${placeText(/** @type {any} */ (step.location), root)})`
    : step.class;
  if (isFirst || step.edge === null) return object;
  const edge = step.edge.startsWith('[') ? step.edge : `.${step.edge}`;
  return `→ ${edge} ${object}`;
}

module.exports = { pathText };
