import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tagsOf } from "./tags";

/** Seconds that clients may keep the site's address. An elastic IP hardly ever changes, and Route 53 answers aliases with the same. */
export const PUBLIC_TTL_SEC = 60;

export interface PrivateZoneArgs {
  /** `foobar.internal`. */
  domain: string;
  vpcId: pulumi.Input<string>;
}

/** The zone in which hosts find each other. Only the VPC sees it. */
export class PrivateZone extends pulumi.ComponentResource {
  readonly zoneId: pulumi.Output<string>;

  constructor(name: string, args: PrivateZoneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:ops:PrivateZone", name, args, opts);
    const zone = new aws.route53.Zone(
      `${name}-zone`,
      {
        name: args.domain,
        comment: "Hosts, by name",
        vpcs: [{ vpcId: args.vpcId }],
        tags: tagsOf(args.domain, "ops"),
      },
      { parent: this },
    );
    this.zoneId = zone.zoneId;
    this.registerOutputs({ zoneId: this.zoneId });
  }
}

export interface PublicZoneArgs {
  /** The bare domain: `foobar.com`. */
  domain: string;
  siteName: string;
  /** Where the site is: its elastic IP, or the network load balancer as an alias has it. */
  target: { address: pulumi.Input<string> } | { alias: AliasTarget };
  /** What must serve before the names point there. */
  after: pulumi.Resource[];
}

/** A load balancer under its own name. */
export interface AliasTarget {
  dnsName: pulumi.Input<string>;
  /** The zone of its name, which is AWS's. */
  zoneId: pulumi.Input<string>;
}

/** The domain as the internet sees it: the site's name and the bare domain, both on the site's address. */
export class PublicZone extends pulumi.ComponentResource {
  /** Where the domain's registrar must point. */
  readonly nameServers: pulumi.Output<string[]>;

  constructor(name: string, args: PublicZoneArgs, opts?: pulumi.ComponentResourceOptions) {
    const { after, ...inputs } = args;
    super("foobar:edge:PublicZone", name, inputs, opts);
    const zone = new aws.route53.Zone(
      `${name}-zone`,
      { name: args.domain, comment: "The site", tags: tagsOf(args.domain, "edge") },
      { parent: this },
    );
    this.nameServers = zone.nameServers;
    const { target } = args;
    const where =
      "alias" in target
        ? {
            aliases: [
              { name: target.alias.dnsName, zoneId: target.alias.zoneId, evaluateTargetHealth: true },
            ],
          }
        : { ttl: PUBLIC_TTL_SEC, records: [target.address] };
    for (const [role, host] of [
      ["site", args.siteName],
      ["apex", args.domain],
    ])
      new aws.route53.Record(
        `${name}-${role}`,
        { zoneId: zone.zoneId, name: host, type: "A", ...where },
        { parent: this, dependsOn: after },
      );
    this.registerOutputs({ nameServers: this.nameServers });
  }
}
