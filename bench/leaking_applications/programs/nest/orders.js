'use strict';

const { Controller, Get, Module, Param } = require('@nestjs/common');

class OrdersService {
  find(id) {
    return { id, lines: [{ sku: 'a', count: 1 }] };
  }
}

class OrdersController {
  constructor(orders) {
    this.orders = orders;
  }

  find(id) {
    return this.orders.find(id);
  }
}

class OrdersModule {}

// What TypeScript makes of decorators.
const { prototype } = OrdersController;
Reflect.defineMetadata('design:paramtypes', [OrdersService], OrdersController);
Controller('orders')(OrdersController);
Get(':id')(prototype, 'find', Object.getOwnPropertyDescriptor(prototype, 'find'));
Param('id')(prototype, 'find', 0);
Module({ controllers: [OrdersController], providers: [OrdersService] })(OrdersModule);

module.exports = { OrdersModule };
