'use strict';

/** A document that several people edit; each state knows the one before, for undo. */
class SharedDocument {
  constructor(text) {
    this.state = { text, author: null, previous: null };
  }

  edit(author, change) {
    const text = change(this.state.text);
    this.state = { text, author, previous: this.state, at: Date.now() }; // leaks here
  }

  undo() {
    this.state = this.state.previous ?? this.state;
  }
}

module.exports = { SharedDocument };
