import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AddressPlan, isPrivate16, type Place, planAddresses, subnetBlock } from "./address-plan";
import { refuse } from "./refuse";
import { tagsOf, type Tier } from "./tags";

export interface NetworkArgs {
  /** A private /16, divided by `planAddresses`. */
  cidr: string;
  /** Availability zones by name, one to six. Adding one at the end moves nothing. */
  zones: string[];
  /** Tiers that have private subnets. Hosts of any other tier live in the public ones. */
  privateTiers: Tier[];
  /** Whether private subnets share one NAT gateway, in the first zone, or each zone has its own. */
  natGateways: "one" | "each-zone";
}

/** The subnets that hosts of a tier live in, by zone. */
export type Subnets = Record<Place, Record<string, pulumi.Output<string>>>;

/**
 * One VPC with subnets in every zone: public ones, which the internet gateway serves, and private ones for each tier,
 * whose hosts call out through a NAT gateway and which nobody can call. With a NAT gateway and routes in each zone, a
 * zone that is lost takes no other zone's way out with it.
 *
 * Nothing gets a public address by being started in a subnet, and the VPC's default security group, which would let
 * its members talk to each other, is taken over and emptied.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly plan: AddressPlan;
  /** Subnet ids by place and zone; a tier without subnets of its own has none. */
  readonly subnets: Subnets;
  private readonly internet: aws.ec2.InternetGateway;

  constructor(
    private readonly label: string,
    private readonly args: NetworkArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("foobar:ops:Network", label, args, opts);
    refuse(this, label, checkNetwork(args));
    this.plan = planAddresses(args.cidr);
    const vpc = this.makeVpc();
    this.vpcId = vpc.id;
    this.internet = new aws.ec2.InternetGateway(
      `${label}-internet`,
      { vpcId: vpc.id, tags: tagsOf(label, "edge") },
      { parent: this },
    );
    this.subnets = this.makeSubnets();
    this.makeRoutes();
    this.registerOutputs({ vpcId: this.vpcId, subnets: this.subnets });
  }

  private makeVpc(): aws.ec2.Vpc {
    const { label, args } = this;
    const vpc = new aws.ec2.Vpc(
      `${label}-vpc`,
      {
        cidrBlock: args.cidr,
        // A private zone is answered only with both of them on.
        enableDnsSupport: true,
        enableDnsHostnames: true,
        tags: tagsOf(label, "ops"),
      },
      { parent: this },
    );
    new aws.ec2.DefaultSecurityGroup(
      `${label}-default-group`,
      { vpcId: vpc.id, tags: tagsOf(`${label}-default`, "ops") },
      { parent: this },
    );
    return vpc;
  }

  private makeSubnets(): Subnets {
    const { label, args } = this;
    const subnet = (place: Place, zone: string) =>
      new aws.ec2.Subnet(
        `${label}-${place}-${zone}`,
        {
          vpcId: this.vpcId,
          availabilityZone: zone,
          cidrBlock: subnetBlock(args.cidr, place, args.zones.indexOf(zone)),
          mapPublicIpOnLaunch: false,
          tags: tagsOf(`${place}-${zone}`, place === "public" ? "edge" : place),
        },
        { parent: this },
      ).id;
    const subnets: Subnets = { public: {}, edge: {}, web: {}, data: {} };
    for (const place of ["public", ...args.privateTiers] as const)
      for (const zone of args.zones) subnets[place][zone] = subnet(place, zone);
    return subnets;
  }

  /** Names of route tables are those of the ways out: `public`, and `private` or a zone. */
  private makeRoutes(): void {
    const { args } = this;
    const open = this.routes("public", "edge", { gatewayId: this.internet.id });
    for (const zone of args.zones) this.associate("public", zone, open);
    const shared =
      args.natGateways === "one" ? this.routes("private", "ops", this.natGateway(args.zones[0])) : undefined;
    for (const zone of args.zones) {
      const table = shared ?? this.routes(zone, "ops", this.natGateway(zone, `-${zone}`));
      for (const tier of args.privateTiers) this.associate(tier, zone, table);
    }
  }

  private natGateway(zone: string, suffix = ""): { natGatewayId: pulumi.Output<string> } {
    const { label } = this;
    const opts = { parent: this, dependsOn: [this.internet] };
    const tags = tagsOf(`${label}-nat${suffix}`, "edge");
    const address = new aws.ec2.Eip(`${label}-nat-address${suffix}`, { domain: "vpc", tags }, opts);
    const nat = new aws.ec2.NatGateway(
      `${label}-nat${suffix}`,
      { subnetId: this.subnets.public[zone], allocationId: address.allocationId, tags },
      opts,
    );
    return { natGatewayId: nat.id };
  }

  /** A route table with a way out. */
  private routes(
    name: string,
    tier: "edge" | "ops",
    target: { gatewayId: pulumi.Output<string> } | { natGatewayId: pulumi.Output<string> },
  ): aws.ec2.RouteTable {
    const { label } = this;
    const table = new aws.ec2.RouteTable(
      `${label}-${name}-routes`,
      { vpcId: this.vpcId, tags: tagsOf(`${label}-${name}`, tier) },
      { parent: this },
    );
    new aws.ec2.Route(
      `${label}-${name}-default`,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target },
      { parent: this },
    );
    return table;
  }

  private associate(place: Place, zone: string, table: aws.ec2.RouteTable): void {
    new aws.ec2.RouteTableAssociation(
      `${this.label}-${place}-${zone}-routes`,
      { subnetId: this.subnets[place][zone], routeTableId: table.id },
      { parent: this },
    );
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
