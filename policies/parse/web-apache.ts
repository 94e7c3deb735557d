import { sameName, type ApacheConfig } from "./apache";
import { ConfigError } from "./config-error";
import type { Directive } from "./directives";
import { hostAndPort } from "./nginx-locations";
import type { Forward, ListenerTls, WebListener } from "./web";
import { maxAge } from "./web-nginx";
import { modSecurity } from "./web-waf";

/** What an Apache listens on: each `Listen` with each virtual host for it, or with the main server. */
export function apacheListeners(config: ApacheConfig): WebListener[] {
  const main = flattened(config.directives);
  const hosts = main.filter(({ name, block }) => sameName(name, "VirtualHost") && block);
  return named(main, "Listen").flatMap((listen) => {
    const endpoint = endpointOf(listen);
    const matching = hosts.filter(({ args }) => args.some((arg) => serves(arg, endpoint)));
    if (matching.length === 0) return [listenerOf(listen, endpoint, [], main)];
    return matching.map((host) => listenerOf(host, endpoint, flattened(host.block!), main));
  });
}

/** `<IfModule>`, `<IfDefine>` and `<IfFile>` opened: what asks for something stands for it, what asks for its absence does not. */
function flattened(directives: readonly Directive[]): Directive[] {
  return directives.flatMap((directive) => {
    if (!/^if(module|define|file|directive|section)$/i.test(directive.name)) return [directive];
    return directive.args[0]?.startsWith("!") ? [] : flattened(directive.block ?? []);
  });
}

function named(directives: readonly Directive[], name: string): Directive[] {
  return directives.filter((directive) => sameName(directive.name, name));
}

interface Endpoint {
  address: string;
  port: number;
}

/** `443`, `10.0.0.1:443`, `[::1]:443`, with or without a protocol after it. */
function endpointOf({ args, file, line }: Directive): Endpoint {
  const text = args[0] ?? "";
  const bare = /^\d+$/.test(text);
  const { host, port } = bare ? { host: "", port: Number(text) } : hostAndPort(text, 0);
  if (!(port >= 1 && port <= 65535))
    throw new ConfigError(
      file,
      line,
      "an address and a port from 1 to 65535 after Listen",
      text || "nothing",
    );
  return { address: host === "" || host === "*" ? "0.0.0.0" : host, port };
}

function serves(argument: string, endpoint: Endpoint): boolean {
  const { host, port } = hostAndPort(argument, 0);
  const anyPort = port === 0 || argument.endsWith(":*");
  const anyHost = ["*", "_default_", "*:*", "0.0.0.0"].includes(host) || endpoint.address === host;
  return (anyPort || port === endpoint.port) && (anyHost || endpoint.address === "0.0.0.0");
}

function listenerOf(at: Directive, endpoint: Endpoint, own: Directive[], main: Directive[]): WebListener {
  /** The virtual host's last one, or else the main server's. */
  const last = (name: string) => named(own, name).at(-1) ?? named(main, name).at(-1);
  const value = (name: string) => last(name)?.args[0];
  const on = (name: string) => value(name)?.toLowerCase() === "on";
  const directives = [...main.filter(({ block }) => !block), ...own];
  const forwardsTo = forwards(own, main, on("SSLProxyEngine"), (name) => value(name));
  return {
    server: "apache",
    file: at.file,
    line: at.line,
    ...endpoint,
    names: [...named(own, "ServerName"), ...named(own, "ServerAlias")].flatMap(({ args }) => args),
    ...(on("SSLEngine") && { tls: tlsOf(own, main, value) }),
    clientCertificate: clientCertificate(value("SSLVerifyClient")),
    proxyProtocol: on("RemoteIPProxyProtocol"),
    forwardsTo: forwardsTo.map(({ timeouts: _, ...forward }) => forward),
    waf: modSecurity(directives.filter(mayBeRules)),
    ...(forwardsTo.length > 0 && timeouts(forwardsTo, value)),
    http2: (last("Protocols")?.args ?? []).includes("h2"),
    statusOnly: forwardsTo.length === 0 && isStatus(own, main),
  };
}

/** Answers with mod_status, and has no files to serve. */
function isStatus(own: Directive[], main: Directive[]): boolean {
  if (named([...main, ...own], "DocumentRoot").length > 0) return false;
  return own.some(({ block = [] }) =>
    named(block, "SetHandler").some(({ args }) => args[0] === "server-status"),
  );
}

/** Most of what Apache includes from its distribution has nothing to do with ModSecurity. */
function mayBeRules({ name, args }: Directive): boolean {
  return !/^include/i.test(name) || /mod-?_?sec|security|waf|crs|owasp/i.test(args[0] ?? "");
}

function clientCertificate(value: string | undefined): WebListener["clientCertificate"] {
  if (value?.toLowerCase() === "require") return "required";
  return value !== undefined && /^optional/i.test(value) ? "optional" : "none";
}

const ALL_PROTOCOLS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** `all -TLSv1 -TLSv1.1`: each word adds, takes away, or without a sign begins anew (mod_ssl, "SSLProtocol"). */
function protocolsOf(args: readonly string[]): string[] {
  let enabled = new Set<string>();
  for (const word of args) {
    const [, sign, name] = /^([+-]?)(.*)$/.exec(word)!;
    const meant = /^all$/i.test(name)
      ? ALL_PROTOCOLS
      : [name.replace(/^tlsv/i, "TLSv").replace(/^sslv/i, "SSLv")];
    if (sign === "-") meant.forEach((one) => enabled.delete(one));
    else if (sign === "+") meant.forEach((one) => enabled.add(one));
    else enabled = new Set([...(word === args[0] ? [] : enabled), ...meant]);
  }
  return [...enabled].sort();
}

function tlsOf(
  own: Directive[],
  main: Directive[],
  value: (name: string) => string | undefined,
): ListenerTls {
  const lastOf = (name: string, fits: (directive: Directive) => boolean) =>
    named(own, name).filter(fits).at(-1) ?? named(main, name).filter(fits).at(-1);
  const protocols = lastOf("SSLProtocol", () => true)?.args ?? ["all"];
  const suites = lastOf("SSLCipherSuite", ({ args }) => args[0] === "TLSv1.3")?.args[1];
  const ciphers = lastOf("SSLCipherSuite", ({ args }) => args[0] !== "TLSv1.3")?.args.at(-1);
  const curves = lastOf("SSLOpenSSLConfCmd", ({ args }) => /^(curves|groups)$/i.test(args[0] ?? ""))?.args[1];
  const header = lastOf("Header", ({ args }) =>
    args.some((arg) => sameName(arg, "Strict-Transport-Security")),
  );
  return {
    protocols: protocolsOf(protocols),
    ciphers: (ciphers ?? "DEFAULT").split(":"),
    suites: suites?.split(":") ?? [],
    curves: curves?.split(":") ?? [],
    certificate: value("SSLCertificateFile"),
    clientCa: value("SSLCACertificateFile") ?? value("SSLCACertificatePath"),
    hstsSeconds: header && maxAge(header.args.find((arg) => /max-age/i.test(arg)) ?? ""),
    sessionTickets: value("SSLSessionTickets")?.toLowerCase() !== "off",
    serverOrder: value("SSLHonorCipherOrder")?.toLowerCase() === "on",
  };
}

type TimedForward = Forward & { timeouts: Record<string, string> };

/** `ProxyPass`, also inside of `<Location>`; balancers are resolved to their members. */
function forwards(
  own: Directive[],
  main: Directive[],
  proxyTls: boolean,
  value: (name: string) => string | undefined,
): TimedForward[] {
  const scope = own.length > 0 ? own : main;
  const verify =
    value("SSLProxyVerify")?.toLowerCase() === "require" &&
    value("SSLProxyCheckPeerName")?.toLowerCase() !== "off";
  const found: TimedForward[] = [];
  const add = (path: string, target: string, parameters: string[]) => {
    const timeouts = Object.fromEntries(parameters.map((one) => one.split("=") as [string, string]));
    const balancer = /^balancer:\/\/([^/]+)/.exec(target)?.[1];
    const urls = balancer === undefined ? [target] : membersOf(balancer, [...own, ...main]);
    for (const url of urls) {
      const [, scheme, authority] = /^([a-z0-9]+):\/\/([^/]*)/.exec(url) ?? [];
      if (scheme === undefined) continue;
      const tls = ["https", "wss", "h2"].includes(scheme) && proxyTls;
      found.push({ ...hostAndPort(authority, tls ? 443 : 80), tls, verify: tls && verify, path, timeouts });
    }
  };
  for (const { name, args, block } of scope) {
    if (/^ProxyPass(Match)?$/i.test(name) && args[1] !== undefined) add(args[0], args[1], args.slice(2));
    if (/^Location(Match)?$/i.test(name))
      for (const inner of named(block ?? [], "ProxyPass"))
        add(args.at(-1) ?? "", inner.args[0] ?? "", inner.args.slice(1));
  }
  return found;
}

function membersOf(balancer: string, directives: Directive[]): string[] {
  return directives
    .filter(({ name, args }) => sameName(name, "Proxy") && args[0]?.startsWith(`balancer://${balancer}`))
    .flatMap(({ block }) => named(block ?? [], "BalancerMember"))
    .map(({ args }) => args.find((arg) => arg.includes("://")) ?? "");
}

function timeouts(forwardsTo: TimedForward[], value: (name: string) => string | undefined) {
  const first = forwardsTo.find(({ path }) => path === "/") ?? forwardsTo[0];
  const general = Number(value("ProxyTimeout") ?? value("Timeout") ?? 60);
  const readTimeoutSec = Number(first.timeouts.timeout ?? general);
  return { readTimeoutSec, connectTimeoutSec: Number(first.timeouts.connectiontimeout ?? readTimeoutSec) };
}
