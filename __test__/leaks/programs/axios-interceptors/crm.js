'use strict';

const axios = require('axios');

const client = axios.create({ baseURL: 'http://crm.internal', adapter: answer });

/** A connection is not needed to see what is sent. */
async function answer(config) {
  return { data: { id: config.url }, status: 200, statusText: 'OK', headers: {}, config };
}

async function contact(id, user) {
  const credentials = { token: `t-${user.id}`, scopes: ['read', 'write'] };
  client.interceptors.request.use((config) => { // leaks here
    config.headers.set('authorization', `Bearer ${credentials.token}`);
    return config;
  });
  const { data } = await client.get(`/contacts/${id}`);
  return data;
}

module.exports = { contact };
