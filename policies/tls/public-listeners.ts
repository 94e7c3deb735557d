import { Host } from "../site/host";
import { isLoopback } from "../site/addresses";
import type { Bind, Proxy } from "../parse/haproxy";
import type { WebListener } from "../parse/web";
import { isUnknown, type Unknown } from "../site/resources";
import type { Site } from "../site/site";

/** Where clients' TLS ends. */
export type PublicListener = { host: Host; path: string; line: number; port: number } & (
  { bind: Bind; proxy: Proxy; web?: undefined } | { web: WebListener; bind?: undefined; proxy?: undefined }
);

/** Every listener that ends clients' TLS, and the hosts of which nobody knows whether they do. */
export function publicListeners(site: Site): { listeners: PublicListener[]; unknown: [Host, Unknown][] } {
  const listeners: PublicListener[] = [];
  const reached = new Map<Host, Set<number>>();
  const reach = (host: Host, port: number) => reached.set(host, (reached.get(host) ?? new Set()).add(port));
  const { connections } = site.topology;
  for (const { purpose, from, to, port } of connections)
    if (purpose === "page" && !(from instanceof Host) && to instanceof Host) reach(to, port);
  // A balancer that passes TLS on leaves it to the web servers.
  for (const { purpose, from, to, port, proxy, server } of connections)
    if (purpose === "page" && from instanceof Host && to instanceof Host && reached.has(from))
      if (proxy?.mode === "tcp" && !server?.options.has("ssl")) reach(to, port);
  for (const [host, ports] of reached) {
    const { haproxy, web } = host;
    if (haproxy && !isUnknown(haproxy))
      for (const proxy of haproxy.proxies)
        for (const bind of proxy.binds)
          if (bind.ssl && !isLoopback(bind.address))
            listeners.push({ host, path: haproxy.path, line: bind.line, port: bind.port, bind, proxy });
    if (web && !isUnknown(web))
      for (const listener of web)
        if (listener.tls && ports.has(listener.port))
          listeners.push({
            host,
            path: listener.file,
            line: listener.line,
            port: listener.port,
            web: listener,
          });
  }
  const unknown = site.hosts.flatMap((host): [Host, Unknown][] => {
    const value = [host.userData, host.haproxy, host.web].find(isUnknown);
    return value ? [[host, value]] : [];
  });
  return { listeners, unknown };
}
