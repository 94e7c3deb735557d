import { given } from "../site/given";
import { isUnknown, unknownIn, type Resource, type Unknown } from "../site/resources";
import type { Site } from "../site/site";

export const GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";

/** Who is at the other end of a rule. */
export type Peer =
  | { kind: "cidr"; cidr: string }
  | { kind: "group"; group: Resource }
  /** A group or a prefix list that is not of this stack. */
  | { kind: "foreign"; id: string }
  | { kind: "unknown"; value: Unknown };

/** What rules and ACL entries have in common. */
export interface Opening {
  /** Where it is written: its own resource, or the group or ACL. */
  resource: Resource;
  direction: "in" | "out";
  /** `-1` is every protocol; numbers of tcp, udp and icmp are written as names. */
  protocol: string;
  /** First and last; undefined is all of them. */
  ports?: readonly [number, number];
  /** Protocol or ports that nobody can know yet. */
  unknown?: Unknown;
}

/** What one rule of a security group lets through, to or from one peer. */
export interface GroupRule extends Opening {
  /** None when the group is not of this stack. */
  group?: Resource;
  peer: Peer;
}

const memory = new WeakMap<Site, { rules: GroupRule[]; byGroup: Map<Resource, GroupRule[]> }>();

/** Every rule of every security group: inline ones and those of either kind of rule resource, merged. */
export function allGroupRules(site: Site): readonly GroupRule[] {
  return modelOf(site).rules;
}

export function groupRules(site: Site, group: Resource): readonly GroupRule[] {
  return modelOf(site).byGroup.get(group) ?? [];
}

function modelOf(site: Site) {
  let model = memory.get(site);
  if (!model) {
    const groups = [GROUP, DEFAULT_GROUP].flatMap((type) => site.ofType(type));
    const separate = [
      ...site
        .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        .flatMap((r) => ownRule(r, "in")),
      ...site
        .ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
        .flatMap((r) => ownRule(r, "out")),
      ...site.ofType("aws:ec2/securityGroupRule:SecurityGroupRule").flatMap(legacyRule),
    ];
    // A group that was read back from AWS lists the rules of its rule resources, too.
    const told = new Set(separate.map(meaning));
    const inline = groups.flatMap((group) => inlineRules(group, groups));
    const rules = [...separate, ...inline.filter((rule) => !told.has(meaning(rule)))];
    const byGroup = new Map<Resource, GroupRule[]>();
    for (const rule of rules)
      if (rule.group) byGroup.set(rule.group, [...(byGroup.get(rule.group) ?? []), rule]);
    memory.set(site, (model = { rules, byGroup }));
  }
  return model;
}

/** What a rule says, wherever it is written. */
function meaning({ group, direction, protocol, ports, peer }: GroupRule): string {
  const other = peer.kind === "cidr" ? peer.cidr : peer.kind === "group" ? peer.group.urn : "";
  return [group?.urn, direction, protocol, ports?.join("-"), peer.kind, other].join(" ");
}

const groupsAmong = (resources: readonly Resource[]) =>
  resources.filter(({ type }) => type === GROUP || type === DEFAULT_GROUP);

/** One CIDR or one group each. */
function ownRule(resource: Resource, direction: "in" | "out"): GroupRule[] {
  const group = groupsAmong(resource.refs("securityGroupId"))[0];
  const base = { ...opening(resource, direction, fieldsOf(resource, "ipProtocol")), group };
  const peers = [
    ...["cidrIpv4", "cidrIpv6"].flatMap((key) => cidrs(resource.get(key))),
    ...groupPeers(
      resource.get("referencedSecurityGroupId"),
      groupsAmong(resource.refs("referencedSecurityGroupId")),
    ),
    ...foreign(resource.get("prefixListId")),
  ];
  return peers.map((peer) => ({ ...base, peer }));
}

/** Lists of CIDRs, and one group. */
function legacyRule(resource: Resource): GroupRule[] {
  const group = groupsAmong(resource.refs("securityGroupId"))[0];
  const direction = resource.get("type") === "egress" ? "out" : "in";
  const base = { ...opening(resource, direction, fieldsOf(resource, "protocol")), group };
  const peers = [
    ...["cidrBlocks", "ipv6CidrBlocks"].flatMap((key) => cidrs(resource.get(key))),
    ...groupPeers(resource.get("sourceSecurityGroupId"), groupsAmong(resource.refs("sourceSecurityGroupId"))),
    ...(resource.get("self") === true && group ? [{ kind: "group" as const, group }] : []),
    ...foreign(resource.get("prefixListIds")),
  ];
  return peers.map((peer) => ({ ...base, peer }));
}

/** A group's own `ingress` and `egress`. Their references are merged by Pulumi: each entry may mean any of them. */
function inlineRules(group: Resource, groups: readonly Resource[]): GroupRule[] {
  return (["ingress", "egress"] as const).flatMap((property): GroupRule[] => {
    const direction = property === "ingress" ? "in" : "out";
    const list = given(group, property);
    if (isUnknown(list))
      return [
        {
          resource: group,
          group,
          direction,
          protocol: "-1",
          unknown: list,
          peer: { kind: "unknown", value: list },
        },
      ];
    if (!Array.isArray(list)) return [];
    return list.flatMap((entry: unknown) => {
      const fields = (isUnknown(entry) ? { protocol: entry } : entry) as Record<string, unknown>;
      const base = { ...opening(group, direction, fields), group };
      const peers = [
        ...["cidrBlocks", "ipv6CidrBlocks"].flatMap((key) => cidrs(fields[key])),
        ...groupPeers(fields.securityGroups, groupsAmong(group.refs(property))).map((peer) =>
          byId(peer, groups),
        ),
        ...(fields.self === true ? [{ kind: "group" as const, group }] : []),
        ...foreign(fields.prefixListIds),
      ];
      return peers.map((peer) => ({ ...base, peer }));
    });
  });
}

export function fieldsOf(resource: Resource, protocol: string): Record<string, unknown> {
  return {
    protocol: resource.get(protocol),
    fromPort: resource.get("fromPort"),
    toPort: resource.get("toPort"),
  };
}

function protocolOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value).toLowerCase() : "-1";
}

/** "6" is TCP, "17" UDP, "1" ICMP (IANA, protocol numbers). */
const PROTOCOLS: Record<string, string> = { "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", all: "-1" };

export function opening(
  resource: Resource,
  direction: "in" | "out",
  fields: Record<string, unknown>,
): Opening {
  const missing = unknownIn([fields.protocol, fields.fromPort, fields.toPort]);
  const name = protocolOf(fields.protocol);
  const protocol = PROTOCOLS[name] ?? name;
  const [from, to] = [fields.fromPort, fields.toPort].map((port) =>
    port === undefined || port === null ? NaN : Number(port),
  );
  const all = protocol === "-1" || !(from >= 0) || !(to >= 0) || (from === 0 && (to === 0 || to >= 65535));
  return { resource, direction, protocol, ports: all ? undefined : [from, to], unknown: missing };
}

function cidrs(value: unknown): Peer[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((one: unknown) =>
    isUnknown(one) ? { kind: "unknown", value: one } : { kind: "cidr", cidr: String(one) },
  );
}

function groupPeers(value: unknown, groups: readonly Resource[]): Peer[] {
  const given = (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined && one !== null);
  if (given.length === 0) return [];
  if (groups.length > 0) return groups.map((group) => ({ kind: "group", group }));
  return given.map((one: unknown) =>
    isUnknown(one) ? { kind: "unknown", value: one } : { kind: "foreign", id: String(one) },
  );
}

/** An id that was read back from AWS may be a group of this stack. */
function byId(peer: Peer, groups: readonly Resource[]): Peer {
  const group = peer.kind === "foreign" ? groups.find((one) => one.get("id") === peer.id) : undefined;
  return group ? { kind: "group", group } : peer;
}

function foreign(value: unknown): Peer[] {
  return cidrs(value).map((peer) => (peer.kind === "cidr" ? { kind: "foreign", id: peer.cidr } : peer));
}

/** Such as `tcp port 3306`, `tcp ports 8000 to 9000`, `every protocol`. */
export function portsText({ protocol, ports }: Pick<Opening, "protocol" | "ports">): string {
  if (protocol === "-1") return "every protocol and port";
  if (!ports) return `every ${protocol} port`;
  return ports[0] === ports[1]
    ? `${protocol} port ${ports[0]}`
    : `${protocol} ports ${ports[0]} to ${ports[1]}`;
}
