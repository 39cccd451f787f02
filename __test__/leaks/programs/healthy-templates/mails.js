'use strict';

const Ajv = require('ajv');
const Handlebars = require('handlebars');

const ajv = new Ajv();
const kinds = Array.from({ length: 30 }, (_, n) => ({
  template: `<h1>Mail ${n}</h1>{{#each lines}}<p>{{this}}</p>{{/each}}`,
  schema: { type: 'object', properties: { lines: { type: 'array', maxItems: n + 3 } } },
}));
const compiled = new Map();

/** Renders a mail; templates and schemas are compiled when they are first needed. */
function render(kind, data) {
  if (!compiled.has(kind)) {
    const { template, schema } = kinds[kind];
    compiled.set(kind, { template: Handlebars.compile(template), isValid: ajv.compile(schema) });
  }
  const { template, isValid } = compiled.get(kind);
  return isValid(data) ? template(data) : null;
}

module.exports = { kinds, render };
