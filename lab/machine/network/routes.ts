import { parseCidr } from "./cidr";
import type { NetworkModel } from "./model";
import { hostLink, internetLink, localTable, natLink, tableNumber, wellKnown } from "./names";

/** One route of the VPC's namespace, in `ip route`'s words without its metric. */
export interface KernelRoute {
  table: number;
  type: "unicast" | "blackhole";
  destination: string;
  via?: string;
  dev?: string;
}

/** One `ip rule`: packets of this interface (of all, when absent) use this table. */
export interface KernelRule {
  priority: number;
  iif?: string;
  table: number;
}

/**
 * The routes and rules that stand for the model's route tables. Pure.
 * Addresses of the VPC come first and end there, as AWS's local route does; then the sender's subnet decides;
 * a table without a matching route drops in silence.
 */
export function kernelRouting(model: NetworkModel): { routes: KernelRoute[]; rules: KernelRule[] } {
  const routes: KernelRoute[] = [];
  const rules: KernelRule[] = [{ priority: 100, table: localTable }];
  const links = [
    ...model.enis.map((eni) => ({ dev: hostLink(eni.id), ...eni })),
    ...model.natGateways.map((nat) => ({ ...nat, dev: natLink(nat.eniId) })),
  ];
  if (model.vpc !== undefined) {
    routes.push({ table: localTable, type: "blackhole", destination: model.vpc.cidr });
  }
  for (const { dev, privateIp, subnetId } of links) {
    routes.push({ table: localTable, type: "unicast", destination: privateIp, dev });
    const subnet = model.subnets.find(({ id }) => id === subnetId)!;
    rules.push({ priority: 1000, iif: dev, table: tableNumber(subnet.routeTableId) });
  }
  for (const table of model.routeTables) {
    const number = tableNumber(table.id);
    const targets = new Map<string, KernelRoute>();
    // a default that any route of the table overrides
    targets.set("default", { table: number, type: "blackhole", destination: "default" });
    for (const route of table.routes) {
      const destination = kernelDestination(route.destinationCidr);
      const nat = model.natGateways.find(({ id }) => id === route.natGatewayId);
      const toInternet = route.gatewayId !== undefined && route.gatewayId === model.internetGatewayId;
      const hop = nat !== undefined ? { via: nat.privateIp, dev: natLink(nat.eniId) } : undefined;
      const target = hop ?? (toInternet ? { via: wellKnown.client, dev: internetLink } : undefined);
      targets.set(destination, {
        table: number,
        type: target === undefined ? "blackhole" : "unicast",
        destination,
        ...target,
      });
    }
    routes.push(...targets.values());
  }
  return { routes, rules };
}

/** `ip route` prints 0.0.0.0/0 as `default` and a /32 without its length. */
function kernelDestination(cidr: string): string {
  const { bits } = parseCidr(cidr)!;
  return bits === 0 ? "default" : cidr.replace(/\/32$/, "");
}

/** A route's line for `ip -batch` (behind `route replace` or `route del`). */
export function routeLine(route: KernelRoute): string {
  const words = route.type === "blackhole" ? ["blackhole", route.destination] : [route.destination];
  if (route.via !== undefined) words.push("via", route.via);
  if (route.dev !== undefined) words.push("dev", route.dev);
  // a NAT gateway's address is on a /32 route of another table, so the kernel must take it on trust
  if (route.via !== undefined) words.push("onlink");
  return [...words, "table", String(route.table)].join(" ");
}

/** A rule's line for `ip -batch` (behind `rule add` or `rule del`). */
export function ruleLine(rule: KernelRule): string {
  const from = rule.iif === undefined ? "from all" : `iif ${rule.iif}`;
  return `${from} priority ${rule.priority} table ${rule.table}`;
}

interface IpRouteJson {
  type?: string;
  dst: string;
  gateway?: string;
  dev?: string;
  table?: string | number;
}

/** Routes of our tables out of `ip -json route show table all`, as `routeLine` would write them. */
export function parseRoutes(json: string): Set<string> {
  const found = (JSON.parse(json || "[]") as IpRouteJson[]).filter((route) =>
    /^\d+$/.test(String(route.table)),
  );
  return new Set(
    found.map((route) =>
      routeLine({
        table: Number(route.table),
        type: route.type === "blackhole" ? "blackhole" : "unicast",
        destination: route.dst,
        via: route.gateway,
        dev: route.dev,
      }),
    ),
  );
}

/** Rules that are not the kernel's own out of `ip -json rule show`, as `ruleLine` would write them. */
export function parseRules(json: string): Set<string> {
  const found = JSON.parse(json || "[]") as { priority: number; iif?: string; table: string }[];
  return new Set(
    found
      .filter(({ table }) => /^\d+$/.test(table))
      .map(({ priority, iif, table }) => ruleLine({ priority, iif, table: Number(table) })),
  );
}
