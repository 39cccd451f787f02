/** Lets the orders grow between three captures and tells the report on stdout. */

import { placeOrder, shipOrder, type Order } from './orders';

const heapwatch: typeof import('../..') = require(process.argv[2]);

let id = 0;

/** Exported, so that it is not held by the stack alone. */
export function work(): void {
  for (let i = 0; i < 2000; i++) {
    const order: Order = { id: id++, lines: Array.from({ length: 10 }, (_, line) => `${id}-${line}`) };
    placeOrder(order);
    shipOrder({ id: order.id, lines: order.lines.slice() });
  }
}

async function main(): Promise<void> {
  const graphs = [];
  for (let i = 0; i < 3; i++) {
    work();
    graphs.push(await heapwatch.capture({ method: 'v8' }));
  }
  const report = await heapwatch.diagnose(graphs);
  process.stdout.write(`${JSON.stringify({ report, text: heapwatch.renderText(report) })}\n`);
}

main();
