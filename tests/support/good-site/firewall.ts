import { FLOWS, type Peer } from "./flows";
import type { Reference } from "./fixture";
import { SUBNETS_CIDR, TIERS, VPC_CIDR, type Ground, type Place } from "./plan";

type Owner = Exclude<Peer, "internet">;
const GROUPS: Owner[] = ["balancer", "access", "edge", "web", "data"];

/** Security groups that name each other, a rule on both sides of every flow; no rule is in line. */
export function addGroups({ stack, vpc }: Pick<Ground, "stack" | "vpc">): Ground["groups"] {
  const groups = Object.fromEntries(
    GROUPS.map((owner) => [
      owner,
      stack.add("aws:ec2/securityGroup:SecurityGroup", `${owner}-group`, {
        vpcId: vpc,
        description: `Connections of ${owner}`,
        revokeRulesOnDelete: true,
      }),
    ]),
  ) as Record<Owner, Reference>;
  const other = (peer: Peer) =>
    peer === "internet" ? { cidrIpv4: "0.0.0.0/0" } : { referencedSecurityGroupId: groups[peer] };
  for (const { from, to, port, service } of FLOWS) {
    const rule = { ipProtocol: "tcp", fromPort: port, toPort: port, description: service };
    const name = `${from}-${to}-${port}`;
    if (to !== "internet")
      stack.add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", `${name}-in`, {
        ...{ ...rule, ...other(from), securityGroupId: groups[to] },
      });
    if (from !== "internet")
      stack.add("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", `${name}-out`, {
        ...{ ...rule, ...other(to), securityGroupId: groups[from] },
      });
  }
  return groups;
}

/** Where an end of a flow has its addresses. */
function placeOf(peer: Peer): Place | "internet" {
  if (peer === "balancer") return "public";
  return peer === "access" ? "edge" : peer;
}

function cidrOf(place: Place | "internet"): string {
  return place === "internet" ? "0.0.0.0/0" : SUBNETS_CIDR[place];
}

/** A network ACL around the subnets of each place. They keep no state, so replies have entries of their own. */
export function addAcls({ stack, vpc, subnets }: Pick<Ground, "stack" | "vpc" | "subnets">): void {
  for (const place of ["public", ...TIERS] as Place[]) {
    const acl = stack.add("aws:ec2/networkAcl:NetworkAcl", `${place}-acl`, { vpcId: vpc });
    const entries: Reference[] = [];
    for (const [egress, list] of Object.entries(entriesOf(place)))
      for (const [key, number] of Object.entries(list)) {
        const [action, protocol, cidr, low, high] = key.split(" ");
        const ports = low === undefined ? {} : { fromPort: Number(low), toPort: Number(high) };
        entries.push(
          stack.add("aws:ec2/networkAclRule:NetworkAclRule", `${place}-acl-${egress}-${number}`, {
            networkAclId: acl,
            ruleNumber: number,
            egress: egress === "out",
            ruleAction: action,
            protocol,
            cidrBlock: cidr,
            ...ports,
          }),
        );
      }
    for (const [zone, subnet] of Object.entries(subnets[place]))
      stack.add(
        "aws:ec2/networkAclAssociation:NetworkAclAssociation",
        `${place}-acl-${zone}`,
        { networkAclId: acl, subnetId: subnet },
        { dependsOn: entries },
      );
  }
}

/** Entries by direction, as `action protocol cidr low high` with their number. */
function entriesOf(place: Place): Record<"in" | "out", Record<string, number>> {
  const made = { in: {} as Record<string, number>, out: {} as Record<string, number> };
  const replies = { in: new Set<Place | "internet">(), out: new Set<Place | "internet">() };
  const let_ = (way: "in" | "out", peer: Place | "internet", port: number) => {
    made[way][`allow tcp ${cidrOf(peer)} ${port} ${port}`] ??= 100 + 10 * Object.keys(made[way]).length;
    replies[way === "in" ? "out" : "in"].add(peer);
  };
  for (const { from, to, port } of FLOWS) {
    if (placeOf(to) === place) let_("in", placeOf(from), port);
    if (placeOf(from) === place) let_("out", placeOf(to), port);
    // What hosts ask of the internet passes through the NAT gateways of the public subnets.
    if (place === "public" && to === "internet") {
      let_("in", placeOf(from), port);
      let_("out", "internet", port);
    }
  }
  for (const way of ["in", "out"] as const) {
    for (const peer of [...replies[way]].filter((one) => one !== "internet"))
      made[way][`allow tcp ${cidrOf(peer)} 1024 65535`] = 500 + Object.keys(made[way]).length;
    // Replies to and from the internet open nothing inside.
    made[way][`deny -1 ${VPC_CIDR}`] = 900;
    if (replies[way].has("internet")) made[way]["allow tcp 0.0.0.0/0 1024 65535"] = 1000;
  }
  return made;
}
