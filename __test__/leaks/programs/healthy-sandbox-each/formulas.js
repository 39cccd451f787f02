'use strict';

const vm = require('node:vm');

/** Works out a formula of a customer in a context that ends with it. */
function evaluate(formula, values) {
  const context = vm.createContext({ ...values, result: 0 });
  vm.runInContext(`result = ${formula}`, context);
  return context.result;
}

module.exports = { evaluate };
