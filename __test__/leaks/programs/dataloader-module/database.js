'use strict';

async function usersById(ids) {
  return ids.map((id) => ({ id, name: `user ${id}`, address: { city: 'Bern', street: id % 100 } }));
}

module.exports = { usersById };
