import type { Fixture, Reference } from "./fixture";

/** How large the good site is. */
export interface GoodSite {
  /** @default 3 */
  zones?: number;
  /** @default 2 */
  loadBalancers?: number;
  /** @default 3 */
  webServers?: number;
  /** @default 3 */
  databases?: number;
}

export type Tier = "edge" | "web" | "data";
export const TIERS: readonly Tier[] = ["edge", "web", "data"];
/** What subnets are for: hosts of a tier, or whatever has an address on the internet. */
export type Place = Tier | "public";

export const DOMAIN = "foobar.internal";
export const SITE_NAME = "www.foobar.com";
export const REGION = "eu-west-1";
export const ACCOUNT = "123456789012";
export const BUCKET = `foobar-prod-${ACCOUNT}`;
export const VPC_CIDR = "10.20.0.0/16";
/** One /20 each. `public` holds the network load balancer and the NAT gateways, and no host. */
export const SUBNETS_CIDR: Record<Place, string> = {
  edge: "10.20.0.0/20",
  web: "10.20.16.0/20",
  data: "10.20.32.0/20",
  public: "10.20.48.0/20",
};

/** Where the web servers listen for the load balancers. */
export const WEB_PORT = 8443;
/** Where HAProxy says to the network load balancer whether it can serve. */
export const CHECK_PORT = 8405;
/** Where load balancers tell each other what they have counted. */
export const PEER_PORT = 10000;
/** Group Replication's own port (MySQL manual, "group_replication_local_address"). */
export const GROUP_PORT = 33061;

/** Machine images by what is in them. Each is pinned. */
export const IMAGES = {
  "debian-13": "ami-0d13000000000000a",
  "ubuntu-26.04": "ami-0026040000000000b",
  "ubuntu-26.04-earlier": "ami-0026040000000000c",
  "ubuntu-25.10": "ami-0025100000000000d",
};

export interface HostPlan {
  name: string;
  zone: string;
  instanceType: string;
  image: keyof typeof IMAGES;
}

/** The sizes of the plan's instance types: 2 vCPUs and 8 GiB, 4 vCPUs and 16 GiB. */
const SMALL = "t3.large";
const LARGE = "t3.xlarge";

export interface Plan {
  zones: string[];
  loadBalancers: HostPlan[];
  /** Weights follow from the size, as `weightsOf` has it. */
  webServers: (HostPlan & { server: "nginx" | "apache"; weight: number })[];
  databases: (HostPlan & { serverId: number })[];
}

export function planOf({ zones = 3, loadBalancers = 2, webServers = 3, databases = 3 }: GoodSite): Plan {
  const names = Array.from({ length: zones }, (_, index) => `${REGION}${"abcdef"[index]}`);
  const hosts = <T>(kind: string, count: number, more: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${kind}-${index + 1}`,
      zone: names[index % names.length],
      ...more(index),
    }));
  const pick = <T>(list: T[], index: number) => list[index % list.length];
  return {
    zones: names,
    loadBalancers: hosts("lb", loadBalancers, (index) => ({
      instanceType: SMALL,
      image: pick(["debian-13" as const, "ubuntu-26.04" as const, "ubuntu-25.10" as const], index),
    })),
    webServers: hosts("web", webServers, (index) => ({
      // Apache needs more processor for the same requests, so its host is the larger one.
      instanceType: pick([SMALL, SMALL, LARGE], index),
      weight: pick([128, 128, 256], index),
      server: pick(["nginx" as const, "nginx" as const, "apache" as const], index),
      image: pick(["debian-13" as const, "ubuntu-26.04" as const, "debian-13" as const], index),
    })),
    databases: hosts("db", databases, (index) => ({
      serverId: index + 1,
      instanceType: SMALL,
      image: pick(["ubuntu-26.04" as const, "ubuntu-25.10" as const, "ubuntu-26.04-earlier" as const], index),
    })),
  };
}

/** What the parts of the site share. */
export interface Ground {
  stack: Fixture;
  plan: Plan;
  vpc: Reference;
  internet: Reference;
  /** By place and zone. */
  subnets: Record<Place, Record<string, Reference>>;
  key: Reference;
  bucket: Reference;
  groups: Record<Tier | "balancer" | "access", Reference>;
  profiles: Record<Tier, Reference>;
  privateZone: Reference;
}
