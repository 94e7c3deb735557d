import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { weightsOf, type Capacity } from "./capacity";
import { Host, type Placement } from "./host";
import {
  encodeUserData,
  loadBalancerUserData,
  RATE_LIMIT_MOST,
  type BalancerMode,
  type Entrance,
  type RateLimit,
  type Tls,
} from "./render";
import { refuse } from "./refuse";
import { tagsOf } from "./tags";
import type { HostSettings } from "./web-server";

export interface LoadBalancerArgs {
  placement: Placement;
  settings: HostSettings;
  siteName: string;
  /** The bare domain, redirected to the site's name. */
  apexName: string;
  /** The web servers by short name, and what each has: its share of the requests follows from it. */
  webServers: { name: string; capacity: pulumi.Input<Capacity> }[];
  /** Where clients' TLS ends; the web servers must speak what follows from it (`transportOf`). */
  tls: Tls;
  /** `elastic-ip`: the host has the site's address itself. Otherwise it stands behind a network load balancer. */
  entrance: Entrance;
  /** All load balancers by their short names, this one too, in order. */
  balancers: string[];
  /** `active-passive`: each after the first one serves only while those before it are down. */
  mode: BalancerMode;
  /** What one client may ask for; counted together with the other load balancers. @default no limit */
  rateLimit?: RateLimit;
  /** The traffic switches of the web servers: a balancer is ready when it finds one that serves. */
  after: pulumi.Resource[];
  /** What lets its clients' requests pass. An elastic IP comes after their rules, and is given up before they go. */
  firewalls: pulumi.Resource[];
  /** Whether the address may not be released by a deployment. */
  protect: boolean;
}

/**
 * HAProxy in front of the web servers. With an elastic IP it has the site's address, too: the address moves to a new
 * balancer when that one serves, and connections that are open then are cut, the price of having a single one. Behind
 * a network load balancer it is a host without a public address, and whoever makes the target groups attaches it.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly host: Host;
  /** The site's public address; with an elastic IP only. */
  readonly address?: pulumi.Output<string>;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { settings, siteName, apexName, webServers, tls, entrance, balancers, mode, rateLimit } = args;
    const shape = { siteName, apexName, tls, entrance, balancers, mode, rateLimit };
    super("foobar:edge:LoadBalancer", name, { settings, webServers, ...shape }, opts);
    refuse(this, name, checkLoadBalancer(name, args));
    const capacities = pulumi.all(webServers.map(({ capacity }) => capacity));
    const userData = pulumi.all([settings.bucket, capacities]).apply(([bucket, known]) => {
      const weights = weightsOf(known);
      return encodeUserData(
        loadBalancerUserData({
          ...settings,
          ...shape,
          name,
          bucket,
          webServers: webServers.map((server, index) => ({ name: server.name, weight: weights[index] })),
        }),
      );
    });
    const ownAddress = entrance === "elastic-ip";
    const host = (publicAddress: boolean) =>
      new Host(
        name,
        { ...args.placement, tier: "edge", userData, publicAddress, nameAfter: args.after },
        { parent: this },
      );
    if (ownAddress) {
      const eip = new aws.ec2.Eip(
        `${name}-address`,
        { domain: "vpc", tags: tagsOf(name, "edge") },
        { parent: this, protect: args.protect },
      );
      this.address = eip.publicIp;
      // Until the address is its own, the host needs one to fetch its bundle and its secrets.
      this.host = host(true);
      new aws.ec2.EipAssociation(
        `${name}-switch`,
        { allocationId: eip.allocationId, instanceId: this.host.instanceId, allowReassociation: true },
        {
          parent: this,
          dependsOn: [this.host.record, ...args.firewalls],
          hooks: { beforeDelete: [args.placement.hooks.addressLeft] },
        },
      );
    } else this.host = host(false);
    this.registerOutputs({ address: this.address });
  }
}

/** Every problem of a load balancer's arguments. */
export function checkLoadBalancer(name: string, args: LoadBalancerArgs): string[] {
  const problems: string[] = [];
  const { balancers, entrance, rateLimit } = args;
  if (!balancers.includes(name))
    problems.push(`balancers: want ${name} among them, got ${balancers.join(", ")}; add it`);
  if (entrance === "elastic-ip" && balancers.length > 1)
    problems.push(
      `entrance: want network-load-balancer for ${balancers.length} load balancers, got elastic-ip; change it`,
    );
  for (const field of ["requests", "windowSec"] as const) {
    const most = RATE_LIMIT_MOST[field];
    if (
      rateLimit &&
      !(Number.isInteger(rateLimit[field]) && rateLimit[field] >= 1 && rateLimit[field] <= most)
    )
      problems.push(
        `rateLimit.${field}: want a whole number from 1 to ${most}, got ${rateLimit[field]}; change it`,
      );
  }
  return problems;
}
