'use strict';

const { load } = require('../../../../__test__/leaks/http_load.js');

let server;

module.exports = {
  about: 'a NestJS service with an interceptor that adds a listener for each request',
  packages: ['@nestjs/core'],
  leaks: [{ causes: ['event-listeners'], owners: ['config'] }],
  dose: 500,
  async start(interceptors = [new (require('./audit_interceptor.js').AuditInterceptor)()]) {
    require('reflect-metadata');
    const { NestFactory } = require('@nestjs/core');
    const app = await NestFactory.create(require('./orders.js').OrdersModule, { logger: false });
    app.useGlobalInterceptors(...interceptors);
    await app.listen(0, '127.0.0.1');
    server = app.getHttpServer();
  },
  work(units) {
    return load(server, units, (i) => ({ path: `/orders/${i}` }));
  },
};
