'use strict';

const { RpcClient } = require('./client.js');

/** The other side drops calls for products that it doesn't know. */
const rpc = new RpcClient((message) => {
  if (message.args.sku % 3 === 0) return;
  setImmediate(() => rpc.onReply({ id: message.id, result: { price: message.args.sku * 2 } }));
});

async function priceOf(sku, customer) {
  const { price } = await rpc.call('price', { sku, customer });
  return { sku, price };
}

module.exports = { priceOf };
