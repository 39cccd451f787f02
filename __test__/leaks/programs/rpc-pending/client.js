'use strict';

/** Calls to another service by messages. Replies carry the number of the call. */
class RpcClient {
  #pending = new Map();
  #send;
  #last = 0;

  constructor(send) {
    this.#send = send;
  }

  call(method, args) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { method, args, resolve, reject }); // leaks here
      this.#send({ id, method, args });
    });
  }

  onReply({ id, error, result }) {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    this.#pending.delete(id);
    if (error) call.reject(new Error(error));
    else call.resolve(result);
  }
}

module.exports = { RpcClient };
