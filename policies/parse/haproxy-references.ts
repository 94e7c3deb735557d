import { ConfigError } from "./config-error";
import type { HaproxyConfig, Proxy } from "./haproxy";

/** HAProxy does not start when a backend, a resolvers section or a tracked server is not there. */
export function checkReferences(config: HaproxyConfig): void {
  const { path, proxies } = config;
  for (const proxy of proxies) {
    const twin = proxies.find(
      (other) => other !== proxy && other.name === proxy.name && overlap(other, proxy),
    );
    if (twin && proxies.indexOf(twin) < proxies.indexOf(proxy))
      throw new ConfigError(
        path,
        proxy.line,
        "a name of its own",
        `${proxy.kind} ${proxy.name} for the second time`,
      );
    for (const { backend, line } of proxy.uses)
      if (
        !backend.includes("%[") &&
        !proxies.some((other) => other.name === backend && other.kind !== "frontend")
      )
        throw new ConfigError(path, line, "a backend that is declared", backend);
    for (const server of proxy.servers) {
      const resolvers = server.options.get("resolvers");
      if (resolvers !== undefined && !config.resolvers.some(({ name }) => name === resolvers))
        throw new ConfigError(path, server.line, "a resolvers section that is declared", resolvers);
      const tracked = server.options.get("track");
      if (tracked !== undefined && !tracks(config, proxy, tracked))
        throw new ConfigError(path, server.line, "a server that is declared after track", tracked);
    }
  }
}

function overlap(one: Proxy, other: Proxy): boolean {
  return one.kind === other.kind || one.kind === "listen" || other.kind === "listen";
}

/** `track backend/server`, or a server of the same proxy. */
function tracks(config: HaproxyConfig, proxy: Proxy, target: string): boolean {
  const [, backend, server] = /^(?:(.*)\/)?([^/]*)$/.exec(target)!;
  const holder =
    backend === undefined ? proxy : config.proxies.find((p) => p.name === backend && p.kind !== "frontend");
  return holder?.servers.some(({ name }) => name === server) ?? false;
}
