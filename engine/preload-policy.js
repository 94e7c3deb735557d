/* global require, process, module, __filename */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// The runner of policy packs insists on ts-node, with the check of types: seconds before the first policy. This stands
// in for it and for the compiler that it is given; TypeScript is loaded as everywhere else, and tsc checks types.
const { Module } = require("node:module");

const compilers = {
  typeScriptRequireStrings: () => ({ tsnodeRequire: __filename, typescriptRequire: __filename }),
  loadTypeScriptCompilerOptions: () => ({}),
};

if (process.argv[1]?.includes("/cmd/run-policy-pack/")) {
  const load = Module._load;
  Module._load = (request, parent, isMain) => {
    const asked = request === "../../tsutils" && parent?.filename?.endsWith("/cmd/run-policy-pack/run.js");
    return asked ? compilers : load(request, parent, isMain);
  };
}

module.exports = { version: "", register: () => undefined };
