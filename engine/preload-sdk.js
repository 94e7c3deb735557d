/* global require, module */
/* eslint-disable @typescript-eslint/no-require-imports */
"use strict";
// What Pulumi's SDK does in every process for those who debug it or serialize functions, done when somebody asks for it.
const { pathToFileURL } = require("node:url");
const { promisify } = require("node:util");
const { frameText } = require("./preload-typescript");

/**
 * The SDK connects to V8's inspector before it loads the program, to know the files of the functions that it may have to
 * serialize; from then on every file takes longer to load. Who connects later hears of all files, if it listens first.
 */
const v8Hooks = {
  urls: new Map(),
  isInitializedAsync: () => Promise.resolve(),
  getSessionAsync: () => (v8Hooks.session ??= connect()),
  getScriptUrl: (id) => v8Hooks.urls.get(id),
};

async function connect() {
  const { Session } = require("node:inspector");
  const session = new Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => v8Hooks.urls.set(params.scriptId, params.url));
  await promisify(session.post).call(session, "Debugger.enable");
  return session;
}

/** The SDK's debug messages, several for each resource and sent one after the other, are nobody's to read here. */
function keepQuiet(log) {
  log.debug &&= () => Promise.resolve();
}

/** The SDK notes a stack for every promise, a tenth of a large program's time, and tells it to those who hunt leaks. */
function forgetStacks(debuggable, requireBeside) {
  const { debuggablePromise, debugPromiseLeaks } = debuggable;
  if (debugPromiseLeaks || debuggablePromise.forgetsStacks) return;
  const { getStore } = requireBeside("./state");
  const forgetful = (promise) => {
    const { leakCandidates } = getStore();
    leakCandidates.add(promise);
    return promise.then(
      (value) => {
        leakCandidates.delete(promise);
        return value;
      },
      (error) => {
        leakCandidates.delete(promise);
        if (error instanceof Error) error.promise = promise;
        throw error;
      },
    );
  };
  // The first promise of a process has the SDK look for leaks when it ends.
  debuggable.debuggablePromise = (promise, context) => {
    debuggable.debuggablePromise = forgetful;
    return debuggablePromise(promise, context);
  };
  debuggable.debuggablePromise.forgetsStacks = forgetful.forgetsStacks = true;
}

/** The SDK sends the whole stack with every resource. The engine keeps where the resource was made: one frame. */
function shortenStacks({ Resource }) {
  if (!Resource?.framePositionRegExp) return; // another module of that name, or not all of it yet
  Resource.stackTrace = (skip) => {
    const { stackTraceLimit, prepareStackTrace } = Error;
    Error.stackTraceLimit = skip + 1;
    Error.prepareStackTrace = (_, frames) => frames[skip];
    const frame = new Error().stack;
    Object.assign(Error, { stackTraceLimit, prepareStackTrace });
    if (frame === undefined) return [];
    const { file, line, column } = Resource.framePositionRegExp.exec(`at ${frameText(frame)}`)?.groups ?? {};
    if (file === undefined || file.startsWith("node:")) return [undefined];
    return [{ uri: pathToFileURL(file).toString(), line: Number(line), column: Number(column) }];
  };
}

/** By the end of a request's path: what is changed in the module when the SDK loads it. */
const CHANGES = { "/log": keepQuiet, "/debuggable": forgetStacks, "/resource": shortenStacks };

module.exports = { CHANGES, v8Hooks };
