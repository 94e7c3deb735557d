/** The switches of the site's shape, as far as load balancers and web servers differ by them. */

/** How clients reach the load balancers: the address of the only one, or a network load balancer before all of them. */
export type Entrance = "elastic-ip" | "network-load-balancer";

/** Where clients' TLS ends, and what follows: plain HTTP inside, TLS of the site's own, or the clients' own all the way. */
export type Tls = "terminate" | "end-to-end" | "passthrough";

/** All serve, or each after the first only while those before it are down. */
export type BalancerMode = "active-active" | "active-passive";

/** What a web server speaks with load balancers, see `transportOf`. */
export type Transport = "plain" | "mutual-tls" | "site-tls";

/** The program that answers on a web server. */
export type WebServerProgram = "nginx" | "apache";

/** Requests that one client may send within so many seconds before it gets 429. */
export interface RateLimit {
  requests: number;
  windowSec: number;
}

/** What a limit may be at most: more than any client sends, and no longer than tables remember. */
export const RATE_LIMIT_MOST: RateLimit = { requests: 10_000_000, windowSec: 3600 };

/** What web servers have to speak for load balancers that treat TLS so. */
export function transportOf(tls: Tls): Transport {
  return ({ terminate: "plain", "end-to-end": "mutual-tls", passthrough: "site-tls" } as const)[tls];
}

/** What web servers speak: what `tls` asks for, and for the time of a change also the other way. */
export function transportsOf({ tls, tlsAlso }: { tls: Tls; tlsAlso?: Tls }): Transport[] {
  return [tls, ...(tlsAlso ? [tlsAlso] : [])].map(transportOf).sort();
}

/** Secrets of a load balancer below the stack's prefix; `tls/<name>` means that it has a certificate of its own. */
export function loadBalancerSecrets(args: { name: string; tls: Tls; balancers: string[] }): string[] {
  const { name, tls, balancers } = args;
  const inside = tls !== "terminate" || balancers.length > 1;
  const own = tls === "end-to-end" || balancers.length > 1;
  return [
    ...(tls === "passthrough" ? [] : ["tls/site"]),
    ...(inside ? ["tls/ca"] : []),
    ...(own ? [`tls/${name}`] : []),
  ];
}

/** Secrets of a web server below the stack's prefix; `tls/<name>` means that it has a certificate of its own. */
export function webServerSecrets(args: { name: string; transports: Transport[] }): string[] {
  return [
    "tls/ca",
    "mysql/app",
    ...(args.transports.includes("mutual-tls") ? [`tls/${args.name}`] : []),
    ...(args.transports.includes("site-tls") ? ["tls/site"] : []),
  ];
}

/** Secrets of a database host below the stack's prefix. */
export function databaseSecrets(args: { name: string }): string[] {
  return ["tls/ca", `tls/${args.name}`, "mysql/app", "mysql/replication"];
}
