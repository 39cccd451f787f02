'use strict';

const MAX_ENTRIES = 3000;

/** Thumbnails by picture, those used last. */
class ThumbnailCache {
  #entries = new Map();

  get(picture) {
    const found = this.#entries.get(picture);
    if (found === undefined) return this.#add(picture);
    this.#entries.delete(picture);
    this.#entries.set(picture, found);
    return found;
  }

  #add(picture) {
    const thumbnail = { picture, pixels: Array.from({ length: 16 }, (_, i) => picture * 31 + i) };
    this.#entries.set(picture, thumbnail);
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value);
    return thumbnail;
  }
}

module.exports = { ThumbnailCache };
