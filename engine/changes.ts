import { diffInputs, mask, type Diff, type DiffKind } from "./diff";
import type { Change } from "./events";
import { getPath, parsePath } from "./paths";
import type { ResourceState } from "./state";
import { isInternalKey, type Properties } from "./values";

/** What an update or a replacement changes, with both values, for those who watch. */
export function plannedChanges(old: ResourceState, now: ResourceState, diff: Diff): Change[] {
  const detailed = diff.detailed ?? diffInputs(old.inputs, now.inputs).detailed ?? {};
  return Object.entries(detailed)
    .filter(([path]) => !isInternalKey(path))
    .map(([path, property]) => ({
      path,
      ...property,
      old: shown(property.inputDiff ? old.inputs : old.outputs, path),
      new: shown(now.inputs, path),
    }));
}

/**
 * What has changed outside the program.
 * @param diff what an update with the recorded inputs would change on what was found: the same the other way round
 */
export function foundChanges(old: ResourceState, now: ResourceState, diff: Diff): Change[] {
  const detailed = diff.detailed ?? diffInputs(now.inputs, old.inputs).detailed ?? {};
  return Object.entries(detailed)
    .filter(([path]) => !isInternalKey(path))
    .map(([path, { kind, inputDiff }]) => ({
      path,
      kind: inverse(kind),
      inputDiff,
      old: shown(old.inputs, path),
      new: shown(inputDiff ? now.inputs : now.outputs, path),
    }));
}

function inverse(kind: DiffKind): DiffKind {
  if (kind.startsWith("add")) return kind.replace("add", "delete") as DiffKind;
  return kind.replace("delete", "add") as DiffKind;
}

/** The value at a path as people may see it; undefined when there is none. */
export function shown(properties: Properties, path: string): unknown {
  if (path.startsWith("#")) return undefined;
  const parsed = parsePath(path);
  // A secret hides everything below it.
  for (let length = 1; length <= parsed.length; length++) {
    const value = getPath(properties, parsed.slice(0, length));
    if (value === undefined) return undefined;
    const masked = mask(value);
    if (length === parsed.length || masked === "[secret]") return masked;
  }
  return undefined;
}
