'use strict';

const { LRUCache } = require('lru-cache');

/** What goes with a product. */
class Recommendations {
  #byProduct = new LRUCache({ max: 200 });
  #seen = {};

  for(visitor, product) {
    const seen = (this.#seen[visitor] ??= { products: [], scores: [1, 2, 3, 4] }); // leaks here: seen
    seen.products.push(product);
    const similar = this.#byProduct.get(product) ?? [product * 2, product * 3];
    this.#byProduct.set(product, similar);
    return similar.filter((other) => !seen.products.includes(other));
  }
}

module.exports = { Recommendations };
