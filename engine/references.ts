import type { ResourceState } from "./state";
import { makeUrn, parseReference, parseUrn, STACK_TYPE } from "./urn";

/**
 * The record with every URN in it that names another record put through `change`: of its parent, of what it
 * depends on and is deleted with, of its provider. The record itself when nothing changes.
 * @param change returns undefined for what is to be left out; a provider is never left out
 */
export function withReferences(
  record: ResourceState,
  change: (urn: string) => string | undefined,
): ResourceState {
  let changed = false;
  const one = (urn: string) => {
    const now = change(urn);
    changed ||= now !== urn;
    return now;
  };
  const several = (urns: string[]) => urns.map(one).filter((urn) => urn !== undefined);
  const fixed = { ...record };
  if (record.parent) fixed.parent = one(record.parent);
  if (record.deletedWith) fixed.deletedWith = one(record.deletedWith);
  if (record.dependencies) fixed.dependencies = several(record.dependencies);
  if (record.propertyDependencies) {
    const byProperty = Object.entries(record.propertyDependencies);
    fixed.propertyDependencies = Object.fromEntries(byProperty.map(([key, urns]) => [key, several(urns)]));
  }
  if (record.provider) {
    const { urn, id } = parseReference(record.provider);
    const now = change(urn) ?? urn;
    fixed.provider = `${now}::${id}`;
    changed ||= now !== urn;
  }
  return changed ? fixed : record;
}

/**
 * Records as the state keeps them after some were found under former URNs: those URNs appear nowhere any more,
 * also not in records that this run has not reached, and what lies below a renamed parent is renamed with it.
 * @returns the records in their order; those without a change are the very same
 */
export function withoutFormerUrns(records: ResourceState[]): ResourceState[] {
  if (!records.some(({ aliases }) => aliases !== undefined)) return records;
  const current = new Map<string, string>();
  for (const { urn, parent, aliases } of records) {
    for (const alias of aliases ?? []) current.set(alias, urn);
    const renamed = parent === undefined ? undefined : current.get(parent);
    if (renamed === undefined || parseUrn(renamed).type === STACK_TYPE) continue;
    const { stack, project, type, name } = parseUrn(urn);
    current.set(urn, makeUrn(stack, project, renamed, type, name));
  }
  const change = (urn: string) => current.get(urn) ?? urn;
  return records.map((record) => {
    const urn = change(record.urn);
    const fixed = withReferences(record, change);
    if (fixed === record && urn === record.urn && record.aliases === undefined) return record;
    return { ...fixed, urn, aliases: undefined };
  });
}

/**
 * Records without references to URNs that no record before them has: what a refresh found gone leaves such
 * references behind. A record without its parent has none.
 */
export function withoutDanglingReferences(records: ResourceState[]): ResourceState[] {
  const known = new Set<string>();
  return records.map((record) => {
    const fixed = withReferences(record, (urn) => (known.has(urn) ? urn : undefined));
    known.add(record.urn);
    return fixed;
  });
}
