import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AddressPlan } from "./address-plan";
import { aclRules, siteFlows, type Flow, type Peer } from "./flows";
import { refuse } from "./refuse";
import { tagsOf, type Tier } from "./tags";

export interface FirewallArgs {
  /** Which hosts it stands in front of. */
  tier: Tier;
  network: {
    vpcId: pulumi.Input<string>;
    subnets: Record<Tier, Record<string, pulumi.Input<string>>>;
    plan: AddressPlan;
  };
  /** Every flow of the site; the firewall takes those that begin or end at its tier. @default siteFlows() */
  flows?: Flow[];
  /** Security groups of those who may connect to this tier: the tier before it, and `access`. */
  peers: Partial<Record<Peer, pulumi.Input<string>>>;
}

/** AWS's default quota of rules in one direction of a network ACL ("Amazon VPC quotas"). */
const ACL_RULES = 20;

/**
 * One of the three firewalls: a security group on every host of a tier and a network ACL around the tier's subnets.
 * Both let in and out only the site's flows; everything else is dropped in both directions.
 *
 * Security groups name each other, never an address, so a new host is let in by what it is. The firewall also opens
 * the way out of the group that it lets in: a flow's two rules are made in one place.
 */
export class Firewall extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    const { tier, peers, flows = siteFlows() } = args;
    const { vpcId, plan } = args.network;
    super(`foobar:${tier}:Firewall`, name, { tier, vpcId, peers, flows }, opts);
    refuse(this, name, checkFirewall(args));
    const parent = { parent: this };
    const tags = tagsOf(name, tier);

    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      // Groups that name each other could not be deleted otherwise.
      { vpcId, description: `Hosts of the ${tier} tier`, revokeRulesOnDelete: true, tags },
      parent,
    );
    this.groupId = group.id;
    for (const flow of flows) {
      const rule = {
        ipProtocol: "tcp",
        fromPort: flow.port,
        toPort: flow.port,
        description: `${flow.service}: ${flow.from} to ${flow.to}`,
        tags,
      };
      const key = `${name}-${flow.from}-${flow.to}-${flow.port}`;
      const incoming = (source: { cidrIpv4: string } | { referencedSecurityGroupId: pulumi.Input<string> }) =>
        new aws.vpc.SecurityGroupIngressRule(
          `${key}-in`,
          { ...rule, ...source, securityGroupId: group.id },
          parent,
        );
      if (flow.to === tier && flow.from === "internet") incoming({ cidrIpv4: "0.0.0.0/0" });
      else if (flow.to === tier) {
        const from = flow.from === tier ? group.id : peers[flow.from]!;
        incoming({ referencedSecurityGroupId: from });
        new aws.vpc.SecurityGroupEgressRule(
          `${key}-out`,
          { ...rule, securityGroupId: from, referencedSecurityGroupId: group.id },
          parent,
        );
      } else if (flow.from === tier && flow.to === "internet")
        new aws.vpc.SecurityGroupEgressRule(
          `${key}-out`,
          { ...rule, securityGroupId: group.id, cidrIpv4: "0.0.0.0/0" },
          parent,
        );
    }

    const acl = new aws.ec2.NetworkAcl(`${name}-acl`, { vpcId, tags }, parent);
    const entries = aclRules(tier, flows, plan).map(
      (entry) =>
        new aws.ec2.NetworkAclRule(
          `${name}-acl-${entry.direction}-${entry.number}`,
          {
            networkAclId: acl.id,
            ruleNumber: entry.number,
            egress: entry.direction === "out",
            ruleAction: entry.action,
            protocol: entry.protocol,
            cidrBlock: entry.cidr,
            fromPort: entry.ports?.[0],
            toPort: entry.ports?.[1],
          },
          parent,
        ),
    );
    for (const [zone, subnetId] of Object.entries(args.network.subnets[tier]))
      new aws.ec2.NetworkAclAssociation(
        `${name}-acl-${zone}`,
        { networkAclId: acl.id, subnetId },
        // A subnet whose ACL has no rules yet is cut off.
        { parent: this, dependsOn: entries },
      );
    this.registerOutputs({ groupId: this.groupId });
  }
}

/** Every problem of a firewall's arguments. */
export function checkFirewall(args: FirewallArgs): string[] {
  const problems: string[] = [];
  const flows = args.flows ?? siteFlows();
  const strangers = new Set(
    flows
      .filter(({ from, to }) => to === args.tier && from !== args.tier && from !== "internet")
      .map(({ from }) => from)
      .filter((from) => args.peers[from] === undefined),
  );
  for (const from of strangers)
    problems.push(`peers.${from}: want its security group, got none; pass the group of ${from}`);
  for (const direction of ["in", "out"] as const) {
    const count = aclRules(args.tier, flows, args.network.plan).filter(
      (rule) => rule.direction === direction,
    ).length;
    if (count > ACL_RULES)
      problems.push(
        `flows: want at most ${ACL_RULES} ACL rules ${direction}, got ${count}; merge some flows`,
      );
  }
  return problems;
}
