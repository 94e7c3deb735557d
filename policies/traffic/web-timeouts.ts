import type { Host, Known } from "../site/host";
import { ConfigError } from "../parse/config-error";
import type { Directive } from "../parse/nginx";
import { isUnknown, Unknown } from "../site/resources";

/** What a web server grants idle and leaving connections, ms. */
export interface WebTimeouts {
  /** How long an idle connection stays open for another request. */
  keepAliveMs: number;
  /** How long a graceful stop waits for requests in flight; Infinity without a limit. */
  shutdownMs: number;
}

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Undefined when the host has no web server that is known. Defaults are those of nginx 1.26 and httpd 2.4. */
export function webTimeoutsOf(host: Host): Known<WebTimeouts> {
  try {
    return read(host);
  } catch (error) {
    if (error instanceof ConfigError) return new Unknown(error.message);
    throw error;
  }
}

function read({ nginx, apache }: Host): WebTimeouts | undefined {
  if (nginx && !isUnknown(nginx)) {
    const http = nginx.directives.filter(({ name }) => name === "http").flatMap(({ block }) => block ?? []);
    const servers = http.filter(({ name }) => name === "server").flatMap(({ block }) => block ?? []);
    // Those of upstreams are for the other side.
    const keepAlive = [...http, ...servers].filter(({ name }) => name === "keepalive_timeout");
    const shutdown = nginx.directives.find(({ name }) => name === "worker_shutdown_timeout");
    return {
      keepAliveMs: Math.min(...(keepAlive.length > 0 ? keepAlive.map((one) => timeMs(one)) : [75_000])),
      shutdownMs: shutdown ? timeMs(shutdown) : Infinity,
    };
  }
  if (apache && !isUnknown(apache)) {
    const last = (name: string) => apache.find(name).at(-1);
    const off = last("KeepAlive")?.args[0]?.toLowerCase() === "off";
    const keepAlive = last("KeepAliveTimeout");
    const shutdown = last("GracefulShutdownTimeout");
    const shutdownMs = shutdown ? timeMs(shutdown) : 0;
    return {
      keepAliveMs: off ? 0 : keepAlive ? timeMs(keepAlive) : 5000,
      shutdownMs: shutdownMs === 0 ? Infinity : shutdownMs,
    };
  }
  return undefined;
}

/** `75`, `5m` or `1m 30s` as nginx writes them; a bare number is seconds, in httpd too. */
function timeMs({ args, file, line, name }: Directive): number {
  const parts = [...(args[0] ?? "").matchAll(/(\d+)(ms|[smhd])?/g)];
  if (parts.length === 0) throw new ConfigError(file, line, `a time after ${name}`, args[0] ?? "nothing");
  return parts.reduce((sum, [, digits, unit = "s"]) => sum + Number(digits) * UNIT_MS[unit], 0);
}
