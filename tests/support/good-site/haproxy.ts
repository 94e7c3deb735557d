import { resolversSection, statsFrontend } from "../../../components/render/haproxy-common";
import { CHECK_PORT, DOMAIN, PEER_PORT, SITE_NAME, WEB_PORT, type Plan } from "./plan";

const CA = "/etc/haproxy/tls/ca.pem";
const OWN = "/etc/haproxy/tls/host.pem";

/** `/etc/haproxy/haproxy.cfg` of a load balancer, for HAProxy 3.0: behind the NLB, mutual TLS to the web servers. */
export function balancerConfig(plan: Plan, name: string): string {
  const servers = (options: (name: string) => string) =>
    plan.webServers
      .map(({ name: web, weight }) => {
        const fqdn = `${web}.${DOMAIN}`;
        return `    server ${web} ${fqdn}:${WEB_PORT} weight ${weight} sni str(${fqdn}) verifyhost ${fqdn} ${options(web)}\n`;
      })
      .join("");
  const peers = plan.loadBalancers
    .map((peer) =>
      peer.name === name
        ? `    server ${name}\n`
        : `    server ${peer.name} ${peer.name}.${DOMAIN}:${PEER_PORT} sni str(${peer.name}.${DOMAIN}) verifyhost ${peer.name}.${DOMAIN}\n`,
    )
    .join("");
  return `# HAProxy of ${SITE_NAME}: clients' TLS ends here, and TLS of its own goes on to the web servers.
global
    log stdout format raw local0 info
    localpeer ${name}
    chroot /var/lib/haproxy
    stats socket /run/haproxy/admin.sock mode 660 level admin
    user haproxy
    group haproxy
    maxconn 8000
    hard-stop-after 30s
    # Mozilla's intermediate guideline 6.0.
    ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers no-tls-tickets
    ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
    ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
    ssl-default-bind-curves X25519MLKEM768:X25519:prime256v1:secp384r1
    ssl-default-server-options ssl-min-ver TLSv1.3

defaults
    log global
    mode http
    log-format "\${HAPROXY_HTTP_LOG_FMT} %ID"
    option dontlognull
    timeout http-request 10s
    timeout http-keep-alive 30s
    # Under the NLB's 350 s, so that the side that knows why ends the connection.
    timeout client 60s
    timeout queue 5s
    timeout connect 250ms
    # The web servers give up after 13 s.
    timeout server 15s
    timeout check 2s
    timeout tunnel 5m

${resolversSection()}
# What one of us has counted of a client, all know. Names of peers are looked up once, when HAProxy starts: the boot
# keeps them in the hosts file.
peers balancers
    bind :${PEER_PORT} ssl crt ${OWN} ca-file ${CA} verify required
    default-server ssl crt ${OWN} ca-file ${CA} verify required
${peers}    table clients type ipv6 size 100k expire 1m store http_req_rate(10s)

${statsFrontend(8404)}
# The NLB asks here whether this balancer can serve, with a PROXY header as in front of clients' bytes.
frontend health
    bind :${CHECK_PORT} accept-proxy
    option dontlog-normal
    monitor-uri /healthz
    monitor fail if { nbsrv(web) lt 1 }
    http-request deny deny_status 404

frontend http
    bind :80 accept-proxy
    http-request redirect prefix https://${SITE_NAME} code 301

frontend https
    bind :443 accept-proxy ssl crt /etc/haproxy/tls/site.pem alpn h2,http/1.1
    http-after-response set-header Strict-Transport-Security "max-age=63072000; includeSubDomains"
    http-request track-sc0 src table balancers/clients
    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 500 }
    http-request del-header forwarded
    http-request del-header x-forwarded- -m beg
    http-request del-header x-real-ip
    http-request del-header x-request-id
    http-request set-header X-Forwarded-Proto https
    option forwardfor
    unique-id-format %[uuid]
    unique-id-header X-Request-ID
    acl known_name req.hdr(host),host_only,lower -m str ${SITE_NAME} foobar.com
    http-request deny deny_status 421 if !known_name
    http-request redirect prefix https://${SITE_NAME} code 301 if { req.hdr(host),host_only,lower -m str foobar.com }
    http-request deny deny_status 404 if { path /readyz }
    use_backend web_writes if !METH_GET
    default_backend web

# GET and HEAD: repeating them does no harm, so a failure is tried again on another server.
backend web
    balance roundrobin
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host ${SITE_NAME}
    http-check expect status 200
    default-server ssl verify required ca-file ${CA} crt ${OWN} alpn h2,http/1.1 check-alpn http/1.1 resolvers vpc resolve-prefer ipv4 init-addr last,libc,none check inter 500ms fastinter 200ms downinter 500ms fall 2 rise 2 slowstart 10s observe layer4 tcp-ut 2s maxconn 1000
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response junk-response response-timeout 502 503 504
    http-reuse always
${servers((web) => `check check-sni ${web}.${DOMAIN}`)}
# Everything else is sent once, over a connection that was never used before.
backend web_writes
    balance roundrobin
    default-server ssl verify required ca-file ${CA} crt ${OWN} alpn h2,http/1.1 resolvers vpc resolve-prefer ipv4 init-addr last,libc,none slowstart 10s tcp-ut 2s maxconn 1000
    option redispatch 1
    retries 3
    retry-on conn-failure
    option http-server-close
    http-reuse never
${servers((web) => `track web/${web}`)}`;
}
