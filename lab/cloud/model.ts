/** Everything that exists in the lab's cloud, in memory. */
import { randomBytes } from "node:crypto";
import type { Properties, Resource } from "./store";

/** The account that everything belongs to. */
export const accountId = "123456789012";

/** An id as EC2 makes them: prefix, and 17 hexadecimal digits. */
export const makeId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString("hex")}`;

/** An ARN in the resource's region. */
export const arn = (service: string, region: string, rest: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${rest}`;

/** What one node of a load balancer finds at one target. */
export interface Finding {
  healthy: boolean;
  /** Whether it has ever found it healthy. */
  wasHealthy: boolean;
  /** When it began to find it unhealthy, in milliseconds since 1970. */
  unhealthySinceMs?: number;
  /** HAProxy's word for the last check, such as `L4TOUT`. */
  check: string;
  /** Status code of the last check; 0 when there was none. */
  code: number;
}

/** Resources by kind and id. */
export class Model {
  private readonly byKind = new Map<string, Map<string, Resource>>();
  /** What the load balancers' nodes find at their targets; found anew after a restart. */
  readonly findings = new Map<string, Finding>();

  constructor(resources: readonly Resource[] = []) {
    for (const resource of resources) this.add(resource);
  }

  add(resource: Resource): void {
    let kind = this.byKind.get(resource.kind);
    if (kind === undefined) this.byKind.set(resource.kind, (kind = new Map<string, Resource>()));
    kind.set(resource.id, resource);
  }

  remove({ kind, id }: Resource): void {
    this.byKind.get(kind)?.delete(id);
  }

  get(kind: string, id: unknown): Resource | undefined {
    return typeof id === "string" ? this.byKind.get(kind)?.get(id) : undefined;
  }

  /** All resources of a kind; with `match`, those whose properties equal it. */
  all(kind: string, match: Properties = {}): Resource[] {
    const wanted = Object.entries(match);
    return [...(this.byKind.get(kind)?.values() ?? [])].filter(({ properties }) =>
      wanted.every(([key, value]) => properties[key] === value),
    );
  }

  withToken(kind: string, token: string): Resource | undefined {
    return this.all(kind).find(({ clientToken }) => clientToken === token);
  }

  *everything(): Iterable<Resource> {
    for (const kind of this.byKind.values()) yield* kind.values();
  }
}

/** A property as text. */
export const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** A list of ids out of a property that is one id, several or nothing. */
export const idsIn = (value: unknown): string[] =>
  [value ?? []].flat().filter((one): one is string => typeof one === "string");

/** The tags of a resource, the provider's default ones included. */
export const tagsOf = (resource: Resource): Record<string, string> => ({
  ...resource.defaultTags,
  ...(resource.properties.tags as Record<string, string> | undefined),
});
