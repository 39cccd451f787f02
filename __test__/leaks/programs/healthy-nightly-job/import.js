'use strict';

/** Reads all prices anew; the old table is used until the new one is complete. */
class PriceTable {
  constructor() {
    this.current = new Map();
  }

  reload(count, factor) {
    const fresh = new Map();
    for (let sku = 0; sku < count; sku++) {
      fresh.set(sku, { sku, price: sku * factor, history: [sku, factor] });
    }
    this.current = fresh;
  }
}

module.exports = { PriceTable };
