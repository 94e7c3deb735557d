import { ConfigError } from "./config-error";
import type { Directive, NginxConfig } from "./nginx";
import {
  forwardingLocations,
  forwardsOf,
  locationsOf,
  mainScopes,
  nearest,
  on,
  type Location,
  type Scopes,
} from "./nginx-locations";
import type { Forward, ListenerTls, Waf, WebListener } from "./web";
import { nginxWaf } from "./web-waf";

/** What `http` and `stream` servers of an nginx listen on, one for each `listen`. */
export function nginxListeners(config: NginxConfig): WebListener[] {
  const listeners: WebListener[] = [];
  for (const kind of ["http", "stream"]) {
    for (const outer of config.directives.filter(({ name, block }) => name === kind && block)) {
      for (const server of outer.block!.filter(({ name, block }) => name === "server" && block)) {
        const scopes = [server.block!, outer.block!, config.directives];
        const listens = server.block!.filter(({ name }) => name === "listen");
        // Without `listen` it is port 80, or 8000 for another user than root (ngx_http_core_module, "listen").
        const all = listens.length > 0 ? listens : [{ ...server, name: "listen", args: ["80"] }];
        for (const listen of all)
          listeners.push(listenerOf(listen, server, scopes, config, kind === "stream"));
      }
    }
  }
  return listeners.filter(({ address }) => !address.startsWith("unix:"));
}

function listenerOf(
  listen: Directive,
  server: Directive,
  scopes: Scopes,
  config: NginxConfig,
  stream: boolean,
): WebListener {
  const [where = "", ...flags] = listen.args;
  const { address, port } = endpoint(where, listen);
  const main = mainScopes(server, scopes);
  const locations = forwardingLocations(server, scopes, stream);
  const forwardsTo = locations.flatMap((location) => forwardsOf(location, config));
  return {
    server: "nginx",
    file: listen.file,
    line: listen.line,
    address,
    port,
    names: nearest([server.block!], "server_name").flatMap(({ args }) => args),
    ...(flags.includes("ssl") || flags.includes("quic") || on(scopes, "ssl")
      ? { tls: tlsOf(scopes, main) }
      : {}),
    clientCertificate: clientCertificate(scopes),
    proxyProtocol: flags.includes("proxy_protocol"),
    forwardsTo,
    waf: weakest(
      locations.length > 0
        ? locations.map(({ scopes: own }) => nginxWaf(own, config))
        : [nginxWaf(main, config)],
    ),
    ...(forwardsTo.length > 0 && {
      readTimeoutSec: seconds(
        timeoutScopes(main, locations),
        stream ? "proxy_timeout" : "proxy_read_timeout",
        stream ? 600 : 60,
      ),
      connectTimeoutSec: seconds(timeoutScopes(main, locations), "proxy_connect_timeout", 60),
    }),
    http2: flags.includes("http2") || on(scopes, "http2"),
    statusOnly: isStatusOnly(server, forwardsTo),
  };
}

/** `443`, `10.0.0.1:443`, `[::1]:443`, `*:443`, `localhost`; no port is 80. */
function endpoint(text: string, { file, line }: Directive): { address: string; port: number } {
  if (text.startsWith("unix:")) return { address: text, port: 0 };
  const [, bracketed, host, digits] = /^(?:\[([^\]]*)\]|([^:]*?))(?::(\d+))?$/.exec(text) ?? [];
  const bare = /^\d+$/.test(text);
  const port = bare ? Number(text) : Number(digits ?? 80);
  if ((bracketed ?? host ?? "") === "" || port < 1 || port > 65535)
    throw new ConfigError(
      file,
      line,
      "an address and a port from 1 to 65535 after listen",
      text || "nothing",
    );
  const name = bare ? "" : (bracketed ?? host);
  return { address: name === "" || name === "*" ? "0.0.0.0" : name, port };
}

const WAF_ORDER: Waf[] = ["off", "detecting", "blocking"];

function weakest(wafs: Waf[]): Waf {
  return WAF_ORDER.find((waf) => wafs.includes(waf)) ?? "off";
}

function timeoutScopes(main: Scopes, locations: Location[]): Scopes {
  return locations.some(({ scopes }) => scopes === main || scopes[0] === main[0])
    ? main
    : (locations[0]?.scopes ?? main);
}

const UNIT_SEC: Record<string, number> = {
  ms: 0.001,
  s: 1,
  "": 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  M: 2_592_000,
  y: 31_536_000,
};

/** Seconds of a time such as `60s`, `500ms` or `1m 30s` (nginx, "Configuration file measurement units"). */
function seconds(scopes: Scopes, name: string, byDefault: number): number {
  const [directive] = nearest(scopes, name);
  if (!directive) return byDefault;
  const text = directive.args.join(" ");
  if (directive.args.length !== 1 || !/^(?:\d+(?:ms|[smhdwMy])? ?)+$/.test(text))
    throw new ConfigError(
      directive.file,
      directive.line,
      `a time such as 500ms or 10s after ${name}`,
      text || "nothing",
    );
  return [...text.matchAll(/(\d+)(ms|[smhdwMy]?)/g)].reduce(
    (sum, [, digits, unit]) => sum + Number(digits) * UNIT_SEC[unit],
    0,
  );
}

/** nginx 1.26's default; 1.27.3 dropped the first two. */
const DEFAULT_PROTOCOLS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

function tlsOf(scopes: Scopes, main: Scopes): ListenerTls {
  const value = (name: string) => nearest(scopes, name)[0]?.args[0];
  const protocols = nearest(scopes, "ssl_protocols")[0]?.args;
  const suites = nearest(scopes, "ssl_conf_command").find(
    ({ args }) => args[0].toLowerCase() === "ciphersuites",
  );
  const curves = value("ssl_ecdh_curve");
  return {
    protocols: protocols ?? DEFAULT_PROTOCOLS,
    ciphers: (value("ssl_ciphers") ?? "HIGH:!aNULL:!MD5").split(":"),
    suites: suites ? suites.args[1].split(":") : [],
    curves: curves === undefined || curves === "auto" ? [] : curves.split(":"),
    certificate: value("ssl_certificate"),
    clientCa: value("ssl_client_certificate") ?? value("ssl_trusted_certificate"),
    hstsSeconds: hsts(main),
    sessionTickets: value("ssl_session_tickets") !== "off",
    serverOrder: value("ssl_prefer_server_ciphers") === "on",
  };
}

function hsts(scopes: Scopes): number | undefined {
  const header = nearest(scopes, "add_header").find(
    ({ args }) => args[0].toLowerCase() === "strict-transport-security",
  );
  return header && maxAge(header.args[1] ?? "");
}

/** `max-age` of a Strict-Transport-Security header (RFC 6797, 6.1.1), seconds. */
export function maxAge(header: string): number | undefined {
  const [, digits] = /(?:^|;)\s*max-age\s*=\s*"?(\d+)/i.exec(header) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function clientCertificate(scopes: Scopes): WebListener["clientCertificate"] {
  const value = nearest(scopes, "ssl_verify_client")[0]?.args[0];
  if (value === "on") return "required";
  return value === "optional" || value === "optional_no_ca" ? "optional" : "none";
}

function isStatusOnly(server: Directive, forwardsTo: Forward[]): boolean {
  const locations = locationsOf(server.block!, []);
  const answers = (block: readonly Directive[]) =>
    block.some(({ name }) => ["stub_status", "return", "deny"].includes(name));
  return (
    forwardsTo.length === 0 &&
    locations.some(({ block }) => block.some(({ name }) => name === "stub_status")) &&
    locations.every(({ block }) => answers(block))
  );
}
