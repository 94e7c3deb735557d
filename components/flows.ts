import { listeningPorts, type Tier as HostTier } from "./render";
import type { AddressPlan } from "./address-plan";
import type { Tier } from "./tags";

/** Who may open or receive a connection. `access` is the Instance Connect Endpoint. */
export type Peer = Tier | "internet" | "access";

/** One kind of TCP connection that the site needs. What is no flow is dropped, in both directions. */
export interface Flow {
  from: Peer;
  to: Peer;
  port: number;
  /** What it is for; written on the rules. */
  service: string;
  /** Place in the network ACLs. Given once and never again, so that a new flow renumbers no other. */
  number: number;
}

/** One entry of a network ACL. */
export interface AclRule {
  number: number;
  direction: "in" | "out";
  action: "allow" | "deny";
  /** `-1` is every protocol and takes no ports. */
  protocol: "tcp" | "-1";
  cidr: string;
  ports?: [number, number];
}

const NUMBERS: Record<string, number> = {
  "internet>edge:80": 100,
  "internet>edge:443": 110,
  "edge>web:8080": 120,
  "web>data:3306": 130,
  "web>data:9200": 140,
  "data>data:3306": 150,
  "data>data:9200": 160,
  "access>edge:22": 170,
  "access>web:22": 180,
  "access>data:22": 190,
  "edge>internet:80": 200,
  "edge>internet:443": 210,
  "web>internet:80": 220,
  "web>internet:443": 230,
  "data>internet:80": 240,
  "data>internet:443": 250,
};

const TIER_OF: Record<HostTier, Tier> = { lb: "edge", web: "web", db: "data" };
const TIERS: Tier[] = ["edge", "web", "data"];

/** Where replies go: Linux hands out ports from 32768, NAT gateways and clients from 1024. */
const EPHEMERAL: [number, number] = [1024, 65535];

/**
 * Every flow of the site: what hosts listen on (`listeningPorts`, the table that they are configured from), a shell
 * through the Instance Connect Endpoint, and HTTP and HTTPS outwards for packages and AWS's API. Name service, time
 * and metadata are the VPC's own and pass no firewall.
 */
export function siteFlows(): Flow[] {
  const listening = (Object.keys(TIER_OF) as HostTier[]).flatMap((host) =>
    listeningPorts(host).flatMap(({ port, from, service }) =>
      from
        .filter((peer) => peer !== "loopback" && peer !== "entrance")
        .map((peer) => ({
          from: peer === "internet" ? peer : TIER_OF[peer],
          to: TIER_OF[host],
          port,
          service,
        })),
    ),
  );
  const shells = TIERS.map((to) => ({ from: "access" as const, to, port: 22, service: "shell" }));
  const outwards = TIERS.flatMap((from) => [
    { from, to: "internet" as const, port: 80, service: "packages" },
    { from, to: "internet" as const, port: 443, service: "packages and AWS API" },
  ]);
  return [...listening, ...shells, ...outwards].map((flow) => ({ ...flow, number: numberOf(flow) }));
}

function numberOf({ from, to, port }: Omit<Flow, "number">): number {
  const key = `${from}>${to}:${port}`;
  const number = NUMBERS[key];
  if (number === undefined)
    throw new Error(`flow ${key}: want a number in the network ACLs, got none; give it one in flows.ts`);
  return number;
}

/**
 * The network ACL of a tier's subnets. ACLs keep no state, so each flow also needs its replies let through:
 *
 * | numbers | what |
 * |---|---|
 * | 100–499 | flows |
 * | 500–599 | replies to and from other tiers; in the edge's subnets also what the NAT gateway hands back |
 * | 900 | anything else between addresses of the VPC is dropped … |
 * | 1000 | … so that this rule, replies to and from the internet, opens nothing inside |
 */
export function aclRules(tier: Tier, flows: Flow[], plan: AddressPlan): AclRule[] {
  const here = (peer: Peer) => peer === tier || (peer === "access" && tier === "edge");
  const cidr = (peer: Peer) =>
    peer === "internet" ? "0.0.0.0/0" : plan.tiers[peer === "access" ? "edge" : peer];
  const rules: AclRule[] = [];
  const replies = { in: new Set<Peer>(), out: new Set<Peer>() };
  const place = (peer: Peer) => (peer === "access" ? "edge" : peer);
  for (const flow of flows) {
    const rule = {
      number: flow.number,
      action: "allow",
      protocol: "tcp",
      ports: [flow.port, flow.port],
    } as const;
    if (here(flow.to)) {
      rules.push({ ...rule, ports: [flow.port, flow.port], direction: "in", cidr: cidr(flow.from) });
      replies.out.add(place(flow.from));
    }
    if (here(flow.from)) {
      rules.push({ ...rule, ports: [flow.port, flow.port], direction: "out", cidr: cidr(flow.to) });
      replies.in.add(place(flow.to));
    }
  }
  // The NAT gateway lives at the edge: replies from the internet leave its subnet towards the other tiers.
  if (tier === "edge") for (const peer of ["web", "data"] as const) replies.out.add(peer);
  for (const direction of ["in", "out"] as const) {
    for (const peer of replies[direction]) {
      const number = peer === "internet" ? 1000 : 500 + 10 * TIERS.indexOf(peer as Tier);
      const reply = { number, direction, action: "allow", protocol: "tcp", cidr: cidr(peer) } as const;
      rules.push({ ...reply, ports: EPHEMERAL });
    }
    rules.push({ number: 900, direction, action: "deny", protocol: "-1", cidr: plan.vpc });
  }
  return rules.sort((a, b) => a.direction.localeCompare(b.direction) || a.number - b.number);
}
