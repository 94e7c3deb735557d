/** Check: inputs as the program gives them become complete, valid inputs, or problems by name. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ResourceType } from "./resource";
import { checkFields, withDefaults, type Failure } from "./rules";
import { isAsset, plainProperties, withSecrecyOf, type Properties } from "./values";

/** Checked inputs, or what is wrong with them. */
export interface Checked {
  inputs: Properties;
  failures: Failure[];
}

const nameInUrn = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/**
 * A made-up name: the resource's own, `-` and 7 hex digits, shortened to what AWS allows. It stays for as long
 * as the resource does.
 */
function autoname(type: ResourceType, urn: string, olds: Properties): string {
  const { property, limit, lowerCase } = type.autoname!;
  const old = olds[property];
  if (typeof old === "string" && Array.isArray(olds.__defaults) && olds.__defaults.includes(property))
    return old;
  const base = lowerCase ? nameInUrn(urn).toLowerCase() : nameInUrn(urn);
  return `${base.slice(0, limit - 8)}-${randomBytes(4).toString("hex").slice(0, 7)}`;
}

/** Assets with the digest of their content, by which a change is seen. */
function withDigest(value: unknown): unknown {
  if (!isAsset(value) || value.hash !== undefined) return value;
  if (value.path === undefined && value.text === undefined) return value;
  const content = value.text ?? readFileSync(value.path!);
  return { ...value, hash: createHash("sha256").update(content).digest("hex") };
}

/**
 * Fills in defaults, made-up names and the client token, and checks every rule. Works without a lab.
 * `__clientToken` makes a create idempotent: it stays the same as long as the engine hands the earlier checked
 * inputs in as `olds`, and is new for a replacement, which is checked without.
 */
export function check(type: ResourceType, urn: string, olds: Properties, news: Properties): Checked {
  const before = plainProperties(olds);
  const inputs = withDefaults(plainProperties(news), type.inputs);
  for (const [name, value] of Object.entries(inputs)) inputs[name] = withDigest(value);
  const named = type.autoname?.property;
  if (named !== undefined && inputs[named] === undefined && inputs[`${named}Prefix`] === undefined) {
    inputs[named] = autoname(type, urn, before);
    inputs.__defaults = [named];
  }
  if (type.clientToken ?? type.backend === undefined) {
    const old = before.__clientToken;
    inputs.__clientToken = typeof old === "string" ? old : randomBytes(16).toString("hex");
  }
  const failures = [...checkFields(inputs, type.inputs), ...(type.check?.(inputs) ?? [])];
  return { inputs: withSecrecyOf(inputs, news) as Properties, failures };
}
