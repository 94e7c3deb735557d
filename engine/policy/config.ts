import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { unspoken } from "../rpc";
import { LEVEL_NAMES, type ConfigSchema, type PackInfo, type PolicyConfig } from "./info";

const levelSchema = z.enum(LEVEL_NAMES as [string, ...string[]]) as z.ZodType<PolicyConfig["level"]>;
const entrySchema = z.union([
  levelSchema.transform((level): PolicyConfig => ({ level, properties: {} })),
  z
    .looseObject({ enforcementLevel: levelSchema.optional() })
    .transform(({ enforcementLevel: level, ...properties }): PolicyConfig => ({ level, properties })),
]);

/**
 * Reads a pack's configuration: by policy, or for `all`, a level or an object with `enforcementLevel` and properties.
 * @returns empty for an empty file
 * @throws Error that names the file and the policy
 */
export function readPolicyConfig(file: string): Map<string, PolicyConfig> {
  if (!existsSync(file)) throw new Error(`policy pack configuration: want ${file}, got no such file`);
  const text = readFileSync(file, "utf8").trim();
  let content: unknown;
  try {
    content = JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    throw new Error(`${file}: want JSON, got ${(error as Error).message}`, { cause: error });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new Error(`${file}: want an object of policies, got ${text.slice(0, 40)}`);
  }
  if ("environments" in content) throw unspoken("environments (ESC)", file);
  const config = new Map<string, PolicyConfig>();
  for (const [name, entry] of Object.entries(content)) {
    const parsed = entrySchema.safeParse(entry);
    if (!parsed.success) {
      throw new Error(
        `${file}: ${name}: want one of ${LEVEL_NAMES.join(", ")}, or an object of the policy's settings ` +
          `whose "enforcementLevel", if any, is one of them, got ${JSON.stringify(entry)}`,
      );
    }
    if (parsed.data.level !== undefined || Object.keys(parsed.data.properties).length > 0) {
      config.set(name, parsed.data);
    }
  }
  return config;
}

/**
 * The settings of every policy: its schema's defaults, then what the pack's code sets, then what the user gives;
 * in each of these `all` (a level only) before the policy's own.
 * @returns `unknown`: names that are no policy of the pack, which are left out
 */
export function reconcile(info: PackInfo, given: Map<string, PolicyConfig>) {
  const config = new Map<string, PolicyConfig>();
  for (const { name, level } of info.policies) {
    config.set(name, { level, properties: defaultsOf(info.schemas.get(name)) });
  }
  for (const layer of [info.initialConfig, given]) {
    const all = layer.get("all")?.level;
    for (const [name, settings] of config) {
      const own = layer.get(name);
      config.set(name, {
        level: own?.level ?? all ?? settings.level,
        properties: { ...settings.properties, ...own?.properties },
      });
    }
  }
  const unknown = [...given.keys()].filter((name) => name !== "all" && !config.has(name));
  return { config, unknown };
}

function defaultsOf(schema: ConfigSchema | undefined): Record<string, unknown> {
  const properties = Object.entries(schema?.properties ?? {});
  return Object.fromEntries(
    properties
      .filter(([, property]) => "default" in property)
      .map(([key, property]) => [key, property.default]),
  );
}

/** What is wrong with the settings, one line each with policy and property; sorted. */
export function validate(info: PackInfo, config: Map<string, PolicyConfig>): string[] {
  const wrong: string[] = [];
  for (const [policy, schema] of info.schemas) {
    const properties = config.get(policy)?.properties ?? {};
    for (const name of schema.required) {
      if (!(name in properties)) wrong.push(`${policy}: ${name} is required`);
    }
    for (const [name, property] of Object.entries(schema.properties)) {
      if (!(name in properties)) continue;
      const { error } = toZod(property, `${policy}: ${name}`).safeParse(properties[name]);
      for (const { path, message } of error?.issues ?? []) {
        wrong.push(`${policy}: ${[name, ...path].join(".")}: ${message}`);
      }
    }
  }
  return wrong.sort();
}

function toZod(schema: Record<string, unknown>, where: string): z.ZodType {
  try {
    return z.fromJSONSchema(schema, { defaultTarget: "draft-7" });
  } catch (error) {
    throw new Error(`${where}: its schema is not understood: ${(error as Error).message}`, { cause: error });
  }
}
