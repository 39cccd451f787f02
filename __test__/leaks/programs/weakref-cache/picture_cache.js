'use strict';

/** Pictures that somebody uses anyway. */
class PictureCache {
  #pictures = new Map();

  get(path, load) {
    const cached = this.#pictures.get(path)?.deref();
    if (cached !== undefined) return cached;
    const picture = load(path);
    this.#pictures.set(path, new WeakRef(picture)); // leaks here
    return picture;
  }
}

module.exports = { PictureCache };
