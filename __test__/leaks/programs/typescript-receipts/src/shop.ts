import { print, type Receipt } from './receipts.js';

enum State {
  Placed,
  Paid,
}

/** An order, from the basket to the receipt. */
export class Order {
  state: State = State.Placed;

  constructor(
    private readonly id: string,
    private readonly skus: string[],
  ) {}

  pay(): Receipt {
    this.state = State.Paid;
    return print(
      this.id,
      this.skus.map((sku) => ({ sku, count: 1 })),
    );
  }
}
