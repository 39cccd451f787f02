'use strict';

let freshTemplate;

module.exports = {
  about: 'modules imported with a query that changes stay in the loader for ever',
  leaks: [{ causes: ['module-instances'], owners: ['LoadCache', 'loadCache', '#loadCache', 'ModuleLoader', 'moduleMap', 'ModuleJob'] }],
  dose: 60,
  async start() {
    ({ freshTemplate } = await import('./templates.mjs'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) (await freshTemplate())(`customer ${i}`);
  },
};
