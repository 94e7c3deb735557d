import { APP_PORT, WEB_PORT, WEB_STATUS_PORT, WEB_TLS_PORT } from "./ports";
import type { Transport } from "./shape";
import { CLIENT_CIPHERS, CLIENT_CLAIMS, CURVES, HSTS } from "./tls-guideline";
import { balancerNames, WEB, WEB_TLS, type WebConfigArgs } from "./web-server";

/** `/etc/nginx/nginx.conf` of a web host, for nginx 1.26: the application behind it. */
export function nginxConfig(args: WebConfigArgs): string {
  const blocks: Record<Transport, (args: WebConfigArgs) => string> = {
    plain: plainServer,
    "mutual-tls": mutualServer,
    "site-tls": siteServers,
  };
  const ports = args.transports.map((transport) => (transport === "plain" ? WEB_PORT : WEB_TLS_PORT));
  return `# nginx of a web server of ${args.siteName}. Only the load balancers reach port ${ports.join(" and ")}.
user www-data;
worker_processes auto;
worker_rlimit_nofile 8192;
pid /run/nginx.pid;
error_log syslog:server=unix:/dev/log,nohostname,tag=nginx warn;
# A graceful stop waits this long for requests in flight; the unit's stop timeout is longer.
worker_shutdown_timeout ${WEB.stopSec}s;

events {
    worker_connections 4096;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    server_tokens off;
    sendfile on;
    tcp_nopush on;

${logFormat(args)}
    # Longer than HAProxy keeps an idle connection: the side that reuses connections is the side that closes them.
    keepalive_timeout ${WEB.keepAliveSec / 60}m;
    keepalive_requests ${WEB.requestsOfConnection};
    client_header_timeout ${WEB.headerSec}s;
    client_body_timeout ${WEB.bodySec}s;
    client_max_body_size ${WEB.bodyMiB}m;

    upstream application {
        server 127.0.0.1:${APP_PORT};
        keepalive 64;
    }

${args.transports.map((transport) => `${blocks[transport](args)}\n`).join("")}    # Counters for the agent on this host.
    server {
        listen 127.0.0.1:${WEB_STATUS_PORT};
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

function logFormat({ transports }: WebConfigArgs): string {
  const rest = (id: string) => `"$request" $status $body_bytes_sent '
                    'rt=$request_time urt=$upstream_response_time id=${id}';
`;
  const own = transports.includes("site-tls")
    ? `    # Clients' own connections: who they are is in the load balancer's PROXY header.
    log_format client '$proxy_protocol_addr ${rest("$request_id")}`
    : "";
  return `    # $http_x_forwarded_for and $http_x_request_id come from the load balancer, which removes the client's own.
    log_format site '$http_x_forwarded_for ${rest("$http_x_request_id")}${own}    access_log syslog:server=unix:/dev/log,nohostname,tag=nginx site;
`;
}

/** What the application learns about a request that a load balancer has looked at. */
const FROM_BALANCER = {
  "X-Forwarded-For": "$http_x_forwarded_for",
  "X-Forwarded-Proto": "$http_x_forwarded_proto",
  "X-Request-ID": "$http_x_request_id",
};

/** The same of a client's own; what it says about itself is left out. */
const FROM_CLIENT = {
  ...Object.fromEntries(CLIENT_CLAIMS.map((name) => [name, '""'])),
  "X-Forwarded-For": "$proxy_protocol_addr",
  "X-Forwarded-Proto": "https",
  "X-Request-ID": "$request_id",
};

/** @param ahead lines of the readiness location that come before all others */
function locations(headers: Record<string, string>, ahead = ""): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `            proxy_set_header ${name} ${value};\n`,
  );
  return `        location / {
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
${lines.join("")}            proxy_connect_timeout ${WEB.connectSec}s;
            # The application answers within 11 s, whatever its databases do. Under the load balancer's, so that the
            # cause of a late answer is logged here.
            proxy_read_timeout ${WEB.readSec}s;
            # There is one application: whether to repeat a request is the load balancer's decision.
            proxy_next_upstream off;
        }

        # The health check's requests are not traffic.
        location = /readyz {
${ahead}            access_log off;
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_connect_timeout ${WEB.connectSec}s;
            proxy_read_timeout ${WEB.readinessSec}s;
        }
`;
}

function plainServer({ siteName }: WebConfigArgs): string {
  return `    server {
        listen ${WEB_PORT} default_server;
        server_name ${siteName};

${locations(FROM_BALANCER)}    }
`;
}

function mutualServer({ siteName, fqdn, domain }: WebConfigArgs): string {
  return `    # Every host of the site has a certificate of this CA. Load balancers may come in, and this host itself, to ask
    # whether it is ready.
    map "$remote_addr $ssl_client_s_dn" $is_known {
        default 0;
        "~^[^ ]+ CN=${balancerNames(domain)}$" 1;
        "127.0.0.1 CN=${fqdn}" 1;
    }

    server {
        listen ${WEB_TLS_PORT} ssl default_server;
        http2 on;
        server_name ${siteName};
        ssl_certificate ${WEB_TLS.certificate};
        ssl_certificate_key ${WEB_TLS.key};
        ssl_client_certificate ${WEB_TLS.ca};
        ssl_verify_client on;
        ssl_verify_depth 1;
        ssl_protocols TLSv1.3;
        ssl_ecdh_curve ${CURVES};
        ssl_prefer_server_ciphers off;
        ssl_session_cache shared:inside:2m;
        ssl_session_tickets off;
        if ($is_known = 0) {
            return 403;
        }

${locations(FROM_BALANCER)}    }
`;
}

function siteServers({ siteName, apexName }: WebConfigArgs): string {
  const tls = `        ssl_certificate ${WEB_TLS.site};
        ssl_certificate_key ${WEB_TLS.site};
        # Mozilla's intermediate guideline 6.0.
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ${CLIENT_CIPHERS};
        ssl_ecdh_curve ${CURVES};
        ssl_prefer_server_ciphers off;
        ssl_session_cache shared:clients:10m;
        ssl_session_timeout 1d;
        ssl_session_tickets off;
        keepalive_timeout ${WEB.clientKeepAliveSec}s;
        access_log syslog:server=unix:/dev/log,nohostname,tag=nginx client;
        add_header Strict-Transport-Security "${HSTS}" always;
`;
  const other = (options: string, names: string, answer: string) => `
    server {
        listen ${WEB_TLS_PORT} ssl proxy_protocol${options};
        http2 on;
        server_name ${names};
${tls}        return ${answer};
    }
`;
  return `    # Clients' TLS ends here; a PROXY header in front of it says who they are.
    server {
        listen ${WEB_TLS_PORT} ssl proxy_protocol;
        http2 on;
        server_name ${siteName};
${tls}
${locations(
  FROM_CLIENT,
  `            # For health checks, which come without a client: its reasons name hosts.
            if ($proxy_protocol_addr) {
                return 404;
            }
`,
)}    }
${apexName ? other("", apexName, `301 https://${siteName}$request_uri`) : ""}${other(" default_server", "_", "421")}`;
}
