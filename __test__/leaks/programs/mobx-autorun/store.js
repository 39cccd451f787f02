'use strict';

const { makeAutoObservable } = require('mobx');

class Store {
  title = 'Overview';

  constructor() {
    makeAutoObservable(this);
  }
}

module.exports = { store: new Store() };
