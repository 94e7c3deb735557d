import { isLoopback } from "../site/addresses";
import type { Host } from "../site/host";
import { isUnknown, type Resource, type Unknown } from "../site/resources";
import type { Site } from "../site/site";
import { APP_ENVIRONMENT } from "../site/service-needs";

/** What answers on a port of a host. */
export interface Listener {
  protocol: "tcp" | "udp";
  port: number;
  /** Whether only the host itself can reach it. */
  loopback: boolean;
}

/** MySQL's ports where nothing is written (MySQL manual, "MySQL port reference tables"). */
const MYSQL = { port: 3306, mysqlx_port: 33060, admin_port: 33062 };

/** Everything that a host's own configuration makes it listen on. What it cannot say, others do: see `dialled`. */
export function listenersOf(host: Host): Listener[] | Unknown {
  const { userData, haproxy, web, mysql } = host;
  const environment = host.environment(APP_ENVIRONMENT);
  const unreadable = [userData, haproxy, web, mysql, environment].find(isUnknown);
  if (unreadable) return unreadable;
  const found: Listener[] = [];
  const add = (address: string, port: number, protocol: Listener["protocol"] = "tcp") =>
    port > 0 && found.push({ protocol, port, loopback: isLoopback(address) });
  if (haproxy && !isUnknown(haproxy)) {
    for (const { binds } of haproxy.proxies)
      for (const { address, port } of binds) add(address, port, /^(quic|udp)/.test(address) ? "udp" : "tcp");
    for (const section of haproxy.sections.filter(({ kind }) => kind === "peers"))
      for (const { words } of section.lines)
        if (words[0] === "bind") add("", Number(words[1].split(":").at(-1)));
    for (const { peers } of haproxy.peers)
      for (const { name, address, port } of peers)
        if (name === host.name || address === host.fqdn) add(address, port);
  }
  if (web && !isUnknown(web)) for (const { address, port } of web) add(address, port);
  if (mysql && !isUnknown(mysql)) {
    const port = (variable: keyof typeof MYSQL) => Number(mysql.get(variable) ?? MYSQL[variable]);
    add(mysql.get("bind_address") ?? "", port("port"));
    if (mysql.on("mysqlx") !== false) add(mysql.get("mysqlx_bind_address") ?? "", port("mysqlx_port"));
    const admin = mysql.get("admin_address");
    if (admin !== undefined) add(admin, port("admin_port"));
    const group = mysql.get("group_replication_local_address");
    if (group !== undefined) add(group, Number(group.split(":").at(-1)));
  }
  if (environment && !isUnknown(environment)) add("", Number(environment.PORT ?? 0));
  return found;
}

/** By host and its port: the hosts whose configuration connects there. */
type Callers = ReadonlyMap<Host, ReadonlyMap<number, ReadonlySet<Host>>>;

const memory = new WeakMap<Site, Callers>();

/**
 * The other hosts whose configuration connects to a port of a host, for traffic or to ask after its health: health
 * checks have ports of their own, of which the configuration of the asked says nothing.
 */
export function callersOf(site: Site, to: Host, port: number): ReadonlySet<Host> {
  let callers = memory.get(site);
  if (!callers) memory.set(site, (callers = allCallers(site)));
  return callers.get(to)?.get(port) ?? new Set();
}

function allCallers(site: Site): Callers {
  const found = new Map<Host, Map<number, Set<Host>>>();
  const add = (from: Host, to: Host, port: number) => {
    if (from === to || port === 0) return;
    const ports = found.get(to) ?? new Map<number, Set<Host>>();
    found.set(to, ports.set(port, (ports.get(port) ?? new Set()).add(from)));
  };
  for (const { from, to, port } of site.topology.connections)
    if (isHost(from) && isHost(to)) add(from, to, port);
  for (const from of site.hosts) {
    const { haproxy } = from;
    if (!haproxy || isUnknown(haproxy)) continue;
    for (const { host, port, options } of haproxy.proxies.flatMap(({ servers }) => servers)) {
      const to = site.topology.hostNamed(host);
      if (to) for (const one of [port ?? 0, Number(options.get("port") ?? 0)]) add(from, to, one);
    }
  }
  return found;
}

function isHost(end: "client" | Host | Resource): end is Host {
  return end !== "client" && "securityGroups" in end;
}
