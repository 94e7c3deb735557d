/* global require, process, module, __dirname */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// Files that save work when they are there: in node_modules, because whoever can write there can change the code anyway.
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const folder = join(__dirname, "..", "node_modules", ".cache", "engine");

/** The content of a kept file; undefined when there is none. */
function readKept(name) {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
}

function keep(name, content) {
  const file = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, content);
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // Without a place to keep it, the work is done again next time.
  }
}

module.exports = { folder, readKept, keep };
