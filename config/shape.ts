import type { NetworkArgs } from "../components/network";
import {
  RATE_LIMIT_MOST,
  type BalancerMode,
  type DatabaseForm,
  type Entrance,
  type RateLimit,
  type Tls,
  type WebServerProgram,
} from "../components/render";
import type { Reader } from "./reader";

/**
 * What makes a site hardened or not, each a switch of its own: any of them may be set beside the shape, which only
 * says what those that are not set are.
 */
export interface Shape {
  /** How clients reach the load balancers: an address of the only one, or an NLB before all. */
  entrance: Entrance;
  /** Whether all load balancers take requests, or each one only when those before it are down. */
  balancing: BalancerMode;
  /** Where TLS ends, and how requests go on to the web servers. */
  tls: Tls;
  /** How the web servers can be reached besides, while `tls` changes from one to the other. @default none */
  tlsAlso?: Tls;
  /** What the web servers run, in turn. */
  webSoftware: WebServerProgram[];
  /** MySQL with one writer that nothing replaces by itself, or a group that elects one. */
  database: DatabaseForm;
  /** How many requests one client's address may make in so many seconds, counted by all load balancers together. @default no limit */
  rateLimit?: RateLimit;
  /** Whether all private subnets share one NAT gateway or each zone has its own. */
  natGateways: NetworkArgs["natGateways"];
}

type ShapeName = "baseline" | "hardened";

const TLS: readonly Tls[] = ["terminate", "end-to-end", "passthrough"];
const SOFTWARE: readonly WebServerProgram[] = ["nginx", "apache"];

const PRESETS: Record<ShapeName, Shape> = {
  baseline: {
    entrance: "elastic-ip",
    balancing: "active-active",
    tls: "terminate",
    webSoftware: ["nginx"],
    database: "pair",
    natGateways: "one",
  },
  hardened: {
    entrance: "network-load-balancer",
    balancing: "active-active",
    tls: "end-to-end",
    webSoftware: ["nginx", "apache"],
    database: "group",
    rateLimit: { requests: 2000, windowSec: 10 },
    natGateways: "each-zone",
  },
};

/** Keys of the switches, in the order in which messages list them. */
export const SHAPE_KEYS = [
  "shape",
  "entrance",
  "balancing",
  "tls",
  "tlsAlso",
  "webSoftware",
  "database",
  "rateLimit",
  "natGateways",
] as const;

/** The preset that `foobar:shape` names, with every switch that is set by itself. */
export function readShape(reader: Reader): Shape {
  // An unknown shape is one problem: the rest is read as of the shape that asks for the least.
  const otherwise = reader.given("shape") === undefined ? "hardened" : "baseline";
  const preset = PRESETS[reader.choice<ShapeName>("shape", otherwise, ["baseline", "hardened"])];
  const tls = reader.choice("tls", preset.tls, TLS);
  const tlsAlso = readTransition(reader, tls);
  return {
    entrance: reader.choice("entrance", preset.entrance, ["elastic-ip", "network-load-balancer"]),
    balancing: reader.choice("balancing", preset.balancing, ["active-active", "active-passive"]),
    tls,
    tlsAlso,
    webSoftware: readSoftware(reader, preset.webSoftware),
    database: reader.choice("database", preset.database, ["pair", "group"]),
    rateLimit: readRateLimit(reader, preset.rateLimit),
    natGateways: reader.choice("natGateways", preset.natGateways, ["one", "each-zone"]),
  };
}

/** Both TLS ways use the same port, so web servers can offer one of them beside plain HTTP and not both. */
function readTransition(reader: Reader, tls: Tls): Tls | undefined {
  if (reader.given("tlsAlso") === undefined) return undefined;
  // One that is no way at all is one problem.
  const tlsAlso = reader.choice("tlsAlso", tls === "terminate" ? "end-to-end" : "terminate", TLS);
  if (tlsAlso === tls)
    reader.wrong(
      "tlsAlso",
      `another way than tls, which is ${tls}`,
      tlsAlso,
      "remove it when the change is done",
    );
  else if (tls !== "terminate" && tlsAlso !== "terminate")
    reader.wrong(
      "tlsAlso",
      "terminate beside end-to-end or passthrough",
      tlsAlso,
      "go from one to the other by way of terminate",
    );
  return tlsAlso;
}

function readSoftware(reader: Reader, otherwise: WebServerProgram[]): WebServerProgram[] {
  const value = reader.structure("webSoftware", otherwise);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((one) => SOFTWARE.includes(one as WebServerProgram)))
    return list as WebServerProgram[];
  reader.wrong(
    "webSoftware",
    "nginx or apache, or a list of them that the hosts take in turn",
    value,
    "for example [nginx, apache]",
  );
  return otherwise;
}

function readRateLimit(reader: Reader, otherwise: RateLimit | undefined): RateLimit | undefined {
  const value = reader.structure("rateLimit", otherwise);
  if (value === undefined || value === "none") return undefined;
  const { requests, windowSec } = (value ?? {}) as Partial<RateLimit>;
  const whole = (number: unknown, most: number) =>
    Number.isInteger(number) && (number as number) >= 1 && (number as number) <= most;
  const most = RATE_LIMIT_MOST;
  if (whole(requests, most.requests) && whole(windowSec, most.windowSec))
    return { requests: requests!, windowSec: windowSec! };
  reader.wrong(
    "rateLimit",
    `none, or requests from 1 to ${most.requests} in a window of 1 to ${most.windowSec} seconds`,
    value,
    "for example {requests: 2000, windowSec: 10}",
  );
  return otherwise;
}
