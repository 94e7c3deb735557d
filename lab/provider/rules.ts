/** Rules that the inputs of a resource must keep, written as data and checked in one place. */
import { hasUnknown, isAsset, isObject, isUnknown, type Properties } from "./values";

type Kind = "string" | "boolean" | "number" | "list" | "map" | "object" | "asset";

/** What one input may be. */
export interface Rule {
  kind: Kind;
  /** The input must be given. @default false */
  required?: boolean;
  /** Value that stands in the checked inputs when the program gives none. */
  default?: unknown;
  /** A change makes a new resource instead of updating this one. @default false */
  replaces?: boolean;
  /** A list whose order means nothing. @default false */
  unordered?: boolean;
  /** Rule of each item of a list. */
  item?: Rule;
  /** Rules of the members of an object; others are refused. */
  fields?: Record<string, Rule>;
  /** A further rule for a known value: says what is wrong ("want X, got Y; fix") or nothing. */
  check?: (value: never) => string | undefined;
}

/** One problem with an input; `property` is its path. */
export interface Failure {
  property: string;
  reason: string;
}

type Options = Omit<Rule, "kind" | "item" | "fields" | "check">;

/** A text; `check` is for what lengths and characters alone cannot say. */
export const text = (
  options: Options & {
    max?: number;
    pattern?: RegExp;
    want?: string;
    oneOf?: readonly string[];
    check?: (value: string) => string | undefined;
    link?: string;
  } = {},
): Rule => {
  const { max, pattern, want, oneOf, check, link, ...rest } = options;
  const see = link === undefined ? "" : `; see ${link}`;
  return {
    ...rest,
    kind: "string",
    check: (value: string) => {
      if (oneOf !== undefined && !oneOf.includes(value))
        return `want one of ${oneOf.join(", ")}, got ${show(value)}${see}`;
      if (max !== undefined && value.length > max)
        return `want at most ${max} characters, got ${value.length}; shorten it${see}`;
      if (pattern !== undefined && !pattern.test(value))
        return `want ${want ?? `text like ${pattern.source}`}, got ${show(value)}; change it${see}`;
      return check?.(value);
    },
  };
};

/** True or false. */
export const flag = (options: Options = {}): Rule => ({ ...options, kind: "boolean" });

/** A whole number within bounds. */
export const count = (options: Options & { min?: number; max?: number; link?: string } = {}): Rule => {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, link, ...rest } = options;
  return {
    ...rest,
    kind: "number",
    check: (value: number) =>
      Number.isInteger(value) && value >= min && value <= max
        ? undefined
        : `want a whole number from ${min} to ${max}, got ${value}${link === undefined ? "" : `; see ${link}`}`,
  };
};

/** Any number. */
export const number = (options: Options = {}): Rule => ({ ...options, kind: "number" });

/** A list of items that all keep one rule. */
export const list = (
  item: Rule,
  options: Options & { check?: (value: never) => string | undefined } = {},
): Rule => ({
  ...options,
  kind: "list",
  item,
});

/** Texts by name. */
export const map = (options: Options = {}): Rule => ({ ...options, kind: "map" });

/** An object with exactly these members. */
export const object = (fields: Record<string, Rule>, options: Options = {}): Rule => ({
  ...options,
  kind: "object",
  fields,
});

/** A file or text asset. */
export const asset = (options: Options = {}): Rule => ({ ...options, kind: "asset" });

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}

const matches: Record<Kind, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  list: Array.isArray,
  map: (value) => isObject(value) && Object.values(value).every((item) => typeof item === "string"),
  object: isObject,
  asset: isAsset,
};

/** Everything that is wrong with `value` at `path`. What is not known yet is never wrong. */
function problems(path: string, value: unknown, rule: Rule): Failure[] {
  if (isUnknown(value)) return [];
  if (!matches[rule.kind](value))
    return [{ property: path, reason: `${path}: want a ${rule.kind}, got ${show(value)}; change its type` }];
  const failures: Failure[] = [];
  if (rule.kind === "list")
    for (const [index, item] of (value as unknown[]).entries())
      failures.push(...problems(`${path}[${index}]`, item, rule.item!));
  if (rule.kind === "object") failures.push(...checkFields(value as Properties, rule.fields!, `${path}.`));
  const said = hasUnknown(value) ? undefined : rule.check?.(value as never);
  if (said !== undefined) failures.push({ property: path, reason: `${path}: ${said}` });
  return failures;
}

/** Checks a bag of properties against its rules; members without a rule are refused by name. */
export function checkFields(bag: Properties, rules: Record<string, Rule>, prefix = ""): Failure[] {
  const failures: Failure[] = [];
  for (const [name, value] of Object.entries(bag)) {
    if (name.startsWith("__")) continue;
    const path = prefix + name;
    if (Object.hasOwn(rules, name)) failures.push(...problems(path, value, rules[name]));
    else
      failures.push({
        property: path,
        reason: `${path}: want one of the inputs that the lab knows (${Object.keys(rules).join(", ")}), got another; leave it out or teach it to lab/provider`,
      });
  }
  for (const [name, rule] of Object.entries(rules))
    if (rule.required && bag[name] === undefined)
      failures.push({ property: prefix + name, reason: `${prefix}${name}: want a value, got none; set it` });
  return failures;
}

/** The bag with the defaults of its rules filled in, in nested objects too. */
export function withDefaults(bag: Properties, rules: Record<string, Rule>): Properties {
  const out: Properties = { ...bag };
  for (const [name, rule] of Object.entries(rules)) {
    if (out[name] === undefined && rule.default !== undefined) out[name] = rule.default;
    if (rule.kind === "object" && isObject(out[name])) out[name] = withDefaults(out[name], rule.fields!);
    if (rule.kind === "list" && rule.item?.kind === "object" && Array.isArray(out[name]))
      out[name] = (out[name] as unknown[]).map((item) =>
        isObject(item) ? withDefaults(item, rule.item!.fields!) : item,
      );
  }
  return out;
}
