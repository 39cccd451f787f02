'use strict';

const decoder = require('./decoder.js');

/** Frees what the decoder holds for an image when nobody uses the image any more. */
const registry = new FinalizationRegistry((release) => release());

class Image {
  constructor(bytes) {
    this.handle = decoder.open(bytes);
    this.rows = Array.from({ length: 30 }, (_, row) => [row, this.handle]);
    registry.register(this, () => decoder.close(this.handle)); // leaks here
  }

  get height() {
    return this.rows.length;
  }
}

module.exports = { Image };
