import { Host } from "../site/host";
import { forwardings, type Forwarding } from "../traffic/network-load-balancers";
import type { Bind, Proxy } from "../parse/haproxy";
import type { WebListener } from "../parse/web";
import { isUnknown, type Resource } from "../site/resources";
import type { Site } from "../site/site";
import type { Connection } from "../site/topology";
import { isLoopback } from "../site/addresses";
import { isSiteAuthority, notKnown, verified, weak, type Hop, type Judgement } from "./hop";
import { judgeServer } from "./server-tls";

/** From clients to whoever ends their TLS, and from there to the web servers. */
export function pageHops(site: Site): Hop[] {
  const pages = site.topology.connections.filter(({ purpose }) => purpose === "page");
  const outer = pages.filter(({ from }) => !(from instanceof Host));
  const inner = pages.filter(({ from }) => from instanceof Host);
  return [...outer.flatMap((page) => clientHops(site, page, inner)), ...inner.flatMap(webHop)];
}

/** A client's session, through a network load balancer or not. */
function clientHops(site: Site, { from, to, port }: Connection, inner: Connection[]): Hop[] {
  if (!(to instanceof Host)) return [];
  const balancer = from instanceof Object && !(from instanceof Host) ? from : undefined;
  const ways = balancer ? forwardings(site).filter((way) => way.balancer === balancer) : [];
  const ended = ways.filter(({ targets }) => targets.some(({ host }) => host === to)).map(endsAtBalancer);
  const found = ended.filter((hops) => hops !== undefined);
  if (found.length > 0) return found.flatMap((hops) => hops(to));
  const through = balancer ? `client through ${balancer.name}` : "client";
  return listeningProxies(to, port).flatMap(({ path, proxy, bind }) =>
    behindBind(to, path, proxy, bind, inner).map((judged) => ({
      ...{ purpose: "page" as const, from: through, to: `${to.name}:${bind.port}` },
      ...judged,
    })),
  );
}

/** A TLS listener ends the session; what goes on to its targets is not verified, whatever it is. */
function endsAtBalancer({ balancer, listener, group }: Forwarding): ((to: Host) => Hop[]) | undefined {
  const protocol = listener.get("protocol");
  const inside = group.get("protocol");
  if (isUnknown(protocol)) {
    const hop = between("client", balancer.name, "unknown", `${listener.name}: protocol`, listener);
    return () => [hop];
  }
  if (protocol !== "TLS") return undefined;
  const port = String(listener.get("port"));
  return (to) => [
    between("client", `${balancer.name}:${port}`, "verified", `${listener.name} ends TLS`, listener),
    {
      ...between(
        balancer.name,
        to.name,
        inside === "TLS" ? "unverified" : "plain",
        `${group.name} has protocol ${String(inside)}, and a network load balancer verifies no target`,
        group,
      ),
      fix: "pass TLS on to HAProxy: listener and target group of protocol TCP",
    },
  ];
}

function between(
  from: string,
  to: string,
  protection: Hop["protection"],
  evidence: string,
  resource: Resource,
): Hop {
  return { purpose: "page", from, to, protection, evidence, resource };
}

interface Listening {
  path: string;
  proxy: Proxy;
  bind: Bind;
}

/** What takes pages on a host that clients reach: the port that they use, and every other one that passes requests on. */
function listeningProxies(host: Host, port: number): Listening[] {
  const { haproxy } = host;
  if (!haproxy || isUnknown(haproxy)) return [];
  return haproxy.proxies.flatMap((proxy) =>
    proxy.binds
      .filter((bind) => bind.port > 0 && !isLoopback(bind.address))
      .filter((bind) => bind.port === port || proxy.uses.length > 0 || proxy.servers.length > 0)
      .map((bind) => ({ path: haproxy.path, proxy, bind })),
  );
}

function behindBind(host: Host, path: string, proxy: Proxy, bind: Bind, inner: Connection[]): Judgement[] {
  const where = `${path}:${bind.line} bind ${bind.address}:${bind.port}`;
  if (bind.ssl) return [verified(host, `${where} ssl; the client checks the certificate`)];
  if (redirectsAll(proxy)) return [];
  if (proxy.mode === "tcp") {
    const passed = inner.filter(({ from, proxy: by }) => from === host && by?.mode === "tcp");
    if (passed.length > 0) return passed.map((page) => passedThrough(host, where, page));
  }
  return [
    weak(host, "plain", `${where} without ssl`, "bind it with ssl and a certificate, or only redirect there"),
  ];
}

/** Whether every request is sent on to HTTPS: by no condition, or by one that a plain connection always meets. */
function redirectsAll(proxy: Proxy): boolean {
  const lines = [...proxy.all("http-request redirect"), ...proxy.all("redirect")];
  return lines.some(({ words }) => {
    const text = words.join(" ");
    const condition = / (if|unless) (.*)$/.exec(text);
    const always =
      !condition || (condition[1] === "if" ? "!{ ssl_fc }" : "{ ssl_fc }") === condition[2].trim();
    return always && / (scheme https|(prefix|location) https:\/\/)/.test(text);
  });
}

/** TLS that the load balancer does not open is the client's own session with the web server. */
function passedThrough(host: Host, where: string, { to, port, server }: Connection): Judgement {
  if (!(to instanceof Host)) return notKnown(host, `what ${where} leads to`);
  const listener = listenerOf(to, port);
  if (isUnknown(listener)) return notKnown(to, listener);
  if (listener?.tls && !server?.options.has("ssl"))
    return verified(host, `${where} passes TLS on to ${to.name}; the client checks the certificate`);
  return weak(host, "plain", `${where} passes plain bytes on`, `let ${to.name}:${port} speak TLS`);
}

function listenerOf(host: Host, port: number) {
  const { web } = host;
  return isUnknown(web) ? web : web?.find((one) => one.port === port && !isLoopback(one.address));
}

/** From a load balancer to a web server: both ends have to know each other. */
function webHop({ from, to, port, proxy, server }: Connection): Hop[] {
  if (!(from instanceof Host) || !(to instanceof Host) || !server || !proxy) return [];
  // Bytes of the client's own session: that hop is the client's.
  if (proxy.mode === "tcp" && !server.options.has("ssl")) return [];
  const path = isUnknown(from.haproxy) || !from.haproxy ? "haproxy.cfg" : from.haproxy.path;
  const ends = { purpose: "page" as const, from: from.name, to: `${to.name}:${port}` };
  const judged = judgeServer(from, to, path, server);
  if (judged.protection !== "verified") return [{ ...ends, ...judged }];
  const listener = listenerOf(to, port);
  if (isUnknown(listener)) return [{ ...ends, ...notKnown(to, listener) }];
  const problem = listener && judgeListener(to, listener, from, server.options.has("crt"));
  return [{ ...ends, ...(problem ?? judged) }];
}

/**
 * A web server believes what a load balancer says about the client, so it must know that it is one. Undefined when
 * nothing is wrong with it.
 */
function judgeListener(
  to: Host,
  listener: WebListener,
  from: Host,
  certificate: boolean,
): Judgement | undefined {
  const where = `${listener.file}:${listener.line} port ${listener.port}`;
  if (!listener.tls) return weak(to, "plain", `${where} takes plain HTTP`, "let it speak TLS");
  if (listener.clientCertificate !== "required")
    return weak(
      to,
      "unverified",
      `${where} asks for ${listener.clientCertificate === "none" ? "no client certificate" : "a client certificate that may be missing"}`,
      "require one of the site's authority",
    );
  if (!isSiteAuthority(listener.tls.clientCa))
    return weak(
      to,
      "unverified",
      `${where} trusts clients of ${listener.tls.clientCa ?? "no authority"}, which is not the site's`,
      "verify client certificates with the site's ca.pem",
    );
  if (!certificate)
    return weak(
      from,
      "unverified",
      `shows no certificate, which ${to.name} requires`,
      "give its server lines a crt",
    );
  return undefined;
}
