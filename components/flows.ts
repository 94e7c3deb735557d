import {
  LB_CHECK_PORT,
  listeningPorts,
  type Peer as ListeningPeer,
  type PortShape,
  type Tier as HostTier,
} from "./render";
import type { Place } from "./address-plan";
import type { Tier } from "./tags";

/**
 * Who may open or receive a connection. `entrance` is the network load balancer, `access` the Instance Connect
 * Endpoint.
 */
export type Peer = Tier | "internet" | "entrance" | "access";

/** One kind of TCP connection that the site needs. What is no flow is dropped, in both directions. */
export interface Flow {
  from: Peer;
  to: Peer;
  port: number;
  /** What it is for; written on the rules. */
  service: string;
}

const TIER_OF: Record<HostTier, Tier> = { lb: "edge", web: "web", db: "data" };
const TIERS: Tier[] = ["edge", "web", "data"];

/** Who of those that listening hosts name is whom here; connections of a host to itself pass no firewall. */
function peerOf(peer: Exclude<ListeningPeer, "loopback">): Peer {
  return peer === "internet" || peer === "entrance" ? peer : TIER_OF[peer];
}

/**
 * Every flow of the site: what hosts listen on (`listeningPorts`, the table that they are configured from), a shell
 * through the Instance Connect Endpoint, and HTTP and HTTPS outwards for packages and AWS's API. Name service, time
 * and metadata are the VPC's own and pass no firewall.
 */
export function siteFlows(shape: PortShape): Flow[] {
  const listening = (Object.keys(TIER_OF) as HostTier[]).flatMap((host) =>
    listeningPorts(host, shape).flatMap(({ port, from, service }) =>
      from
        .filter((peer) => peer !== "loopback")
        .map((peer) => ({ from: peerOf(peer), to: TIER_OF[host], port, service })),
    ),
  );
  // What the network load balancer takes from clients is what it hands on.
  const entering = listening
    .filter(({ from, port }) => from === "entrance" && port !== LB_CHECK_PORT)
    .map((flow) => ({ ...flow, from: "internet" as const, to: "entrance" as const }));
  const shells = TIERS.map((to) => ({ from: "access" as const, to, port: 22, service: "shell" }));
  const outwards = TIERS.flatMap((from) => [
    { from, to: "internet" as const, port: 80, service: "packages" },
    { from, to: "internet" as const, port: 443, service: "packages and AWS API" },
  ]);
  return [...entering, ...listening, ...shells, ...outwards];
}

/** Where each peer has its addresses: a single load balancer has a public one, those behind an NLB have not. */
export function placeOf(peer: Exclude<Peer, "internet">, { entrance }: Pick<PortShape, "entrance">): Place {
  if (peer === "entrance" || peer === "access") return "public";
  return peer === "edge" && entrance === "elastic-ip" ? "public" : peer;
}
