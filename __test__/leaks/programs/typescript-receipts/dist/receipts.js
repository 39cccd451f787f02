"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.print = print;
const printed = new Map();
function print(order, lines) {
    const before = printed.get(order);
    if (before !== undefined) {
        return before;
    }
    const receipt = { order, lines, printedAt: Date.now() };
    printed.set(order, receipt);
    return receipt;
}
//# sourceMappingURL=receipts.js.map