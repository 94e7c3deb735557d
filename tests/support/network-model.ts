import type { NetworkAclRule, NetworkModel, SecurityGroupRule } from "../../lab/machine/network";

const everywhere = "0.0.0.0/0";

/** A rule for one TCP port. */
export function tcp(port: number, other: string): SecurityGroupRule {
  const side = other.startsWith("sg-") ? { referencedSecurityGroupId: other } : { cidrIpv4: other };
  return { ipProtocol: "tcp", fromPort: port, toPort: port, ...side };
}

/** The ACL rule that lets everything through. */
export function allowAll(ruleNumber = 100): NetworkAclRule {
  return { ruleNumber, ruleAction: "allow", protocol: "-1", cidrBlock: everywhere };
}

/**
 * A small three-tier network: a public subnet with a NAT gateway, a web subnet behind it, a data subnet with no
 * route out, and an ACL in front of the data subnet that lets only the web subnet's 3306 in.
 */
export function threeTiers(): NetworkModel {
  return {
    vpc: { id: "vpc-1", cidr: "10.20.0.0/16" },
    internetGatewayId: "igw-1",
    subnets: [
      { id: "subnet-public", cidr: "10.20.0.0/24", routeTableId: "rtb-public", networkAclId: "acl-open" },
      { id: "subnet-web", cidr: "10.20.10.0/24", routeTableId: "rtb-web", networkAclId: "acl-open" },
      { id: "subnet-data", cidr: "10.20.20.0/24", routeTableId: "rtb-data", networkAclId: "acl-data" },
    ],
    routeTables: [
      { id: "rtb-public", routes: [{ destinationCidr: everywhere, gatewayId: "igw-1" }] },
      { id: "rtb-web", routes: [{ destinationCidr: everywhere, natGatewayId: "nat-1" }] },
      { id: "rtb-data", routes: [] },
    ],
    natGateways: [{ id: "nat-1", eniId: "eni-nat", subnetId: "subnet-public", privateIp: "10.20.0.5" }],
    enis: [
      { id: "eni-lb", subnetId: "subnet-public", privateIp: "10.20.0.10", securityGroupIds: ["sg-lb"] },
      {
        id: "eni-web1",
        subnetId: "subnet-web",
        privateIp: "10.20.10.11",
        securityGroupIds: ["sg-web", "sg-ping"],
      },
      { id: "eni-web2", subnetId: "subnet-web", privateIp: "10.20.10.12", securityGroupIds: ["sg-web"] },
      { id: "eni-db", subnetId: "subnet-data", privateIp: "10.20.20.21", securityGroupIds: ["sg-db"] },
    ],
    addresses: [
      { publicIp: "198.51.100.10", eniId: "eni-lb" },
      { publicIp: "198.51.100.11", eniId: "eni-nat" },
    ],
    securityGroups: [
      {
        id: "sg-lb",
        ingress: [tcp(443, everywhere)],
        egress: [tcp(8080, "sg-web"), tcp(443, everywhere), tcp(3306, "10.20.0.0/16")],
      },
      {
        id: "sg-web",
        ingress: [tcp(8080, "sg-lb")],
        egress: [{ ipProtocol: "-1", cidrIpv4: everywhere }],
      },
      {
        id: "sg-ping",
        ingress: [{ ipProtocol: "udp", fromPort: 5000, toPort: 5010, cidrIpv4: "10.20.0.0/16" }],
        egress: [],
      },
      {
        id: "sg-db",
        ingress: [tcp(3306, "10.20.0.0/16"), tcp(9200, "sg-web")],
        egress: [{ ipProtocol: "-1", cidrIpv4: everywhere }],
      },
    ],
    networkAcls: [
      { id: "acl-open", ingress: [allowAll()], egress: [allowAll()] },
      {
        id: "acl-data",
        ingress: [
          {
            ruleNumber: 90,
            ruleAction: "deny",
            protocol: "6",
            cidrBlock: "10.20.10.12/32",
            fromPort: 3306,
            toPort: 3306,
          },
          {
            ruleNumber: 100,
            ruleAction: "allow",
            protocol: "6",
            cidrBlock: "10.20.10.0/24",
            fromPort: 3306,
            toPort: 3306,
          },
        ],
        egress: [
          {
            ruleNumber: 100,
            ruleAction: "allow",
            protocol: "6",
            cidrBlock: "10.20.0.0/16",
            fromPort: 1024,
            toPort: 65535,
          },
        ],
      },
    ],
  };
}
