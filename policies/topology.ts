import { DatabaseNeeds } from "./database-needs";
import { entrances, isPrivate, RECORD } from "./entrance";
import { Host, INSTANCE } from "./host";
import { all, missing, some, unknownNeed, vertex, type Need, type Vertex } from "./need";
import type { Bind, Proxy, Server } from "./parse/haproxy";
import { reaches } from "./reach";
import { isUnknown, type Resource } from "./resources";
import type { Site } from "./site";

/** One hop that the site's own configurations really make. */
export interface Connection {
  purpose: Purpose;
  /** A resource is a network load balancer. */
  from: "client" | Host | Resource;
  to: Host | Resource;
  /** Where `to` listens. */
  port: number;
  /** HAProxy's backend on `from`, and its server line. */
  proxy?: Proxy;
  server?: Server;
  /** A HAProxy on `from` that only passes the bytes on, such as a web host's local database addresses. */
  local?: Proxy;
}

export type Purpose = "page" | "read" | "write" | "replication" | "group";

/** What the application is told, in the file that its unit reads. */
export const APP_ENVIRONMENT = "/etc/foobar/app.env";

const LOOPBACK = /^(127\.|localhost$|::1$|\[::1\]$)/;

/**
 * Who needs whom, read out of what the hosts will really run: names, load balancers and their targets, HAProxy's
 * frontends and servers, the web server's upstreams, the application's addresses, MySQL's roles.
 */
export class Topology {
  readonly connections: Connection[] = [];
  /** What clients need for a page: every public name answers. */
  readonly page: Need;
  /** What the application needs for a write: one of its hosts reaches a database that takes it. */
  readonly write: Need;
  private readonly connected = new Set<string>();
  private readonly needs = new Map<string, Need>();
  private readonly vertices = new Map<Host, Vertex>();
  private readonly names = new Map<string, Host>();
  private readonly databaseNeeds: DatabaseNeeds;

  constructor(private readonly site: Site) {
    this.learnNames();
    this.databaseNeeds = new DatabaseNeeds(
      site,
      (host) => this.alive(host),
      (name) => this.hostNamed(name),
    );
    this.page = entrances(site, {
      entered: (to, port) => this.connect({ purpose: "page", from: "client", to, port }),
      serves: (from, host, port) => {
        this.connect({ purpose: "page", from, to: host, port });
        return this.serves(host, port, "page");
      },
    });
    const writers = this.site.hosts.filter((host) => host.file(APP_ENVIRONMENT) !== undefined);
    this.write =
      writers.length > 0
        ? some(writers.map((host) => all([this.alive(host), this.application(host, "write")])))
        : missing("no host runs the application");
    this.connections.push(...this.databaseNeeds.connections);
  }

  /** Hops of clients. */
  get entrances(): Connection[] {
    return this.connections.filter(({ from }) => from === "client");
  }

  /** Hosts that clients, or network load balancers, connect to and that pass requests on to other hosts. */
  get loadBalancers(): Host[] {
    const pages = this.connections.filter(({ purpose }) => purpose === "page");
    const passing = new Set(pages.map(({ from }) => from));
    const entered = new Set(pages.filter(({ from }) => !(from instanceof Host)).map(({ to }) => to));
    return this.site.hosts.filter((host) => entered.has(host) && passing.has(host));
  }

  /** Hosts that run the application. */
  get webServers(): Host[] {
    return this.site.hosts.filter((host) => host.file(APP_ENVIRONMENT) !== undefined);
  }

  /** Hosts that run MySQL. */
  get databases(): Host[] {
    return this.site.hosts.filter((host) => host.mysql !== undefined);
  }

  /** The host that a name or address stands for: by the private zone's records, or by what the host calls itself. */
  hostNamed(address: string): Host | undefined {
    return this.names.get(address.replace(/\.$/, "").toLowerCase());
  }

  vertexOf(host: Host): Vertex {
    let made = this.vertices.get(host);
    if (!made) {
      const { name, resource, zone } = host;
      made = { name, resource, zone: typeof zone === "string" ? zone : undefined };
      this.vertices.set(host, made);
    }
    return made;
  }

  /** The host runs, wherever that is. */
  private alive(host: Host): Need {
    const itself = vertex(this.vertexOf(host));
    return isUnknown(host.zone) ? all([itself, unknownNeed(`the zone of ${host.name}`)]) : itself;
  }

  private learnNames(): void {
    for (const host of this.site.hosts) {
      if (host.fqdn) this.names.set(host.fqdn.toLowerCase(), host);
      const address = host.resource.get("privateIp");
      if (typeof address === "string") this.names.set(address, host);
    }
    const instances = new Map(this.site.hosts.map((host) => [host.resource, host]));
    for (const record of this.site.ofType(RECORD)) {
      if (!isPrivate(record)) continue;
      const host = record.refs("records", INSTANCE).map((instance) => instances.get(instance))[0];
      if (host) this.names.set(String(record.get("name")).toLowerCase(), host);
    }
  }

  private connect(connection: Connection): void {
    const { purpose, from, to, port, server } = connection;
    const end = (one: "client" | Host | Resource) => (one === "client" ? one : urnOf(one));
    const key = [purpose, end(from), end(to), port, server?.line].join(" ");
    if (this.connected.has(key)) return;
    this.connected.add(key);
    this.connections.push(connection);
  }

  /** What has to work for a host to serve what comes to one of its ports. */
  private serves(host: Host, port: number, purpose: Purpose): Need {
    const key = `${host.resource.urn} ${port} ${purpose}`;
    let need = this.needs.get(key);
    if (!need) {
      // Whoever leads back here asks for itself, which adds nothing.
      this.needs.set(key, all([]));
      need = all([this.alive(host), this.behindPort(host, port, purpose)]);
      this.needs.set(key, need);
    }
    return need;
  }

  private behindPort(host: Host, port: number, purpose: Purpose): Need {
    const { haproxy, web, mysql, userData } = host;
    if (userData === undefined) return unknownNeed(`what ${host.name} runs: it has no user data`);
    const unreadable = [userData, haproxy, web, mysql].find(isUnknown);
    if (unreadable) return unknownNeed(`${host.name}: ${unreadable.path}`);
    if (haproxy && !isUnknown(haproxy)) {
      const proxy = haproxy.proxies.find(({ binds }) => binds.some((bind) => bind.port === port));
      if (proxy) return this.behindProxy(host, proxy, purpose);
    }
    if (web && !isUnknown(web)) {
      const listener = web.find((one) => one.port === port);
      if (listener) {
        const ways = listener.forwardsTo.map((to) => this.towards(host, to.host, to.port, purpose, {}));
        return ways.length > 0 ? some(ways) : all([]);
      }
    }
    const environment = host.environment(APP_ENVIRONMENT);
    if (isUnknown(environment)) return unknownNeed(`${host.name}: ${environment.path}`);
    if (environment && Number(environment.PORT) === port) return this.application(host, purpose);
    if (mysql && !isUnknown(mysql) && port === Number(mysql.get("port") ?? 3306))
      return purpose === "write" ? this.databaseNeeds.takesWrites(host) : all([]);
    return missing(`${host.name} has nothing that listens on port ${port}`);
  }

  /** A proxy needs one of the servers of the backend that most requests go to, and names for them. */
  private behindProxy(host: Host, proxy: Proxy, purpose: Purpose): Need {
    const haproxy = host.haproxy;
    if (!haproxy || isUnknown(haproxy)) return all([]);
    const chosen = proxy.uses.find(({ condition }) => condition === undefined)?.backend;
    const others = proxy.uses.filter(({ condition }) => condition !== undefined);
    const backend =
      chosen === undefined
        ? proxy.servers.length > 0
          ? proxy
          : undefined
        : haproxy.proxy(chosen, "backend");
    for (const { backend: name } of others) {
      const other = haproxy.proxy(name, "backend");
      if (other) this.servers(host, other, purpose);
    }
    return backend
      ? this.servers(host, backend, purpose)
      : missing(`${proxy.name} on ${host.name} has no backend`);
  }

  private servers(host: Host, backend: Proxy, purpose: Purpose): Need {
    const local = backend.mode === "tcp" ? backend : undefined;
    const ways = backend.servers
      .filter(({ weight, backup }) => weight > 0 || backup)
      .map((server) => {
        const names = this.resolver(host, server);
        const to = this.towards(host, server.host, server.port ?? 0, purpose, {
          proxy: backend,
          server,
          local,
        });
        return names ? all([names, to]) : to;
      });
    return ways.length > 0 ? some(ways) : missing(`backend ${backend.name} on ${host.name} has no server`);
  }

  /** Servers found by name need a name server. Those of the VPC are AWS's own, in every zone. */
  private resolver(host: Host, server: Server): Need | undefined {
    const { haproxy } = host;
    const name = server.options.get("resolvers");
    if (name === undefined || !haproxy || isUnknown(haproxy)) return undefined;
    const nameservers = haproxy.resolvers.find((one) => one.name === name)?.nameservers ?? [];
    const own = nameservers.map(({ address }) => this.hostNamed(address));
    if (own.length === 0 || own.some((one) => one === undefined)) return undefined;
    return some(own.map((one) => this.alive(one!)));
  }

  /** From a host to an address: itself, another host, or somewhere outside. */
  private towards(
    host: Host,
    address: string,
    port: number,
    purpose: Purpose,
    by: Pick<Connection, "proxy" | "server" | "local">,
  ): Need {
    if (LOOPBACK.test(address))
      return this.hasListener(host, port)
        ? this.serves(host, port, purpose)
        : missing(`nothing on ${host.name} listens on ${address}:${port}`);
    const target = this.hostNamed(address);
    if (!target) return missing(`${host.name} asks ${address}:${port}, and no host has that name`);
    this.connect({ purpose, from: host, to: target, port, ...by });
    const reach = reaches(this.site, host, target, port);
    if (reach === false)
      return missing(`no security group lets ${host.name} connect to ${target.name}:${port}`);
    const served = this.serves(target, port, purpose);
    return isUnknown(reach)
      ? all([served, unknownNeed(`${host.name} to ${target.name}: ${reach.path}`)])
      : served;
  }

  private hasListener(host: Host, port: number): boolean {
    const { haproxy, web } = host;
    const binds: Bind[] =
      haproxy && !isUnknown(haproxy) ? haproxy.proxies.flatMap((proxy) => proxy.binds) : [];
    const listeners = web && !isUnknown(web) ? web : [];
    const environment = host.environment(APP_ENVIRONMENT);
    const application = environment && !isUnknown(environment) ? Number(environment.PORT) : undefined;
    return (
      binds.some((bind) => bind.port === port) ||
      listeners.some((one) => one.port === port) ||
      application === port
    );
  }

  /**
   * What the application needs besides its own host: everything that its settings tell it to connect to. A write needs
   * the address of writes; a page needs all the others.
   */
  private application(host: Host, purpose: Purpose): Need {
    const environment = host.environment(APP_ENVIRONMENT);
    if (isUnknown(environment)) return unknownNeed(`${host.name}: ${environment.path}`);
    const told = Object.entries(environment ?? {}).filter(([key]) => key.endsWith("_HOST"));
    const isWrite = (key: string) => /(^|_)WRITE_HOST$/.test(key);
    const wanted = told.filter(([key]) =>
      purpose === "write" ? isWrite(key) || !/_READ_HOST$/.test(key) : !isWrite(key) || told.length === 1,
    );
    return all(
      wanted.map(([key, address]) => {
        const port = Number(environment![key.replace(/_HOST$/, "_PORT")]);
        const goal = isWrite(key) ? "write" : "read";
        return some(address.split(",").map((one) => this.towards(host, one.trim(), port, goal, {})));
      }),
    );
  }
}

function urnOf(one: Host | Resource): string {
  return one instanceof Host ? one.resource.urn : one.urn;
}

export function topologyOf(site: Site): Topology {
  return new Topology(site);
}
