'use strict';

/** Waits for objects, of which some are late already, and has nothing else to do. */

const heapwatch = require('../..');

heapwatch.on('retained', () => {});
const held = Array.from({ length: 10_000 }, (_, i) => ({ i }));
for (const object of held) {
  heapwatch.expectCollected(object, 'held', { afterCollections: 1, afterMs: 0 });
  heapwatch.expectCollected(object, 'waited for', { afterMs: Infinity });
}
heapwatch.gc();
