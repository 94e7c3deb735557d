/** The lab's one network as plain JSON: what the cloud knows, and all that the machine needs to build it. */
export interface NetworkModel {
  /** @default none: only the internet and the AWS namespace exist */
  vpc?: { id: string; cidr: string };
  /** Set when an internet gateway is attached to the VPC. */
  internetGatewayId?: string;
  subnets: Subnet[];
  routeTables: RouteTable[];
  natGateways: NatGateway[];
  /** Interfaces of hosts and of load balancers' nodes (a NAT gateway's interface is part of the gateway). */
  enis: Eni[];
  /** Public addresses in use: elastic ones and those assigned at launch. */
  addresses: PublicAddress[];
  securityGroups: SecurityGroup[];
  networkAcls: NetworkAcl[];
}

/** A range of the VPC. Its gateway is its first address, as on AWS. */
export interface Subnet {
  id: string;
  cidr: string;
  /** The associated route table, or the VPC's main one. */
  routeTableId: string;
  /** The associated network ACL, or the VPC's default one. */
  networkAclId: string;
}

/** Routes beside the VPC's own range, which every table reaches. */
export interface RouteTable {
  id: string;
  routes: Route[];
}

/** One destination and exactly one target, by id (`igw-…`, `nat-…`). A target that is not there drops packets. */
export interface Route {
  destinationCidr: string;
  gatewayId?: string;
  natGatewayId?: string;
}

/** A hop of its own in a public subnet; its public address is the entry of `addresses` with its `eniId`. */
export interface NatGateway {
  id: string;
  eniId: string;
  subnetId: string;
  privateIp: string;
}

/** One network interface of a host or of a load balancer's node. */
export interface Eni {
  id: string;
  subnetId: string;
  privateIp: string;
  /** One or more; rules of all of them count. */
  securityGroupIds: string[];
}

/** A public address of 198.51.100.0/24, translated 1:1 by the internet gateway. */
export interface PublicAddress {
  publicIp: string;
  eniId: string;
}

/** Stateful, default deny in both directions. */
export interface SecurityGroup {
  id: string;
  ingress: SecurityGroupRule[];
  egress: SecurityGroupRule[];
}

/** Allows a protocol from or to exactly one of a range and a group's members. */
export interface SecurityGroupRule {
  /** `tcp`, `udp`, `icmp`, `-1` for all, or their numbers 6, 17, 1. */
  ipProtocol: string;
  /** First port, or the ICMP type. @default all (as -1) */
  fromPort?: number;
  /** Last port, or the ICMP code. @default all (as -1) */
  toPort?: number;
  cidrIpv4?: string;
  referencedSecurityGroupId?: string;
}

/** Stateless; traffic inside a subnet is not filtered. Ends with "deny everything". */
export interface NetworkAcl {
  id: string;
  ingress: NetworkAclRule[];
  egress: NetworkAclRule[];
}

/** The rule with the lowest number that matches decides. */
export interface NetworkAclRule {
  ruleNumber: number;
  ruleAction: "allow" | "deny";
  /** As in a security group's rule. */
  protocol: string;
  /** The other side: source of ingress, destination of egress. */
  cidrBlock: string;
  fromPort?: number;
  toPort?: number;
  icmpType?: number;
  icmpCode?: number;
}

/** A model without a VPC. */
export function emptyNetwork(): NetworkModel {
  return {
    subnets: [],
    routeTables: [],
    natGateways: [],
    enis: [],
    addresses: [],
    securityGroups: [],
    networkAcls: [],
  };
}
