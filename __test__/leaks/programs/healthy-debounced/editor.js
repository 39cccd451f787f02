'use strict';

/** Saves a document when nobody has typed for a while. */
class Editor {
  constructor(save) {
    this.save = save;
    this.timers = new Map();
  }

  type(document, text) {
    clearTimeout(this.timers.get(document.id));
    const timer = setTimeout(() => this.save(document, text), 60_000);
    timer.unref();
    this.timers.set(document.id, timer);
  }

  close(document) {
    clearTimeout(this.timers.get(document.id));
    this.timers.delete(document.id);
  }
}

module.exports = { Editor };
