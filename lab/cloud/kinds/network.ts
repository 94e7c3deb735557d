/** VPC, subnets, gateways, routes and endpoints. */
import { contains, overlaps, parseCidr, type Block } from "../cidr";
import { arn, accountId, idsIn, makeId, text, type Model } from "../model";
import { Refusal } from "../refusal";
import type { Properties, Resource } from "../store";
import { freePrivateAddress } from "../addresses";
import type { Kind, Reference } from "./kind";

const inVpc: Reference = {
  property: "vpcId",
  kind: "ec2/vpc",
  missing: "InvalidVpcID.NotFound",
  holds: "DependencyViolation",
};
const inSubnet: Reference = {
  property: "subnetId",
  kind: "ec2/subnet",
  missing: "InvalidSubnetID.NotFound",
  holds: "DependencyViolation",
};
const withTable: Reference = {
  property: "routeTableId",
  kind: "ec2/routeTable",
  missing: "InvalidRouteTableID.NotFound",
};

const block = (properties: Properties): Block => parseCidr(properties.cidrBlock as string)!;
const ec2Arn =
  (type: string) =>
  (_model: Model, { id, region }: Resource): Properties => ({
    arn: arn("ec2", region, `${type}/${id}`),
    ownerId: accountId,
  });

const vpc: Kind = {
  name: "ec2/vpc",
  id: "vpc",
  network: true,
  refuse: (model, _properties, self) => {
    const other = model.all("ec2/vpc").find(({ id }) => id !== self?.id);
    if (other !== undefined)
      throw new Refusal(
        "VpcLimitExceeded",
        `vpc: want one VPC in a lab, got a second beside ${other.id}; destroy that stack first, or run \`make down\``,
        "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
      );
  },
  attributes: (model, resource) => {
    const table = makeId("rtb");
    return {
      ...ec2Arn("vpc")(model, resource),
      mainRouteTableId: table,
      defaultRouteTableId: table,
      defaultNetworkAclId: makeId("acl"),
      defaultSecurityGroupId: makeId("sg"),
      dhcpOptionsId: makeId("dopt"),
    };
  },
};

const subnet: Kind = {
  name: "ec2/subnet",
  id: "subnet",
  references: [inVpc],
  network: true,
  refuse: (model, properties, self) => {
    const home = model.get("ec2/vpc", properties.vpcId)!;
    if (!contains(block(home.properties), block(properties)))
      throw new Refusal(
        "InvalidSubnet.Range",
        `cidrBlock: want a block inside ${String(home.properties.cidrBlock)}, got ${String(properties.cidrBlock)}; choose another`,
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
      );
    const other = model
      .all("ec2/subnet", { vpcId: properties.vpcId })
      .find((one) => one.id !== self?.id && overlaps(block(one.properties), block(properties)));
    if (other !== undefined)
      throw new Refusal(
        "InvalidSubnet.Conflict",
        `cidrBlock: want a block beside ${String(other.properties.cidrBlock)} (${other.id}), got ${String(properties.cidrBlock)}; choose another`,
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
      );
  },
  attributes: (model, resource) => {
    const zone = (resource.properties.availabilityZone as string | undefined) ?? `${resource.region}a`;
    if (
      !zone.startsWith(resource.region) ||
      !/[a-f]$/.test(zone) ||
      zone.length !== resource.region.length + 1
    )
      throw new Refusal(
        "InvalidParameterValue",
        `availabilityZone: want ${resource.region}a to ${resource.region}f, got ${zone}; choose one`,
      );
    return {
      ...ec2Arn("subnet")(model, resource),
      availabilityZone: zone,
      availabilityZoneId: `lab1-az${zone.charCodeAt(zone.length - 1) - 96}`,
    };
  },
};

const internetGateway: Kind = {
  name: "ec2/internetGateway",
  id: "igw",
  references: [inVpc],
  network: true,
  refuse: (model, { vpcId }, self) => {
    const other = model.all("ec2/internetGateway", { vpcId }).find(({ id }) => id !== self?.id);
    if (vpcId !== undefined && other !== undefined)
      throw new Refusal(
        "Resource.AlreadyAssociated",
        `vpcId: want a VPC without an internet gateway, got ${text(vpcId)}, which has ${other.id}; use that one`,
      );
  },
  refuseDelete: (model, { id }) => {
    const mapped = [
      ...model.all("ec2/eipAssociation"),
      ...model.all("ec2/natGateway"),
      ...model.all("lb/node").filter(({ attributes }) => attributes.publicIp !== undefined),
    ][0];
    if (mapped !== undefined)
      throw new Refusal(
        "DependencyViolation",
        `${id}: want a VPC without mapped public addresses, got ${mapped.id}; remove that first`,
      );
  },
  attributes: ec2Arn("internet-gateway"),
};

const natGateway: Kind = {
  name: "ec2/natGateway",
  id: "nat",
  references: [
    inSubnet,
    {
      property: "allocationId",
      kind: "ec2/eip",
      missing: "InvalidAllocationID.NotFound",
      holds: "InvalidIPAddress.InUse",
    },
  ],
  network: true,
  refuse: (model, { allocationId }, self) => {
    const taken = [
      ...model.all("ec2/natGateway", { allocationId }),
      ...model.all("ec2/eipAssociation", { allocationId }),
    ].find(({ id }) => id !== self?.id);
    if (taken !== undefined)
      throw new Refusal(
        "Resource.AlreadyAssociated",
        `allocationId: want a free address, got ${String(allocationId)}, which ${taken.id} has; allocate another`,
      );
  },
  attributes: (model, { properties }) => ({
    networkInterfaceId: makeId("eni"),
    associationId: makeId("eipassoc"),
    privateIp: freePrivateAddress(model, properties.subnetId as string),
    publicIp: model.get("ec2/eip", properties.allocationId)!.attributes.publicIp,
  }),
};

const routeTable: Kind = {
  name: "ec2/routeTable",
  id: "rtb",
  references: [inVpc],
  network: true,
  takesAlong: [{ kind: "ec2/route", property: "routeTableId" }],
  attributes: ec2Arn("route-table"),
};

const route: Kind = {
  name: "ec2/route",
  id: ({ routeTableId, destinationCidrBlock }) =>
    `r-${String(routeTableId)}-${String(destinationCidrBlock).replace(/\D/g, "")}`,
  references: [
    withTable,
    { property: "gatewayId", kind: "ec2/internetGateway", missing: "InvalidInternetGatewayID.NotFound" },
    { property: "natGatewayId", kind: "ec2/natGateway", missing: "InvalidNatGatewayID.NotFound" },
  ],
  network: true,
  refuse: (model, { routeTableId, destinationCidrBlock, networkInterfaceId }, self) => {
    const other = model
      .all("ec2/route", { routeTableId, destinationCidrBlock })
      .find(({ id }) => id !== self?.id);
    if (other !== undefined)
      throw new Refusal(
        "RouteAlreadyExists",
        `destinationCidrBlock: want one route to ${String(destinationCidrBlock)} in ${String(routeTableId)}, got a second; remove one`,
      );
    if (networkInterfaceId !== undefined)
      throw new Refusal(
        "InvalidParameterValue",
        "networkInterfaceId: want a gateway as target, got an interface; the lab routes to gateways only",
      );
  },
  attributes: () => ({ origin: "CreateRoute", state: "active", instanceId: "", instanceOwnerId: "" }),
};

const routeTableAssociation: Kind = {
  name: "ec2/routeTableAssociation",
  id: "rtbassoc",
  references: [
    { ...withTable, holds: "DependencyViolation" },
    { ...inSubnet, holds: undefined },
  ],
  network: true,
  refuse: (model, { subnetId }, self) => {
    const other = model.all("ec2/routeTableAssociation", { subnetId }).find(({ id }) => id !== self?.id);
    if (other !== undefined)
      throw new Refusal(
        "Resource.AlreadyAssociated",
        `subnetId: want a subnet without a route table of its own, got ${String(subnetId)}, which has ${String(other.properties.routeTableId)}; remove one association`,
      );
  },
};

const vpcEndpoint: Kind = {
  name: "ec2/vpcEndpoint",
  id: "vpce",
  references: [
    inVpc,
    { property: "routeTableIds", kind: "ec2/routeTable", missing: "InvalidRouteTableId.NotFound" },
    {
      property: "subnetIds",
      kind: "ec2/subnet",
      missing: "InvalidSubnetId.NotFound",
      holds: "DependencyViolation",
    },
    {
      property: "securityGroupIds",
      kind: "ec2/securityGroup",
      missing: "InvalidGroup.NotFound",
      holds: "DependencyViolation",
    },
  ],
  attributes: (model, resource) => ({
    ...ec2Arn("vpc-endpoint")(model, resource),
    state: "available",
    prefixListId: makeId("pl"),
    cidrBlocks: [],
    dnsEntries: [],
    networkInterfaceIds: idsIn(resource.properties.subnetIds).map(() => makeId("eni")),
  }),
};

const instanceConnectEndpoint: Kind = {
  name: "ec2transitgateway/instanceConnectEndpoint",
  id: "eice",
  references: [
    inSubnet,
    {
      property: "securityGroupIds",
      kind: "ec2/securityGroup",
      missing: "InvalidGroup.NotFound",
      holds: "DependencyViolation",
    },
  ],
  refuse: (model, _properties, self) => {
    const other = model.all("ec2transitgateway/instanceConnectEndpoint").find(({ id }) => id !== self?.id);
    if (other !== undefined)
      throw new Refusal(
        "LimitExceeded",
        `subnetId: want one Instance Connect Endpoint in a VPC, got a second beside ${other.id}; use that one`,
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/eice-quotas.html",
      );
  },
  attributes: (model, resource) => {
    const home = model.get("ec2/subnet", resource.properties.subnetId)!;
    return {
      ...ec2Arn("instance-connect-endpoint")(model, resource),
      availabilityZone: home.attributes.availabilityZone,
      vpcId: home.properties.vpcId,
      dnsName: `${resource.id}.0.ec2-instance-connect-endpoint.${resource.region}.amazonaws.com`,
      fipsDnsName: "",
      networkInterfaceIds: [makeId("eni")],
    };
  },
};

export const kinds: readonly Kind[] = [
  vpc,
  subnet,
  internetGateway,
  natGateway,
  routeTable,
  route,
  routeTableAssociation,
  vpcEndpoint,
  instanceConnectEndpoint,
];
