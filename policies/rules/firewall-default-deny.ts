import { aclFindings } from "../firewall/acl-findings";
import { groupsOf } from "../firewall/attachments";
import { LOAD_BALANCER } from "../site/entrance";
import { allGroupRules, DEFAULT_GROUP, groupRules } from "../firewall/firewall-model";
import { given } from "../site/given";
import { groupFindings } from "../firewall/group-findings";
import { INSTANCE } from "../site/host";
import { isUnknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

const VPC = "aws:ec2/vpc:Vpc";

export const firewallDefaultDeny = rule({
  id: "firewall-default-deny",
  title: "A firewall lets through the flows of the site and drops everything else, in and out",
  why: "What is open and not used is what an attacker uses: to get in, to go on to the next host, and to carry data out. Groups and ACLs have open defaults that nobody wrote, so what is missing matters as much as what is there. A port counts as used when a configuration of the site listens there or connects there.",
  sources: [
    {
      title: "Default security groups for your VPCs, Amazon VPC user guide",
      url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
    },
    {
      title: "Default network ACL for a VPC, Amazon VPC user guide",
      url: "https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html",
    },
    {
      title: "Custom network ACLs for your VPC, ephemeral ports, Amazon VPC user guide",
      url: "https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html",
    },
    {
      title: "Update the security groups for your Network Load Balancer, Elastic Load Balancing",
      url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
    },
  ],
  fix: "Write one rule for each flow, from group to group and with one port; give every host a group and every subnet an ACL; take the VPC's default group over and leave it empty.",
  severity: "high",
  frameworks: [
    { name: "CIS Amazon Web Services Foundations Benchmark", version: "3.0.0", reference: "5.4" },
    { name: "AWS Foundational Security Best Practices", version: "1.0.0", reference: "EC2.18" },
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC05-BP02" },
  ],
  examples: {
    language: "typescript",
    bad: 'new aws.vpc.SecurityGroupIngressRule("in", { securityGroupId, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" });\n',
    good: 'new aws.vpc.SecurityGroupIngressRule("in", {\n  ...{ securityGroupId, ipProtocol: "tcp", fromPort: 3306, toPort: 3306 },\n  referencedSecurityGroupId: webGroup.id,\n});\n',
  },
  proof:
    "The lab tries every TCP port between every two hosts, and from and to the outside: only the site's flows get through.",
  check(site) {
    const [vpcs, guarded] = [site.ofType(VPC), [...site.ofType(INSTANCE), ...site.ofType(LOAD_BALANCER)]];
    if (vpcs.length + guarded.length + allGroupRules(site).length === 0)
      return notApplicable("the stack has no network, host or firewall");
    return [
      ...guarded.flatMap((resource) => hasGroup(site, resource)),
      ...vpcs.flatMap((vpc) => defaultGroup(site, vpc)),
      ...groupFindings(site),
      ...aclFindings(site),
    ];
  },
});

function hasGroup(site: Site, resource: Resource): Finding[] {
  if (groupsOf(resource).length > 0) return [];
  const name = site.hosts.find((host) => host.resource === resource)?.name ?? resource.name;
  for (const property of ["vpcSecurityGroupIds", "securityGroups"]) {
    const value = given(resource, property);
    const elsewhere = isUnknown(value) || (Array.isArray(value) && value.length > 0);
    if (elsewhere)
      return [
        unknown(resource, property, `what ${name} lets through: its security group is not of this stack`),
      ];
  }
  if (resource.type === LOAD_BALANCER)
    return [
      violation(
        resource,
        `${name} has no security group, so everybody reaches its listeners and its targets cannot name it; give it one, which AWS allows at creation only`,
      ),
    ];
  return [
    violation(
      resource,
      `${name} has no security group of its own and gets the VPC's default one; set vpcSecurityGroupIds`,
    ),
  ];
}

function defaultGroup(site: Site, vpc: Resource): Finding[] {
  const own = site.ofType(DEFAULT_GROUP).filter((group) => group.refs("vpcId").includes(vpc));
  if (own.length === 0)
    return [
      violation(
        vpc,
        `the default security group of ${vpc.name} lets its members reach each other and everything outside; take it over with a DefaultSecurityGroup without rules`,
      ),
    ];
  return own
    .filter((group) => groupRules(site, group).length > 0)
    .map((group) =>
      violation(group, `the default security group of ${vpc.name} has rules, want none; remove them`),
    );
}
