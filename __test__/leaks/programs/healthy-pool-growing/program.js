'use strict';

let pool;
let dose = 0;

async function query(n) {
  const connection = await pool.acquire();
  connection.statements.set(`select ${n % 15}`, { columns: ['a', 'b'] });
  await null;
  pool.release(connection);
}

module.exports = {
  about: 'a pool that grows with the load until it has its size, which it has at the second capture',
  leaks: [],
  dose: 2000,
  quick: true,
  start() {
    const { Pool } = require('./pool.js');
    pool = new Pool();
  },
  async work(units) {
    const atOnce = [5, 20, 20][dose++];
    for (let i = 0; i < units; i += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, (_, n) => query(i + n)));
    }
  },
};
