import { formatPath, type Path } from "./paths";
import { equal, isInternalKey, isObject, isSecret, isUnknown, signature, withoutSecrets } from "./values";
import type { Properties, Value } from "./values";

export type DiffKind = "add" | "delete" | "update" | "add-replace" | "delete-replace" | "update-replace";

/** One changed property. `inputDiff`: compare old and new inputs; otherwise old outputs with new inputs. */
export interface PropertyDiff {
  kind: DiffKind;
  inputDiff: boolean;
}

/** What a provider, or the engine itself, says about the difference between old state and new inputs. */
export interface Diff {
  changes: boolean;
  replaceKeys: string[];
  changedKeys: string[];
  deleteBeforeReplace: boolean;
  detailed?: Record<string, PropertyDiff>;
}

/** A provider's own answer; `changes` undefined: the engine is to compare the inputs. */
export type ProviderDiff = Omit<Diff, "changes"> & { changes: boolean | undefined };

export const NO_DIFF: Diff = { changes: false, replaceKeys: [], changedKeys: [], deleteBeforeReplace: false };

export function replaces(diff: Diff): boolean {
  return (
    diff.replaceKeys.length > 0 ||
    Object.values(diff.detailed ?? {}).some((property) => property.kind.endsWith("-replace"))
  );
}

/** The engine's own diff of inputs, for components and for providers that leave it to the engine. */
export function diffInputs(old: Properties, now: Properties): Diff {
  const detailed: Record<string, PropertyDiff> = {};
  compare(withoutSecrets(old), withoutSecrets(now), [], detailed);
  const changedKeys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (key) => !equal(withoutSecrets(old[key] ?? null), withoutSecrets(now[key] ?? null)),
  );
  return { ...NO_DIFF, changes: Object.keys(detailed).length > 0, changedKeys, detailed };
}

function compare(
  old: Value | undefined,
  now: Value | undefined,
  path: Path,
  found: Record<string, PropertyDiff>,
): void {
  if (old === undefined && now === undefined) return;
  if (!isUnknown(now) && equal(old, now)) return;
  if (Array.isArray(old) && Array.isArray(now)) {
    for (let at = 0; at < Math.max(old.length, now.length); at++)
      compare(old[at], now[at], [...path, at], found);
  } else if (isObject(old) && isObject(now) && !signature(old) && !signature(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      if (!isInternalKey(key)) compare(old[key], now[key], [...path, key], found);
    }
  } else {
    const kind = old === undefined ? "add" : now === undefined ? "delete" : "update";
    found[formatPath(path)] = { kind, inputDiff: true };
  }
}

/** True when the inputs are the same, secret marks included. */
export function sameInputs(old: Properties, now: Properties): boolean {
  return equal(old, now);
}

/** A value as people may see it: secrets and unknowns by name, long text cut. */
export function show(value: Value | undefined): string {
  if (value === undefined) return "<none>";
  return JSON.stringify(mask(value));
}

/** Secrets and unknowns by the names that the CLI gives them. */
export function mask(value: Value): Value {
  if (isSecret(value)) return "[secret]";
  if (isUnknown(value)) return "[unknown]";
  if (Array.isArray(value)) return value.map(mask);
  if (!isObject(value)) return value;
  const result: Record<string, Value> = {};
  for (const [key, item] of Object.entries(value)) if (!isInternalKey(key)) result[key] = mask(item);
  return result;
}
