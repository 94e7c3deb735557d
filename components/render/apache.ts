import { APP_PORT, WEB_PORT, WEB_STATUS_PORT, WEB_TLS_PORT } from "./ports";
import type { Transport } from "./shape";
import { CLIENT_CIPHERS, CLIENT_CLAIMS, CURVES, HSTS, SUITES } from "./tls-guideline";
import { balancerNames, WEB, WEB_TLS, type WebConfigArgs } from "./web-server";

/** Modules that every Apache here needs; `apache2`'s own choice is not read. */
const MODULES = "mpm_event authz_core authz_host reqtimeout proxy proxy_http status".split(" ");
const TLS_MODULES = "socache_shmcb ssl".split(" ");
const SITE_MODULES = "http2 headers remoteip rewrite unique_id".split(" ");

/** `/etc/apache2/apache2.conf` of a web host, for Apache 2.4: the same as nginx, by another program. */
export function apacheConfig(args: WebConfigArgs): string {
  const hosts: Record<Transport, (args: WebConfigArgs) => string> = {
    plain: plainHost,
    "mutual-tls": mutualHost,
    "site-tls": siteHost,
  };
  const { transports, siteName } = args;
  const ports = transports.map((transport) => (transport === "plain" ? WEB_PORT : WEB_TLS_PORT));
  const modules = [
    ...MODULES,
    ...(transports.some((transport) => transport !== "plain") ? TLS_MODULES : []),
    ...(transports.includes("site-tls") ? SITE_MODULES : []),
  ];
  return `# Apache of a web server of ${siteName}. Only the load balancers reach port ${ports.join(" and ")}.
ServerRoot /etc/apache2
ServerName ${args.fqdn}
DefaultRuntimeDir /run/apache2
PidFile /run/apache2/apache2.pid
User www-data
Group www-data
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join("")}ServerTokens Prod
ServerSignature Off
TraceEnable Off
ErrorLog syslog:daemon:apache2
LogLevel warn
# X-Forwarded-For and X-Request-ID come from the load balancer, which removes the client's own.
LogFormat "%{X-Forwarded-For}i \\"%r\\" %>s %B rt=%{ms}Tms id=%{X-Request-ID}i" site

# Two processes, and two more when they are needed, which are never ended: with one goes every connection that it
# holds. The other places are for those that finish their requests after a reload.
StartServers 2
ServerLimit 8
ThreadLimit 256
ThreadsPerChild 256
MaxRequestWorkers 1024
MinSpareThreads 64
MaxSpareThreads 1024
ListenBacklog 511

Timeout 60
KeepAlive On
# Longer than HAProxy keeps an idle connection: the side that reuses connections is the side that closes them.
KeepAliveTimeout ${WEB.keepAliveSec}
MaxKeepAliveRequests ${WEB.requestsOfConnection}
RequestReadTimeout handshake=${WEB.headerSec} header=${WEB.headerSec} body=${WEB.bodySec}
LimitRequestBody ${WEB.bodyMiB * 1024 * 1024}
# A graceful stop waits this long for requests in flight; the unit's stop timeout is longer.
GracefulShutdownTimeout ${WEB.stopSec}

# Nothing is served from files, and nothing is passed on but what a virtual host says.
ProxyRequests Off
ProxyPreserveHost On
ProxyAddHeaders Off
<Directory />
    AllowOverride None
    Require all denied
</Directory>

${transports.map((transport) => `${hosts[transport](args)}\n`).join("")}# Counters for the agent on this host.
Listen 127.0.0.1:${WEB_STATUS_PORT}
<VirtualHost 127.0.0.1:${WEB_STATUS_PORT}>
    ServerName localhost
    <Location /server-status>
        SetHandler server-status
        Require local
    </Location>
</VirtualHost>
`;
}

/** Into the journal; the health check's requests are not traffic. */
const accessLog = (format: string) =>
  `    CustomLog "||/usr/bin/systemd-cat -t apache2 cat" ${format} "expr=%{REQUEST_URI} != '/readyz'"\n`;

/**
 * One application, on this host: it is never given up for a while (`retry=0`), and whether to repeat a request is the
 * load balancer's decision. Idle connections are closed before the application does it, which is after 75 s. Paths go on as
 * they came.
 */
const PROXY = `    AllowEncodedSlashes NoDecode
    # The application answers within 11 s, whatever its databases do. Under the load balancer's, so that the cause of a
    # late answer is logged here.
    ProxyPass /readyz http://127.0.0.1:${APP_PORT}/readyz connectiontimeout=${WEB.connectSec} timeout=${WEB.readinessSec} retry=0 ttl=60
    ProxyPass / http://127.0.0.1:${APP_PORT}/ connectiontimeout=${WEB.connectSec} timeout=${WEB.readSec} retry=0 ttl=60 nocanon
`;

/** Multiplexed requests run on threads beside those that hold connections. */
const HTTP2 = `    Protocols h2 http/1.1
    H2MinWorkers 16
    H2MaxWorkers 256
`;
/**
 * For load balancers, which keep enough connections: HTTP/2 costs Apache and HAProxy together 16 % more CPU for a
 * request than HTTP/1.1 over the same TLS (measured, 2.4.71; with nginx it is the other way round).
 */
const HTTP1 = "    Protocols http/1.1\n";

/** Sessions that are resumed; without tickets they are kept on this side. */
const SESSIONS = "SSLSessionCache shmcb:/run/apache2/tls-sessions(1048576)\n\n";

function plainHost({ siteName }: WebConfigArgs): string {
  return `Listen ${WEB_PORT}
<VirtualHost *:${WEB_PORT}>
    ServerName ${siteName}
${accessLog("site")}    <Location />
        Require all granted
    </Location>
${PROXY}</VirtualHost>
`;
}

function mutualHost({ siteName, fqdn, domain }: WebConfigArgs): string {
  return `${SESSIONS}Listen ${WEB_TLS_PORT}
<VirtualHost *:${WEB_TLS_PORT}>
    ServerName ${fqdn}
    ServerAlias ${siteName}
${accessLog("site")}${HTTP1}    SSLEngine on
    SSLCertificateFile ${WEB_TLS.certificate}
    SSLCertificateKeyFile ${WEB_TLS.key}
    SSLCACertificateFile ${WEB_TLS.ca}
    SSLVerifyClient require
    SSLVerifyDepth 1
    SSLProtocol TLSv1.3
    SSLOpenSSLConfCmd Groups ${CURVES}
    SSLHonorCipherOrder off
    SSLSessionTickets off
    # Every host of the site has a certificate of this CA. Load balancers may come in, and this host itself, to ask
    # whether it is ready.
    <Location />
        <RequireAny>
            Require expr "%{SSL_CLIENT_S_DN_CN} =~ m#^${balancerNames(domain)}$#"
            <RequireAll>
                Require ip 127.0.0.1
                Require expr "%{SSL_CLIENT_S_DN_CN} == '${fqdn}'"
            </RequireAll>
        </RequireAny>
    </Location>
${PROXY}</VirtualHost>
`;
}

function siteHost({ siteName, apexName }: WebConfigArgs): string {
  const quoted = (name: string) => name.replaceAll(".", "\\.");
  const claims = CLIENT_CLAIMS.map((name) => `    RequestHeader unset ${name} early\n`);
  const redirect = apexName
    ? `    RewriteCond %{HTTP_HOST} ^${quoted(apexName)}(:\\d+)?$ [NC]
    RewriteRule ^ https://${siteName}%{REQUEST_URI} [R=301,L,NE]
`
    : "";
  return `${SESSIONS}# Clients' TLS ends here; a PROXY header in front of it says who they are.
LogFormat "%a \\"%r\\" %>s %B rt=%{ms}Tms id=%{UNIQUE_ID}e" client
Listen ${WEB_TLS_PORT}
<VirtualHost *:${WEB_TLS_PORT}>
    ServerName ${siteName}
    RemoteIPProxyProtocol On
${accessLog("client")}${HTTP2}    KeepAliveTimeout ${WEB.clientKeepAliveSec}
    SSLEngine on
    SSLCertificateFile ${WEB_TLS.site}
    # Mozilla's intermediate guideline 6.0.
    SSLProtocol TLSv1.2 TLSv1.3
    SSLCipherSuite ${CLIENT_CIPHERS}
    SSLCipherSuite TLSv1.3 ${SUITES}
    SSLOpenSSLConfCmd Groups ${CURVES}
    SSLHonorCipherOrder off
    SSLSessionTickets off
    Header always set Strict-Transport-Security "${HSTS}"
    RewriteEngine On
${redirect}    RewriteCond %{HTTP_HOST} !^${quoted(siteName)}(:\\d+)?$ [NC]
    RewriteRule ^ - [R=421,L]
    # For health checks, which come without a client: its reasons name hosts.
    RewriteCond expr "%{REMOTE_ADDR} != %{CONN_REMOTE_ADDR}"
    RewriteRule ^/readyz$ - [R=404,L]
    # What the application learns about the client comes from here, not from the client.
${claims.join("")}    RequestHeader set X-Forwarded-For "expr=%{REMOTE_ADDR}"
    RequestHeader set X-Forwarded-Proto https
    RequestHeader set X-Request-ID "%{UNIQUE_ID}e"
    <Location />
        Require all granted
    </Location>
${PROXY}</VirtualHost>
`;
}
