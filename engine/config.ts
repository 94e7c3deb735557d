import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { unspoken } from "./rpc";
import { packageOf } from "./urn";
import { secret, type Properties } from "./values";
import type { Crypter } from "./secrets";

const pluginSchema = z.object({ name: z.string(), path: z.string(), version: z.string().optional() });
const projectSchema = z.object({
  name: z.string().min(1),
  runtime: z.union([
    z.string(),
    z.object({ name: z.string(), options: z.record(z.string(), z.unknown()).optional() }),
  ]),
  main: z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  plugins: z
    .object({ providers: z.array(pluginSchema).optional(), analyzers: z.array(z.unknown()).optional() })
    .optional(),
  options: z.object({ refresh: z.literal("always").optional() }).optional(),
  stackConfigDir: z.string().optional(),
});

/** What the engine needs from `Pulumi.yaml`. */
export interface Project {
  name: string;
  /** The folder of Pulumi.yaml, absolute. */
  folder: string;
  /** Folder of the program, absolute: relative paths in it start here. */
  programFolder: string;
  /** What is run in that folder: `.` or a file's name. */
  entryPoint: string;
  /** Local providers: package name → absolute folder. */
  providers: Map<string, string>;
  /** Whether every run reads the resources first. */
  refresh: boolean;
  defaults: Record<string, unknown>;
}

/** One setting of a stack, as programs and providers get it: text, JSON when it has a structure. */
export interface ConfigValue {
  text: string;
  secret: boolean;
}

/** All settings of a stack by full key (`aws:region`, `foobar:shape`). */
export type Config = Map<string, ConfigValue>;

/** What `Pulumi.<stack>.yaml` says before secrets are opened. */
export interface StackFile {
  encryptionSalt?: string;
  values: Record<string, unknown>;
}

/** Reads `Pulumi.yaml`. @throws Error when it is missing, or not a nodejs project */
export function readProject(projectDir: string): Project {
  const folder = resolve(projectDir);
  const file = join(folder, "Pulumi.yaml");
  if (!existsSync(file)) throw new Error(`project: want ${file}, got no such file; name its folder with -C`);
  const parsed = projectSchema.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const project = parsed.data;
  const runtime = typeof project.runtime === "string" ? project.runtime : project.runtime.name;
  if (runtime !== "nodejs") throw new Error(`${file}: runtime: want nodejs, got ${runtime}`);
  const asked: [string, boolean][] = [
    ["policy packs (plugins.analyzers)", (project.plugins?.analyzers ?? []).length > 0],
    ["stackConfigDir", project.stackConfigDir !== undefined],
  ];
  for (const [feature, used] of asked) if (used) throw unspoken(feature, file);
  const providers = (project.plugins?.providers ?? []).map(({ name, path }): [string, string] => [
    name,
    resolve(folder, path),
  ]);
  return {
    name: project.name,
    folder,
    ...locateProgram(resolve(folder, project.main ?? "."), file),
    providers: new Map(providers),
    refresh: project.options?.refresh === "always",
    defaults: project.config ?? {},
  };
}

function locateProgram(main: string, file: string): Pick<Project, "programFolder" | "entryPoint"> {
  const found = statSync(main, { throwIfNoEntry: false });
  if (!found) throw new Error(`${file}: main: want a folder or a file, got ${main}, which is not there`);
  if (found.isDirectory()) return { programFolder: main, entryPoint: "." };
  return { programFolder: dirname(main), entryPoint: basename(main) };
}

const stackSchema = z.object({
  encryptionsalt: z.string().optional(),
  secretsprovider: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
  environment: z.unknown().optional(),
});

/** Reads `Pulumi.<stack>.yaml`; a stack without one has no settings. @throws Error on other secrets providers */
export function readStackFile(project: Project, stack: string): StackFile {
  const file = join(project.folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return { values: {} };
  const parsed = stackSchema.safeParse(parse(readFileSync(file, "utf8")) ?? {});
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { secretsprovider, encryptionsalt, config, environment } = parsed.data;
  if (secretsprovider !== undefined && secretsprovider !== "passphrase") {
    throw new Error(`${file}: secretsprovider: want passphrase, got ${secretsprovider}; use the Pulumi CLI`);
  }
  if (environment !== undefined) {
    throw new Error(`${file}: environment: environments (ESC) are not supported yet; use the Pulumi CLI`);
  }
  return { encryptionSalt: encryptionsalt, values: config ?? {} };
}

/**
 * The settings of a stack over the project's defaults, secrets opened.
 * @param crypter called only when there is a secret
 */
export async function loadConfig(
  project: Project,
  file: StackFile,
  crypter: () => Promise<Crypter>,
): Promise<Config> {
  const config: Config = new Map();
  for (const [key, entry] of Object.entries(project.defaults)) {
    const value =
      isRecord(entry) && ("value" in entry || "default" in entry) ? (entry.value ?? entry.default) : entry;
    if (value !== undefined && !(isRecord(entry) && "type" in entry && value === entry)) {
      config.set(fullKey(key, project.name), { text: textOf(value), secret: false });
    }
  }
  const needed = hasSecure(file.values) ? await crypter() : undefined;
  for (const [key, value] of Object.entries(file.values)) {
    const opened = needed ? open(value, needed) : value;
    config.set(fullKey(key, project.name), { text: textOf(opened), secret: hasSecure(value) });
  }
  return config;
}

/** The settings of one package, as the inputs of its default provider: `aws:region` is `region`. */
export function providerConfig(config: Config, pkg: string): Properties {
  const result: Properties = {};
  for (const [key, value] of config) {
    if (packageOf(key) !== pkg) continue;
    result[key.slice(pkg.length + 1)] = value.secret ? secret(value.text) : value.text;
  }
  return result;
}

function fullKey(key: string, project: string): string {
  const parts = key.split(":");
  if (parts.length === 1) return `${project}:${key}`;
  return parts.length === 3 && parts[1] === "config" ? `${parts[0]}:${parts[2]}` : key;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecure(value: unknown): value is { secure: string } {
  return isRecord(value) && typeof value.secure === "string" && Object.keys(value).length === 1;
}

function hasSecure(value: unknown): boolean {
  if (isSecure(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasSecure);
}

function open(value: unknown, crypter: Crypter): unknown {
  if (isSecure(value)) return crypter.decrypt(value.secure);
  if (Array.isArray(value)) return value.map((item) => open(item, crypter));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, open(item, crypter)]));
}
