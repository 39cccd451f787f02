'use strict';

const { EventEmitter } = require('node:events');

const config = new EventEmitter();
config.setMaxListeners(0);

/** An interceptor of Nest: each request follows changes of the configuration. */
class AuditInterceptor {
  intercept(context, next) {
    const request = context.switchToHttp().getRequest();
    const audit = { url: request.url, headers: request.headers, notes: [] };
    config.on('changed', (name) => audit.notes.push(name)); // leaks here
    return next.handle();
  }
}

module.exports = { AuditInterceptor };
