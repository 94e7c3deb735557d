/** Diff: which properties changed, and whether the resource has to be replaced for it. */
import type { ResourceType } from "./resource";
import type { Rule } from "./rules";
import { equal, isAsset, isObject, plainProperties, type Properties } from "./values";

type Kind = "add" | "delete" | "update";

/** What happened to one property, by path. */
export interface Change {
  kind: Kind;
  replaces: boolean;
}

/** The outcome of a diff. */
export interface Difference {
  changes: Record<string, Change>;
  /** Top-level properties for whose sake the resource is replaced. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

const kindOf = (old: unknown, value: unknown): Kind =>
  old === undefined ? "add" : value === undefined ? "delete" : "update";

const byText = (items: unknown[]): unknown[] =>
  [...items].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

/** Adds what changed between two values to `changes`: leaf by leaf where both are objects or lists. */
function compare(
  path: string,
  old: unknown,
  value: unknown,
  rule: Rule | undefined,
  replaces: boolean,
  changes: Record<string, Change>,
): void {
  const lists = Array.isArray(old) && Array.isArray(value);
  const [a, b] = lists && rule?.unordered ? [byText(old), byText(value)] : [old, value];
  if (equal(a, b)) return;
  const forced = replaces || rule?.replaces === true;
  if (isObject(a) && isObject(b) && !isAsset(a) && !isAsset(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      compare(`${path}.${key}`, a[key], b[key], rule?.fields?.[key], forced, changes);
    return;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let index = 0; index < Math.max(a.length, b.length); index++)
      compare(`${path}[${index}]`, a[index], b[index], rule?.item, forced, changes);
    return;
  }
  changes[path] = { kind: kindOf(a, b), replaces: forced };
}

/**
 * Compares checked inputs with those of the last run.
 * @param state outputs of the last run; stands in for `oldInputs` where an engine sends none.
 */
export function diff(
  type: ResourceType,
  state: Properties,
  oldInputs: Properties | undefined,
  newInputs: Properties,
): Difference {
  const outputs = plainProperties(state);
  const news = plainProperties(newInputs);
  const known = new Set([...Object.keys(type.inputs), "__clientToken"]);
  const olds =
    oldInputs === undefined
      ? Object.fromEntries(Object.entries(outputs).filter(([key]) => known.has(key)))
      : plainProperties(oldInputs);
  const changes: Record<string, Change> = {};
  for (const key of new Set([...Object.keys(olds), ...Object.keys(news)]))
    if (!key.startsWith("__")) compare(key, olds[key], news[key], type.inputs[key], false, changes);
  const extra = type.replaces?.(olds, news, outputs) ?? [];
  for (const key of extra) {
    const touched = Object.keys(changes).filter(
      (path) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`),
    );
    for (const path of touched) changes[path].replaces = true;
    if (touched.length === 0) changes[key] = { kind: "update", replaces: true };
  }
  const replaces = [
    ...new Set(
      Object.entries(changes)
        .filter(([, change]) => change.replaces)
        .map(([path]) => path.split(/[.[]/)[0]),
    ),
  ];
  // a name that the program chose cannot exist twice
  const named = type.autoname?.property;
  const sameName = named !== undefined && equal(olds[named], news[named]);
  return {
    changes,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && (type.deleteBeforeReplace === true || sameName),
  };
}
