import { covers, isInternet, overlap } from "../site/addresses";
import { groupsOf, hasNat, membersIn } from "./attachments";
import { ACL, aclEntries, aclOf, type AclEntry } from "./acl-model";
import { groupRules, portsText, type GroupRule } from "./firewall-model";
import { WEB_PORTS } from "./group-findings";
import { isUnknown, type Resource } from "../site/resources";
import { unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

const SUBNET = "aws:ec2/subnet:Subnet";
const VPC = "aws:ec2/vpc:Vpc";

/** What is wrong with the network ACLs, and which subnets have none of their own. */
export function aclFindings(site: Site): Finding[] {
  const inUse = new Map<Resource, Resource[]>();
  const findings: Finding[] = [];
  for (const subnet of site.ofType(SUBNET)) {
    const acl = aclOf(site, subnet);
    if (acl) inUse.set(acl, [...(inUse.get(acl) ?? []), subnet]);
    else
      findings.push(
        violation(
          subnet,
          `subnet ${subnet.name} has no network ACL of its own, and the VPC's default one lets everything through; associate one`,
        ),
      );
  }
  for (const acl of site.ofType(ACL)) {
    const subnets = inUse.get(acl) ?? [];
    const entries = aclEntries(site, acl);
    const members = membersIn(site, subnets);
    const groups = new Set(members.flatMap(groupsOf));
    const rules = [...groups].flatMap((group) => groupRules(site, group));
    for (const entry of entries)
      findings.push(
        ...entryFindings(site, entry, { entries, rules, nat: hasNat(members), used: subnets.length > 0 }),
      );
  }
  return findings;
}

interface Around {
  entries: readonly AclEntry[];
  /** Rules of all groups in the subnets. */
  rules: readonly GroupRule[];
  /** Whether a NAT gateway passes on what other subnets ask of the internet. */
  nat: boolean;
  used: boolean;
}

function entryFindings(site: Site, entry: AclEntry, around: Around): Finding[] {
  const { resource, cidr, acl } = entry;
  if (entry.action === "deny" && !entry.unknown) return [];
  const where = resource === acl ? `entry ${entry.number} of ${acl.name}` : resource.name;
  if (entry.unknown) return [unknown(resource, entry.unknown, `what ${where} lets through`)];
  if (isUnknown(cidr)) return [unknown(resource, cidr, `whom ${where} lets through`)];
  const way = entry.direction === "in" ? `in from ${cidr}` : `out to ${cidr}`;
  const say = (message: string) => [violation(resource, `${where} ${message}`)];
  if (entry.protocol === "-1" || !entry.ports)
    return entry.protocol.startsWith("icmp")
      ? []
      : say(
          `lets ${portsText(entry)} ${way}, want one port for each flow and the rest denied; name the ports`,
        );
  if (!around.used) return [];
  if (entry.isReplies) {
    const asked = around.entries.some(
      (other) =>
        other.direction !== entry.direction &&
        other.action === "allow" &&
        !other.isReplies &&
        typeof other.cidr === "string" &&
        overlap(other.cidr, cidr),
    );
    if (!asked) return say(`lets ${portsText(entry)} ${way}, and no flow has replies there; remove it`);
    if (isInternet(cidr) && !fenced(site, entry, around.entries))
      return say(
        `lets ${portsText(entry)} ${way} and with it between all subnets of the VPC; deny the VPC's own addresses before it`,
      );
    return [];
  }
  if (around.rules.some((rule) => lets(rule, entry, cidr))) return [];
  // What a NAT gateway passes on comes from subnets of the VPC, or goes to the internet, and has no group.
  const passed = entry.direction === "in" ? !isInternet(cidr) : isInternet(cidr);
  const [first, last] = entry.ports;
  if (around.nat && passed && first === last && WEB_PORTS.includes(first)) return [];
  return say(`lets ${portsText(entry)} ${way}, and no security group in its subnets does; remove it`);
}

/** Whether a group's rule opens at least what the entry does, to the same side of the world. */
function lets(rule: GroupRule, entry: AclEntry, cidr: string): boolean {
  if (rule.direction !== entry.direction) return false;
  if (rule.protocol !== entry.protocol && rule.protocol !== "-1") return false;
  const { ports } = rule;
  if (ports && entry.ports && (ports[0] > entry.ports[0] || ports[1] < entry.ports[1])) return false;
  return !isInternet(cidr) || (rule.peer.kind === "cidr" && isInternet(rule.peer.cidr));
}

/** Whether an entry before it denies the VPC's own addresses. */
function fenced(site: Site, entry: AclEntry, entries: readonly AclEntry[]): boolean {
  const blocks = entry.acl.refs("vpcId", VPC).map((vpc) => vpc.get("cidrBlock"));
  const own = blocks.length > 0 ? blocks : site.ofType(VPC).map((vpc) => vpc.get("cidrBlock"));
  return own.every((block) =>
    entries.some(
      (other) =>
        other.direction === entry.direction &&
        other.action === "deny" &&
        other.number < entry.number &&
        (other.protocol === "-1" || other.protocol === entry.protocol) &&
        (!other.ports || (other.ports[0] <= entry.ports![0] && other.ports[1] >= entry.ports![1])) &&
        typeof other.cidr === "string" &&
        typeof block === "string" &&
        covers(other.cidr, block),
    ),
  );
}
