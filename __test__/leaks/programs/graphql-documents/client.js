'use strict';

/** A client that writes values into its queries instead of sending variables. */
const orderQuery = (id) => `{ order(id: ${id}) { id total } }`;

module.exports = { orderQuery };
