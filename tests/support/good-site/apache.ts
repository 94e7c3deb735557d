import { SITE_NAME, WEB_PORT } from "./plan";

/** The modules that the configuration needs, in Debian's place for them. */
const MODULES = {
  mpm_event: "mod_mpm_event.so",
  authz_core: "mod_authz_core.so",
  authz_host: "mod_authz_host.so",
  mime: "mod_mime.so",
  unique_id: "mod_unique_id.so",
  reqtimeout: "mod_reqtimeout.so",
  socache_shmcb: "mod_socache_shmcb.so",
  ssl: "mod_ssl.so",
  http2: "mod_http2.so",
  proxy: "mod_proxy.so",
  proxy_http: "mod_proxy_http.so",
  status: "mod_status.so",
  security2: "mod_security2.so",
};

/** `/etc/apache2/apache2.conf` of a web host, for Apache 2.4: the same as nginx beside it, by another program. */
export function apacheConfig(fqdn: string): string {
  const modules = Object.entries(MODULES)
    .map(([name, file]) => `LoadModule ${name}_module /usr/lib/apache2/modules/${file}\n`)
    .join("");
  return `# Apache of a web server of ${SITE_NAME}. Only the load balancers reach port ${WEB_PORT}.
ServerRoot "/etc/apache2"
ServerName ${fqdn}
PidFile \${APACHE_PID_FILE}
User www-data
Group www-data
${modules}TypesConfig /etc/mime.types
ServerTokens Prod
ServerSignature Off
TraceEnable Off
ErrorLog "|/usr/bin/logger -t apache2 -p daemon.warning"
LogLevel warn
LogFormat "%{X-Forwarded-For}i \\"%r\\" %>s %B rt=%D id=%{X-Request-ID}i" site

Timeout 13
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 10000
RequestReadTimeout header=10 body=10
LimitRequestBody 1048576
ProxyRequests Off
ProxyTimeout 13
GracefulShutdownTimeout 15

<Directory />
    AllowOverride None
    Require all denied
</Directory>

# Every virtual host below is inspected.
Include /etc/foobar/waf.conf

Listen ${WEB_PORT}
<VirtualHost *:${WEB_PORT}>
    ServerName ${SITE_NAME}
    CustomLog "|/usr/bin/logger -t apache2 -p daemon.info" site
    Protocols h2 http/1.1
    SSLEngine on
    SSLProtocol TLSv1.3
    SSLOpenSSLConfCmd Groups X25519MLKEM768:X25519:prime256v1:secp384r1
    SSLHonorCipherOrder off
    SSLSessionTickets off
    SSLCertificateFile /etc/apache2/tls/host.pem
    SSLCertificateKeyFile /etc/apache2/tls/host.key
    SSLCACertificateFile /etc/apache2/tls/ca.pem
    SSLVerifyClient require
    SSLVerifyDepth 1

    ProxyPreserveHost On
    ProxyPass / http://127.0.0.1:3000/ connectiontimeout=1 timeout=13 keepalive=On
    ProxyPassReverse / http://127.0.0.1:3000/
</VirtualHost>

# Counters for the agent on this host.
Listen 127.0.0.1:8081
<VirtualHost 127.0.0.1:8081>
    ServerName localhost
    <Location /server-status>
        SetHandler server-status
        Require local
    </Location>
</VirtualHost>
`;
}
