import { gunzipSync } from "node:zlib";
import { LineCounter } from "yaml";
import { readEntries, readYaml } from "./cloud-config";
import { ConfigError } from "./config-error";
import { mimeParts } from "./mime";

/** A file that user data writes. */
export interface HostFile {
  path: string;
  content: string;
  /** Octal, such as `0644`. */
  mode?: string;
}

/** What a host's user data makes of it. */
export interface UserData {
  /** As it is before it is split into parts. */
  text: string;
  hostname?: string;
  fqdn?: string;
  /** By path. */
  files: Map<string, HostFile>;
  /** Of `bootcmd`, then of `runcmd`, then scripts; one that is a string is `["sh", "-c", text]`. */
  commands: string[][];
  packages: string[];
}

/** Where a message says that it is: user data has no path. */
const WHERE = "user data";

/**
 * Reads user data as cloud-init would: base64 or text, gzip or not, `#cloud-config`, a shell script, or a MIME
 * multipart of both ("User data formats" in cloud-init's documentation).
 * @throws ConfigError on anything else, such as `#include`, which needs a download.
 */
export function parseUserData(source: { base64: string } | { text: string }): UserData {
  const bytes = "base64" in source ? Buffer.from(source.base64, "base64") : Buffer.from(source.text, "utf8");
  const text = textOf(bytes);
  const data: UserData = { text, files: new Map(), commands: [], packages: [] };
  for (const part of mimeParts(text, WHERE)) addPart(data, part.content, part.line);
  return data;
}

function textOf(bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString("utf8");
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch (error) {
    throw new ConfigError(WHERE, 1, "a whole gzip file", (error as Error).message);
  }
}

function addPart(data: UserData, text: string, line: number): void {
  if (/^#cloud-config\b/.test(text)) addCloudConfig(data, text, line);
  else if (text.startsWith("#!")) data.commands.push(["sh", "-c", text]);
  else
    throw new ConfigError(
      WHERE,
      line,
      "#cloud-config, a #! script or MIME parts",
      JSON.stringify(text.slice(0, 40)),
    );
}

function addCloudConfig(data: UserData, text: string, firstLine: number): void {
  const config = readEntries(text) ?? readWhole(text, firstLine);
  if (typeof config.hostname === "string") data.hostname = config.hostname;
  if (typeof config.fqdn === "string") data.fqdn = config.fqdn;
  for (const file of listOf(config, "write_files")) addFile(data, file as Record<string, unknown>);
  for (const name of ["bootcmd", "runcmd"])
    for (const command of listOf(config, name)) data.commands.push(commandOf(command, name));
  for (const name of listOf(config, "packages"))
    data.packages.push(String(Array.isArray(name) ? name[0] : name));
}

function readWhole(text: string, firstLine: number): Record<string, unknown> {
  const counter = new LineCounter();
  const document = readYaml(text, counter);
  const [problem] = document.errors;
  if (problem)
    throw new ConfigError(
      WHERE,
      firstLine + counter.linePos(problem.pos[0]).line - 1,
      "YAML",
      problem.message,
    );
  const root: unknown = document.toJS() ?? {};
  if (typeof root !== "object" || Array.isArray(root))
    throw new ConfigError(WHERE, firstLine, "a mapping", Array.isArray(root) ? "a list" : typeof root);
  return root as Record<string, unknown>;
}

function listOf(config: Record<string, unknown>, key: string): unknown[] {
  const value = config[key] ?? [];
  if (!Array.isArray(value)) throw new ConfigError(WHERE, 1, `a list in ${key}`, typeof value);
  return value;
}

function addFile(data: UserData, entry: Record<string, unknown>): void {
  const { path, permissions, append } = entry ?? {};
  if (typeof path !== "string") throw new ConfigError(WHERE, 1, "a path in each of write_files", shown(path));
  const encoding = typeof entry.encoding === "string" ? entry.encoding : "text/plain";
  const content = decoded(entry.content ?? "", encoding, path);
  const before = append === true ? (data.files.get(path)?.content ?? "") : "";
  data.files.set(path, {
    path,
    content: before + content,
    ...(typeof permissions === "string" && { mode: permissions }),
    ...(typeof permissions === "number" && { mode: `0${permissions.toString(8)}` }),
  });
}

/** Encodings of `write_files` (cloud-init, module "Write Files"). */
function decoded(content: unknown, encoding: string, path: string): string {
  const bytes = Buffer.isBuffer(content) || content instanceof Uint8Array ? Buffer.from(content) : undefined;
  const text = bytes ? "" : String(content);
  switch (encoding.toLowerCase()) {
    case "text/plain":
      return bytes ? bytes.toString("utf8") : text;
    case "b64":
    case "base64":
      return Buffer.from(text, "base64").toString("utf8");
    case "gz":
    case "gzip":
      return textOf(bytes ?? Buffer.from(text, "latin1"));
    case "gz+b64":
    case "gz+base64":
    case "gzip+b64":
    case "gzip+base64":
      return textOf(bytes ?? Buffer.from(text, "base64"));
    default:
      throw new ConfigError(WHERE, 1, `an encoding that cloud-init knows for ${path}`, encoding);
  }
}

function commandOf(command: unknown, key: string): string[] {
  if (typeof command === "string") return ["sh", "-c", command];
  if (Array.isArray(command)) return command.map(String);
  throw new ConfigError(WHERE, 1, `a string or a list in ${key}`, shown(command));
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
