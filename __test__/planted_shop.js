'use strict';

/** Objects that are easy to find in a heap. */

class PlantedShop {
  /** @param {number} size */
  constructor(size) {
    this.receipts = new Map(Array.from({ length: size }, (_, i) => [i, new PlantedReceipt(i)]));
  }
}

class PlantedReceipt {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
  }
}

module.exports = { PlantedReceipt, PlantedShop };
