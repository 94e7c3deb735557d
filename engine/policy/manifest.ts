import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** One policy pack to run. */
export interface PolicyPackOptions {
  /** Folder of PulumiPolicy.yaml. */
  path: string;
  /** JSON file with the configuration of its policies. */
  config?: string;
}

/** What the engine needs of a pack before it runs. */
export interface PackManifest {
  /** Absolute. */
  folder: string;
  /** Takes the place of the version in package.json. */
  version?: string;
  description?: string;
}

const manifestSchema = z.object({
  runtime: z.union([z.string(), z.object({ name: z.string() })]),
  version: z.coerce.string().optional(),
  description: z.string().nullish(),
});

const packageSchema = z.object({ version: z.string().min(1) });

/**
 * Reads the files that every pack has.
 * @throws Error when the folder or one of them is missing or not as it should be, or for another language
 */
export function readPack(path: string): PackManifest {
  const folder = resolve(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`policy pack ${path}: want a folder with PulumiPolicy.yaml, got no such folder`);
  }
  const manifest = read(join(folder, "PulumiPolicy.yaml"), manifestSchema, 'one with "runtime: nodejs"');
  const runtime = typeof manifest.runtime === "string" ? manifest.runtime : manifest.runtime.name;
  if (runtime !== "nodejs") {
    throw new Error(
      `policy pack ${path}: runtime: want nodejs, got ${runtime}; use the Pulumi CLI for packs in other languages`,
    );
  }
  // The SDK takes the version from here, and its own message is no help when there is none.
  read(join(folder, "package.json"), packageSchema, 'one with a "version" and the "main" file of the pack');
  return { folder, version: manifest.version, description: manifest.description ?? undefined };
}

function read<T>(file: string, schema: z.ZodType<T>, wanted: string): T {
  if (!existsSync(file)) throw new Error(`policy pack: want ${file}, got no such file; make ${wanted}`);
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new Error(`${file}: want ${wanted}, got ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Pairs the command line's folders with its configuration files. @throws Error when there are not as many */
export function pairPacks(folders: string[], configs: string[]): PolicyPackOptions[] {
  if (configs.length > 0 && configs.length !== folders.length) {
    throw new Error(
      `--policy-pack-config: want one for each --policy-pack (${folders.length}), got ${configs.length}`,
    );
  }
  return folders.map((path, at) => ({ path, config: configs[at] }));
}
