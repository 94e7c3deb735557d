import { Host } from "../site/host";
import { forwardings, healthCheckOf, type Forwarding, type Target } from "../traffic/network-load-balancers";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";
import type { Connection } from "../site/topology";

export const proxyProtocolOnBothSides = rule({
  id: "proxy-protocol-on-both-sides",
  title: "The PROXY protocol is spoken by both sides of a connection, or by neither",
  why: "A sender that puts a PROXY header in front of the bytes breaks every connection to a listener that does not expect one, and a listener that waits for a header gets nothing from a sender that has none. A network load balancer sends the header on its health checks, too, so that the checked port has to accept it. And whoever takes the header from anybody lets clients choose their own address.",
  sources: [
    {
      title: "Elastic Load Balancing: Proxy protocol",
      url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#proxy-protocol",
    },
    {
      title: "HAProxy 3.0 configuration manual, section 5.1: accept-proxy",
      url: "https://docs.haproxy.org/3.0/configuration.html#5.1-accept-proxy",
    },
  ],
  fix: "Set proxyProtocolV2 on the target group and accept-proxy on every bind that it reaches, the checked one included, or remove both.",
  severity: "high",
  frameworks: [],
  examples: {
    language: "haproxy",
    bad: "# The target group has proxyProtocolV2.\nbind :443 ssl crt /etc/haproxy/tls/site.pem\n",
    good: "# The target group has proxyProtocolV2.\nbind :443 accept-proxy ssl crt /etc/haproxy/tls/site.pem\n",
  },
  proof:
    "The lab's network load balancer sends the header as AWS's does: pages and checks answer, and the access log has the client's address.",
  check(site) {
    const ways = forwardings(site);
    const findings = [
      ...hidden(site),
      ...ways.flatMap(ofTargetGroup),
      ...site.topology.connections.flatMap(ofConnection),
    ];
    return findings.length === 0 && ways.length === 0 && !spoken(site)
      ? notApplicable("the stack has no network load balancer, and nobody speaks the PROXY protocol")
      : findings;
  },
});

function hidden(site: Site): Finding[] {
  return site.hosts.flatMap((host) => {
    const value = [host.userData, host.haproxy, host.web].find(isUnknown);
    return value ? [unknown(host.resource, value, `whether ${host.name} speaks the PROXY protocol`)] : [];
  });
}

function spoken(site: Site): boolean {
  return site.hosts.some(({ haproxy, web }) => {
    const proxies = haproxy && !isUnknown(haproxy) ? haproxy.proxies : [];
    return (
      proxies.some(
        ({ binds, servers }) =>
          binds.some(({ options }) => options.has("accept-proxy")) ||
          servers.some(({ options }) => sends(options)),
      ) || (web && !isUnknown(web) ? web : []).some(({ proxyProtocol }) => proxyProtocol)
    );
  });
}

type Options = { has(name: string): boolean };

function sends(options: Options): boolean {
  return ["send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn"].some((name) =>
    options.has(name),
  );
}

/** Whether a host's listener on a port waits for the header; undefined when nothing known listens there. */
function expects({ haproxy, web }: Host, port: number): { expected: boolean; where: string } | undefined {
  if (haproxy && !isUnknown(haproxy))
    for (const { binds } of haproxy.proxies)
      for (const bind of binds)
        if (bind.port === port)
          return { expected: bind.options.has("accept-proxy"), where: `${haproxy.path}:${bind.line}` };
  const listener = web && !isUnknown(web) ? web.find((one) => one.port === port) : undefined;
  return listener && { expected: listener.proxyProtocol, where: `${listener.file}:${listener.line}` };
}

function ofTargetGroup({ group, targets }: Forwarding): Finding[] {
  const sent = group.get("proxyProtocolV2");
  if (isUnknown(sent)) return [unknown(group, sent, `whether ${group.name} sends the PROXY protocol`)];
  return targets.flatMap((target) =>
    ofTarget(group.name, sent === true, target, healthCheckOf(group).port(target)),
  );
}

function ofTarget(
  group: string,
  sent: boolean,
  target: Target,
  checked: ReturnType<ReturnType<typeof healthCheckOf>["port"]>,
): Finding[] {
  const { host, port } = target;
  const ports: [typeof port, string][] = [[port, "pages"]];
  if (checked !== port) ports.push([checked, "checks"]);
  return ports.flatMap(([at, what]) => {
    if (isUnknown(at)) return [unknown(host.resource, at, `which port of ${host.name} takes ${what}`)];
    const listener = expects(host, at);
    if (!listener || listener.expected === sent) return [];
    return [
      violation(
        host.resource,
        sent
          ? `${group} sends the PROXY protocol, with ${what} too, and port ${at} of ${host.name} (${listener.where}) does not accept it; add accept-proxy`
          : `port ${at} of ${host.name} (${listener.where}) waits for the PROXY protocol, which ${group} does not send with ${what}; set proxyProtocolV2`,
      ),
    ];
  });
}

/** From one host to another, and from clients, who must not be believed. */
function ofConnection({ from, to, port, server }: Connection): Finding[] {
  if (!(to instanceof Host)) return [];
  const listener = expects(to, port);
  if (from === "client")
    return listener?.expected
      ? [
          violation(
            to.resource,
            `port ${port} of ${to.name} (${listener.where}) believes a PROXY header from any client; remove accept-proxy`,
          ),
        ]
      : [];
  if (!(from instanceof Host) || !server || isUnknown(to.web) || isUnknown(to.haproxy)) return [];
  const sent = sends(server.options);
  const expected = listener?.expected ?? false;
  if (sent !== expected)
    return [
      violation(
        from.resource,
        sent
          ? `server ${server.name} of ${from.name} sends the PROXY protocol to port ${port} of ${to.name}, which does not accept it; remove send-proxy`
          : `port ${port} of ${to.name} (${listener!.where}) waits for the PROXY protocol, which server ${server.name} of ${from.name} does not send; add send-proxy-v2`,
      ),
    ];
  return [];
}
