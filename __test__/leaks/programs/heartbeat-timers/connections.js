'use strict';

const HEARTBEAT_MS = 30_000;

/** A device on the line. Heartbeats keep proxies from closing it. */
class Connection {
  constructor(device, send) {
    this.device = device;
    this.send = send;
    this.received = [];
    this.isOpen = true;
    this.heartbeat = setInterval(() => this.ping(), HEARTBEAT_MS); // leaks here
    this.heartbeat.unref();
  }

  ping() {
    if (this.isOpen) this.send('ping');
  }

  onMessage(message) {
    this.received.push(message);
  }

  close() {
    this.isOpen = false;
  }
}

module.exports = { Connection };
