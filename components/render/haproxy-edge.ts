import { resolversSection, statsFrontend } from "./haproxy-common";
import { HAPROXY_STATS_PORT, WEB_PORT } from "./ports";

/** What the load balancers' HAProxy needs to know. */
export interface EdgeProxyArgs {
  /** The site's name, the only one that is served: `www.foobar.com`. */
  siteName: string;
  /** The bare domain, redirected to the site's name. */
  apexName?: string;
  /** Weights are relative, 1 to 256 (HAProxy 3.0 configuration, 5.2 "weight"). */
  webServers: { name: string; weight: number }[];
  domain: string;
}

/** TLS as Mozilla's intermediate guideline 6.0 has it: TLS 1.2 and 1.3, forward secrecy only, client's order. */
const TLS = `    ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers no-tls-tickets
    ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
    ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
    ssl-default-bind-curves X25519MLKEM768:X25519:prime256v1:secp384r1`;

/** `/etc/haproxy/haproxy.cfg` of a load balancer, for HAProxy 3.0. */
export function edgeProxyConfig(args: EdgeProxyArgs): string {
  const site = args.siteName;
  const names = [site, ...(args.apexName ? [args.apexName] : [])];
  const servers = (options: (name: string) => string) =>
    args.webServers
      .map(
        ({ name, weight }) =>
          `    server ${name} ${name}.${args.domain}:${WEB_PORT} weight ${weight} ${options(name)}\n`,
      )
      .join("");
  return `# HAProxy of ${site}: TLS ends here, requests go to the web servers in turn, by weight.
global
    # The journal has it from standard output; a socket would be out of reach in the chroot.
    log stdout format raw local0 info
    chroot /var/lib/haproxy
    stats socket /run/haproxy/admin.sock mode 660 level admin
    user haproxy
    group haproxy
    # About 50 KB each with TLS: at most a fifth of a host with 2 GiB.
    maxconn 8000
    # A soft stop waits this long for open connections; the unit's stop timeout is longer.
    hard-stop-after 30s
${TLS}

defaults
    log global
    mode http
    log-format "\${HAPROXY_HTTP_LOG_FMT} %ID"
    option dontlognull
    option http-ignore-probes
    timeout http-request 10s
    timeout http-keep-alive 30s
    timeout client 60s
    timeout queue 5s
    # Neighbours answer within a millisecond: a quarter of a second is a dead host.
    timeout connect 250ms
    # The application waits for its database for 10 s: a restart there is a delay here and not an error.
    timeout server 15s
    # /readyz takes up to 1 s to find out that a database does not answer, and that alone is no reason to be down.
    timeout check 2s
    timeout tunnel 1h

${resolversSection()}
${statsFrontend(HAPROXY_STATS_PORT)}
frontend http
    bind :80
    # One name, whatever the client called: no redirect to a foreign host can be asked for.
    http-request redirect prefix https://${site} code 301

frontend https
    bind :443 ssl crt /etc/haproxy/tls/site.pem alpn h2,http/1.1
    http-after-response set-header Strict-Transport-Security "max-age=63072000"
    # What the application learns about the client comes from here, not from the client.
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
  args.apexName
    ? `    http-request redirect prefix https://${site} code 301 if { req.hdr(host),host_only,lower -m str ${args.apexName} }\n`
    : ""
}    # For health checks, which ask the web servers themselves: its reasons name hosts.
    http-request deny deny_status 404 if { path /readyz }
    # Requests that may change something travel on connections of their own.
    use_backend web_writes if !METH_GET
    default_backend web

# GET and HEAD: repeating them does no harm, so a failure is tried again on another server.
backend web
    balance roundrobin
    # The check sees the application and its database, not nginx alone.
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host ${site}
    http-check expect status 200
    default-server resolvers vpc resolve-prefer ipv4 init-addr last,libc,none check inter 500ms fastinter 200ms downinter 500ms fall 2 rise 2 observe layer4 tcp-ut 2s maxconn 1000
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response junk-response response-timeout 502 503 504
    http-reuse safe
${servers(() => "check")}
# Everything else: sent once. A connection that was never used before cannot be one that the server is just closing,
# and what failed before it was sent may go to another server.
backend web_writes
    balance roundrobin
    default-server resolvers vpc resolve-prefer ipv4 init-addr last,libc,none tcp-ut 2s maxconn 1000
    option redispatch 1
    retries 3
    retry-on conn-failure
    option http-server-close
    http-reuse never
${servers((name) => `track web/${name}`)}`;
}
