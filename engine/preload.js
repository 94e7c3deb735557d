/* global require, process, module, __filename */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// Loaded with --require into the processes that the engine starts (the program and its plugins). It is plain
// JavaScript because it is what makes TypeScript loadable there.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { tmpdir, userInfo } = require("node:os");
const { join } = require("node:path");
const { Module } = require("node:module");

// The engine holds the other end of stdin: when it is killed, this process must not go on changing things.
process.stdin.on("end", () => process.exit(1));
process.stdin.on("error", () => process.exit(1));
process.stdin.resume();
process.stdin.unref();

// TypeScript by esbuild, kept on disk by content. Three times as fast as ts-node or tsx for a large program.
const cache = join(tmpdir(), `foobar-typescript-${userInfo().uid}`);
const sources = new Map();
let esbuild;

function compile(file) {
  const source = readFileSync(file, "utf8");
  const key = createHash("sha256")
    .update(`${process.version}\0${__filename}\0${file}\0${source}`)
    .digest("hex");
  const kept = join(cache, `${key}.js`);
  try {
    return readFileSync(kept, "utf8");
  } catch {
    esbuild ??= require("esbuild");
    const { code } = esbuild.transformSync(source, {
      loader: "ts",
      format: "cjs",
      target: "node20",
      sourcemap: "inline",
      sourcefile: file,
    });
    try {
      mkdirSync(cache, { recursive: true, mode: 0o700 });
      writeFileSync(`${kept}.${process.pid}`, code, { mode: 0o600 });
      renameSync(`${kept}.${process.pid}`, kept);
    } catch {
      // Without a place to keep it, it is compiled again next time.
    }
    return code;
  }
}

Module._extensions[".ts"] = (target, file) => {
  const code = compile(file);
  sources.set(file, code);
  target._compile(code, file);
};
require("source-map-support").install({ retrieveFile: (file) => sources.get(file) ?? null });

// The SDK asks for a stack with every promise, in case one leaks; mapping those made up a third of a program's time.
const mapped = Error.prepareStackTrace;
Error.prepareStackTrace = (error, frames) =>
  frames[0]?.getFileName()?.endsWith("/runtime/debuggable.js") ? String(error) : mapped(error, frames);

module.exports = {};
