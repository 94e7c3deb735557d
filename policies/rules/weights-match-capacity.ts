import { capacityOf, sizeOf } from "../traffic/capacities";
import { Host } from "../site/host";
import type { Proxy, Server } from "../parse/haproxy";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

interface Settings extends Record<string, unknown> {
  maxDeviationPercent: number;
}

/** A backend of a load balancer, and the hosts behind its servers. */
interface Backend {
  balancer: Host;
  proxy: Proxy;
  servers: { host: Host; server: Server }[];
}

export const weightsMatchCapacity = rule<Settings>({
  id: "weights-match-capacity",
  title: "Each web server's share of the requests is its share of the capacity",
  why: "With equal weights the smallest host is overloaded while the largest idles, and the site is as fast as the smallest one. A web host is as large as the scarcer of its two resources: min(vCPUs, GiB of memory). Whoever changes an instance type and forgets the weight, or the other way round, is told before clients are.",
  sources: [
    {
      title: "HAProxy 3.0 configuration manual, section 5.2: weight",
      url: "https://docs.haproxy.org/3.0/configuration.html#5.2-weight",
    },
    {
      title: "Amazon EC2 instance types: general purpose instances",
      url: "https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html",
    },
  ],
  fix: "Give each server the weight round(256 × size / largest size), where size = min(vCPUs, GiB).",
  severity: "medium",
  frameworks: [{ name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "PERF04-BP04" }],
  examples: {
    language: "haproxy",
    bad: "# web-1 is a t3.small, web-2 a t3.micro of half its memory\nserver web-1 web-1.foobar.internal:8443 weight 256\nserver web-2 web-2.foobar.internal:8443 weight 256\n",
    good: "# web-1 is a t3.small, web-2 a t3.micro of half its memory\nserver web-1 web-1.foobar.internal:8443 weight 256\nserver web-2 web-2.foobar.internal:8443 weight 128\n",
  },
  proof:
    "The lab sends some thousand requests through the load balancer and counts who served them: the counts are in proportion to the hosts' sizes.",
  settings: {
    maxDeviationPercent: {
      type: "number",
      default: 10,
      minimum: 0,
      maximum: 100,
      description:
        "How far a server's share of the requests may be from its share of the capacity, in percent of the latter",
    },
  },
  check(site, { maxDeviationPercent }) {
    const backends = new Map<Proxy, Backend>();
    for (const { purpose, from, to, proxy } of site.topology.connections)
      if (purpose === "page" && from instanceof Host && to instanceof Host && proxy && !backends.has(proxy))
        backends.set(proxy, {
          balancer: from,
          proxy,
          // All of them: a server of weight 0 has no connections.
          servers: proxy.servers.flatMap((server) => {
            const host = site.topology.hostNamed(server.host);
            return host ? [{ host, server }] : [];
          }),
        });
    const hidden = site.hosts
      .map((host) => [host, [host.userData, host.haproxy].find(isUnknown)] as const)
      .flatMap(([host, value]) =>
        value ? [unknown(host.resource, value, `whom ${host.name} sends requests to`)] : [],
      );
    if (backends.size === 0 && hidden.length === 0)
      return notApplicable("no load balancer of this stack sends pages to web servers");
    const inOrder = [...backends.values()].sort(
      (one, other) =>
        one.balancer.name.localeCompare(other.balancer.name) || one.proxy.line - other.proxy.line,
    );
    return [...hidden, ...inOrder.flatMap((backend) => judge(backend, maxDeviationPercent))];
  },
});

function judge({ balancer, proxy, servers }: Backend, maxDeviationPercent: number): Finding[] {
  const where = `backend ${proxy.name} of ${balancer.name}`;
  const algorithm = proxy.all("balance").at(-1)?.words[1];
  if (algorithm === "first")
    return [
      violation(
        balancer.resource,
        `${where} has balance first, which ignores weights, want roundrobin; change it`,
      ),
    ];
  const active = servers.filter(({ server }) => !server.backup);
  const sized = active.map(({ host, server }) => ({ host, server, capacity: capacityOf(host) }));
  const hidden = sized.flatMap(({ host, capacity }) =>
    isUnknown(capacity)
      ? [unknown(host.resource, capacity, `which weight ${host.name} should have in ${where}`)]
      : [],
  );
  if (hidden.length > 0) return hidden;
  const known = sized.map(({ host, server, capacity }) => ({
    ...{ host, server },
    size: isUnknown(capacity) ? 0 : sizeOf(capacity),
  }));
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const weights = sum(known.map(({ server }) => server.weight));
  const sizes = sum(known.map(({ size }) => size));
  const largest = Math.max(...known.map(({ size }) => size));
  const heaviest = Math.max(...known.map(({ server }) => server.weight));
  const away = (value: number, wanted: number) => Math.abs(value / wanted - 1) * 100 > maxDeviationPercent;
  const judged = known.map(({ host, server, size }) => ({
    ...{ host, server, fair: size / sizes, wanted: Math.max(1, Math.round((256 * size) / largest)) },
    share: weights === 0 ? 0 : server.weight / weights,
  }));
  const wrong = judged.filter(({ share, fair }) => away(share, fair));
  // One wrong weight moves the shares of all: who is right beside the heaviest is not at fault.
  const guilty = wrong.filter(({ server, wanted }) => away((256 * server.weight) / heaviest, wanted));
  return (guilty.length > 0 ? guilty : wrong).map(({ host, server, share, fair, wanted }) =>
    violation(
      balancer.resource,
      `${where} gives ${host.name} ${percent(share)} of the requests (weight ${server.weight}), want ${percent(fair)}, its share of the capacity; set weight ${wanted} where the largest has 256`,
    ),
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
