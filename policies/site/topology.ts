import { DatabaseNeeds } from "./database-needs";
import { entrances, isPrivate, RECORD } from "./entrance";
import { Host, INSTANCE } from "./host";
import { all, missing, some, unknownNeed, vertex, type Need, type Vertex } from "./need";
import type { Proxy, Server } from "../parse/haproxy";
import { isUnknown, type Resource } from "./resources";
import { APP_ENVIRONMENT, ServiceNeeds } from "./service-needs";
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
  private readonly vertices = new Map<Host, Vertex>();
  private readonly names = new Map<string, Host>();

  constructor(private readonly site: Site) {
    this.learnNames();
    const ground = {
      site,
      alive: (host: Host) => this.alive(host),
      hostNamed: (name: string) => this.hostNamed(name),
      connect: (connection: Connection) => this.connect(connection),
    };
    const databases = new DatabaseNeeds(ground);
    const services = new ServiceNeeds({ ...ground, takesWrites: (host) => databases.takesWrites(host) });
    this.page = entrances(site, {
      entered: (to, port) => this.connect({ purpose: "page", from: "client", to, port }),
      serves: (from, host, port) => {
        this.connect({ purpose: "page", from, to: host, port });
        return services.serves(host, port, "page");
      },
    });
    const writers = this.webServers;
    this.write =
      writers.length > 0
        ? some(writers.map((host) => all([this.alive(host), services.application(host, "write")])))
        : missing("no host runs the application");
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
}

function urnOf(one: Host | Resource): string {
  return one instanceof Host ? one.resource.urn : one.urn;
}

export function topologyOf(site: Site): Topology {
  return new Topology(site);
}
