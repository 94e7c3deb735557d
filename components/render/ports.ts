/** The three kinds of host. */
export type Tier = "lb" | "web" | "db";

/** Who may connect: clients anywhere, the hosts of a tier, or the same host only. */
export type Peer = "internet" | Tier | "loopback";

/** One TCP port that a host listens on. */
export interface ListeningPort {
  port: number;
  /** Who may open a connection. `["loopback"]`: bound to 127.0.0.1, so no firewall needs to know it. */
  from: Peer[];
  /** What answers there, for descriptions of rules and for people. */
  service: string;
}

/** Where nginx serves the application to the load balancers. */
export const WEB_PORT = 8080;
/** MySQL, and on web hosts the local address of writes. */
export const MYSQL_PORT = 3306;
/** On web hosts, the local address of reads. */
export const MYSQL_READ_PORT = 3307;
/** The database hosts' answer to "are you the primary?", "are you a replica?". */
export const ROLE_PORT = 9200;
/** HAProxy's own statistics and metrics. */
export const HAPROXY_STATS_PORT = 8404;
/** nginx's counters. */
export const NGINX_STATUS_PORT = 8081;
/** The application behind nginx. */
export const APP_PORT = 3000;
export const NODE_EXPORTER_PORT = 9100;
export const MYSQLD_EXPORTER_PORT = 9104;
export const NGINX_EXPORTER_PORT = 9113;

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

const PORTS: Record<Tier, ListeningPort[]> = {
  lb: [
    { port: 80, from: ["internet"], service: "redirect to HTTPS" },
    { port: 443, from: ["internet"], service: "the site" },
    haproxyStats,
    nodeExporter,
  ],
  web: [
    { port: WEB_PORT, from: ["lb"], service: "nginx" },
    { port: APP_PORT, from: ["loopback"], service: "application" },
    { port: MYSQL_PORT, from: ["loopback"], service: "database writes" },
    { port: MYSQL_READ_PORT, from: ["loopback"], service: "database reads" },
    { port: NGINX_STATUS_PORT, from: ["loopback"], service: "nginx counters" },
    haproxyStats,
    nodeExporter,
    { port: NGINX_EXPORTER_PORT, from: ["loopback"], service: "nginx exporter" },
  ],
  db: [
    { port: MYSQL_PORT, from: ["web", "db"], service: "MySQL" },
    { port: ROLE_PORT, from: ["web", "db"], service: "database role" },
    nodeExporter,
    { port: MYSQLD_EXPORTER_PORT, from: ["loopback"], service: "mysqld exporter" },
  ],
};

/**
 * Every TCP port that hosts of a tier listen on with the `prometheus` agent, and who may reach it. Firewalls are built
 * from this table and the tests try it port by port; whatever is not in it is refused.
 */
export function listeningPorts(tier: Tier): ListeningPort[] {
  return PORTS[tier].map((entry) => ({ ...entry, from: [...entry.from] }));
}
