"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Order = void 0;
const receipts_js_1 = require("./receipts.js");
var State;
(function (State) {
    State[State["Placed"] = 0] = "Placed";
    State[State["Paid"] = 1] = "Paid";
})(State || (State = {}));
class Order {
    id;
    skus;
    state = State.Placed;
    constructor(id, skus) {
        this.id = id;
        this.skus = skus;
    }
    pay() {
        this.state = State.Paid;
        return (0, receipts_js_1.print)(this.id, this.skus.map((sku) => ({ sku, count: 1 })));
    }
}
exports.Order = Order;
//# sourceMappingURL=shop.js.map