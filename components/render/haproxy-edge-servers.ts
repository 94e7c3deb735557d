import { WEB_PORT, WEB_TLS_PORT } from "./ports";
import type { Tls } from "./shape";

/** What the backends of web servers are made of. */
export interface EdgeServersArgs {
  siteName: string;
  /** Weights are relative, 1 to 256 (HAProxy 3.0 configuration, 5.2 "weight"). */
  webServers: { name: string; weight: number }[];
  tls: Tls;
  domain: string;
}

/** The internal CA and this host's own certificate with its key. */
export const CA_FILE = "/etc/haproxy/tls/ca.pem";
export const OWN_FILE = "/etc/haproxy/tls/host.pem";

/** How servers are found by name. */
const FOUND = "resolvers vpc resolve-prefer ipv4 init-addr last,libc,none";
/** How they are asked whether they are well: one whose port is closed is down after half a second, up after one. */
const CHECK = "check inter 500ms fastinter 200ms downinter 500ms fall 2 rise 2";
/**
 * The same with a TLS handshake in each check, for which it has `inter` or `timeout connect`, whichever is less. Less
 * took a busy machine's servers away (tried, 200 clients at once on two shared cores).
 */
const CHECK_TLS = "check inter 1s fastinter 250ms downinter 500ms fall 3 rise 2";
/**
 * A server that acknowledges nothing for this long is gone, and so are its connections: requests that share one with
 * others would otherwise wait on it until the checks mark it down. HAProxy 3.0 keeps it only on a line whose address
 * says that it is IPv4 (`ipv4@`): a `default-server`, and a name that is looked up later, have no family yet when the
 * option is read, and it is dropped without a word (cfgparse-tcp.c, `srv_parse_tcp_ut`).
 */
const GONE = "tcp-ut 2s";
/** One that comes back is given its share little by little: its caches and connection pools are empty. */
const BACK = "slowstart 10s";

/** Each shows the other a certificate. What goes over the connection is chosen by the server, of what is offered. */
const MUTUAL = `ssl verify required ca-file ${CA_FILE} crt ${OWN_FILE}`;
/** The check speaks HTTP/1.1: `http-check` has no HTTP/2, which nginx would choose. */
const MANY = "alpn h2,http/1.1 check-alpn http/1.1";
/** Nothing is won by HTTP/2 on a connection that has one request. */
const ONCE = "alpn http/1.1";

/** The backends `web` and `web_writes`, or the one that TLS passes through. */
export function webBackends(args: EdgeServersArgs): string {
  return args.tls === "passthrough" ? passthroughBackend(args) : httpBackends(args);
}

function serverLines(args: EdgeServersArgs, options: (name: string, fqdn: string) => string): string {
  const port = args.tls === "terminate" ? WEB_PORT : WEB_TLS_PORT;
  return args.webServers
    .map(({ name, weight }) => {
      const fqdn = `${name}.${args.domain}`;
      return `    server ${name} ipv4@${fqdn}:${port} weight ${weight} ${GONE} ${options(name, fqdn)}\n`;
    })
    .join("");
}

function httpCheck(siteName: string): string {
  return `    # The check sees the application and its database, not the web server alone.
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host ${siteName}
    http-check expect status 200
`;
}

function httpBackends(args: EdgeServersArgs): string {
  const mutual = args.tls === "end-to-end";
  const inside = (protocols: string) => (mutual ? `${MUTUAL} ${protocols} ` : "");
  const name = (fqdn: string) => (mutual ? `sni str(${fqdn}) verifyhost ${fqdn} ` : "");
  return `# What does no harm when it is repeated: a failure is tried again on another server.
backend web
    balance roundrobin
${httpCheck(args.siteName)}    default-server ${inside(MANY)}${FOUND} ${mutual ? CHECK_TLS : CHECK} ${BACK} observe layer4 maxconn 1000
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response junk-response response-timeout 502 503 504
    http-reuse ${mutual ? "always" : "safe"}
${serverLines(args, (_, fqdn) => `${name(fqdn)}check${mutual ? ` check-sni ${fqdn}` : ""}`)}
# Everything else: sent once. A connection that was never used before cannot be one that the server is just closing,
# and what failed before it was sent may go to another server.
backend web_writes
    balance roundrobin
    default-server ${inside(ONCE)}${FOUND} ${BACK} maxconn 1000
    option redispatch 1
    retries 3
    retry-on conn-failure
    option http-server-close
    http-reuse never
${serverLines(args, (server, fqdn) => `${name(fqdn)}track web/${server}`)}`;
}

function passthroughBackend(args: EdgeServersArgs): string {
  return `# Clients' TLS goes on as it came; a PROXY header in front of it says whose it is. Only a connection that was not
# made is tried again: what was sent on one is between the client and the web server.
backend web
    mode tcp
    balance roundrobin
${httpCheck(args.siteName)}    # Longer than any answer takes, and shorter than a stop and than web servers keep an idle connection.
    timeout server 25s
    default-server send-proxy-v2 ${FOUND} ${CHECK_TLS} check-ssl verify required ca-file ${CA_FILE} verifyhost ${args.siteName} check-sni ${args.siteName} check-alpn http/1.1 ${BACK} maxconn 1000
    option redispatch 1
    retries 3
${serverLines(args, () => "check")}`;
}
