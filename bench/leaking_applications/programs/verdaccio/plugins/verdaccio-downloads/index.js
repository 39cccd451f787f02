'use strict';

/** A plugin of Verdaccio: counts who downloads what. */
class Downloads {
  constructor() {
    this.byClient = {};
  }

  register_middlewares(app) {
    app.use((req, res, next) => {
      const client = req.headers['x-client'];
      if (client !== undefined) {
        this.byClient[client] ??= { url: req.url, headers: req.headers, count: 0 }; // leaks here
        this.byClient[client].count++;
      }
      next();
    });
  }
}

module.exports = (config, options) => new Downloads(config, options);
