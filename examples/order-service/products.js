'use strict';

const { findProduct, skuOf } = require('./catalogue.js');

const PRODUCTS_PER_PAGE = 40;

/**
 * A page of the catalogue: nothing is kept, but every request makes its share of garbage.
 *
 * @param {import('fastify').FastifyInstance} app
 */
async function productRoutes(app) {
  app.get('/products', async (request) => {
    const { page = '0' } = /** @type {{ page?: string }} */ (request.query);
    const first = (Number.parseInt(page, 10) || 0) * PRODUCTS_PER_PAGE;
    const products = Array.from({ length: PRODUCTS_PER_PAGE }, (_, index) => {
      const { sku, name, price, grams } = findProduct(skuOf(first + index));
      return { sku, name, price, grams };
    });
    return { page: Number(page), products };
  });
}

module.exports = { productRoutes };
