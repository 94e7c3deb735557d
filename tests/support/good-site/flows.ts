import { CHECK_PORT, GROUP_PORT, PEER_PORT, WEB_PORT, type Tier } from "./plan";

/** `balancer` is the network load balancer, `access` the Instance Connect Endpoint. */
export type Peer = Tier | "internet" | "balancer" | "access";

/** One kind of TCP connection that the site needs. */
export interface Flow {
  from: Peer;
  to: Peer;
  port: number;
  service: string;
}

/** All of them. Security groups, network ACLs and the hosts' own nftables each let these in and out and nothing else. */
export const FLOWS: readonly Flow[] = [
  { from: "internet", to: "balancer", port: 80, service: "redirect to HTTPS" },
  { from: "internet", to: "balancer", port: 443, service: "the site" },
  { from: "balancer", to: "edge", port: 80, service: "redirect to HTTPS" },
  { from: "balancer", to: "edge", port: 443, service: "the site" },
  { from: "balancer", to: "edge", port: CHECK_PORT, service: "health of the load balancer" },
  { from: "edge", to: "edge", port: PEER_PORT, service: "counters of clients" },
  { from: "edge", to: "web", port: WEB_PORT, service: "web server" },
  { from: "web", to: "data", port: 3306, service: "MySQL" },
  { from: "web", to: "data", port: 9200, service: "database role" },
  { from: "data", to: "data", port: 3306, service: "recovery and clone" },
  { from: "data", to: "data", port: GROUP_PORT, service: "Group Replication" },
  { from: "data", to: "data", port: 9200, service: "database role" },
  ...(["edge", "web", "data"] as const).flatMap((tier): Flow[] => [
    { from: "access", to: tier, port: 22, service: "shell" },
    { from: tier, to: "internet", port: 80, service: "packages" },
    { from: tier, to: "internet", port: 443, service: "packages, AWS API and monitoring" },
  ]),
];
