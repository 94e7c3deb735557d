import { posix } from "node:path";
import { parseUrn, STACK_TYPE } from "../../engine/urn";
import type { Place } from "./model";

/**
 * Where a source position of the engine is in the repository. `project:///` stands for the folder of Pulumi.yaml, so
 * the lab's program, which is above its own, has positions such as `project:///../index.ts#12,5`.
 * @param folder of Pulumi.yaml, from the repository's root; empty for the root itself
 * @returns undefined for what is outside the repository or an installed package's: nobody can mend it there
 */
export function placeOf(position: string | undefined, folder: string): Place | undefined {
  const parts = /^project:\/\/\/(.+)#(\d+)(?:,(\d+))?$/.exec(position ?? "");
  if (!parts) return undefined;
  const file = posix.join(folder, parts[1]);
  if (file.startsWith("../") || file.split("/").includes("node_modules")) return undefined;
  return { file, line: Number(parts[2]), ...(parts[3] && { column: Number(parts[3]) }) };
}

/**
 * URNs of the components that a resource is part of, from the inside out. A URN holds its ancestors' types and not
 * their names. Where several components have the type, it is the one whose name the resource's begins with, as
 * `web-1` for `web-1-instance`; where none has, nothing is claimed.
 */
export function componentsOf(urn: string, urns: Iterable<string>): string[] {
  const found: string[] = [];
  const all = [...urns];
  for (let inner = urn; ;) {
    const { qualifiedType, name } = parseUrn(inner);
    const at = qualifiedType.lastIndexOf("$");
    if (at < 0) return found;
    const ofType = all.filter((other) => parseUrn(other).qualifiedType === qualifiedType.slice(0, at));
    const named = ofType.filter((other) => `${name}-`.startsWith(`${parseUrn(other).name}-`));
    const candidates = named.length > 0 ? named : ofType;
    if (candidates.length !== 1) return found;
    inner = candidates[0];
    found.push(inner);
  }
}

/** `lb-1-instance (aws:ec2:Instance)`; `the stack` for the stack itself. */
export function resourceName(urn: string): string {
  const { type, name } = parseUrn(urn);
  return type === STACK_TYPE ? "the stack" : `${name} (${type.replace(/:([^:/]+)\/[^:]+:/, ":$1:")})`;
}
