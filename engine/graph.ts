import { withoutFormerUrns } from "./references";
import type { ResourceState } from "./state";
import { parseReference } from "./urn";

/** URNs of everything that a resource needs: dependencies of every kind, its provider, not its parent. */
export function needs(resource: ResourceState): Set<string> {
  const urns = new Set(resource.dependencies ?? []);
  for (const list of Object.values(resource.propertyDependencies ?? {})) list.forEach((urn) => urns.add(urn));
  if (resource.provider) urns.add(parseReference(resource.provider).urn);
  if (resource.deletedWith) urns.add(resource.deletedWith);
  return urns;
}

/** Records that come after `root` in the state and need it, directly or through others, in their order. */
export function dependents(
  resources: ResourceState[],
  root: ResourceState,
  ignored: (urn: string) => boolean,
): ResourceState[] {
  const reached = new Set([root.urn]);
  return resources.slice(resources.indexOf(root) + 1).filter((resource) => {
    if (ignored(resource.urn) || ![...needs(resource)].some((urn) => reached.has(urn))) return false;
    reached.add(resource.urn);
    return true;
  });
}

/**
 * For each record that is to be deleted, those that must be deleted before it: what needs it or lies below
 * it. A dependency on a component is one on everything below that component. The order of the state settles
 * which generation of a URN is meant: a record needs only what comes before it.
 * @param resources every record of the state, dependencies first
 */
export function deletionOrder(
  resources: ResourceState[],
  condemned: ResourceState[],
): Map<ResourceState, Set<ResourceState>> {
  // Some were found under former URNs, by which others still name them.
  const named = withoutFormerUrns(resources);
  const nameOf = new Map(resources.map((resource, index) => [resource, named[index]]));
  const parentOf = new Map(named.map((resource) => [resource.urn, resource.parent]));
  const position = new Map(resources.map((resource, index) => [resource, index]));
  const before = new Map(condemned.map((resource) => [resource, new Set<ResourceState>()]));
  const component = new Map(named.map((resource) => [resource.urn, !resource.custom]));
  const isBelow = (urn: string | undefined, needed: Set<string>) => {
    for (let at = urn; at !== undefined; at = parentOf.get(at)) {
      if (needed.has(at) && component.get(at) === true) return true;
    }
    return false;
  };
  for (const user of condemned) {
    const naming = nameOf.get(user) ?? user;
    const needed = needs(naming);
    for (const used of condemned) {
      if ((position.get(used) ?? 0) >= (position.get(user) ?? 0)) continue;
      const { urn, parent } = nameOf.get(used) ?? used;
      const direct = needed.has(urn) || naming.parent === urn;
      if (direct || isBelow(parent, needed)) before.get(used)?.add(user);
    }
  }
  return before;
}
