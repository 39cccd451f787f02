'use strict';

const { load } = require('../../../../__test__/leaks/http_load.js');

const typeDefs = `
  type Line { sku: String count: Int }
  type Order { id: Int lines: [Line] }
  type Query { order(id: Int!): Order }
`;
const lines = [{ sku: 'a', count: 1 }, { sku: 'b', count: 2 }];
const resolvers = { Query: { order: (_, { id }) => ({ id, lines }) } };
const query = 'query Order($id: Int!) { order(id: $id) { id lines { sku count } } }';

let server;

module.exports = {
  about: 'a GraphQL server of Apollo with a plugin that keeps the times of all operations',
  packages: ['@apollo/server'],
  leaks: [{ causes: ['unbounded-collection'], owners: ['timings'] }],
  dose: 500,
  async start(plugins = [require('./timing_plugin.js').timingPlugin]) {
    const { ApolloServer } = require('@apollo/server');
    const { startStandaloneServer } = require('@apollo/server/standalone');
    const apollo = new ApolloServer({ typeDefs, resolvers, plugins, includeStacktraceInErrorResponses: false });
    const { url } = await startStandaloneServer(apollo, { listen: { port: 0, host: '127.0.0.1' } });
    server = { address: () => ({ port: Number(new URL(url).port) }) };
  },
  work(units) {
    return load(server, units, (id) => ({ path: '/', body: { query, variables: { id } } }));
  },
};
