import { parse } from "yaml";
import type { Host } from "../site/host";
import { ConfigError } from "../parse/config-error";

type Fields = Readonly<Record<string, unknown>>;

/** A YAML or JSON file of a host's user data. Undefined when user data has none. @throws ConfigError when it is neither */
export function documentOf(host: Host, path: string): Fields | undefined {
  const text = host.file(path);
  if (typeof text !== "string") return undefined;
  let document = read.get(text);
  if (!document) {
    try {
      document = fields(parse(text));
    } catch (error) {
      throw new ConfigError(path, 1, "YAML or JSON", (error as Error).message.split("\n")[0]);
    }
    read.set(text, document);
  }
  return document;
}

/** By text: a thousand hosts have few different files, and two rules read each. */
const read = new Map<string, Fields>();

/** An object's fields; none of anything else. */
export function fields(value: unknown): Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text, a number or a switch as text; undefined for everything else. */
export function text(value: unknown): string | undefined {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
}
