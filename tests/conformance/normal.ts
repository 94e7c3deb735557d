/** Takes out of what was seen whatever is different in every run: ids, folders, times, the order of equals. */
import type { ResourceState } from "../../engine/state";
import type { Recorded } from "./side";
import type { Call } from "./world";

/** What two sides must agree on. */
export interface Facts {
  succeeded: boolean;
  plan: Record<string, string[]>;
  errors: string[];
  policies: string[];
  outputs: unknown;
  planned: unknown;
  /** By URN, with a mark for those that wait for their deletion. */
  resources: Record<string, unknown>;
  /** Calls of the provider that ended, in the order of their text. */
  effects: string[];
  hooks: string[];
}

/** @param folder the project's folder, which becomes `<project>` */
export function factsOf(seen: Recorded, allCalls: Call[], folder: string): Facts {
  const rename = renamer(allCalls, folder, [...seen.before, ...seen.state]);
  const { plan, calls } = seen;
  const sorted = (list: string[]) => [...list].sort();
  return {
    succeeded: seen.succeeded,
    plan: Object.fromEntries(Object.entries(plan).map(([urn, ops]) => [urn, sorted(ops)])),
    errors: sorted([...new Set(seen.errors.map(({ about }) => about).filter((about) => about !== ""))]),
    policies: sorted([...new Set(seen.policies.map(({ about, text }) => `${about}: ${text}`))]),
    outputs: rename(seen.outputs),
    planned: rename(seen.planned),
    resources: rename(recordsOf(seen.state)),
    effects: sorted(calls.filter(({ phase }) => phase === "end").map((call) => effect(call, rename))),
    hooks: sorted(seen.hooks),
  };
}

/** Records by URN, with a mark for those that wait for their deletion, without what is another in each run. */
export function recordsOf(state: ResourceState[]): Record<string, unknown> {
  const records = state.map((resource) => {
    const { urn, delete: waits } = resource;
    return [waits ? `${urn} (waits for its deletion)` : urn, timeless(resource)] as const;
  });
  return Object.fromEntries(records);
}

function effect({ operation, name, id }: Call, rename: (value: string) => unknown): string {
  return `${operation} ${name} ${rename(id) as string}`.trim();
}

/** That there is a time is a fact; which one is not. Dependencies are a set, in whatever order they were found. */
function timeless(resource: ResourceState): object {
  const { created, modified, dependencies, propertyDependencies } = resource;
  const sorted = Object.entries(propertyDependencies ?? {}).map(([key, urns]) => [key, [...urns].sort()]);
  return {
    ...resource,
    created: created !== undefined,
    modified: modified !== undefined,
    dependencies: dependencies && [...dependencies].sort(),
    propertyDependencies: propertyDependencies && (Object.fromEntries(sorted) as object),
  };
}

/** Made-up ids become the resource's name and the number of its generation, those of providers their URN. */
function renamer(calls: Call[], folder: string, resources: ResourceState[]): <T>(value: T) => T {
  const names = new Map<string, string>([[folder, "<project>"]]);
  const generations = new Map<string, number>();
  for (const { phase, operation, name, id } of calls) {
    if (phase !== "end" || operation !== "create" || names.has(id)) continue;
    const generation = (generations.get(name) ?? 0) + 1;
    generations.set(name, generation);
    names.set(id, `<${name} ${generation}>`);
  }
  for (const { type, urn, id } of resources) {
    if (type.startsWith("pulumi:providers:") && id) names.set(id, `<id of ${urn.split("::").pop()}>`);
  }
  // Longer ones first: one may be part of another.
  const ordered = [...names].sort(([a], [b]) => b.length - a.length);
  return <T>(value: T): T => {
    let text = JSON.stringify(value) ?? "null";
    for (const [from, to] of ordered) text = text.replaceAll(from, to);
    text = text.replace(/"__token":"[^"]*"/g, '"__token":"<token>"');
    // Names that a preview makes up are made up anew by the next one.
    return JSON.parse(text.replace(/("name":"[^"<]*)-[0-9a-f]{8}"/g, '$1-<new>"')) as T;
  };
}
