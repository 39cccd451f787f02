'use strict';

const Koa = require('koa');

const { quote } = require('./quotes.js');

const app = new Koa();
app.setMaxListeners(0);

app.use(async (ctx, next) => {
  const seen = { path: ctx.path, query: ctx.query, errors: [] };
  // Errors after the head was sent come as an event.
  ctx.app.on('error', (error, failed) => { // leaks here
    if (failed === ctx) seen.errors.push(error.message);
  });
  await next();
});

app.use(async (ctx) => {
  ctx.body = quote(ctx.query.symbol);
});

module.exports = { app };
