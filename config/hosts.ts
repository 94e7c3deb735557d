import type { DatabaseMembership, WebServerProgram } from "../components/render";
import type { Reader } from "./reader";
import type { Shape } from "./shape";

/** A host to be: its name, its size and its place. */
export interface HostPlan {
  /** `web-1`: stable, whatever else is added. */
  name: string;
  instanceType: string;
  zone: string;
}

/** A web server to be. */
export interface WebServerPlan extends HostPlan {
  server: WebServerProgram;
}

/** A database host to be. */
export interface DatabasePlan extends HostPlan {
  /** What it is among the others. */
  membership: DatabaseMembership;
  serverId: number;
}

/** Keys that say which hosts there are. */
export const HOST_KEYS = ["loadBalancers", "webServers", "databaseType", "databaseMembers"] as const;

/** Every host of the site. Those of a tier go to the zones in turn, the first one to the first zone. */
export function readHosts(
  reader: Reader,
  shape: Shape,
  zones: string[],
): { loadBalancers: HostPlan[]; webServers: WebServerPlan[]; databases: DatabasePlan[] } {
  const zoneAt = (index: number) => zones[index % zones.length];
  const several = shape.entrance === "network-load-balancer";
  const loadBalancers = hosts(reader, "loadBalancers", {
    count: several ? 2 : 1,
    most: 6,
    what: "load balancers",
  });
  if (!several && loadBalancers.length > 1)
    reader.say(
      "loadBalancers",
      "one, since entrance is elastic-ip",
      String(loadBalancers.length),
      "set foobar:entrance to network-load-balancer, or remove the others",
    );
  if (shape.balancing === "active-passive" && loadBalancers.length < 2)
    reader.say(
      "balancing",
      "active-active with a single load balancer",
      "active-passive",
      "add a second load balancer or choose active-active",
    );
  const webServers = hosts(reader, "webServers", { count: 3, most: 100, what: "web servers" });
  return {
    loadBalancers: loadBalancers.map((instanceType, index) => ({
      ...{ name: `lb-${index + 1}`, instanceType, zone: zoneAt(index) },
    })),
    webServers: webServers.map((instanceType, index) => ({
      ...{ name: `web-${index + 1}`, instanceType, zone: zoneAt(index) },
      server: shape.webSoftware[index % shape.webSoftware.length],
    })),
    databases: databases(reader, shape, zones),
  };
}

/** Instance types of a tier's hosts, given as a list of them or as `{count, instanceType}`. */
function hosts(
  reader: Reader,
  key: "loadBalancers" | "webServers",
  { count, most, what }: { count: number; most: number; what: string },
): string[] {
  const value = reader.structure(key, { count, instanceType: "t3.small" });
  const types: unknown[] = Array.isArray(value) ? value : repeated(value, most);
  if (types.length < 1 || types.length > most)
    reader.wrong(
      key,
      `1 to ${most} ${what}, as a list of instance types or {count, instanceType}`,
      value,
      `for example {count: ${count}, instanceType: t3.small}`,
    );
  if (Array.isArray(value)) return types.slice(0, most).map((type) => reader.instanceType(key, type));
  if (types.length === 0) return [];
  // One wrong type for all of them is one problem.
  const type = reader.instanceType(key, types[0]);
  return types.map(() => type);
}

function repeated(value: unknown, most: number): unknown[] {
  const { count, instanceType } = (value ?? {}) as { count?: unknown; instanceType?: unknown };
  if (!Number.isInteger(count) || (count as number) < 1 || (count as number) > most) return [];
  return Array<unknown>(count as number).fill(instanceType);
}

function databases(reader: Reader, { database }: Shape, zones: string[]): DatabasePlan[] {
  const instanceType = reader.instanceType("databaseType", reader.given("databaseType") ?? "t3.medium");
  const members = readMembers(reader, database, zones);
  const membership = (index: number): DatabaseMembership =>
    database === "group"
      ? { database }
      : { database, role: index === 0 ? "primary" : "replica", primaryName: "db-1" };
  return Array.from({ length: members }, (_, index) => ({
    ...{ name: `db-${index + 1}`, instanceType, zone: zones[index % zones.length], serverId: index + 1 },
    membership: membership(index),
  }));
}

/** A group needs a majority that survives any zone: an odd number of members, each in a zone of its own. */
function readMembers(reader: Reader, database: Shape["database"], zones: string[]): number {
  const value = reader.given("databaseMembers");
  const members = Number(value ?? (database === "pair" ? 2 : 3));
  const wrong = (want: string, fix: string) =>
    reader.say("databaseMembers", want, String(value ?? members), fix);
  if (database === "pair") {
    if (members !== 2) wrong("2, since database is pair", "remove it, or set foobar:database to group");
    return 2;
  }
  if (members !== 3 && members !== 5) {
    wrong("3 or 5 members of the group", "an even group survives no more losses than the odd one below it");
    return 3;
  }
  if (members > zones.length)
    wrong(
      `at most as many members as zones, of which there are ${zones.length}`,
      "add zones: two members in one zone would be lost together, and the majority with them",
    );
  return members;
}
