'use strict';

const Ajv = require('ajv');

const ajv = new Ajv();

/** A form has the fields that its tenant has configured. */
function schemaOf(form) {
  const properties = Object.fromEntries(form.fields.map((name) => [name, { type: 'string' }]));
  return { type: 'object', properties, required: form.fields, additionalProperties: false };
}

function isValid(form, values) {
  const validate = ajv.compile(schemaOf(form)); // leaks here
  return validate(values);
}

module.exports = { isValid };
