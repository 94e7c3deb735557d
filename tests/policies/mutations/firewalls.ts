import { A, NFTABLES, NGINX, WAF, type Mutation } from "./mutation";

const DENY = "firewall-default-deny";
const TWICE = "firewall-enforced-twice";
const PUBLIC = "no-public-data-tier";
const INSPECT = "waf-in-path";

const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

/** Ports that are open, layers that are missing, databases in reach, requests that nobody inspects. */
export const firewallMutations: Mutation[] = [
  {
    fault: "a shell that is open to the internet",
    break: (site) =>
      site.add(INGRESS, "anyone-edge-22-in", {
        ...{ ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "0.0.0.0/0" },
        securityGroupId: site.ref("edge-group"),
      }),
    caughtBy: DENY,
  },
  {
    fault: "a web tier that may connect anywhere",
    break: (site) =>
      site.add(EGRESS, "web-anywhere-out", {
        ...{ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0", securityGroupId: site.ref("web-group") },
      }),
    caughtBy: DENY,
  },
  {
    fault: "a network ACL that lets everything in",
    break: (site) =>
      site.add("aws:ec2/networkAclRule:NetworkAclRule", "web-acl-in-50", {
        networkAclId: site.ref("web-acl"),
        ruleNumber: 50,
        egress: false,
        ruleAction: "allow",
        protocol: "-1",
        cidrBlock: "0.0.0.0/0",
      }),
    caughtBy: DENY,
  },
  {
    fault: "a network ACL whose replies are open between the tiers",
    break: (site) => site.remove("web-acl-in-900"),
    caughtBy: DENY,
  },
  {
    fault: "load balancers that may talk to databases",
    break: (site) =>
      site.add(INGRESS, "edge-data-3306-in", {
        ...{ ipProtocol: "tcp", fromPort: 3306, toPort: 3306 },
        referencedSecurityGroupId: site.ref("edge-group"),
        securityGroupId: site.ref("data-group"),
      }),
    caughtBy: DENY,
  },
  {
    fault: "a database port that is open to the internet",
    break: (site) =>
      site.add(INGRESS, "anyone-data-3306-in", {
        ...{ ipProtocol: "tcp", fromPort: 3306, toPort: 3306, cidrIpv4: "0.0.0.0/0" },
        securityGroupId: site.ref("data-group"),
      }),
    caughtBy: [DENY, PUBLIC],
    why: "it is no entrance of the site, and behind it are the databases",
  },
  {
    fault: "a VPC whose default security group still lets its members talk",
    break: (site) => site.remove("network-default-group"),
    caughtBy: DENY,
  },
  {
    fault: "a web host without a firewall of its own",
    break: (site) => site.drop("web-1", NFTABLES),
    caughtBy: TWICE,
  },
  {
    fault: "a host firewall that accepts what no rule names",
    break: (site) =>
      site.edit(
        "lb-2",
        NFTABLES,
        "hook input priority filter; policy drop",
        "hook input priority filter; policy accept",
      ),
    caughtBy: TWICE,
  },
  {
    fault: "a host firewall that lets everything out",
    break: (site) =>
      site.edit(
        "web-2",
        NFTABLES,
        "hook output priority filter; policy drop",
        "hook output priority filter; policy accept",
      ),
    caughtBy: TWICE,
  },
  {
    fault: "a host firewall with a port that the security group does not have",
    break: (site) =>
      site.edit(
        "db-3",
        NFTABLES,
        "        icmp type { echo-request, destination-unreachable, time-exceeded } accept\n",
        "        tcp dport 5432 accept\n",
      ),
    caughtBy: TWICE,
  },
  {
    fault: "a subnet without its network ACL",
    break: (site) => site.remove(`data-acl-${A}`),
    caughtBy: DENY,
  },
  {
    fault: "a database with a public address",
    break: (site) => site.change("db-1-instance", { associatePublicIpAddress: true }),
    caughtBy: PUBLIC,
  },
  {
    fault: "a data subnet with a route from the internet",
    break: (site) =>
      site.change(`network-data-${A}-routes`, { routeTableId: site.ref("network-public-routes") }),
    caughtBy: PUBLIC,
  },
  {
    fault: "an elastic IP on a database",
    break: (site) => {
      const address = site.add("aws:ec2/eip:Eip", "db-2-address", { domain: "vpc" });
      site.add(
        "aws:ec2/eipAssociation:EipAssociation",
        "db-2-switch",
        { allocationId: address, instanceId: site.ref("db-2-instance") },
        { dependsOn: [site.ref("db-2-record")] },
      );
    },
    caughtBy: PUBLIC,
  },
  {
    fault: "a web application firewall that only watches",
    break: (site) => site.edit("web-3", WAF, "SecRuleEngine On", "SecRuleEngine DetectionOnly"),
    caughtBy: INSPECT,
  },
  {
    fault: "a web application firewall without the Core Rule Set",
    break: (site) => site.edit("web-1", WAF, "Include /usr/share/modsecurity-crs/rules/*.conf\n", ""),
    caughtBy: INSPECT,
  },
  {
    fault: "a path that the web application firewall does not see",
    break: (site) => site.edit("web-1", NGINX, /(location \/ \{\n)/, "$1            modsecurity off;\n"),
    caughtBy: INSPECT,
  },
  {
    fault: "a web application firewall that is switched off",
    break: (site) => site.edit("web-2", NGINX, "modsecurity on", "modsecurity off"),
    caughtBy: INSPECT,
  },
];
