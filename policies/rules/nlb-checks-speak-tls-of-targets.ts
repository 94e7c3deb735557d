import {
  forwardings,
  healthCheckOf,
  networkLoadBalancers,
  type Target,
} from "../traffic/network-load-balancers";
import { offeredByBind } from "../tls/modern-tls";
import { isUnknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

export const nlbChecksSpeakTlsOfTargets = rule({
  id: "nlb-checks-speak-tls-of-targets",
  title: "A network load balancer checks its targets in a protocol that they speak",
  why: "HTTPS health checks of a network load balancer fail when the target takes TLS 1.3 only, whatever clients can do, and HTTP checks fail on a port that wants TLS. With every target unhealthy the balancer sends traffic to all of them, dead ones included, so that nobody notices until the first host dies.",
  sources: [
    {
      title: "Elastic Load Balancing: Health checks for Network Load Balancer target groups",
      url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
    },
  ],
  fix: "Check over HTTP on a port of its own, or let the checked port take TLS 1.2, too.",
  severity: "high",
  frameworks: [{ name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL11-BP01" }],
  examples: {
    language: "haproxy",
    bad: "# The target group checks port 443 with HTTPS.\nbind :443 ssl crt /etc/haproxy/tls/site.pem ssl-min-ver TLSv1.3\n",
    good: "# The target group checks port 8405 with HTTP.\nbind :8405\nmonitor-uri /healthz\n",
  },
  proof:
    "The lab asks every checked port as the network load balancer would, with TLS 1.2 at most, and gets 200.",
  check(site) {
    if (networkLoadBalancers(site).length === 0)
      return notApplicable("the stack has no network load balancer");
    return forwardings(site).flatMap(({ group, targets }) => {
      const { protocol } = healthCheckOf(group);
      if (isUnknown(protocol)) return [unknown(group, protocol, `how ${group.name} checks its targets`)];
      return targets.flatMap((target) => judge(group, protocol, target));
    });
  },
});

function judge(group: Resource, protocol: string, target: Target): Finding[] {
  const { host } = target;
  const port = healthCheckOf(group).port(target);
  if (isUnknown(port)) return [unknown(group, port, `which port of ${host.name} is checked`)];
  const { haproxy } = host;
  if (isUnknown(haproxy)) return [unknown(host.resource, haproxy, `what answers checks on ${host.name}`)];
  const binds = haproxy?.proxies.flatMap((proxy) => proxy.binds).filter((bind) => bind.port === port) ?? [];
  const asked = `${group.name} checks port ${port} of ${host.name} with ${protocol}`;
  if (binds.length === 0)
    return [violation(group, `${asked}, where HAProxy does not listen, want a port that it listens on`)];
  if (protocol === "TCP") return [];
  return binds.flatMap((bind) => {
    if (protocol === "HTTP" && bind.ssl)
      return [violation(group, `${asked}, which takes TLS only, want a port without TLS for checks`)];
    if (protocol !== "HTTPS") return [];
    if (!bind.ssl) return [violation(group, `${asked}, which takes no TLS, want an HTTP check`)];
    if (offeredByBind(bind).protocols.includes("TLSv1.2")) return [];
    return [
      violation(
        group,
        `${asked}, which takes TLS 1.3 only (${haproxy!.path}:${bind.line}), and its checks speak nothing newer than TLS 1.2; want an HTTP check on a port of its own`,
      ),
    ];
  });
}
