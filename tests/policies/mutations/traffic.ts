import { APACHE, HAPROXY, NGINX, type Mutation } from "./mutation";
import type { Fixture } from "../../support/policies";

const WEIGHTS = "weights-match-capacity";
const HEALTH = "health-checks-see-the-application";
const DRAINS = "draining-keeps-connections";
const READY = "readiness-gated";
const TIMEOUTS = "timeouts-nested";
const PROXY = "proxy-protocol-on-both-sides";
const ZONES = "zones-of-load-balancer-have-targets";
const CHECKS = "nlb-checks-speak-tls-of-targets";

function check(site: Fixture, changed: object): void {
  site.change("entrance-443", {
    healthCheck: { ...(site.get("entrance-443", "healthCheck") as object), ...changed },
  });
}

/** Requests that go where nobody can answer them, or not in the share that hosts can take. */
export const trafficMutations: Mutation[] = [
  {
    fault: "the larger web server with the weight of a smaller one",
    break: (site) => site.edit("lb-1", HAPROXY, /(server web-3 .*)weight 256/, "$1weight 128"),
    caughtBy: WEIGHTS,
  },
  {
    fault: "a web server that gets no requests",
    break: (site) => site.edit("lb-2", HAPROXY, /(server web-1 .*)weight 128/, "$1weight 0"),
    caughtBy: WEIGHTS,
  },
  {
    fault: "a web server that grew without its weight",
    break: (site) => site.change("web-1-instance", { instanceType: "t3.2xlarge" }),
    caughtBy: WEIGHTS,
  },
  {
    fault: "a health check that sees the web server only",
    break: (site) => site.edit("lb-1", HAPROXY, "GET uri /readyz", "GET uri /"),
    caughtBy: HEALTH,
  },
  {
    fault: "a health check that only connects",
    break: (site) =>
      site.edit(
        "lb-2",
        HAPROXY,
        / {4}option httpchk\n {4}http-check send .*\n {4}http-check expect .*\n/,
        "",
      ),
    caughtBy: HEALTH,
  },
  {
    fault: "a web server that is not checked",
    break: (site) =>
      site
        .edit("lb-1", HAPROXY, /(server web-2 .*)check check-sni \S+/, "$1no-check")
        .edit("lb-1", HAPROXY, /(server web-2 .*) track web\/web-2/, "$1"),
    caughtBy: HEALTH,
  },
  {
    fault: "an nginx that answers the health check by itself",
    break: (site) =>
      site.edit("web-1", NGINX, /(location = \/readyz \{\n)[^}]*\}/, "$1            return 200;\n        }"),
    caughtBy: HEALTH,
  },
  {
    fault: "a load balancer that calls itself healthy without a web server",
    break: (site) => site.edit("lb-1", HAPROXY, /^ *monitor fail .*\n/m, ""),
    caughtBy: HEALTH,
  },
  {
    fault: "an NLB that cuts what an unhealthy load balancer is finishing",
    break: (site) => site.change("entrance-443", { targetHealthStates: undefined }),
    caughtBy: DRAINS,
  },
  {
    fault: "an NLB that cuts what a leaving load balancer is finishing",
    break: (site) => site.change("entrance-443", { connectionTermination: true }),
    caughtBy: DRAINS,
  },
  {
    fault: "web servers whose names change all at once",
    break: (site) => site.unchain("web-2-record", "web-1-record"),
    caughtBy: READY,
  },
  {
    fault: "load balancers that enter the target group at once",
    break: (site) => site.unchain("entrance-80-lb-2", "entrance-443-lb-1"),
    caughtBy: READY,
  },
  {
    fault: "user data that a running host never reads again",
    break: (site) => site.change("web-3-instance", { userDataReplaceOnChange: undefined }),
    caughtBy: READY,
  },
  {
    fault: "a boot that does not tell that it failed",
    break: (site) =>
      site.edit(
        "lb-2",
        "/etc/systemd/system/foobar-boot.service",
        "OnFailure=foobar-boot-failed.service\n",
        "",
      ),
    caughtBy: READY,
  },
  {
    fault: "a web server that waits longer than the load balancer",
    break: (site) => site.edit("web-2", NGINX, "proxy_read_timeout 13s", "proxy_read_timeout 30s"),
    caughtBy: TIMEOUTS,
  },
  {
    fault: "an Apache that waits longer than the load balancer",
    break: (site) => site.edit("web-3", APACHE, " timeout=13", " timeout=30"),
    caughtBy: TIMEOUTS,
  },
  {
    fault: "a load balancer that keeps clients longer than the NLB does",
    break: (site) => site.edit("lb-1", HAPROXY, "timeout client 60s", "timeout client 10m"),
    caughtBy: TIMEOUTS,
  },
  {
    fault: "a PROXY header that only HAProxy expects",
    break: (site) => site.change("entrance-443", { proxyProtocolV2: false }),
    caughtBy: PROXY,
  },
  {
    fault: "a PROXY header that one HAProxy does not expect",
    break: (site) => site.edit("lb-2", HAPROXY, "bind :443 accept-proxy", "bind :443"),
    caughtBy: PROXY,
  },
  {
    fault: "an NLB address in a zone without a load balancer",
    break: (site) => site.change("entrance-balancer", { enableCrossZoneLoadBalancing: false }),
    caughtBy: ZONES,
  },
  {
    fault: "a target group that keeps to its zones",
    break: (site) => site.change("entrance-443", { loadBalancingCrossZoneEnabled: "false" }),
    caughtBy: ZONES,
  },
  {
    fault: "an NLB check over TLS 1.2 of a load balancer that speaks 1.3 only",
    break: (site) => {
      check(site, { protocol: "HTTPS", port: "443", path: "/healthz" });
      for (const host of ["lb-1", "lb-2"])
        site.edit(host, HAPROXY, "bind-options ssl-min-ver TLSv1.2", "bind-options ssl-min-ver TLSv1.3");
    },
    caughtBy: CHECKS,
  },
  {
    fault: "an NLB check over TLS 1.2 of a listener that speaks 1.3 only",
    break: (site) => {
      check(site, { protocol: "HTTPS", port: "443", path: "/healthz" });
      site.edit(
        "lb-2",
        HAPROXY,
        "bind :443 accept-proxy ssl",
        "bind :443 accept-proxy ssl ssl-min-ver TLSv1.3",
      );
    },
    caughtBy: CHECKS,
  },
];
