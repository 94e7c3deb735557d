import { timeoutsNested as rule } from "../../../policies/rules/timeouts-nested";
import { check, Fixture, goodSite, messages } from "../../support/policies";

const HAPROXY = "/etc/haproxy/haproxy.cfg";
const NGINX = "/etc/nginx/nginx.conf";
const APACHE = "/etc/apache2/apache2.conf";

it("finds nothing where each wait is longer than the one behind it", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where nobody waits for another, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe("no proxy or load balancer of this stack waits for another");
});

const faults: [string, string, string, string | RegExp, string, string][] = [
  [
    "the balancer's idle time",
    "lb-1",
    HAPROXY,
    "timeout client 60s",
    "timeout client 400s",
    "lb-1: timeout client of http is 400 s, want less than the 350 s after which entrance-80-listener drops a silent connection",
  ],
  [
    "no limit",
    "lb-1",
    HAPROXY,
    "    timeout server 15s\n",
    "",
    "lb-1: web has no timeout server and waits for ever, want one",
  ],
  [
    "a client that is cut while it waits",
    "lb-1",
    HAPROXY,
    "timeout client 60s",
    "timeout client 10s",
    "lb-1: timeout client of https is 10 s, want at least timeout server of web, 15 s",
  ],
  [
    "a balancer that gives up before its web server",
    "lb-1",
    HAPROXY,
    "timeout server 15s",
    "timeout server 12s",
    "lb-1: timeout server of web is 12 s, want more than the 13 s that web-1 waits for its application",
  ],
  [
    "a web server that waits for longer",
    "web-1",
    NGINX,
    "proxy_read_timeout 13s",
    "proxy_read_timeout 60s",
    "lb-1: timeout server of web is 15 s, want more than the 60 s that web-1 waits for its application",
  ],
  [
    "idle connections that the web server closes first",
    "web-1",
    NGINX,
    "keepalive_timeout 5m",
    "keepalive_timeout 10s",
    "web-1: its web server closes idle connections after 10 s, want longer than the 30 s for which lb-1 may use them again",
  ],
  [
    "Apache's short memory",
    "web-3",
    APACHE,
    "KeepAliveTimeout 300",
    "KeepAliveTimeout 5",
    "web-3: its web server closes idle connections after 5 s, want longer than the 30 s for which lb-1 may use them again",
  ],
  [
    "a stop that cuts requests",
    "lb-1",
    HAPROXY,
    "hard-stop-after 30s",
    "hard-stop-after 5s",
    "lb-1: hard-stop-after is 5 s, want at least timeout server of web, 15 s",
  ],
  [
    "a web server's stop that cuts requests",
    "web-1",
    NGINX,
    "worker_shutdown_timeout 15s",
    "worker_shutdown_timeout 5s",
    "web-1: its web server stops after 5 s, want at least the 13 s that a request may take",
  ],
  [
    "a queue that outlives the request",
    "web-1",
    HAPROXY,
    "timeout queue 5s",
    "timeout queue 20s",
    "web-1: timeout queue of writes is 20 s, want less than the 13 s that the web server waits for the application",
  ],
  [
    "a database that forgets pooled connections",
    "db-1",
    "/etc/mysql/mysql.conf.d/zz-foobar.cnf",
    "max_connections = 200",
    "max_connections = 200\nwait_timeout = 60",
    "db-1: wait_timeout is 60 s, want at least the 3600 s for which web-1 keeps idle connections (timeout server of writes)",
  ],
  [
    "a connection attempt that takes too long",
    "lb-1",
    HAPROXY,
    "timeout connect 250ms",
    "timeout connect 20s",
    "lb-1: timeout connect of web is 20 s, want less than its timeout server, 15 s",
  ],
];

it.each(faults)("finds %s", (_, host, path, from, to, message) => {
  expect(messages(rule, goodSite().edit(host, path, from, to))).toContain(message);
});

it("says what it does not know", () => {
  const good = goodSite();
  expect(
    messages(rule, good.change("entrance-443-listener", { tcpIdleTimeoutSeconds: good.ref("network-vpc") })),
  ).toEqual([
    "unknown: tcpIdleTimeoutSeconds; without it nobody can tell how long entrance-443-listener keeps silent connections",
  ]);
});
