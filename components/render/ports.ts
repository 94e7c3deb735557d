import type { Entrance, Transport, WebServerProgram } from "./shape";

/** The three kinds of host. */
export type Tier = "lb" | "web" | "db";

/** Who may connect: clients anywhere, the network load balancer, the hosts of a tier, or the same host only. */
export type Peer = "internet" | "entrance" | Tier | "loopback";

/** One TCP port that a host listens on. */
export interface ListeningPort {
  port: number;
  /** Who may open a connection. `["loopback"]`: bound to 127.0.0.1, so no firewall needs to know it. */
  from: Peer[];
  /** What answers there, for descriptions of rules and for people. */
  service: string;
}

/** What decides who listens where. */
export interface PortShape {
  entrance: Entrance;
  /** How many load balancers there are. */
  balancers: number;
  /** What web servers speak. */
  transports: Transport[];
  /** The programs that answer on web servers. */
  servers: WebServerProgram[];
}

/** One load balancer, plain HTTP to nginx. */
const BASELINE: PortShape = {
  entrance: "elastic-ip",
  balancers: 1,
  transports: ["plain"],
  servers: ["nginx"],
};

/** Where web servers serve the application to the load balancers: plain HTTP. */
export const WEB_PORT = 8080;
/** The same over TLS, `mutual-tls` or `site-tls`. */
export const WEB_TLS_PORT = 8443;
/** Where a load balancer tells the network load balancer whether it can serve; a PROXY header comes first. */
export const LB_CHECK_PORT = 8405;
/** Where load balancers tell each other what they have counted, over mutual TLS. */
export const PEERS_PORT = 10000;
/** MySQL, and on web hosts the local address of writes. */
export const MYSQL_PORT = 3306;
/** On web hosts, the local address of reads. */
export const MYSQL_READ_PORT = 3307;
/** The database hosts' answer to "are you the primary?", "are you a replica?". */
export const ROLE_PORT = 9200;
/** HAProxy's own statistics and metrics. */
export const HAPROXY_STATS_PORT = 8404;
/** Counters of nginx or Apache. */
export const WEB_STATUS_PORT = 8081;
/** The application behind nginx or Apache. */
export const APP_PORT = 3000;
export const NODE_EXPORTER_PORT = 9100;
export const MYSQLD_EXPORTER_PORT = 9104;
export const NGINX_EXPORTER_PORT = 9113;
export const APACHE_EXPORTER_PORT = 9117;

const nodeExporter: ListeningPort = {
  port: NODE_EXPORTER_PORT,
  from: ["loopback"],
  service: "node exporter",
};
const haproxyStats: ListeningPort = {
  port: HAPROXY_STATS_PORT,
  from: ["loopback"],
  service: "HAProxy statistics and metrics",
};

const EXPORTERS: Record<WebServerProgram, ListeningPort> = {
  nginx: { port: NGINX_EXPORTER_PORT, from: ["loopback"], service: "nginx exporter" },
  apache: { port: APACHE_EXPORTER_PORT, from: ["loopback"], service: "Apache exporter" },
};

function loadBalancerPorts({ entrance, balancers }: PortShape): ListeningPort[] {
  const behind = entrance === "network-load-balancer";
  const clients: Peer = behind ? "entrance" : "internet";
  return [
    { port: 80, from: [clients], service: "redirect to HTTPS" },
    { port: 443, from: [clients], service: "the site" },
    // A standby asks there, too, whether those before it serve.
    ...(behind ? [{ port: LB_CHECK_PORT, from: ["entrance", "lb"] as Peer[], service: "readiness" }] : []),
    ...(balancers > 1
      ? [{ port: PEERS_PORT, from: ["lb"] as Peer[], service: "counters of the load balancers" }]
      : []),
    haproxyStats,
    nodeExporter,
  ];
}

function webServerPorts({ transports, servers }: PortShape): ListeningPort[] {
  const tls = transports.some((transport) => transport !== "plain");
  return [
    ...(transports.includes("plain")
      ? [{ port: WEB_PORT, from: ["lb"] as Peer[], service: "web server" }]
      : []),
    ...(tls ? [{ port: WEB_TLS_PORT, from: ["lb"] as Peer[], service: "web server over TLS" }] : []),
    { port: APP_PORT, from: ["loopback"], service: "application" },
    { port: MYSQL_PORT, from: ["loopback"], service: "database writes" },
    { port: MYSQL_READ_PORT, from: ["loopback"], service: "database reads" },
    { port: WEB_STATUS_PORT, from: ["loopback"], service: "web server's counters" },
    haproxyStats,
    nodeExporter,
    ...[...new Set(servers)].map((server) => EXPORTERS[server]),
  ];
}

function databasePorts(): ListeningPort[] {
  return [
    { port: MYSQL_PORT, from: ["web", "db"], service: "MySQL" },
    { port: ROLE_PORT, from: ["web", "db"], service: "database role" },
    nodeExporter,
    { port: MYSQLD_EXPORTER_PORT, from: ["loopback"], service: "mysqld exporter" },
  ];
}

/**
 * Every TCP port that hosts of a tier listen on with the `prometheus` agent, and who may reach it. Firewalls are built
 * from this table and the tests try it port by port; whatever is not in it is refused.
 *
 * @param shape @default one load balancer with an address of its own, plain HTTP to nginx
 */
export function listeningPorts(tier: Tier, shape: PortShape = BASELINE): ListeningPort[] {
  const ports = { lb: loadBalancerPorts, web: webServerPorts, db: databasePorts }[tier](shape);
  return ports.map((entry) => ({ ...entry, from: [...entry.from] }));
}
