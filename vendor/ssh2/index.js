"use strict";
// docker-modem requires "ssh2" at start. The real package compiles native code; an ssh:// engine is refused
// by mesolet before docker-modem ever gets to make a client.
class Client {
  constructor() {
    throw new Error("ssh:// engines are not supported by mesolet: forward the socket and use unix:// or tcp://");
  }
}
module.exports = { Client };
