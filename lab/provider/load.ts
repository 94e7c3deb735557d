/**
 * Loads a module when it is first needed: a plugin has to print its port at once. It is `require` whatever
 * compiles this file (Pulumi's ts-node, the engine's esbuild, jest): some of them leave `import()` to
 * Node's ES module loader, which finds no TypeScript.
 */
import { createRequire } from "node:module";

const requireHere = createRequire(__filename);

/** The module at `path`: relative to lab/provider, or a package. The caller says its type. */
export const load = <Module>(path: string): Module => requireHere(path) as Module;
