import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AddressPlan, isPrivate16, planAddresses, subnetBlock } from "./address-plan";
import { refuse } from "./refuse";
import { tagsOf, type Tier } from "./tags";

export interface NetworkArgs {
  /** A private /16, divided by `planAddresses`. */
  cidr: string;
  /** Availability zones by name, one to six. Adding one at the end moves nothing. */
  zones: string[];
}

const TIERS: Tier[] = ["edge", "web", "data"];

/**
 * One VPC with a subnet of every tier in every zone. The edge's subnets reach the internet by the internet gateway,
 * the others by one NAT gateway in the first zone: they can call out and nobody can call in.
 *
 * Nothing gets a public address by being started in a subnet, and the VPC's default security group, which would let
 * its members talk to each other, is taken over and emptied.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly plan: AddressPlan;
  /** Subnet ids by tier and zone. */
  readonly subnets: Record<Tier, Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:ops:Network", name, args, opts);
    refuse(this, name, checkNetwork(args));
    const parent = { parent: this };
    this.plan = planAddresses(args.cidr);

    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      {
        cidrBlock: args.cidr,
        // A private zone is answered only with both of them on.
        enableDnsSupport: true,
        enableDnsHostnames: true,
        tags: tagsOf(name, "ops"),
      },
      parent,
    );
    this.vpcId = vpc.id;
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default-group`,
      { vpcId: vpc.id, tags: tagsOf(`${name}-default`, "ops") },
      parent,
    );
    const internet = new aws.ec2.InternetGateway(
      `${name}-internet`,
      { vpcId: vpc.id, tags: tagsOf(name, "edge") },
      parent,
    );

    const subnet = (tier: Tier, zone: string) =>
      new aws.ec2.Subnet(
        `${name}-${tier}-${zone}`,
        {
          vpcId: vpc.id,
          availabilityZone: zone,
          cidrBlock: subnetBlock(args.cidr, tier, args.zones.indexOf(zone)),
          mapPublicIpOnLaunch: false,
          tags: tagsOf(`${tier}-${zone}`, tier),
        },
        parent,
      );
    const subnets = Object.fromEntries(
      TIERS.map((tier) => [tier, Object.fromEntries(args.zones.map((zone) => [zone, subnet(tier, zone)]))]),
    ) as Record<Tier, Record<string, aws.ec2.Subnet>>;

    const natAddress = new aws.ec2.Eip(
      `${name}-nat-address`,
      { domain: "vpc", tags: tagsOf(`${name}-nat`, "edge") },
      { parent: this, dependsOn: [internet] },
    );
    const nat = new aws.ec2.NatGateway(
      `${name}-nat`,
      {
        subnetId: subnets.edge[args.zones[0]].id,
        allocationId: natAddress.allocationId,
        tags: tagsOf(`${name}-nat`, "edge"),
      },
      { parent: this, dependsOn: [internet] },
    );

    const routeTable = (kind: "public" | "private") =>
      new aws.ec2.RouteTable(
        `${name}-${kind}-routes`,
        { vpcId: vpc.id, tags: tagsOf(`${name}-${kind}`, kind === "public" ? "edge" : "ops") },
        parent,
      );
    const tables = { public: routeTable("public"), private: routeTable("private") };
    new aws.ec2.Route(
      `${name}-public-default`,
      { routeTableId: tables.public.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: internet.id },
      parent,
    );
    new aws.ec2.Route(
      `${name}-private-default`,
      { routeTableId: tables.private.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
      parent,
    );
    for (const tier of TIERS)
      for (const zone of args.zones)
        new aws.ec2.RouteTableAssociation(
          `${name}-${tier}-${zone}-routes`,
          {
            subnetId: subnets[tier][zone].id,
            routeTableId: (tier === "edge" ? tables.public : tables.private).id,
          },
          parent,
        );

    const ids = (tier: Tier) =>
      Object.fromEntries(args.zones.map((zone) => [zone, subnets[tier][zone].id] as const));
    this.subnets = { edge: ids("edge"), web: ids("web"), data: ids("data") };
    this.registerOutputs({ vpcId: this.vpcId, subnets: this.subnets });
  }
}

/** Every problem of a network's arguments. */
export function checkNetwork(args: NetworkArgs): string[] {
  const problems: string[] = [];
  if (!isPrivate16(args.cidr))
    problems.push(`cidr: want a private /16, got ${args.cidr}; use one such as 10.0.0.0/16`);
  if (args.zones.length < 1 || args.zones.length > 6)
    problems.push(`zones: want 1 to 6 names, got ${args.zones.length}; add or remove some`);
  if (new Set(args.zones).size !== args.zones.length)
    problems.push(`zones: want each name once, got ${args.zones.join(", ")}; remove the repetition`);
  return problems;
}
