import { CA_FILE, OWN_FILE } from "./haproxy-edge-servers";
import { PEERS_PORT } from "./ports";
import type { RateLimit, Tls } from "./shape";

/** What load balancers count of their clients, and with whom they share it. */
export interface CountersArgs {
  /** This load balancer's short name. */
  name: string;
  balancers: string[];
  domain: string;
  tls: Tls;
  rateLimit?: RateLimit;
}

/** Clients that are known at a time, about 100 bytes each; the ones seen longest ago go first. */
const CLIENTS = "type ipv6 size 100k";
/** Window of the rate when nothing is limited by it and it is only shown. */
const SHOWN_SEC = 10;

/** Whether there is a table of clients: to limit them, or since balancers that have each other share what they see. */
function counts({ balancers, rateLimit }: CountersArgs): boolean {
  return balancers.length > 1 || rateLimit !== undefined;
}

/** Whether balancers tell each other. */
function shares({ balancers }: CountersArgs): boolean {
  return balancers.length > 1;
}

/** For the section `global`: the name by which peers know this one. */
export function localPeer(args: CountersArgs): string {
  return shares(args) ? `    localpeer ${args.name}\n` : "";
}

/**
 * The table of clients. Shared, it is part of a `peers` section: every change is sent to the others, who take it in
 * place of their own value. A client is thus known to all wherever its requests go, and a reload keeps what was counted.
 */
export function clientTable(args: CountersArgs): string {
  if (!counts(args)) return "";
  const windowSec = args.rateLimit?.windowSec ?? SHOWN_SEC;
  const rate = args.tls === "passthrough" ? "conn_rate" : "http_req_rate";
  const table = `${CLIENTS} expire ${windowSec * 6}s store ${rate}(${windowSec}s)`;
  if (!shares(args)) return `backend clients\n    stick-table ${table}\n\n`;
  const peers = args.balancers
    .map((peer) => {
      const fqdn = `${peer}.${args.domain}`;
      return peer === args.name
        ? `    server ${peer}\n`
        : `    server ${peer} ${fqdn}:${PEERS_PORT} sni str(${fqdn}) verifyhost ${fqdn}\n`;
    })
    .join("");
  return `# What one of us has counted of a client, all know. Names of peers are looked up once, when HAProxy starts or
# reloads, and not by \`resolvers\`: a unit beside it keeps them in the hosts file.
peers balancers
    bind :${PEERS_PORT} ssl crt ${OWN_FILE} ca-file ${CA_FILE} verify required ssl-min-ver TLSv1.3
    default-server ssl crt ${OWN_FILE} ca-file ${CA_FILE} verify required ssl-min-ver TLSv1.3
${peers}    table clients ${table}

`;
}

/** For the frontend that clients reach: counts them, and refuses who asks for too much. */
export function limitLines(args: CountersArgs): string {
  if (!counts(args)) return "";
  const table = shares(args) ? "balancers/clients" : "clients";
  const { rateLimit } = args;
  if (args.tls === "passthrough") {
    const reject = rateLimit
      ? `    tcp-request session reject if { sc_conn_rate(0) gt ${rateLimit.requests} }\n`
      : "";
    return `    tcp-request session track-sc0 src table ${table}\n${reject}`;
  }
  const deny = rateLimit
    ? `    http-request deny deny_status 429 hdr Retry-After ${rateLimit.windowSec} if { sc_http_req_rate(0) gt ${rateLimit.requests} }\n`
    : "";
  return `    http-request track-sc0 src table ${table}\n${deny}`;
}
