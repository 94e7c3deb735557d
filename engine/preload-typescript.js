/* global Buffer, require, process, module, __filename */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// TypeScript by esbuild, kept on disk by content. Three times as fast as ts-node or other loaders for a large program.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { Module, SourceMap } = require("node:module");
const { keep, readKept } = require("./preload-cache");

/** By file: the source map of the TypeScript compiled here. */
const sourceMaps = new Map();
let esbuild;

const OPTIONS = {
  loader: "ts",
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  // As TypeScript does it for CommonJS, import() becomes a require() at its time: Node's own loader reads no TypeScript,
  // and code that V8 has kept cannot import() at all.
  supported: { "dynamic-import": false },
};

Module._extensions[".ts"] = (target, file) => {
  const code = compile(file);
  let map;
  sourceMaps.set(file, () => (map ??= new SourceMap(embeddedMap(code))));
  target._compile(code, file);
};

function compile(file) {
  const source = readFileSync(file, "utf8");
  const key = createHash("sha256")
    .update(`${process.version}\0${__filename}\0${JSON.stringify(OPTIONS)}\0${file}\0${source}`)
    .digest("hex");
  const kept = readKept(`${key}.js`);
  if (kept) return kept.toString("utf8");
  esbuild ??= require("esbuild");
  const { code } = esbuild.transformSync(source, { ...OPTIONS, sourcefile: file });
  keep(`${key}.js`, code);
  return code;
}

function embeddedMap(code) {
  const text = code.slice(code.lastIndexOf("base64,") + "base64,".length);
  return JSON.parse(Buffer.from(text, "base64").toString("utf8"));
}

// Loaded now, so that it does not put its own function in place of the one below when the SDK loads it: that one maps
// the SDK too, with source maps that give its files paths on which Node's util.inspect never ends
// (`node_modules/@pulumi/x.ts`, a scope without a package), and a failed program would hang.
require("source-map-support").install();

// The SDK asks for a stack with every resource. Only frames of the TypeScript compiled here are mapped.
Error.prepareStackTrace = (error, frames) => [error, ...frames.map(frameText)].join("\n    at ");

/** A frame as text, at its place in the TypeScript. */
function frameText(frame) {
  const map = sourceMaps.get(frame.getFileName());
  if (map === undefined) return frame;
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
  const entry = map().findEntry(line - 1, column - 1);
  if (entry.originalLine === undefined) return frame;
  return String(frame).replace(
    `:${line}:${column}`,
    `:${entry.originalLine + 1}:${entry.originalColumn + 1}`,
  );
}

module.exports = { frameText };
