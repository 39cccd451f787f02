'use strict';

const MAX_PAGES = 4000;

/** Rendered pages, the last ones. */
const pages = new Map();

/** Which pages were slow, for the developers. */
const slow = [];

function render(path, took) {
  const html = [`<h1>${path}</h1>`, '<p>', ...Array.from({ length: 12 }, (_, i) => `${path}-${i}`)];
  pages.delete(path);
  pages.set(path, { path, html, renderedIn: took });
  if (pages.size > MAX_PAGES) pages.delete(pages.keys().next().value);
  if (took > 900) slow.push({ path, took, parts: [took - 1, 1] }); // leaks here
  return html;
}

module.exports = { render };
