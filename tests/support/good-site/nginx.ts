import { SITE_NAME, WEB_PORT } from "./plan";

/** ModSecurity with the OWASP Core Rule Set as Debian packages it, refusing what it finds; nginx and Apache read it. */
export const WAF_RULES = `# The engine's own settings; the Core Rule Set follows.
SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 1048576
SecRequestBodyNoFilesLimit 131072
SecRequestBodyLimitAction Reject
SecResponseBodyAccess Off
SecArgumentSeparator &
SecCookieFormat 0
SecTmpDir /tmp/
SecDataDir /tmp/
SecRule REQUEST_HEADERS:Content-Type "^application/json" \\
    "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecAuditEngine RelevantOnly
SecAuditLogRelevantStatus "^(?:5|4(?!04))"
SecAuditLogParts ABHZ
SecAuditLogType Serial
SecAuditLog /var/log/modsecurity/audit.log
Include /etc/modsecurity/crs/crs-setup.conf
Include /usr/share/modsecurity-crs/rules/*.conf
`;

/** `/etc/nginx/nginx.conf` of a web host, for nginx 1.26 and newer: only who has a certificate of the site comes in. */
export function nginxConfig(): string {
  return `# nginx of a web server of ${SITE_NAME}. Only the load balancers reach port ${WEB_PORT}.
load_module modules/ngx_http_modsecurity_module.so;
user www-data;
worker_processes auto;
worker_rlimit_nofile 8192;
pid /run/nginx.pid;
error_log syslog:server=unix:/dev/log,nohostname,tag=nginx warn;
worker_shutdown_timeout 15s;

events {
    worker_connections 4096;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    server_tokens off;
    sendfile on;
    tcp_nopush on;

    log_format site '$http_x_forwarded_for "$request" $status $body_bytes_sent '
                    'rt=$request_time urt=$upstream_response_time id=$http_x_request_id';
    access_log syslog:server=unix:/dev/log,nohostname,tag=nginx site;

    # Longer than HAProxy keeps an idle connection: the side that reuses connections is the side that closes them.
    keepalive_timeout 5m;
    keepalive_requests 10000;
    client_header_timeout 10s;
    client_body_timeout 10s;
    client_max_body_size 1m;

    ssl_protocols TLSv1.3;
    ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:tls:2m;
    ssl_session_tickets off;

    upstream application {
        server 127.0.0.1:3000;
        keepalive 64;
    }

    server {
        listen ${WEB_PORT} ssl default_server;
        http2 on;
        server_name ${SITE_NAME};
        ssl_certificate /etc/nginx/tls/host.pem;
        ssl_certificate_key /etc/nginx/tls/host.key;
        ssl_client_certificate /etc/nginx/tls/ca.pem;
        ssl_verify_client on;
        ssl_verify_depth 1;

        modsecurity on;
        modsecurity_rules_file /etc/foobar/waf.conf;

        location / {
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $http_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
            proxy_set_header X-Request-ID $http_x_request_id;
            proxy_connect_timeout 1s;
            proxy_read_timeout 13s;
            proxy_next_upstream off;
        }

        # The health check's requests are not traffic.
        location = /readyz {
            access_log off;
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_connect_timeout 1s;
            proxy_read_timeout 5s;
        }
    }

    # Counters for the agent on this host.
    server {
        listen 127.0.0.1:8081;
        access_log off;
        location = /stub_status {
            stub_status;
        }
        location / {
            return 404;
        }
    }
}
`;
}
