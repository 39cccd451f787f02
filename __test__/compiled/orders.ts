/** Remembers every receipt that was ever printed, and listens anew for each order. */

import { EventEmitter } from 'node:events';

export interface Order {
  id: number;
  lines: string[];
}

interface Receipt {
  printedAt: Date;
  copies: string[][];
}

const receipts: Map<string, Receipt> = new Map();

const bus = new EventEmitter();
bus.setMaxListeners(0);

function printReceipt(order: Order): Receipt {
  const copies = [order.lines.slice(), order.lines.slice()];
  return { printedAt: new Date(), copies };
}

export function placeOrder(order: Order): void {
  const receipt: Receipt = printReceipt(order);
  receipts.set(`order ${order.id}`, receipt); // fills the Map
}

export function shipOrder(order: Order): void {
  function notifyCustomer(id: number): void { // is never removed
    if (id === order.id) bus.emit('told', order.lines);
  }
  bus.on('shipped', notifyCustomer);
}
