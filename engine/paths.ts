import { isObject, type Properties, type Value } from "./values";

/** A place inside a resource's properties; `*` stands for any key or index. */
export type Path = (string | number)[];

const SEGMENT = /^(?:\.?([^.[\]"]+)|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\])/;

/**
 * Parses a property path as `ignoreChanges` and provider diffs write it: `root.nested[0]["with.dot"]`, `list[*]`.
 * @throws Error on a path that does not follow that form
 */
export function parsePath(text: string): Path {
  const path: Path = [];
  let rest = text;
  while (rest !== "") {
    const match = SEGMENT.exec(rest);
    if (!match) throw new Error(`property path: want name, .name, [0], [*] or ["name"], got "${text}"`);
    if (match[1] !== undefined) path.push(match[1]);
    else if (match[2] !== undefined) path.push(Number(match[2]));
    else if (match[3] !== undefined) path.push(match[3].replace(/\\(.)/g, "$1"));
    else path.push("*");
    rest = rest.slice(match[0].length);
  }
  return path;
}

/** True when everything at `inner` lies at or below `outer`. */
export function contains(outer: Path, inner: Path): boolean {
  return outer.length <= inner.length && outer.every((part, at) => part === "*" || part === inner[at]);
}

/** Writes a path the way the CLI does. */
export function formatPath(path: Path): string {
  return path
    .map((part, at) => {
      if (typeof part === "number") return `[${part}]`;
      if (/[.[\]"]/.test(part)) return `["${part.replace(/["\\]/g, "\\$&")}"]`;
      return at === 0 ? part : `.${part}`;
    })
    .join("");
}

export function getPath(value: Value | undefined, path: Path): Value | undefined {
  let current = value;
  for (const part of path) {
    if (Array.isArray(current)) current = typeof part === "number" ? current[part] : undefined;
    else current = isObject(current) ? current[part] : undefined;
  }
  return current;
}

/**
 * New inputs in which every path of `ignored` has its old value again (absent where it was absent).
 * @returns the inputs, and the paths that could not be ignored because their surroundings came or went
 */
export function resetIgnored(
  inputs: Properties,
  old: Properties,
  ignored: string[],
): { inputs: Properties; invalid: string[] } {
  const result = structuredClone(inputs);
  const invalid = ignored.filter((text) => !reset(old, result, parsePath(text)));
  return { inputs: result, invalid };
}

function reset(old: Value | undefined, target: Value | undefined, path: Path): boolean {
  const [part, ...rest] = path;
  if (part === undefined) return true;
  if (part === "*") return resetEach(old, target, rest);
  const container = target as Record<string | number, Value> | undefined;
  const before = getPath(old, [part]);
  if (Array.isArray(target) ? typeof part !== "number" : !isObject(target)) return before === undefined;
  if (rest.length > 0) {
    const now = getPath(target, [part]);
    if (before === undefined && now === undefined) return true;
    if (before === undefined || now === undefined) return false;
    return reset(before, now, rest);
  }
  if (before !== undefined) (container as Record<string | number, Value>)[part] = structuredClone(before);
  else if (Array.isArray(target)) return (part as number) >= target.length;
  else delete (container as Record<string, Value>)[part];
  return true;
}

function resetEach(old: Value | undefined, target: Value | undefined, rest: Path): boolean {
  if (Array.isArray(old) && Array.isArray(target)) {
    return (
      old.length === target.length && target.map((_, at) => reset(old, target, [at, ...rest])).every(Boolean)
    );
  }
  if (isObject(old) && isObject(target)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(target)]);
    return [...keys].map((key) => reset(old, target, [key, ...rest])).every(Boolean);
  }
  return old === undefined && target === undefined;
}
