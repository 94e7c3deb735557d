/* global require, process */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// What a program of a few hundred resources spends most of its time on, and need not: compiling a thousand files of
// SDKs, loading compilers that nobody asks, and telling debug messages to nobody.
const { createHash } = require("node:crypto");
const { Module } = require("node:module");
const { dirname } = require("node:path");
const { deserialize, serialize, setFlagsFromString } = require("node:v8");
const vm = require("node:vm");
const { folder, keep, readKept } = require("./preload-cache");

// Two thirds of the SDK's own loading time go into what only the serialization of functions, tracing and programs that
// run programs need: these load when used.
const LATE = new Set([
  "typescript",
  "@npmcli/arborist",
  "normalize-package-data",
  "fdir",
  "js-yaml",
  "semver",
  "@opentelemetry/exporter-zipkin",
  "@opentelemetry/instrumentation",
  "@opentelemetry/instrumentation-grpc",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-trace-base",
  "@opentelemetry/sdk-trace-node",
  "./automation",
]);
const load = Module._load;
Module._load = (request, parent, isMain) => {
  if (!parent?.filename?.includes("/@pulumi/pulumi/")) return load(request, parent, isMain);
  if (LATE.has(request)) return loadLate(request, parent);
  const loaded = load(request, parent, isMain);
  // The SDK's debug messages, several for each resource and sent one after the other, are nobody's to read here.
  if (request.endsWith("/log") && loaded.debug) loaded.debug = () => Promise.resolve();
  if (request.endsWith("/debuggable") && !loaded.debugPromiseLeaks) forgetStacks(loaded);
  return loaded;
};

/** The SDK notes a stack for every promise, a tenth of a large program's time, and tells it to those who hunt leaks. */
function forgetStacks(debuggable) {
  const { debuggablePromise } = debuggable;
  if (debuggablePromise.forgetsStacks) return;
  debuggable.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
  debuggable.debuggablePromise.forgetsStacks = true;
}

function loadLate(request, parent) {
  Module._resolveFilename(request, parent, false); // one that is missing is missed at once, as ever
  let loaded;
  const get = (_, key) => {
    if (key === "__esModule") return true;
    loaded ??= load(request, parent, false);
    // A module of CommonJS is its own default export.
    return key === "default" && !loaded.__esModule ? loaded : loaded[key];
  };
  return new Proxy({}, { get });
}

// From Node 22 on it keeps compiled code by itself.
if (Module.enableCompileCache) Module.enableCompileCache(folder);
else keepCompiledCode();

/** Compiles files of packages from the code that V8 kept of them in an earlier process. */
function keepCompiledCode() {
  const entry = process.argv[1] ?? "";
  // V8 takes code back only under the flags that it was made with. The SDK sets this one while it loads.
  if (/\/@pulumi\/pulumi\/cmd\/run(-policy-pack)?\//.test(entry))
    setFlagsFromString("--allow-natives-syntax");
  const name = `${createHash("sha256").update(`${process.version}\0${entry}`).digest("hex").slice(0, 16)}.v8`;
  const known = readCode(name);
  const fresh = new Map();
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, file) {
    // Code that V8 has kept cannot import(), which a project's own files do.
    if (!file.includes("/node_modules/") || /\bimport\(/.test(content))
      return compile.call(this, content, file);
    const hash = createHash("sha1").update(content).digest("hex");
    const kept = known.get(file);
    const script = new vm.Script(Module.wrap(content.replace(/^#!.*/, "")), {
      filename: file,
      columnOffset: -Module.wrapper[0].length,
      cachedData: kept?.hash === hash ? kept.code : undefined,
    });
    if (kept?.hash !== hash || script.cachedDataRejected) fresh.set(file, { hash, script });
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, requireOf(this), this, file, dirname(file));
  };
  process.on("exit", () => {
    if (fresh.size === 0) return;
    for (const [file, { hash, script }] of fresh) known.set(file, { hash, code: script.createCachedData() });
    keep(name, serialize(known));
  });
}

function readCode(name) {
  try {
    return deserialize(readKept(name));
  } catch {
    return new Map(); // none yet, or one that was cut short
  }
}

function requireOf(target) {
  const require = (id) => target.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, target, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, target);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}
