import { ConfigError } from "./config-error";

/** Where a `bind` line listens. A path (a Unix socket) has port 0. */
export interface Endpoint {
  address: string;
  port: number;
}

/** Every address and port of a `bind` line's list, such as `:80,:8000-8003`; no address is 0.0.0.0 (4.2 "bind"). */
export function bindEndpoints(text: string, path: string, line: number): Endpoint[] {
  return text.split(",").flatMap((one) => {
    const plain = withoutFamily(one);
    if (isSocketPath(one, plain)) return [{ address: plain, port: 0 }];
    const { host, ports } = split(plain, path, line);
    if (ports === undefined) throw new ConfigError(path, line, "a port to listen on", one);
    const [low, high = low] = ports.split("-").map((port) => portOf(port, path, line));
    if (high < low) throw new ConfigError(path, line, "a range of ports from low to high", ports);
    const address = host === "" || host === "*" ? "0.0.0.0" : host;
    return Array.from({ length: high - low + 1 }, (_, index) => ({ address, port: low + index }));
  });
}

/** Where a `server` line connects. No port: the one that the client connected to, as is a port 0, or one with + or -. */
export function serverAddress(text: string, path: string, line: number): { host: string; port?: number } {
  const plain = withoutFamily(text);
  if (isSocketPath(text, plain)) return { host: plain };
  const { host, ports } = split(plain, path, line);
  if (ports === undefined || ports === "0" || /^[+-]\d+$/.test(ports)) return { host };
  return { host, port: portOf(ports, path, line) };
}

/** `ipv4@`, `quic6@` and their like say which family an address is of (11.1 "Address formats"). */
function withoutFamily(text: string): string {
  return text.replace(
    /^(?:(?:stream|dgram)\+)?(?:(?:ipv[46]|quic[46]?|udp[46]?|tcp[46]?|unix|abnsz?|fd|sockpair|rhttp)@)/,
    "",
  );
}

function isSocketPath(text: string, plain: string): boolean {
  return plain.startsWith("/") || /^(?:(?:stream|dgram)\+)?(?:unix|abnsz?|fd|sockpair|rhttp)@/.test(text);
}

function split(text: string, path: string, line: number): { host: string; ports?: string } {
  const [, bracketed, rest] = /^\[([^\]]*)\](.*)$/.exec(text) ?? [];
  if (bracketed !== undefined) {
    if (rest !== "" && !rest.startsWith(":"))
      throw new ConfigError(path, line, "an address such as [::1]:80", text);
    return { host: bracketed, ports: rest.slice(1) || undefined };
  }
  if (text.startsWith("[")) throw new ConfigError(path, line, "an address such as [::1]:80", text);
  const colon = text.lastIndexOf(":");
  if (colon < 0) return { host: text };
  return { host: text.slice(0, colon), ports: text.slice(colon + 1) || undefined };
}

function portOf(text: string, path: string, line: number): number {
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65535)) throw new ConfigError(path, line, "a port from 1 to 65535", text);
  return port;
}
