import type { Host, Known } from "../site/host";
import { nameOf, shipmentsOf } from "../logs";
import { documentOf, fields, list } from "../logs/documents";
import { ConfigError } from "../parse/config-error";
import { isUnknown, Unknown } from "../site/resources";
import type { Site } from "../site/site";
import { isLoopback } from "../site/addresses";
import { notKnown, verified, weak, type Hop, type Judgement } from "./hop";

const DATADOG = "/etc/datadog-agent/datadog.yaml";

/** What a host tells others about itself: metrics, logs, and what it asks of AWS. */
export function telemetryHops(site: Site): Hop[] {
  return site.hosts.flatMap((host) => [
    ...metrics("whoever scrapes", host.name, [...exporters(host), ...counters(host)]),
    ...datadog(host),
    ...logs(host),
    ...aws(host),
  ]);
}

function metrics(from: string, to: string, judgements: Judgement[]): Hop[] {
  return judgements.map((judged) => ({ purpose: "metrics", from, to, ...judged }));
}

/** Prometheus exporters of Debian: their arguments are in a file each. On 127.0.0.1 nobody else reaches them. */
function exporters(host: Host): Judgement[] {
  return host.paths(/^\/etc\/default\/prometheus-[a-z-]*exporter$/).flatMap((path) => {
    const told = host.environment(path);
    if (told === undefined) return [];
    if (isUnknown(told)) return [notKnown(host, told)];
    const words = (told.ARGS ?? "").split(/\s+/);
    const values = (flag: string) =>
      words.flatMap((word, index) =>
        word.replace(/^--?/, "") === flag
          ? [words[index + 1] ?? ""]
          : word.replace(/^--?/, "").startsWith(`${flag}=`)
            ? [word.slice(word.indexOf("=") + 1)]
            : [],
      );
    const addresses = values("web.listen-address");
    const open = (addresses.length > 0 ? addresses : [":its default port"]).filter(
      (address) => !isLoopback(address),
    );
    return open.map((address) =>
      weak(
        host,
        values("web.config.file").length > 0 ? "unverified" : "plain",
        `${path} listens on ${address}`,
        "listen on 127.0.0.1 and let an agent on the host send it on",
      ),
    );
  });
}

/** Pages of counters that HAProxy and the web server offer beyond the host. */
function counters(host: Host): Judgement[] {
  const { haproxy, web } = host;
  const fix = "bind it to 127.0.0.1";
  const proxies = haproxy && !isUnknown(haproxy) ? haproxy.proxies : [];
  const path = haproxy && !isUnknown(haproxy) ? haproxy.path : "";
  const statistics = proxies
    .filter(
      (proxy) =>
        proxy.all("stats enable").length > 0 ||
        proxy.all("http-request use-service").some(({ words }) => words[2] === "prometheus-exporter"),
    )
    .flatMap(({ binds }) => binds)
    .filter((bind) => bind.port > 0 && !bind.ssl && !isLoopback(bind.address))
    .map((bind) =>
      weak(
        host,
        "plain",
        `${path}:${bind.line} bind ${bind.address}:${bind.port} has statistics without ssl`,
        fix,
      ),
    );
  const listeners = web && !isUnknown(web) ? web : [];
  const pages = listeners
    .filter(({ statusOnly, address, tls }) => statusOnly && !tls && !isLoopback(address))
    .map(({ file, line, address, port }) =>
      weak(host, "plain", `${file}:${line} offers counters on ${address}:${port} without TLS`, fix),
    );
  return [...statistics, ...pages];
}

/** Datadog's Agent sends over HTTPS and verifies, unless it is told not to (its `config_template.yaml`). */
function datadog(host: Host): Hop[] {
  const agent = readable(host, DATADOG);
  if (agent === undefined) return [];
  if (isUnknown(agent)) return metrics(host.name, "Datadog", [notKnown(host, agent)]);
  const address = typeof agent.dd_url === "string" ? agent.dd_url : "";
  const judged = address.startsWith("http://")
    ? weak(host, "plain", `${DATADOG} dd_url is ${address}`, "send over https")
    : agent.skip_ssl_validation === true
      ? weak(host, "unverified", `${DATADOG} has skip_ssl_validation: true`, "remove it")
      : verified(host, `${DATADOG}: HTTPS, verified by default`);
  const asked = host
    .paths(/^\/etc\/datadog-agent\/conf\.d\/.*\.yaml$/)
    .flatMap((path) => plainUrls(readable(host, path)).map((url) => ({ path, url })))
    .map(({ path, url }) =>
      weak(host, "plain", `${path} asks ${url}`, "let the Agent of that host ask on 127.0.0.1"),
    );
  return [...metrics(host.name, "Datadog", [judged]), ...metrics(host.name, "another host", asked)];
}

function readable(host: Host, path: string): Known<Record<string, unknown>> {
  try {
    return documentOf(host, path);
  } catch (error) {
    if (error instanceof ConfigError) return new Unknown(error.message);
    throw error;
  }
}

/** Addresses of other hosts that a check asks without TLS. */
function plainUrls(value: unknown): string[] {
  if (typeof value === "string") {
    const name = /^http:\/\/(\[[^\]]*\]|[^:/]+)/.exec(value)?.[1];
    return name !== undefined && !isLoopback(name) ? [value] : [];
  }
  return (Array.isArray(value) ? list(value) : Object.values(fields(value))).flatMap(plainUrls);
}

function logs(host: Host): Hop[] {
  const shipments = shipmentsOf(host);
  if (isUnknown(shipments))
    return [{ purpose: "logs", from: host.name, to: "wherever its logs go", ...notKnown(host, shipments) }];
  const sent = shipments.map(({ program, to, transport }): Hop => {
    const judged =
      transport === "verified"
        ? verified(host, program)
        : weak(
            host,
            transport,
            `${program} without ${transport === "plain" ? "TLS" : "verification"}`,
            "let it send by TLS and verify the receiver's certificate and name",
          );
    return { purpose: "logs", from: host.name, to: nameOf(to), ...judged };
  });
  return [...sent, ...ownSyslog(host)];
}

/** `log ADDRESS` of HAProxy and `syslog:server=ADDRESS` of nginx are plain UDP when the address is another host's. */
function ownSyslog(host: Host): Hop[] {
  const { haproxy, nginx } = host;
  const found: { to: string; where: string }[] = [];
  if (haproxy && !isUnknown(haproxy))
    for (const { words, line } of [
      ...haproxy.global.all("log"),
      ...haproxy.proxies.flatMap((proxy) => proxy.all("log")),
    ])
      if (isNetwork(words[1])) found.push({ to: words[1], where: `${haproxy.path}:${line} log` });
  if (nginx && !isUnknown(nginx))
    for (const { name, args, file, line } of [...nginx.find("access_log"), ...nginx.find("error_log")]) {
      const to = /^syslog:server=([^,]+)/.exec(args[0] ?? "")?.[1];
      if (to !== undefined && isNetwork(to)) found.push({ to, where: `${file}:${line} ${name}` });
    }
  return found.map(({ to, where }) => ({
    ...{ purpose: "logs" as const, from: host.name, to },
    ...weak(host, "plain", `${where} sends plain syslog`, "log to the journal and send that by TLS"),
  }));
}

function isNetwork(address: string | undefined): boolean {
  if (address === undefined || ["stdout", "stderr", "global"].includes(address)) return false;
  return !/^(unix:|\/|ring@|fd@|backend@|sampler)/.test(address) && !isLoopback(address);
}

/**
 * What the scripts of user data ask of AWS, with credentials. curl verifies by itself; a script is read for what turns
 * that off and for addresses without TLS, link-local ones excepted, which never leave the host.
 */
function aws(host: Host): Hop[] {
  const { userData } = host;
  if (!userData || isUnknown(userData)) return [];
  return [...userData.files.values()]
    .filter(({ content }) => content.startsWith("#!") && /\bamazonaws\.com\b/.test(content))
    .map(({ path, content }) => ({
      ...{ purpose: "AWS API" as const, from: host.name, to: "amazonaws.com:443" },
      ...judgeScript(host, path, content),
    }));
}

function judgeScript(host: Host, path: string, content: string): Judgement {
  const lines = content
    .split("\n")
    .map((line, index) => ({ line: index + 1, words: line.trim().split(/\s+/) }));
  const code = lines.filter(({ words }) => !words[0].startsWith("#"));
  for (const { line, words } of code) {
    const address = words.find((word) => /^["']?http:\/\/[^/]*amazonaws\.com\b/.test(word));
    if (address) return weak(host, "plain", `${path}:${line} asks ${address}`, "ask over https");
    const option = words.find((word) =>
      /^(-[a-zA-Z]*k[a-zA-Z]*|--insecure|--no-check-certificate)$/.test(word),
    );
    if (option && words.some((word) => /(^|\()(curl|wget)$/.test(word)))
      return weak(host, "unverified", `${path}:${line} has ${option}`, "let curl verify");
  }
  return verified(host, `${path}: https, verified by curl`);
}
