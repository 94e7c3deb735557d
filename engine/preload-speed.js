/* global require, process */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// What a program of a few hundred resources spends most of its time on, and need not: compiling a thousand files of
// SDKs, and loading compilers that nobody asks.
const { createHash } = require("node:crypto");
const { createRequire, Module } = require("node:module");
const { dirname } = require("node:path");
const { deserialize, serialize, setFlagsFromString } = require("node:v8");
const vm = require("node:vm");
const { folder, keep, readKept } = require("./preload-cache");
const { CHANGES, v8Hooks } = require("./preload-sdk");

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
// The packages of providers load all their services, 240 of AWS; a program uses ten. A service also registers how its
// resources are made of references that others send; the engine speaks to nobody who would send one of a service that the
// program has not used.
const PROVIDER_PACKAGE = /\/@pulumi\/(?!pulumi\/|policy\/)[^/]+\/index\.js$/;
const SERVICE = /^\.\/\w+$/;

const load = Module._load;
Module._load = (request, parent, isMain) => {
  const asking = parent?.filename ?? "";
  if (SERVICE.test(request) && PROVIDER_PACKAGE.test(asking)) {
    const isFolder = Module._resolveFilename(request, parent, false).endsWith("/index.js");
    return isFolder ? loadLate(request, parent) : load(request, parent, isMain);
  }
  if (!asking.includes("/@pulumi/pulumi/")) return load(request, parent, isMain);
  if (LATE.has(request)) return loadLate(request, parent);
  if (request.endsWith("/v8Hooks")) return v8Hooks;
  const loaded = load(request, parent, isMain);
  const beside = (id) => createRequire(Module._resolveFilename(request, parent, false))(id);
  CHANGES[request.slice(request.lastIndexOf("/"))]?.(loaded, beside);
  return loaded;
};

/** Stands for a module of CommonJS, which loads when something in it is asked for. */
function loadLate(request, parent) {
  Module._resolveFilename(request, parent, false); // one that is missing is missed at once, as ever
  let loaded;
  const own = () => (loaded ??= load(request, parent, false));
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (key === "__esModule") return true;
        // A module of CommonJS is its own default export.
        return key === "default" && !own().__esModule ? own() : own()[key];
      },
      has: (_, key) => key in own(),
      ownKeys: () => Reflect.ownKeys(own()),
      // Whatever a proxy shows and does not have itself must be said to be configurable.
      getOwnPropertyDescriptor: (_, key) => {
        const found = Reflect.getOwnPropertyDescriptor(own(), key);
        return found && { ...found, configurable: true };
      },
    },
  );
}

// From Node 22 on it keeps compiled code by itself.
if (Module.enableCompileCache) Module.enableCompileCache(folder);
else keepCompiledCode();

/** Compiles files from the code that V8 kept of them in an earlier process. */
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
    // Code that V8 has kept cannot import().
    if (/\bimport\(/.test(content)) return compile.call(this, content, file);
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
