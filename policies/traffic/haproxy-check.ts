import type { HaproxyConfig, Proxy, Server } from "../parse/haproxy";

/** What HAProxy asks a server in order to know whether it is well. */
export interface Check {
  /** The server line whose check it is: its own, or the one that it tracks. */
  server: Server;
  proxy: Proxy;
  /** Undefined: a bare connection. */
  path?: string;
  /** Status codes that count as well, as written; HAProxy's default is any 2xx or 3xx. */
  expects?: string;
  /** Where it asks: the server's own port when nothing else is said. */
  port?: number;
  host: string;
}

/** A server without a check is always taken for well; so is one that tracks a server that is not there. */
export function checkOf(config: HaproxyConfig, proxy: Proxy, server: Server): Check | undefined {
  const owner = checkedBy(config, { proxy, server });
  if (!owner?.server.options.has("check")) return undefined;
  const { options, port, host } = owner.server;
  const own = options.get("port");
  return {
    ...owner,
    ...(owner.proxy.hasOption("httpchk") && { path: pathOf(owner.proxy), expects: expectsOf(owner.proxy) }),
    port: own === undefined ? port : Number(own),
    host: options.get("addr") ?? host,
  };
}

interface Owner {
  proxy: Proxy;
  server: Server;
}

/** Tracking goes on until a server that checks itself (configuration manual 3.0, 5.2 "track"). */
function checkedBy(config: HaproxyConfig, { proxy, server }: Owner, steps = 0): Owner | undefined {
  const tracked = server.options.get("track");
  if (tracked === undefined) return { proxy, server };
  const [name, backend] = tracked.split("/").reverse();
  const owner =
    backend === undefined
      ? proxy
      : config.proxies.find((one) => one.name === backend && one.servers.length > 0);
  const next = owner?.servers.find((one) => one.name === name);
  return owner && next && steps < config.proxies.length
    ? checkedBy(config, { proxy: owner, server: next }, steps + 1)
    : undefined;
}

/** `http-check send … uri`, or what stands after `option httpchk`: [method] uri [version]; "/" by default. */
function pathOf(proxy: Proxy): string {
  const sends = proxy.all("http-check send").map(({ words }) => words[words.indexOf("uri") + 1]);
  const sent = proxy.all("http-check send").some(({ words }) => words.includes("uri"))
    ? sends.at(-1)
    : undefined;
  const args = proxy.optionArgs("httpchk") ?? [];
  return sent ?? (args.length === 1 ? args[0] : args[1]) ?? "/";
}

function expectsOf(proxy: Proxy): string | undefined {
  const expects = proxy.all("http-check expect").map(({ words }) => words.slice(2));
  return expects.at(-1)?.join(" ");
}
