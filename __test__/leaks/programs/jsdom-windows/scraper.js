'use strict';

const { JSDOM } = require('jsdom');

/** Pages that were opened, to go back to. */
const opened = [];

function titleOf(html) {
  const dom = new JSDOM(html, { runScripts: 'outside-only' });
  opened.push(dom); // leaks here
  return dom.window.document.querySelector('h1').textContent;
}

module.exports = { titleOf };
