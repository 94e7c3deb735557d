import { LB_CHECK_PORT } from "./ports";
import type { BalancerMode, Entrance } from "./shape";

/** What decides whether a load balancer says that it can serve. */
export interface ReadinessArgs {
  /** This load balancer's short name. */
  name: string;
  balancers: string[];
  mode: BalancerMode;
  entrance: Entrance;
  domain: string;
}

/**
 * The port on which a network load balancer asks whether this one can serve: not without a web server, not once the
 * host was asked to leave, and a standby not while one before it serves. Without such an entrance nobody asks.
 */
export function readinessSections(args: ReadinessArgs): string {
  if (args.entrance !== "network-load-balancer") return "";
  const before =
    args.mode === "active-passive" ? args.balancers.slice(0, args.balancers.indexOf(args.name)) : [];
  const standby = before.length > 0;
  return `# The network load balancer asks here, with a PROXY header as in front of clients' bytes.
frontend health
    bind :${LB_CHECK_PORT} accept-proxy
    option dontlog-normal
    monitor-uri /healthz
    monitor fail if { nbsrv(web) lt 1 }
    monitor fail if { nbsrv(leaving) lt 1 }
${standby ? "    monitor fail if { nbsrv(before) gt 0 }\n" : ""}    http-request deny deny_status 404

# Nobody connects here: a host that leaves disables this server, so that the answer above changes.
backend leaving
    server not_yet 127.0.0.1:${LB_CHECK_PORT}

${standby ? standbyBackend(before, args.domain) : ""}`;
}

function standbyBackend(before: string[], domain: string): string {
  const servers = before
    .map((name) => `    server ${name} ${name}.${domain}:${LB_CHECK_PORT} check check-send-proxy\n`)
    .join("");
  return `# Nobody connects here: it knows which of those before this one serve.
backend before
    option httpchk GET /healthz
    http-check expect status 200
    default-server resolvers vpc resolve-prefer ipv4 init-addr last,libc,none inter 500ms fall 2 rise 2
${servers}
`;
}
