import { AGENT, APACHE, APP, HAPROXY, MYSQL, NGINX, type Mutation } from "./mutation";

const HOPS = "tls-end-to-end";
const PROFILE = "tls-modern";

/** Hops without encryption or without knowing who is at the other end, and TLS that is out of date. */
export const tlsMutations: Mutation[] = [
  {
    fault: "`verify none` towards web-2",
    break: (site) => site.edit("lb-1", HAPROXY, /(server web-2 .* check-sni .*)$/m, "$1 verify none"),
    caughtBy: HOPS,
  },
  {
    fault: "a load balancer that trusts every public authority for the web servers",
    break: (site) =>
      site.edit("lb-2", HAPROXY, /(default-server ssl verify required ca-file )\S+/, "$1@system-ca"),
    caughtBy: HOPS,
  },
  {
    fault: "a server line that asks web-1 for no name",
    break: (site) =>
      site.edit("lb-1", HAPROXY, /(server web-1 .*)sni str\(\S+\) verifyhost \S+ (check .*)$/m, "$1$2"),
    caughtBy: HOPS,
  },
  {
    fault: "a server line that asks web-2 for web-1's name",
    break: (site) => site.edit("lb-1", HAPROXY, /(server web-2 .*verifyhost )web-2/, "$1web-1"),
    caughtBy: HOPS,
  },
  {
    fault: "plain HTTP to web-3",
    break: (site) => site.edit("lb-2", HAPROXY, /(server web-3 .* check-sni .*)$/m, "$1 no-ssl"),
    caughtBy: HOPS,
  },
  {
    fault: "an nginx that does not insist on the load balancer's certificate",
    break: (site) => site.edit("web-1", NGINX, "ssl_verify_client on", "ssl_verify_client optional"),
    caughtBy: HOPS,
  },
  {
    fault: "an Apache that asks for no certificate",
    break: (site) => site.edit("web-3", APACHE, "SSLVerifyClient require", "SSLVerifyClient none"),
    caughtBy: HOPS,
  },
  {
    fault: "counters of clients that are shared without TLS",
    break: (site) =>
      site
        .edit("lb-1", HAPROXY, /(bind :10000) ssl .*/, "$1")
        .edit("lb-1", HAPROXY, /^ {4}default-server ssl crt .*\n/m, ""),
    caughtBy: HOPS,
  },
  {
    fault: "a database that lets clients in without TLS",
    break: (site) =>
      site.edit("db-2", MYSQL, "require_secure_transport = ON", "require_secure_transport = OFF"),
    caughtBy: HOPS,
  },
  {
    fault: "an application that does not check the databases' certificates",
    break: (site) => site.edit("web-2", APP, /^DATABASE_CA_FILE=.*\n/m, ""),
    caughtBy: HOPS,
  },
  {
    fault: "an application that trusts public authorities for the databases",
    break: (site) =>
      site.edit("web-1", APP, /^(DATABASE_CA_FILE=).*$/m, "$1/etc/ssl/certs/ca-certificates.crt"),
    caughtBy: HOPS,
  },
  {
    fault: "an application that takes the certificate of any host for a database's",
    break: (site) => site.edit("web-2", APP, /^DATABASE_SERVER_NAMES=.*\n/m, ""),
    caughtBy: HOPS,
  },
  {
    fault: "a group member that checks no names",
    break: (site) => site.edit("db-3", MYSQL, "ssl_mode = VERIFY_IDENTITY", "ssl_mode = REQUIRED"),
    caughtBy: HOPS,
  },
  {
    fault: "a group member that talks in the clear",
    break: (site) => site.edit("db-1", MYSQL, "ssl_mode = VERIFY_IDENTITY", "ssl_mode = DISABLED"),
    caughtBy: HOPS,
  },
  {
    fault: "a recovery that does not check its donor",
    break: (site) =>
      site.edit(
        "db-1",
        MYSQL,
        "recovery_ssl_verify_server_cert = ON",
        "recovery_ssl_verify_server_cert = OFF",
      ),
    caughtBy: HOPS,
  },
  {
    fault: "TLS 1.0 for clients",
    break: (site) =>
      site.edit("lb-1", HAPROXY, "bind-options ssl-min-ver TLSv1.2", "bind-options ssl-min-ver TLSv1.0"),
    caughtBy: PROFILE,
  },
  {
    fault: "a cipher suite without forward secrecy",
    break: (site) => site.edit("lb-2", HAPROXY, /(ssl-default-bind-ciphers .*)$/m, "$1:AES128-SHA"),
    caughtBy: PROFILE,
  },
  {
    fault: "a site certificate for three years",
    break: (site) => site.change("certificates-site", { validityPeriodHours: 26280 }),
    caughtBy: PROFILE,
  },
  {
    fault: "TLS 1.1 between load balancers and web-1",
    break: (site) => site.edit("web-1", NGINX, "ssl_protocols TLSv1.3", "ssl_protocols TLSv1.1 TLSv1.3"),
    caughtBy: PROFILE,
  },
  {
    fault: "HSTS for five minutes",
    break: (site) => site.edit("lb-1", HAPROXY, "max-age=63072000", "max-age=300"),
    caughtBy: PROFILE,
  },
  {
    fault: "no HSTS",
    break: (site) => site.edit("lb-2", HAPROXY, /^ *http-after-response set-header Strict.*\n/m, ""),
    caughtBy: PROFILE,
  },
  {
    fault: "an agent that takes any certificate from the monitoring service",
    break: (site) =>
      site.edit("web-1", AGENT, "logs_enabled: true", "logs_enabled: true\nskip_ssl_validation: true"),
    caughtBy: [HOPS, "logs-centralised"],
    why: "the hop of the metrics is not verified, and neither is the way of the logs, which the same agent sends",
  },
];
