/** Route tables, their routes and the subnets that use them. */
import type { ResourceType } from "../resource";
import type { Failure } from "../rules";
import { cidr, docs, idOf, tags } from "./common";

const targets = ["gatewayId", "natGatewayId", "networkInterfaceId"] as const;

function oneTarget(inputs: Record<string, unknown>): Failure[] {
  const given = targets.filter((name) => inputs[name] !== undefined);
  if (given.length === 1) return [];
  return [
    {
      property: given[1] ?? "gatewayId",
      reason: `target: want exactly one of ${targets.join(", ")}, got ${given.length === 0 ? "none" : given.join(" and ")}; see ${docs.route}`,
    },
  ];
}

const routeTable: ResourceType = {
  token: "aws:ec2/routeTable:RouteTable",
  inputs: { vpcId: idOf("vpc", { required: true, replaces: true }), tags },
  computed: ["arn", "ownerId"],
  known: (_inputs, { region }) => ({ region }),
};

const route: ResourceType = {
  token: "aws:ec2/route:Route",
  inputs: {
    routeTableId: idOf("rtb", { required: true, replaces: true }),
    destinationCidrBlock: cidr({ required: true, replaces: true }),
    gatewayId: idOf("igw"),
    natGatewayId: idOf("nat"),
    networkInterfaceId: idOf("eni"),
  },
  computed: ["instanceId", "instanceOwnerId", "origin", "state"],
  known: (_inputs, { region }) => ({ region }),
  check: oneTarget,
  // a table holds one route for a destination
  deleteBeforeReplace: true,
};

const routeTableAssociation: ResourceType = {
  token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  inputs: {
    routeTableId: idOf("rtb", { required: true }),
    subnetId: idOf("subnet", { required: true, replaces: true }),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
  deleteBeforeReplace: true,
};

export const types: readonly ResourceType[] = [routeTable, route, routeTableAssociation];
