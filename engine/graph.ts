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
  const parentOf = new Map(resources.map((resource) => [resource.urn, resource.parent]));
  const position = new Map(resources.map((resource, index) => [resource, index]));
  const before = new Map(condemned.map((resource) => [resource, new Set<ResourceState>()]));
  const isBelow = (urn: string | undefined, needed: Set<string>, component: Map<string, boolean>) => {
    for (let at = urn; at !== undefined; at = parentOf.get(at)) {
      if (needed.has(at) && component.get(at) === true) return true;
    }
    return false;
  };
  const component = new Map(resources.map((resource) => [resource.urn, !resource.custom]));
  for (const user of condemned) {
    const needed = needs(user);
    for (const used of condemned) {
      if ((position.get(used) ?? 0) >= (position.get(user) ?? 0)) continue;
      const direct = needed.has(used.urn) || user.parent === used.urn;
      if (direct || isBelow(used.parent, needed, component)) before.get(used)?.add(user);
    }
  }
  return before;
}
