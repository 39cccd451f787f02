'use strict';

let editor;
let next = 0;

module.exports = {
  about: 'thousands of timeouts are set and cleared; few are open at a time',
  leaks: [],
  dose: 4000,
  quick: true,
  start() {
    const { Editor } = require('./editor.js');
    editor = new Editor(() => {});
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const document = { id: next++, body: ['a', 'b'] };
      for (let n = 0; n < 3; n++) editor.type(document, `text ${n}`);
      if (i % 2 === 0) editor.close(document);
      else setImmediate(() => editor.close(document));
    }
  },
};
