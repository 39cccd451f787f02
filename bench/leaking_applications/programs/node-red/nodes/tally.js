'use strict';

/** A node for Node-RED: counts messages by their sender. */
module.exports = function register(RED) {
  function TallyNode(config) {
    RED.nodes.createNode(this, config);
    const senders = new Map();
    this.on('input', (message, send, done) => {
      const { sender } = message.req.query;
      if (!senders.has(sender)) senders.set(sender, { first: message, count: 0 }); // leaks here
      senders.get(sender).count++;
      message.payload = { count: senders.get(sender).count };
      send(message);
      done();
    });
  }
  RED.nodes.registerType('tally', TallyNode);
};
