/* global require, process, module */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// Loaded with --require into the processes that the engine starts (the program and its plugins). It is plain
// JavaScript because it is what makes TypeScript loadable there.

// The engine holds the other end of stdin: when it is killed, this process must not go on changing things.
process.stdin.on("end", () => process.exit(1));
process.stdin.on("error", () => process.exit(1));
process.stdin.resume();
process.stdin.unref();

require("./register");
require("./preload-policy");

module.exports = {};
