import { checkOf } from "../traffic/haproxy-check";
import { Host } from "../site/host";
import { forwardings, healthCheckOf, type Target } from "../traffic/network-load-balancers";
import type { Bind, Proxy } from "../parse/haproxy";
import { whoAnswers } from "../traffic/readiness-path";
import { isUnknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";
import type { Connection } from "../site/topology";

/** What applications answer, with 200 when they can serve a page (app/README.md). */
const READINESS = "/readyz";
/** What database hosts answer, with 200 in that role (host/lib/foobar_host/role.py). */
const ROLES = { write: ["/primary"], read: ["/replica", "/primary"] } as const;

export const healthChecksSeeTheApplication = rule({
  id: "health-checks-see-the-application",
  title: "Health checks ask the application whether it can serve, and believe only 200",
  why: "A port that answers says that a program runs, not that it can serve: a web server whose application is gone, or whose database is, takes connections and answers each with an error. A check that goes by the same way as requests do sees what clients would see. A database is asked for its role, since a replica takes connections, too.",
  sources: [
    {
      title:
        "AWS Well-Architected Framework, REL11-BP01: Monitor all components of the workload to detect failures",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_monitoring_health.html",
    },
    {
      title: "HAProxy 3.0 configuration manual: option httpchk",
      url: "https://docs.haproxy.org/3.0/configuration.html#4.2-option%20httpchk",
    },
    {
      title: "Elastic Load Balancing: Health checks for Network Load Balancer target groups",
      url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
    },
  ],
  fix: "Check by HTTP: GET /readyz of the application behind each web server, GET /primary or /replica of a database host, each with http-check expect status 200; let the network load balancer ask HAProxy whether it has a web server.",
  severity: "high",
  frameworks: [{ name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL11-BP01" }],
  examples: {
    language: "haproxy",
    bad: "backend web\n    # Only whether somebody takes the connection.\n    server web-1 web-1.foobar.internal:8443 check\n",
    good: "backend web\n    option httpchk\n    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host www.foobar.com\n    http-check expect status 200\n    server web-1 web-1.foobar.internal:8443 check\n",
  },
  proof:
    "The lab stops the application of one web server and leaves nginx running, and stops MySQL of one database host and leaves the host running: within two checks nobody sends them anything, and no request fails.",
  check(site) {
    const checked = site.topology.connections.filter(
      ({ from, to, server }) => from instanceof Host && to instanceof Host && server,
    );
    const ways = forwardings(site);
    const hidden = site.hosts.flatMap((host) => {
      const value = [host.userData, host.haproxy, host.web].find(isUnknown);
      return value
        ? [unknown(host.resource, value, `what ${host.name} checks and who answers checks there`)]
        : [];
    });
    if (checked.length === 0 && ways.length === 0 && hidden.length === 0)
      return notApplicable("nothing in this stack chooses between servers");
    const findings = [...hidden, ...checked.flatMap(ofHaproxy), ...ofTargetGroups(site)];
    const seen = new Set<string>();
    return findings.filter(({ message }) => !seen.has(message) && seen.add(message));
  },
});

function ofHaproxy({ purpose, from, to, port, proxy, server }: Connection): Finding[] {
  if (!(from instanceof Host) || !(to instanceof Host) || !proxy || !server) return [];
  const { haproxy } = from;
  if (!haproxy || isUnknown(haproxy)) return [];
  const where = `${from.name} (${haproxy.path}:${server.line})`;
  const wrong = (what: string, want: string) => [violation(from.resource, `${where} ${what}, want ${want}`)];
  const wanted: readonly string[] = purpose === "write" || purpose === "read" ? ROLES[purpose] : [READINESS];
  const request = `GET ${wanted.join(" or ")} with status 200`;
  const check = checkOf(haproxy, proxy, server);
  if (!check) return wrong(`does not check server ${server.name}`, request);
  if (check.path === undefined) return wrong(`only connects to server ${server.name} to check it`, request);
  if (!wanted.includes(check.path)) return wrong(`checks server ${server.name} by ${check.path}`, request);
  if (check.expects !== "status 200")
    return wrong(
      `takes ${check.expects ?? "any status of 2xx or 3xx"} of server ${server.name} for well`,
      "http-check expect status 200",
    );
  if (purpose === "page") return answeredBy(to, check.port ?? port, where);
  return (check.port ?? port) === port
    ? wrong(`asks port ${port} of server ${server.name}, where MySQL answers no HTTP`, "the port of its role")
    : [];
}

/** Whether a web server hands the check on to the application. */
function answeredBy(to: Host, port: number, where: string): Finding[] {
  const { web } = to;
  if (!web || isUnknown(web)) return [];
  const listener = web.find((one) => one.port === port);
  if (!listener)
    return [
      violation(
        to.resource,
        `${where} checks port ${port} of ${to.name}, where its web server does not listen, want the port of pages`,
      ),
    ];
  const answer = whoAnswers(to, listener, READINESS);
  if (isUnknown(answer)) return [unknown(to.resource, answer, `who answers ${READINESS} on ${to.name}`)];
  if (answer.by === "application") return [];
  return [
    violation(
      to.resource,
      `${to.name} answers ${READINESS} itself (${answer.where}), want the application's answer; pass it on`,
    ),
  ];
}

/** Target groups of network load balancers. */
function ofTargetGroups(site: Site): Finding[] {
  return forwardings(site).flatMap(({ group, targets }) => {
    const { protocol, path, matcher } = healthCheckOf(group);
    const where = `target group ${group.name}`;
    if (isUnknown(protocol)) return [unknown(group, protocol, `how ${where} checks its targets`)];
    if (protocol !== "HTTP" && protocol !== "HTTPS")
      return [
        violation(
          group,
          `${where} only connects to its targets to check them (${protocol}), want an HTTP check that HAProxy answers when it has a web server`,
        ),
      ];
    for (const value of [path, matcher])
      if (isUnknown(value)) return [unknown(group, value, `what ${where} asks and expects`)];
    if (matcher !== "200")
      return [
        violation(
          group,
          `${where} takes status ${typeof matcher === "string" ? matcher : "200-399"} for well, want matcher 200`,
        ),
      ];
    return targets.flatMap((target) =>
      answeredByBalancer(group, target, typeof path === "string" ? path : "/"),
    );
  });
}

/** HAProxy's own answer has to depend on whether it has anybody to send requests to. */
function answeredByBalancer(group: Resource, target: Target, path: string): Finding[] {
  const { host } = target;
  const { haproxy } = host;
  const port = healthCheckOf(group).port(target);
  if (isUnknown(port)) return [unknown(group, port, `which port of ${host.name} is checked`)];
  if (!haproxy || isUnknown(haproxy)) return [];
  const proxy = haproxy.proxies.find(({ binds }) => binds.some((bind: Bind) => bind.port === port));
  if (!proxy) return [];
  if (monitors(proxy, path))
    return proxy.all("monitor fail").some(({ words }) => words.join(" ").includes("nbsrv("))
      ? []
      : [
          violation(
            host.resource,
            `${host.name} answers ${path} with 200 whatever becomes of its web servers (${haproxy.path}:${proxy.line}), want monitor fail if { nbsrv(BACKEND) lt 1 }`,
          ),
        ];
  if (proxy.uses.length > 0 || proxy.servers.length > 0) return [];
  return [
    violation(
      host.resource,
      `${host.name} has nothing that answers ${path} on port ${port}, want monitor-uri ${path} with monitor fail if { nbsrv(BACKEND) lt 1 }`,
    ),
  ];
}

function monitors(proxy: Proxy, path: string): boolean {
  return proxy.all("monitor-uri").some(({ words }) => words[1] === path);
}
