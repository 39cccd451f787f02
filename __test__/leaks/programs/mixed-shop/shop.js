'use strict';

const { EventEmitter } = require('node:events');

const stock = new EventEmitter();
stock.setMaxListeners(0);

/** Baskets by visitor. */
const baskets = new Map();

function addToBasket(visitor, item) {
  let basket = baskets.get(visitor);
  if (basket === undefined) {
    basket = { visitor, items: [], total: 0 };
    baskets.set(visitor, basket); // leaks here: baskets
  }
  basket.items.push(item);
  basket.total += item.price;
  return basket;
}

/** Tells a visitor whose article is sold out that there are new ones. */
function waitFor(visitor, sku, notify) {
  const wish = { visitor, sku, tried: [1, 2, 3] };
  stock.on('arrived', (arrived) => { // leaks here: wishes
    if (arrived === wish.sku) notify(wish.visitor);
  });
}

module.exports = { addToBasket, stock, waitFor };
