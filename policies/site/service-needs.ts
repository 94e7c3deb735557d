import { isLoopback } from "./addresses";
import { Host } from "./host";
import { all, missing, some, unknownNeed, type Need } from "./need";
import type { Bind, Proxy, Server } from "../parse/haproxy";
import { reaches } from "./reach";
import { isUnknown } from "./resources";
import type { Site } from "./site";
import type { Connection, Purpose } from "./topology";

/** What the application is told, in the file that its unit reads. */
export const APP_ENVIRONMENT = "/etc/foobar/app.env";

/** What of the site a host's services ask for. */
interface Ground {
  site: Site;
  /** The host runs, wherever that is. */
  alive(host: Host): Need;
  hostNamed(address: string): Host | undefined;
  connect(connection: Connection): void;
  /** What a database needs in order to take a write. */
  takesWrites(host: Host): Need;
}

/** What the services of hosts need, port by port, as their configurations pass requests on. */
export class ServiceNeeds {
  private readonly needs = new Map<string, Need>();

  constructor(private readonly ground: Ground) {}

  /** What has to work for a host to serve what comes to one of its ports. */
  serves(host: Host, port: number, purpose: Purpose): Need {
    const key = `${host.resource.urn} ${port} ${purpose}`;
    let need = this.needs.get(key);
    if (!need) {
      // Whoever leads back here asks for itself, which adds nothing.
      this.needs.set(key, all([]));
      need = all([this.ground.alive(host), this.behindPort(host, port, purpose)]);
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
      return purpose === "write" ? this.ground.takesWrites(host) : all([]);
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
    const own = nameservers.map(({ address }) => this.ground.hostNamed(address));
    if (own.length === 0 || own.some((one) => one === undefined)) return undefined;
    return some(own.map((one) => this.ground.alive(one!)));
  }

  /** From a host to an address: itself, another host, or somewhere outside. */
  private towards(
    host: Host,
    address: string,
    port: number,
    purpose: Purpose,
    by: Pick<Connection, "proxy" | "server" | "local">,
  ): Need {
    if (isLoopback(address))
      return this.hasListener(host, port)
        ? this.serves(host, port, purpose)
        : missing(`nothing on ${host.name} listens on ${address}:${port}`);
    const target = this.ground.hostNamed(address);
    if (!target) return missing(`${host.name} asks ${address}:${port}, and no host has that name`);
    this.ground.connect({ purpose, from: host, to: target, port, ...by });
    const reach = reaches(this.ground.site, host, target, port);
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
  application(host: Host, purpose: Purpose): Need {
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
