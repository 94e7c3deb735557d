import type { BalancerCheck, BalancerGroup, BalancerNode, BalancerTarget } from "./model";

/**
 * HAProxy's configuration of a node. Pure. It is no better a balancer than AWS's: nothing is tried twice or with
 * another target, and a connection goes to any healthy target, as a hash of its addresses would have it. When none
 * is healthy all are used.
 *
 * Targets come and go at run time (see `commands.ts`); the text holds those that a process takes over from the one
 * before it.
 *
 * HAProxy has one limit of time for connecting, to serve and to check. It is the check's, so that a dead target is
 * found out as fast as on AWS; a connection to it ends after that time, too, where AWS leaves the client to wait.
 * @param healthy names of targets that are taken over as healthy: `group/target`.
 */
export function renderBalancer(node: BalancerNode, healthy: ReadonlySet<string> = new Set()): string {
  return [
    "global",
    "    user haproxy",
    "    group haproxy",
    "    nbthread 1",
    "    stats socket /srv/admin.sock mode 600 level admin expose-fd listeners",
    "    stats timeout 30s",
    "",
    "defaults",
    "    mode tcp",
    "    balance random(1)",
    "    retries 0",
    "    timeout connect 60s",
    ...node.listeners.flatMap(({ port, groupId }) => listener(port, groupId, node.groups)),
    ...node.groups.flatMap((group) => backends(group, healthy)),
    "",
  ].join("\n");
}

function listener(port: number, groupId: string, groups: BalancerGroup[]): string[] {
  const { idleSec } = groups.find(({ id }) => id === groupId)!;
  return [
    "",
    `frontend port-${port}`,
    `    bind :${port}`,
    `    timeout client ${idleSec}s`,
    `    use_backend ${backendOf(groupId, "open")} if { nbsrv(${backendOf(groupId, "up")}) eq 0 }`,
    `    default_backend ${backendOf(groupId, "up")}`,
  ];
}

function backends(group: BalancerGroup, healthy: ReadonlySet<string>): string[] {
  const kept = group.targets.filter(({ draining }) => !draining);
  const lines = (kind: ServerKind, targets: BalancerTarget[]): string[] =>
    targets.map((target) => `    server ${target.name} ${serverWords(group, target, kind)}`);
  return [
    "",
    `backend ${backendOf(group.id, "up")}`,
    `    timeout server ${group.idleSec}s`,
    `    timeout connect ${group.check.timeoutSec}s`,
    `    timeout check ${group.check.timeoutSec}s`,
    ...checkLines(group.check),
    ...lines(
      "up",
      kept.filter(({ name }) => healthy.has(`${group.id}/${name}`)),
    ),
    "",
    `backend ${backendOf(group.id, "open")}`,
    `    timeout server ${group.idleSec}s`,
    ...lines("open", healthy.size > 0 ? kept : []),
  ];
}

function checkLines({ protocol, path, matcher }: BalancerCheck): string[] {
  if (protocol === "TCP") return [];
  return [
    "    option httpchk",
    `    http-check send meth GET uri "${path.replace(/[\\"]/g, "\\$&")}" ver HTTP/1.1 hdr Host target hdr User-Agent ELB-HealthChecker/2.0`,
    `    http-check expect status ${matcher}`,
  ];
}

/** `up` holds targets that are checked, `open` all of them for the case that none is healthy. */
export type ServerKind = "up" | "open";

/** Name of a group's backend. */
export function backendOf(groupId: string, kind: ServerKind): string {
  return `${kind}-${groupId}`;
}

/** What follows the name in a `server` line, and in `add server`. */
export function serverWords(group: BalancerGroup, target: BalancerTarget, kind: ServerKind): string {
  const { check } = group;
  const proxy = group.proxyProtocol ? " send-proxy-v2" : "";
  const words = `${target.address}:${target.port}${proxy}`;
  if (kind === "open") return words;
  const every = ["inter", "fastinter", "downinter"].map((name) => `${name} ${check.intervalSec}s`).join(" ");
  return [
    words,
    `check port ${target.checkPort} ${every} rise ${check.healthy} fall ${check.unhealthy}`,
    ...(group.proxyProtocol ? ["check-send-proxy"] : []),
    // as AWS's own checks, which no target passes that speaks TLS 1.3 only
    ...(check.protocol === "HTTPS" ? ["check-ssl verify none ssl-max-ver TLSv1.2"] : []),
    ...(group.cutUnhealthy ? ["on-marked-down shutdown-sessions"] : []),
  ].join(" ");
}
