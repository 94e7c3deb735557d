import { given } from "../site/given";
import { Host } from "../site/host";
import { forwardings, type Forwarding } from "../traffic/network-load-balancers";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import { time, Waits } from "../traffic/waits";

/** Idle time of a TCP listener when nothing is said ("TCP idle timeout", Network Load Balancers). */
const NLB_IDLE_SEC = 350;
export const timeoutsNested = rule({
  id: "timeouts-nested",
  title: "Whoever is nearer to the cause gives up first",
  why: "When the one in front gives up before the one behind it, a late answer becomes an error that says nothing of its cause, the work goes on for nobody, and a retry doubles it. With idle connections it is the other way round: the side that uses a connection again has to be the side that closes it, or a request now and then meets a connection that is just being closed. And who stops must wait at least as long as a request may take.",
  sources: [
    {
      title: "AWS Well-Architected Framework, REL05-BP05: Set client timeouts",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_mitigate_interaction_failure_client_timeouts.html",
    },
    {
      title: "HAProxy 3.0 configuration manual: timeout server",
      url: "https://docs.haproxy.org/3.0/configuration.html#4.2-timeout%20server",
    },
    {
      title: "Elastic Load Balancing: Update the TCP idle timeout for your Network Load Balancer listener",
      url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html",
    },
  ],
  fix: "From the database outwards, make each time limit longer than the one behind it; let web servers keep idle connections longer than the load balancer does, and graceful stops wait longer than the longest request.",
  severity: "medium",
  frameworks: [{ name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL05-BP05" }],
  examples: {
    language: "haproxy",
    bad: "# nginx behind it has proxy_read_timeout 60s.\ntimeout server 15s\n",
    good: "# nginx behind it has proxy_read_timeout 13s.\ntimeout server 15s\n",
  },
  proof:
    "The lab holds a database's answer back: the application answers 503 in its own words before nginx does, and nginx before HAProxy would.",
  check(site) {
    const hidden = site.hosts.flatMap((host) => {
      const value = [host.userData, host.haproxy, host.web, host.mysql].find(isUnknown);
      return value ? [unknown(host.resource, value, `how long ${host.name} waits`)] : [];
    });
    const proxied = site.topology.connections.filter(
      ({ from, to, proxy }) => proxy && from instanceof Host && to instanceof Host,
    );
    const ways = forwardings(site);
    if (hidden.length === 0 && proxied.length === 0 && ways.length === 0)
      return notApplicable("no proxy or load balancer of this stack waits for another");
    const findings = [
      ...hidden,
      ...ways.flatMap(behindBalancer),
      ...proxied.flatMap((connection) => new Waits(connection).findings()),
    ];
    const seen = new Set<string>();
    return findings.filter(({ message }) => !seen.has(message) && seen.add(message));
  },
});

/** A balancer drops a silent connection without a word to either side, so HAProxy must have closed it before. */
function behindBalancer({ listener, targets }: Forwarding): Finding[] {
  const idle = given(listener, "tcpIdleTimeoutSeconds");
  if (isUnknown(idle)) return [unknown(listener, idle, `how long ${listener.name} keeps silent connections`)];
  const idleMs = 1000 * (typeof idle === "number" ? idle : NLB_IDLE_SEC);
  return targets.flatMap(({ host, port }) => {
    const { haproxy } = host;
    if (!haproxy || isUnknown(haproxy)) return [];
    return haproxy.proxies
      .filter(({ binds }) => binds.some((bind) => bind.port === port))
      .filter(({ timeoutsMs }) => (timeoutsMs.client ?? Infinity) >= idleMs)
      .map((proxy) =>
        violation(
          host.resource,
          `${host.name}: timeout client of ${proxy.name} is ${time(proxy.timeoutsMs.client)}, want less than the ${time(idleMs)} after which ${listener.name} drops a silent connection`,
        ),
      );
  });
}
