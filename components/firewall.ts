import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { aclRules } from "./acl-rules";
import type { AddressPlan, Place } from "./address-plan";
import { placeOf, siteFlows, type Flow, type Peer } from "./flows";
import { refuse } from "./refuse";
import type { PortShape } from "./render";
import { tagsOf, type Tier } from "./tags";

export interface FirewallArgs {
  /** Which hosts it stands in front of. */
  tier: Tier;
  /** Who listens where; the flows of the site follow from it. */
  shape: PortShape;
  network: {
    vpcId: pulumi.Input<string>;
    subnets: Record<Place, Record<string, pulumi.Input<string>>>;
    plan: AddressPlan;
  };
  /** Every flow of the site; the firewall takes those that begin or end at its tier. @default siteFlows(shape) */
  flows?: Flow[];
  /** Security groups of those who may connect to this tier: the tier before it, and `access`. */
  peers: Partial<Record<Peer, pulumi.Input<string>>>;
}

/** AWS's default quota of rules in one direction of a network ACL ("Amazon VPC quotas"). */
const ACL_RULES = 20;

/**
 * One of the three firewalls: a security group on every host of a tier and a network ACL around the tier's subnets.
 * Both let in and out only the site's flows; everything else is dropped in both directions. The firewall of the edge
 * also guards what faces the internet: the network load balancer, where there is one, and the public subnets.
 *
 * Security groups name each other, never an address, so a new host is let in by what it is. The firewall also opens
 * the way out of the group that it lets in: a flow's two rules are made in one place.
 */
export class Firewall extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;
  /** The network load balancer's group; at the edge and with an NLB only. */
  readonly entranceGroupId?: pulumi.Output<string>;
  /** Groups by who they belong to: the own ones and those of the peers. */
  private readonly groups: Partial<Record<Peer, pulumi.Input<string>>>;

  constructor(
    private readonly label: string,
    private readonly args: FirewallArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const { tier, peers, shape, flows = siteFlows(shape) } = args;
    super(`foobar:${tier}:Firewall`, label, { tier, vpcId: args.network.vpcId, peers, flows }, opts);
    refuse(this, label, checkFirewall(args));
    if (guards(args).includes("entrance"))
      this.entranceGroupId = this.makeGroup(
        "entrance",
        `${label}-entrance-group`,
        "The network load balancer",
      );
    this.groupId = this.makeGroup(tier, `${label}-group`, `Hosts of the ${tier} tier`);
    this.groups = {
      ...peers,
      [tier]: this.groupId,
      ...(this.entranceGroupId && { entrance: this.entranceGroupId }),
    };
    for (const flow of flows) this.makeRules(flow);
    for (const place of guardedPlaces(args)) this.makeAcl(place, flows);
    this.registerOutputs({ groupId: this.groupId });
  }

  private makeGroup(peer: Peer, name: string, description: string): pulumi.Output<string> {
    const tags = tagsOf(peer === "entrance" ? `${this.label}-entrance` : this.label, this.args.tier);
    const { vpcId } = this.args.network;
    return new aws.ec2.SecurityGroup(
      name,
      // Groups that name each other could not be deleted otherwise.
      { vpcId, description, revokeRulesOnDelete: true, tags },
      { parent: this },
    ).id;
  }

  /** The rules of a flow that ends at one of this firewall's groups, and of one from there to the internet. */
  private makeRules({ from, to, port, service }: Flow): void {
    const { label, groups } = this;
    const mine = guards(this.args);
    const rule = {
      ...{ ipProtocol: "tcp", fromPort: port, toPort: port, description: `${service}: ${from} to ${to}` },
      tags: tagsOf(label, this.args.tier),
    };
    const key = `${label}-${from}-${to}-${port}`;
    const anywhere = { cidrIpv4: "0.0.0.0/0" };
    const ingress = (source: { cidrIpv4: string } | { referencedSecurityGroupId: pulumi.Input<string> }) =>
      new aws.vpc.SecurityGroupIngressRule(
        `${key}-in`,
        { ...rule, ...source, securityGroupId: groups[to]! },
        { parent: this },
      );
    const egress = (target: { cidrIpv4: string } | { referencedSecurityGroupId: pulumi.Input<string> }) =>
      new aws.vpc.SecurityGroupEgressRule(
        `${key}-out`,
        { ...rule, securityGroupId: groups[from]!, ...target },
        { parent: this },
      );
    if (mine.includes(to)) {
      if (from === "internet") ingress(anywhere);
      else {
        ingress({ referencedSecurityGroupId: groups[from]! });
        egress({ referencedSecurityGroupId: groups[to]! });
      }
    } else if (to === "internet" && mine.includes(from)) egress(anywhere);
  }

  private makeAcl(place: Place, flows: Flow[]): void {
    const { label, args } = this;
    const { vpcId, subnets, plan } = args.network;
    // The place that every firewall of this tier has keeps the plain name, whatever is added.
    const name = place === guardedPlaces(args)[0] ? `${label}-acl` : `${label}-${place}-acl`;
    const acl = new aws.ec2.NetworkAcl(name, { vpcId, tags: tagsOf(name, args.tier) }, { parent: this });
    const entries = aclRules(place, flows, args.shape, plan).map(
      (entry) =>
        new aws.ec2.NetworkAclRule(
          `${name}-${entry.direction}-${entry.number}`,
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
          { parent: this },
        ),
    );
    for (const [zone, subnetId] of Object.entries(subnets[place]))
      new aws.ec2.NetworkAclAssociation(
        `${name}-${zone}`,
        { networkAclId: acl.id, subnetId },
        // A subnet whose ACL has no rules yet is cut off.
        { parent: this, dependsOn: entries },
      );
  }
}

/** Whose security groups a firewall makes. */
function guards({ tier, shape }: FirewallArgs): Peer[] {
  return tier === "edge" && shape.entrance === "network-load-balancer" ? ["entrance", tier] : [tier];
}

/** Whose subnets a firewall surrounds; the public ones belong to the edge. */
function guardedPlaces({ tier, shape }: FirewallArgs): Place[] {
  const own = placeOf(tier, shape);
  return tier === "edge" && own !== "public" ? ["public", own] : [own];
}

/** Every problem of a firewall's arguments. */
export function checkFirewall(args: FirewallArgs): string[] {
  const problems: string[] = [];
  const flows = args.flows ?? siteFlows(args.shape);
  const mine = guards(args);
  const strangers = new Set(
    flows
      .filter(({ from, to }) => mine.includes(to) && from !== "internet" && !mine.includes(from))
      .map(({ from }) => from)
      .filter((from) => args.peers[from] === undefined),
  );
  for (const from of strangers)
    problems.push(`peers.${from}: want its security group, got none; pass the group of ${from}`);
  for (const place of guardedPlaces(args))
    for (const direction of ["in", "out"] as const) {
      const rules = aclRules(place, flows, args.shape, args.network.plan);
      const count = rules.filter((rule) => rule.direction === direction).length;
      if (count > ACL_RULES)
        problems.push(
          `flows: want at most ${ACL_RULES} ACL rules ${direction}, got ${count}; merge some flows`,
        );
    }
  return problems;
}
