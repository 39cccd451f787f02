export interface Line {
  sku: string;
  count: number;
}

export interface Receipt {
  order: string;
  lines: Line[];
  printedAt: number;
}

/** Receipts that were printed, for those who want a second one. */
const printed = new Map<string, Receipt>();

/** Prints a receipt, once. */
export function print(order: string, lines: Line[]): Receipt {
  const before = printed.get(order);
  if (before !== undefined) {
    return before;
  }
  const receipt: Receipt = { order, lines, printedAt: Date.now() };
  printed.set(order, receipt); // leaks here
  return receipt;
}
