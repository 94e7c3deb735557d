import type { Fixture, Reference } from "./fixture";
import { SUBNETS_CIDR, TIERS, VPC_CIDR, type Place, type Plan } from "./plan";

/**
 * Subnets of three tiers in every zone, and a public one for what faces the internet. Each zone has a NAT gateway and
 * private routes of its own.
 */
export function addNetwork(stack: Fixture, plan: Plan) {
  const parent = stack.add("foobar:ops:Network", "network");
  const inside = { parent };
  const vpc = stack.add(
    "aws:ec2/vpc:Vpc",
    "network-vpc",
    { cidrBlock: VPC_CIDR, enableDnsSupport: true, enableDnsHostnames: true },
    inside,
  );
  stack.add(
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "network-default-group",
    { vpcId: vpc },
    inside,
  );
  const internet = stack.add(
    "aws:ec2/internetGateway:InternetGateway",
    "network-internet",
    { vpcId: vpc },
    inside,
  );
  const block = (place: Place, index: number) =>
    `10.20.${Number(SUBNETS_CIDR[place].split(".")[2]) + index}.0/24`;
  const places: Place[] = ["public", ...TIERS];
  const subnets = Object.fromEntries(
    places.map((place) => [
      place,
      Object.fromEntries(
        plan.zones.map((zone, index) => [
          zone,
          stack.add(
            "aws:ec2/subnet:Subnet",
            `network-${place}-${zone}`,
            {
              vpcId: vpc,
              availabilityZone: zone,
              cidrBlock: block(place, index),
              mapPublicIpOnLaunch: false,
            },
            inside,
          ),
        ]),
      ),
    ]),
  ) as Record<Place, Record<string, Reference>>;

  const routes = (name: string) =>
    stack.add("aws:ec2/routeTable:RouteTable", `network-${name}-routes`, { vpcId: vpc }, inside);
  const route = (name: string, table: Reference, gateway: Record<string, Reference>) =>
    stack.add(
      "aws:ec2/route:Route",
      `network-${name}-default`,
      { routeTableId: table, destinationCidrBlock: "0.0.0.0/0", ...gateway },
      inside,
    );
  const associate = (place: Place, zone: string, table: Reference) =>
    stack.add(
      "aws:ec2/routeTableAssociation:RouteTableAssociation",
      `network-${place}-${zone}-routes`,
      { subnetId: subnets[place][zone], routeTableId: table },
      inside,
    );
  const open = routes("public");
  route("public", open, { gatewayId: internet });
  for (const zone of plan.zones) {
    const address = stack.add(
      "aws:ec2/eip:Eip",
      `network-nat-address-${zone}`,
      { domain: "vpc" },
      { parent, dependsOn: [internet] },
    );
    const nat = stack.add(
      "aws:ec2/natGateway:NatGateway",
      `network-nat-${zone}`,
      { subnetId: subnets.public[zone], allocationId: address },
      { parent, dependsOn: [internet] },
    );
    const table = routes(zone);
    route(zone, table, { natGatewayId: nat });
    associate("public", zone, open);
    for (const tier of TIERS) associate(tier, zone, table);
  }
  return { vpc, internet, subnets };
}
