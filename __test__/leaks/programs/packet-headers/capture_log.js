'use strict';

const HEADER_BYTES = 16;

/** The headers of all packets of this day, 16 bytes each: a million of them are 16 MB. */
class CaptureLog {
  headers = [];

  onPacket(packet) {
    this.headers.push(packet.subarray(0, HEADER_BYTES)); // leaks here
  }
}

module.exports = { CaptureLog };
