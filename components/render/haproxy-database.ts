import type { DatabaseForm } from "./database-host";
import { resolversSection, statsFrontend } from "./haproxy-common";
import { HAPROXY_STATS_PORT, MYSQL_PORT, MYSQL_READ_PORT, ROLE_PORT } from "./ports";

/** Share of the reads that a member gets in each role, 0 to 256. A role with 0 serves reads only when the other is gone. */
export interface ReadWeights {
  primary: number;
  replica: number;
}

/** How often and how patiently members are asked for their role. */
interface Checks {
  /** Options of each server line. */
  pace: string;
  /** Longest wait for an answer, with the reason. */
  timeout: string;
}

const CHECKS: Record<DatabaseForm, Checks> = {
  // Nobody takes over but the reads' other side, so patience costs little.
  pair: {
    pace: "inter 500ms fastinter 200ms downinter 300ms fall 2 rise 1",
    timeout: `    # A busy host answers late; a false alarm would cut its sessions.
    timeout check 1s`,
  },
  // Silent twice is gone, within a second: reads go elsewhere, and the next primary is known as soon as it is elected.
  group: {
    pace: "inter 200ms fall 2 rise 1",
    timeout: `    # Two silent checks take a member out: a host without power has no readers for longer than a second.
    timeout check 300ms`,
  },
};

/**
 * `/etc/haproxy/haproxy.cfg` of a web host: one local address for writes and one for reads. Which member has which
 * role is asked of the members themselves, so a role that moves needs no change here. MySQL's own TLS passes through.
 */
export function databaseProxyConfig(args: {
  databases: { name: string }[];
  /** What the databases form. */
  database: DatabaseForm;
  readWeights: ReadWeights;
  domain: string;
}): string {
  const { primary, replica } = args.readWeights;
  const { pace, timeout } = CHECKS[args.database];
  const list = (line: (name: string) => string) =>
    args.databases.map(({ name }) => `    ${line(name)}\n`).join("");
  // `tcp-ut` counts only on a line that says which family the name's address will be of.
  const address = (name: string) => `ipv4@${name}.${args.domain}:${MYSQL_PORT} tcp-ut 1500`;
  const share = (weight: number) => (weight > 0 ? `weight ${weight}` : "backup");
  return `# The databases as the application sees them: 127.0.0.1:${MYSQL_PORT} takes writes, 127.0.0.1:${MYSQL_READ_PORT} reads.
global
    log stdout format raw local0 notice
    chroot /var/lib/haproxy
    stats socket /run/haproxy/admin.sock mode 660 level admin
    user haproxy
    group haproxy
    maxconn 2000
    nbthread 1
    hard-stop-after 30s

defaults
    log global
    mode tcp
    # Only what goes wrong: every query's connection would be noise.
    option dontlog-normal
    timeout connect 200ms
${timeout}
    timeout queue 5s
    # Connections of a pool rest between queries.
    timeout client 1h
    timeout server 1h
    # A member that is down for a moment is a delay and not an error: try on, on any member that is up.
    retries 100
    option redispatch 1
    # Members stand twice among the reads, once for each role: without allow-dup-ip the second would get no address.
    default-server resolvers vpc resolve-prefer ipv4 resolve-opts allow-dup-ip init-addr last,libc,none on-marked-down shutdown-sessions

${resolversSection()}
${statsFrontend(HAPROXY_STATS_PORT)}
listen writes
    bind 127.0.0.1:${MYSQL_PORT}
    option httpchk GET /primary
    http-check expect status 200
${list((name) => `server ${name} ${address(name)} check port ${ROLE_PORT} ${pace}`)}    # Refuses always: with no primary, HAProxy goes on trying for as long as its retries last.
    server hold 127.0.0.1:1 backup

# Nothing connects here: it knows which members are replicas in good order.
backend replicas
    option httpchk GET /replica
    http-check expect status 200
${list((name) => `server ${name} ${address(name)} check port ${ROLE_PORT} ${pace}`)}
# Reads by role: primary ${primary}, replica ${replica}. Weight 0 means: only when the other role is gone.
listen reads
    bind 127.0.0.1:${MYSQL_READ_PORT}
    balance leastconn
${list((name) => `server ${name}-replica ${address(name)} track replicas/${name} ${share(replica)}`)}${list((name) => `server ${name}-primary ${address(name)} track writes/${name} ${share(primary)}`)}    server hold 127.0.0.1:1 backup
`;
}
