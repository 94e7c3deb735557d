/** Whether what was done came in an order that the dependencies allow. */
import type { ResourceState } from "../../engine/state";
import type { Call } from "./world";

/**
 * Breaches of the order that every run has to keep: what a resource needs has been made or changed before the
 * resource is, and is deleted after it; a replacement that comes before its predecessor's deletion is whole by then.
 * @param calls of one run, in order
 * @param nameOf gives the name that calls have for a resource
 */
export function breaches(
  calls: Call[],
  before: ResourceState[],
  after: ResourceState[],
  nameOf: (urn: string) => string = lastPart,
): string[] {
  const position = (phase: Call["phase"], name: string, made: boolean) =>
    calls.findIndex(
      (call) =>
        call.phase === phase &&
        call.name === name &&
        (made ? ["create", "update"].includes(call.operation) : call.operation === "delete"),
    );
  const late = (first: number, then: number) => first >= 0 && then >= 0 && first > then;
  const found: string[] = [];
  for (const [user, used] of pairs(after, nameOf)) {
    if (late(position("end", used, true), position("begin", user, true)))
      found.push(`${user} is begun before ${used}, which it needs, is done`);
  }
  for (const [user, used] of pairs(before, nameOf)) {
    if (late(position("end", user, false), position("begin", used, false)))
      found.push(`${used} is deleted before ${user}, which needs it, is gone`);
  }
  return found;
}

/** Names of resources and of those that they need. */
function pairs(resources: ResourceState[], nameOf: (urn: string) => string): [string, string][] {
  return resources.flatMap(({ urn, dependencies = [], propertyDependencies = {} }) =>
    [...new Set([...dependencies, ...Object.values(propertyDependencies).flat()])].map(
      (needed): [string, string] => [nameOf(urn), nameOf(needed)],
    ),
  );
}

const lastPart = (urn: string): string => urn.split("::").pop() as string;
