import { APP_PORT, WEB_STATUS_PORT, WEB_PORT } from "./ports";

/** `/etc/nginx/nginx.conf` of a web host, for nginx 1.26: the application behind it, on one plain port. */
export function nginxConfig(args: { siteName: string }): string {
  return `# nginx of a web server of ${args.siteName}. Only the load balancers reach port ${WEB_PORT}.
user www-data;
worker_processes auto;
worker_rlimit_nofile 8192;
pid /run/nginx.pid;
error_log syslog:server=unix:/dev/log,nohostname,tag=nginx warn;
# A graceful stop waits this long for requests in flight; the unit's stop timeout is longer.
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

    # $http_x_forwarded_for and $http_x_request_id come from the load balancer, which removes the client's own.
    log_format site '$http_x_forwarded_for "$request" $status $body_bytes_sent '
                    'rt=$request_time urt=$upstream_response_time id=$http_x_request_id';
    access_log syslog:server=unix:/dev/log,nohostname,tag=nginx site;

    # Longer than HAProxy keeps an idle connection: the side that reuses connections is the side that closes them.
    keepalive_timeout 5m;
    keepalive_requests 10000;
    client_header_timeout 10s;
    client_body_timeout 10s;
    client_max_body_size 1m;

    upstream application {
        server 127.0.0.1:${APP_PORT};
        keepalive 64;
    }

    server {
        listen ${WEB_PORT} default_server;
        server_name ${args.siteName};

        location / {
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $http_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
            proxy_set_header X-Request-ID $http_x_request_id;
            proxy_connect_timeout 1s;
            # The application answers within 11 s, whatever its databases do. Under the load balancer's, so that the
            # cause of a late answer is logged here.
            proxy_read_timeout 13s;
            # There is one application: whether to repeat a request is the load balancer's decision.
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
