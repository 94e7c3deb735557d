import type { Host } from "../site/host";
import { ConfigError } from "../parse/config-error";
import type { HaproxyConfig, Proxy } from "../parse/haproxy";
import { haproxyTimeMs } from "../parse/haproxy-words";
import { isUnknown } from "../site/resources";
import { unknown, violation, type Finding } from "../rule";
import type { Connection } from "../site/topology";
import { webTimeoutsOf } from "./web-timeouts";

/** `wait_timeout` when nothing is said (MySQL 8.4 manual). */
const MYSQL_WAIT_SEC = 28_800;

/** The waits of one hop: HAProxy on `from`, and who is behind it. */
export class Waits {
  private readonly from: Host;
  private readonly to: Host;
  private readonly proxy: Proxy;
  private readonly config: HaproxyConfig;

  constructor(private readonly connection: Connection) {
    this.from = connection.from as Host;
    this.to = connection.to as Host;
    this.proxy = connection.proxy!;
    this.config = this.from.haproxy as HaproxyConfig;
  }

  findings(): Finding[] {
    return [
      ...this.limits(),
      ...(this.connection.purpose === "page"
        ? [...this.page(), ...this.idle(), ...this.stops()]
        : this.database()),
    ];
  }

  private get fronts(): Proxy[] {
    const { proxy } = this;
    if (proxy.kind === "listen") return [proxy];
    return this.config.proxies.filter(({ uses }) => uses.some(({ backend }) => backend === proxy.name));
  }

  private say(what: string): Finding {
    return violation(this.from.resource, `${this.from.name}: ${what}`);
  }

  /** Without a limit HAProxy waits for ever; and who waits for the client must wait as long as for the server. */
  private limits(): Finding[] {
    const { proxy, fronts } = this;
    const { connect, server } = proxy.timeoutsMs;
    const missing = (owner: Proxy, names: string[]) =>
      names
        .filter((name) => owner.timeoutsMs[name] === undefined)
        .map((name) => this.say(`${owner.name} has no timeout ${name} and waits for ever, want one`));
    return [
      ...missing(proxy, ["connect", "server"]),
      ...fronts.flatMap((front) => missing(front, ["client"])),
      ...(connect >= server
        ? [
            this.say(
              `timeout connect of ${proxy.name} is ${time(connect)}, want less than its timeout server, ${time(server)}`,
            ),
          ]
        : []),
      ...fronts
        .filter(({ timeoutsMs }) => timeoutsMs.client < server)
        .map((front) =>
          this.say(
            `timeout client of ${front.name} is ${time(front.timeoutsMs.client)}, want at least timeout server of ${proxy.name}, ${time(server)}`,
          ),
        ),
    ];
  }

  /** The web server answers for the application before HAProxy answers for the web server. */
  private page(): Finding[] {
    const { server } = this.proxy.timeoutsMs;
    const { web } = this.to;
    const listener =
      !web || isUnknown(web) ? undefined : web.find(({ port }) => port === this.connection.port);
    const readMs = listener?.readTimeoutSec === undefined ? undefined : 1000 * listener.readTimeoutSec;
    const connectMs = 1000 * (listener?.connectTimeoutSec ?? 0);
    if (readMs === undefined) return [];
    return [
      ...(server <= readMs
        ? [
            this.say(
              `timeout server of ${this.proxy.name} is ${time(server)}, want more than the ${time(readMs)} that ${this.to.name} waits for its application`,
            ),
          ]
        : []),
      ...(connectMs > readMs
        ? [
            violation(
              this.to.resource,
              `${this.to.name}: its web server takes up to ${time(connectMs)} to connect to the application, want at most the ${time(readMs)} that it waits for an answer`,
            ),
          ]
        : []),
    ];
  }

  /** HAProxy uses connections again, so it has to be the one who closes them. */
  private idle(): Finding[] {
    const timeouts = webTimeoutsOf(this.to);
    if (!timeouts) return [];
    if (isUnknown(timeouts))
      return [unknown(this.to.resource, timeouts, `how long ${this.to.name} keeps idle connections`)];
    const kept = Math.max(
      this.proxy.timeoutsMs.server ?? 0,
      ...this.fronts.map(({ timeoutsMs }) => timeoutsMs["http-keep-alive"] ?? 0),
    );
    if (timeouts.keepAliveMs > kept) return [];
    return [
      violation(
        this.to.resource,
        `${this.to.name}: its web server closes idle connections after ${time(timeouts.keepAliveMs)}, want longer than the ${time(kept)} for which ${this.from.name} may use them again`,
      ),
    ];
  }

  /** A soft stop ends when the longest request has. */
  private stops(): Finding[] {
    const { config, to } = this;
    const { server } = this.proxy.timeoutsMs;
    const stopMs = hardStopMs(config);
    const timeouts = webTimeoutsOf(to);
    const shutdown = !timeouts || isUnknown(timeouts) ? Infinity : timeouts.shutdownMs;
    const { web } = to;
    const reads = !web || isUnknown(web) ? [] : web.map(({ readTimeoutSec }) => 1000 * (readTimeoutSec ?? 0));
    const longest = Math.max(0, ...reads);
    return [
      ...(stopMs < server
        ? [
            this.say(
              `hard-stop-after is ${time(stopMs)}, want at least timeout server of ${this.proxy.name}, ${time(server)}`,
            ),
          ]
        : []),
      ...(shutdown < longest
        ? [
            violation(
              to.resource,
              `${to.name}: its web server stops after ${time(shutdown)}, want at least the ${time(longest)} that a request may take`,
            ),
          ]
        : []),
    ];
  }

  /** Waiting for a free place ends before the web server has given the request up; pools close their connections themselves. */
  private database(): Finding[] {
    const { proxy, from, to } = this;
    const { queue, server } = proxy.timeoutsMs;
    const { web } = from;
    const reads = !web || isUnknown(web) ? [] : web.flatMap(({ readTimeoutSec }) => readTimeoutSec ?? []);
    const shortest = 1000 * Math.min(Infinity, ...reads);
    const { mysql } = to;
    const told = mysql && !isUnknown(mysql) ? Number(mysql.get("wait_timeout") ?? MYSQL_WAIT_SEC) : Infinity;
    return [
      ...(queue >= shortest
        ? [
            this.say(
              `timeout queue of ${proxy.name} is ${time(queue)}, want less than the ${time(shortest)} that the web server waits for the application`,
            ),
          ]
        : []),
      ...(1000 * told < server
        ? [
            violation(
              to.resource,
              `${to.name}: wait_timeout is ${told} s, want at least the ${time(server)} for which ${from.name} keeps idle connections (timeout server of ${proxy.name})`,
            ),
          ]
        : []),
    ];
  }
}

/** How long a soft stop of HAProxy waits; Infinity without a limit, 0 when it is no time and HAProxy would not start. */
export function hardStopMs(config: HaproxyConfig): number {
  const [line] = config.global.all("hard-stop-after").slice(-1);
  if (!line) return Infinity;
  try {
    return haproxyTimeMs(line.words[1] ?? "", config.path, line.line);
  } catch (error) {
    if (error instanceof ConfigError) return 0;
    throw error;
  }
}

/** For people. */
export function time(ms: number | undefined): string {
  if (ms === undefined || ms === Infinity) return "without a limit";
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
