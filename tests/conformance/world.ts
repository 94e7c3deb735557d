/** A throw-away project in which one side runs: the program, its settings, and the resources it makes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const repository = resolve(__dirname, "../..");

/** One call of the provider, begun or ended. */
export interface Call {
  phase: "begin" | "end";
  operation: string;
  name: string;
  /** Empty while a resource is being made. */
  id: string;
}

/** The test provider as plain JavaScript, which both sides start faster. @returns its folder */
export async function buildProvider(folder: string): Promise<string> {
  const source = join(repository, "tests/support/engine-provider");
  const outfile = join(folder, "index.js");
  await build({
    entryPoints: [join(source, "index.ts")],
    ...{ outfile, bundle: true, platform: "node", logLevel: "error" },
  });
  writeFileSync(
    join(folder, "PulumiPlugin.yaml"),
    "runtime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "files", main: "index.js" }));
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  return folder;
}

const PRELUDE = `"use strict";
const pulumi = require("@pulumi/pulumi");
class File extends pulumi.CustomResource {
  constructor(name, args = {}, opts = {}) {
    const outputs = { computed: undefined, path: undefined, token: undefined, name: undefined };
    super("files:index:File", name, { ...outputs, ...args }, { version: "1.2.3", ...opts });
  }
}
class Group extends pulumi.ComponentResource {
  constructor(name, opts = {}, type = "test:index:Group") {
    super(type, name, {}, opts);
  }
}
`;

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "conformance-"));
  private readonly files = join(this.folder, "files");

  /** @param provider folder of the built test provider */
  constructor(provider: string) {
    const write = (name: string, content: object) =>
      writeFileSync(join(this.folder, name), JSON.stringify(content));
    symlinkSync(join(repository, "node_modules"), join(this.folder, "node_modules"));
    mkdirSync(this.files);
    write("package.json", { name: "test", main: "index.js" });
    write("Pulumi.yaml", {
      name: "test",
      runtime: { name: "nodejs", options: { typescript: false } },
      plugins: { providers: [{ name: "files", path: provider }] },
    });
    write("Pulumi.dev.yaml", { config: { "files:folder": this.files } });
  }

  program(text: string): void {
    writeFileSync(join(this.folder, "index.js"), PRELUDE + text);
  }

  /** Ids of the resources that there are. */
  existing(): string[] {
    const files = readdirSync(this.files).filter((file) => file.endsWith(".json"));
    return files.map((file) => file.replace(/\.json$/, ""));
  }

  /** Changes the newest resource of a name, or takes it away. */
  tamper(name: string, change: Record<string, unknown> | undefined): void {
    const made = this.calls().filter(
      (call) => call.operation === "create" && call.name === name && call.id !== "",
    );
    const file = join(this.files, `${made.at(-1)?.id}.json`);
    if (change === undefined) return rmSync(file);
    const inputs = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...inputs, ...change }));
  }

  calls(): Call[] {
    return lines(join(this.files, "calls.log")).map((line) => {
      const [phase, operation, name, id = ""] = line.split(" ");
      return { phase: phase as Call["phase"], operation, name, id };
    });
  }

  /** What the program's hooks wrote. */
  hooks(): string[] {
    return lines(join(this.folder, "hooks.log"));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function lines(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}
