/** VPC, subnets, gateways and endpoints. */
import type { ResourceType } from "../resource";
import { flag, list, text } from "../rules";
import { cidr, docs, idOf, json, tags } from "./common";

const vpc: ResourceType = {
  token: "aws:ec2/vpc:Vpc",
  inputs: {
    cidrBlock: cidr({ required: true, replaces: true, bits: [16, 28], link: docs.vpcCidr }),
    enableDnsHostnames: flag({ default: false }),
    enableDnsSupport: flag({ default: true }),
    instanceTenancy: text({ oneOf: ["default"], default: "default", replaces: true }),
    tags,
  },
  computed: [
    "arn",
    "ownerId",
    "mainRouteTableId",
    "defaultNetworkAclId",
    "defaultSecurityGroupId",
    "defaultRouteTableId",
    "dhcpOptionsId",
  ],
  known: (_inputs, { region }) => ({ region }),
};

const subnet: ResourceType = {
  token: "aws:ec2/subnet:Subnet",
  inputs: {
    vpcId: idOf("vpc", { required: true, replaces: true }),
    cidrBlock: cidr({ required: true, replaces: true, bits: [16, 28], link: docs.subnetSizing }),
    availabilityZone: text({ replaces: true }),
    mapPublicIpOnLaunch: flag({ default: false }),
    tags,
  },
  computed: ["arn", "ownerId", "availabilityZone", "availabilityZoneId"],
  known: (_inputs, { region }) => ({ region }),
};

const internetGateway: ResourceType = {
  token: "aws:ec2/internetGateway:InternetGateway",
  inputs: { vpcId: idOf("vpc"), tags },
  computed: ["arn", "ownerId"],
  known: (_inputs, { region }) => ({ region }),
};

const natGateway: ResourceType = {
  token: "aws:ec2/natGateway:NatGateway",
  inputs: {
    allocationId: idOf("eipalloc", { required: true, replaces: true }),
    subnetId: idOf("subnet", { required: true, replaces: true }),
    connectivityType: text({ oneOf: ["public"], default: "public", replaces: true, link: docs.natGateway }),
    tags,
  },
  computed: ["associationId", "networkInterfaceId", "privateIp", "publicIp"],
  known: (_inputs, { region }) => ({ region }),
};

const vpcEndpoint: ResourceType = {
  token: "aws:ec2/vpcEndpoint:VpcEndpoint",
  inputs: {
    vpcId: idOf("vpc", { required: true, replaces: true }),
    serviceName: text({
      required: true,
      replaces: true,
      pattern: /^com\.amazonaws\.[a-z0-9-]+\.[a-z0-9.-]+$/,
      want: "com.amazonaws.REGION.SERVICE",
    }),
    vpcEndpointType: text({ oneOf: ["Gateway", "Interface"], default: "Gateway", replaces: true }),
    routeTableIds: list(idOf("rtb"), { unordered: true }),
    subnetIds: list(idOf("subnet"), { unordered: true }),
    securityGroupIds: list(idOf("sg"), { unordered: true }),
    privateDnsEnabled: flag(),
    policy: json(),
    tags,
  },
  computed: ["arn", "ownerId", "state", "prefixListId", "cidrBlocks", "dnsEntries", "networkInterfaceIds"],
  known: (_inputs, { region }) => ({ region }),
  check: ({ vpcEndpointType, routeTableIds, subnetIds }) => {
    const gateway = vpcEndpointType === "Gateway";
    if (gateway && subnetIds !== undefined)
      return [
        {
          property: "subnetIds",
          reason: `subnetIds: want none on a Gateway endpoint, got some; use routeTableIds; see ${docs.vpcEndpoint}`,
        },
      ];
    if (!gateway && routeTableIds !== undefined)
      return [
        {
          property: "routeTableIds",
          reason: `routeTableIds: want none on an Interface endpoint, got some; use subnetIds; see ${docs.vpcEndpoint}`,
        },
      ];
    return [];
  },
};

const instanceConnectEndpoint: ResourceType = {
  token: "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint",
  inputs: {
    subnetId: idOf("subnet", { required: true, replaces: true }),
    securityGroupIds: list(idOf("sg"), { replaces: true, unordered: true }),
    // left out, the API takes false whatever the provider's documentation says: it has to be said
    preserveClientIp: flag({ replaces: true }),
    tags,
  },
  computed: ["arn", "availabilityZone", "dnsName", "fipsDnsName", "networkInterfaceIds", "ownerId", "vpcId"],
  known: (_inputs, { region }) => ({ region }),
};

export const types: readonly ResourceType[] = [
  vpc,
  subnet,
  internetGateway,
  natGateway,
  vpcEndpoint,
  instanceConnectEndpoint,
];
