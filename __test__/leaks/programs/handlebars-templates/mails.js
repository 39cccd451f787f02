'use strict';

const Handlebars = require('handlebars');

/** Templates by their text: compiling is slow. */
const templates = new Map();

function render(text, data) {
  if (!templates.has(text)) templates.set(text, Handlebars.compile(text)); // leaks here
  return templates.get(text)(data);
}

function welcome(user) {
  return render(`<p>Dear ${user.name},</p><p>you have {{count}} messages. {{#if urgent}}Hurry!{{/if}}</p>`, user);
}

module.exports = { welcome };
